#ifndef SV_PAIRS_H
#define SV_PAIRS_H

#include <stddef.h>

#include "isa.h"
#include "keep.h"

/*
 * What a solver of
 *   phi(x) = f(x) + (rho / 2) |x - v|^2
 * has learnt of the curvature of f: the last few steps s and the differences y
 * of grad f over them, a limited memory (Nocedal 1980; Liu and Nocedal 1989).
 * The quadratic's share is added when the pairs are used, y + rho s, so that
 * they outlive v and rho.
 */

/* Opaque types. */
struct sv_pairs;

/* A first guess of the inverse, applied to n elements in place. */
typedef void (*sv_pairs_base)(void *ctx, double *x);

/**
 * sv_pairs_new(capacity, n):
 * Return a memory of ${capacity} pairs of vectors of ${n} elements, empty; NULL
 * with errno set.  It takes sv_pairs_bytes() of memory.
 */
struct sv_pairs *sv_pairs_new(size_t capacity, size_t n);
size_t sv_pairs_bytes(size_t capacity, size_t n);
void sv_pairs_free(struct sv_pairs *P);

/**
 * sv_pairs_clear(P):
 * Forget all pairs.
 */
void sv_pairs_clear(struct sv_pairs *P);

/**
 * sv_pairs_push(P, isa, t, p, g0, g1):
 * Remember the step s = ${t} ${p} from a point where the gradient of f is
 * ${g0} to one where it is ${g1}; the oldest pair goes if there is no room.  A
 * pair that shows no convex f is dropped.
 */
void sv_pairs_push(struct sv_pairs *P, const struct sv_isa *isa, double t,
    const double *p, const double *g0, const double *g1);

/**
 * sv_pairs_solve(P, isa, rho, base, ctx, x):
 * ${x} <- B ${x}, B the approximation of the inverse of the Hessian of phi that
 * BFGS updates make of ${base}; where that is NULL, of s'y / y'y of the newest
 * pair times the identity.  Without a pair and ${base} it is ${x} / |${x}|.  B is
 * positive definite if ${base} is.
 */
void sv_pairs_solve(const struct sv_pairs *P, const struct sv_isa *isa,
    double rho, sv_pairs_base base, void *ctx, double *x);

/**
 * sv_pairs_keep(P, k):
 * Save or restore (keep.h) the pairs, with the same capacity and n.
 */
void sv_pairs_keep(struct sv_pairs *P, struct sv_keep *k);

#endif /* !SV_PAIRS_H */
