#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "err.h"
#include "workers.h"

/* Globals larger than this are not all recorded unless asked for. */
#define RECORD_BYTES ((uint64_t)1 << 20)

static double *
row(struct hub *h, uint32_t shard)
{

	return (h->round.timing + (size_t)shard * SV_TM_N);
}

/* Record every n-th global. */
static void
record_global(struct hub *h)
{
	struct round *r = &h->round;
	uint64_t every = h->o->every;

	if (every == 0)
		every = (sv_blob_size(r->global) + RECORD_BYTES - 1) / RECORD_BYTES;
	if (r->globals++ % every == 0)
		record_blob(h, r->global);
}

/* Send the global to everybody who is here. */
static void
broadcast(struct hub *h)
{
	struct round *r = &h->round;

	r->sent = 1;
	r->scalars[SV_TS_SENT] = hub_now(h);
	for (uint32_t i = 0; i < h->W; i++)
		round_send(h, i);
	r->scalars[SV_TS_ALLSENT] = hub_now(h);
}

/* Are the states after this round to be kept? */
static void
begin_save(struct hub *h)
{
	struct round *r = &h->round;

	r->save = 0;
	/* Looks have the number of the round before them; a start has 0. */
	if (h->o->save == 0 || r->number == 0 || r->number == h->due ||
	    r->number % h->o->save != 0)
		return;
	h->due = r->number;
	/* Where states take longer than that, all of a few are worth more. */
	for (uint32_t i = 0; i < h->W; i++)
		if (h->seats[i].saving == SAVING_KEEP)
			return;
	r->save = 1;
	h->save = (struct save){ .round = r->number };
}

/* What is wrong with the master's global ${f}?  -1 after the job's end. */
static int
check_global(struct hub *h, const struct sv_frame *f)
{

	if (h->round.active) {
		hub_fail(h, "the master sent a global before the last one was "
		    "answered");
		return (-1);
	}
	if (f->op == SV_OP_NONE || f->op >= SV_OP_TERM) {
		hub_fail(h, "the master sent a global with the operation %s",
		    sv_frame_op_name(f->op));
		return (-1);
	}
	if (f->elem != SV_F64) {
		hub_fail(h, "the master sent a global of another type than "
		    "f64");
		return (-1);
	}
	/* One more than the features: an intercept. */
	if (sv_frame_nelem(f) != h->d && sv_frame_nelem(f) != h->d + 1) {
		hub_fail(h, "the master sent a global of %" PRIu64 " elements; "
		    "the problem has d = %" PRIu64, sv_frame_nelem(f), h->d);
		return (-1);
	}
	return (0);
}

void
round_begin(struct hub *h, struct sv_frame *f)
{
	struct round *r = &h->round;

	if (check_global(h, f) == -1)
		return;
	/* Zero is what frames have that no hub has numbered. */
	if (++h->seq == 0)
		h->seq = 1;
	f->job = h->job;
	f->seq = h->seq;
	r->op = f->op;
	r->number = f->round;
	r->seq = f->seq;
	r->nelem = sv_frame_nelem(f);
	r->length = 0;
	sv_blob_unref(r->global);
	if ((r->global = sv_blob_new(f)) == NULL) {
		hub_fail(h, "out of memory");
		return;
	}
	r->active = 1;
	r->sent = r->summed = 0;
	for (int i = 0; i < SV_TS_N; i++)
		r->scalars[i] = NAN;
	r->scalars[SV_TS_DOWN] = r->scalars[SV_TS_UP] = 0;
	for (size_t i = 0; i < (size_t)h->W * SV_TM_N; i++)
		r->timing[i] = NAN;
	for (uint32_t i = 0; i < h->W; i++) {
		h->seats[i].answered = 0;
		/* Who makes a step again is waited for, too. */
		if (h->seats[i].replay == 0)
			h->seats[i].sent = 0;
	}
	begin_save(h);
	sv_reduce_start(h->reduce, r->timing);
	record_global(h);
	replay_note(h);
	/* The first waits for everybody, so that rounds measure rounds alone. */
	if (h->here == h->W || h->seq > 1)
		broadcast(h);
}

void
round_again(struct hub *h, uint32_t shard)
{
	struct round *r = &h->round;
	struct seat *s = &h->seats[shard];

	if (!r->active || !r->sent || s->now.state != WORKER_HERE ||
	    s->answered || s->giving != NULL || s->replay != 0)
		return;
	/* It is the successor's. */
	if (s->saving == SAVING_HANDOVER && s->sent <= 0)
		return;
	s->sent = sv_clock_mono();
	row(h, shard)[SV_TM_SENT] = hub_now(h);
	/*
	 * A connection that is gone comes back with a new hello, or its
	 * worker's end is told by sv-spawn, or the round's time runs out.
	 */
	if (sv_star_send(h->star, &s->now.id, r->global) == 0)
		r->scalars[SV_TS_DOWN] += (double)sv_blob_size(r->global);
	else if (zmq_errno() == EAGAIN)
		loss_of(h, shard, s->now.generation, "reads nothing of what it "
		    "is sent");
	else if (zmq_errno() == EHOSTUNREACH)
		peers_cut(h, shard, &s->now);
}

void
round_send(struct hub *h, uint32_t shard)
{
	struct seat *s = &h->seats[shard];

	if (s->saving == SAVING_HANDOVER)
		return;
	round_again(h, shard);
	/* Only between steps is there a state. */
	if (h->round.save && h->round.op == SV_OP_STEP && s->sent > 0 &&
	    s->saving == SAVING_NOT && s->giving == NULL && s->replay == 0 &&
	    !s->answered)
		states_ask(h, shard, SAVING_KEEP);
}

