#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "err.h"
#include "json.h"
#include "state.h"
#include "workers.h"

/* A state is no longer than this: vectors, numbers for the rows, a matrix. */
#define MAX_VECTORS 160u
#define MAX_ROWS 4u
#define MAX_REST ((uint64_t)64 << 20)

void
states_clear(struct kept *k)
{

	for (uint32_t i = 0; i < k->have; i++)
		sv_blob_unref(k->part[i]);
	free(k->part);
	memset(k, 0, sizeof(*k));
}

void
states_forget(struct hub *h, uint32_t shard)
{
	struct seat *s = &h->seats[shard];

	s->saving = SAVING_NOT;
	states_clear(&s->in);
}

/* From now on ${k} is being given, or nothing. */
static void
set_giving(struct hub *h, struct seat *s, struct kept *k)
{

	h->giving += k != NULL;
	h->giving -= s->giving != NULL;
	s->giving = k;
}

void
states_anew(struct hub *h, uint32_t shard)
{
	struct seat *s = &h->seats[shard];

	states_forget(h, shard);
	set_giving(h, s, NULL);
	s->replay = 0;
	s->sent = 0;
}

/* Bytes that a shard's state may have. */
static uint64_t
most(const struct hub *h)
{

	return (((h->d + 1) * MAX_VECTORS + h->rows * MAX_ROWS) *
	    sizeof(double) + MAX_REST);
}

/*
 * Add the part ${f}, whose payload is taken over if there is nothing wrong, in
 * which case its blob is in ${*b} and the caller's, too.  1: the state is whole;
 * 0: not yet; -1: it makes no sense, or memory is out.
 */
static int
add(const struct hub *h, struct kept *k, struct sv_frame *f,
    struct sv_blob **b)
{
	uint32_t part;

	if (sv_state_check(f) != NULL)
		return (-1);
	part = (uint32_t)sv_frame_scalars(f)[SV_ST_PART];
	if (part == 0 && k->parts == 0) {
		k->part = calloc(f->count, sizeof(struct sv_blob *));
		if (k->part == NULL)
			return (-1);
		k->parts = f->count;
		k->round = f->round;
	}
	if (part != k->have || f->count != k->parts || f->round != k->round ||
	    k->bytes + f->length > most(h))
		return (-1);
	k->bytes += f->length;
	f->job = h->job;
	if ((*b = sv_blob_seal(f)) == NULL)
		return (-1);
	k->part[k->have++] = sv_blob_ref(*b);
	return (k->have == k->parts);
}

void
states_ask(struct hub *h, uint32_t shard, enum saving saving)
{
	struct seat *s = &h->seats[shard];
	struct sv_frame f;
	struct sv_blob *b;

	if (saving == SAVING_NOT || s->now.state != WORKER_HERE)
		return;
	if (s->saving == SAVING_NOT)
		s->asked = sv_clock_mono();
	/* Anew each time: what was made before a cut may be of an older round. */
	if (++h->saves == 0)
		h->saves = 1;
	s->save = h->saves;
	s->saving = saving;
	states_clear(&s->in);
	/* Half a state would be saved: states_on_time() asks after the rest. */
	if (s->giving != NULL)
		return;
	if (sv_frame_make(&f, SV_SAVE, NULL, 0, SV_BYTES, 0) == -1)
		return;
	f.job = h->job;
	f.shard = shard;
	f.seq = s->save;
	if ((b = sv_blob_seal(&f)) == NULL)
		return;
	/* If it cannot be sent, time will tell. */
	(void)sv_star_send(h->star, &s->now.id, b);
	sv_blob_unref(b);
}

/* All states of a round are there. */
static void
record_saved(struct hub *h)
{
	struct sv_frame f;

	if (sv_json_frame(&f, SV_EVENT, json_pack("{s:s, s:I, s:I}", "event",
	    "saved", "round", (json_int_t)h->save.round, "bytes",
	    (json_int_t)h->save.bytes)) == -1)
		return;
	f.round = h->save.round;
	record_frame(h, &f);
}

/* A state that is kept is whole. */
static void
keep(struct hub *h, uint32_t shard)
{
	struct seat *s = &h->seats[shard];

	states_clear(&s->saved);
	s->saved = s->in;
	memset(&s->in, 0, sizeof(s->in));
	s->saving = SAVING_NOT;
	if (s->saved.round == h->save.round) {
		h->save.bytes += s->saved.bytes;
		if (++h->save.have == h->W)
			record_saved(h);
	}
	replay_trim(h);
	if (s->next.state == WORKER_HERE)
		handover_begin(h, shard);
}

