#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "pairs.h"

struct pair {
	double *s, *y;
	double sy, ss, yy;	/* products of the two */
};

struct sv_pairs {
	size_t capacity, n;
	size_t held;
	size_t next;	/* where the coming pair goes */
	double *numbers;	/* of all pairs */
	double *alpha;	/* of the recursion, one a pair */
	struct pair pair[];
};

size_t
sv_pairs_bytes(size_t capacity, size_t n)
{

	return (sizeof(struct sv_pairs) + capacity * (sizeof(struct pair) +
	    (2 * n + 1) * sizeof(double)));
}

struct sv_pairs *
sv_pairs_new(size_t capacity, size_t n)
{
	struct sv_pairs *P;

	P = calloc(1, sizeof(*P) + capacity * sizeof(*P->pair));
	if (P == NULL)
		return (NULL);
	P->capacity = capacity;
	P->n = n;
	if (capacity == 0)
		return (P);
	/* calloc() sees to the other overflow. */
	P->numbers = n < SIZE_MAX / 32 ?
	    calloc(capacity, (2 * n + 1) * sizeof(double)) : NULL;
	if (P->numbers == NULL) {
		free(P);
		return (NULL);
	}
	P->alpha = P->numbers + 2 * capacity * n;
	for (size_t k = 0; k < capacity; k++) {
		P->pair[k].s = P->numbers + 2 * k * n;
		P->pair[k].y = P->numbers + (2 * k + 1) * n;
	}
	return (P);
}

void
sv_pairs_free(struct sv_pairs *P)
{

	if (P == NULL)
		return;
	free(P->numbers);
	free(P);
}

void
sv_pairs_clear(struct sv_pairs *P)
{

	P->held = P->next = 0;
}

void
sv_pairs_push(struct sv_pairs *P, const struct sv_isa *isa, double t,
    const double *p, const double *g0, const double *g1)
{
	struct pair *q;

	if (P->capacity == 0)
		return;
	q = &P->pair[P->next];
	for (size_t j = 0; j < P->n; j++) {
		q->s[j] = t * p[j];
		q->y[j] = g1[j] - g0[j];
	}
	q->sy = isa->dot(q->s, q->y, P->n);
	q->ss = isa->dot(q->s, q->s, P->n);
	q->yy = isa->dot(q->y, q->y, P->n);
	if (!(q->sy >= 0.0 && q->ss > 0.0) || !isfinite(q->ss + q->yy)) {
		/* The oldest pair was there. */
		if (P->held == P->capacity)
			P->held--;
		return;
	}
	P->next = (P->next + 1) % P->capacity;
	if (P->held < P->capacity)
		P->held++;
}

/* The pair of number k, 0 the newest. */
static const struct pair *
newest(const struct sv_pairs *P, size_t k)
{

	return (&P->pair[(P->next + P->capacity - 1 - k) % P->capacity]);
}

/* x += c (y + rho s), or c s where y is NULL. */
static void
add(double *x, double c, const double *y, double rho, const double *s,
    size_t n)
{

	if (y == NULL) {
		for (size_t j = 0; j < n; j++)
			x[j] += c * s[j];
	} else {
		for (size_t j = 0; j < n; j++)
			x[j] += c * (y[j] + rho * s[j]);
	}
}

/*
 * The two loops of Nocedal (1980), with y + rho s in the place of y:
 *	alpha_k = s_k'x / s_k'y_k,	x -= alpha_k y_k	newest first
 *	x = B_0 x
 *	x += (alpha_k - y_k'x / s_k'y_k) s_k			oldest first
 */
void
sv_pairs_solve(const struct sv_pairs *P, const struct sv_isa *isa, double rho,
    sv_pairs_base base, void *ctx, double *x)
{
	const struct pair *q;
	double *alpha = P->alpha, sy, gamma;

	for (size_t k = 0; k < P->held; k++) {
		q = newest(P, k);
		alpha[k] = isa->dot(q->s, x, P->n) / (q->sy + rho * q->ss);
		add(x, -alpha[k], q->y, rho, q->s, P->n);
	}
	if (base != NULL) {
		base(ctx, x);
	} else {
		gamma = 1.0 / sqrt(isa->dot(x, x, P->n));
		if (P->held > 0) {
			q = newest(P, 0);
			gamma = (q->sy + rho * q->ss) / (q->yy +
			    2.0 * rho * q->sy + rho * rho * q->ss);
		}
		for (size_t j = 0; j < P->n; j++)
			x[j] *= gamma;
	}
	for (size_t k = P->held; k-- > 0;) {
		q = newest(P, k);
		sy = isa->dot(q->y, x, P->n) + rho * isa->dot(q->s, x, P->n);
		add(x, alpha[k] - sy / (q->sy + rho * q->ss), NULL, 0.0, q->s,
		    P->n);
	}
}

void
sv_pairs_keep(struct sv_pairs *P, struct sv_keep *k)
{
	uint32_t held = (uint32_t)P->held;
	size_t oldest = P->next + P->capacity - P->held;
	struct pair *q;

	sv_keep_count(k, "pairs", &held, (uint32_t)P->capacity);
	/* The oldest first, which is restored to the first place. */
	if (sv_keep_restores(k)) {
		oldest = 0;
		P->held = held;
		P->next = held > 0 ? held % P->capacity : 0;
	}
	for (size_t i = 0; i < P->held; i++) {
		q = &P->pair[(oldest + i) % P->capacity];
		sv_keep_vector(k, "a step", q->s, P->n);
		sv_keep_vector(k, "a change of the gradient", q->y, P->n);
		sv_keep_real(k, "sy", &q->sy, 0.0, DBL_MAX);
		sv_keep_real(k, "ss", &q->ss, 0.0, DBL_MAX);
		sv_keep_real(k, "yy", &q->yy, 0.0, DBL_MAX);
	}
}
