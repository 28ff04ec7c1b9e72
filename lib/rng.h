#ifndef SV_RNG_H
#define SV_RNG_H

#include <stddef.h>
#include <stdint.h>

/*
 * Random words by position: a ChaCha20 stream (Bernstein 2008; 64-bit nonce,
 * zero, and 64-bit block counter), the same on every machine.  Whoever wants
 * the words of some blocks makes them, without those before.
 */

#define SV_RNG_WORDS 8u		/* 64-bit words in a block */

struct sv_rng {
	uint8_t key[32];
};

/**
 * sv_rng_init(g, context, seed):
 * Set ${g} to the stream of ${seed} for the use ${context}, a string: its key
 * is the BLAKE2b-256 hash of the string (without its end) and the seed's 8
 * bytes, little-endian.  Return 0, or -1 with errno set if libsodium fails.
 */
int sv_rng_init(struct sv_rng *g, const char *context, uint64_t seed);

/**
 * sv_rng_blocks(g, first, n, words):
 * Write the ${n} blocks from number ${first}, read as little-endian words, to
 * the n * SV_RNG_WORDS ${words}.  Thousands at once are made fastest.
 */
void sv_rng_blocks(const struct sv_rng *g, uint64_t first, size_t n,
    uint64_t *words);

__extension__ typedef unsigned __int128 sv_u128;

/**
 * sv_rng_below(word, m):
 * A number below ${m} from a random ${word}: the upper half of the 128-bit
 * product.  Off uniform by a relative m / 2^64 at most.
 */
static inline uint64_t
sv_rng_below(uint64_t word, uint64_t m)
{

	return ((uint64_t)(((sv_u128)word * m) >> 64));
}

#endif /* !SV_RNG_H */
