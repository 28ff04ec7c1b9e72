#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "err.h"
#include "json.h"
#include "workers.h"

#define SMALL_MAX ((uint64_t)1 << 16)	/* bytes of a hello or an error */
#define HELLOS_MAX 100u	/* of one worker between two updates */
#define LIFE_MAX 1e7	/* s that a worker may say it has left */

void
seats_ask(struct hub *h)
{

	for (uint32_t i = 0; i < h->W && h->phase == RUNNING; i++)
		loss_ask(h, i, &h->seats[i].now);
}

void
seats_tell(struct hub *h, const struct sv_star_id *to, enum sv_type type,
    enum sv_op op, const char *why)
{
	struct sv_frame f;
	struct sv_blob *b;
	int rc;

	if (why != NULL)
		rc = sv_json_frame(&f, type, json_pack("{s:s}", "why", why));
	else
		rc = sv_frame_make(&f, type, NULL, 0, SV_F64, 0);
	if (rc == -1)
		return;
	f.op = (uint8_t)op;
	f.job = h->job;
	if ((b = sv_blob_seal(&f)) == NULL)
		return;
	(void)sv_star_send(h->star, to, b);
	sv_blob_unref(b);
}

struct worker *
seats_worker(struct hub *h, uint32_t shard, uint32_t generation)
{
	struct seat *s = &h->seats[shard];

	if (s->now.state != WORKER_NONE && s->now.generation == generation)
		return (&s->now);
	if (s->next.state != WORKER_NONE && s->next.generation == generation)
		return (&s->next);
	return (NULL);
}

/* Is the frame of this job, and of a shard that there is? */
static int
is_ours(const struct hub *h, const struct sv_frame *f)
{

	return (f->job == h->job && f->shard < h->W);
}

/* Does it speak in its own name?  Where its key has told it, that counts. */
static int
is_honest(struct hub *h, const struct sv_star_message *m)
{

	if (!h->encrypted || (m->known && m->owner.shard == m->f.shard &&
	    m->owner.generation == m->f.generation))
		return (1);
	h->peers.foreign++;
	return (0);
}

/* Read the worker's random name; -1 if it has none. */
static int
read_instance(const json_t *o, char *instance, size_t room)
{
	const char *name;

	if (sv_json_string(o, "instance", &name) == -1 || name[0] == '\0' ||
	    strlen(name) >= room)
		return (-1);
	memcpy(instance, name, strlen(name) + 1);
	return (0);
}

/* When the worker's time is up, on our clock; 0: never. */
static double
read_until(const json_t *o)
{
	double left;

	if (sv_json_double(o, "left_s", &left) == -1 || !(left >= 0) ||
	    left > LIFE_MAX)
		return (0);
	return (sv_clock_mono() + left);
}

/* It was here before, and its connection was cut. */
static void
on_return(struct hub *h, uint32_t shard, struct worker *w)
{
	struct seat *s = &h->seats[shard];

	if (++w->hellos > HELLOS_MAX) {
		loss_of(h, shard, w->generation, "said hello without end");
		return;
	}
	if (w->cut > 0)
		record_event(h, shard, w->generation, "back", "its connection "
		    "was cut");
	w->cut = 0;
	if (w != &s->now)
		return;
	/* What was under way to it may not have arrived: all of it again. */
	states_again(h, shard);
	/* A state that is kept is that of its round, not of the next one. */
	if (s->saving == SAVING_KEEP && h->round.number != h->save.round) {
		states_ask(h, shard, s->saving);
		round_again(h, shard);
		return;
	}
	round_again(h, shard);
	if (s->saving == SAVING_NOT && s->next.state == WORKER_HERE)
		handover_begin(h, shard);
	else
		states_ask(h, shard, s->saving);
}

/* It has come for the first time. */
static void
on_arrival(struct hub *h, uint32_t shard, struct worker *w, struct sv_frame *f)
{
	struct seat *s = &h->seats[shard];

	w->state = WORKER_HERE;
	w->hello = sv_clock_mono();
	handover_started(h, w);
	if (w == &s->now)
		h->here++;
	if (h->o->verbose && w == &s->next)
		sv_warnx("shard %" PRIu32 ": worker %" PRIu32 " is here, to take "
		    "over", shard, w->generation);
	else if (h->o->verbose)
		sv_warnx("shard %" PRIu32 ": worker %" PRIu32 " is here, %"
		    PRIu32 " of %" PRIu32, shard, w->generation, h->here, h->W);
	/* Sealed anew, the hello carries the time of its arrival. */
	record_frame(h, f);
	spawn_here(h, shard, w->generation);
	if (w == &s->next) {
		handover_begin(h, shard);
		return;
	}
	states_give(h, shard);
	round_send(h, shard);
	if (h->here == h->W)
		round_all_here(h);
}

