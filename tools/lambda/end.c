#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "env.h"
#include "err.h"
#include "function.h"

#define GRACE 0.5	/* s from SIGTERM to SIGKILL */
#define AGAIN 0.5	/* s from a SIGKILL to the next, if need be */
#define STEP 0.005	/* s between two looks at what is left */
#define STEPS 1000u
#define ROUNDS 8u	/* of stopping all in a cgroup */
#define MEMBERS 1024u	/* as many as a real one may have */

/* The processes of the environment; their number. */
static size_t
members(const struct env *env, pid_t pids[MEMBERS])
{
	char mark[64];

	if (env->cgroup != NULL)
		return (cgroup_members(env->cgroup, pids, MEMBERS));
	/* All of /proc for each of many: the loop kills what is left at the end. */
	if (env->l->ending)
		return (0);
	snprintf(mark, sizeof(mark), "AWS_LAMBDA_RUNTIME_API=127.0.0.1:%"
	    PRIu16, env->port);
	return (sandbox_members(mark, env->pid, pids, MEMBERS));
}

void
env_measure(struct env *env)
{
	pid_t pids[MEMBERS];
	uint64_t peak;
	size_t n = 1;

	if (env->pid == 0)
		return;
	/* Without a cgroup it would take too long to find all. */
	pids[0] = env->pid;
	if (env->cgroup != NULL)
		n = members(env, pids);
	peak = sandbox_peak(pids, n);
	if (peak > env->peak)
		env->peak = peak;
}

void
env_kill(struct env *env)
{
	pid_t pids[MEMBERS];
	size_t n;

	env->stops = 0;
	if (env->cgroup == NULL || cgroup_kill(env->cgroup) == -1) {
		n = members(env, pids);
		for (size_t i = 0; i < n; i++)
			kill(pids[i], SIGKILL);
	}
	/* Also if there was no descriptor left to find them with. */
	if (env->pid > 0)
		kill(-env->pid, SIGKILL);
}

/* Stop all its processes, or let them go on. */
static void
freeze(struct env *env, int frozen)
{
	int sig = frozen ? SIGSTOP : SIGCONT;
	pid_t pids[MEMBERS];
	size_t n = 0, before;

	if (env->cgroup != NULL && cgroup_freeze(env->cgroup, frozen) == 0)
		return;
	kill(-env->pid, sig);
	/* Without a cgroup those that have left the process group go on. */
	if (env->cgroup == NULL)
		return;
	/* One that is stopped starts no other: soon there is no new one. */
	for (unsigned i = 0; i < ROUNDS; i++) {
		before = n;
		n = members(env, pids);
		for (size_t k = 0; k < n; k++)
			kill(pids[k], sig);
		if (n == before)
			break;
	}
}

void
env_stop(struct env *env, unsigned why)
{

	if (env->pid == 0)
		return;
	if (env->stops == 0)
		freeze(env, 1);
	env->stops |= why;
}

void
env_go(struct env *env, unsigned why)
{

	if (env->pid == 0 || (env->stops & why) == 0)
		return;
	env->stops &= ~why;
	if (env->stops == 0)
		freeze(env, 0);
}

void
env_forget(struct env *env)
{
	struct request *r;

	if ((r = env->waiting) != NULL) {
		env->waiting = NULL;
		runtime_error(r, 500, "Container", "The environment ends.");
	}
	for (unsigned i = 0; i < env->nextensions; i++)
		if ((r = env->extensions[i].waiting) != NULL) {
			env->extensions[i].waiting = NULL;
			runtime_error(r, 500, "Container",
			    "The environment ends.");
		}
	env->nextensions = 0;
	env->asked = 0;
}

void
env_release(struct env *env)
{
	char path[512];

	timer_stop(env->l, &env->life);
	timer_stop(env->l, &env->death);
	timer_stop(env->l, &env->settle);
	fault_env_rest(env);
	timer_stop(env->l, &env->faults.freeze);
	if (env->output != -1) {
		loop_forget(env->l, env->output);
		close(env->output);
	}
	if (env->listening != -1)
		http_unlisten(env->l, env, env->listening);
	cgroup_free(env->l, env->cgroup);
	if (env->l->o->chroot) {
		snprintf(path, sizeof(path), "%s/env/%" PRIu64, env->l->dir,
		    env->n);
		if (tree_remove(path) == -1 && errno != ENOENT)
			sv_warn("%s", path);
	}
	config_unref(env->config);
	free(env->root);
	free(env->answer);
	free(env->content_type);
	free(env);
}

/* Nothing of it runs any more. */
static void
gone(struct env *env)
{

	log_read(env, 1);
	if (env->previous != NULL)
		env->previous->next = env->next;
	else
		env->l->envs = env->next;
	if (env->next != NULL)
		env->next->previous = env->previous;
	invoke_env_gone(env);
	env_release(env);
}

/*
 * The process has ended: wait for whatever it has left behind to end as well,
 * then free the environment, or start the process again.
 */
static void
bury(void *ctx)
{
	struct env *env = ctx;
	pid_t pids[MEMBERS];
	size_t n;

	n = members(env, pids);
	if (n > 0 && env->burials++ < STEPS) {
		env_kill(env);
		if (timer_set(env->l, &env->death, STEP, bury, env) == 0)
			return;
	}
	if (n > 0)
		sv_warnx("function %s: process %ld cannot be ended",
		    env->function->name, (long)pids[0]);
	if (env->state == ENV_ENDING) {
		gone(env);
		return;
	}
	env->again = 0;
	log_read(env, 1);
	loop_forget(env->l, env->output);
	close(env->output);
	env->output = -1;
	env_start(env);
}

