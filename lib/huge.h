#ifndef SV_HUGE_H
#define SV_HUGE_H

#include <stddef.h>

/**
 * sv_huge(p, n):
 * Wish that the ${n} bytes at ${p}, just allocated and not written yet, be in
 * large pages, where the system has such: filling and reading them then takes a
 * fraction of the page faults and misses.  Nothing comes of it for less than a
 * few of them.
 */
void sv_huge(void *p, size_t n);

#endif /* !SV_HUGE_H */
