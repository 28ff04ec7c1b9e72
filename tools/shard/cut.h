#ifndef SV_SHARD_CUT_H
#define SV_SHARD_CUT_H

#include <stdint.h>

#include "csr.h"
#include "frame.h"

/*
 * W shard files being written, all or none: under temporary names until
 * cut_finish(), and removed if that is never reached, by cut_free() or by a
 * signal.  There can be one at a time, for the sake of the signal's handler.
 *
 * Rows are dealt out in groups of W: the rows of group g go to one shard each,
 * in the order of a random permutation of its own.  It is made by Fisher and
 * Yates' method from block g ceil(W / 8) of the stream of rng.h with the
 * context "sv shard 1": for i = W-1, ..., 1 swap elements i and
 * sv_rng_below(word i, i + 1).
 */

/* Opaque types. */
struct cut;

/**
 * cut_new(dir, W, seed):
 * Make the directory ${dir} unless it is there, and begin ${W} files in it.
 * Return NULL after a line on stderr on failure.
 */
struct cut *cut_new(const char *dir, uint32_t W, uint64_t seed);

/**
 * cut_rows(c, part):
 * Deal out the rows of ${part}; either all rows have weights, or none.  Return
 * 0, or -1 after a line on stderr.
 */
int cut_rows(struct cut *c, const struct sv_csr *part);

/**
 * cut_count(c):
 * Rows dealt out so far.
 */
uint64_t cut_count(const struct cut *c);

/**
 * cut_finish(c, d, elem):
 * Complete the files with ${d} features, give them their names and write the
 * problem frame, for values that are kept as ${elem}, on standard output.  At
 * least W rows have been dealt out.  Return 0, or -1 after a line on stderr.
 */
int cut_finish(struct cut *c, uint64_t d, enum sv_elem elem);

/**
 * cut_free(c):
 * Free ${c}; without a successful cut_finish(), remove what it made.
 */
void cut_free(struct cut *c);

#endif /* !SV_SHARD_CUT_H */
