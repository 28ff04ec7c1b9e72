#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "invocation.h"
#include "spawn.h"

struct member {
	pid_t pid;
	uint32_t shard;
	uint32_t generation;
};

struct crew {
	const char *command;
	uint64_t job;
	uint32_t workers;
	struct member *members;	/* alive, in no order */
	uint32_t size;
	uint32_t room;
};

struct crew *
crew_new(const char *command, uint64_t job, uint32_t workers)
{
	struct crew *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->command = command;
	c->job = job;
	c->workers = workers;
	return (c);
}

/* Make room for one more. */
static int
crew_grow(struct crew *c)
{
	uint32_t room = c->room == 0 ? 64 : c->room * 2;
	struct member *m;

	if (c->size < c->room)
		return (0);
	if ((m = realloc(c->members, room * sizeof(*m))) == NULL)
		return (-1);
	c->members = m;
	c->room = room;
	return (0);
}

/*
 * A pipe that holds ${text} and its end: the reading end, or -1 with errno
 * set.  The text is written before there is a reader, so it must fit.
 */
static int
text_pipe(const char *text)
{
	size_t len = strlen(text);
	int fds[2], saved;
	ssize_t n;

	if (sv_fd_pipe(fds) == -1)
		return (-1);
	sv_fd_widen(fds[1]);
	if (sv_fd_nonblock(fds[1]) == -1)
		goto fail;
	if ((n = write(fds[1], text, len)) == -1 || (size_t)n != len) {
		if (n != -1)
			errno = E2BIG;
		goto fail;
	}
	close(fds[1]);
	return (fds[0]);

fail:
	saved = errno;
	close(fds[0]);
	close(fds[1]);
	errno = saved;
	return (-1);
}

/* Tell the command by its environment which one it is; for logs and srun. */
static void
set_environment(const struct crew *c, uint32_t shard, uint32_t generation)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu32, shard);
	setenv("SV_SHARD", text, 1);
	snprintf(text, sizeof(text), "%" PRIu32, generation);
	setenv("SV_GENERATION", text, 1);
	snprintf(text, sizeof(text), "%" PRIu32, c->workers);
	setenv("SV_WORKERS", text, 1);
}

/* In the child: become the command.  Does not return. */
static void
become(const struct crew *c, int in, uint32_t shard, uint32_t generation)
{
	sigset_t none;

	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Our stdout carries frames; the worker must not write there. */
	if (dup2(in, STDIN_FILENO) == -1 ||
	    dup2(STDERR_FILENO, STDOUT_FILENO) == -1)
		_exit(127);
	set_environment(c, shard, generation);
	execl("/bin/sh", "sh", "-c", c->command, (char *)NULL);
	_exit(127);
}

pid_t
crew_start(struct crew *c, const struct sv_problem *problem, const char *hub,
    uint32_t shard, uint32_t generation)
{
	json_t *share, *invocation;
	char *text = NULL;
	pid_t pid = -1;
	int in = -1;

	share = sv_problem_share(problem, shard, c->workers);
	invocation = share == NULL ? NULL : sv_invocation_json(c->job, shard,
	    c->workers, generation, hub, share);
	json_decref(share);
	if (invocation != NULL)
		text = json_dumps(invocation, JSON_COMPACT);
	json_decref(invocation);
	if (text == NULL || crew_grow(c) == -1) {
		sv_warnx("shard %" PRIu32 ": out of memory", shard);
		goto done;
	}
	if ((in = text_pipe(text)) == -1 || (pid = fork()) == -1) {
		sv_warn("shard %" PRIu32 ": cannot start a worker", shard);
		goto done;
	}
	if (pid == 0)
		become(c, in, shard, generation);
	/* Both sides set the group, so that neither depends on the other. */
	setpgid(pid, pid);
	c->members[c->size++] = (struct member){ pid, shard, generation };

done:
	if (in != -1)
		close(in);
	free(text);
	return (pid);
}

static double
seconds(struct timeval t)
{

	return ((double)t.tv_sec + 1e-6 * (double)t.tv_usec);
}

int
crew_reap(struct crew *c, struct crew_exit *e)
{
	struct rusage ru;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG, &ru)) > 0) {
		for (uint32_t i = 0; i < c->size; i++) {
			if (c->members[i].pid != pid)
				continue;
			memset(e, 0, sizeof(*e));
			e->pid = pid;
			e->shard = c->members[i].shard;
			e->generation = c->members[i].generation;
			e->status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
			e->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
			e->cpu_s = seconds(ru.ru_utime) + seconds(ru.ru_stime);
			/* Linux and the BSDs count in kilobytes. */
			e->maxrss = (uint64_t)ru.ru_maxrss * 1024;
			c->members[i] = c->members[--c->size];
			return (1);
		}
	}
	return (0);
}

uint32_t
crew_size(const struct crew *c)
{

	return (c->size);
}

void
crew_kill(const struct crew *c, int sig)
{

	for (uint32_t i = 0; i < c->size; i++)
		kill(-c->members[i].pid, sig);
}

void
crew_free(struct crew *c)
{

	if (c == NULL)
		return;
	free(c->members);
	free(c);
}
