#include <math.h>
#include <string.h>

#include "dual_state.h"

/* Rounding of kappa l' - shift must not lead out of a domain. */
#define OUTWARD (1.0 + 1e-14)
/* CONJ rounds between two GRAD rounds, and for one candidate. */
#define ROUNDS_ALL 4
#define ROUNDS_ONE 3
/* After it was of no use a candidate is left out for so many looks at most. */
#define WAIT 4u
/* Of use: it closed this part of the gap. */
#define USE 0.1
/*
 * x_i are exact minimisers only as far as the workers' solver goes: of the
 * distance of kappa to 1, this part is allowed for it.
 */
#define MARGIN 0.05

int
sv_dual_signs(const struct sv_dual *d)
{

	return (d->conf.loss->classes || d->conf.loss == &sv_loss_poisson);
}

void
sv_dual_guess(struct sv_dual *d, const double *v)
{

	memcpy(d->guess, v, d->conf.n * sizeof(*v));
	d->guessed = 1;
}

/* kappa for a guess of A'theta. */
static double
kappa(const struct sv_dual *d, const double *v, double margin)
{
	double k = d->conf.g.scale(&d->conf.g, v, d->p);

	return (k * (1.0 - margin * (1.0 - k)));
}

/* The same kappa k for all rows, and a shift h k; huber: |s| <= delta. */
void
sv_dual_plan(const struct sv_dual *d, struct sv_dual_candidate *c, int own,
    double k, double h)
{

	if (d->conf.loss == &sv_loss_huber)
		k /= (1.0 + fabs(h) / d->conf.param) * OUTWARD;
	c->gc[SV_GC_OWN] = own;
	c->gc[SV_GC_POSITIVE] = c->gc[SV_GC_OTHER] = k;
	c->gc[SV_GC_SHIFT] = h * k;
	c->again = 1;
}

/* What the first round of a candidate asks; 0 if it has no hope. */
static int
begin(struct sv_dual *d, struct sv_dual_candidate *c, int own)
{
	const double *v = own && d->guessed ? d->guess : d->v;
	double k = kappa(d, v, own ? MARGIN : 0.0), h = 0.0;

	c->gap = sv_dual_gap(d);
	if (k <= 0.0)
		return (!own && sv_dual_lift_begin(d, c));
	/* v says that scaling is of help, and no more. */
	if (own && !d->guessed)
		k = 1.0;
	if (d->conf.intercept && !sv_dual_signs(d))
		h = d->weight > 0.0 ? v[d->p] / d->weight : 0.0;
	sv_dual_plan(d, c, own, k, h);
	/* Half of the sum tells the other, for v is the whole. */
	if (!own && d->conf.intercept && sv_dual_signs(d)) {
		c->gc[SV_GC_POSITIVE] = 1.0;
		c->gc[SV_GC_OTHER] = 0.0;
	}
	return (1);
}

/*
 * D is concave in kappa, so that D <= f(z) - kappa z'v - g*(-kappa v) at z.  g*
 * is below 0 for a box without 0, and is left out elsewhere.
 */
static double
promise(const struct sv_dual *d)
{
	double k = kappa(d, d->v, 0.0);

	/* Who knows? */
	if (k <= 0.0 || d->conf.g.lo > 0.0 || d->conf.g.hi < 0.0)
		return (0.0);
	return (fmax(d->best - d->f + k * d->zv, 0.0));
}

/* May the candidate be asked now?  ${all}: spare no round. */
static int
eligible(struct sv_dual *d, struct sv_dual_candidate *c, int own, int all)
{

	if (c->over || c->rounds > 0)
		return (0);
	if (c->wait > 0 && !all) {
		c->wait--;
		c->over = 1;
		return (0);
	}
	if (!own && (d->exact ||
	    promise(d) > (all ? 1.0 : 1.0 - USE) * sv_dual_gap(d))) {
		c->over = 1;
		return (0);
	}
	if (!begin(d, c, own)) {
		c->over = 1;
		return (0);
	}
	return (1);
}

/* The one that is to be asked next, or NULL. */
static struct sv_dual_candidate *
choose(struct sv_dual *d, int all)
{
	struct sv_dual_candidate *c;

	if (d->point.again || d->own.again)
		return (d->point.again ? &d->point : &d->own);
	for (int i = 0; i < 2; i++) {
		/* The one that was of use last time goes first. */
		int own = (d->own.lost <= d->point.lost) == (i == 0);

		c = own ? &d->own : &d->point;
		/* The other one has closed the gap a good deal: enough. */
		if (!all && i == 1 && d->rounds > 0 && c->rounds == 0 &&
		    (own ? d->point.lost : d->own.lost) == 0 &&
		    (own || promise(d) > 0.5 * sv_dual_gap(d)))
			continue;
		if (eligible(d, c, own, all))
			return (c);
	}
	return (NULL);
}

int
sv_dual_ask(struct sv_dual *d, double tolerance, double gc[SV_GC_N])
{
	struct sv_dual_candidate *c;
	double least = tolerance * fabs(d->best);

	/* Less than about this there cannot be. */
	least = fmax(least, 2.0 * sv_dual_slack(d, d->zv - d->f, 0.0, 0.0));
	d->pending = SV_DUAL_NONE;
	if (!d->looked || d->rounds >= ROUNDS_ALL || sv_dual_gap(d) <= least)
		return (0);
	if (isnan(d->zero)) {
		memset(gc, 0, SV_GC_N * sizeof(*gc));
		d->pending = SV_DUAL_ASK_ZERO;
	} else if ((c = choose(d, tolerance == 0.0)) != NULL) {
		memcpy(gc, c->gc, sizeof(c->gc));
		c->again = 0;
		c->rounds++;
		d->pending = c == &d->own ? SV_DUAL_ASK_OWN : SV_DUAL_ASK_POINT;
		if (c->lift)
			d->pending = SV_DUAL_ASK_LIFT;
		else if (c == &d->point && c->rounds == 1 &&
		    gc[SV_GC_OTHER] == 0.0)
			d->pending = SV_DUAL_ASK_PLUS;
	} else {
		return (0);
	}
	d->rounds++;
	return (1);
}

