#include <math.h>
#include <stdio.h>
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
	if (x != v && d > 0)
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

/* g* is 0 at 0 and infinite elsewhere. */
static double
none_conj(const struct sv_prox *g, const double *v, size_t d)
{

	(void)g;
	for (size_t j = 0; j < d; j++)
		if (v[j] != 0.0)
			return (INFINITY);
	return (0.0);
}

static double
none_scale(const struct sv_prox *g, const double *v, size_t d)
{

	return (none_conj(g, v, d) == 0.0 ? 1.0 : 0.0);
}

static void
none_text(const struct sv_prox *g, char *text, size_t len)
{

	(void)g;
	snprintf(text, len, "none");
}

static int
none_json(const struct sv_prox *g, json_t *object)
{

	(void)g;
	return (json_object_set_new(object, "l1", json_real(0.0)));
}

void
sv_prox_none(struct sv_prox *g)
{

	*g = (struct sv_prox){
		.name = "none", .d = SIZE_MAX, .value = none_value,
		.apply = none_apply, .violation = none_violation,
		.conj = none_conj, .scale = none_scale,
		.text = none_text, .json = none_json
	};
}
