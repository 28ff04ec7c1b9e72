#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "clock.h"
#include "env.h"
#include "err.h"

#define DUTY 0.1	/* s of running and standing, where CPU has no limit */

/* It happens: count it, and tell those who want to know all. */
static void hit(const struct env *env, enum fault kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
hit(const struct env *env, enum fault kind, const char *fmt, ...)
{
	char text[96];
	va_list ap;

	env->l->faults->counts[kind]++;
	if (!env->l->o->verbose)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sv_warnx("fault: function %s, environment %" PRIu64 ": %s",
	    env->function->name, env->n, text);
}

/* Nobody who is ending already, or begun anew, has a fault more. */
static int
out_of_reach(const struct env *env)
{

	return (env->state == ENV_ENDING || env->again || env->pid == 0);
}

double
fault_env_new(struct env *env)
{
	const struct faults *f = env->l->faults;
	struct env_faults *e = &env->faults;
	double late;

	e->slow = 1;
	if (f->o == NULL)
		return (0);
	e->crash = fault_crash(f, env->n, &e->crash_after);
	e->kill_left = fault_kill_after(f, env->n);
	e->freeze_left = fault_freeze_after(f, env->n, 0);
	if ((e->slow = fault_slow(f, env->n)) > 1)
		hit(env, FAULT_SLOW, "slow, by a factor of %g", e->slow);
	if ((late = fault_late(f, env->n)) > 0)
		hit(env, FAULT_LATE, "%g s late", late);
	return (late);
}

/* Its crash is now. */
static int
crash(struct env *env, const char *when)
{

	env->faults.crash = FAULT_NO_CRASH;
	hit(env, FAULT_CRASH, "crashes %s", when);
	env_end(env, 1);
	return (1);
}

int
fault_env_started(struct env *env)
{

	return (env->faults.crash == FAULT_CRASH_START &&
	    crash(env, "at its start"));
}

int
fault_env_asked(struct env *env)
{

	return (env->faults.crash == FAULT_CRASH_NEXT &&
	    !out_of_reach(env) && crash(env, "at its first next"));
}

static void
on_kill(void *ctx)
{
	struct env *env = ctx;

	if (out_of_reach(env))
		return;
	if (env->faults.crash == FAULT_CRASH_EVENT && env->handed) {
		(void)crash(env, "in its first call");
		return;
	}
	hit(env, FAULT_KILL, "killed");
	env_end(env, 1);
}

void
fault_env_handed(struct env *env)
{
	struct env_faults *e = &env->faults;

	if (e->crash != FAULT_CRASH_EVENT)
		return;
	/* Whatever was to kill it later. */
	if (timer_set(env->l, &e->kill, e->crash_after, on_kill, env) == -1)
		e->crash = FAULT_NO_CRASH;
}

static void on_freeze(void *ctx);

/* Until the next freeze, if time counts. */
static void
set_freeze(struct env *env)
{
	struct env_faults *e = &env->faults;

	if (e->runs && e->freeze_left < HUGE_VAL)
		(void)timer_set(env->l, &e->freeze, e->freeze_left, on_freeze,
		    env);
}

static void
on_thaw(void *ctx)
{
	struct env *env = ctx;
	struct env_faults *e = &env->faults;

	if (env->state == ENV_ENDING)
		return;
	env_go(env, STOP_FAULT);
	e->freeze_left = fault_freeze_after(env->l->faults, env->n,
	    ++e->freezes);
	set_freeze(env);
}

static void
on_freeze(void *ctx)
{
	struct env *env = ctx;
	double seconds = env->l->o->faults->freeze_s;

	if (out_of_reach(env))
		return;
	if (timer_set(env->l, &env->faults.freeze, seconds, on_thaw, env) == -1)
		return;
	hit(env, FAULT_FREEZE, "frozen for %g s", seconds);
	env_stop(env, STOP_FAULT);
}

/* Where nothing limits its CPU: it runs for DUTY / slow of each DUTY s. */
static void
on_duty(void *ctx)
{
	struct env *env = ctx;
	double share = 1 / env->faults.slow;

	if (out_of_reach(env))
		return;
	if (env->stops & STOP_SLOW)
		env_go(env, STOP_SLOW);
	else {
		env_stop(env, STOP_SLOW);
		share = 1 - share;
	}
	(void)timer_set(env->l, &env->faults.duty, DUTY * share, on_duty, env);
}

void
fault_env_run(struct env *env)
{
	struct env_faults *e = &env->faults;

	if (env->l->faults->o == NULL || e->runs)
		return;
	e->runs = 1;
	if (e->kill_left < HUGE_VAL)
		(void)timer_set(env->l, &e->kill, e->kill_left, on_kill, env);
	if (!(env->stops & STOP_FAULT))
		set_freeze(env);
	if (e->slow > 1 && !cgroup_has_cpu(env->cgroup))
		(void)timer_set(env->l, &e->duty, DUTY / e->slow, on_duty, env);
}

/* Stop the timer; ${*after} is what was left of it. */
static void
halt(struct env *env, struct timer *t, double *after)
{

	if (t->place == 0)
		return;
	*after = t->at - sv_clock_mono();
	timer_stop(env->l, t);
}

void
fault_env_rest(struct env *env)
{
	struct env_faults *e = &env->faults;

	e->runs = 0;
	halt(env, &e->kill, &e->kill_left);
	timer_stop(env->l, &e->duty);
	/* The end of a freeze comes also meanwhile. */
	if (!(env->stops & STOP_FAULT))
		halt(env, &e->freeze, &e->freeze_left);
}
