#include "product.h"

/* Non-zeros in a block: 192 KB. */
#define BLOCK_NNZ 16384u
/* Non-zeros that memory is asked for before they are used. */
#define AHEAD 768u

size_t
sv_product_block(const struct sv_csr *A, uint64_t i)
{
	uint64_t n = A->rows - i, at = A->start[i];

	if (n > SV_PRODUCT_BLOCK)
		n = SV_PRODUCT_BLOCK;
	while (n > 1 && A->start[i + n] - at > BLOCK_NNZ)
		n /= 2;
	return ((size_t)n);
}

/* The non-zeros [${at}, ${end}) are being used: ask for those to come. */
static inline void
fetch(const struct sv_csr *A, uint64_t at, uint64_t end)
{

	at += AHEAD;
	end = end + AHEAD < A->nnz ? end + AHEAD : A->nnz;
	for (uint64_t k = at; k < end; k += 64 / sizeof(*A->col))
		__builtin_prefetch(A->col + k);
	for (uint64_t k = at; k < end; k += 64 / sizeof(*A->val))
		__builtin_prefetch(A->val + k);
}

void
sv_product_margins(const struct sv_csr *A, uint64_t i, size_t n,
    const double *x, double *m)
{
	const uint64_t *start = A->start + i;
	const uint32_t *c = A->col;
	const double *v = A->val;

	for (size_t j = 0; j < n; j++) {
		uint64_t k = start[j], end = start[j + 1];
		double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;

		fetch(A, k, end);
		for (; end - k >= 4; k += 4) {
			s0 += v[k] * x[c[k]];
			s1 += v[k + 1] * x[c[k + 1]];
			s2 += v[k + 2] * x[c[k + 2]];
			s3 += v[k + 3] * x[c[k + 3]];
		}
		if (end - k >= 1)
			s0 += v[k] * x[c[k]];
		if (end - k >= 2)
			s1 += v[k + 1] * x[c[k + 1]];
		if (end - k >= 3)
			s2 += v[k + 2] * x[c[k + 2]];
		m[j] = (s0 + s2) + (s1 + s3);
	}
}

/* g += r a for a row a of n non-zeros, columns c and values v. */
static inline void
add_row(const uint32_t *c, const double *v, uint64_t n, double r, double *g)
{
	uint64_t k;

	/* The columns of a row differ: four at a time are in no order. */
	for (k = 0; n - k >= 4; k += 4) {
		double g0 = g[c[k]] + r * v[k];
		double g1 = g[c[k + 1]] + r * v[k + 1];
		double g2 = g[c[k + 2]] + r * v[k + 2];
		double g3 = g[c[k + 3]] + r * v[k + 3];

		g[c[k]] = g0;
		g[c[k + 1]] = g1;
		g[c[k + 2]] = g2;
		g[c[k + 3]] = g3;
	}
	for (; k < n; k++)
		g[c[k]] += r * v[k];
}

/* sv_product_scatter(), one copy for each ${cold}. */
static inline void
scatter(const struct sv_csr *A, uint64_t i, size_t n, const double *r,
    int cold, double *g)
{
	const uint64_t *start = A->start + i;

	for (size_t j = 0; j < n; j++) {
		uint64_t k = start[j], end = start[j + 1];

		if (cold)
			fetch(A, k, end);
		add_row(A->col + k, A->val + k, end - k, r[j], g);
	}
}

void
sv_product_scatter(const struct sv_csr *A, uint64_t i, size_t n,
    const double *r, int cold, double *g)
{

	if (cold)
		scatter(A, i, n, r, 1, g);
	else
		scatter(A, i, n, r, 0, g);
}

void
sv_product_squares(const struct sv_csr *A, uint64_t i, size_t n,
    const double *r, double *g)
{
	const uint64_t *start = A->start + i;

	for (size_t j = 0; j < n; j++) {
		uint64_t k = start[j], end = start[j + 1];

		fetch(A, k, end);
		for (; k < end; k++)
			g[A->col[k]] += r[j] * (A->val[k] * A->val[k]);
	}
}
