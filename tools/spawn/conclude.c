#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "clock.h"
#include "err.h"
#include "secret.h"

void
call_forget(struct call *k)
{

	/* libcurl has it as long as the call is under way. */
	sv_secret_wipe(k->body, k->length);
	k->forgotten = 1;
}

void
call_drop(struct call *k)
{
	struct calls *c = k->calls;
	uint32_t i = 0;

	while (c->call[i] != k)
		i++;
	c->n--;
	memmove(c->call + i, c->call + i + 1, (c->n - i) * sizeof(*c->call));
	call_forget(k);
	free(k->body);
	free(k);
}

void
call_tell(struct call *k, int ended, json_t *record, const char *what)
{

	launch_tell(&k->calls->l, k->shard, k->generation, ended, record, what);
}

/* What every last record of a call says; steals nothing. */
static json_t *
last_record(const struct call *k, const char *event, const struct http_answer *a,
    const struct outcome *o)
{
	json_t *r = json_pack("{s:s}", "event", event);

	if (strcmp(event, "exit") == 0) {
		json_object_set_new(r, "status", json_integer(o->verdict !=
		    ANSWER_RESULT));
		json_object_set_new(r, "signal", json_integer(0));
		json_object_set_new(r, "http", json_integer(o->status));
	} else {
		json_object_set_new(r, "status", json_integer(o->status));
	}
	json_object_set_new(r, "tries", json_integer(k->tries));
	if (a->request_id[0] != '\0')
		json_object_set_new(r, "request_id",
		    json_string(a->request_id));
	if (k->tries > 0)
		json_object_set_new(r, "answered_s",
		    json_real(sv_clock_mono() - k->began));
	return (r);
}

/* An exit record; ${why} may be NULL. */
static json_t *
exit_record(const struct call *k, const struct http_answer *a,
    const struct outcome *o, const char *why)
{
	json_t *r = last_record(k, "exit", a, o);

	if (o->error[0] != '\0')
		json_object_set_new(r, "error", json_string(o->error));
	if (why != NULL)
		json_object_set_new(r, "why", json_string(why));
	if (o->fatal)
		json_object_set_new(r, "fatal", json_true());
	json_object_update(r, o->members);
	return (r);
}

void
call_unstarted(struct call *k)
{
	static const char why[] = "not started: the job has ended";

	call_tell(k, 1, json_pack("{s:s, s:i, s:i, s:I, s:s, s:s}", "event",
	    "exit", "status", 1, "signal", 0, "tries", (json_int_t)k->tries,
	    "end", "unstarted", "why", why), "was not started");
	call_drop(k);
}

uint32_t
call_drop_waiting(struct calls *c)
{
	uint32_t dropped = 0;

	for (uint32_t i = c->n; i-- > 0;) {
		if (c->call[i]->state == FLYING)
			continue;
		call_unstarted(c->call[i]);
		dropped++;
	}
	return (dropped);
}

/*
 * It cannot be started.  A job needs all of its workers: those that wait are
 * given up with it, and the hub will end those that run.
 */
static void
give_up(struct call *k, const struct http_answer *a, struct outcome *o)
{
	struct calls *c = k->calls;
	char reason[TROUBLE_WHY], why[2 * SV_WHY], tries[32] = "";
	uint32_t dropped;

	snprintf(reason, sizeof(reason), "%.0d%s%s", o->status,
	    o->status != 0 ? " " : "", o->why);
	if (k->tries > 1)
		snprintf(tries, sizeof(tries), " (%" PRIu32 " tries)", k->tries);
	snprintf(why, sizeof(why), "could not be started: %s%s", reason, tries);
	o->fatal = 1;
	call_tell(k, 1, exit_record(k, a, o, why), why);
	trouble_note(&c->lost, reason, k->tries);
	dropped = k->tries;
	call_drop(k);
	if (c->stopped)
		return;
	c->stopped = 1;
	for (uint32_t i = call_drop_waiting(c); i > 0; i--)
		trouble_note(&c->lost, reason, dropped);
}

/* Not now: wait, and say so once for each reason. */
static void
put_off(struct call *k, const struct http_answer *a, const struct outcome *o)
{
	struct calls *c = k->calls;
	double wait = backoff_wait(k->tries, o->after);
	char reason[TROUBLE_WHY], what[SV_WHY];
	json_t *r;

	snprintf(reason, sizeof(reason), "%.0d%s%s", o->status,
	    o->status != 0 ? " " : "", o->why);
	r = json_pack("{s:s, s:I, s:i, s:s, s:f}", "event", "retry", "try",
	    (json_int_t)k->tries, "status", o->status, "why", o->why, "wait_s",
	    wait);
	if (a->request_id[0] != '\0')
		json_object_set_new(r, "request_id",
		    json_string(a->request_id));
	snprintf(what, sizeof(what), "is tried again in %.1f s: %.*s", wait,
	    (int)SV_WHY - 64, reason);
	k->state = WAITING;
	k->due = sv_clock_mono() + wait;
	if (trouble_note(&c->waits, reason, 0) == 1 && !c->o->quiet &&
	    !c->o->verbose && c->waits.others == 0)
		sv_warnx("%s; trying again, %" PRIu32 " times at most", reason,
		    c->o->tries);
	call_tell(k, 0, r, what);
}

/* It ran, and failed. */
static void
failed(struct call *k, const struct http_answer *a, const struct outcome *o)
{
	char what[SV_WHY], why[SV_WHY];

	snprintf(why, sizeof(why), "%s", o->why[0] != '\0' ? o->why :
	    "no reason given");
	snprintf(what, sizeof(what), "failed: %s%s%.*s", o->error,
	    o->error[0] != '\0' ? ": " : "", (int)SV_WHY - 100, why);
	call_tell(k, 1, exit_record(k, a, o, why), what);
}

void
call_conclude(struct call *k, const struct http_answer *a, struct outcome *o)
{
	struct calls *c = k->calls;
	char what[SV_WHY];
	json_t *r;

	/*
	 * Its worker was there: it was started, and may live on, whatever a
	 * gateway says that has lost patience.  A function's own error is its end.
	 */
	if (k->forgotten) {
		o->fatal = 0;
		if (o->verdict == ANSWER_RETRY || o->verdict == ANSWER_REFUSED)
			o->verdict = ANSWER_NONE;
	}
	switch (o->verdict) {
	case ANSWER_RESULT:
		call_tell(k, 1, exit_record(k, a, o, NULL), "has ended in order");
		break;
	case ANSWER_FAILED:
		failed(k, a, o);
		break;
	case ANSWER_ACCEPTED:
		call_tell(k, 1, last_record(k, "accepted", a, o), "was accepted");
		break;
	case ANSWER_NONE:
		r = last_record(k, "unanswered", a, o);
		json_object_set_new(r, "why", json_string(o->why));
		snprintf(what, sizeof(what), "was asked for, and there was no "
		    "answer: %.*s", (int)SV_WHY - 60, o->why);
		call_tell(k, 1, r, what);
		break;
	case ANSWER_RETRY:
		if (k->tries < c->o->tries && !c->stopped) {
			put_off(k, a, o);
			return;
		}
		if (c->lost.kinds > 0 || !c->stopped) {
			give_up(k, a, o);
			return;
		}
		call_unstarted(k);
		return;
	case ANSWER_REFUSED:
		give_up(k, a, o);
		return;
	}
	call_drop(k);
}
