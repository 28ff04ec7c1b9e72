#include <string.h>

#include "kernel.h"
#include "product.h"

#define BLOCK SV_PRODUCT_BLOCK
#define OFTEN 64u	/* blocks between two polls: a millisecond or so */

size_t
sv_kernel_dim(const struct sv_kernel *K)
{

	return ((size_t)K->A->cols + (K->intercept != 0));
}

/*
 * Rows of the block from row ${i} on, which is number ${*count} of a pass; 0: the
 * pass is over.
 */
static size_t
next_block(const struct sv_kernel *K, uint64_t i, unsigned *count)
{

	if (i >= K->A->rows || (K->poll != NULL && ++*count % OFTEN == 0 &&
	    K->poll(K->ctx) != 0))
		return (0);
	return (sv_product_block(K->A, i));
}

/* The sum of n numbers: four running sums. */
static double
sum(const double *a, size_t n)
{
	double s[4] = { 0.0 };

	for (size_t j = 0; j < n; j++)
		s[j % 4] += a[j];
	return ((s[0] + s[2]) + (s[1] + s[3]));
}

/* m = A x + b for the n rows from row i on. */
static void
margins(const struct sv_kernel *K, uint64_t i, size_t n, const double *x,
    double *m)
{

	sv_product_margins(K->A, K->isa, i, n, x, m);
	if (K->intercept)
		for (size_t j = 0; j < n; j++)
			m[j] += x[K->A->cols];
}

/* g += A'r for the n rows from row i on, and the intercept's element. */
static void
scatter(const struct sv_kernel *K, uint64_t i, size_t n, const double *r,
    int cold, double *g)
{

	sv_product_scatter(K->A, K->isa, i, n, r, cold, g);
	if (K->intercept)
		g[K->A->cols] += sum(r, n);
}

/* The loss of n rows from row i on, whose margins are m: sv_loss_eval(). */
static double
eval(const struct sv_kernel *K, uint64_t i, const double *m, size_t n,
    double *d1, double *d2)
{

	return (sv_loss_eval(K->loss, K->isa, K->param, m, K->y + i,
	    K->w != NULL ? K->w + i : NULL, n, d1, d2));
}

static void
clear(const struct sv_kernel *K, double *g)
{

	memset(g, 0, sv_kernel_dim(K) * sizeof(*g));
}

void
sv_kernel_margins(const struct sv_kernel *K, const double *x, double *m)
{
	unsigned count = 0;
	size_t n;

	for (uint64_t i = 0; (n = next_block(K, i, &count)) > 0; i += n)
		margins(K, i, n, x, m + i);
}

void
sv_kernel_scatter(const struct sv_kernel *K, const double *r, double *g)
{
	unsigned count = 0;
	size_t n;

	clear(K, g);
	for (uint64_t i = 0; (n = next_block(K, i, &count)) > 0; i += n)
		scatter(K, i, n, r + i, 1, g);
}

double
sv_kernel_gradient(const struct sv_kernel *K, const double *x, double *m,
    double *h, double *g)
{
	double block[BLOCK], r[BLOCK], f = 0.0;
	unsigned count = 0;
	size_t n;

	clear(K, g);
	for (uint64_t i = 0; (n = next_block(K, i, &count)) > 0; i += n) {
		double *mi = m != NULL ? m + i : block;

		margins(K, i, n, x, mi);
		f += eval(K, i, mi, n, r, h != NULL ? h + i : NULL);
		scatter(K, i, n, r, 0, g);
	}
	return (f);
}

double
sv_kernel_at(const struct sv_kernel *K, const double *m, double *h, double *g)
{
	double r[BLOCK], f = 0.0;
	unsigned count = 0;
	size_t n;

	clear(K, g);
	for (uint64_t i = 0; (n = next_block(K, i, &count)) > 0; i += n) {
		f += eval(K, i, m + i, n, r, h != NULL ? h + i : NULL);
		scatter(K, i, n, r, 1, g);
	}
	return (f);
}

void
sv_kernel_hessian(const struct sv_kernel *K, const double *h, const double *p,
    double *q, double *Hp)
{
	double block[BLOCK], r[BLOCK];
	unsigned count = 0;
	size_t n;

	clear(K, Hp);
	for (uint64_t i = 0; (n = next_block(K, i, &count)) > 0; i += n) {
		double *qi = q != NULL ? q + i : block;

		margins(K, i, n, p, qi);
		for (size_t j = 0; j < n; j++)
			r[j] = h[i + j] * qi[j];
		scatter(K, i, n, r, 0, Hp);
	}
}

void
sv_kernel_diagonal(const struct sv_kernel *K, const double *h, double *D)
{
	unsigned count = 0;
	size_t n;

	clear(K, D);
	for (uint64_t i = 0; (n = next_block(K, i, &count)) > 0; i += n) {
		sv_product_squares(K->A, K->isa, i, n, h + i, D);
		if (K->intercept)
			D[K->A->cols] += sum(h + i, n);
	}
}

double
sv_kernel_trial(const struct sv_kernel *K, const struct sv_kernel_flow *F,
    double s)
{
	double t[BLOCK], f = 0.0;
	unsigned count = 0;
	size_t n;

	for (uint64_t i = 0; (n = next_block(K, i, &count)) > 0; i += n) {
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
	unsigned count = 0;
	size_t n;

	clear(K, g);
	for (uint64_t i = 0; (n = next_block(K, i, &count)) > 0; i += n) {
		flow(F->m + i, F->my + i, F->q + i, n, s, beta);
		f += eval(K, i, F->my + i, n, r, NULL);
		scatter(K, i, n, r, 1, g);
	}
	return (f);
}

double
sv_kernel_curvature(const struct sv_kernel *K, const double *m, const double *q)
{
	double r[BLOCK], h[BLOCK], sum = 0.0;
	unsigned count = 0;
	size_t n;

	for (uint64_t i = 0; (n = next_block(K, i, &count)) > 0; i += n) {
		eval(K, i, m + i, n, r, h);
		for (size_t j = 0; j < n; j++)
			h[j] *= q[i + j];
		sum += K->isa->dot(h, q + i, n);
	}
	return (sum);
}
