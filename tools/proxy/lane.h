#ifndef LANE_H
#define LANE_H

#include <stddef.h>
#include <stdint.h>

#include "dice.h"

/*
 * One direction of a connection: bytes that have come and are to go on, later,
 * slower, in other pieces and not all of them as they were.  A lane knows no
 * socket and no clock: times are the caller's, in seconds.
 */

#define LANE_MOST ((size_t)256 * 1024)	/* bytes that may wait in a lane */

/* What happens to bytes; all 0: nothing. */
struct lane_faults {
	double delay;	/* s that each waits */
	double jitter;	/* s more at most */
	double rate;	/* bytes a second; 0: as fast as it goes */
	double corrupt;	/* probability that a bit of a byte is flipped */
	uint32_t split;	/* bytes in a piece at most; 0: as they come */
};

/* Bytes up to a place in the stream, and when they may go. */
struct lane_chunk {
	uint64_t end;
	double due;
};

#define LANE_CHUNKS 128u

struct lane {
	const struct lane_faults *faults;
	struct dice jitter, bits, pieces;
	uint8_t *bytes;	/* NULL while nothing waits */
	size_t size;
	size_t start;	/* of what waits, in bytes[] */
	uint64_t in, out;	/* bytes that have come, and gone, in all */
	uint64_t bad;	/* place in the stream of the next bit to flip */
	uint64_t flipped;	/* bits */
	double paced;	/* not before, because of the rate */
	double last;	/* when the last that came may go */
	size_t piece;	/* bytes that go next; 0: not drawn */
	struct lane_chunk chunks[LANE_CHUNKS];	/* a ring */
	unsigned first, n;
};

/**
 * lane_init(l, faults, rng, connection, use):
 * An empty lane.  ${faults} and ${rng} are kept; ${use} is DICE_UP or
 * DICE_DOWN.  lane_fini() frees what waits.
 */
void lane_init(struct lane *l, const struct lane_faults *faults,
    const struct sv_rng *rng, uint32_t connection, unsigned use);
void lane_fini(struct lane *l);

/**
 * lane_waiting(l):
 * How many bytes wait.
 */
size_t lane_waiting(const struct lane *l);

/**
 * lane_space(l, n):
 * Where to put bytes, and in ${*n} how many; the lane's own memory, until the
 * next call.  NULL if it is full, or memory is out: take none in then.
 */
uint8_t *lane_space(struct lane *l, size_t *n);

/**
 * lane_put(l, n, now):
 * ${n} bytes have come there.
 */
void lane_put(struct lane *l, size_t n, double now);

/**
 * lane_ready(l, now, n):
 * What may go now: a pointer and in ${*n} how many, 0 if none may.
 */
const uint8_t *lane_ready(struct lane *l, double now, size_t *n);

/**
 * lane_sent(l, n, now):
 * ${n} of these have gone.
 */
void lane_sent(struct lane *l, size_t n, double now);

/**
 * lane_next(l):
 * When the first that wait may go; infinite if none do.
 */
double lane_next(const struct lane *l);

#endif /* !LANE_H */
