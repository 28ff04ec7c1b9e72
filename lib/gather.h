#ifndef SV_GATHER_H
#define SV_GATHER_H

#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "problem.h"

/*
 * The answers to one GLOBAL: UPDATE frames, each the contribution of one shard
 * or the sum of several, until their counts make W.  The sum depends on the
 * frames and not on the order in which they come: shards are added in
 * ascending order, after them the frames that belong to no shard in the order
 * of their checksums.  Only what comes too early for its turn is held.
 */

/* Opaque types. */
struct sv_gather;

/**
 * sv_gather_new(workers, n, memory):
 * Return a gatherer for ${workers} >= 1 shards and vectors of ${n} elements,
 * or NULL with errno set.  ${memory} is that of the task (task.h): with more
 * than 0 there are pairs in the answers to a STEP.
 */
struct sv_gather *sv_gather_new(uint32_t workers, size_t n, uint32_t memory);
void sv_gather_free(struct sv_gather *g);

/**
 * sv_gather_begin(g, op, round):
 * Forget what was gathered; from now on expect the answers to a GLOBAL of
 * ${op} (SV_OP_STEP, SV_OP_GRAD or SV_OP_CONJ) and ${round}.
 */
void sv_gather_begin(struct sv_gather *g, enum sv_op op, uint32_t round);

/**
 * sv_gather_add(g, f, why):
 * Add the UPDATE frame ${f}, taking over its payload in any case.  Return 1 if
 * the sum is complete now, 0 if more are needed, -1 with the reason in ${why}
 * if the frame is no answer to the GLOBAL: op, round or number of elements
 * wrong; too few scalars (those beyond the ones that are known do not count); a
 * number that is not finite or cannot be; a shard out of range or seen before;
 * a count that makes more than W; a sum that is not finite.  The sequence
 * number, where it is not 0, must be the same in all answers to one GLOBAL, and
 * greater than those of earlier ones: late copies of old updates are found out.
 */
int sv_gather_add(struct sv_gather *g, struct sv_frame *f, char why[SV_WHY]);

/**
 * sv_gather_missing(g):
 * Contributions still to come.
 */
uint32_t sv_gather_missing(const struct sv_gather *g);

/* The sum, once it is complete, until the next sv_gather_begin(). */
const double *sv_gather_sum(const struct sv_gather *g);
const double *sv_gather_scalars(const struct sv_gather *g);

#endif /* !SV_GATHER_H */