void
round_all_here(struct hub *h)
{

	if (h->round.active && !h->round.sent)
		broadcast(h);
}

/* Is this the update that is waited for?  NULL, or what is wrong with it. */
static const char *
check_update(struct hub *h, const struct sv_frame *f)
{
	struct round *r = &h->round;

	if (f->op != r->op || f->round != r->number)
		return ("its update is of another operation");
	if (f->count != 1 || f->ntext != 0 || f->elem != SV_F64)
		return ("its update has another shape than f64");
	if (sv_frame_nelem(f) != r->nelem)
		return ("its update has another length than the global");
	/* The first to answer is believed only where nobody did before. */
	if (r->known[r->op] != 0 && f->nscalar != r->known[r->op])
		return ("its update has another length than those before");
	if (r->length == 0) {
		r->length = f->length;
		r->nscalar = f->nscalar;
	}
	if (f->length != r->length || f->nscalar != r->nscalar)
		return ("its update has another length than the others");
	return (NULL);
}

void
round_update(struct hub *h, struct sv_star_message *m)
{
	struct round *r = &h->round;
	const struct sv_frame *f = &m->f;
	struct seat *s = &h->seats[f->shard];
	const char *why;

	/* Late ones of an earlier round, or twice the same, count nothing. */
	if (replay_on_update(h, f)) {
		zmq_msg_close(&m->payload);
		return;
	}
	if (!r->active || !r->sent || f->seq != r->seq || s->answered) {
		h->peers.late++;
		zmq_msg_close(&m->payload);
		return;
	}
	if ((why = check_update(h, f)) != NULL) {
		zmq_msg_close(&m->payload);
		loss_of(h, f->shard, f->generation, why);
		return;
	}
	s->answered = 1;
	s->answered_by = s->now.generation;
	if (r->op == SV_OP_STEP)
		s->stepped = r->number;
	s->now.updates++;
	s->now.hellos = 0;
	/* It has what it was given: nothing will have to be sent again. */
	states_clear(&s->handed);
	r->last = s->came = sv_clock_mono();
	row(h, f->shard)[SV_TM_RECEIVED] = hub_now(h);
	row(h, f->shard)[SV_TM_GENERATION] = s->now.generation;
	r->scalars[SV_TS_UP] += (double)(SV_FRAME_HEADER + f->length);
	if (sv_reduce_add(h->reduce, f, &m->payload) == -1) {
		zmq_msg_close(&m->payload);
		hub_fail(h, "cannot hand an update to its reducer: %s",
		    zmq_strerror(zmq_errno()));
	}
}

/* Give the sum to the master as an update of W contributions. */
static void
give_sum(struct hub *h, double *sum, uint64_t n)
{
	struct round *r = &h->round;
	struct sv_frame f;
	struct sv_blob *b;

	memset(&f, 0, sizeof(f));
	f.type = SV_UPDATE;
	f.elem = SV_F64;
	f.op = r->op;
	f.job = h->job;
	f.shard = SV_FRAME_NOSHARD;
	f.round = r->number;
	f.seq = r->seq;
	f.count = h->W;
	f.nscalar = r->nscalar;
	f.length = n * sizeof(*sum);
	f.payload = (uint8_t *)sum;
	r->active = 0;
	r->summed = 1;
	r->known[r->op] = r->nscalar;
	r->scalars[SV_TS_LASTIN] = hub_now(h);
	/* Before the sum, so that what it keeps is of the same round. */
	if (r->save)
		master_tell_save(h);
	if ((b = sv_blob_seal(&f)) == NULL) {
		hub_fail(h, "out of memory");
		return;
	}
	master_give(h, b);
	sv_blob_unref(b);
	/* A worker's first update of its life has no idle time before it. */
	for (uint32_t i = 0; i < h->W; i++)
		if (h->seats[i].now.updates == 1)
			row(h, i)[SV_TM_IDLE] = NAN;
}

/* An update that is no good: whoever sent it may be lost already. */
static void
on_bad(struct hub *h, uint32_t shard, const char *why)
{
	struct seat *s = &h->seats[shard];

	s->answered = 0;
	if (s->now.generation == s->answered_by)
		loss_of(h, shard, s->now.generation, why);
	else
		round_send(h, shard);
}

void
round_on_sum(struct hub *h)
{
	struct sv_reduce_result result;

	for (;;) {
		sv_reduce_result(h->reduce, &result);
		switch (result.kind) {
		case SV_REDUCE_NONE:
			return;
		case SV_REDUCE_SUM:
			give_sum(h, result.sum, result.n);
			break;
		case SV_REDUCE_BAD:
			on_bad(h, result.shard, result.why);
			break;
		case SV_REDUCE_FAILED:
			hub_fail(h, "out of memory for the sum");
			break;
		}
	}
}

void
round_answered(struct hub *h)
{
	struct round *r = &h->round;
	struct sv_frame f;
	size_t n = (size_t)h->W * SV_TM_N;

	if (!r->summed)
		return;
	r->summed = 0;
	r->scalars[SV_TS_ANSWER] = hub_now(h);
	spawn_pace(h, r->scalars[SV_TS_ANSWER] - r->scalars[SV_TS_SENT]);
	if (sv_frame_make(&f, SV_TIMING, NULL, SV_TS_N, SV_F64, n) == -1) {
		hub_fail(h, "out of memory");
		return;
	}
	f.op = r->op;
	f.round = r->number;
	f.seq = r->seq;
	f.count = h->W;
	memcpy(sv_frame_scalars(&f), r->scalars, sizeof(r->scalars));
	memcpy(sv_frame_elems(&f), r->timing, n * sizeof(double));
	record_frame(h, &f);
}
