#ifndef SV_LIKE_H
#define SV_LIKE_H

#include <stdint.h>

#include "problem.h"

/*
 * How long a job may take, judged by an earlier run of the same kind: with other
 * rows, another number of workers, other functions.
 *
 * As many rounds are taken as there were.  Of the time from the first request to
 * the end, T, the computation, C, the sum over the rounds of the longest of the
 * workers', is scaled by the non-zeros of a worker and, where both are known, by
 * the share of a CPU that a function has, min(MB / 1769, 1):
 *
 *	T' = T - C + C (nnz' / W') / (nnz / W) share / share'.
 *
 * The rest, starts, messages, the master, is taken as measured, and so is what a
 * function was billed beyond T.
 */

struct like {
	uint64_t rounds;	/* of every kind */
	uint32_t W;
	double total_s;	/* T */
	double computation_s;	/* C */
	double rows;	/* the factor that is due to non-zeros and W */
	double cpu;	/* ... to shares of a CPU; NaN: not known, and 1 taken */
	double seconds;	/* T' */
	double beyond;	/* s, that functions were billed less T; 0 of others */
};

/**
 * like_estimate(l, path, p, W, memory_mb):
 * Fill ${l} from the first run in the file ${path}, for ${W} workers on the
 * problem ${p} with functions of ${memory_mb}, or NaN.  Return 0, or -1 after a
 * line on stderr: the file cannot be read, or has no whole run with rounds.
 */
int like_estimate(struct like *l, const char *path, const struct sv_problem *p,
    uint32_t W, double memory_mb);

#endif /* !SV_LIKE_H */
