#ifndef SV_APG_H
#define SV_APG_H

#include <stddef.h>
#include <stdint.h>

#include "method.h"
#include "prox.h"

/*
 * Accelerated proximal gradient (FISTA: Beck and Teboulle, SIAM J. Imaging
 * Sciences 2(1), 2009, section 4) on GRAD rounds.  With f the sum of the
 * losses, one round tells f(y) and its gradient v at a point y, and
 *
 *	x+ = prox_{t g}(y - t v),  y+ = x+ + beta (x+ - x),
 *	beta = (a - 1) / a+,  a+ = (1 + sqrt(1 + 4 (t / t+) a^2)) / 2,
 *
 * t being the step of x and t+ that of x+ (Scheinberg, Goldfarb, Bai, Found.
 * Comput. Math. 14, 2014, section 3).  x+ is the answer: it costs no round.
 *
 * Momentum is dropped, beta = 0 and a = 1, where it leads uphill,
 * (y - x+)'(x+ - x) > 0 (O'Donoghue and Candes, Found. Comput. Math. 15, 2015,
 * section 3.2).
 *
 * The step.  A line search would ask for f at x+, which no round does, and each
 * of its trials would be a round.  What is known for nothing is the gradients at
 * two consecutive points, y and y+: the curvature between them is taken to be
 * |v+ - v|^2 / (v+ - v)'(y+ - y), which is no more than a Lipschitz constant of
 * the gradient (Barzilai and Borwein, IMA J. Numer. Anal. 8, 1988; of local
 * curvature instead of a search: Malitsky and Mishchenko, ICML 2020; the same
 * quotient with an accelerated method: Li and Lan, arXiv:2310.10082).  The step
 * is its inverse where that is shorter, and otherwise grows by a ninth.  The
 * first is f / |v|^2, the shortest that might bring f to 0 were it linear; it
 * is corrected after the first round.
 *
 * What makes it safe, since all of this is guessed: with
 * D = f(y+) - f(y) - v'(y+ - y),
 *   - a point y+ with D > |y+ - y|^2 / t is rejected: the next one is made from
 *     y again, whose gradient is still here, with a step no longer than half
 *     and no momentum.  For y+ = x+ the contrary, D <= |x+ - y|^2 / t, is what
 *     makes F(x+) <= F(y).
 *   - where there is no momentum y+ is x+, and F(x+) comes with the round.  If
 *     it is above the least F that was seen in this way, the next point is made
 *     from the best one, with half the step and no momentum; so that these
 *     values of F decrease.  Momentum is dropped, too, when it has not improved
 *     anything for long.
 *
 * Losses that grow exponentially (${cautious}).  A step that is far too long
 * overflows at the workers, and ends the job; so does an x+ that is looked at
 * there.  The first step is then the one that would, to first order, change f
 * by no more than a thousandth of the sum of the weights; no x+ is further from
 * y than four times the longest way between two points so far, or after a
 * rejection a quarter of the way rejected, and momentum adds no more than that.
 * A step that was rejected, for a curvature that holds far away only, may grow
 * fourfold each round until a curvature at hand forbids it.
 *
 * Another regulariser needs no round to begin: the next x+ is made with it from
 * the last point and gradient.
 *
 * Two consecutive differences of gradients that are rounding errors are told
 * from others by their size (1e-12 of the gradients'), and so are values of f.
 */

/* No step is shorter or longer. */
#define SV_APG_STEP_MIN 1e-100
#define SV_APG_STEP_MAX 1e100

struct sv_apg_conf {
	struct sv_prox g;
	size_t n;	/* elements of a vector */
	uint32_t workers;
	double step;	/* the first one; 0: as above */
	int cautious;	/* f grows exponentially */
};

/**
 * sv_apg_conf_init(conf):
 * The defaults; g, n and workers are the caller's.
 */
void sv_apg_conf_init(struct sv_apg_conf *conf);

/* Opaque types. */
struct sv_apg;

/**
 * sv_apg_new(conf):
 * Return the state of a fit, for sv_apg_method; or NULL with errno set.  Its
 * answer is prox(0), at which the gradient of start() is to be.
 */
struct sv_apg *sv_apg_new(const struct sv_apg_conf *conf);

/**
 * sv_apg_restarts(s), sv_apg_rejected(s):
 * How often momentum was dropped, and points were rejected.
 */
uint32_t sv_apg_restarts(const struct sv_apg *s);
uint32_t sv_apg_rejected(const struct sv_apg *s);

/*
 * Rounds of GRAD without scalars.  What the view shows: rho is 1 / t, primal
 * |x+ - y|, dual |x+ - y| / t, which is merit(), too: the norm of the gradient
 * mapping.  No stopping rule of its own, no slopes.
 */
extern const struct sv_method sv_apg_method;

#endif /* !SV_APG_H */
