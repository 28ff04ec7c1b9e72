#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "normal.h"
#include "recipe.h"
#include "rng.h"

/* Blocks made at once: enough for ChaCha20 to run at full speed. */
#define BLOCKS 2048u
#define WORDS (BLOCKS * SV_RNG_WORDS)
#define NNZ_MAX ((uint64_t)1 << 56)
/* Up to this k the columns of a row are kept sorted by insertion. */
#define SMALL 32u
#define NONE UINT32_MAX		/* no column has this number */

struct work {
	const struct sv_recipe *r;
	uint64_t blocks;		/* of a row */
	struct sv_rng rng;
	uint64_t word[WORDS];		/* of the rows at hand */
	uint64_t bits[WORDS];		/* those of their values, gathered */
	const struct sv_csr_poll *poll;
};

uint64_t
sv_recipe_k(uint64_t d, double p)
{
	double k = floor(p * (double)d + 0.5);

	if (!(k >= 1))
		return (1);
	return (k >= (double)d ? d : (uint64_t)k);
}

const char *
sv_recipe_check(const struct sv_recipe *r)
{

	if (r->n < 1 || r->n > SV_RECIPE_MAXROWS)
		return ("the number of rows is out of bounds");
	if (r->d < 1 || r->d > SV_RECIPE_MAXCOLS)
		return ("the number of features is out of bounds");
	if (r->k < 1 || r->k > r->d)
		return ("a row's number of non-zeros is out of bounds");
	if (r->seed > SV_RECIPE_MAXSEED)
		return ("the seed is out of bounds");
	if (r->k > NNZ_MAX / r->n)
		return ("there are too many non-zeros");
	return (NULL);
}

/* Floyd's sampling, the set a sorted array. */
static void
columns_small(const struct sv_recipe *r, const uint64_t *word, uint32_t *col)
{
	uint32_t j = (uint32_t)(r->d - r->k);

	for (uint32_t i = 0; i < r->k; i++, j++) {
		uint32_t t = (uint32_t)sv_rng_below(word[i], (uint64_t)j + 1);
		uint32_t at = i;

		for (; at > 0 && col[at - 1] > t; at--)
			col[at] = col[at - 1];
		if (at > 0 && col[at - 1] == t) {
			/* In it already: close the gap; j is the largest. */
			memmove(col + at, col + at + 1,
			    (i - at) * sizeof(*col));
			at = i;
			t = j;
		}
		col[at] = t;
	}
}

/*
 * A set of columns while a large row is drawn: a hash table of 2k slots with
 * linear probing, whose hash is the place that a uniform distribution would
 * give the column.  It is thus in ascending order but for some disorder within
 * runs, and for what wraps around.
 */
struct table {
	uint32_t *slot;
	uint64_t size;
	uint64_t scale;		/* size / d, 31 bits after the point */
};

static struct table
table_make(const struct sv_recipe *r, double *room)
{
	struct table t;

	/* The row's values are not there yet: their room holds the table. */
	t.slot = (uint32_t *)(void *)room;
	t.size = 2 * r->k;
	t.scale = (t.size << 31) / r->d;
	memset(t.slot, 0xff, t.size * sizeof(*t.slot));
	return (t);
}

/* Return 0 if the column was there already. */
static int
table_add(struct table *t, uint32_t col)
{
	uint64_t at = (col * t->scale) >> 31;

	while (t->slot[at] != NONE) {
		if (t->slot[at] == col)
			return (0);
		if (++at == t->size)
			at = 0;
	}
	t->slot[at] = col;
	return (1);
}

/* Floyd's sampling of columns [${from}, ${to}) of the row's k. */
static void
table_draw(struct table *t, const struct sv_recipe *r, const uint64_t *word,
    uint64_t from, uint64_t to)
{

	for (uint64_t i = from; i < to; i++) {
		uint64_t j = r->d - r->k + i;

		if (!table_add(t, (uint32_t)sv_rng_below(*word++, j + 1)))
			table_add(t, (uint32_t)j);
	}
}

/* Take the columns out, sorted by insertion: they nearly are. */
static void
table_take(const struct table *t, uint64_t k, uint32_t *col)
{
	uint64_t at, n = 0;

	for (uint64_t s = 0; n < k; s++) {
		uint32_t c = t->slot[s];

		if (c == NONE)
			continue;
		for (at = n++; at > 0 && col[at - 1] > c; at--)
			col[at] = col[at - 1];
		col[at] = c;
	}
}

