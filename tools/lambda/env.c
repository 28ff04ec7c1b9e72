#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "env.h"
#include "err.h"

/*
 * How long the answer waits for the runtime to ask for the next event, s: only
 * then is it known what the call has taken, and printed.
 */
#define SETTLE 0.1

/* Reply to the runtime's next with what it is to do. */
void
env_hand(struct env *env, struct request *r)
{
	const struct call *c = env->call;
	char deadline[24];
	struct http_field fields[8];
	size_t n = 0;

	snprintf(deadline, sizeof(deadline), "%" PRId64, env->deadline_ms);
	fields[n++] = (struct http_field){ "Content-Type", "application/json" };
	fields[n++] = (struct http_field){ "Lambda-Runtime-Aws-Request-Id",
	    env->id };
	fields[n++] = (struct http_field){ "Lambda-Runtime-Deadline-Ms",
	    deadline };
	fields[n++] = (struct http_field){
	    "Lambda-Runtime-Invoked-Function-Arn", c->arn };
	fields[n++] = (struct http_field){ "Lambda-Runtime-Trace-Id",
	    env->trace };
	if (c->client_context != NULL)
		fields[n++] = (struct http_field){
		    "Lambda-Runtime-Client-Context", c->client_context };
	fields[n] = (struct http_field){ NULL, NULL };
	http_reply(r, 200, fields, c->payload, c->length);
}

/* s that a call may take. */
static double
time_limit(const struct env *env)
{
	double all = env->l->o->timeout;

	return (all > 0 ? all : (double)env->config->timeout);
}

/* Over its time limit: what has not answered fails. */
static void
overtime(void *ctx)
{
	struct env *env = ctx;
	char text[64];

	if (env->answered) {
		env_end(env, 0);
		return;
	}
	snprintf(text, sizeof(text), "Task timed out after %.2f seconds",
	    time_limit(env));
	env_fail(env, "Sandbox.Timedout", text);
}

void
env_begin(struct env *env)
{
	double limit = time_limit(env);

	if (env->at > 0)
		return;
	env->at = sv_clock_mono();
	env->deadline_ms = sv_clock_real_ns() / 1000000 +
	    (int64_t)(limit * 1e3);
	if (timer_set(env->l, &env->life, limit, overtime, env) == -1)
		env_end(env, 1);
}

/* All of it has asked for work, and there is some. */
static void
hand_over(struct env *env)
{
	struct request *r = env->waiting;

	log_begin(env);
	env_begin(env);
	if (env->state == ENV_ENDING)
		return;
	env->state = ENV_BUSY;
	env->handed = 1;
	env->waiting = NULL;
	env_hand(env, r);
	extension_event(env);
	fault_env_handed(env);
}

/* Nothing to do: freeze it. */
static void
rest(struct env *env)
{

	timer_stop(env->l, &env->life);
	fault_env_rest(env);
	env_stop(env, STOP_IDLE);
	env->state = ENV_IDLE;
	invoke_env_idle(env);
}

void
env_advance(struct env *env)
{

	if (env->waiting == NULL)
		return;
	for (unsigned i = 0; i < env->nextensions; i++)
		if (env->extensions[i].waiting == NULL)
			return;
	switch (env->state) {
	case ENV_INIT:
		/* An init in a call is part of the call, and counts there. */
		if (env->at == 0) {
			timer_stop(env->l, &env->life);
			env->init = sv_clock_mono() - env->started;
		}
		if (env->call != NULL)
			hand_over(env);
		else
			rest(env);
		break;
	case ENV_SETTLING:
		env_finish(env);
		if (env->state == ENV_SETTLING)
			rest(env);
		break;
	case ENV_IDLE:
	case ENV_BUSY:
	case ENV_ENDING:
		break;
	}
}

static void
settled(void *ctx)
{

	env_finish(ctx);
}

void
env_answer(struct env *env, int failed, const char *type, const void *body,
    size_t length)
{

	free(env->answer);
	free(env->content_type);
	env->content_type = type == NULL ? NULL : strdup(type);
	if ((env->answer = malloc(length + 1)) == NULL) {
		sv_warnx("function %s: out of memory", env->function->name);
		failed = 1;
		length = 0;
	} else
		memcpy(env->answer, body, length);
	env->length = length;
	env->failed = failed;
	env->answered = 1;
	if (env->state == ENV_BUSY) {
		env->state = ENV_SETTLING;
		if (timer_set(env->l, &env->settle, SETTLE, settled, env) == -1)
			env_finish(env);
	}
}

void
env_finish(struct env *env)
{
	struct call *c = env->call;
	struct result r = { 0 };
	char tail[ENV_TAIL];
	double duration, limit = time_limit(env);

	timer_stop(env->l, &env->settle);
	if (c == NULL)
		return;
	log_read(env, 1);
	env_measure(env);
	duration = env->at > 0 ? sv_clock_mono() - env->at : 0;
	log_begin(env);
	log_end(env, duration < limit ? duration : limit, env->init);
	env->init = -1;
	env->call = NULL;
	c->env = NULL;
	r.failed = env->failed;
	r.body = env->answer == NULL ? (const void *)"" : env->answer;
	r.length = env->length;
	r.content_type = env->content_type;
	r.log = tail;
	r.log_length = log_tail(env, tail);
	r.version = env->config->version;
	invoke_done(c, &r);
	free(env->answer);
	env->answer = NULL;
}

void
env_give(struct env *env, struct call *c)
{
	char id[LAMBDA_ID], parent[LAMBDA_ID];

	env->call = c;
	c->env = env;
	memcpy(env->id, c->id, sizeof(env->id));
	lambda_uuid(id);
	lambda_uuid(parent);
	/* 1-8 hex digits of the time-24 others; 16 digits of the caller. */
	snprintf(env->trace, sizeof(env->trace), "Root=1-%08" PRIx32 "-%.8s"
	    "%.4s%.12s;Parent=%.4s%.12s;Sampled=0",
	    (uint32_t)(sv_clock_real_ns() / 1000000000), id, id + 9, id + 24,
	    parent + 9, parent + 24);
	env->handed = env->begun = env->answered = env->failed = 0;
	env->at = 0;
	env->tail.total = 0;
	if (env->state == ENV_IDLE) {
		env_go(env, STOP_IDLE);
		fault_env_run(env);
		hand_over(env);
	}
}

enum env_state
env_state(const struct env *env)
{

	return (env->state);
}

struct function *
env_function(const struct env *env)
{

	return (env->function);
}

struct config *
env_config(const struct env *env)
{

	return (env->config);
}

size_t
env_count(const struct lambda *l)
{
	size_t n = 0;

	for (const struct env *e = l->envs; e != NULL; e = e->next)
		n++;
	return (n);
}
