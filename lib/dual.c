#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dual_state.h"

/* Workers say a little more than this where l* is infinite. */
#define OUTSIDE 1e299

static void
forget(struct sv_dual *d)
{

	d->best = INFINITY;
	d->bound = isnan(d->zero) ? -(double)INFINITY : -d->zero;
	d->from = SV_DUAL_ZERO;
	d->value = INFINITY;
	d->looked = 0;
	d->pending = SV_DUAL_NONE;
	d->point = d->own = (struct sv_dual_candidate){ .over = 1 };
}

struct sv_dual *
sv_dual_new(const struct sv_dual_conf *conf)
{
	struct sv_dual *d;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		goto err0;
	d->conf = *conf;
	d->p = conf->n - (conf->intercept != 0);
	d->v = calloc(conf->n, sizeof(*d->v));
	d->guess = calloc(conf->n, sizeof(*d->guess));
	d->u = calloc(conf->n, sizeof(*d->u));
	d->w = calloc(conf->n, sizeof(*d->w));
	d->ones = calloc(conf->n, sizeof(*d->ones));
	if (d->v == NULL || d->guess == NULL || d->u == NULL ||
	    d->w == NULL || d->ones == NULL)
		goto err1;
	/* The least value of every other loss is 0, whatever the label. */
	d->zero = conf->loss == &sv_loss_poisson ? (double)NAN : 0.0;
	d->first = NAN;
	forget(d);
	return (d);

err1:
	sv_dual_free(d);
err0:
	return (NULL);
}

void
sv_dual_free(struct sv_dual *d)
{

	if (d == NULL)
		return;
	free(d->ones);
	free(d->w);
	free(d->u);
	free(d->guess);
	free(d->v);
	free(d);
}

void
sv_dual_retarget(struct sv_dual *d, const struct sv_prox *g)
{

	d->conf.g = *g;
	forget(d);
}

/*
 * Sums of N terms are off by sqrt(N) roundings or so, and an A'theta that is
 * off by e moves the bound by x'e, |x|_1 being about |z|_1 and e so many
 * roundings of the largest gradient; the same goes for the intercept and rest.
 */
double
sv_dual_slack(const struct sv_dual *d, double S, double c, double rest)
{
	double sums = fabs(d->f) + d->g + d->size + fabs(S) + fabs(c) +
	    d->norm * d->most;

	return ((64.0 + sqrt(d->rows)) * DBL_EPSILON * sums +
	    4.0 * fabs(rest) * (d->unit + d->free));
}

/* D = -S - c, less what rounding may have done. */
static void
offer(struct sv_dual *d, double S, double c, double rest,
    enum sv_dual_from from)
{
	double D = -S - c - sv_dual_slack(d, S, c, rest);

	/* Not where it is NaN. */
	if (D > d->bound) {
		d->bound = D;
		d->from = from;
	}
}

/* Where labels have a unit, sum |theta_j| <= sqrt(2 f sum w_j). */
int
sv_dual_balanced(const struct sv_dual *d, const double *u, double S)
{
	double size = d->unit;

	if (!d->conf.intercept)
		return (1);
	if (sv_dual_signs(d))
		return (fabs(u[d->p]) * (1.0 + d->free) <=
		    1e-11 * (fabs(d->f) + fabs(S)));
	if (d->conf.loss == &sv_loss_huber)
		size = fmin(size, d->conf.param);
	return (fabs(u[d->p]) <= 1e-11 * d->weight * size);
}

double
sv_dual_shrink(struct sv_dual *d, const double *u, double S,
    enum sv_dual_from from)
{
	const struct sv_prox *g = &d->conf.g;
	double rest = d->conf.intercept ? u[d->p] : 0.0, k = 1.0, c, zero;

	if (!(fabs(S) < OUTSIDE) || !sv_dual_balanced(d, u, S))
		return (0.0);
	for (int i = 0; i < 8; i++) {
		for (size_t j = 0; j < d->p; j++)
			d->u[j] = -k * u[j];
		if (isfinite(c = g->conj(g, d->u, d->p))) {
			zero = k < 1.0 ? (1.0 - k) * d->zero : 0.0;
			offer(d, k * S + zero, c, k * rest, from);
			return (k);
		}
		/* A little more each time, for the rounding of k. */
		k = g->scale(g, u, d->p) * (1.0 - ldexp(DBL_EPSILON, i));
		if (k <= 0.0)
			break;
	}
	return (0.0);
}

