#ifndef SV_PRODUCT_H
#define SV_PRODUCT_H

#include <stddef.h>
#include <stdint.h>

#include "isa.h"
#include "matrix.h"

/*
 * Products with some rows of a shard: what kernel.c makes its passes of.  Each
 * takes the ${n} rows of ${A} from row ${i} on.  Values are f64 or f32, and
 * sums are f64.
 *
 * Sparse rows: a sum over a row has four running sums, element k in the one of
 * number k mod 4, added up as (0 + 2) + (1 + 3); a sum over rows is in their
 * order.  Loads of single elements are faster than gathers where this was
 * measured (AMD Zen 5, in cache: 0.32 ns a non-zero; AVX-512 0.9, AVX2 1.2), so
 * that there is nothing here for an instruction set to do; what is left is
 * waiting for memory, so that what comes a few KB later is asked for early.
 *
 * Dense rows: struct sv_isa_rows.  These loops are our own: dgemv of OpenBLAS
 * 0.3.21, in blocks of its liking, takes 1.2 times as long (60000 x 784 on the
 * same machine; bench/kernel.c has it in the same blocks), sums in an order of
 * its choice, and has no f32 with sums in f64; linked statically it adds 6.2 MB
 * to the 1.1 MB of a function's package.  isa-openblas.h is for who wants it.
 */

/**
 * sv_product_block(A, i):
 * How many rows from row ${i} on, which there is, make a good block: at most
 * SV_PRODUCT_BLOCK, and so few that they stay in a cache.
 */
#define SV_PRODUCT_BLOCK 256
size_t sv_product_block(const struct sv_matrix *A, uint64_t i);

/**
 * sv_product_margins(A, isa, i, n, x, m):
 * m_j = a_j'x.
 */
void sv_product_margins(const struct sv_matrix *A, const struct sv_isa *isa,
    uint64_t i, size_t n, const double *x, double *m);

/**
 * sv_product_scatter(A, isa, i, n, r, cold, g):
 * g += sum of r_j a_j.  ${cold}: no margins of these rows came just before, so
 * that they are not in the cache.
 */
void sv_product_scatter(const struct sv_matrix *A, const struct sv_isa *isa,
    uint64_t i, size_t n, const double *r, int cold, double *g);

/**
 * sv_product_squares(A, isa, i, n, r, g):
 * g_k += sum of r_j a_jk^2.
 */
void sv_product_squares(const struct sv_matrix *A, const struct sv_isa *isa,
    uint64_t i, size_t n, const double *r, double *g);

#endif /* !SV_PRODUCT_H */
