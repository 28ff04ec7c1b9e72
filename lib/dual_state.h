#ifndef SV_DUAL_STATE_H
#define SV_DUAL_STATE_H

#include "dual.h"

/*
 * What dual.c, which knows bounds, and dual_ask.c, which knows what to ask for,
 * share; no interface of the module.
 */

enum sv_dual_pending {
	SV_DUAL_NONE,
	SV_DUAL_ASK_ZERO,	/* theta = 0 */
	SV_DUAL_ASK_POINT,
	SV_DUAL_ASK_PLUS,	/* ... of the positive labels only */
	SV_DUAL_ASK_LIFT,	/* what dual_lift.c wants to know */
	SV_DUAL_ASK_OWN
};

/* A candidate between two GRAD rounds, and what is remembered of it. */
struct sv_dual_candidate {
	unsigned lost;	/* times that it was of no use, in a row */
	unsigned wait;	/* looks that it still is left out for */
	int rounds;	/* asked since the GRAD */
	int over;	/* not to be asked any more */
	int again;	/* to be asked with gc */
	int lift;	/* ... for dual_lift.c */
	double gc[SV_GC_N];
	double gap;	/* before it was asked */
};

struct sv_dual {
	struct sv_dual_conf conf;
	size_t p;	/* penalised coordinates */
	double zero;	/* sum w l*(0); NaN: not known */
	double best, bound;
	enum sv_dual_from from;

	/* Of the last GRAD. */
	double *v, *guess;
	double *u, *w;	/* work of dual.c, of the others */
	double *ones;	/* A'w, once lifted */
	int lifted;
	int looked;	/* there was one */
	int guessed;
	double f, g, value;	/* f(z), g(z), F(z) */
	double zv;	/* z'v */
	double size;	/* sum |z_j v_j| */
	double norm;	/* |z|_1, the intercept included */
	double free;	/* |intercept| */
	double unit;	/* ... what is small for it: 1, or residuals' size */
	double weight, rows;
	double first;	/* largest |v_j| of the first GRAD */
	double most;	/* ... or of the last one, if that is more */

	enum sv_dual_pending pending;
	int rounds;	/* CONJ rounds since the GRAD */
	int exact;	/* FREE needed no shrinking */
	struct sv_dual_candidate point, own;
};

/**
 * sv_dual_shrink(d, u, S, from):
 * Take the bound from A'theta = ${u} and sum w l* = ${S}, which came ${from}
 * there, shrunk by k where g*(-u) is infinite.  Return k; 0 if there is no
 * bound, as where the thetas do not sum to 0.
 */
double sv_dual_shrink(struct sv_dual *d, const double *u, double S,
    enum sv_dual_from from);

/**
 * sv_dual_balanced(d, u, S):
 * Is the sum of the thetas 0 but for rounding, if it has to be?
 */
int sv_dual_balanced(const struct sv_dual *d, const double *u, double S);

/**
 * sv_dual_slack(d, S, c, rest):
 * What rounding may have done to a bound made of sum w l* = ${S}, g* = ${c}
 * and a sum of theta that is ${rest} and not 0.
 */
double sv_dual_slack(const struct sv_dual *d, double S, double c, double rest);

/**
 * sv_dual_zero(d, S):
 * Take ${S} = sum w l*(0).
 */
void sv_dual_zero(struct sv_dual *d, double S);

/**
 * sv_dual_signs(d):
 * Are all labels of one of two signs, so that kappas can tell them apart?
 */
int sv_dual_signs(const struct sv_dual *d);

/**
 * sv_dual_plan(d, c, own, k, h):
 * Let ${c} ask for theta = w k (l' - ${h}), at most: Huber's has bounds.
 */
void sv_dual_plan(const struct sv_dual *d, struct sv_dual_candidate *c, int own,
    double k, double h);

/**
 * sv_dual_repeat(d, S, k):
 * After a bound from ${S} that was shrunk by ${k}: could it be worth a round
 * with the right kappas?  It would give -${S} or less, and about g(z) less for
 * each 1 of kappa.
 */
int sv_dual_repeat(const struct sv_dual *d, double S, double k);

/**
 * sv_dual_lift_begin(d, c):
 * What the first round of POINT asks where scaling does not help; 0 if there
 * is no hope.
 *
 * sv_dual_lift_feed(d, c, u, S):
 * A'theta = ${u} and sum w l* = ${S} of that round.
 */
int sv_dual_lift_begin(struct sv_dual *d, struct sv_dual_candidate *c);
void sv_dual_lift_feed(struct sv_dual *d, struct sv_dual_candidate *c,
    const double *u, double S);

#endif /* !SV_DUAL_STATE_H */
