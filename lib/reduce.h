#ifndef SV_REDUCE_H
#define SV_REDUCE_H

#include <stdint.h>
#include <zmq.h>

#include "frame.h"

/*
 * The sum of the workers' contributions: reducer threads behind the star.
 *
 * Updates are added along a fixed binary tree over the shards: node i of
 * level l is the sum of nodes 2i and 2i+1 of level l-1, the leaves are the
 * shards' updates.  A node is added when both of its children are there, by
 * whichever thread brought the second.  So the sum depends neither on the
 * order of arrival nor on the number of threads, and after the last arrival
 * only about log2(W) additions are left.
 *
 * An update is checked and added by the reducer thread of its shard: the
 * payload's checksum must be right, every number finite, and the worker's times
 * not negative.  A sum that overflows all the same is told as it is.  The
 * payload is used where it lies, in the message it came in; scalars and elements
 * are one run of f64, and so is the sum.
 */

/* Opaque types. */
struct sv_reduce;

enum sv_reduce_kind {
	SV_REDUCE_NONE = 0,	/* nothing to tell yet */
	SV_REDUCE_SUM = 1,	/* the sum is complete */
	SV_REDUCE_BAD = 2,	/* an update is of no use; its leaf is still open */
	SV_REDUCE_FAILED = 3	/* out of memory: this sum cannot be completed */
};

struct sv_reduce_result {
	enum sv_reduce_kind kind;
	double *sum;	/* SUM: n numbers, now the caller's: free() */
	uint64_t n;
	uint32_t shard;	/* BAD: whose */
	const char *why;	/* BAD: "its update ...", a static string */
};

/**
 * sv_reduce_new(zmq, W, threads, epoch):
 * Start ${threads} (1 or more) reducers in the context ${zmq} for sums of
 * ${W} updates.  Times are seconds since ${epoch} on sv_clock_mono().
 * Return NULL with errno set on failure.
 */
struct sv_reduce *sv_reduce_new(void *zmq, uint32_t W, unsigned threads,
    double epoch);

/**
 * sv_reduce_socket(r):
 * The socket to poll for input: when it is readable, sv_reduce_result() has
 * something to tell.
 */
void *sv_reduce_socket(struct sv_reduce *r);

/**
 * sv_reduce_start(r, timing):
 * Begin a sum; none may be under way.  ${timing} points to W rows of SV_TM_N
 * numbers (frame.h), where the reducers fill in TAKEN, SUMMED, COMP, IDLE and
 * CPU; it must live, and those cells be left alone, until the sum is told.
 */
void sv_reduce_start(struct sv_reduce *r, double *timing);

/**
 * sv_reduce_add(r, f, payload):
 * Hand over the update of shard f->shard, at most once for each shard and sum
 * unless it was told BAD.  ${f} is its checked header, ${payload} the message
 * part with its payload, which is moved away.  All updates of a sum must have
 * the same length, a multiple of 8, and no text.  Return 0, or -1 with errno
 * set.
 */
int sv_reduce_add(struct sv_reduce *r, const struct sv_frame *f,
    zmq_msg_t *payload);

/**
 * sv_reduce_result(r, out):
 * Fetch news without waiting.
 */
void sv_reduce_result(struct sv_reduce *r, struct sv_reduce_result *out);

/**
 * sv_reduce_free(r):
 * Stop the threads and drop what they hold.  To be called before the context
 * ends.
 */
void sv_reduce_free(struct sv_reduce *r);

#endif /* !SV_REDUCE_H */
