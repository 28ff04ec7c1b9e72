#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "workers.h"

/* What is kept of the steps since the states were saved. */
#define BYTES_MAX ((uint64_t)256 << 20)
#define SAVES_MAX 3u	/* who is further behind starts as well from scratch */

/* Drop the oldest ${n}. */
static void
drop(struct replay *p, uint32_t n)
{

	if (n == 0)
		return;
	for (uint32_t i = 0; i < n; i++) {
		p->bytes -= sv_blob_size(p->global[i]);
		sv_blob_unref(p->global[i]);
	}
	memmove(p->global, p->global + n, (p->n - n) * sizeof(*p->global));
	p->n -= n;
	p->first += n;
}

/* Keep no more than is worth it: of a few saves, and not too many bytes. */
static void
bound(struct hub *h)
{
	struct replay *p = &h->replay;
	uint64_t most = SAVES_MAX * (uint64_t)h->o->save, bytes;
	uint32_t n = p->n > most ? p->n - (uint32_t)most : 0;

	drop(p, n);
	n = 0;
	for (bytes = p->bytes; bytes > BYTES_MAX && n < p->n; n++)
		bytes -= sv_blob_size(p->global[n]);
	drop(p, n);
}

/* Another master counts anew: what was kept is of no use to it. */
static void
begin_anew(struct hub *h)
{

	replay_close(h);
	for (uint32_t i = 0; i < h->W; i++) {
		h->seats[i].stepped = 0;
		if (h->seats[i].giving == NULL)
			states_clear(&h->seats[i].saved);
	}
}

void
replay_note(struct hub *h)
{
	struct replay *p = &h->replay;
	struct sv_blob **b;

	if (h->round.op != SV_OP_STEP)
		return;
	if (p->stepped > 0 && h->round.number != p->stepped + 1)
		begin_anew(h);
	p->stepped = h->round.number;
	if (h->o->save == 0)
		return;
	if ((b = realloc(p->global, (p->n + 1) * sizeof(*b))) == NULL) {
		replay_close(h);
		return;
	}
	p->global = b;
	if (p->n == 0)
		p->first = h->round.number;
	p->global[p->n++] = sv_blob_ref(h->round.global);
	p->bytes += sv_blob_size(h->round.global);
	bound(h);
}

void
replay_trim(struct hub *h)
{
	struct replay *p = &h->replay;
	uint32_t oldest = UINT32_MAX, n = 0;

	for (uint32_t i = 0; i < h->W; i++)
		if (h->seats[i].saved.round < oldest)
			oldest = h->seats[i].saved.round;
	/* Whoever has a state of a round never asks for that round. */
	while (n < p->n && p->first + n <= oldest)
		n++;
	drop(p, n);
}

/* The step of that round, or NULL. */
static struct sv_blob *
find(const struct hub *h, uint32_t round)
{
	const struct replay *p = &h->replay;

	if (round < p->first || round - p->first >= p->n)
		return (NULL);
	return (p->global[round - p->first]);
}

/*
 * Is this the global under way, to which the shard's update is still to come?
 * What a generation before has answered is only made again.
 */
static int
is_open(const struct hub *h, uint32_t shard, const struct sv_blob *b)
{

	return (h->round.active && b == h->round.global &&
	    !h->seats[shard].answered);
}

/* Send the step that comes next; 0 if there is none to send. */
static int
send_next(struct hub *h, uint32_t shard)
{
	struct seat *s = &h->seats[shard];
	struct sv_blob *b = find(h, s->replayed + 1);

	if (b == NULL || is_open(h, shard, b))
		return (0);
	s->replayed++;
	s->replay = sv_blob_frame(b)->seq;
	s->sent = sv_clock_mono();
	(void)sv_star_send(h->star, &s->now.id, b);
	return (1);
}

uint32_t
replay_begin(struct hub *h, uint32_t shard, uint32_t round)
{
	struct seat *s = &h->seats[shard];
	const struct replay *p = &h->replay;
	uint32_t last = p->first + p->n - 1;

	s->replay = 0;
	/* All that is missing must be there, or it would be of no use. */
	if (p->n == 0 || round + 1 < p->first || round + 1 > last)
		return (0);
	s->replayed = round;
	if (!send_next(h, shard))
		return (0);
	return (last - round - (is_open(h, shard, p->global[p->n - 1]) ? 1 : 0));
}

int
replay_on_update(struct hub *h, const struct sv_frame *f)
{
	struct seat *s = &h->seats[f->shard];

	if (s->replay == 0 || f->seq != s->replay)
		return (0);
	s->replay = 0;
	s->caught = s->replayed;
	s->now.hellos = 0;
	if (!send_next(h, f->shard)) {
		round_send(h, f->shard);
		handover_begin(h, f->shard);
	}
	return (1);
}

void
replay_close(struct hub *h)
{

	struct replay *p = &h->replay;

	drop(p, p->n);
	free(p->global);
	p->global = NULL;
}
