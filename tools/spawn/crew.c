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

#include "child.h"
#include "err.h"
#include "fd.h"
#include "secret.h"
#include "spawn.h"

#define MAX_WORDS 64u	/* of a command that is run without a shell */

struct member {
	pid_t pid;	/* of the command, which leads a group */
	uint32_t shard;
	uint32_t generation;
	int ended;	/* the command has, but not all of its group */
};

struct crew {
	struct launcher l;
	const char *command;
	const struct sv_problem *problem;
	uint64_t job;
	uint32_t workers;
	struct member *members;	/* of whom something is alive, in no order */
	uint32_t size;
	uint32_t room;
};

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

/*
 * Run ${command} without a shell if it has nothing that a shell is needed for:
 * a process less for each worker, and signals reach the worker itself.  Returns
 * if a shell is needed, or else may know better what to do.
 */
static void
run_plain(const char *command)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./:,@%= ";
	char *argv[MAX_WORDS + 1], *copy, *rest = NULL;
	size_t n = 0;

	if (command[strspn(command, plain)] != '\0' ||
	    (copy = strdup(command)) == NULL)
		return;
	for (char *w = strtok_r(copy, " ", &rest); w != NULL && n < MAX_WORDS;
	    w = strtok_r(NULL, " ", &rest))
		argv[n++] = w;
	argv[n] = NULL;
	/* "NAME=value command" is for a shell. */
	if (n > 0 && n < MAX_WORDS && strchr(argv[0], '=') == NULL)
		execvp(argv[0], argv);
	free(copy);
}

/* In the child: become the command.  Does not return. */
static void
become(const struct crew *c, pid_t parent, int in, uint32_t shard,
    uint32_t generation)
{

	/* Our stdout carries frames; the worker must not write there. */
	if (sv_child_enter(parent, in, STDERR_FILENO) == -1)
		_exit(127);
	set_environment(c, shard, generation);
	run_plain(c->command);
	execl("/bin/sh", "sh", "-c", c->command, (char *)NULL);
	_exit(127);
}

static int
crew_start(struct launcher *l, const struct launch_want *w)
{
	struct crew *c = (struct crew *)l;
	uint32_t shard = w->shard;
	char *text, what[40];
	pid_t parent = getpid(), pid = -1;
	int in = -1;

	text = launch_invocation(c->problem, c->job, c->workers, w);
	if (text == NULL || crew_grow(c) == -1) {
		sv_warnx("shard %" PRIu32 ": out of memory", shard);
		goto done;
	}
	in = text_pipe(text);
	/* Nor does the child need to hold what is in the pipe. */
	sv_secret_wipe(text, strlen(text));
	if (in == -1 || (pid = fork()) == -1) {
		sv_warn("shard %" PRIu32 ": cannot start a worker", shard);
		goto done;
	}
	if (pid == 0)
		become(c, parent, in, shard, w->generation);
	/* Both sides set the group, so that neither depends on the other. */
	setpgid(pid, pid);
	c->members[c->size++] = (struct member){ pid, shard, w->generation,
	    0 };
	snprintf(what, sizeof(what), "started, process %ld", (long)pid);
	launch_tell(l, shard, w->generation, 0, json_pack("{s:s, s:I}", "event",
	    "request", "pid", (json_int_t)pid), what);

done:
	if (in != -1)
		close(in);
	sv_secret_free_text(text);
	return (pid == -1 ? -1 : 0);
}

/* Commands are never asked for again. */
static void
crew_here(struct launcher *l, uint32_t shard, uint32_t generation)
{

	(void)l;
	(void)shard;
	(void)generation;
}

static double
seconds(struct timeval t)
{

	return ((double)t.tv_sec + 1e-6 * (double)t.tv_usec);
}

/* Forget those whose group is empty by now. */
static void
sweep(struct crew *c)
{

	for (uint32_t i = c->size; i-- > 0;)
		if (c->members[i].ended &&
		    kill(-c->members[i].pid, 0) == -1 && errno == ESRCH)
			c->members[i] = c->members[--c->size];
}

/* The member that leads group ${pid}, or NULL. */
static struct member *
find(struct crew *c, pid_t pid)
{

	for (uint32_t i = 0; i < c->size; i++)
		if (c->members[i].pid == pid && !c->members[i].ended)
			return (&c->members[i]);
	return (NULL);
}

/* A command has ended, and is to be waited for; -1 if that fails. */
static int
bury(struct crew *c, pid_t pid, const struct sv_child_end *how)
{
	struct member *m = find(c, pid);
	struct rusage ru;
	char what[40];

	/* What a command has left behind is to end with it. */
	if (m != NULL)
		kill(-pid, SIGTERM);
	if (wait4(pid, NULL, 0, &ru) != pid)
		return (-1);
	if (m == NULL)
		return (0);
	m->ended = 1;
	if (how->signal != 0)
		snprintf(what, sizeof(what), "was killed by signal %d",
		    how->signal);
	else
		snprintf(what, sizeof(what), "ended with status %d",
		    how->status);
	/* Linux and the BSDs count memory in kilobytes. */
	launch_tell(&c->l, m->shard, m->generation, 1, json_pack(
	    "{s:s, s:I, s:i, s:i, s:f, s:I}", "event", "exit", "pid",
	    (json_int_t)pid, "status", how->status, "signal", how->signal,
	    "cpu_s", seconds(ru.ru_utime) + seconds(ru.ru_stime),
	    "maxrss_bytes", (json_int_t)ru.ru_maxrss * 1024), what);
	return (0);
}

/*
 * See who has ended.  Send SIGTERM to what is left of their process groups, and
 * record how it came.
 */
static void
crew_work(struct launcher *l, const struct pollfd *p, size_t n)
{
	struct crew *c = (struct crew *)l;
	struct sv_child_end how;
	pid_t pid;

	(void)p;
	(void)n;
	while ((pid = sv_child_ended(-1, &how)) > 0)
		if (bury(c, pid, &how) == -1)
			break;
	sweep(c);
}

/* How many have not ended, or have left processes behind in their group. */
static uint32_t
crew_size(const struct launcher *l)
{

	return (((const struct crew *)l)->size);
}

/* All that were to be started have been. */
static void
crew_stop(struct launcher *l)
{

	(void)l;
}

static void
crew_kill(struct launcher *l, int sig)
{
	const struct crew *c = (const struct crew *)l;

	for (uint32_t i = 0; i < c->size; i++)
		kill(-c->members[i].pid, sig);
}

/* SIGCHLD is heard by whoever polls. */
static size_t
crew_watch(struct launcher *l, struct pollfd *p, size_t room)
{

	(void)l;
	(void)p;
	(void)room;
	return (0);
}

static int
crew_patience(struct launcher *l, int most)
{

	(void)l;
	return (most);
}

static void
crew_free(struct launcher *l)
{
	struct crew *c = (struct crew *)l;

	free(c->members);
	free(c);
}

struct launcher *
crew_new(const struct spawn_options *o, const struct sv_problem *problem,
    uint64_t job)
{
	static const struct launcher_class class = { crew_start, crew_here,
	    crew_size, crew_stop, crew_kill, crew_watch, crew_patience,
	    crew_work, crew_free };
	struct crew *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->l.class = &class;
	c->command = o->command;
	c->problem = problem;
	c->job = job;
	c->workers = o->workers;
	return (&c->l);
}
