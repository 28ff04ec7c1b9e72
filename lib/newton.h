#ifndef SV_NEWTON_H
#define SV_NEWTON_H

#include "local.h"

/*
 * A quasi-Newton method for the subproblem of local.h that knows what it was
 * asked the round before: x^ is the last point where f was evaluated, and its
 * margins, the l'' of its rows and grad f(x^) are kept, so that a call starts
 * without a pass over the shard where the last one ended.  The step is
 *   p = -B g, g the gradient of phi at x^,
 * B the inverse of a model of the Hessian of phi.  There are three:
 *
 * Pairs (pairs.h) of the last steps, without the quadratic's share, which is
 * known: they outlive the round and rho.  The length of the step is that of
 * the quadratic with the true second derivative,
 *   t = -<g, p> / (sum of l'' q_j^2 + rho |p|^2), q = A p.
 *
 * A matrix (hess.h), where n is small: A' diag(l'') A as it was at some point,
 * with rho I and Cholesky's factor, and pairs on top of it; t = 1.  It is made
 * once half its price has been spent in passes over the shard without it, and
 * made anew whenever its price has been spent since.  Shards for which it would
 * cost more than 64 passes, or more memory than 8 MB and the rows themselves,
 * have none, nor have more than 2048 elements.
 *
 * None at all, but the steps of newtoncg.h, where there is no matrix and a shard
 * has less than 16 non-zeros for each element of x: there a pass costs less
 * than the products with a few pairs.
 *
 * t is halved until Armijo's condition holds; margins are linear, so that this
 * reads no row.  An iteration costs a pass: half for the margins of p, half for
 * the gradient of f; both at once where t = 1.
 *
 * With a matrix the model is good enough to be believed.  Its error in the last
 * step, |grad phi - its gradient| / |p|, taken to fall by no more than three
 * quarters at a time, is a guess of the next one's: where that times |p| is
 * within the tolerance, the answer is x^ + p, and the shard is not read at all.
 * Not so for losses whose l' has kinks, squared hinge and Huber, where a model
 * that was exact on this side of one says nothing of the other, and for Poisson,
 * whose l'' has no bound.
 * The answer's f, gradient and tolerance then are the model's.  Such a last
 * step is an iteration, too.
 *
 * It stops, not before kmin iterations, when |grad phi| <= max(eps_g, eps of
 * the round) or phi changes by eps_f or less of itself; at once where the
 * gradient is 0; and where rounding leaves no step that decreases phi.  In a
 * round that has an eps a tenth of the gradient that it began with is also
 * enough while there is no matrix: while rho is wrong, more is wasted.
 *
 * Memory: three numbers a row, six an element of x, the pairs (10 times two an
 * element) and, for at most 2048 elements, the matrix and its factor; with
 * conjugate gradients what newtoncg.h says.
 */
extern const struct sv_local sv_newton;

#endif /* !SV_NEWTON_H */
