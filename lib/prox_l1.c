#include <math.h>
#include <stdio.h>

#include "prox.h"

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

/* The largest |v_j|. */
static double
largest(const double *v, size_t d)
{
	double most = 0.0;

	for (size_t j = 0; j < d; j++)
		most = fmax(most, fabs(v[j]));
	return (most);
}

/* g* is 0 where |v|_inf <= lambda and infinite elsewhere. */
static double
l1_conj(const struct sv_prox *g, const double *v, size_t d)
{

	return (largest(v, d) <= g->lambda ? 0.0 : (double)INFINITY);
}

static double
l1_scale(const struct sv_prox *g, const double *v, size_t d)
{
	double most = largest(v, d);

	return (most <= g->lambda ? 1.0 : g->lambda / most);
}

static void
l1_text(const struct sv_prox *g, char *text, size_t len)
{

	snprintf(text, len, "l1 %g", g->lambda);
}

static int
l1_json(const struct sv_prox *g, json_t *object)
{

	return (json_object_set_new(object, "l1", json_real(g->lambda)));
}

void
sv_prox_l1(struct sv_prox *g, double lambda)
{

	*g = (struct sv_prox){
		.name = "l1", .d = SIZE_MAX, .lambda = lambda,
		.value = l1_value, .apply = l1_apply,
		.violation = l1_violation, .conj = l1_conj, .scale = l1_scale,
		.text = l1_text, .json = l1_json
	};
}