/* Likewise, from the next turn of the loop on. */
static void
bury_soon(struct env *env)
{

	env->burials = 0;
	timer_stop(env->l, &env->life);
	if (timer_set(env->l, &env->death, 0, bury, env) == -1)
		sv_warnx("function %s: out of memory", env->function->name);
}

/* No patience (any more): until its process is gone. */
static void
enough(void *ctx)
{
	struct env *env = ctx;

	env_kill(env);
	/* Without descriptors it may have stayed frozen. */
	(void)timer_set(env->l, &env->death, AGAIN, enough, env);
}

/* It is ENV_ENDING: let its processes know, gently or not. */
static void
conclude(struct env *env, int now)
{

	timer_stop(env->l, &env->life);
	timer_stop(env->l, &env->settle);
	fault_env_rest(env);
	if (env->pid == 0) {
		bury_soon(env);
		return;
	}
	if (!now && env->nextensions > 0) {
		env_go(env, STOP_ALL);
		kill(-env->pid, SIGTERM);
		if (timer_set(env->l, &env->death, GRACE, enough, env) == 0)
			return;
	}
	enough(env);
}

/* The call, if there is one, fails with ${body}; everything ends. */
static void
fail_with(struct env *env, const char *said, const void *body, size_t length,
    int now)
{

	timer_stop(env->l, &env->life);
	env->state = ENV_ENDING;
	if (env->call != NULL) {
		if (env->at <= 0)
			env->at = env->started > 0 ? env->started :
			    sv_clock_mono();
		log_begin(env);
		log_read(env, 1);
		if (said != NULL)
			log_say(env, said);
		env_answer(env, 1, "application/json", body, length);
		env_finish(env);
	}
	conclude(env, now);
}

void
env_fail(struct env *env, const char *type, const char *message)
{
	char text[512], body[1024], line[640], now[32];
	json_t *o;
	size_t n = 0;

	snprintf(text, sizeof(text), "RequestId: %s Error: %s", env->id,
	    message);
	o = json_pack("{s:s, s:s}", "errorType", type, "errorMessage", text);
	if (o != NULL)
		n = json_dumpb(o, body, sizeof(body), JSON_COMPACT);
	json_decref(o);
	if (n > sizeof(body))
		n = 0;
	if (strcmp(type, "Sandbox.Timedout") == 0) {
		config_time(now, "Z");
		snprintf(line, sizeof(line), "%s %s %s", now, env->id, message);
	} else
		snprintf(line, sizeof(line), "%s\n%s", text, type);
	fail_with(env, line, body, n, 0);
}

void
env_fail_body(struct env *env, const void *body, size_t length)
{

	fail_with(env, NULL, body, length, 0);
}

void
env_end(struct env *env, int now)
{
	static const char *const killed =
	    "Runtime exited with error: signal: killed";

	if (env->state == ENV_ENDING) {
		/* Less patience than before? */
		if (now && env->pid > 0)
			env_kill(env);
		return;
	}
	if (env->call != NULL && !env->answered) {
		env->nextensions = now ? 0 : env->nextensions;
		env_fail(env, "Runtime.ExitError", killed);
		return;
	}
	timer_stop(env->l, &env->life);
	env->state = ENV_ENDING;
	env_finish(env);
	conclude(env, now);
}

/* As the service writes it, which is written in Go. */
static void
describe(int status, char *text, size_t size)
{
	static const struct {
		int sig;
		const char *name;
	} names[] = {
		{ SIGHUP, "hangup" }, { SIGINT, "interrupt" },
		{ SIGQUIT, "quit" }, { SIGILL, "illegal instruction" },
		{ SIGTRAP, "trace/breakpoint trap" }, { SIGABRT, "aborted" },
		{ SIGBUS, "bus error" }, { SIGFPE, "floating point exception" },
		{ SIGKILL, "killed" }, { SIGSEGV, "segmentation fault" },
		{ SIGPIPE, "broken pipe" }, { SIGALRM, "alarm clock" },
		{ SIGTERM, "terminated" },
		{ SIGUSR1, "user defined signal 1" },
		{ SIGUSR2, "user defined signal 2" },
	};
	int sig;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		snprintf(text, size,
		    "Runtime exited without providing a reason");
		return;
	}
	if (WIFEXITED(status)) {
		snprintf(text, size,
		    "Runtime exited with error: exit status %d",
		    WEXITSTATUS(status));
		return;
	}
	sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	snprintf(text, size, "Runtime exited with error: signal: %d", sig);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].sig == sig)
			snprintf(text, size,
			    "Runtime exited with error: signal: %s",
			    names[i].name);
}

/* The process has ended, and nobody had asked for that. */
static void
crashed(struct env *env, int status)
{
	char text[96];

	if (env->cgroup != NULL && cgroup_oom(env->cgroup))
		env->peak = (uint64_t)env->config->memory << 20;
	if (env->call == NULL || env->answered) {
		env_end(env, 1);
		return;
	}
	describe(status, text, sizeof(text));
	env_fail(env, "Runtime.ExitError", text);
}

int
env_on_child(struct lambda *l, pid_t pid, int status)
{
	struct env *env = l->envs;

	while (env != NULL && env->pid != pid)
		env = env->next;
	if (env == NULL)
		return (0);
	/* It is a zombie, so that the group's number is still its own. */
	kill(-pid, SIGKILL);
	guard_ended(l, pid);
	env->pid = 0;
	if (env->state == ENV_ENDING)
		bury_soon(env);
	else if (env->again) {
		env->burials = 0;
		if (timer_set(l, &env->death, 0, bury, env) == -1)
			env_end(env, 1);
	} else
		crashed(env, status);
	return (1);
}
