#ifndef SV_SHARD_CUT_H
#define SV_SHARD_CUT_H

#include <stdint.h>

#include "csr.h"
#include "frame.h"
#include "names.h"
#include "scale.h"
#include "shardfile.h"

/*
 * W shard files being written, under the temporary names of names.h.
 *
 * Rows are dealt out in groups of W: the rows of group g go to one shard each,
 * in the order of a random permutation of its own.  It is made by Fisher and
 * Yates' method from block g ceil(W / 8) of the stream of rng.h with the
 * context "sv shard 1": for i = W-1, ..., 1 swap elements i and
 * sv_rng_below(word i, i + 1).
 */

struct cut_form {
	uint32_t W;
	uint64_t seed;
	enum sv_elem elem;	/* of the values in the files */
	int zstd;
	int twice;	/* cut_scale() will write the files again */
};

/* Opaque types. */
struct cut;

/**
 * cut_new(form, names):
 * Begin the files.  Return NULL after a line on stderr on failure.
 */
struct cut *cut_new(const struct cut_form *form, struct names *names);

/**
 * cut_add(c, part, i):
 * Give row ${i} of ${part} to the next shard; either all rows have weights, or
 * none.  Return 0, or -1 after a line on stderr.
 */
int cut_add(struct cut *c, const struct sv_csr *part, uint64_t i);

/**
 * cut_rows(c), cut_nnz(c), cut_bytes(c):
 * Rows and non-zeros so far, in all shards; after cut_finish() the bytes of all
 * files.
 */
uint64_t cut_rows(const struct cut *c);
uint64_t cut_nnz(const struct cut *c);
uint64_t cut_bytes(const struct cut *c);

/**
 * cut_close(c, d):
 * There are ${d} features, and no more rows: complete the files.  At least W
 * rows have been dealt out.  Return 0, or -1 after a line on stderr.
 */
int cut_close(struct cut *c, uint64_t d);

/**
 * cut_scale(c, s, d, shown, ctx):
 * After cut_close(): write the files again, with the rows as ${s} scales them.
 * ${shown}(ctx, i) is called before shard ${i}.  Return 0, or -1 after a line
 * on stderr.
 */
int cut_scale(struct cut *c, struct scale *s, uint64_t d,
    void (*shown)(void *ctx, uint32_t i), void *ctx);

/**
 * cut_finish(c):
 * Give the files their own names.  Return 0, or -1 after a line on stderr.
 */
int cut_finish(struct cut *c);

/**
 * cut_id(c), cut_info(c, i):
 * The name of the cut, and what is in shard ${i}, when the files are complete.
 */
const char *cut_id(const struct cut *c);
const struct sv_shardfile_info *cut_info(const struct cut *c, uint32_t i);

/**
 * cut_free(c):
 * Free ${c}; the files are left as they are.
 */
void cut_free(struct cut *c);

#endif /* !SV_SHARD_CUT_H */
