#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "err.h"
#include "json.h"
#include "workers.h"

/*
 * When successors are asked for.  A worker's successor should be ready before
 * its time is up by what coming takes, half as much again as it took lately,
 * two rounds, and a second.  Where many have their time up at once they are
 * dealt with a few at a time, the later the earlier: the worker whose time is up
 * as number k of all (from 0) is due another k / few times a coming and a round
 * before that.
 */
#define FEW 8u	/* one in so many at a time, as long as that is in time */
#define SLACK 1.5	/* on the time that coming takes */
#define MARGIN 1.0	/* s */
#define START 3.0	/* s that coming takes before anybody has come */
#define SPREAD 0.5	/* the share of its life in which a worker is replaced */
#define YOUNG 0.25	/* the share of it in which it is not */
#define HAND_MIN 2.0	/* s in which a state is to come, at least, ... */
#define HAND_ROUNDS 4.0	/* ... beside these rounds */
#define HAND_MAX 60.0

/* Of whom there are many, in the order in which their time is up. */
struct due {
	uint32_t shard;
	double until;
};

void
handover_started(struct hub *h, const struct worker *w)
{
	/* At the job's start requests may wait for each other. */
	double from = w->generation == 1 ? w->since : w->asked;

	h->starts[h->started++ % STARTS] = fmax(w->hello - from, 0);
}

/* The most that coming took lately. */
static double
coming(const struct hub *h)
{
	double most = 0;

	for (uint32_t i = 0; i < STARTS && i < h->started; i++)
		most = fmax(most, h->starts[i]);
	return (h->started > 0 ? most : START);
}

/* The longest of the last rounds. */
static double
known(const struct hub *h)
{
	double most = 0;

	for (uint32_t i = 0; i < PACES && i < h->paces; i++)
		most = fmax(most, h->pace[i]);
	return (most);
}

/* ... and the one under way may be longer. */
static double
pace(const struct hub *h)
{
	double most = known(h);

	if (h->round.active && h->round.sent)
		most = fmax(most, hub_now(h) - h->round.scalars[SV_TS_SENT]);
	return (most);
}

static int
by_end(const void *a, const void *b)
{
	const struct due *p = a, *q = b;

	if (p->until < q->until)
		return (-1);
	if (p->until > q->until)
		return (1);
	return (p->shard < q->shard ? -1 : p->shard > q->shard);
}

/* Those whose time will be up, the first ones first; how many, into ${n}. */
static struct due *
list(const struct hub *h, uint32_t *n)
{
	struct due *d;

	*n = 0;
	if ((d = malloc(h->W * sizeof(*d))) == NULL)
		return (NULL);
	for (uint32_t i = 0; i < h->W; i++) {
		const struct seat *s = &h->seats[i];

		if (s->now.state != WORKER_HERE || !(s->now.until > 0) ||
		    s->next.state != WORKER_NONE)
			continue;
		d[*n].shard = i;
		d[(*n)++].until = s->now.until;
	}
	qsort(d, *n, sizeof(*d), by_end);
	return (d);
}

/* How many are asked for at a time so that all have their turn. */
static double
at_once(const struct hub *h, const struct due *d, double each)
{
	const struct worker *w = &h->seats[d->shard].now;
	double life = fmax(w->until - w->hello, 1e-3);
	double few = ceil((double)h->W / FEW);

	return (fmax(few, ceil((double)h->W * each / (SPREAD * life))));
}

/* Ask for the successor of a worker. */
static void
prepare(struct hub *h, uint32_t shard)
{
	struct seat *s = &h->seats[shard];

	loss_ask(h, shard, &s->next);
	record_event(h, shard, s->next.generation, "wanted", "handover");
	if (h->o->verbose)
		sv_warnx("shard %" PRIu32 ": worker %" PRIu32 " has %.1f s "
		    "left; asking for its successor", shard,
		    s->now.generation, fmax(s->now.until - sv_clock_mono(),
		    0));
}

/* How many are on their way. */
static double
under_way(const struct hub *h)
{
	double n = 0;

	for (uint32_t i = 0; i < h->W; i++)
		n += h->seats[i].next.state != WORKER_NONE;
	return (n);
}

/* Ask for those whose turn it is. */
static void
plan(struct hub *h)
{
	double now = sv_clock_mono(), start = coming(h), round = pace(h);
	double lead = SLACK * start + 2 * round + MARGIN, each = start + round;
	double few, busy = under_way(h);
	struct due *d;
	uint32_t n;

	if ((d = list(h, &n)) == NULL)
		return;
	for (uint32_t k = 0; k < n && h->phase == RUNNING; k++) {
		const struct worker *w = &h->seats[d[k].shard].now;
		double life = w->until - w->hello;

		few = at_once(h, &d[k], each);
		if (now < w->until - lead - floor(k / few) * each ||
		    now < w->hello + YOUNG * life)
			continue;
		/* In good time they wait for each other, but not later. */
		if (busy >= few && now < w->until - lead)
			continue;
		prepare(h, d[k].shard);
		busy++;
	}
	free(d);
}

