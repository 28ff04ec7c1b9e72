#ifndef BENCH_UTIL_H
#define BENCH_UTIL_H

#include <stddef.h>

/* What the benchmark programs share; not part of the library. */

/**
 * bench_now():
 * Seconds on the monotonic clock.
 */
double bench_now(void);

/**
 * bench_median(v, n):
 * Sort ${n} > 0 values in place and return their median.
 */
double bench_median(double *v, size_t n);

/**
 * bench_number(arg, min, max):
 * The number ${arg} if it lies in [${min}, ${max}]; otherwise print it and
 * exit with status 2.
 */
size_t bench_number(const char *arg, size_t min, size_t max);

/**
 * bench_die(what):
 * Print ${what} and errno's text, and exit with status 1.
 */
_Noreturn void bench_die(const char *what);

#endif /* !BENCH_UTIL_H */
