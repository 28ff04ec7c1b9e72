#ifndef SV_HESS_H
#define SV_HESS_H

#include <stddef.h>
#include <stdint.h>

#include "keep.h"
#include "kernel.h"

/*
 * The Hessian of f as a matrix, H = A' diag(h) A, and a factor of H + rho I.
 * It is a model of f: made once, it serves many points and many rho.  Of dense
 * rows the products are f32, summed over 128 rows at a time before they enter
 * the f64 sum; of sparse rows all is f64.  The same bits on every machine.
 */

/* Opaque types. */
struct sv_hess;

/* Vectors of more elements have no matrix here. */
#define SV_HESS_MAX 2048u

/**
 * sv_hess_new(n):
 * Return room for a matrix of ${n} x ${n} elements, n <= SV_HESS_MAX, without
 * one; NULL with errno set.  It takes sv_hess_bytes() of memory.
 */
struct sv_hess *sv_hess_new(size_t n);
size_t sv_hess_bytes(size_t n);
void sv_hess_free(struct sv_hess *H);

/**
 * sv_hess_price(rows, n, nnz, squares):
 * About how many passes over ${rows} rows with ${nnz} non-zeros cost as much
 * time as the matrix and one factor of it.  ${squares} is what the squares of
 * the rows' lengths add up to: at least nnz^2 / rows, which 0 stands for.
 */
double sv_hess_price(uint64_t rows, size_t n, uint64_t nnz, double squares);

/**
 * sv_hess_make(H, K, h, poll, ctx):
 * Make it A' diag(${h}) A for the rows of ${K}, with a column of ones for the
 * intercept, ${h} >= 0 one number a row.  ${poll}, which may be NULL, is called
 * now and then.  Return 0, or -1 where it returned anything but 0: there is no
 * matrix then.
 */
int sv_hess_make(struct sv_hess *H, const struct sv_kernel *K, const double *h,
    int (*poll)(void *ctx), void *ctx);

/**
 * sv_hess_factor(H, isa, rho):
 * Cholesky's factor of H + ${rho} I, rho > 0, each element of the diagonal of
 * H increased by 2^-20 of itself, of sparse rows by 2^-40: more than rounding
 * takes from its eigenvalues in practice.  Costs nothing where it is there.
 * Return 0, or -1: the matrix is not positive definite, or not finite.
 */
int sv_hess_factor(struct sv_hess *H, const struct sv_isa *isa, double rho);

/**
 * sv_hess_solve(H, isa, x):
 * ${x}, n elements, becomes the factored matrix's inverse times ${x}.
 */
void sv_hess_solve(const struct sv_hess *H, const struct sv_isa *isa,
    double *x);

/**
 * sv_hess_keep(H, k):
 * Save or restore (keep.h) a matrix that has been made, with the same n.  Its
 * factor is made anew, with the same bits, when it is asked for.
 */
void sv_hess_keep(struct sv_hess *H, struct sv_keep *k);

#endif /* !SV_HESS_H */
