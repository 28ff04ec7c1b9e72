#include "config.h"

#include <math.h>

#include "dice.h"

/* Blocks of a stream, and streams of a connection, as powers of two. */
#define BLOCKS 28
#define USES 4

_Static_assert(DICE_N <= 1 << USES, "one stream each");

void
dice_init(struct dice *d, const struct sv_rng *rng, uint32_t connection,
    unsigned use)
{

	d->rng = rng;
	d->block = (((uint64_t)connection << USES) + use) << BLOCKS;
	d->left = 0;
}

static uint64_t
next_word(struct dice *d)
{

	if (d->left == 0) {
		sv_rng_blocks(d->rng, d->block++, 1, d->words);
		d->left = SV_RNG_WORDS;
	}
	return (d->words[SV_RNG_WORDS - d->left--]);
}

double
dice_unit(struct dice *d)
{

	/* 53 bits, from 1 to 2^53, of 2^53 */
	return ((double)((next_word(d) >> 11) + 1) * 0x1p-53);
}

uint64_t
dice_below(struct dice *d, uint64_t n)
{

	return (sv_rng_below(next_word(d), n));
}

double
dice_wait(struct dice *d, double rate)
{

	return (rate > 0 ? -log(dice_unit(d)) / rate : INFINITY);
}

uint64_t
dice_gap(struct dice *d, double p)
{
	double gap;

	if (!(p > 0))
		return (UINT64_MAX);
	if (p >= 1)
		return (0);
	/* P(gap >= k) = (1-p)^k: gap = floor(log u / log(1-p)) */
	gap = floor(log(dice_unit(d)) / log1p(-p));
	return (gap < 0x1p62 ? (uint64_t)gap : (uint64_t)1 << 62);
}
