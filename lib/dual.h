#ifndef SV_DUAL_H
#define SV_DUAL_H

#include <stddef.h>

#include "frame.h"
#include "keep.h"
#include "loss.h"
#include "prox.h"

/*
 * A certificate: how far F(z) can be from F* at most.  For
 *
 *	F(x) = sum_j w_j l(a_j'x + b) + g(x)
 *
 * each theta, one number a row, gives a lower bound (Fenchel's duality; Boyd
 * and Vandenberghe, "Convex Optimization", 2004, section 5.7)
 *
 *	F* >= D(theta) = -sum_j w_j l*(theta_j / w_j) - g*(-A'theta),
 *
 * where an intercept asks for sum_j theta_j = 0.  The gap is the least F seen
 * less the largest D seen, whatever points they came from.  Candidates:
 *
 *   FREE	theta_j = w_j l'(m_j) at z.  A GRAD round gives A'theta = v, and
 *	sum w l* = z'v - f(z) by Fenchel and Young; no more is needed where
 *	g*(-v) is finite.  Else it is shrunk as below.
 *   POINT	the same, scaled so that g*(-A'theta) is finite (El Ghaoui,
 *	Viallon, Rabbani 2012; Ndiaye, Fercoq, Gramfort, Salmon 2017, section
 *	2): a CONJ round.
 *   OWN	the same at each shard's own x_i, where workers have one.  In
 *	consensus ADMM A'theta is then off -(an element of g's subdifferential)
 *	by rho sum (x_i - z) alone, so that it is nearly feasible long before
 *	the gradient at z is: a CONJ round, or two.
 *
 * Scaling is by kappa = the largest k <= 1 with g*(-k A'theta) finite.  What is
 * still outside when the answer has come is shrunk once more without another
 * round, since l*(k s) <= k l*(s) + (1 - k) l*(0).  With an intercept the sum
 * of theta is made 0 by shrinking the labels of one sign (losses for two
 * classes, and counts), or by a shift (squared, Huber).  Where bounds on one
 * side, without an intercept, make every k but 0 infeasible, the same two are
 * tried to get -A'theta to the right side, as they can where features have one
 * sign; without any regulariser there is no bound but that of theta = 0.
 *
 * A round of the machine, after a GRAD at some z:
 *
 *	sv_dual_grad(d, z, v, up);
 *	while (sv_dual_ask(d, tolerance, gc))
 *		(a CONJ round with gc, at that z)
 *		sv_dual_feed(d, sum, up);
 *
 * The bounds allow for rounding by an estimate of it, some 1e-13 of the sums
 * that they are made of, more with more rows; so the gap of an exact optimum
 * is not 0 but that.
 */

enum sv_dual_from {
	SV_DUAL_ZERO,	/* theta = 0: F* >= the sum of the losses' least values */
	SV_DUAL_FREE, SV_DUAL_POINT, SV_DUAL_OWN
};

struct sv_dual_conf {
	struct sv_prox g;
	size_t n;	/* elements of z */
	int intercept;	/* the last of them is one */
	const struct sv_loss *loss;
	double param;	/* of the loss */
	int own;	/* workers have x_i of their own */
};

/* Opaque types. */
struct sv_dual;

/**
 * sv_dual_new(conf):
 * Return a certificate of nothing: gap infinite.  NULL with errno set where
 * memory is out.  ${conf} is copied.
 */
struct sv_dual *sv_dual_new(const struct sv_dual_conf *conf);
void sv_dual_free(struct sv_dual *d);

/**
 * sv_dual_retarget(d, g):
 * Another regulariser: no F and no D of the last one holds.
 */
void sv_dual_retarget(struct sv_dual *d, const struct sv_prox *g);

/**
 * sv_dual_grad(d, z, v, up):
 * Feed a GRAD round at ${z}: ${v}, n elements, is the sum of the gradients,
 * ${up} are its SV_UP_GRAD_N scalars.  Return 1 if F(z) is the least so far,
 * else 0.  Copies what it needs.
 */
int sv_dual_grad(struct sv_dual *d, const double *z, const double *v,
    const double *up);

/**
 * sv_dual_guess(d, v):
 * After sv_dual_grad(), where it is known: ${v}, n elements, is about the sum
 * of the gradients of f_i at the shards' own x_i; for ADMM -rho sum (x_i - 2z +
 * w_i), with the z and w_i from which x_i was made.  It saves a round.
 */
void sv_dual_guess(struct sv_dual *d, const double *v);

/**
 * sv_dual_ask(d, tolerance, gc):
 * Is a CONJ round worth its cost?  Not if the gap is at most ${tolerance} |F|,
 * nor for a candidate that promises little or gave little of late; with a
 * ${tolerance} of 0 all are tried that can improve the bound at all.  Return 1
 * with its scalars in ${gc}, and 0 if none is left until the next
 * sv_dual_grad(); there are no more than four between two of these, most often
 * one.
 */
int sv_dual_ask(struct sv_dual *d, double tolerance, double gc[SV_GC_N]);

/**
 * sv_dual_feed(d, sum, up):
 * The answers to that round: A'theta of n elements, and SV_UP_CONJ_N scalars.
 */
void sv_dual_feed(struct sv_dual *d, const double *sum, const double *up);

/**
 * sv_dual_value(d):
 * F at the last z; infinite where g is.
 *
 * sv_dual_best(d), sv_dual_bound(d), sv_dual_gap(d):
 * The least F, the largest D, and their difference, at least 0: F* is between
 * the first two.  Infinite, never NaN, where there is none.
 *
 * sv_dual_from(d):
 * Which candidate gave the bound.
 */
double sv_dual_value(const struct sv_dual *d);
double sv_dual_best(const struct sv_dual *d);
double sv_dual_bound(const struct sv_dual *d);
double sv_dual_gap(const struct sv_dual *d);
enum sv_dual_from sv_dual_from(const struct sv_dual *d);

/**
 * sv_dual_keep(d, k):
 * Save or restore (keep.h) what it knows between two looks.
 */
void sv_dual_keep(struct sv_dual *d, struct sv_keep *k);

#endif /* !SV_DUAL_H */
