#ifndef SV_CLOCK_H
#define SV_CLOCK_H

#include <stdint.h>

/**
 * sv_clock_mono():
 * Seconds on the monotonic clock; only differences mean anything.
 */
double sv_clock_mono(void);

/**
 * sv_clock_real_ns():
 * Nanoseconds since 1970-01-01 00:00 UTC.
 */
int64_t sv_clock_real_ns(void);

/**
 * sv_clock_cpu():
 * CPU seconds (user and system) this process has used, all threads together.
 */
double sv_clock_cpu(void);

#endif /* !SV_CLOCK_H */
