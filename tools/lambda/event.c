#include "config.h"

#include "clock.h"
#include "err.h"
#include "invoke.h"

/* s, as AWS waits between tries; all times --retry-scale. */
#define RETRY 60.0	/* after the first try that failed; twice after the second */
#define BACK_OFF 1.0	/* after the first that was throttled; twice each time */
#define BACK_OFF_MAX 300.0

static void
discard(struct call *c, const char *why)
{
	const struct function *f = c->function;

	if (f->l->o->verbose)
		sv_warnx("function %s: event %s is discarded: %s", f->name,
		    c->id, why);
	invoke_free_call(c);
}

static void try(void *ctx);

static void
try_later(struct call *c, double after)
{
	struct lambda *l = c->function->l;

	if (timer_set(l, &c->timer, after * l->o->retry_scale, try, c) == -1)
		discard(c, "out of memory");
}

/* No environment for it now: it goes back into the queue. */
static void
back_off(struct call *c)
{
	double after = BACK_OFF;

	for (unsigned i = 0; i < c->throttled && after < BACK_OFF_MAX; i++)
		after *= 2;
	c->throttled++;
	try_later(c, after < BACK_OFF_MAX ? after : BACK_OFF_MAX);
}

static void
try(void *ctx)
{
	struct call *c = ctx;
	struct function *f = c->function;
	struct config *config;
	enum refusal why;

	/* It may have been updated since. */
	config = f->deleted ? NULL : function_config(f, c->config->version);
	if (config == NULL) {
		discard(c, "its function is deleted");
		return;
	}
	config_ref(config);
	config_unref(c->config);
	c->config = config;
	if (f->reserved == 0) {
		discard(c, "its function has a reserved concurrency of 0");
		return;
	}
	if (sv_clock_mono() - c->created > (double)f->max_age) {
		discard(c, "too old");
		return;
	}
	why = invoke_dispatch(c);
	if (why != CALL_ACCEPTED)
		back_off(c);
}

void
event_begin(struct call *c)
{

	/* From the loop: whoever sent it is answered first. */
	event_later(c, 0);
}

void
event_later(struct call *c, double after)
{

	if (timer_set(c->function->l, &c->timer, after, try, c) == -1)
		discard(c, "out of memory");
}

void
event_done(struct call *c, int failed)
{
	const struct function *f = c->function;

	c->tries++;
	if (!failed || c->extra || f->l->ending) {
		invoke_free_call(c);
		return;
	}
	if (f->deleted || (int64_t)c->tries > f->retries) {
		discard(c, "the function failed");
		return;
	}
	c->throttled = 0;
	try_later(c, RETRY * c->tries);
}
