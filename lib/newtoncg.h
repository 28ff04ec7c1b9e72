#ifndef SV_NEWTONCG_H
#define SV_NEWTONCG_H

#include "local.h"

/*
 * Newton's method for the subproblem of local.h with truncated conjugate
 * gradients (Dembo, Eisenstat and Steihaug 1982; Nocedal and Wright 2006,
 * Section 7.1).  The step p is what conjugate gradients have come to, from
 * p = 0, with
 *   (A' diag(l'') A + rho I) p = -g, g the gradient of phi at x^,
 * when |g + H p| <= eta |g|, or after 250 of their iterations, each of them one
 * pass.  The forcing term eta is 0.1, more (at most 0.5) where half of what the
 * round asks for is more than that of |g|.  rho > 0 makes the matrix positive
 * definite whatever the loss: no test for negative curvature is needed.  There
 * is no preconditioner: with the diagonal of the matrix (Hsia, Chiang and Lin
 * 2018), or a tenth of it and nine tenths of I, some runs took a third fewer
 * passes and others up to nine tenths more.
 *
 * The margins of p are a combination of those of the directions, so that the
 * length of the step, as newton.h has it (1 but for rounding, then halved until
 * Armijo's condition holds), reads no row, and the gradient at the new point
 * half a pass.
 *
 * x^, its margins, l'' and gradient outlive the call, so that the next one begins
 * without a pass where this one ended; all of it can be made anew from x.  It
 * stops as newton.h says of a shard without a matrix: at |grad phi| <=
 * max(eps_g, eps of the round), at a change of phi by eps_f of itself, at a
 * tenth of the gradient that a round with an eps began with; not before kmin
 * Newton steps, and after kmax.  "inner" counts Newton steps.  poll() is called
 * before every pass.
 *
 * Memory: four numbers a row, seven an element of x.
 */
extern const struct sv_local sv_newtoncg;

#endif /* !SV_NEWTONCG_H */
