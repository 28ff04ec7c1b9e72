#ifndef SV_NORMAL_H
#define SV_NORMAL_H

#include <stddef.h>
#include <stdint.h>

/*
 * Normal deviates that are the same bits on every machine: only IEEE 754
 * additions, multiplications, divisions and square roots, in a fixed order,
 * and no contraction of a product and a sum into one operation (the library is
 * compiled with -ffp-contract=off).
 */

/**
 * sv_normal_fill(x, bits, n):
 * Turn ${n} words of uniformly random ${bits} into as many N(0,1) deviates
 * ${x}, each from its own word, by inverting the distribution function at
 * ((word >> 12) + 1/2) / 2^52: algorithm AS 241, routine PPND16, about 16
 * digits (Wichura, Applied Statistics 37(3), 1988, 477-484).  ${x} and ${bits}
 * must not overlap.
 */
void sv_normal_fill(double *restrict x, const uint64_t *restrict bits,
    size_t n);

/**
 * sv_normal_log(x):
 * The natural logarithm of a normal (not subnormal) ${x} > 0, to within
 * 2 ulp for x < 0.1: log x = e log 2 + log m with m in [1/sqrt 2, sqrt 2), and
 * log m = 2 artanh((m - 1) / (m + 1)) by its power series.
 */
double sv_normal_log(double x);

#endif /* !SV_NORMAL_H */
