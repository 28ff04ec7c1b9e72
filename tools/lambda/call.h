#ifndef CALL_H
#define CALL_H

#include "lambda.h"

/*
 * Calls: what invoke.c makes of them, and what an environment's end means for
 * it.  A part of lambda.h, which includes it.
 */

enum call_type { CALL_SYNC, CALL_EVENT };

/* What a call came to. */
struct result {
	int failed;	/* the function did: X-Amz-Function-Error */
	const void *body;	/* its answer, or the error object */
	size_t length;
	const char *content_type;	/* of the answer, or NULL */
	const char *log;	/* last 4 KB of what it printed; "" */
	size_t log_length;
	const char *version;	/* executed */
};

/* Refused before it began. */
enum refusal {
	CALL_ACCEPTED = 0,
	CALL_TOO_LARGE,	/* 413 */
	CALL_THROTTLED_RESERVED,	/* 429 ReservedFunctionConcurrent... */
	CALL_THROTTLED_ACCOUNT,	/* 429 ConcurrentInvocationLimitExceeded */
	CALL_THROTTLED_RATE,	/* 429 FunctionInvocationRateLimitExceeded */
	CALL_THROTTLED_RESERVED_RATE,	/* 429 ReservedFunctionInvocation... */
	CALL_PENDING,	/* 409: the function is not active yet */
	CALL_ENDING,	/* 500: nothing begins any more */
	CALL_NO_MEMORY
};

/* One invocation, from its request to its answer; may be tried repeatedly. */
struct call {
	struct function *function;
	struct config *config;	/* a reference */
	enum call_type type;
	char id[LAMBDA_ID];	/* the request id */
	char arn[256];	/* as invoked, with its qualifier if one was used */
	uint8_t *payload;	/* owned */
	size_t length;
	char *client_context;	/* decoded JSON, or NULL; owned */
	struct env *env;	/* while one has it */
	/* invoke.c's: */
	struct call *next, *previous;
	int running;	/* an environment has it */
	int extra;	/* a second delivery: its answer is of no interest */
	unsigned tries;
	unsigned throttled;	/* tries that were, since the last one */
	double created;	/* sv_clock_mono() */
	struct timer timer;
	void (*done)(void *ctx, const char *id, const struct result *r);
	void *ctx;
};

/**
 * invoke_call(f, config, type, arn, payload, length, context, id, done, ctx):
 * Begin a call.  ${payload} and ${context} are copied; an empty payload becomes
 * {}.  ${id} is set to its request id.  ${done} is called once for CALL_SYNC if
 * CALL_ACCEPTED is returned, never otherwise, and never from within.
 */
enum refusal invoke_call(struct function *f, struct config *config,
    enum call_type type, const char *arn, const void *payload, size_t length,
    const char *context, char id[LAMBDA_ID],
    void (*done)(void *ctx, const char *id, const struct result *r), void *ctx);

/**
 * invoke_reply_refusal(r, why):
 * The reply of the Invoke API to a refused call.
 */
void invoke_reply_refusal(struct request *r, enum refusal why);

/**
 * invoke_forget(f):
 * The function is deleted or updated: idle environments of configurations
 * other than the present ones end now, busy ones when they have answered.
 */
void invoke_forget(struct function *f);

/**
 * invoke_free(f):
 * Free what invoke.c keeps of the function; part of freeing it.
 */
void invoke_free(struct function *f);

/* Called by env.c.  The env may be given another call or be ended from within. */

/**
 * invoke_done(c, r):
 * The environment has the call's answer; it has let go of it before.
 */
void invoke_done(struct call *c, const struct result *r);

/**
 * invoke_env_idle(env):
 * It is ready for another call.
 */
void invoke_env_idle(struct env *env);

/**
 * invoke_env_gone(env):
 * It has ended and is about to be freed; it holds no call any more.
 */
void invoke_env_gone(struct env *env);

/**
 * invoke_end(l, now):
 * End everything: nothing new begins, every environment ends, as in env_end().
 */
void invoke_end(struct lambda *l, int now);

#endif /* !CALL_H */
