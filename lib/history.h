#ifndef SV_HISTORY_H
#define SV_HISTORY_H

#include <stddef.h>

#include "blob.h"
#include "isa.h"
#include "keep.h"

/*
 * What a shard keeps of its last rounds for the acceleration (anderson.h): of
 * each the vector c_i that it sent, and R_i = alpha (x_i - z), of n elements
 * both.  The newest is number 0.
 */

/* Opaque types. */
struct sv_history;

/**
 * sv_history_new(capacity, n):
 * Return a history of the last ${capacity} >= 1 rounds, empty; NULL with errno
 * set.  It takes sv_history_bytes() of memory, and refers to updates of about
 * the same size.
 */
struct sv_history *sv_history_new(unsigned capacity, size_t n);
size_t sv_history_bytes(unsigned capacity, size_t n);
void sv_history_free(struct sv_history *h);

/**
 * sv_history_clear(h):
 * Forget all rounds.
 */
void sv_history_clear(struct sv_history *h);

/**
 * sv_history_carry(h, from):
 * Push the newest round of ${from}, if there is one, to the empty history
 * ${h} of the same n.
 */
void sv_history_carry(struct sv_history *h, const struct sv_history *from);

/* Rounds held, at most the capacity. */
unsigned sv_history_held(const struct sv_history *h);
unsigned sv_history_capacity(const struct sv_history *h);

/**
 * sv_history_slot(h):
 * The n elements for the R_i of the coming round, to be filled before
 * sv_history_push().  If the history is full they are those of its oldest R_i,
 * which is gone then, though not its c_i.
 */
double *sv_history_slot(struct sv_history *h);

/**
 * sv_history_push(h, c):
 * The slot is filled, and ${c} (a reference of its own is taken) is the update
 * that goes with it: this is number 0 from now on.
 */
void sv_history_push(struct sv_history *h, struct sv_blob *c);

/**
 * sv_history_combine(h, theta, k, w):
 * w = theta[0] c^0 + ... + theta[k-1] c^(k-1), 1 <= ${k} <= held.
 */
void sv_history_combine(const struct sv_history *h, const double *theta,
    unsigned k, double *w);

/**
 * sv_history_product(h, j, isa):
 * <slot, R of number j - 1>, or of the slot with itself for ${j} = 0: what the
 * inner product with number j will be once the slot is pushed.  j <= held, and
 * below the capacity.
 */
double sv_history_product(const struct sv_history *h, unsigned j,
    const struct sv_isa *isa);

/**
 * sv_history_keep(h, k):
 * Save the rounds held, or restore (keep.h) those of a history of the same
 * capacity and n in an empty one.
 */
void sv_history_keep(struct sv_history *h, struct sv_keep *k);

#endif /* !SV_HISTORY_H */
