#ifndef SV_RECIPE_H
#define SV_RECIPE_H

#include <stdint.h>

#include "csr.h"

/*
 * The synthetic classification problem of Koh, Kim and Boyd ("An interior-point
 * method for large-scale l1-regularized logistic regression", JMLR 8, 2007),
 * as a recipe: any row can be made by itself, and is the same bits whoever
 * makes it, on whatever machine.
 *
 * A row's label is +1 or -1 with probability 1/2 each.  It has k columns,
 * drawn uniformly without replacement, with values N(v, 1), where v is drawn
 * once a row from U[0,1] if the label is +1 and from U[-1,0] if it is -1.
 *
 * Random words come from rng.h, with the recipe's seed and the context
 * "sv recipe 1".  Row j owns the B = ceil((1 + 2k) / 8) blocks of 8 words from
 * block jB:
 *   word 0		label: +1 if the top bit is set; |v| = (the lowest 53
 *			bits) / 2^53
 *   words 1 to k	columns: Floyd's sampling (Bentley and Floyd, CACM
 *			30(9), 1987): for j = d-k, ..., d-1 draw t in [0,j], and
 *			add t to the set, or j where t is in it already; t is
 *			the upper half of the 128-bit product word * (j + 1)
 *   words k+1 to 2k	values, in the order of the sorted columns: v + normal.h
 */

#define SV_RECIPE_MAXROWS ((uint64_t)1 << 40)
#define SV_RECIPE_MAXCOLS ((uint64_t)UINT32_MAX)
/* Seeds are JSON integers. */
#define SV_RECIPE_MAXSEED ((uint64_t)INT64_MAX)

struct sv_recipe {
	uint64_t n;	/* rows */
	uint64_t d;	/* columns */
	uint64_t k;	/* non-zeros in each row */
	uint64_t seed;
};

/**
 * sv_recipe_k(d, p):
 * Non-zeros of a row of density ${p}: round(p d), at least 1, at most d.
 */
uint64_t sv_recipe_k(uint64_t d, double p);

/**
 * sv_recipe_check(r):
 * Return NULL if 1 <= n <= SV_RECIPE_MAXROWS, 1 <= d <= SV_RECIPE_MAXCOLS,
 * 1 <= k <= d, seed <= SV_RECIPE_MAXSEED, and n k is below 2^56 so that
 * nothing overflows; otherwise what is wrong, as a static string.
 */
const char *sv_recipe_check(const struct sv_recipe *r);

/**
 * sv_recipe_expand(r, from, to, A, poll):
 * Make rows [${from}, ${to}) of the checked recipe ${r}; from <= to <= n.
 * Allocates ${A} (the caller frees it with sv_csr_fini()), and less than 1 MB
 * beside it while at work.  Return 0, or -1 with errno set: ECANCELED where
 * ${poll}, which may be NULL, said so.  ${A} is the caller's to free then as
 * well, at leisure.
 */
int sv_recipe_expand(const struct sv_recipe *r, uint64_t from, uint64_t to,
    struct sv_csr *A, const struct sv_csr_poll *poll);

#endif /* !SV_RECIPE_H */
