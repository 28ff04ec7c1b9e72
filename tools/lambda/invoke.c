#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"
#include "invoke.h"
#include "rng.h"

#define FAIL_WITHIN 1.0	/* s of a call in which --fail-rate strikes */

static struct invoke_state *
state_of(struct function *f)
{

	if (f->calls == NULL)
		f->calls = calloc(1, sizeof(*f->calls));
	return (f->calls);
}

static int
grow(struct invoke_state *s)
{
	size_t room = s->room == 0 ? 8 : 2 * s->room;
	struct env **envs;
	struct idle *idle;

	if (s->nenvs < s->room)
		return (0);
	if ((envs = realloc(s->envs, room * sizeof(*envs))) == NULL)
		return (-1);
	s->envs = envs;
	if ((idle = realloc(s->idle, room * sizeof(*idle))) == NULL)
		return (-1);
	s->idle = idle;
	s->room = room;
	return (0);
}

/* Does anybody still want calls to run with it? */
static int
is_present(const struct function *f, const struct config *c)
{

	if (f->deleted)
		return (0);
	if (c == f->latest)
		return (1);
	for (size_t i = 0; i < f->nversions; i++)
		if (c == f->versions[i])
			return (1);
	return (0);
}

static void
take_idle(struct invoke_state *s, size_t i)
{

	memmove(s->idle + i, s->idle + i + 1,
	    (--s->nidle - i) * sizeof(*s->idle));
}

static void
forget_idle(struct invoke_state *s, const struct env *env)
{

	for (size_t i = s->nidle; i-- > 0;)
		if (s->idle[i].env == env)
			take_idle(s, i);
}

/* The environment of ${c} that was busy last, which is what AWS prefers. */
static struct env *
find_idle(struct invoke_state *s, const struct config *c)
{
	struct env *env;

	for (size_t i = s->nidle; i-- > 0;) {
		env = s->idle[i].env;
		if (env_config(env) != c || env_state(env) != ENV_IDLE)
			continue;
		take_idle(s, i);
		return (env);
	}
	return (NULL);
}

static void
set_reaper(struct function *f);

/* End those that have been idle for too long. */
static void
on_reap(void *ctx)
{
	struct function *f = ctx;
	struct invoke_state *s = f->calls;
	double now = sv_clock_mono();
	struct env *env;

	while (s->nidle > 0 && now - s->idle[0].since >= f->l->o->keep) {
		env = s->idle[0].env;
		take_idle(s, 0);
		env_end(env, 0);
	}
	set_reaper(f);
}

static void
set_reaper(struct function *f)
{
	struct invoke_state *s = f->calls;

	if (s->nidle == 0 || s->reap.place != 0)
		return;
	(void)timer_set(f->l, &s->reap, s->idle[0].since + f->l->o->keep -
	    sv_clock_mono(), on_reap, f);
}

static void
on_gone(void *ctx)
{

	function_gone(ctx);
}

/* A deleted function goes when nothing of it is left, in the next turn. */
static void
check_gone(struct function *f)
{
	struct invoke_state *s = f->calls;

	if (f->deleted && !f->l->ending && s->nenvs == 0 && s->calls == NULL)
		(void)timer_set(f->l, &s->gone, 0, on_gone, f);
}

/* --fail-rate: its environment is hit. */
static void
on_strike(void *ctx)
{
	struct call *c = ctx;

	if (c->env != NULL)
		env_end(c->env, 1);
}

/* A number in [0, 1) from 64 random bits. */
static double
unit(uint64_t word)
{

	return ((double)(word >> 11) * 0x1p-53);
}

/* Will this call fail, and when?  Depends on the seed and its number only. */
static void
draw_failure(struct call *c)
{
	struct lambda *l = c->function->l;
	uint64_t words[SV_RNG_WORDS];

	if (l->o->fail_rate <= 0)
		return;
	sv_rng_blocks(l->rng, l->ncall++, 1, words);
	if (unit(words[0]) < l->o->fail_rate)
		(void)timer_set(l, &c->timer, FAIL_WITHIN * unit(words[1]),
		    on_strike, c);
}

/* A new environment for the call, if there may be one more. */
static enum refusal
new_env(struct call *c, struct env **env)
{
	struct function *f = c->function;
	enum refusal why;

	if ((why = limits_grow(f)) != CALL_ACCEPTED)
		return (why);
	if (grow(f->calls) == -1 ||
	    (*env = env_new(f, c->config)) == NULL)
		return (CALL_NO_MEMORY);
	f->calls->envs[f->calls->nenvs++] = *env;
	return (CALL_ACCEPTED);
}

enum refusal
invoke_dispatch(struct call *c)
{
	struct function *f = c->function;
	struct env *env;
	enum refusal why;

	if ((why = limits_admit(f, c->type)) != CALL_ACCEPTED)
		return (why);
	env = find_idle(f->calls, c->config);
	if (env == NULL && (why = new_env(c, &env)) != CALL_ACCEPTED)
		return (why);
	f->calls->running++;
	f->l->running++;
	c->running = 1;
	if (c->extra)
		fault_called(c);
	draw_failure(c);
	env_give(env, c);
	return (CALL_ACCEPTED);
}

void
invoke_free_call(struct call *c)
{
	struct function *f = c->function;

	timer_stop(f->l, &c->timer);
	if (c->next != NULL)
		c->next->previous = c->previous;
	if (c->previous != NULL)
		c->previous->next = c->next;
	else
		f->calls->calls = c->next;
	config_unref(c->config);
	free(c->payload);
	free(c->client_context);
	free(c);
	check_gone(f);
}

