#ifndef SV_TIMING_H
#define SV_TIMING_H

#include <stddef.h>
#include <stdint.h>

#include "frame.h"

/*
 * One TIMING frame: how the workers spent one round.  The quantities are those
 * of Aytekin and Johansson (2019, Section II-B), with the time between a
 * worker's answer and its next global taken apart further.  Each is a
 * difference on one clock, or the difference of two such differences.
 */
enum sv_quantity {
	SV_Q_COMP,	/* computation: global received -> update sent */
	SV_Q_IDLE,	/* idle: last update sent -> this global received */
	SV_Q_DELAY,	/* delay: global sent -> update taken by a reducer */
	SV_Q_COMM,	/* communication: (received - sent) - computation */
	SV_Q_QUEUE,	/* queueing: taken - received */
	SV_Q_BARRIER,	/* barrier: sum complete - this update summed */
	SV_Q_N
};

/**
 * sv_timing_name(q):
 * "computation", "idle", ...
 */
const char *sv_timing_name(enum sv_quantity q);

/**
 * sv_timing_row(row, lastin, q):
 * The quantities of one worker's ${row} in a round whose sum was complete at
 * ${lastin}.  NaN where a clock reading that is needed is NaN.
 */
void sv_timing_row(const double row[SV_TM_N], double lastin,
    double q[SV_Q_N]);

/* A worker and how long it let the hub wait: scratch of sv_timing_slowest(). */
struct sv_timing_rank {
	double response;	/* s, global sent -> update received */
	size_t worker;
};

/**
 * sv_timing_slowest(rows, W, rank, known):
 * Fill ${rank}, which has room for ${W}, with the workers whose response time
 * is known, slowest first, and return how many of them are the slowest tenth:
 * a tenth of those known, rounded to the nearest, but at least one; 0 where
 * none is known.  ${*known} is set to how many are known.  Of equal times the
 * lower worker comes first.
 */
size_t sv_timing_slowest(const double *rows, size_t W,
    struct sv_timing_rank *rank, size_t *known);

#endif /* !SV_TIMING_H */
