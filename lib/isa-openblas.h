#ifndef SV_ISA_OPENBLAS_H
#define SV_ISA_OPENBLAS_H

#include <stddef.h>

#include "isa.h"

/*
 * The widest instruction set of this CPU, but products with dense rows of
 * doubles by OpenBLAS: the margins and the sum of rows of a block are a
 * cblas_dgemv() each.  All else is our own: squares, for which BLAS has no
 * routine; f32, whose sums it does not make in f64; the matrices of hess.h,
 * whose panels are no matrix that BLAS knows; sparse rows.
 *
 * The bits of a product are those of the library, not of the other variants:
 * it sums in an order of its own, which differs between its versions, and
 * between CPUs, for each of which it has kernels.  One version gives the same
 * bits again on the same kind of CPU, and on others where the environment has
 * the same OPENBLAS_CORETYPE and all of them can run that.  The difference to
 * our own is rounding: less than 1e-13 of a vector's largest element in tests.
 */

/**
 * sv_isa_openblas_new(why, room):
 * Load libopenblas.so.0 with dlopen(), so that nobody pays for it who does not
 * ask, and return the variant "openblas".  It works on one thread and starts
 * none: OPENBLAS_NUM_THREADS is 1 in the environment from then on, which is
 * why this is called before there are threads.  NULL, with the cause in the
 * ${room} bytes at ${why}: there is no such library, it lacks a function, this
 * was built without it, or memory is out.
 */
struct sv_isa *sv_isa_openblas_new(char *why, size_t room);

/**
 * sv_isa_openblas_free(isa):
 * Free what sv_isa_openblas_new() returned, and unload the library where
 * nobody else uses it.
 */
void sv_isa_openblas_free(struct sv_isa *isa);

#endif /* !SV_ISA_OPENBLAS_H */
