#ifndef SV_ADMM_H
#define SV_ADMM_H

#include <stddef.h>
#include <stdint.h>

#include "method.h"
#include "penalty.h"
#include "prox.h"

/*
 * The master's mathematics: global variable consensus ADMM (Boyd, Parikh, Chu,
 * Peleato, Eckstein, "Distributed Optimization and Statistical Learning via
 * the Alternating Direction Method of Multipliers", 2011, section 7) written
 * as Douglas-Rachford splitting (Eckstein and Bertsekas 1992), one vector w_i
 * for each of W shards.  In round k, with the mean over the shards as a bar:
 *
 *   x_i  = argmin f_i(x) + (rho/2) |x - (2 z - w_i)|^2		worker
 *   c_i  = w_i + alpha (x_i - z)				worker, sent
 *   z+   = prox of g / (W rho) at cbar				master
 *   w_i+ = c_i, and where rho becomes rho/q: z+ + q (c_i - z+)	worker
 *
 * u_i = w_i - z is the scaled dual; with alpha = 1 these are the usual x, z, u
 * updates.  With acceleration (anderson.h) the workers are sent weights theta
 * of the c_i of the last rounds, and go on from
 *
 *   w_i+ = sum theta_j c_i^j,	z = prox of g / (W rho) at the mean of those.
 *
 * The answer is z+ all the same, the plain step: it is what the residuals of
 * round k are about, and no worse,
 *
 *   r = sqrt(sum |x_i - z+|^2)
 *   s = rho sqrt(sum |(alpha-1) (x_i-z) + z-z+|^2).
 *
 * rho changes by a rule of penalty.h.  Whatever the shards hold of the past is
 * of another iteration then, and the acceleration begins anew, as it does when
 * a shard has lost what it held.
 *
 * Workers solve their subproblems no better than the round deserves: to
 *
 *   |gradient| <= tau min(rho r, rho sqrt(W) |z - z+|) / sqrt(W)
 *
 * with r and z of the round before (Eckstein and Yao 2018 give conditions of
 * this kind); where one of the two is less than a tenth of the other that
 * tenth counts.  The first round is solved to a tenth of |grad f| / W at the
 * start, and none better than to 1e-12 of that, which is about what rounding
 * leaves: whatever is left over stays in the answer.
 *
 * No descriptors, no clocks, no randomness: a method (method.h).
 */

/* rho stays within these, whatever the data do. */
#define SV_ADMM_RHO_MIN 1e-12
#define SV_ADMM_RHO_MAX 1e12

enum sv_admm_stop {
	SV_ADMM_STOP_NONE,	/* others judge */
	SV_ADMM_STOP_ABS,	/* r <= eps_primal and s <= eps_dual */
	SV_ADMM_STOP_REL	/* Boyd et al. 2011, (3.12) */
};

struct sv_admm_conf {
	struct sv_prox g;
	size_t n;		/* elements of a vector */
	uint32_t workers;	/* W */
	double alpha;		/* over-relaxation, 1 to 1.8 */
	double rho;		/* penalty of the first round; 0: see below */
	enum sv_penalty_rule rule;	/* ... and of the others */
	double rho_factor;	/* boyd: rho changes by this factor */
	double rho_ratio;	/* ... when r > ratio s or s > ratio r */
	/*
	 * Rounds back that the acceleration uses; 0: none.  Workers' tasks say
	 * the same, or there is no telling the scalars of updates.
	 */
	uint32_t memory;
	double tau;		/* of the inner tolerance; 0: as tasks say */
	enum sv_admm_stop stop;
	double eps_primal, eps_dual;	/* of STOP_ABS */
	double eps_abs, eps_rel;	/* of STOP_REL */
};

/* Opaque types. */
struct sv_admm;

/*
 * Where rho is not given it is in the first round the largest of 16 / W, 1 and
 * sqrt(n) / 200, with n the sum of the rows' weights: what a shard's f_i weighs
 * goes with 1 / W, what is too large costs less than what is too small, and the
 * curvature of a sum grows with its terms.
 */
#define SV_ADMM_RHO_SHARE 16.0
#define SV_ADMM_RHO_LEAST 1.0
#define SV_ADMM_RHO_ROWS 200.0

/**
 * sv_admm_conf_init(conf):
 * The defaults, those of the sv-admm tool; g, n and workers are left to fill.
 */
void sv_admm_conf_init(struct sv_admm_conf *conf);

/**
 * sv_admm_conf_paper(conf):
 * The settings of the paper (numbers after Aytekin and Johansson 2019, section
 * III): no over-relaxation, no acceleration, Boyd's rule for rho from 1, inner
 * tolerances as tasks say.
 */
void sv_admm_conf_paper(struct sv_admm_conf *conf);

/**
 * sv_admm_new(conf):
 * Return a master at z = prox(0), or NULL with errno set.
 */
struct sv_admm *sv_admm_new(const struct sv_admm_conf *conf);

/* The method, whose self is a struct sv_admm. */
extern const struct sv_method sv_admm_method;

#endif /* !SV_ADMM_H */
