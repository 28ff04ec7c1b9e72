#include <math.h>
#include <stdio.h>

#include "prox.h"

static double
elastic_value(const struct sv_prox *g, const double *x, size_t d)
{
	double one = 0.0, two = 0.0;

	for (size_t j = 0; j < d; j++) {
		one += fabs(x[j]);
		/* No factor is out of range where the product is not. */
		two += x[j] * (g->ridge * x[j]);
	}
	return (g->lambda * one + 0.5 * two);
}

/* sign(v) max(|v| - t lambda, 0) / (1 + t ridge). */
static void
elastic_apply(const struct sv_prox *g, double t, const double *v, double *x,
    size_t d)
{
	double cut = t * g->lambda, by = 1.0 + t * g->ridge;

	for (size_t j = 0; j < d; j++) {
		if (v[j] > cut)
			x[j] = (v[j] - cut) / by;
		else if (v[j] < -cut)
			x[j] = (v[j] + cut) / by;
		else
			x[j] = 0.0;
	}
}

static double
elastic_violation(const struct sv_prox *g, const double *x,
    const double *grad, size_t d)
{
	double sum = 0.0;

	for (size_t j = 0; j < d; j++) {
		double v = grad[j] + g->ridge * x[j];

		if (x[j] > 0.0)
			sum += fabs(v + g->lambda);
		else if (x[j] < 0.0)
			sum += fabs(v - g->lambda);
		else
			sum += fmax(fabs(v) - g->lambda, 0.0);
	}
	return (sum);
}

/* g*(v) = sum max(|v_j| - lambda, 0)^2 / (2 ridge). */
static double
elastic_conj(const struct sv_prox *g, const double *v, size_t d)
{
	double sum = 0.0;

	for (size_t j = 0; j < d; j++) {
		double over = fmax(fabs(v[j]) - g->lambda, 0.0);

		if (!(over > 0.0))
			continue;
		if (g->ridge == 0.0)
			return (INFINITY);
		sum += over * (over / g->ridge);
	}
	return (0.5 * sum);
}

static double
elastic_scale(const struct sv_prox *g, const double *v, size_t d)
{
	double most = 0.0;

	if (g->ridge > 0.0)
		return (1.0);
	for (size_t j = 0; j < d; j++)
		most = fmax(most, fabs(v[j]));
	return (most <= g->lambda ? 1.0 : g->lambda / most);
}

static void
elastic_text(const struct sv_prox *g, char *text, size_t len)
{

	snprintf(text, len, "l1 %g, l2 %g", g->lambda, g->ridge);
}

static int
elastic_json(const struct sv_prox *g, json_t *object)
{

	return (json_object_set_new(object, "l1", json_real(g->lambda)) == 0 &&
	    json_object_set_new(object, "l2", json_real(g->ridge)) == 0 ?
	    0 : -1);
}

void
sv_prox_elastic(struct sv_prox *g, double lambda, double ridge)
{

	*g = (struct sv_prox){
		.name = "elastic net", .d = SIZE_MAX, .lambda = lambda,
		.ridge = ridge, .value = elastic_value, .apply = elastic_apply,
		.violation = elastic_violation, .conj = elastic_conj,
		.scale = elastic_scale,
		.text = elastic_text, .json = elastic_json
	};
}
