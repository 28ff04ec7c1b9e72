#ifndef SV_SHARD_DEAL_H
#define SV_SHARD_DEAL_H

#include <stdint.h>

/*
 * Which shard each row goes to, one row after the other (cut.h says how).
 */

/* Opaque types. */
struct deal;

/**
 * deal_new(W, seed):
 * Begin with row 0.  Return NULL with errno set on failure.
 */
struct deal *deal_new(uint32_t W, uint64_t seed);

/**
 * deal_next(d):
 * The shard of the next row.
 */
uint32_t deal_next(struct deal *d);

/**
 * deal_free(d):
 * Free ${d}.
 */
void deal_free(struct deal *d);

#endif /* !SV_SHARD_DEAL_H */
