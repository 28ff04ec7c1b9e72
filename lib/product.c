#include "product.h"

/* Non-zeros in a block, or elements of dense rows: 192 KB. */
#define BLOCK_NNZ 16384u
#define BLOCK_DENSE 24576u
/* Dense rows in a block are as many as are added up at once, or a multiple. */
#define GROUP 4u
/* Non-zeros that memory is asked for before they are used. */
#define AHEAD 768u
#define CACHE_LINE 64u

/* One copy for each type of values, given as a constant. */
#define INLINE static inline __attribute__((always_inline))

size_t
sv_product_block(const struct sv_matrix *A, uint64_t i)
{
	uint64_t n = A->rows - i, most = BLOCK_DENSE / A->cols / GROUP * GROUP;

	if (n > SV_PRODUCT_BLOCK)
		n = SV_PRODUCT_BLOCK;
	if (A->kind == SV_DENSE) {
		most = most > GROUP ? most : GROUP;
		return ((size_t)(n < most ? n : most));
	}
	while (n > 1 && A->start[i + n] - A->start[i] > BLOCK_NNZ)
		n /= 2;
	return ((size_t)n);
}

INLINE double
value(const struct sv_matrix *A, enum sv_elem elem, uint64_t k)
{

	return (elem == SV_F64 ? A->val[k] : (double)A->val32[k]);
}

/* The non-zeros [${at}, ${end}) are being used: ask for those to come. */
INLINE void
fetch(const struct sv_matrix *A, enum sv_elem elem, uint64_t at, uint64_t end)
{

	at += AHEAD;
	end = end + AHEAD < A->nnz ? end + AHEAD : A->nnz;
	for (uint64_t k = at; k < end; k += CACHE_LINE / sizeof(*A->col)) {
		__builtin_prefetch(A->col + k);
		if (elem == SV_F32)
			__builtin_prefetch(A->val32 + k);
	}
	if (elem == SV_F64)
		for (uint64_t k = at; k < end; k += CACHE_LINE /
		    sizeof(*A->val))
			__builtin_prefetch(A->val + k);
}

INLINE void
margins(const struct sv_matrix *A, enum sv_elem elem, uint64_t i, size_t n,
    const double *x, double *m)
{
	const uint64_t *start = A->start + i;
	const uint32_t *c = A->col;

	for (size_t j = 0; j < n; j++) {
		uint64_t k = start[j], end = start[j + 1];
		double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;

		fetch(A, elem, k, end);
		for (; end - k >= 4; k += 4) {
			s0 += value(A, elem, k) * x[c[k]];
			s1 += value(A, elem, k + 1) * x[c[k + 1]];
			s2 += value(A, elem, k + 2) * x[c[k + 2]];
			s3 += value(A, elem, k + 3) * x[c[k + 3]];
		}
		if (end - k >= 1)
			s0 += value(A, elem, k) * x[c[k]];
		if (end - k >= 2)
			s1 += value(A, elem, k + 1) * x[c[k + 1]];
		if (end - k >= 3)
			s2 += value(A, elem, k + 2) * x[c[k + 2]];
		m[j] = (s0 + s2) + (s1 + s3);
	}
}

/* g += r a for the row a that the non-zeros [${k}, ${end}) are. */
INLINE void
add_row(const struct sv_matrix *A, enum sv_elem elem, uint64_t k, uint64_t end,
    double r, double *g)
{
	const uint32_t *c = A->col;

	/* The columns of a row differ: four at a time are in no order. */
	for (; end - k >= 4; k += 4) {
		double g0 = g[c[k]] + r * value(A, elem, k);
		double g1 = g[c[k + 1]] + r * value(A, elem, k + 1);
		double g2 = g[c[k + 2]] + r * value(A, elem, k + 2);
		double g3 = g[c[k + 3]] + r * value(A, elem, k + 3);

		g[c[k]] = g0;
		g[c[k + 1]] = g1;
		g[c[k + 2]] = g2;
		g[c[k + 3]] = g3;
	}
	for (; k < end; k++)
		g[c[k]] += r * value(A, elem, k);
}

INLINE void
scatter(const struct sv_matrix *A, enum sv_elem elem, uint64_t i, size_t n,
    const double *r, int cold, double *g)
{
	const uint64_t *start = A->start + i;

	for (size_t j = 0; j < n; j++) {
		if (cold)
			fetch(A, elem, start[j], start[j + 1]);
		add_row(A, elem, start[j], start[j + 1], r[j], g);
	}
}

INLINE void
squares(const struct sv_matrix *A, enum sv_elem elem, uint64_t i, size_t n,
    const double *r, double *g)
{
	const uint64_t *start = A->start + i;

	for (size_t j = 0; j < n; j++) {
		fetch(A, elem, start[j], start[j + 1]);
		for (uint64_t k = start[j]; k < start[j + 1]; k++) {
			double v = value(A, elem, k);

			g[A->col[k]] += r[j] * (v * v);
		}
	}
}

/* How dense rows of ${A} are dealt with, and where row ${i} is. */
static const struct sv_isa_rows *
dense(const struct sv_matrix *A, const struct sv_isa *isa, uint64_t i,
    const void **a)
{

	if (A->elem == SV_F64) {
		*a = A->val + i * A->cols;
		return (&isa->f64);
	}
	*a = A->val32 + i * A->cols;
	return (&isa->f32);
}

void
sv_product_margins(const struct sv_matrix *A, const struct sv_isa *isa,
    uint64_t i, size_t n, const double *x, double *m)
{
	const struct sv_isa_rows *rows;
	const void *a;

	if (A->kind == SV_DENSE) {
		rows = dense(A, isa, i, &a);
		rows->margins(a, n, (size_t)A->cols, x, m);
	} else if (A->elem == SV_F64) {
		margins(A, SV_F64, i, n, x, m);
	} else {
		margins(A, SV_F32, i, n, x, m);
	}
}

void
sv_product_scatter(const struct sv_matrix *A, const struct sv_isa *isa,
    uint64_t i, size_t n, const double *r, int cold, double *g)
{
	const struct sv_isa_rows *rows;
	const void *a;

	if (A->kind == SV_DENSE) {
		rows = dense(A, isa, i, &a);
		rows->scatter(a, n, (size_t)A->cols, r, g);
	} else if (A->elem == SV_F64 && cold) {
		scatter(A, SV_F64, i, n, r, 1, g);
	} else if (A->elem == SV_F64) {
		scatter(A, SV_F64, i, n, r, 0, g);
	} else if (cold) {
		scatter(A, SV_F32, i, n, r, 1, g);
	} else {
		scatter(A, SV_F32, i, n, r, 0, g);
	}
}

void
sv_product_squares(const struct sv_matrix *A, const struct sv_isa *isa,
    uint64_t i, size_t n, const double *r, double *g)
{
	const struct sv_isa_rows *rows;
	const void *a;

	if (A->kind == SV_DENSE) {
		rows = dense(A, isa, i, &a);
		rows->squares(a, n, (size_t)A->cols, r, g);
	} else if (A->elem == SV_F64) {
		squares(A, SV_F64, i, n, r, g);
	} else {
		squares(A, SV_F32, i, n, r, g);
	}
}
