#include <float.h>
#include <math.h>
#include <string.h>

#include "dual_state.h"

/*
 * Where g* is finite on a cone and no scaling gets -A'theta into it, as with
 * bounds on one side: there may be another change of theta that does, for the
 * price of one number t.
 */

/* For the rounding of sums over rows, as in sv_dual_slack(). */
static double
more(const struct sv_dual *d, double size)
{

	return ((64.0 + sqrt(d->rows)) * DBL_EPSILON * size);
}

/* g*(-(v + t q)) finite? */
static int
inside(struct sv_dual *d, const double *v, const double *q, double t)
{

	for (size_t j = 0; j < d->p; j++)
		d->u[j] = -(v[j] + t * q[j]);
	return (isfinite(d->conf.g.conj(&d->conf.g, d->u, d->p)));
}

/*
 * The least t up to ${most} for which it is, and a little more, as ${size} has
 * it, because v and q are rounded; infinite if there is none.
 */
static double
least(struct sv_dual *d, const double *v, const double *q, double most,
    double size)
{
	double lo = 0.0, hi = most * DBL_EPSILON / 4.0, t;

	while (!inside(d, v, q, hi)) {
		lo = hi;
		hi *= 2.0;
		/* 0 and what is not finite stay what they are. */
		if (!(hi > lo && hi <= most))
			return (INFINITY);
	}
	for (int i = 0; i < 40; i++) {
		t = lo + (hi - lo) / 2.0;
		if (inside(d, v, q, t))
			hi = t;
		else
			lo = t;
	}
	return (hi * (1.0 + 1e-9) + more(d, size));
}

/* Has the cone an inside?  Bounds on the same side for all have. */
static int
hope(struct sv_dual *d)
{

	for (size_t j = 0; j < d->p; j++)
		d->u[j] = 1.0;
	if (isfinite(d->conf.g.conj(&d->conf.g, d->u, d->p)))
		return (1);
	for (size_t j = 0; j < d->p; j++)
		d->u[j] = -1.0;
	return (isfinite(d->conf.g.conj(&d->conf.g, d->u, d->p)));
}

static double
largest(const double *v, size_t n)
{
	double most = 0.0;

	for (size_t j = 0; j < n; j++)
		most = fmax(most, fabs(v[j]));
	return (most);
}

/* Plan theta = w l' + t w or - t w, of which A'theta = v + or - t A'w. */
static int
plan_ones(struct sv_dual *d, struct sv_dual_candidate *c)
{
	double top = largest(d->ones, d->p), size, t, down;

	if (!(top > 0.0))
		return (0);
	size = d->most / top;	/* of a theta, about */
	t = least(d, d->v, d->ones, 1e6 * size, size);
	for (size_t j = 0; j < d->p; j++)
		d->w[j] = -d->ones[j];
	down = least(d, d->v, d->w, 1e6 * size, size);
	if (down < t)
		t = -down;
	if (!isfinite(t))
		return (0);
	sv_dual_plan(d, c, 0, 1.0, -t);
	return (1);
}

int
sv_dual_lift_begin(struct sv_dual *d, struct sv_dual_candidate *c)
{

	if (d->conf.intercept || !hope(d))
		return (0);
	if (d->lifted && !sv_dual_signs(d))
		return (plan_ones(d, c));
	/* theta of the positive labels alone, or just the weights. */
	memset(c->gc, 0, sizeof(c->gc));
	if (sv_dual_signs(d))
		c->gc[SV_GC_POSITIVE] = 1.0;
	else
		c->gc[SV_GC_SHIFT] = -1.0;
	c->again = c->lift = 1;
	return (1);
}

/*
 * A_+'theta_+ = u with sum w l* = S, and the other rows have the rest: shrink
 * the one or the other by t.
 */
static void
feed_signs(struct sv_dual *d, struct sv_dual_candidate *c, const double *u,
    double S)
{
	double T = d->zv - d->f - S, t[2], D[2];
	int i;

	for (i = 0; i < 2; i++) {
		for (size_t j = 0; j < d->p; j++)
			d->w[j] = i == 0 ? -u[j] : u[j] - d->v[j];
		t[i] = least(d, d->v, d->w, 1.0, 1.0);
		D[i] = i == 0 ? (1.0 - t[0]) * S + t[0] * d->zero + T :
		    S + (1.0 - t[1]) * T;
	}
	i = t[1] < 1.0 && (t[0] >= 1.0 || D[1] < D[0]);
	if (!(t[i] < 1.0))
		return;
	for (size_t j = 0; j < d->p; j++)
		d->w[j] = d->v[j] - t[i] * (i == 0 ? u[j] : d->v[j] - u[j]);
	sv_dual_shrink(d, d->w, D[i], SV_DUAL_POINT);
	c->gc[SV_GC_POSITIVE] = i == 0 ? 1.0 - t[i] : 1.0;
	c->gc[SV_GC_OTHER] = i == 0 ? 1.0 : 1.0 - t[i];
	c->again = sv_dual_repeat(d, d->zv - d->f, 1.0 - t[i]);
}

void
sv_dual_lift_feed(struct sv_dual *d, struct sv_dual_candidate *c,
    const double *u, double S)
{

	c->lift = 0;
	if (sv_dual_signs(d)) {
		feed_signs(d, c, u, S);
		return;
	}
	memcpy(d->ones, u, d->conf.n * sizeof(*u));
	d->lifted = 1;
	plan_ones(d, c);
}
