#ifndef SV_ROWS_H
#define SV_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "frame.h"

/*
 * The rows of TIMING frames, kept small: for distributions and timing diagrams,
 * which need single values.  Means and deviations do not come from here (run.h
 * counts every row in double precision), so that a run of any length has exact
 * figures and pictures of as many rounds as fit.  A value is exact to 6e-8 of
 * itself.
 */

enum sv_rows_column {
	SV_RW_SENT,	/* s after the round's global was sent first */
	SV_RW_RECEIVED,	/* likewise: update received */
	SV_RW_TAKEN,	/* likewise: taken by a reducer */
	SV_RW_SUMMED,	/* likewise */
	SV_RW_COMP,	/* s, worker's clock */
	SV_RW_IDLE,	/* s before this round's global, worker's clock */
	SV_RW_CPU,	/* CPU seconds */
	SV_RW_N
};

/* Rows of more workers and rounds than this are thinned out. */
#define SV_ROWS_MOST ((size_t)1 << 21)

struct sv_rows {
	size_t W;	/* rows of a round; 0: none yet */
	size_t n;	/* rounds kept */
	size_t every;	/* of so many rounds one is kept; 1: all; 0: none yet */
	size_t *round;	/* n: which it is, counted as sv_rows_add() is told */
	float *value;	/* n x W x SV_RW_N; NaN: not known */
	size_t room;	/* rounds allocated */
};

/**
 * sv_rows_add(r, round, sent, rows, W):
 * Keep the ${W} ${rows} of the TIMING frame of round ${round}, whose global was
 * sent at ${sent}, unless it is passed over: when SV_ROWS_MOST is reached every
 * second round is dropped, and from then on only every second as many is kept:
 * those whose number is a multiple of ${every}.  Rounds come in ascending
 * order.  A round with another W than the first is not kept, nor one that is
 * larger than SV_ROWS_MOST by itself.  Return 0, or -1 with errno set.
 */
int sv_rows_add(struct sv_rows *r, size_t round, double sent,
    const double *rows, size_t W);

/**
 * sv_rows_at(r, k, worker):
 * The SV_RW_N values of one worker in the ${k}-th round kept.
 */
const float *sv_rows_at(const struct sv_rows *r, size_t k, size_t worker);

/* How a worker spent a round: s after its global was sent first, as above. */
struct sv_lane {
	double sent;
	double begin;	/* of its computation, and its end */
	double end;
	double received;
	double taken;
	double summed;
};

/**
 * sv_rows_lane(row, lane):
 * Set ${lane} from the SV_RW_N values ${row}; NaN is what is not known.
 *
 * When a worker began to compute is known on its own clock only, which has
 * nothing to do with the hub's.  What is on the way, the communication, is as
 * long before the computation as after it: nothing tells how it is divided,
 * only what the two are together.  Where clocks of different speed make it less
 * than nothing the computation fills the time between.
 */
void sv_rows_lane(const float *row, struct sv_lane *lane);

/**
 * sv_rows_fini(r):
 * Free what ${r} holds; all zero is an empty one.
 */
void sv_rows_fini(struct sv_rows *r);

#endif /* !SV_ROWS_H */