/* A worker says that it is ready, or that it is back. */
static void
on_hello(struct hub *h, const struct sv_star_message *m, struct sv_frame *f)
{
	char instance[sizeof(h->seats->now.instance)] = "";
	struct worker *w = seats_worker(h, f->shard, f->generation);
	json_t *o = sv_json_peek(f);
	int named = o != NULL &&
	    read_instance(o, instance, sizeof(instance)) == 0;
	double until = o != NULL ? read_until(o) : 0;

	json_decref(o);
	if (!named) {
		h->peers.garbage++;
		return;
	}
	if (w == NULL) {
		peers_refuse(h, &m->from, f, "another worker has been asked "
		    "for");
		return;
	}
	if (w->state == WORKER_HERE && strcmp(w->instance, instance) != 0) {
		peers_refuse(h, &m->from, f, "another worker has this shard");
		return;
	}
	/* If this connection was another's before, that one is to know first. */
	peers_on_event(h);
	w->id = m->from;
	w->fd = m->fd;
	if (w->state == WORKER_HERE) {
		on_return(h, f->shard, w);
		return;
	}
	/* A hello that is repeated says what was left at the first one. */
	w->until = until;
	memcpy(w->instance, instance, sizeof(instance));
	on_arrival(h, f->shard, w, f);
}

/* Is that the connection of this worker? */
static int
is_at(const struct worker *w, const struct sv_star_id *from)
{

	return (w->id.len == from->len &&
	    memcmp(w->id.bytes, from->bytes, w->id.len) == 0);
}

/* Does the message come from the worker that has the seat it names? */
static int
is_seated(const struct hub *h, const struct sv_star_message *m)
{
	const struct worker *w;

	if (!is_ours(h, &m->f))
		return (0);
	w = &h->seats[m->f.shard].now;
	return (w->state == WORKER_HERE && w->generation == m->f.generation &&
	    is_at(w, &m->from));
}

/*
 * A worker cannot go on, for a reason that another would meet as well; or might
 * not ("passes"); or would not ("again"), as when its time is up.
 */
static void
on_error(struct hub *h, const struct sv_star_message *m,
    const struct sv_frame *f)
{
	struct worker *w = seats_worker(h, f->shard, f->generation);
	const char *why = "it did not say why";
	json_t *o;

	if (w == NULL) {
		h->peers.garbage++;
		return;
	}
	/* A second instance: whatever it met, the first one is here. */
	if (w->state == WORKER_HERE && !is_at(w, &m->from)) {
		peers_refuse(h, &m->from, f, "another worker has this shard");
		return;
	}
	o = sv_json_peek(f);
	if (o != NULL)
		(void)sv_json_string(o, "why", &why);
	seats_tell(h, &m->from, SV_GLOBAL, SV_OP_TERM, NULL);
	if (json_is_true(json_object_get(o, "again")))
		loss_leave(h, f->shard, f->generation, why);
	else if (w == &h->seats[f->shard].next ||
	    json_is_true(json_object_get(o, "passes")))
		/* Its predecessor is well: another may be, too. */
		loss_of(h, f->shard, f->generation, why);
	else
		hub_fail(h, "shard %" PRIu32 ": %s", f->shard, why);
	json_decref(o);
}

/* Anything but an update or a state: small, and read whole. */
static void
on_small(struct hub *h, struct sv_star_message *m)
{
	struct sv_frame f;

	if (m->f.length > SMALL_MAX) {
		zmq_msg_close(&m->payload);
		h->peers.garbage++;
		return;
	}
	if (sv_star_take(m, &f) == -1) {
		h->peers.garbage++;
		return;
	}
	if (f.type != SV_HELLO && f.type != SV_ERROR) {
		h->peers.garbage++;
	} else if (f.type == SV_HELLO && h->phase != RUNNING) {
		seats_tell(h, &m->from, SV_GLOBAL, SV_OP_TERM, NULL);
	} else if (!is_ours(h, &f)) {
		/* What is not of this job is not even read. */
		peers_refuse(h, &m->from, &f, "it is of another job");
	} else if (!is_honest(h, m)) {
		seats_tell(h, &m->from, SV_REFUSE, SV_OP_NONE, "it has the key "
		    "of another worker");
	} else if (f.type == SV_HELLO) {
		on_hello(h, m, &f);
	} else {
		on_error(h, m, &f);
	}
	sv_frame_fini(&f);
}

/* A message of the worker that has a seat, or of somebody else. */
static void
on_message(struct hub *h, struct sv_star_message *m)
{

	if (m->f.type != SV_UPDATE && m->f.type != SV_STATE) {
		on_small(h, m);
		return;
	}
	if (h->phase == RUNNING && is_seated(h, m) && is_honest(h, m)) {
		if (m->f.type == SV_UPDATE)
			round_update(h, m);
		else
			states_on_part(h, m);
		return;
	}
	h->peers.late += h->phase == RUNNING;
	zmq_msg_close(&m->payload);
}

void
seats_on_message(struct hub *h)
{
	struct sv_star_message m;
	uint64_t most = 2 * (uint64_t)h->W + 64, before;
	int rc;

	/* Whose connection is new must be known before what it says. */
	peers_on_event(h);
	/* Somebody who sends without end must not keep us from all else. */
	while (most-- > 0 && (rc = sv_star_receive(h->star, &m)) != 0) {
		before = peers_useless(h);
		if (rc == -1)
			h->peers.garbage++;
		else
			on_message(h, &m);
		peers_judge(h, &m, peers_useless(h) != before);
	}
}

void
seats_dismiss(struct hub *h)
{

	if (h->star == NULL || h->seats == NULL)
		return;
	for (uint32_t i = 0; i < h->W; i++) {
		const struct seat *s = &h->seats[i];

		if (s->now.state == WORKER_HERE)
			seats_tell(h, &s->now.id, SV_GLOBAL, SV_OP_TERM, NULL);
		if (s->next.state == WORKER_HERE)
			seats_tell(h, &s->next.id, SV_GLOBAL, SV_OP_TERM, NULL);
	}
}
