#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "err.h"
#include "workers.h"

#define REPEATS_MAX 3	/* requests for one worker beyond the first */
#define GOOD_SPELL 10u	/* updates after which losses before are forgotten */
#define ROUNDS_EACH 10u	/* for so many rounds the job may lose one more */
#define SLOW 10.0	/* as many times the longest round is too long */
#define ROUNDS_KNOWN 3u	/* before that is said */

/* How many losses a job may have, so far. */
static uint32_t
job_limit(const struct hub *h)
{
	uint32_t base = h->W > 10 ? h->W : 10;

	if (h->o->job_losses != UINT32_MAX)
		base = h->o->job_losses;
	return (base + h->paces / ROUNDS_EACH);
}

void
loss_forget(struct hub *h, uint32_t shard, const struct worker *w)
{

	if (w->updates >= GOOD_SPELL)
		h->seats[shard].losses = 0;
}

int
loss_count(struct hub *h, uint32_t shard, const struct worker *w,
    const char *why)
{
	struct seat *s = &h->seats[shard];

	loss_forget(h, shard, w);
	s->losses++;
	h->losses++;
	if (s->losses > h->o->shard_losses) {
		hub_fail(h, "shard %" PRIu32 ": lost its worker %" PRIu32
		    " time%s, the last one %s", shard, s->losses,
		    s->losses == 1 ? "" : "s", why);
		return (-1);
	}
	if (h->losses > job_limit(h)) {
		hub_fail(h, "%" PRIu32 " workers were lost, the last one, of "
		    "shard %" PRIu32 ", %s", h->losses, shard, why);
		return (-1);
	}
	return (0);
}

void
loss_ask(struct hub *h, uint32_t shard, struct worker *w)
{

	memset(w, 0, sizeof(*w));
	w->fd = -1;
	w->state = WORKER_ASKED;
	w->generation = ++h->seats[shard].generations;
	w->asked = w->since = sv_clock_mono();
	if (keys_make(h, shard, w) == -1)
		hub_fail(h, "cannot make keys");
	else
		spawn_want(h, shard, w);
}

/* The worker at work is gone.  Let there be another one. */
static void
fill(struct hub *h, uint32_t shard, const char *why, int counts)
{
	struct seat *s = &h->seats[shard];

	if (s->next.state != WORKER_NONE) {
		handover_pass(h, shard);
		return;
	}
	if (!h->o->quiet)
		sv_warnx("shard %" PRIu32 ": worker %s, %s; starting another",
		    shard, counts ? "lost" : "left", why);
	states_anew(h, shard);
	loss_ask(h, shard, &s->now);
}

/* The worker is gone, or of no use. */
static void
replace(struct hub *h, uint32_t shard, struct worker *w, const char *why,
    int counts)
{
	struct seat *s = &h->seats[shard];
	struct worker gone;

	if (w == &s->now && w->state == WORKER_HERE)
		h->here--;
	/* If it lives after all, nobody should go on paying for it. */
	if (w->state == WORKER_HERE)
		seats_tell(h, &w->id, SV_REFUSE, SV_OP_NONE, why);
	record_event(h, shard, w->generation, counts ? "lost" : "left", why);
	keys_drop(h, w);
	gone = *w;
	memset(w, 0, sizeof(*w));
	w->fd = -1;
	if (!counts)
		loss_forget(h, shard, &gone);
	else if (loss_count(h, shard, &gone, why) == -1)
		return;
	if (h->stop.asked && w == &s->now && s->next.state != WORKER_HERE) {
		/* It would come, and be paid for, to be sent away. */
		stop_now(h, "a worker was lost before the end");
		return;
	}
	if (w == &s->now) {
		fill(h, shard, why, counts);
		return;
	}
	if (!h->o->quiet)
		sv_warnx("shard %" PRIu32 ": the worker that was to take over "
		    "%s, %s", shard, counts ? "is lost" : "has left", why);
}

