#ifndef SV_CALL_H
#define SV_CALL_H

#include "answer.h"
#include "backoff.h"
#include "http.h"
#include "launch.h"
#include "spawn.h"
#include "target.h"
#include "trouble.h"

/*
 * The calls of a job, inside: calls.c sends them, conclude.c draws conclusions
 * from what comes of them.
 */

enum call_state { QUEUED, FLYING, WAITING };

struct call {
	struct calls *calls;
	uint32_t shard;
	uint32_t generation;
	enum call_state state;
	char *body;	/* may hold keys */
	size_t length;
	int forgotten;	/* it is wiped, and not to be sent again */
	uint32_t tries;	/* begun so far */
	double wanted;	/* when we were asked */
	double began;	/* when the first request was sent */
	double sent;	/* when the last one was */
	double due;	/* WAITING: for that time */
	struct http_exchange *x;	/* FLYING */
};

struct calls {
	struct launcher l;
	const struct spawn_options *o;
	const struct sv_problem *problem;
	uint64_t job;
	struct target *target;
	struct http *http;
	struct pace pace;
	struct call **call;	/* in the order in which they were wanted */
	uint32_t n;
	uint32_t room;
	uint32_t flying;
	int stopped;	/* nothing is sent any more */
	int told;	/* what is odd about the hub's address */
	int checked;	/* all invocations fit */
	struct trouble waits;	/* why there are retries */
	struct trouble lost;	/* why workers were not started */
};

/**
 * call_drop(k):
 * Forget a call that has ended.
 */
void call_drop(struct call *k);

/**
 * call_forget(k):
 * It will not be sent again: wipe what has been sent.
 */
void call_forget(struct call *k);

/**
 * call_unstarted(k):
 * The job has ended before the call came through: record that, and forget it.
 */
void call_unstarted(struct call *k);

/**
 * call_drop_waiting(c):
 * The same for all that wait to be sent, for the first time or again; return
 * how many there were.
 */
uint32_t call_drop_waiting(struct calls *c);

/**
 * call_tell(k, ended, record, what):
 * Add an event (launch_tell()).
 */
void call_tell(struct call *k, int ended, json_t *record, const char *what);

/**
 * call_conclude(k, a, o):
 * Act on the outcome ${o} of ${a}: the call has ended and is forgotten, or waits
 * for another try.
 */
void call_conclude(struct call *k, const struct http_answer *a,
    struct outcome *o);

#endif /* !SV_CALL_H */
