#include <math.h>
#include <string.h>

#include "prox.h"

static double
none_value(const struct sv_prox *g, const double *x, size_t d)
{

	(void)g;
	(void)x;
	(void)d;
	return (0.0);
}

static void
none_apply(const struct sv_prox *g, double t, const double *v, double *x,
    size_t d)
{

	(void)g;
	(void)t;
	if (x != v)
		memcpy(x, v, d * sizeof(*x));
}

static double
none_violation(const struct sv_prox *g, const double *x, const double *grad,
    size_t d)
{
	double sum = 0.0;

	(void)g;
	(void)x;
	for (size_t j = 0; j < d; j++)
		sum += fabs(grad[j]);
	return (sum);
}

void
sv_prox_none(struct sv_prox *g)
{

	g->lambda = 0.0;
	g->value = none_value;
	g->apply = none_apply;
	g->violation = none_violation;
}

static double
l1_value(const struct sv_prox *g, const double *x, size_t d)
{
	double sum = 0.0;

	for (size_t j = 0; j < d; j++)
		sum += fabs(x[j]);
	return (g->lambda * sum);
}

/* Soft thresholding: sign(v) max(|v| - t lambda, 0). */
static void
l1_apply(const struct sv_prox *g, double t, const double *v, double *x,
    size_t d)
{
	double cut = t * g->lambda;

	for (size_t j = 0; j < d; j++) {
		if (v[j] > cut)
			x[j] = v[j] - cut;
		else if (v[j] < -cut)
			x[j] = v[j] + cut;
		else
			x[j] = 0.0;	/* never -0, so that bits compare */
	}
}

/* The subdifferential is lambda sign(x_j), or [-lambda, lambda] at x_j = 0. */
static double
l1_violation(const struct sv_prox *g, const double *x, const double *grad,
    size_t d)
{
	double sum = 0.0;

	for (size_t j = 0; j < d; j++) {
		if (x[j] > 0.0)
			sum += fabs(grad[j] + g->lambda);
		else if (x[j] < 0.0)
			sum += fabs(grad[j] - g->lambda);
		else
			sum += fmax(fabs(grad[j]) - g->lambda, 0.0);
	}
	return (sum);
}

void
sv_prox_l1(struct sv_prox *g, double lambda)
{

	g->lambda = lambda;
	g->value = l1_value;
	g->apply = l1_apply;
	g->violation = l1_violation;
}
