#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lane.h"

#define LEAST ((size_t)16 * 1024)	/* bytes of a lane that is in use */
#define TICK 0.0005	/* s: what comes within goes together */
#define BURST 0.01	/* s of the rate that go at once */

void
lane_init(struct lane *l, const struct lane_faults *faults,
    const struct sv_rng *rng, uint32_t connection, unsigned use)
{

	memset(l, 0, sizeof(*l));
	l->faults = faults;
	dice_init(&l->jitter, rng, connection, use);
	dice_init(&l->bits, rng, connection, use + 1);
	dice_init(&l->pieces, rng, connection, use + 2);
	l->bad = dice_gap(&l->bits, faults->corrupt);
}

void
lane_fini(struct lane *l)
{

	free(l->bytes);
	l->bytes = NULL;
}

size_t
lane_waiting(const struct lane *l)
{

	return ((size_t)(l->in - l->out));
}

uint8_t *
lane_space(struct lane *l, size_t *n)
{
	size_t waiting = lane_waiting(l), size;
	uint8_t *bytes;

	if (l->start > 0 && l->start + waiting == l->size) {
		memmove(l->bytes, l->bytes + l->start, waiting);
		l->start = 0;
	}
	if (l->start + waiting == l->size) {
		size = l->size == 0 ? LEAST : 2 * l->size;
		if (size > LANE_MOST ||
		    (bytes = realloc(l->bytes, size)) == NULL)
			return (NULL);
		l->bytes = bytes;
		l->size = size;
	}
	*n = l->size - l->start - waiting;
	return (l->bytes + l->start + waiting);
}

/* Flip one bit of each byte that is meant, of ${n} new ones. */
static void
corrupt(struct lane *l, size_t n)
{
	uint8_t *at = l->bytes + l->start + lane_waiting(l);
	uint64_t gap;

	while (l->bad - l->in < n) {
		at[l->bad - l->in] ^= (uint8_t)(1u << dice_below(&l->bits, 8));
		l->flipped++;
		gap = dice_gap(&l->bits, l->faults->corrupt);
		l->bad = gap < UINT64_MAX - l->bad ? l->bad + 1 + gap :
		    UINT64_MAX;
	}
}

/* How much too early bytes may go, so that chunks enough are there for all. */
static double
tick(const struct lane *l)
{
	double all = l->faults->delay + l->faults->jitter;

	return (all > TICK * LANE_CHUNKS / 2 ? 2 * all / LANE_CHUNKS : TICK);
}

void
lane_put(struct lane *l, size_t n, double now)
{
	struct lane_chunk *last;
	double due = now + l->faults->delay;

	if (n == 0)
		return;
	corrupt(l, n);
	if (l->faults->jitter > 0)
		due += l->faults->jitter * dice_unit(&l->jitter);
	/* None overtakes another. */
	if (due < l->last)
		due = l->last;
	l->last = due;
	l->in += n;
	last = &l->chunks[(l->first + l->n - 1) % LANE_CHUNKS];
	if (l->n == LANE_CHUNKS) {
		/* Nobody takes what is due, or they would not be so many. */
		last->due = due;
	} else if (l->n == 0 || due - last->due >= tick(l)) {
		last = &l->chunks[(l->first + l->n++) % LANE_CHUNKS];
		last->due = due;
	}
	last->end = l->in;
}

const uint8_t *
lane_ready(struct lane *l, double now, size_t *n)
{
	uint64_t end = l->out;
	size_t most;

	*n = 0;
	if (now < l->paced)
		return (NULL);
	for (unsigned i = 0; i < l->n; i++) {
		const struct lane_chunk *c =
		    &l->chunks[(l->first + i) % LANE_CHUNKS];

		if (c->due > now)
			break;
		end = c->end;
	}
	if (end == l->out)
		return (NULL);
	*n = (size_t)(end - l->out);
	if (l->faults->rate > 0) {
		most = (size_t)(l->faults->rate * BURST) + 1;
		*n = *n < most ? *n : most;
	}
	if (l->faults->split > 0) {
		if (l->piece == 0)
			l->piece = 1 + (size_t)dice_below(&l->pieces,
			    l->faults->split);
		*n = *n < l->piece ? *n : l->piece;
	}
	return (l->bytes + l->start);
}

void
lane_sent(struct lane *l, size_t n, double now)
{

	if (n == 0)
		return;
	l->out += n;
	l->start += n;
	l->piece = 0;
	while (l->n > 0 && l->chunks[l->first].end <= l->out) {
		l->first = (l->first + 1) % LANE_CHUNKS;
		l->n--;
	}
	if (l->faults->rate > 0)
		l->paced = (l->paced > now - BURST ? l->paced : now) +
		    (double)n / l->faults->rate;
	if (l->in == l->out) {
		lane_fini(l);
		l->size = 0;
		l->start = 0;
	}
}

double
lane_next(const struct lane *l)
{
	double due;

	if (l->n == 0)
		return (INFINITY);
	due = l->chunks[l->first].due;
	return (due > l->paced ? due : l->paced);
}
