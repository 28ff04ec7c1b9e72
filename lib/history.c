#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

struct round {
	double *R;
	struct sv_blob *c;
};

struct sv_history {
	unsigned capacity;
	unsigned held;
	unsigned next;	/* the slot: round[next] */
	size_t n;
	double *numbers;	/* capacity x n, the R of all rounds */
	struct round *round;
};

size_t
sv_history_bytes(unsigned capacity, size_t n)
{

	return (sizeof(struct sv_history) + capacity * sizeof(struct round) +
	    capacity * n * sizeof(double));
}

struct sv_history *
sv_history_new(unsigned capacity, size_t n)
{
	struct sv_history *h;

	if (n > SIZE_MAX / sizeof(double) / capacity) {
		errno = ENOMEM;
		goto err0;
	}
	if ((h = calloc(1, sizeof(*h))) == NULL)
		goto err0;
	h->capacity = capacity;
	h->n = n;
	/* Not touched, and so not there, until a round needs them. */
	h->numbers = malloc(n > 0 ? capacity * n * sizeof(*h->numbers) : 1);
	h->round = calloc(capacity, sizeof(*h->round));
	if (h->numbers == NULL || h->round == NULL)
		goto err1;
	for (unsigned i = 0; i < capacity; i++)
		h->round[i].R = h->numbers + i * n;
	return (h);

err1:
	sv_history_free(h);
err0:
	return (NULL);
}

void
sv_history_clear(struct sv_history *h)
{

	for (unsigned i = 0; i < h->capacity; i++) {
		sv_blob_unref(h->round[i].c);
		h->round[i].c = NULL;
	}
	h->held = h->next = 0;
}

void
sv_history_free(struct sv_history *h)
{

	if (h == NULL)
		return;
	if (h->round != NULL)
		sv_history_clear(h);
	free(h->round);
	free(h->numbers);
	free(h);
}

unsigned
sv_history_held(const struct sv_history *h)
{

	return (h->held);
}

unsigned
sv_history_capacity(const struct sv_history *h)
{

	return (h->capacity);
}

double *
sv_history_slot(struct sv_history *h)
{

	return (h->round[h->next].R);
}

void
sv_history_push(struct sv_history *h, struct sv_blob *c)
{
	struct round *r = &h->round[h->next];

	sv_blob_unref(r->c);
	r->c = sv_blob_ref(c);
	h->next = (h->next + 1) % h->capacity;
	if (h->held < h->capacity)
		h->held++;
}

/* Number j, 0 the newest. */
static const struct round *
number(const struct sv_history *h, unsigned j)
{

	return (&h->round[(h->next + h->capacity - 1 - j) % h->capacity]);
}

void
sv_history_carry(struct sv_history *h, const struct sv_history *from)
{
	const struct round *r = number(from, 0);

	if (from->held == 0)
		return;
	memcpy(sv_history_slot(h), r->R, h->n * sizeof(*r->R));
	sv_history_push(h, r->c);
}

void
sv_history_combine(const struct sv_history *h, const double *theta, unsigned k,
    double *w)
{

	for (unsigned j = 0; j < k; j++) {
		const double *c = sv_frame_elems(sv_blob_frame(number(h, j)->c));
		double t = theta[j];

		/* An entry of no weight is not in the sum, not even as 0. */
		if (j == 0)
			for (size_t i = 0; i < h->n; i++)
				w[i] = t * c[i];
		else if (t < 0.0 || t > 0.0)
			for (size_t i = 0; i < h->n; i++)
				w[i] += t * c[i];
	}
}

double
sv_history_product(const struct sv_history *h, unsigned j,
    const struct sv_isa *isa)
{
	const double *slot = h->round[h->next].R;

	return (isa->dot(slot, j == 0 ? slot : number(h, j - 1)->R, h->n));
}

/* Restore a round, its c as the update that it was in. */
static void
restore(struct sv_history *h, struct sv_keep *k)
{
	struct sv_blob *b;
	struct sv_frame u;

	sv_keep_vector(k, "R", sv_history_slot(h), h->n);
	if (sv_frame_make(&u, SV_UPDATE, NULL, 0, SV_F64, h->n) == -1) {
		sv_keep_bad(k, "c", "has no room in memory");
		return;
	}
	sv_keep_vector(k, "c", sv_frame_elems(&u), h->n);
	if ((b = sv_blob_seal(&u)) == NULL) {
		sv_keep_bad(k, "c", "has no room in memory");
		return;
	}
	sv_history_push(h, b);
	sv_blob_unref(b);
}

void
sv_history_keep(struct sv_history *h, struct sv_keep *k)
{
	uint32_t held = h->held;
	const struct round *r;

	sv_keep_count(k, "rounds", &held, h->capacity);
	/* The oldest first. */
	for (unsigned j = held; j-- > 0;) {
		if (k->way == SV_KEEP_RESTORE) {
			if (!k->bad)
				restore(h, k);
			continue;
		}
		r = number(h, j);
		sv_keep_vector(k, "R", r->R, h->n);
		sv_keep_vector(k, "c", sv_frame_elems(sv_blob_frame(r->c)),
		    h->n);
	}
}
