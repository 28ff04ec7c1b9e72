#include "product.h"

/* Non-zeros in a block: it stays in the second-level cache. */
#define BLOCK_NNZ 16384u
/* Bytes of dense rows in one: it stays in the first. */
#define BLOCK_DENSE 32768u
/* Dense rows in a block are as many as are added up at once, or a multiple. */
#define GROUP 4u
/* Non-zeros that memory is asked for before they are used. */
#define AHEAD 512u
#define CACHE_LINE 64u

/* One copy for each type of values, given as a constant. */
#define INLINE static inline __attribute__((always_inline))

size_t
sv_product_block(const struct sv_matrix *A, uint64_t i)
{
	uint64_t n = A->rows - i, most;

	if (n > SV_PRODUCT_BLOCK)
		n = SV_PRODUCT_BLOCK;
	if (A->kind == SV_DENSE) {
		most = BLOCK_DENSE / (A->elem == SV_F64 ? sizeof(double) :
		    sizeof(float)) / A->cols / GROUP * GROUP;
		most = most > GROUP ? most : GROUP;
		return ((size_t)(n < most ? n : most));
	}
	while (n > 1 && A->start[i + n] - A->start[i] > BLOCK_NNZ)
		n /= 2;
	return ((size_t)n);
}

/* Values in f64 or f32: number k, and where those from number ${at} on are. */
INLINE double
value(const void *v, enum sv_elem elem, uint64_t k)
{

	return (elem == SV_F64 ? ((const double *)v)[k] :
	    (double)((const float *)v)[k]);
}

INLINE const void *
from(const void *v, enum sv_elem elem, uint64_t at)
{

	return (elem == SV_F64 ? (const void *)((const double *)v + at) :
	    (const void *)((const float *)v + at));
}

INLINE const void *
values(const struct sv_matrix *A, enum sv_elem elem)
{

	return (elem == SV_F64 ? (const void *)A->val :
	    (const void *)A->val32);
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

/* a'x for a row of n non-zeros, columns c and values v. */
INLINE double
row_dot(const uint32_t *c, const void *v, enum sv_elem elem, uint64_t n,
    const double *x)
{
	double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
	uint64_t k;

	for (k = 0; k + 4 <= n; k += 4) {
		s0 += value(v, elem, k) * x[c[k]];
		s1 += value(v, elem, k + 1) * x[c[k + 1]];
		s2 += value(v, elem, k + 2) * x[c[k + 2]];
		s3 += value(v, elem, k + 3) * x[c[k + 3]];
	}
	switch (n - k) {
	case 3:
		s2 += value(v, elem, k + 2) * x[c[k + 2]];
		/* FALLTHROUGH */
	case 2:
		s1 += value(v, elem, k + 1) * x[c[k + 1]];
		/* FALLTHROUGH */
	case 1:
		s0 += value(v, elem, k) * x[c[k]];
	}
	return ((s0 + s2) + (s1 + s3));
}

/* g += r a for such a row; its columns differ, and so their order is free. */
INLINE void
add_row(const uint32_t *c, const void *v, enum sv_elem elem, uint64_t n,
    double r, double *g)
{
	uint64_t k;

	for (k = 0; k + 4 <= n; k += 4) {
		uint32_t c0 = c[k], c1 = c[k + 1], c2 = c[k + 2], c3 = c[k + 3];
		double g0 = g[c0] + r * value(v, elem, k);
		double g1 = g[c1] + r * value(v, elem, k + 1);
		double g2 = g[c2] + r * value(v, elem, k + 2);
		double g3 = g[c3] + r * value(v, elem, k + 3);

		g[c0] = g0;
		g[c1] = g1;
		g[c2] = g2;
		g[c3] = g3;
	}
	switch (n - k) {
	case 3:
		g[c[k + 2]] += r * value(v, elem, k + 2);
		/* FALLTHROUGH */
	case 2:
		g[c[k + 1]] += r * value(v, elem, k + 1);
		/* FALLTHROUGH */
	case 1:
		g[c[k]] += r * value(v, elem, k);
	}
}

INLINE void
margins(const struct sv_matrix *A, enum sv_elem elem, uint64_t i, size_t n,
    const double *x, double *m)
{
	const uint64_t *start = A->start + i;
	const uint32_t *c = A->col + start[0];
	const void *v = from(values(A, elem), elem, start[0]);

	for (size_t j = 0; j < n; j++) {
		uint64_t len = start[j + 1] - start[j];

		fetch(A, elem, start[j], start[j + 1]);
		m[j] = row_dot(c, v, elem, len, x);
		c += len;
		v = from(v, elem, len);
	}
}

INLINE void
scatter(const struct sv_matrix *A, enum sv_elem elem, uint64_t i, size_t n,
    const double *r, int cold, double *g)
{
	const uint64_t *start = A->start + i;
	const uint32_t *c = A->col + start[0];
	const void *v = from(values(A, elem), elem, start[0]);

	for (size_t j = 0; j < n; j++) {
		uint64_t len = start[j + 1] - start[j];

		if (cold)
			fetch(A, elem, start[j], start[j + 1]);
		add_row(c, v, elem, len, r[j], g);
		c += len;
		v = from(v, elem, len);
	}
}

INLINE void
squares(const struct sv_matrix *A, enum sv_elem elem, uint64_t i, size_t n,
    const double *r, double *g)
{
	const uint64_t *start = A->start + i;
	const void *v = values(A, elem);

	for (size_t j = 0; j < n; j++) {
		fetch(A, elem, start[j], start[j + 1]);
		for (uint64_t k = start[j]; k < start[j + 1]; k++)
			g[A->col[k]] += r[j] *
			    (value(v, elem, k) * value(v, elem, k));
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
		rows->margins(isa, a, n, (size_t)A->cols, x, m);
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
		rows->scatter(isa, a, n, (size_t)A->cols, r, g);
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
		rows->squares(isa, a, n, (size_t)A->cols, r, g);
	} else if (A->elem == SV_F64) {
		squares(A, SV_F64, i, n, r, g);
	} else {
		squares(A, SV_F32, i, n, r, g);
	}
}
