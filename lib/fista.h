#ifndef SV_FISTA_H
#define SV_FISTA_H

#include "local.h"

/*
 * FISTA with backtracking (Beck and Teboulle 2009, Section 4), on the smooth
 * subproblem of local.h: the gradient step
 *   x_k = y_k - (1 / L_k) g_k, g_k the gradient of phi at y_k,
 *   t_{k+1} = (1 + sqrt(1 + 4 t_k^2)) / 2, t_1 = 1, y_1 = x_0,
 *   y_{k+1} = x_k + ((t_k - 1) / t_{k+1}) (x_k - x_{k-1}).
 *
 * L_k is Lf + rho.  The quadratic's share of the curvature is known, so that
 * only Lf, that of f, is searched for: Lf *= 1.5 until
 *   f(x_k) <= f(y_k) + <grad f(y_k), x_k - y_k> + (Lf / 2) |x_k - y_k|^2,
 * up to the rounding of f.  It does not fall within a call; at the start of
 * the next one it falls by a fifth, so that a step once too short grows again.
 * The first one starts at the second derivative of f along the first gradient.
 *
 * Since x_k and y_k are combinations of vectors whose margins are known,
 * (A y_k - A g_k / L), an iteration costs one pass, a trial step none, and a
 * call half a pass more than it has iterations.
 *
 * It stops, not before kmin iterations, when |g_k| <= max(eps_g, eps of the
 * round), x_k then being one step better still, or |phi(x_{k-1}) - phi(x_k)| <=
 * eps_f max(|phi(x_{k-1})|, |phi(x_k)|); eps_f = 0 leaves the second test out.
 *
 * Memory: three numbers a row, two an element of x.
 */
extern const struct sv_local sv_fista;

#endif /* !SV_FISTA_H */
