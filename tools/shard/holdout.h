#ifndef SV_SHARD_HOLDOUT_H
#define SV_SHARD_HOLDOUT_H

#include <stdint.h>

#include "csr.h"
#include "names.h"

/*
 * Rows that are held out of the shards, each with the same probability,
 * whatever becomes of others: row i of the input (from 0) is, where word i of
 * the stream of rng.h with the context "sv holdout 1" is below share 2^64.
 * They end as LIBSVM text.
 */

/* Opaque types. */
struct holdout;

/**
 * holdout_new(share, seed, names):
 * Begin, with a share between 0 and 1, both excluded.  Return NULL after a line
 * on stderr on failure.
 */
struct holdout *holdout_new(double share, uint64_t seed, struct names *names);

/**
 * holdout_next(h):
 * Is the next row of the input held out?
 */
int holdout_next(struct holdout *h);

/**
 * holdout_add(h, part, i):
 * Hold out row ${i} of ${part}, without its weight.  Return 0, or -1 after a
 * line on stderr.
 */
int holdout_add(struct holdout *h, const struct sv_csr *part, uint64_t i);

/**
 * holdout_rows(h):
 * How many have been held out.
 */
uint64_t holdout_rows(const struct holdout *h);

/**
 * holdout_write(h, d, positive):
 * Write all rows, of ${d} features, as text to NAME_TEXT; where ${positive} is
 * not NULL the label *${positive} becomes 1, and others -1.  Once.  Return 0,
 * or -1 after a line on stderr.
 */
int holdout_write(struct holdout *h, uint64_t d, const double *positive);

/**
 * holdout_free(h):
 * Free ${h}.
 */
void holdout_free(struct holdout *h);

#endif /* !SV_SHARD_HOLDOUT_H */
