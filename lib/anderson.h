#ifndef SV_ANDERSON_H
#define SV_ANDERSON_H

#include <stddef.h>

#include "keep.h"

/*
 * Anderson acceleration (Anderson 1965; type II of Fang and Saad 2009, section
 * 3) of a fixed-point iteration w_i+ = w_i + R_i that W shards make together,
 * each of which keeps its own last c_i = w_i + R_i and R_i.  The next w_i are
 * combinations of the c_i with the same weights everywhere,
 *
 *	w_i+ = theta_0 c_i^0 + theta_1 c_i^1 + ...	sum of theta = 1,
 *
 * 0 being the newest round, such that sum over i of |sum_j theta_j R_i^j|^2 is
 * least.  What that takes is additive over shards: inner products of the newest
 * R_i with the ones before.  For ADMM: Zhang, Peng, Ouyang and Deng 2019; Poon
 * and Liang 2019.
 *
 * With differences d_p = R^p - R^(p+1) it is an unconstrained problem, min over
 * gamma of |R^0 - sum_p gamma_p d_p|^2; its Gram matrix gets 1e-8 times its
 * trace on the diagonal, and where weights are above 1e4 all the same, or no
 * number, the newest round counts alone.  When |R| is more than twice that of
 * the round before the older rounds have the last word, and are forgotten.
 */

/* Opaque types. */
struct sv_anderson;

/**
 * sv_anderson_new(memory, n, shards):
 * Return an acceleration from the newest and up to ${memory} older rounds, for
 * vectors of ${n} elements on ${shards} shards; NULL with errno set.  With
 * memory 0 it does nothing: theta = (1).
 */
struct sv_anderson *sv_anderson_new(unsigned memory, size_t n,
    unsigned shards);
void sv_anderson_free(struct sv_anderson *a);

/**
 * sv_anderson_restart(a):
 * Forget all rounds: the iteration that follows is another one.
 */
void sv_anderson_restart(struct sv_anderson *a);

/**
 * sv_anderson_slot(a):
 * The n elements for the mean of the coming round's c_i, to be filled before
 * sv_anderson_feed().
 */
double *sv_anderson_slot(struct sv_anderson *a);

/**
 * sv_anderson_feed(a, pairs):
 * The slot is filled; ${pairs}, 2 (memory + 1) numbers, or NULL with memory 0,
 * are the sums over the shards of what follows SV_UP_STEP_N in their updates.
 * Rounds that a shard does not hold any more are forgotten.
 */
void sv_anderson_feed(struct sv_anderson *a, const double *pairs);

/**
 * sv_anderson_weights(a, theta):
 * Once after each feed: set the first of memory + 1 numbers ${theta}, newest
 * first, and return how many, at least 1.
 */
unsigned sv_anderson_weights(struct sv_anderson *a, double *theta);

/**
 * sv_anderson_combine(a, theta, k, w):
 * w = theta_0 c^0 + ... of the means c: the mean of the shards' w_i+.  ${k} are
 * not more than sv_anderson_weights() said.
 */
void sv_anderson_combine(const struct sv_anderson *a, const double *theta,
    unsigned k, double *w);

/**
 * sv_anderson_keep(a, k):
 * Save or restore (keep.h) what there is after sv_anderson_combine().
 */
void sv_anderson_keep(struct sv_anderson *a, struct sv_keep *k);

#endif /* !SV_ANDERSON_H */