void
loss_of(struct hub *h, uint32_t shard, uint32_t generation, const char *why)
{
	struct worker *w = seats_worker(h, shard, generation);

	if (h->phase == RUNNING && w != NULL)
		replace(h, shard, w, why, 1);
}

void
loss_leave(struct hub *h, uint32_t shard, uint32_t generation, const char *why)
{
	struct worker *w = seats_worker(h, shard, generation);
	char text[256];

	if (h->phase != RUNNING || w == NULL)
		return;
	if (w->updates > 0) {
		replace(h, shard, w, why, 0);
		return;
	}
	if (w == &h->seats[shard].next) {
		replace(h, shard, w, "its time was up before it could take "
		    "over", 0);
		return;
	}
	/* Who never was of use would never be, however often he is replaced. */
	snprintf(text, sizeof(text), "%.150s before its first update: is its "
	    "time limit too short?", why);
	replace(h, shard, w, text, 1);
}

/*
 * Ask for the same worker again.  Nobody knows whether the request was heard;
 * if both come, the second one is refused.
 */
static void
repeat(struct hub *h, uint32_t shard, struct worker *w)
{

	record_event(h, shard, w->generation, "repeated", "the request for it "
	    "was not answered");
	if (!h->o->quiet)
		sv_warnx("shard %" PRIu32 ": no hello within %g s, and no "
		    "answer to the request; asking again", shard,
		    h->o->start_timeout);
	w->unanswered = w->requested = 0;
	w->repeats++;
	w->since = sv_clock_mono();
	spawn_want(h, shard, w);
}

/* Has it not said hello in time?  In sv-spawn's queue no time is running. */
static void
check_start(struct hub *h, uint32_t shard, struct worker *w, double now)
{
	char why[80];

	if (h->phase != RUNNING || w->state != WORKER_ASKED ||
	    (!w->requested && h->remote) ||
	    now - w->since <= h->o->start_timeout)
		return;
	if (w->unanswered && w->repeats < REPEATS_MAX) {
		repeat(h, shard, w);
		return;
	}
	snprintf(why, sizeof(why), "no hello within %g s",
	    h->o->start_timeout);
	loss_of(h, shard, w->generation, why);
}

/* How long an update may take: many times what rounds took lately. */
static double
patience(const struct hub *h)
{
	double longest = 0;

	if (h->paces < ROUNDS_KNOWN)
		return (h->o->round_timeout);
	for (uint32_t i = 0; i < PACES && i < h->paces; i++)
		longest = fmax(longest, h->pace[i]);
	return (fmin(fmax(SLOW * longest, h->o->round_floor),
	    h->o->round_timeout));
}

/* Is its update overdue?  What waits to be sent it is not waited for. */
static void
check_update(struct hub *h, uint32_t shard, double now)
{
	const struct seat *s = &h->seats[shard];
	double most = patience(h);
	char why[80];

	if (h->phase != RUNNING || s->now.state != WORKER_HERE ||
	    !h->round.active || !h->round.sent || s->answered ||
	    s->sent <= 0 || now - s->sent <= most)
		return;
	snprintf(why, sizeof(why), "no update within %.3g s", most);
	loss_of(h, shard, s->now.generation, why);
}

void
loss_on_time(struct hub *h)
{
	double now = sv_clock_mono();
	uint32_t answers = 0;

	if (h->phase != RUNNING || !h->master.ready)
		return;
	for (uint32_t i = 0; i < h->W && h->phase == RUNNING; i++) {
		answers += h->seats[i].answered != 0;
		check_start(h, i, &h->seats[i].now, now);
		check_start(h, i, &h->seats[i].next, now);
		check_update(h, i, now);
	}
	/* Every wait has an end, that for the reducers too. */
	if (h->round.active && answers == h->W &&
	    now - h->round.last > h->o->round_timeout)
		hub_fail(h, "the updates were not summed within %g s",
		    h->o->round_timeout);
}
