#include <math.h>
#include <stdio.h>

#include "prox.h"

/* Group k: its members are at(s, begin), ..., at(s, end - 1). */
static void
group(const struct sv_groups *s, size_t k, size_t *begin, size_t *end)
{

	*begin = s->start != NULL ? s->start[k] : k * s->size;
	*end = s->start != NULL ? s->start[k + 1] : *begin + s->size;
}

static size_t
at(const struct sv_groups *s, size_t i)
{

	return (s->member != NULL ? s->member[i] : i);
}

/* |v_G|_2, without overflow. */
static double
norm(const struct sv_groups *s, const double *v, size_t begin, size_t end)
{
	double most = 0.0, sum = 0.0;

	for (size_t i = begin; i < end; i++)
		most = fmax(most, fabs(v[at(s, i)]));
	if (most == 0.0 || isinf(most))
		return (most);
	for (size_t i = begin; i < end; i++) {
		double r = v[at(s, i)] / most;

		sum += r * r;
	}
	return (most * sqrt(sum));
}

/* lambda sqrt(|G|) */
static double
weight(const struct sv_prox *g, size_t begin, size_t end)
{

	return (g->lambda * sqrt((double)(end - begin)));
}

static double
group_value(const struct sv_prox *g, const double *x, size_t d)
{
	double sum = 0.0;
	size_t b, e;

	(void)d;
	for (size_t k = 0; k < g->groups->n; k++) {
		group(g->groups, k, &b, &e);
		sum += weight(g, b, e) * norm(g->groups, x, b, e);
	}
	return (sum);
}

/* x_G = max(1 - t lambda sqrt(|G|) / |v_G|, 0) v_G. */
static void
group_apply(const struct sv_prox *g, double t, const double *v, double *x,
    size_t d)
{
	const struct sv_groups *s = g->groups;
	size_t b, e;

	(void)d;
	for (size_t k = 0; k < s->n; k++) {
		double cut, n;

		group(s, k, &b, &e);
		cut = t * weight(g, b, e);
		n = norm(s, v, b, e);
		for (size_t i = b; i < e; i++) {
			size_t j = at(s, i);

			x[j] = n > cut ? v[j] * ((n - cut) / n) : 0.0;
		}
	}
}

/* What is left of grad_G, or of grad_G + weight x_G / |x_G| where x_G != 0. */
static double
group_violation(const struct sv_prox *g, const double *x, const double *grad,
    size_t d)
{
	const struct sv_groups *s = g->groups;
	double sum = 0.0;
	size_t b, e;

	(void)d;
	for (size_t k = 0; k < s->n; k++) {
		double wt, nx, ng, left;

		group(s, k, &b, &e);
		wt = weight(g, b, e);
		nx = norm(s, x, b, e);
		ng = norm(s, grad, b, e);
		left = ng > wt ? (ng - wt) / ng : 0.0;
		for (size_t i = b; i < e; i++) {
			size_t j = at(s, i);

			sum += fabs(nx > 0.0 ? grad[j] + wt * (x[j] / nx) :
			    grad[j] * left);
		}
	}
	return (sum);
}

/* g* is 0 where |v_G| <= lambda sqrt(|G|) for all G, infinite elsewhere. */
static double
group_conj(const struct sv_prox *g, const double *v, size_t d)
{
	size_t b, e;

	(void)d;
	for (size_t k = 0; k < g->groups->n; k++) {
		group(g->groups, k, &b, &e);
		if (!(norm(g->groups, v, b, e) <= weight(g, b, e)))
			return (INFINITY);
	}
	return (0.0);
}

static double
group_scale(const struct sv_prox *g, const double *v, size_t d)
{
	double least = 1.0, n, wt;
	size_t b, e;

	(void)d;
	for (size_t k = 0; k < g->groups->n; k++) {
		group(g->groups, k, &b, &e);
		n = norm(g->groups, v, b, e);
		wt = weight(g, b, e);
		if (n > wt)
			least = fmin(least, wt / n);
	}
	return (least);
}

static void
group_text(const struct sv_prox *g, char *text, size_t len)
{

	snprintf(text, len, "group %g, %zu groups", g->lambda, g->groups->n);
}

static int
group_json(const struct sv_prox *g, json_t *object)
{
	const struct sv_groups *s = g->groups;
	int blocks = s->start == NULL;

	if (json_object_set_new(object, "group", json_real(g->lambda)) == -1)
		return (-1);
	return (json_object_set_new(object, blocks ? "group_size" : "groups",
	    json_integer((json_int_t)(blocks ? s->size : s->n))));
}

void
sv_prox_group(struct sv_prox *g, double lambda, const struct sv_groups *groups)
{

	*g = (struct sv_prox){
		.name = "group", .d = groups->d, .lambda = lambda,
		.groups = groups, .value = group_value, .apply = group_apply,
		.violation = group_violation, .conj = group_conj,
		.scale = group_scale,
		.text = group_text, .json = group_json
	};
}