/* Does a worker not take the state that it is given? */
static void
check_given(struct hub *h, uint32_t shard)
{
	const struct seat *s = &h->seats[shard];

	if (h->phase == RUNNING && s->giving != NULL &&
	    sv_clock_mono() - s->since > HAND_MAX)
		loss_of(h, shard, s->now.generation, "reads nothing of what it "
		    "is sent");
}

/* Has a state that was asked for not come?  Go on without. */
static void
check_state(struct hub *h, uint32_t shard)
{
	const struct seat *s = &h->seats[shard];
	double most = HAND_MIN + HAND_ROUNDS * known(h);
	int busy = h->round.active && s->sent > 0 && !s->answered;
	char why[80];

	/* It comes behind what is given and an update, with their limits. */
	if (h->phase != RUNNING || s->saving == SAVING_NOT || busy ||
	    s->giving != NULL ||
	    sv_clock_mono() - fmax(s->asked, s->came) <= fmin(most, HAND_MAX))
		return;
	if (s->saving == SAVING_KEEP) {
		states_forget(h, shard);
		if (s->next.state == WORKER_HERE)
			handover_begin(h, shard);
		return;
	}
	snprintf(why, sizeof(why), "did not hand over its state within %.3g s",
	    fmin(most, HAND_MAX));
	loss_of(h, shard, s->now.generation, why);
}

void
handover_on_time(struct hub *h)
{

	if (h->phase != RUNNING || !h->master.ready)
		return;
	for (uint32_t i = 0; i < h->W; i++) {
		check_state(h, i);
		check_given(h, i);
	}
	/* Before all have come nothing is known, and nobody works. */
	if (h->phase == RUNNING && !h->stop.asked && h->paces > 0)
		plan(h);
}

void
handover_begin(struct hub *h, uint32_t shard)
{
	struct seat *s = &h->seats[shard];

	/*
	 * What is being kept comes first, and a connection that is cut may come
	 * back: then it is asked for, or nobody is there any more to be asked.
	 * What is being given, and the steps made again, come before that too.
	 */
	if (s->next.state == WORKER_HERE && s->saving == SAVING_NOT &&
	    s->now.cut <= 0 && s->giving == NULL && s->replay == 0)
		states_ask(h, shard, SAVING_HANDOVER);
}

void
handover_pass(struct hub *h, uint32_t shard)
{
	struct seat *s = &h->seats[shard];

	states_anew(h, shard);
	s->now = s->next;
	memset(&s->next, 0, sizeof(s->next));
	s->next.fd = -1;
	if (s->now.state != WORKER_HERE)
		return;
	h->here++;
	states_give(h, shard);
	round_send(h, shard);
	if (h->here == h->W)
		round_all_here(h);
}

/* Record who has taken over from whom, and what that took. */
static void
record(struct hub *h, uint32_t shard, uint32_t from)
{
	const struct seat *s = &h->seats[shard];
	struct sv_frame f;

	if (sv_json_frame(&f, SV_EVENT, json_pack("{s:s, s:I, s:I, s:f}",
	    "event", "handover", "from", (json_int_t)from, "bytes",
	    (json_int_t)s->in.bytes, "took_s", sv_clock_mono() -
	    s->asked)) == -1)
		return;
	f.shard = shard;
	f.generation = s->next.generation;
	record_frame(h, &f);
	if (h->o->verbose)
		sv_warnx("shard %" PRIu32 ": worker %" PRIu32 " takes over from "
		    "worker %" PRIu32, shard, s->next.generation, from);
}

void
handover_finish(struct hub *h, uint32_t shard)
{
	struct seat *s = &h->seats[shard];

	/* Who hands over without an update ever would do so for ever. */
	if (s->now.updates == 0 && loss_count(h, shard, &s->now, "its time is "
	    "up before its first update") == -1)
		return;
	loss_forget(h, shard, &s->now);
	record(h, shard, s->now.generation);
	h->handovers++;
	seats_tell(h, &s->now.id, SV_GLOBAL, SV_OP_TERM, NULL);
	h->here--;
	keys_drop(h, &s->now);
	/* Who has made no step may have less than it was given: that stays. */
	if (s->in.round >= s->stepped) {
		states_clear(&s->handed);
		s->handed = s->in;
		memset(&s->in, 0, sizeof(s->in));
	}
	handover_pass(h, shard);
}
