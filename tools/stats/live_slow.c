#include <math.h>
#include <stdlib.h>

#include "live.h"

#define BEYOND 4.0	/* standard deviations; there may be a thousand workers */
#define FEWEST 10u	/* rounds; of less nothing can be said */

/* By shard. */
static int
by_shard(const void *a, const void *b)
{
	const struct live_slow *x = a, *y = b;

	return ((x->shard > y->shard) - (x->shard < y->shard));
}

/* Put ${new} among the ${n} most frequent of at most ${most}; how many. */
static size_t
insert(struct live_straggler *s, size_t n, size_t most,
    const struct live_straggler *new)
{
	size_t i = n < most ? n : most;

	while (i > 0 && (s[i - 1].rounds < new->rounds ||
	    (s[i - 1].rounds == new->rounds &&
	    s[i - 1].excess < new->excess))) {
		if (i < most)
			s[i] = s[i - 1];
		i--;
	}
	if (i < most)
		s[i] = *new;
	return (n < most ? n + 1 : most);
}

size_t
live_stragglers(const struct live *l, struct live_straggler *s, size_t most,
    uint32_t *of)
{
	double expected = 0.0, variance = 0.0, bound;
	struct live_slow *all;
	size_t n = 0, found = 0;

	*of = 0;
	if (l->room == 0 ||
	    (all = calloc(LIVE_ROUNDS * l->room, sizeof(*all))) == NULL)
		return (0);
	for (size_t k = 0; k < LIVE_ROUNDS; k++) {
		const struct live_slow *slow = l->slow + k * l->room;
		double p;

		if (l->known[k] == 0)
			continue;
		p = (double)l->nslow[k] / (double)l->known[k];
		expected += p;
		variance += p * (1.0 - p);
		(*of)++;
		for (size_t i = 0; i < l->nslow[k]; i++)
			all[n++] = slow[i];
	}
	/* Each round is a draw of its own: of known workers nslow. */
	bound = expected + BEYOND * sqrt(variance);
	qsort(all, n, sizeof(*all), by_shard);
	for (size_t i = 0; i < n && *of >= FEWEST;) {
		struct live_straggler new = { .shard = all[i].shard };

		for (; i < n && all[i].shard == new.shard; i++) {
			new.rounds++;
			new.excess += all[i].excess;
		}
		new.excess /= (double)new.rounds;
		if ((double)new.rounds > bound)
			found = insert(s, found, most, &new);
	}
	free(all);
	return (found);
}
