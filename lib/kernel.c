#include <string.h>

#include "kernel.h"

/* Rows in a block: its margins and derivatives fit the first-level cache. */
#define BLOCK 256

/* Rows of the block that starts at row i. */
static size_t
block_rows(const struct sv_csr *A, uint64_t i)
{

	return (A->rows - i < BLOCK ? (size_t)(A->rows - i) : BLOCK);
}

/*
 * m_j = a_j'x for the n rows from row i on.  Four running sums, or a long row
 * would wait for each addition.
 */
static void
margins(const struct sv_csr *A, uint64_t i, size_t n, const double *x,
    double *m)
{
	const uint32_t *c = A->col + A->start[i];
	const double *v = A->val + A->start[i];

	for (size_t j = 0; j < n; j++) {
		uint64_t len = A->start[i + j + 1] - A->start[i + j], k;
		double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;

		for (k = 0; k + 4 <= len; k += 4) {
			s0 += v[k] * x[c[k]];
			s1 += v[k + 1] * x[c[k + 1]];
			s2 += v[k + 2] * x[c[k + 2]];
			s3 += v[k + 3] * x[c[k + 3]];
		}
		for (; k < len; k++)
			s0 += v[k] * x[c[k]];
		m[j] = (s0 + s2) + (s1 + s3);
		c += len;
		v += len;
	}
}

/* g += sum of r_j a_j over the n rows from row i on. */
static void
scatter(const struct sv_csr *A, uint64_t i, size_t n, const double *r,
    double *g)
{
	const uint32_t *c = A->col + A->start[i];
	const double *v = A->val + A->start[i];

	for (size_t j = 0; j < n; j++) {
		uint64_t len = A->start[i + j + 1] - A->start[i + j];
		double rj = r[j];

		for (uint64_t k = 0; k < len; k++)
			g[c[k]] += rj * v[k];
		c += len;
		v += len;
	}
}

/* The loss of n rows from row i on, whose margins are m: sv_loss_eval(). */
static double
eval(const struct sv_kernel *K, uint64_t i, const double *m, size_t n,
    double *d1, double *d2)
{

	return (sv_loss_eval(K->loss, K->isa, K->param, m, K->y + i,
	    K->w != NULL ? K->w + i : NULL, n, d1, d2));
}

void
sv_kernel_margins(const struct sv_kernel *K, const double *x, double *m)
{

	margins(K->A, 0, (size_t)K->A->rows, x, m);
}

double
sv_kernel_gradient(const struct sv_kernel *K, const double *x, double *m,
    double *h, double *g)
{
	double block[BLOCK], r[BLOCK], f = 0.0;
	size_t n;

	memset(g, 0, K->A->cols * sizeof(*g));
	for (uint64_t i = 0; i < K->A->rows; i += n) {
		double *mi = m != NULL ? m + i : block;

		n = block_rows(K->A, i);
		margins(K->A, i, n, x, mi);
		f += eval(K, i, mi, n, r, h != NULL ? h + i : NULL);
		scatter(K->A, i, n, r, g);
	}
	return (f);
}

double
sv_kernel_trial(const struct sv_kernel *K, const struct sv_kernel_flow *F,
    double s)
{
	double t[BLOCK], f = 0.0;
	size_t n;

	for (uint64_t i = 0; i < K->A->rows; i += n) {
		n = block_rows(K->A, i);
		for (size_t j = 0; j < n; j++)
			t[j] = F->my[i + j] + s * F->q[i + j];
		f += eval(K, i, t, n, NULL, NULL);
	}
	return (f);
}

/* The margins of n rows for the next iteration. */
static void
flow(double *m, double *my, const double *q, size_t n, double s, double beta)
{

	for (size_t j = 0; j < n; j++) {
		double t = my[j] + s * q[j];

		my[j] = t + beta * (t - m[j]);
		m[j] = t;
	}
}

double
sv_kernel_advance(const struct sv_kernel *K, const struct sv_kernel_flow *F,
    double s, double beta, double *g)
{
	double r[BLOCK], f = 0.0;
	size_t n;

	memset(g, 0, K->A->cols * sizeof(*g));
	for (uint64_t i = 0; i < K->A->rows; i += n) {
		n = block_rows(K->A, i);
		flow(F->m + i, F->my + i, F->q + i, n, s, beta);
		f += eval(K, i, F->my + i, n, r, NULL);
		scatter(K->A, i, n, r, g);
	}
	return (f);
}

double
sv_kernel_curvature(const struct sv_kernel *K, const double *m, const double *q)
{
	double r[BLOCK], h[BLOCK], sum = 0.0;
	size_t n;

	for (uint64_t i = 0; i < K->A->rows; i += n) {
		n = block_rows(K->A, i);
		eval(K, i, m + i, n, r, h);
		for (size_t j = 0; j < n; j++)
			h[j] *= q[i + j];
		sum += K->isa->dot(h, q + i, n);
	}
	return (sum);
}