void
states_on_part(struct hub *h, struct sv_star_message *m)
{
	struct seat *s = &h->seats[m->f.shard];
	uint32_t shard = m->f.shard, generation = m->f.generation;
	struct sv_blob *b = NULL;
	struct sv_frame f;
	int rc;

	if (s->saving == SAVING_NOT || m->f.seq != s->save) {
		h->peers.late++;
		zmq_msg_close(&m->payload);
		return;
	}
	if (sv_star_take(m, &f) == -1) {
		loss_of(h, shard, generation, "its state was damaged");
		return;
	}
	rc = add(h, &s->in, &f, &b);
	sv_frame_fini(&f);
	if (rc != -1 && s->saving == SAVING_KEEP)
		record_blob(h, b);
	sv_blob_unref(b);
	if (rc == -1)
		loss_of(h, shard, generation, "its state made no sense");
	else if (rc == 1 && s->saving == SAVING_KEEP)
		keep(h, shard);
	else if (rc == 1 && s->in.round < s->stepped && s->now.updates > 0)
		loss_of(h, shard, generation, "its state is of an earlier "
		    "round");
	else if (rc == 1 && s->next.state == WORKER_HERE)
		handover_finish(h, shard);
	else if (rc == 1) {
		/* Nobody is to take over any more: it goes on itself. */
		states_forget(h, shard);
		round_send(h, shard);
	}
}

void
states_of_master(struct hub *h, struct sv_frame *f)
{
	uint32_t shard = f->shard;
	struct sv_blob *b = NULL;
	int rc = -1;

	if (shard < h->W && !h->master.ready) {
		rc = add(h, &h->seats[shard].saved, f, &b);
		if (rc != -1)
			record_blob(h, b);
		sv_blob_unref(b);
	}
	if (rc == -1)
		hub_fail(h, "the master sent a state that makes no sense");
	sv_frame_fini(f);
}

/* Is it whole, and does it say anything? */
static int
is_whole(const struct kept *k)
{

	return (k->parts > 0 && k->have == k->parts);
}

void
states_give(struct hub *h, uint32_t shard)
{
	struct seat *s = &h->seats[shard];
	struct kept *k = NULL;

	s->replay = s->caught = 0;
	s->given = 0;
	s->since = sv_clock_mono();
	if (is_whole(&s->handed))
		k = &s->handed;
	else if (is_whole(&s->saved) && s->saved.round > 0)
		k = &s->saved;
	set_giving(h, s, k);
	(void)states_pump(h, shard);
}

/* Record that a worker goes on from an older state. */
static void
record_taken(struct hub *h, uint32_t shard, const struct kept *k,
    uint32_t steps)
{
	struct sv_frame f;

	if (sv_json_frame(&f, SV_EVENT, json_pack("{s:s, s:s, s:I, s:I}", "event",
	    "taken", "state", "saved", "round", (json_int_t)k->round,
	    "steps", (json_int_t)steps)) == -1)
		return;
	f.shard = shard;
	f.generation = h->seats[shard].now.generation;
	record_frame(h, &f);
}

int
states_pump(struct hub *h, uint32_t shard)
{
	struct seat *s = &h->seats[shard];
	struct kept *k = s->giving;
	uint32_t steps;

	if (k == NULL)
		return (1);
	while (s->given < k->have) {
		if (sv_star_send(h->star, &s->now.id, k->part[s->given]) == -1 &&
		    zmq_errno() == EAGAIN)
			return (0);
		/* Of a connection that is gone there will be another hello. */
		s->given++;
		s->since = sv_clock_mono();
	}
	set_giving(h, s, NULL);
	/* It may be behind, and has to catch up. */
	steps = replay_begin(h, shard, k->round);
	if (k == &s->saved)
		record_taken(h, shard, k, steps);
	return (1);
}

void
states_again(struct hub *h, uint32_t shard)
{
	struct seat *s = &h->seats[shard];

	/* Who has answered has what it was given. */
	if (s->now.updates > 0)
		return;
	if (s->caught == 0)
		states_give(h, shard);
	else
		(void)replay_begin(h, shard, s->caught);
}

int
states_waiting(const struct hub *h)
{

	return (h->phase == RUNNING && h->giving > 0);
}

/* It has all that it was given: now for what had to wait. */
static void
on_given(struct hub *h, uint32_t shard)
{
	struct seat *s = &h->seats[shard];

	if (s->saving == SAVING_NOT) {
		round_send(h, shard);
		handover_begin(h, shard);
		return;
	}
	s->asked = sv_clock_mono();
	round_again(h, shard);
	states_ask(h, shard, s->saving);
}

void
states_on_time(struct hub *h)
{

	for (uint32_t i = 0; states_waiting(h) && i < h->W; i++)
		if (h->seats[i].giving != NULL && states_pump(h, i))
			on_given(h, i);
}
