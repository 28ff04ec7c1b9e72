#ifndef SV_ADMM_H
#define SV_ADMM_H

#include <stddef.h>
#include <stdint.h>

#include "frame.h"
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
 * updates.  The residuals of round k are
 *
 *   r = sqrt(sum |x_i - z+|^2)		s = rho sqrt(sum |(alpha-1)(x_i-z) + z-z+|^2)
 *
 * No descriptors, no clocks, no randomness: a function of what it is fed.
 * The caller asks what to do next (enum sv_admm_next), lets the workers do it
 * at sv_admm_z(), and feeds the sum of their answers.
 */

/* rho stays within these, whatever the data do. */
#define SV_ADMM_RHO_MIN 1e-12
#define SV_ADMM_RHO_MAX 1e12

enum sv_admm_next {
	SV_ADMM_STEP,	/* a round of op STEP */
	SV_ADMM_GRAD,	/* a round of op GRAD */
	SV_ADMM_DONE,	/* converged; z is the answer */
	SV_ADMM_LIMIT	/* did not converge within max_rounds */
};

enum sv_admm_stop {
	SV_ADMM_STOP_OPT,	/* optimality(z) <= tolerance */
	SV_ADMM_STOP_ABS,	/* r <= eps_primal and s <= eps_dual */
	SV_ADMM_STOP_REL	/* Boyd et al. 2011, (3.12) */
};

struct sv_admm_conf {
	struct sv_prox g;
	size_t d;
	uint32_t workers;	/* W */
	double alpha;		/* over-relaxation, 1 to 1.8 */
	double rho;		/* penalty of the first round */
	double rho_factor;	/* rho changes by this factor; 1: it never does */
	double rho_ratio;	/* ... when r > ratio s or s > ratio r */
	uint32_t max_rounds;	/* STEP rounds */
	enum sv_admm_stop stop;
	double tolerance;	/* of STOP_OPT */
	double eps_primal, eps_dual;	/* of STOP_ABS */
	double eps_abs, eps_rel;	/* of STOP_REL */
};

/* What is known after the last answer; NaN where it is not. */
struct sv_admm_view {
	uint32_t round;		/* STEP rounds fed */
	double rho;		/* penalty of the last of them */
	double primal, dual;	/* r and s */
	double eps_primal, eps_dual;	/* what the stopping rule asks of them */
	double objective;	/* F(z), after a GRAD round at this z */
	double optimality;	/* see below */
	double bound, gap;	/* F* >= bound; best F(z) - bound */
	double split;		/* sum f_i(x_i) + g(z) */
	double inner;		/* inner iterations of all workers, last round */
	double passes;		/* passes over the data, last round */
	uint64_t nonzero;	/* elements of z */
	uint64_t rows;		/* of all shards, known after the first round */
};

/* Opaque types. */
struct sv_admm;

/**
 * sv_admm_conf_init(conf):
 * The defaults, those of the sv-admm tool; g, d and workers are left to fill.
 */
void sv_admm_conf_init(struct sv_admm_conf *conf);

/**
 * sv_admm_new(conf):
 * Return a master at z = 0, or NULL with errno set.  The first thing to do is
 * SV_ADMM_GRAD: its answer says what optimality is measured against.
 */
struct sv_admm *sv_admm_new(const struct sv_admm_conf *conf);
void sv_admm_free(struct sv_admm *a);

/**
 * sv_admm_z(a):
 * The d elements of z, until the next sv_admm_step().
 */
const double *sv_admm_z(const struct sv_admm *a);

/**
 * sv_admm_scalars(a, gl):
 * The scalars of the coming STEP global.
 */
void sv_admm_scalars(const struct sv_admm *a, double gl[SV_GL_N]);

/**
 * sv_admm_step(a, sum, up):
 * Feed the answers to a STEP round: ${sum} = sum of the c_i, ${up} the summed
 * scalars of the updates.  All are finite.  Return what is to be done next.
 * Where a shard's state was made anew (SV_UP_FRESH > 0) the mean of the w_i
 * is not what it was, and r and s of that round are upper bounds.
 */
enum sv_admm_next sv_admm_step(struct sv_admm *a, const double *sum,
    const double up[SV_UP_STEP_N]);

/**
 * sv_admm_grad(a, sum, up):
 * Feed the answers to a GRAD round: ${sum} = sum of the gradients at z.
 * Gives F(z) and the optimality at z: V(z) / V(0) * N / max(min(P, N - P), 1),
 * with V the violation of prox.h, N rows, P of them positive; this is what
 * LIBLINEAR's solver 6 holds against its -e (train_one() and solve_l1r_lr() of
 * linear.cpp; Yuan, Ho, Lin 2012, section 5).  Where V(0) = 0, z = 0 is the
 * answer and its optimality is 0.
 */
enum sv_admm_next sv_admm_grad(struct sv_admm *a, const double *sum,
    const double up[SV_UP_GRAD_N]);

/**
 * sv_admm_look(a, view):
 * Fill ${view} with what is known.
 */
void sv_admm_look(const struct sv_admm *a, struct sv_admm_view *view);

/**
 * sv_admm_trace(view, tr):
 * The scalars of the TRACE frame for ${view}.
 */
void sv_admm_trace(const struct sv_admm_view *view, double tr[SV_TR_N]);

#endif /* !SV_ADMM_H */
