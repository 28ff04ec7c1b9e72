#include <stdlib.h>

#include "deal.h"
#include "rng.h"

/* Blocks of random words made at once, for many groups where W is small. */
#define BLOCKS 512u

struct deal {
	struct sv_rng rng;
	uint32_t W;
	uint32_t next;		/* row of the group; W: begin a new one */
	uint64_t group;		/* the next one */
	size_t blocks;		/* of a group */
	size_t groups;		/* whose words there are */
	uint64_t *words;
	uint32_t *perm;		/* the shards of the group at hand */
};

struct deal *
deal_new(uint32_t W, uint64_t seed)
{
	struct deal *d;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		return (NULL);
	d->W = d->next = W;
	d->blocks = (W + SV_RNG_WORDS - 1) / SV_RNG_WORDS;
	d->groups = d->blocks < BLOCKS ? BLOCKS / d->blocks : 1;
	d->words = malloc(d->groups * d->blocks * SV_RNG_WORDS *
	    sizeof(*d->words));
	d->perm = malloc(W * sizeof(*d->perm));
	if (d->words == NULL || d->perm == NULL ||
	    sv_rng_init(&d->rng, "sv shard 1", seed) == -1) {
		deal_free(d);
		return (NULL);
	}
	return (d);
}

/* Permute the shards for the next group. */
static void
shuffle(struct deal *d)
{
	size_t at = (size_t)(d->group % d->groups);
	const uint64_t *word = d->words + at * d->blocks * SV_RNG_WORDS;
	uint32_t i, j, other;

	if (at == 0)
		sv_rng_blocks(&d->rng, d->group * d->blocks,
		    d->groups * d->blocks, d->words);
	for (i = 0; i < d->W; i++)
		d->perm[i] = i;
	for (i = d->W - 1; i > 0; i--) {
		j = (uint32_t)sv_rng_below(word[i], (uint64_t)i + 1);
		other = d->perm[i];
		d->perm[i] = d->perm[j];
		d->perm[j] = other;
	}
	d->group++;
	d->next = 0;
}

uint32_t
deal_next(struct deal *d)
{

	if (d->next == d->W)
		shuffle(d);
	return (d->perm[d->next++]);
}

void
deal_free(struct deal *d)
{

	if (d == NULL)
		return;
	free(d->words);
	free(d->perm);
	free(d);
}
