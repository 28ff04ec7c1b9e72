#include <math.h>
#include <stdio.h>

#include "prox.h"

static double
l2_value(const struct sv_prox *g, const double *x, size_t d)
{
	double sum = 0.0;

	/* So that no factor is out of range where the product is not. */
	for (size_t j = 0; j < d; j++)
		sum += x[j] * (g->lambda * x[j]);
	return (0.5 * sum);
}

/* x = v / (1 + t lambda). */
static void
l2_apply(const struct sv_prox *g, double t, const double *v, double *x,
    size_t d)
{
	double by = 1.0 + t * g->lambda;

	for (size_t j = 0; j < d; j++)
		x[j] = v[j] / by;
}

static double
l2_violation(const struct sv_prox *g, const double *x, const double *grad,
    size_t d)
{
	double sum = 0.0;

	for (size_t j = 0; j < d; j++)
		sum += fabs(grad[j] + g->lambda * x[j]);
	return (sum);
}

/* g*(v) = |v|^2 / (2 lambda); with lambda = 0 infinite but at 0. */
static double
l2_conj(const struct sv_prox *g, const double *v, size_t d)
{
	double sum = 0.0;

	for (size_t j = 0; j < d; j++) {
		if (v[j] == 0.0)
			continue;
		if (g->lambda == 0.0)
			return (INFINITY);
		sum += v[j] * (v[j] / g->lambda);
	}
	return (0.5 * sum);
}

static double
l2_scale(const struct sv_prox *g, const double *v, size_t d)
{

	return (g->lambda > 0.0 || l2_conj(g, v, d) == 0.0 ? 1.0 : 0.0);
}

static void
l2_text(const struct sv_prox *g, char *text, size_t len)
{

	snprintf(text, len, "l2 %g", g->lambda);
}

static int
l2_json(const struct sv_prox *g, json_t *object)
{

	return (json_object_set_new(object, "l2", json_real(g->lambda)));
}

void
sv_prox_l2(struct sv_prox *g, double lambda)
{

	*g = (struct sv_prox){
		.name = "l2", .d = SIZE_MAX, .lambda = lambda,
		.value = l2_value, .apply = l2_apply,
		.violation = l2_violation, .conj = l2_conj, .scale = l2_scale,
		.text = l2_text, .json = l2_json
	};
}
