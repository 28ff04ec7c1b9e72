#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "env.h"
#include "err.h"
#include "fd.h"

#define INIT_MAX 10.0	/* s of an init before it is begun anew */

/* Over the limit of init: it begins anew, now as a part of the call. */
static void
init_overtime(void *ctx)
{
	struct env *env = ctx;

	if (env->l->o->verbose)
		sv_warnx("function %s: init takes longer than %.0f s",
		    env->function->name, INIT_MAX);
	if (env->call == NULL) {
		env_end(env, 1);
		return;
	}
	log_begin(env);
	env_begin(env);
	if (env->state == ENV_ENDING)
		return;
	env->again = 1;
	fault_env_rest(env);
	env_forget(env);
	env_kill(env);
}

static void
on_output(void *ctx, short revents)
{

	(void)revents;
	log_read(ctx, 0);
}

/* Its directories: a root to be, with places for the package and a /tmp. */
static int
make_root(struct env *env)
{
	static const char *const dirs[] = { "", "/root", "/root/var",
	    "/root/var/task", "/root/tmp" };
	char path[512];

	if (!env->l->o->chroot)
		return (0);
	snprintf(path, sizeof(path), "%s/env", env->l->dir);
	if (mkdir(path, 0755) == -1 && errno != EEXIST)
		return (-1);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/env/%" PRIu64 "%s",
		    env->l->dir, env->n, dirs[i]);
		if (mkdir(path, 0755) == -1)
			return (-1);
	}
	/* mkdir() heeds the umask. */
	if (chmod(path, 01777) == -1)
		return (-1);
	snprintf(path, sizeof(path), "%s/env/%" PRIu64 "/root", env->l->dir,
	    env->n);
	return ((env->root = strdup(path)) == NULL ? -1 : 0);
}

/* Fail for the reason in errno that the process could not be started for. */
static void
no_start(struct env *env)
{
	const char *why = strerror(errno);
	char text[160];

	switch (errno) {
	case ENOENT:
		snprintf(text, sizeof(text), "Couldn't find valid "
		    "bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
		break;
	case EACCES:
	case ENOEXEC:
	case ENOTDIR:
	case EISDIR:
	case ELOOP:
	case ELIBBAD:
	case ETXTBSY:
	case E2BIG:
		/* As in "exec format error". */
		snprintf(text, sizeof(text), "fork/exec /var/task/bootstrap: "
		    "%c%s", tolower((unsigned char)*why), why + 1);
		break;
	default:
		sv_warn("function %s: cannot start a process",
		    env->function->name);
		snprintf(text, sizeof(text), "cannot start a process");
		env_fail(env, "Sandbox.Failure", text);
		return;
	}
	env_fail(env, "Runtime.InvalidEntrypoint", text);
}

/* Start its process; the first, or the one after an init that took too long. */
void
env_start(void *ctx)
{
	struct env *env = ctx;
	struct sandbox s = { 0 };
	int fds[2] = { -1, -1 }, saved;

	if (sv_fd_pipe(fds) == -1)
		goto fail;
	s.code = env->config->code->dir;
	s.root = env->root;
	s.output = fds[1];
	s.cgroup = env->cgroup;
	if (sv_fd_nonblock(fds[0]) == -1 ||
	    loop_watch(env->l, fds[0], POLLIN, on_output, env) == -1)
		goto fail;
	env->output = fds[0];
	fds[0] = -1;
	if ((s.variables = variables_new(env)) == NULL)
		goto fail;
	env->started = sv_clock_mono();
	env->pid = sandbox_start(&s);
	if (env->pid == -1) {
		env->pid = 0;
		goto fail;
	}
	guard_begun(env->l, env->pid);
	variables_free(s.variables);
	close(fds[1]);
	/* A second init has the time of the call. */
	if (env->at == 0 && timer_set(env->l, &env->life, INIT_MAX,
	    init_overtime, env) == -1)
		env_end(env, 1);
	else if (!fault_env_started(env))
		fault_env_run(env);
	return;

fail:
	saved = errno;
	variables_free(s.variables);
	if (fds[0] != -1)
		close(fds[0]);
	if (fds[1] != -1)
		close(fds[1]);
	errno = saved;
	no_start(env);
}

/* As in "2026/11/22/[$LATEST]0123456789abcdef0123456789abcdef". */
static void
name_stream(struct env *env)
{
	time_t now = (time_t)(sv_clock_real_ns() / 1000000000);
	char id[LAMBDA_ID], day[16];
	struct tm tm;

	lambda_uuid(id);
	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(day, sizeof(day), "%Y/%m/%d", &tm) == 0)
		day[0] = '\0';
	snprintf(env->stream, sizeof(env->stream), "%s/[%s]%.8s%.4s%.4s%.4s%s",
	    day, env->config->version, id, id + 9, id + 14, id + 19, id + 24);
}

struct env *
env_new(struct function *f, struct config *config)
{
	struct lambda *l = f->l;
	struct env *env;
	double late;

	if ((env = calloc(1, sizeof(*env))) == NULL) {
		sv_warnx("function %s: out of memory", f->name);
		return (NULL);
	}
	env->l = l;
	env->function = f;
	env->config = config_ref(config);
	env->n = ++l->nenv;
	env->state = ENV_INIT;
	env->init = -1;
	env->output = -1;
	name_stream(env);
	late = l->o->cold_start + fault_env_new(env);
	env->listening = http_listen(l, env, &env->port);
	if (env->listening == -1 || make_root(env) == -1 ||
	    timer_set(l, &env->life, late, env_start, env) == -1) {
		sv_warn("function %s: no environment", f->name);
		env_release(env);
		return (NULL);
	}
	env->cgroup = cgroup_new(l, env->n, config->memory,
	    env->faults.slow);
	if (l->o->verbose)
		sv_warnx("function %s: environment %" PRIu64 ", a cold start",
		    f->name, env->n);
	env->next = l->envs;
	if (l->envs != NULL)
		l->envs->previous = env;
	l->envs = env;
	return (env);
}
