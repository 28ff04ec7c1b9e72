#include <math.h>
#include <stdio.h>

#include "prox.h"

static double
box_value(const struct sv_prox *g, const double *x, size_t d)
{

	for (size_t j = 0; j < d; j++)
		if (!(x[j] >= g->lo && x[j] <= g->hi))
			return (INFINITY);
	return (0.0);
}

/* The nearest point of the box, whatever t is. */
static void
box_apply(const struct sv_prox *g, double t, const double *v, double *x,
    size_t d)
{

	(void)t;
	for (size_t j = 0; j < d; j++) {
		if (v[j] <= g->lo)
			x[j] = g->lo;
		else if (v[j] >= g->hi)
			x[j] = g->hi;
		else
			x[j] = v[j];
	}
}

/* What is left of the gradient where it does not push against a bound. */
static double
box_violation(const struct sv_prox *g, const double *x, const double *grad,
    size_t d)
{
	double sum = 0.0;

	for (size_t j = 0; j < d; j++) {
		double v = grad[j];

		if (!(x[j] >= g->lo && x[j] <= g->hi))
			return (INFINITY);
		if (x[j] == g->lo)
			v = fmin(v, 0.0);
		if (x[j] == g->hi)
			v = fmax(v, 0.0);
		sum += fabs(v);
	}
	return (sum);
}

/* g*(v) = sum max(lo v_j, hi v_j), with 0 inf = 0. */
static double
box_conj(const struct sv_prox *g, const double *v, size_t d)
{
	double sum = 0.0;

	for (size_t j = 0; j < d; j++) {
		double bound = v[j] > 0.0 ? g->hi : g->lo;

		if (v[j] == 0.0)
			continue;
		if (isinf(bound))
			return (INFINITY);
		sum += bound * v[j];
	}
	return (sum);
}

static double
box_scale(const struct sv_prox *g, const double *v, size_t d)
{

	for (size_t j = 0; j < d; j++)
		if ((v[j] < 0.0 && isinf(g->hi)) ||
		    (v[j] > 0.0 && isinf(g->lo)))
			return (0.0);
	return (1.0);
}

/* A bound, null where it is infinite. */
static json_t *
bound(double x)
{

	return (isfinite(x) ? json_real(x) : json_null());
}

static void
box_text(const struct sv_prox *g, char *text, size_t len)
{

	snprintf(text, len, "box [%g, %g]", g->lo, g->hi);
}

static int
box_json(const struct sv_prox *g, json_t *object)
{
	json_t *lo = bound(g->lo), *hi = bound(g->hi);

	return (json_object_set_new(object, "box", json_pack("[o, o]", lo,
	    hi)));
}

void
sv_prox_box(struct sv_prox *g, double lo, double hi)
{

	*g = (struct sv_prox){
		.name = "box", .d = SIZE_MAX, .lo = lo, .hi = hi,
		.value = box_value, .apply = box_apply,
		.violation = box_violation, .conj = box_conj,
		.scale = box_scale,
		.text = box_text, .json = box_json
	};
}