/* The label, and the mean of the values. */
static double
label(uint64_t word, double *v)
{
	double y = word >> 63 != 0 ? 1 : -1;

	*v = y * ((double)(word & (((uint64_t)1 << 53) - 1)) * 0x1p-53);
	return (y);
}

/* Rows [${from}, ${to}) of A, which begin with row ${first}; few enough. */
static void
expand_rows(struct work *w, struct sv_csr *A, uint64_t first, uint64_t from,
    uint64_t to)
{
	const struct sv_recipe *r = w->r;
	const uint64_t k = r->k;
	double *val = A->val + from * k;

	sv_rng_blocks(&w->rng, (first + from) * w->blocks,
	    (to - from) * w->blocks, w->word);
	for (uint64_t i = from; i < to; i++) {
		const uint64_t *word = w->word +
		    (i - from) * w->blocks * SV_RNG_WORDS;
		uint32_t *col = A->col + i * k;

		if (k <= SMALL)
			columns_small(r, word + 1, col);
		else {
			struct table t = table_make(r, A->val + i * k);

			table_draw(&t, r, word + 1, 0, k);
			table_take(&t, k, col);
		}
		memcpy(w->bits + (i - from) * k, word + 1 + k,
		    k * sizeof(*word));
		A->start[i + 1] = (i + 1) * k;
	}
	sv_normal_fill(val, w->bits, (to - from) * k);
	for (uint64_t i = from; i < to; i++) {
		double v;

		A->label[i] = label(w->word[(i - from) * w->blocks *
		    SV_RNG_WORDS], &v);
		for (uint64_t l = 0; l < k; l++)
			*val++ += v;
	}
}

static int
cancelled(const struct work *w)
{

	return (w->poll != NULL && w->poll->fn(w->poll->ctx) != 0);
}

/* Row ${i} of A, which begins with row ${first}: too long to be made at once. */
static void
expand_long(struct work *w, struct sv_csr *A, uint64_t first, uint64_t i)
{
	const uint64_t k = w->r->k, words = 1 + 2 * k;
	uint64_t block = (first + i) * w->blocks, at, end, next;
	double *val = A->val + i * k, v = 0;
	struct table t = table_make(w->r, val);

	/* Word 0, columns up to word k, values up to word 2k. */
	for (at = 0; at < words && !cancelled(w); at = next) {
		next = at + WORDS < words ? at + WORDS : words;
		sv_rng_blocks(&w->rng, block + at / SV_RNG_WORDS,
		    (next - at + SV_RNG_WORDS - 1) / SV_RNG_WORDS, w->word);
		if (at == 0)
			A->label[i] = label(w->word[0], &v);
		if (at <= k) {
			uint64_t from = at > 0 ? at : 1;

			end = next < k + 1 ? next : k + 1;
			table_draw(&t, w->r, w->word + (from - at), from - 1,
			    end - 1);
			if (end == k + 1)
				table_take(&t, k, A->col + i * k);
		}
		if (next > k + 1) {
			uint64_t from = at > k + 1 ? at : k + 1;

			sv_normal_fill(val, w->word + (from - at), next - from);
			for (uint64_t l = from; l < next; l++)
				*val++ += v;
		}
	}
	A->start[i + 1] = (i + 1) * k;
}

int
sv_recipe_expand(const struct sv_recipe *r, uint64_t from, uint64_t to,
    struct sv_csr *A, const struct sv_csr_poll *poll)
{
	uint64_t rows = to - from, batch;
	struct work *w;

	if (sv_csr_alloc(A, rows, r->d, rows * r->k) == -1)
		return (-1);
	if ((w = malloc(sizeof(*w))) == NULL)
		goto err0;
	w->r = r;
	w->poll = poll;
	w->blocks = (2 * r->k + SV_RNG_WORDS) / SV_RNG_WORDS;
	if (sv_rng_init(&w->rng, "sv recipe 1", r->seed) == -1)
		goto err1;
	batch = BLOCKS / w->blocks;
	for (uint64_t i = 0, next; i < rows; i = next) {
		next = i + (batch > 0 ? batch : 1);
		if (next > rows)
			next = rows;
		if (batch > 0)
			expand_rows(w, A, from, i, next);
		else
			expand_long(w, A, from, i);
		if (cancelled(w)) {
			free(w);
			errno = ECANCELED;
			return (-1);
		}
	}
	free(w);
	return (0);

err1:
	free(w);
err0:
	sv_csr_fini(A);
	return (-1);
}
