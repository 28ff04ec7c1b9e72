#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "anderson.h"

#define RIDGE 1e-8	/* of the trace, on the diagonal */
#define LARGEST 1e4	/* weight */
#define GROWTH 4.0	/* of |R|^2, that ends a history */

struct sv_anderson {
	unsigned capacity;	/* memory + 1 */
	unsigned held;	/* rounds that can be used */
	unsigned next;	/* the slot */
	unsigned shards;
	size_t n;
	double before;	/* |R|^2 of the round before; 0: none */
	double *c;	/* capacity x n */
	double *gram;	/* capacity x capacity: <R^p, R^q>, newest first */
	double *L;	/* its differences, and their Cholesky factor */
	double *gamma;	/* capacity */
};

struct sv_anderson *
sv_anderson_new(unsigned memory, size_t n, unsigned shards)
{
	size_t k = (size_t)memory + 1;
	struct sv_anderson *a;

	if (n > SIZE_MAX / sizeof(double) / k) {
		errno = ENOMEM;
		goto err0;
	}
	if ((a = calloc(1, sizeof(*a))) == NULL)
		goto err0;
	a->capacity = memory + 1;
	a->shards = shards;
	a->n = n;
	/* Not touched, and so not there, until a round needs it. */
	a->c = malloc(n > 0 ? k * n * sizeof(*a->c) : 1);
	a->gram = calloc(k * k, sizeof(*a->gram));
	a->L = calloc(k * k, sizeof(*a->L));
	a->gamma = calloc(k, sizeof(*a->gamma));
	if (a->c == NULL || a->gram == NULL || a->L == NULL ||
	    a->gamma == NULL)
		goto err1;
	return (a);

err1:
	sv_anderson_free(a);
err0:
	return (NULL);
}

void
sv_anderson_free(struct sv_anderson *a)
{

	if (a == NULL)
		return;
	free(a->gamma);
	free(a->L);
	free(a->gram);
	free(a->c);
	free(a);
}

void
sv_anderson_restart(struct sv_anderson *a)
{

	a->held = 0;
	a->before = 0.0;
}

double *
sv_anderson_slot(struct sv_anderson *a)
{

	return (a->c + a->next * a->n);
}

/* <R^p, R^q>. */
static double *
entry(const struct sv_anderson *a, unsigned p, unsigned q)
{

	return (&a->gram[(size_t)p * a->capacity + q]);
}

void
sv_anderson_feed(struct sv_anderson *a, const double *pairs)
{

	a->next = (a->next + 1) % a->capacity;
	if (a->held < a->capacity)
		a->held++;
	if (pairs == NULL)
		return;
	/* All that is known gets older by one. */
	for (unsigned p = a->held; p-- > 1;)
		for (unsigned q = a->held; q-- > 1;)
			*entry(a, p, q) = *entry(a, p - 1, q - 1);
	for (unsigned j = 0; j < a->held; j++) {
		/* A count of shards, so that halves are far. */
		if (j > 0 && pairs[2 * j + 1] < (double)a->shards - 0.5)
			a->held = j;
		else
			*entry(a, 0, j) = *entry(a, j, 0) = pairs[2 * j];
	}
}

/* L of n x n becomes its Cholesky factor; -1 where it is not definite. */
static int
factorise(const struct sv_anderson *a, unsigned n)
{
	size_t m = a->capacity;
	double *L = a->L;

	for (unsigned j = 0; j < n; j++) {
		for (unsigned i = j; i < n; i++)
			for (unsigned k = 0; k < j; k++)
				L[i * m + j] -= L[i * m + k] * L[j * m + k];
		if (!(L[j * m + j] > 0.0))
			return (-1);
		L[j * m + j] = sqrt(L[j * m + j]);
		for (unsigned i = j + 1; i < n; i++)
			L[i * m + j] /= L[j * m + j];
	}
	return (0);
}

/* gamma <- (L L')^-1 gamma */
static void
substitute(const struct sv_anderson *a, unsigned n)
{
	size_t m = a->capacity;
	double *g = a->gamma;

	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; k < i; k++)
			g[i] -= a->L[i * m + k] * g[k];
		g[i] /= a->L[i * m + i];
	}
	for (unsigned i = n; i-- > 0;) {
		for (unsigned k = i + 1; k < n; k++)
			g[i] -= a->L[k * m + i] * g[k];
		g[i] /= a->L[i * m + i];
	}
}

/* gamma of the header's second paragraph, for n differences; -1: none. */
static int
minimise(struct sv_anderson *a, unsigned n)
{
	size_t m = a->capacity;
	double trace = 0.0;

	for (unsigned p = 0; p < n; p++) {
		/* <d_p, d_q>, <d_p, R^0> */
		for (unsigned q = 0; q < n; q++)
			a->L[p * m + q] =
			    (*entry(a, p, q) - *entry(a, p, q + 1)) -
			    (*entry(a, p + 1, q) - *entry(a, p + 1, q + 1));
		a->gamma[p] = *entry(a, p, 0) - *entry(a, p + 1, 0);
		trace += a->L[p * m + p];
	}
	for (unsigned p = 0; p < n; p++)
		a->L[p * m + p] += RIDGE * trace;
	if (factorise(a, n) == -1)
		return (-1);
	substitute(a, n);
	return (0);
}

/* theta from gamma; -1 where they are of no use. */
static int
combine_differences(const struct sv_anderson *a, unsigned n, double *theta)
{

	for (unsigned j = 0; j <= n; j++) {
		theta[j] = (j == 0 ? 1.0 : a->gamma[j - 1]) -
		    (j < n ? a->gamma[j] : 0.0);
		if (!(fabs(theta[j]) <= LARGEST))
			return (-1);
	}
	return (0);
}

unsigned
sv_anderson_weights(struct sv_anderson *a, double *theta)
{
	double size = *entry(a, 0, 0);
	unsigned k = a->held;

	if (k > 1 && (minimise(a, k - 1) == -1 ||
	    combine_differences(a, k - 1, theta) == -1))
		k = 1;
	if (k <= 1)
		theta[0] = 1.0;
	if (a->before > 0.0 && size > GROWTH * a->before)
		a->held = 1;
	a->before = size;
	return (k);
}

void
sv_anderson_combine(const struct sv_anderson *a, const double *theta,
    unsigned k, double *w)
{

	for (unsigned j = 0; j < k; j++) {
		unsigned slot = (a->next + a->capacity - 1 - j) % a->capacity;
		const double *c = a->c + slot * a->n;

		for (size_t i = 0; i < a->n; i++)
			w[i] = (j == 0 ? 0.0 : w[i]) + theta[j] * c[i];
	}
}

void
sv_anderson_keep(struct sv_anderson *a, struct sv_keep *k)
{
	uint32_t held = a->held;

	sv_keep_count(k, "the acceleration's memory", &held, a->capacity);
	sv_keep_real(k, "the acceleration's residual", &a->before, 0.0,
	    DBL_MAX);
	if (k->bad)
		return;
	/* Where in c a round is does not matter. */
	if (k->way == SV_KEEP_RESTORE)
		a->next = 0;
	a->held = held;
	for (unsigned p = 0; p < held; p++) {
		unsigned at = (a->next + a->capacity - 1 - p) % a->capacity;

		sv_keep_vector(k, "the acceleration's vector", a->c + at * a->n,
		    a->n);
		for (unsigned q = 0; q < held; q++)
			sv_keep_real(k, "the acceleration's product",
			    entry(a, p, q), -DBL_MAX, DBL_MAX);
	}
}