/* sum w l* at z is z'v - f(z). */
static void
free_bound(struct sv_dual *d)
{

	d->exact = sv_dual_shrink(d, d->v, d->zv - d->f, SV_DUAL_FREE) == 1.0;
}

void
sv_dual_zero(struct sv_dual *d, double S)
{

	d->zero = S;
	offer(d, S, 0.0, 0.0, SV_DUAL_ZERO);
	free_bound(d);
}

int
sv_dual_grad(struct sv_dual *d, const double *z, const double *v,
    const double *up)
{
	const struct sv_prox *g = &d->conf.g;

	memcpy(d->v, v, d->conf.n * sizeof(*v));
	d->zv = d->size = d->norm = d->most = 0.0;
	for (size_t j = 0; j < d->conf.n; j++) {
		d->zv += z[j] * v[j];
		d->size += fabs(z[j] * v[j]);
		d->norm += fabs(z[j]);
		d->most = fmax(d->most, fabs(v[j]));
	}
	/* A small gradient still is the sum of terms like a large one's. */
	d->first = isnan(d->first) ? d->most : d->first;
	d->most = fmax(d->most, d->first);
	d->free = d->conf.intercept ? fabs(z[d->p]) : 0.0;
	d->f = up[SV_UP_FZ];
	d->weight = up[SV_UP_WEIGHT];
	d->rows = up[SV_UP_ROWS];
	d->unit = 1.0;
	if (!sv_dual_signs(d))
		d->unit = d->weight > 0.0 ?
		    sqrt(2.0) * sqrt(fabs(d->f)) / sqrt(d->weight) : 0.0;
	d->g = g->value(g, z, d->p);
	d->value = d->f + d->g;
	/* Where z is not feasible the bound has no use for g(z). */
	if (!isfinite(d->g))
		d->g = 0.0;
	d->guessed = 0;
	d->rounds = 0;
	d->point.rounds = d->point.over = d->point.again = 0;
	d->point.lift = 0;
	d->own.rounds = d->own.again = 0;
	d->own.over = !d->conf.own;
	d->pending = SV_DUAL_NONE;
	d->looked = 1;
	free_bound(d);
	if (!(d->value < d->best))
		return (0);
	d->best = d->value;
	return (1);
}

double
sv_dual_value(const struct sv_dual *d)
{

	return (d->value);
}

double
sv_dual_best(const struct sv_dual *d)
{

	return (d->best);
}

double
sv_dual_bound(const struct sv_dual *d)
{

	return (d->bound);
}

double
sv_dual_gap(const struct sv_dual *d)
{

	if (!isfinite(d->best) || !isfinite(d->bound))
		return (INFINITY);
	return (fmax(d->best - d->bound, 0.0));
}

enum sv_dual_from
sv_dual_from(const struct sv_dual *d)
{

	return (d->from);
}

static void
keep_candidate(struct sv_dual_candidate *c, struct sv_keep *k)
{
	uint32_t lost = c->lost, wait = c->wait;

	sv_keep_count(k, "a candidate's record", &lost, UINT32_MAX);
	sv_keep_count(k, "a candidate's wait", &wait, UINT32_MAX);
	c->lost = lost;
	c->wait = wait;
}

void
sv_dual_keep(struct sv_dual *d, struct sv_keep *k)
{
	uint32_t from = d->from;

	sv_keep_any(k, "the conjugate at 0", &d->zero);
	sv_keep_real(k, "the least F", &d->best, -INFINITY, INFINITY);
	sv_keep_real(k, "the bound", &d->bound, -INFINITY, INFINITY);
	sv_keep_count(k, "the bound's origin", &from, SV_DUAL_OWN);
	sv_keep_any(k, "F", &d->value);
	sv_keep_any(k, "the first gradient", &d->first);
	keep_candidate(&d->point, k);
	keep_candidate(&d->own, k);
	sv_keep_flag(k, "what is known of the weights", &d->lifted);
	if (d->lifted && !k->bad)
		sv_keep_vector(k, "the weights", d->ones, d->conf.n);
	d->from = (enum sv_dual_from)from;
	d->pending = SV_DUAL_NONE;
}
