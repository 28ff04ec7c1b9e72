#ifndef INVOKE_H
#define INVOKE_H

#include "lambda.h"

/*
 * What invoke.c (calls and who gets which environment), event.c (asynchronous
 * calls) and limits.c (who may) share.
 */

/* A bucket that fills by itself: so many now, so many a second later on. */
struct bucket {
	double level;
	double at;	/* sv_clock_mono(), when it was that full; 0: full */
};

struct idle {
	struct env *env;
	double since;
};

struct invoke_state {	/* of a function */
	struct env **envs;	/* all that are not gone */
	struct idle *idle;	/* of them; the longest idle first */
	size_t nenvs, nidle, room;	/* the same room in both */
	struct call *calls;	/* all */
	uint32_t running;	/* of them, those that an environment has */
	struct bucket rate[2];	/* by type of call */
	struct bucket burst;	/* of new environments */
	struct timer reap;
	struct timer gone;
};

/**
 * invoke_dispatch(c):
 * Have an environment run the call, if limits allow it now.
 */
enum refusal invoke_dispatch(struct call *c);

/**
 * invoke_free_call(c):
 * Forget the call, which no environment has.
 */
void invoke_free_call(struct call *c);

/**
 * event_begin(c):
 * Run an asynchronous call, when that is possible.
 */
void event_begin(struct call *c);

/**
 * event_later(c, after):
 * Likewise in ${after} seconds.
 */
void event_later(struct call *c, double after);

/**
 * event_done(c, failed):
 * It has run: it is freed, or tried again later.
 */
void event_done(struct call *c, int failed);

/**
 * limits_admit(f, type):
 * May one more call of the function run now?  If so, it counts in its rate.
 */
enum refusal limits_admit(struct function *f, enum call_type type);

/**
 * limits_grow(f):
 * Likewise, one more environment.
 */
enum refusal limits_grow(struct function *f);

/**
 * limits_take(b, room, rate):
 * Take one from a bucket that has ${room} and gets ${rate} a second: 1, or 0
 * if there is none.
 */
int limits_take(struct bucket *b, double room, double rate);

#endif /* !INVOKE_H */
