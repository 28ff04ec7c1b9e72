#ifndef SV_PENALTY_H
#define SV_PENALTY_H

#include "keep.h"

/*
 * The penalty rho of ADMM from round to round.  Three rules:
 *
 * fixed	rho stays.
 *
 * boyd		rho times ${factor} where r > ${ratio} s, and divided by it
 *		where s > ${ratio} r: Boyd et al. 2011, section 3.4.1; He, Yang
 *		and Wang 2000.
 *
 * auto		Every round gives two opinions on what rho should have been.
 *		One balances the residuals relative to what they are residuals
 *		of (Wohlberg 2017, section 3): rho times sqrt(r^ / s^) with
 *
 *			r^ = r / max(sqrt(sum |x_i|^2), sqrt(W) |z|)
 *			s^ = sqrt(W) |z - z before| / sqrt(sum |u_i|^2).
 *
 *		The other is a curvature of the f_i from the secants of the last
 *		two rounds (Xu, Figueiredo and Goldstein 2017, section 3):
 *		|change of gradient| / |change of x|, over all shards (each) and
 *		of their means (mean); the geometric mean of the two.  Where
 *		shards differ the first is right, while noise of the local
 *		solutions, which the second is free of, tells against it.
 *
 *		In the geometric mean over the rounds since rho changed last,
 *		but for the round that came right after, rho is off by
 *
 *			c = (r^ / s^)^(0.9/2) ((each mean)^(1/2) / rho)^1.1 b
 *
 *		with b rising from 1 to 1.15.  Exponents and b are those of a
 *		regression for the best rho on the first rounds of 19 problems.
 *		rho follows as soon as there are enough rounds, and c is outside
 *		a margin; each change, which costs the acceleration its history,
 *		asks for more of both the next time.  Steps are powers of
 *		2^(1/4): the last bits of a logarithm decide nothing.
 */

enum sv_penalty_rule { SV_PENALTY_AUTO, SV_PENALTY_BOYD, SV_PENALTY_FIXED };

struct sv_penalty {
	enum sv_penalty_rule rule;
	double factor, ratio;	/* of boyd */

	/* For auto, which sv_penalty_init() and sv_penalty_factor() set. */
	double sum;	/* of log2 c over the rounds that count */
	unsigned count;	/* how many they are */
	unsigned since;	/* rounds since the last change */
	double need;	/* rounds that a change takes */
	double margin;	/* 1/margin <= c <= margin: no change */
};

/* A round; what is not known is 0. */
struct sv_penalty_round {
	double rho;	/* in this round */
	double r, s;	/* the residuals */
	double move;	/* rho sqrt(W) |z - z before| */
	double x;	/* sqrt(sum |x_i|^2) */
	double z;	/* sqrt(W) |z| */
	double u;	/* sqrt(sum |u_i|^2) */
	double each, mean;	/* see above */
};

/**
 * sv_penalty_init(p, rule, factor, ratio):
 * Begin with ${rule}; ${factor} >= 1 and ${ratio} >= 1 are for boyd.
 */
void sv_penalty_init(struct sv_penalty *p, enum sv_penalty_rule rule,
    double factor, double ratio);

/**
 * sv_penalty_factor(p, k):
 * What rho is to be multiplied with after the round ${k}: 1 where it stays.
 */
double sv_penalty_factor(struct sv_penalty *p,
    const struct sv_penalty_round *k);

/**
 * sv_penalty_keep(p, k):
 * Save or restore (keep.h) what it has learnt, with the same rule.
 */
void sv_penalty_keep(struct sv_penalty *p, struct sv_keep *k);

#endif /* !SV_PENALTY_H */
