#ifndef SV_NPY_H
#define SV_NPY_H

#include <stdint.h>
#include <stdio.h>

/**
 * sv_npy_write(f, x, n):
 * Write the ${n} numbers ${x} on ${f} as a NumPy array of one dimension and
 * type '<f8': the .npy format, version 1.0 (NumPy Enhancement Proposal 1,
 * Kern 2007).  Return 0, or -1 with errno set.
 */
int sv_npy_write(FILE *f, const double *x, uint64_t n);

#endif /* !SV_NPY_H */
