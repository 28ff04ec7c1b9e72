#include <math.h>
#include <string.h>

#include "prox.h"

/* How many of n coordinates g is a function of. */
static size_t
penalised(const struct sv_prox *g, size_t n)
{

	return (g->d < n ? g->d : n);
}

double
sv_prox_value(const struct sv_prox *g, const double *x, size_t n)
{

	return (g->value(g, x, penalised(g, n)));
}

void
sv_prox_apply(const struct sv_prox *g, double t, const double *v, double *x,
    size_t n)
{
	size_t d = penalised(g, n);

	g->apply(g, t, v, x, d);
	if (x != v && d < n)
		memcpy(x + d, v + d, (n - d) * sizeof(*x));
}

double
sv_prox_violation(const struct sv_prox *g, const double *x, const double *grad,
    size_t n)
{
	size_t d = penalised(g, n);
	double sum = g->violation(g, x, grad, d);

	for (size_t j = d; j < n; j++)
		sum += fabs(grad[j]);
	return (sum);
}

double
sv_prox_conj(const struct sv_prox *g, const double *v, size_t n)
{
	size_t d = penalised(g, n);

	for (size_t j = d; j < n; j++)
		if (v[j] != 0.0)
			return (INFINITY);
	return (g->conj(g, v, d));
}

double
sv_prox_scale(const struct sv_prox *g, const double *v, size_t n)
{
	size_t d = penalised(g, n);

	for (size_t j = d; j < n; j++)
		if (v[j] != 0.0)
			return (0.0);
	return (g->scale(g, v, d));
}

void
sv_prox_text(const struct sv_prox *g, char text[SV_PROX_TEXT])
{

	g->text(g, text, SV_PROX_TEXT);
}

int
sv_prox_json(const struct sv_prox *g, json_t *object)
{

	return (g->json(g, object));
}