/* A call in the function's list; NULL if memory is out. */
static struct call *
new_call(struct function *f, struct config *config, const void *payload,
    size_t length, const char *context)
{
	struct call *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	if (length == 0) {
		payload = "{}";
		length = 2;
	}
	c->payload = malloc(length);
	c->client_context = context != NULL ? strdup(context) : NULL;
	if (c->payload == NULL || (context != NULL &&
	    c->client_context == NULL)) {
		free(c->payload);
		free(c->client_context);
		free(c);
		return (NULL);
	}
	memcpy(c->payload, payload, length);
	c->length = length;
	c->function = f;
	c->config = config_ref(config);
	c->created = sv_clock_mono();
	lambda_uuid(c->id);
	c->next = f->calls->calls;
	if (c->next != NULL)
		c->next->previous = c;
	f->calls->calls = c;
	return (c);
}

/*
 * --fault-duplicate: a second delivery of the call, as an event, ${*after} s
 * from now; or NULL.
 */
static struct call *
duplicate(const struct call *c, double *after)
{
	struct function *f = c->function;
	struct call *d;

	if (!fault_call(f->l, after))
		return (NULL);
	d = new_call(f, c->config, c->payload, c->length, c->client_context);
	if (d == NULL)
		return (NULL);
	d->type = CALL_EVENT;
	d->extra = 1;
	memcpy(d->id, c->id, sizeof(d->id));
	memcpy(d->arn, c->arn, sizeof(d->arn));
	return (d);
}

enum refusal
invoke_call(struct function *f, struct config *config, enum call_type type,
    const char *arn, const void *payload, size_t length, const char *context,
    char id[LAMBDA_ID], void (*done)(void *ctx, const char *id,
    const struct result *r), void *ctx)
{
	enum refusal why = CALL_ACCEPTED;
	struct call *c, *again;
	double after;

	if (f->l->ending)
		return (CALL_ENDING);
	if (length > (type == CALL_EVENT ? LAMBDA_ASYNC_MAX : LAMBDA_SYNC_MAX))
		return (CALL_TOO_LARGE);
	if (f->state == FUNCTION_PENDING)
		return (CALL_PENDING);
	if (state_of(f) == NULL ||
	    (c = new_call(f, config, payload, length, context)) == NULL)
		return (CALL_NO_MEMORY);
	c->type = type;
	c->done = done;
	c->ctx = ctx;
	snprintf(c->arn, sizeof(c->arn), "%s", arn);
	memcpy(id, c->id, sizeof(c->id));
	again = duplicate(c, &after);
	if (type == CALL_EVENT)
		event_begin(c);
	else if ((why = invoke_dispatch(c)) != CALL_ACCEPTED)
		invoke_free_call(c);
	if (again != NULL && why == CALL_ACCEPTED)
		event_later(again, after);
	else if (again != NULL)
		invoke_free_call(again);
	return (why);
}

void
invoke_done(struct call *c, const struct result *r)
{
	struct function *f = c->function;

	timer_stop(f->l, &c->timer);
	c->running = 0;
	f->calls->running--;
	f->l->running--;
	if (c->type == CALL_EVENT) {
		event_done(c, r->failed);
		return;
	}
	c->done(c->ctx, c->id, r);
	invoke_free_call(c);
}

void
invoke_env_idle(struct env *env)
{
	struct function *f = env_function(env);
	struct invoke_state *s = f->calls;

	if (f->l->ending || !is_present(f, env_config(env))) {
		env_end(env, 0);
		return;
	}
	forget_idle(s, env);
	s->idle[s->nidle++] = (struct idle){ env, sv_clock_mono() };
	set_reaper(f);
}

void
invoke_env_gone(struct env *env)
{
	struct function *f = env_function(env);
	struct invoke_state *s = f->calls;

	forget_idle(s, env);
	for (size_t i = 0; i < s->nenvs; i++)
		if (s->envs[i] == env)
			s->envs[i--] = s->envs[--s->nenvs];
	check_gone(f);
}

/* Drop the asynchronous calls that no environment has. */
static void
drop_waiting(struct function *f)
{
	struct call *c, *next;

	for (c = f->calls->calls; c != NULL; c = next) {
		next = c->next;
		if (!c->running)
			invoke_free_call(c);
	}
}

void
invoke_forget(struct function *f)
{
	struct invoke_state *s = state_of(f);
	struct env *env;

	if (s == NULL)
		return;
	for (size_t i = s->nidle; i-- > 0;) {
		env = s->idle[i].env;
		if (is_present(f, env_config(env)))
			continue;
		take_idle(s, i);
		env_end(env, 0);
	}
	if (f->deleted)
		drop_waiting(f);
	check_gone(f);
}

void
invoke_end(struct lambda *l, int now)
{
	struct invoke_state *s;

	for (struct function *f = l->functions; f != NULL; f = f->next) {
		if ((s = f->calls) == NULL)
			continue;
		drop_waiting(f);
		s->nidle = 0;
		for (size_t i = s->nenvs; i-- > 0;)
			env_end(s->envs[i], now);
	}
}

void
invoke_free(struct function *f)
{
	struct invoke_state *s = f->calls;

	if (s == NULL)
		return;
	while (s->calls != NULL)
		invoke_free_call(s->calls);
	timer_stop(f->l, &s->reap);
	timer_stop(f->l, &s->gone);
	free(s->envs);
	free(s->idle);
	free(s);
	f->calls = NULL;
}
