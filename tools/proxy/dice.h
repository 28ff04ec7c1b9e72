#ifndef DICE_H
#define DICE_H

#include <stdint.h>

#include "rng.h"

/*
 * What befalls a connection is drawn from the seed, its number and what it is
 * drawn for, and from nothing else: not from the time, nor from what other
 * connections do.
 */

/* What is drawn, each from a stream of its own. */
enum dice_use {
	DICE_FATE,	/* is it refused, when and how is it cut */
	DICE_STALL,
	DICE_UP,	/* three each: jitter, bits, pieces */
	DICE_DOWN = DICE_UP + 3,
	DICE_N = DICE_DOWN + 3
};

struct dice {
	const struct sv_rng *rng;
	uint64_t block;	/* of the stream, the next one */
	uint64_t words[SV_RNG_WORDS];
	unsigned left;	/* words not yet used */
};

/**
 * dice_init(d, rng, connection, use):
 * The draws of one ${use} for a ${connection}.  ${rng} is kept.
 */
void dice_init(struct dice *d, const struct sv_rng *rng, uint32_t connection,
    unsigned use);

/**
 * dice_unit(d):
 * Uniform in (0, 1].
 */
double dice_unit(struct dice *d);

/**
 * dice_below(d, n):
 * A number below ${n}.
 */
uint64_t dice_below(struct dice *d, uint64_t n);

/**
 * dice_wait(d, rate):
 * Seconds until something happens that happens ${rate} times a second: from
 * the exponential distribution, infinite where the rate is 0.
 */
double dice_wait(struct dice *d, double rate);

/**
 * dice_gap(d, p):
 * How many are spared before the next one is hit, where each is with
 * probability ${p}: from the geometric distribution; UINT64_MAX where p is 0.
 */
uint64_t dice_gap(struct dice *d, double p);

#endif /* !DICE_H */