int
sv_dual_repeat(const struct sv_dual *d, double S, double k)
{
	double least = fmax(d->best + S, 0.0) + (1.0 - k) * d->g;

	return (k > 0.0 && k < 1.0 && least < 0.5 * sv_dual_gap(d));
}

/* All kappas and the shift of the last round by k, but for rounding. */
static void
scale_plan(struct sv_dual_candidate *c, double k)
{

	for (int i = SV_GC_POSITIVE; i < SV_GC_N; i++)
		c->gc[i] *= k * (1.0 - 1e-13);
	c->again = 1;
}

/* P and Q are sums of opposite sign: shrink the larger.  0 if they are not. */
static int
balance(double P, double Q, double *pos, double *other)
{

	if (!(P * Q < 0.0))
		return (0);
	*pos = fabs(P) > fabs(Q) ? -Q / P : 1.0;
	*other = fabs(P) > fabs(Q) ? 1.0 : -P / Q;
	return (1);
}

/*
 * A_+'theta_+ = u with sum w l* = S; the other rows have the rest of v and of
 * z'v - f(z), for what l*(0) is there is 0.
 */
static void
feed_plus(struct sv_dual *d, const double *u, double S)
{
	struct sv_dual_candidate *c = &d->point;
	double P = u[d->p], Q = d->v[d->p] - P, T = d->zv - d->f - S, pos, other;
	double k, *w = d->w;

	if (!balance(P, Q, &pos, &other))
		return;
	for (size_t j = 0; j < d->p; j++)
		w[j] = pos * u[j] + other * (d->v[j] - u[j]);
	w[d->p] = pos * P + other * Q;
	S = pos * S + other * T + (pos < 1.0 ? (1.0 - pos) * d->zero : 0.0);
	k = sv_dual_shrink(d, w, S, SV_DUAL_POINT);
	c->gc[SV_GC_POSITIVE] = pos;
	c->gc[SV_GC_OTHER] = other;
	if (k > 0.0 && sv_dual_repeat(d, S, k * fmin(pos, other)))
		scale_plan(c, k);
}

/*
 * Do the thetas sum to 0?  Those of a class have one sign, so that ${P} and the
 * rest tell how large they are.
 */
static int
even(const struct sv_dual *d, const double *u, double S, double P)
{

	if (d->conf.intercept && d->conf.loss->classes &&
	    fabs(u[d->p]) > 1e-11 * (fabs(P) + fabs(u[d->p] - P)))
		return (0);
	return (sv_dual_balanced(d, u, S));
}

/* An answer whose thetas do not sum to 0: ask for one whose do. */
static void
rebalance(struct sv_dual *d, struct sv_dual_candidate *c, int own,
    const double *u, double P)
{
	double *gc = c->gc, pos, other, k;

	if (sv_dual_signs(d)) {
		if (!balance(P, u[d->p] - P, &pos, &other))
			return;
		k = kappa(d, u, MARGIN);
		gc[SV_GC_POSITIVE] *= pos * k;
		gc[SV_GC_OTHER] *= other * k;
		c->again = k > 0.0;
		return;
	}
	k = gc[SV_GC_POSITIVE];
	if (k > 0.0 && d->weight > 0.0)
		sv_dual_plan(d, c, own, k * kappa(d, u, MARGIN),
		    (gc[SV_GC_SHIFT] + u[d->p] / d->weight) / k);
}

/* The candidate's rounds are over: was it of use? */
static void
conclude(struct sv_dual *d, struct sv_dual_candidate *c)
{

	c->over = 1;
	if (sv_dual_gap(d) < (1.0 - USE) * c->gap) {
		c->lost = 0;
		return;
	}
	c->wait = c->lost = c->lost < WAIT ? c->lost + 1 : WAIT;
}

void
sv_dual_feed(struct sv_dual *d, const double *sum, const double *up)
{
	double S = up[SV_UP_CONJ], k;
	int own = d->pending == SV_DUAL_ASK_OWN;
	struct sv_dual_candidate *c = own ? &d->own : &d->point;

	switch (d->pending) {
	case SV_DUAL_ASK_ZERO:
		sv_dual_zero(d, S);
		break;
	case SV_DUAL_ASK_PLUS:
		feed_plus(d, sum, S);
		break;
	case SV_DUAL_ASK_LIFT:
		sv_dual_lift_feed(d, c, sum, S);
		break;
	case SV_DUAL_ASK_POINT:
	case SV_DUAL_ASK_OWN:
		if (!even(d, sum, S, up[SV_UP_CPOSITIVE])) {
			rebalance(d, c, own, sum, up[SV_UP_CPOSITIVE]);
			break;
		}
		k = sv_dual_shrink(d, sum, S, own ? SV_DUAL_OWN : SV_DUAL_POINT);
		if (c->rounds < 2 + d->conf.intercept && sv_dual_repeat(d, S, k))
			scale_plan(c, k);
		break;
	case SV_DUAL_NONE:
		return;
	}
	if (c->rounds >= ROUNDS_ONE)
		c->again = 0;
	if (d->pending != SV_DUAL_ASK_ZERO && !c->again)
		conclude(d, c);
	d->pending = SV_DUAL_NONE;
}

