#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "err.h"
#include "hub.h"
#include "json.h"

#define REPEATS_MAX 3	/* requests for one worker beyond the first */
#define SMALL_MAX ((uint64_t)1 << 16)	/* bytes of a hello or an error */

void
seats_ask(struct hub *h)
{

	for (uint32_t i = 0; i < h->W; i++) {
		h->seats[i].state = SEAT_ASKED;
		h->seats[i].generation = 1;
		h->seats[i].since = sv_clock_mono();
	}
}

/* Send a small frame of ${type} with a reason to one connection. */
static void
tell(struct hub *h, const struct sv_star_id *to, enum sv_type type,
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

/* How many losses a job may have. */
static uint32_t
job_limit(const struct hub *h)
{

	if (h->o->job_losses != UINT32_MAX)
		return (h->o->job_losses);
	return (h->W > 10 ? h->W : 10);
}

/* Count a loss; -1 if it was one too many, and the job is over. */
static int
count_loss(struct hub *h, uint32_t shard, const char *why)
{
	struct seat *s = &h->seats[shard];

	s->losses++;
	h->losses++;
	if (s->losses > h->o->shard_losses) {
		hub_fail(h, "shard %" PRIu32 ": lost its worker %" PRIu32
		    " times, the last one %s", shard, s->losses, why);
		return (-1);
	}
	if (h->losses > job_limit(h)) {
		hub_fail(h, "%" PRIu32 " workers were lost, the last one, of "
		    "shard %" PRIu32 ", %s", h->losses, shard, why);
		return (-1);
	}
	return (0);
}

/* The worker is gone, or of no use: ask for the next generation. */
static void
replace(struct hub *h, uint32_t shard, const char *why, int counts)
{
	struct seat *s = &h->seats[shard];

	if (s->state == SEAT_TAKEN) {
		h->here--;
		/* If it lives after all, nobody should go on paying for it. */
		tell(h, &s->id, SV_REFUSE, SV_OP_NONE, why);
	}
	record_event(h, shard, s->generation, counts ? "lost" : "left", why);
	if (counts && count_loss(h, shard, why) == -1)
		return;
	if (h->stop.asked) {
		/* It would come, and be paid for, to be sent away. */
		s->state = SEAT_EMPTY;
		stop_now(h, "a worker was lost before the end");
		return;
	}
	if (!h->o->quiet)
		sv_warnx("shard %" PRIu32 ": worker %s, %s; starting another",
		    shard, counts ? "lost" : "left", why);
	s->state = SEAT_ASKED;
	s->generation++;
	s->id.len = 0;
	s->instance[0] = '\0';
	s->updates = 0;
	s->unanswered = s->repeats = s->requested = 0;
	s->since = sv_clock_mono();
	spawn_want(h, shard, s->generation);
}

void
seats_lose(struct hub *h, uint32_t shard, const char *why)
{

	if (h->phase == RUNNING)
		replace(h, shard, why, 1);
}

void
seats_leave(struct hub *h, uint32_t shard, const char *why)
{

	char text[256];

	if (h->phase != RUNNING)
		return;
	if (h->seats[shard].updates > 0) {
		replace(h, shard, why, 0);
		return;
	}
	/* Who never was of use would never be, however often he is replaced. */
	snprintf(text, sizeof(text), "%.150s before its first update: is the "
	    "function's time limit too short for its shard?", why);
	replace(h, shard, text, 1);
}

/* Is the frame of this job, and of a shard that there is? */
static int
is_ours(const struct hub *h, const struct sv_frame *f)
{

	return (f->job == h->job && f->shard < h->W);
}

/* Read the worker's random name; -1 if it has none. */
static int
read_instance(const struct sv_frame *f, char *instance, size_t room)
{
	json_t *o;
	const char *name;
	int rc = -1;

	if ((o = sv_json_of(f)) == NULL)
		return (-1);
	if (sv_json_string(o, "instance", &name) == 0 && name[0] != '\0' &&
	    strlen(name) < room) {
		memcpy(instance, name, strlen(name) + 1);
		rc = 0;
	}
	json_decref(o);
	return (rc);
}

/* Why may this worker not have the seat?  NULL: it may. */
static const char *
refusal(const struct hub *h, const struct sv_frame *f, const char *instance)
{
	const struct seat *s = &h->seats[f->shard];

	if (s->state == SEAT_EMPTY || f->generation != s->generation)
		return ("another worker has been asked for");
	if (s->state == SEAT_TAKEN && strcmp(s->instance, instance) != 0)
		return ("another worker has this shard");
	return (NULL);
}

/* A worker says that it is ready, or that it is back. */
static void
on_hello(struct hub *h, const struct sv_star_id *from, struct sv_frame *f)
{
	char instance[sizeof(h->seats->instance)];
	const char *why;
	struct seat *s;

	/* What is not of this job is not even read: anybody may write it. */
	if (!is_ours(h, f)) {
		h->garbage++;
		tell(h, from, SV_REFUSE, SV_OP_NONE, "it is of another job");
		return;
	}
	if (read_instance(f, instance, sizeof(instance)) == -1) {
		h->garbage++;
		return;
	}
	if ((why = refusal(h, f, instance)) != NULL) {
		if (h->o->verbose)
			sv_warnx("shard %" PRIu32 ": worker %" PRIu32
			    " refused: %s", f->shard, f->generation, why);
		tell(h, from, SV_REFUSE, SV_OP_NONE, why);
		return;
	}
	s = &h->seats[f->shard];
	s->id = *from;
	if (s->state == SEAT_TAKEN) {
		/* Its connection was cut: the global may not have arrived. */
		round_send(h, f->shard);
		return;
	}
	s->state = SEAT_TAKEN;
	memcpy(s->instance, instance, sizeof(instance));
	h->here++;
	if (h->o->verbose)
		sv_warnx("shard %" PRIu32 ": worker %" PRIu32 " is here, %"
		    PRIu32 " of %" PRIu32, f->shard, f->generation, h->here,
		    h->W);
	/* Sealed anew, the hello carries the time of its arrival. */
	record_frame(h, f);
	round_send(h, f->shard);
	if (h->here == h->W)
		round_all_here(h);
}

/* Is that the connection of whoever has the seat? */
static int
is_at(const struct seat *s, const struct sv_star_id *from)
{

	return (s->id.len == from->len &&
	    memcmp(s->id.bytes, from->bytes, s->id.len) == 0);
}

/* Does the message come from the worker that has the seat it names? */
static int
is_seated(const struct hub *h, const struct sv_star_message *m)
{
	const struct seat *s;

	if (!is_ours(h, &m->f))
		return (0);
	s = &h->seats[m->f.shard];
	return (s->state == SEAT_TAKEN && s->generation == m->f.generation &&
	    is_at(s, &m->from));
}

/*
 * A worker cannot go on, for a reason that another would meet as well; or not
 * ("again"), as when its time is up.
 */
static void
on_error(struct hub *h, const struct sv_star_id *from, const struct sv_frame *f)
{
	const char *why = "it did not say why";
	json_t *o;

	if (!is_ours(h, f) || h->seats[f->shard].generation != f->generation ||
	    h->seats[f->shard].state == SEAT_EMPTY) {
		h->garbage++;
		return;
	}
	/* A second instance: whatever it met, the first one is here. */
	if (h->seats[f->shard].state == SEAT_TAKEN &&
	    !is_at(&h->seats[f->shard], from)) {
		tell(h, from, SV_REFUSE, SV_OP_NONE, "another worker has this "
		    "shard");
		return;
	}
	o = sv_json_of(f);
	if (o != NULL)
		(void)sv_json_string(o, "why", &why);
	tell(h, from, SV_GLOBAL, SV_OP_TERM, NULL);
	if (json_is_true(json_object_get(o, "again")))
		seats_leave(h, f->shard, why);
	else
		hub_fail(h, "shard %" PRIu32 ": %s", f->shard, why);
	json_decref(o);
}

/* Anything but an update: small, and read whole. */
static void
on_small(struct hub *h, struct sv_star_message *m)
{
	struct sv_star_id from = m->from;
	struct sv_frame f;

	if (m->f.length > SMALL_MAX) {
		zmq_msg_close(&m->payload);
		h->garbage++;
		return;
	}
	if (sv_star_take(m, &f) == -1) {
		h->garbage++;
		return;
	}
	if (f.type == SV_HELLO && h->phase == RUNNING)
		on_hello(h, &from, &f);
	else if (f.type == SV_HELLO)
		tell(h, &from, SV_GLOBAL, SV_OP_TERM, NULL);
	else if (f.type == SV_ERROR)
		on_error(h, &from, &f);
	else
		h->garbage++;
	sv_frame_fini(&f);
}

void
seats_on_message(struct hub *h)
{
	struct sv_star_message m;
	uint64_t most = 2 * (uint64_t)h->W + 64;
	int rc;

	/* Somebody who sends without end must not keep us from all else. */
	while (most-- > 0 && (rc = sv_star_receive(h->star, &m)) != 0) {
		if (rc == -1) {
			h->garbage++;
		} else if (m.f.type != SV_UPDATE) {
			on_small(h, &m);
		} else if (h->phase == RUNNING && is_seated(h, &m)) {
			round_update(h, &m);
		} else {
			zmq_msg_close(&m.payload);
		}
	}
}

/*
 * Ask for the same worker again.  Nobody knows whether the request was heard;
 * if both come, the second one is refused.
 */
static void
repeat(struct hub *h, uint32_t shard)
{
	struct seat *s = &h->seats[shard];

	record_event(h, shard, s->generation, "repeated", "the request for it "
	    "was not answered");
	if (!h->o->quiet)
		sv_warnx("shard %" PRIu32 ": no hello within %g s, and no "
		    "answer to the request; asking again", shard,
		    h->o->start_timeout);
	s->unanswered = s->requested = 0;
	s->repeats++;
	s->since = sv_clock_mono();
	spawn_want(h, shard, s->generation);
}

/* Has it not said hello in time?  In sv-spawn's queue no time is running. */
static int
is_late(const struct hub *h, const struct seat *s, double now)
{

	return (s->state == SEAT_ASKED && (s->requested || !h->remote) &&
	    now - s->since > h->o->start_timeout);
}

void
seats_on_time(struct hub *h)
{
	double now = sv_clock_mono();
	uint32_t answers = 0;
	char why[80];

	if (h->phase != RUNNING || !h->master.ready)
		return;
	for (uint32_t i = 0; i < h->W && h->phase == RUNNING; i++) {
		struct seat *s = &h->seats[i];

		answers += s->answered != 0;
		if (is_late(h, s, now) && s->unanswered &&
		    s->repeats < REPEATS_MAX) {
			repeat(h, i);
		} else if (is_late(h, s, now)) {
			snprintf(why, sizeof(why), "no hello within %g s",
			    h->o->start_timeout);
			seats_lose(h, i, why);
		} else if (s->state == SEAT_TAKEN && h->round.active &&
		    h->round.sent && !s->answered &&
		    now - s->sent > h->o->round_timeout) {
			snprintf(why, sizeof(why), "no update within %g s",
			    h->o->round_timeout);
			seats_lose(h, i, why);
		}
	}
	/* Every wait has an end, that for the reducers too. */
	if (h->round.active && answers == h->W &&
	    now - h->round.last > h->o->round_timeout)
		hub_fail(h, "the updates were not summed within %g s",
		    h->o->round_timeout);
}

void
seats_dismiss(struct hub *h)
{

	if (h->star == NULL || h->seats == NULL)
		return;
	for (uint32_t i = 0; i < h->W; i++)
		if (h->seats[i].state == SEAT_TAKEN)
			tell(h, &h->seats[i].id, SV_GLOBAL, SV_OP_TERM, NULL);
}
