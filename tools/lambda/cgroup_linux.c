#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "env.h"
#include "err.h"
#include "hierarchy.h"

#define PERIOD 20000u	/* us */
#define PERIOD_MAX 1000000u	/* us, the kernel's */
#define QUOTA_MIN 1000u	/* us, likewise */
#define TASKS 1024u	/* processes and threads of a function */
#define PATIENCE 1.0	/* s for the last groups to be removed */

/* The group of an environment: a directory in each hierarchy. */
struct cgroup {
	struct cgroup *next;	/* of those that could not be removed */
	const struct cgroups *all;
	uint64_t n;
};

struct cgroups {
	struct hierarchy h[HIERARCHIES];
	size_t n;
	struct cgroup *rest;	/* still to be removed */
	int told;
};

/* The name of a file in the group: ${path}. */
static const char *
name(const struct cgroup *c, size_t i, const char *file, char path[512])
{

	snprintf(path, 512, "%s/%" PRIu64 "%s%s", c->all->h[i].dir, c->n,
	    *file == '\0' ? "" : "/", file);
	return (path);
}

/* Write into a file of the group. */
static int
put(const struct cgroup *c, size_t i, const char *file, const char *text)
{
	char path[512];

	return (hierarchy_put(name(c, i, file, path), text));
}

static int
put_number(const struct cgroup *c, size_t i, const char *file, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return (put(c, i, file, text));
}

/* The hierarchy that does ${what}, or -1. */
static int
which(const struct cgroups *g, unsigned what)
{

	for (size_t i = 0; i < g->n; i++)
		if (g->h[i].roles & what)
			return ((int)i);
	return (-1);
}

/* Can a process be put into a group?  Permissions do not tell beforehand. */
static int
probe(struct cgroups *g)
{
	struct cgroup c = { NULL, g, 0 };
	int status = -1;
	char path[512];
	pid_t pid;

	for (size_t i = 0; i < g->n; i++)
		if (mkdir(name(&c, i, "", path), 0755) == -1 &&
		    errno != EEXIST)
			goto done;
	if ((pid = fork()) == 0)
		_exit(cgroup_enter(&c) == 0 ? 0 : 1);
	if (pid > 0 && waitpid(pid, &status, 0) == -1)
		status = -1;

done:
	for (size_t i = 0; i < g->n; i++)
		(void)rmdir(name(&c, i, "", path));
	return (status == 0 ? 0 : -1);
}

static void
leave(struct cgroups *g)
{
	double end = sv_clock_mono() + PATIENCE;

	for (size_t i = 0; i < g->n; i++) {
		/* Busy for a moment with those below, which are gone. */
		while (rmdir(g->h[i].dir) == -1 && errno == EBUSY &&
		    sv_clock_mono() < end)
			(void)nanosleep(&(struct timespec){ 0, 2000000 }, NULL);
		free(g->h[i].dir);
	}
	free(g);
}

/* Say what cannot be limited, when only ${got} can. */
static void
tell_lack(const struct lambda *l, unsigned got)
{
	int cpu = (got & CGROUP_CPU) != 0, memory = (got & CGROUP_MEMORY) != 0;

	if (l->o->quiet || (cpu && memory))
		return;
	sv_warnx("no cgroup can be made: functions have all the %s they want",
	    cpu ? "memory" : memory ? "CPU" : "CPU and memory");
}

void
cgroup_open(struct lambda *l)
{
	unsigned got = 0;
	struct cgroups *g;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		return;
	g->n = hierarchy_find(g->h,
	    CGROUP_CPU | CGROUP_MEMORY | CGROUP_FREEZE | CGROUP_PIDS);
	if (g->n > 0 && probe(g) == -1) {
		leave(g);
		g = NULL;
	}
	for (size_t i = 0; g != NULL && i < g->n; i++)
		got |= g->h[i].roles;
	tell_lack(l, got);
	if (g != NULL && g->n == 0) {
		free(g);
		g = NULL;
	}
	l->cgroups = g;
}

size_t
cgroup_dirs(const struct lambda *l, char **dirs)
{
	const struct cgroups *g = l->cgroups;

	for (size_t i = 0; g != NULL && i < g->n; i++)
		dirs[i] = g->h[i].dir;
	return (g == NULL ? 0 : g->n);
}

/* Remove its directories.  0, or -1 if there is somebody in it still. */
static int
remove_group(const struct cgroup *c)
{
	int status = 0;
	char path[512];

	for (size_t i = 0; i < c->all->n; i++)
		if (rmdir(name(c, i, "", path)) == -1 && errno != ENOENT)
			status = -1;
	return (status);
}

/* Try once more with those that could not be removed. */
static void
sweep(struct cgroups *g)
{
	struct cgroup **p = &g->rest, *c;

	while ((c = *p) != NULL)
		if (remove_group(c) == 0) {
			*p = c->next;
			free(c);
		} else
			p = &c->next;
}

void
cgroup_close(struct lambda *l)
{
	struct cgroups *g = l->cgroups;
	double end = sv_clock_mono() + PATIENCE;
	struct cgroup *c;
	char path[512];

	if (g == NULL)
		return;
	for (sweep(g); g->rest != NULL && sv_clock_mono() < end; sweep(g))
		(void)nanosleep(&(struct timespec){ 0, 2000000 }, NULL);
	while ((c = g->rest) != NULL) {
		sv_warnx("%s cannot be removed", name(c, 0, "", path));
		g->rest = c->next;
		free(c);
	}
	leave(g);
	l->cgroups = NULL;
}

/* CPU time: quota us of every period, on all CPUs together. */
static int
limit_cpu(const struct cgroup *c, double share)
{
	uint64_t period = PERIOD, quota = (uint64_t)(PERIOD * share + 0.5);
	int i = which(c->all, CGROUP_CPU);
	char text[48];

	if (i == -1)
		return (0);
	if (quota < QUOTA_MIN) {
		quota = QUOTA_MIN;
		period = (uint64_t)(QUOTA_MIN / share + 0.5);
		period = period < PERIOD_MAX ? period : PERIOD_MAX;
	}
	if (c->all->h[i].version == 2) {
		snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64, quota,
		    period);
		return (put(c, (size_t)i, "cpu.max", text));
	}
	if (put_number(c, (size_t)i, "cpu.cfs_period_us", period) == -1)
		return (-1);
	return (put_number(c, (size_t)i, "cpu.cfs_quota_us", quota));
}

static int
limit_memory(const struct cgroup *c, uint32_t memory)
{
	uint64_t bytes = (uint64_t)memory << 20;
	int i = which(c->all, CGROUP_MEMORY);

	if (i == -1)
		return (0);
	/* Without swap, where that can be said: not every kernel counts it. */
	if (c->all->h[i].version == 2) {
		(void)put(c, (size_t)i, "memory.swap.max", "0");
		(void)put(c, (size_t)i, "memory.oom.group", "1");
		return (put_number(c, (size_t)i, "memory.max", bytes));
	}
	if (put_number(c, (size_t)i, "memory.limit_in_bytes", bytes) == -1)
		return (-1);
	(void)put_number(c, (size_t)i, "memory.memsw.limit_in_bytes", bytes);
	return (0);
}

static int
limit_tasks(const struct cgroup *c)
{
	int i = which(c->all, CGROUP_PIDS);

	return (i == -1 ? 0 : put_number(c, (size_t)i, "pids.max", TASKS));
}

struct cgroup *
cgroup_new(struct lambda *l, uint64_t n, uint32_t memory, double slow)
{
	struct cgroups *g = l->cgroups;
	struct cgroup *c;
	char path[512];

	if (g == NULL || (c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->all = g;
	c->n = n;
	for (size_t i = 0; i < g->n; i++)
		if (mkdir(name(c, i, "", path), 0755) == -1 &&
		    errno != EEXIST) {
			if (!g->told++)
				sv_warn("%s", path);
			(void)remove_group(c);
			free(c);
			return (NULL);
		}
	if ((limit_cpu(c, memory / LAMBDA_MB_PER_CPU / slow) == -1 ||
	    limit_memory(c, memory) == -1 || limit_tasks(c) == -1) &&
	    !g->told++)
		sv_warn("%s: no limit can be set", name(c, 0, "", path));
	return (c);
}

int
cgroup_has_cpu(const struct cgroup *c)
{

	return (c != NULL && which(c->all, CGROUP_CPU) != -1);
}

int
cgroup_enter(const struct cgroup *c)
{

	for (size_t i = 0; i < c->all->n; i++)
		if (put(c, i, "cgroup.procs", "0") == -1)
			return (-1);
	return (0);
}

int
cgroup_freeze(struct cgroup *c, int frozen)
{
	int i = which(c->all, CGROUP_FREEZE);

	/* Version 1 keeps SIGKILL from them too: they would outlive us. */
	if (i == -1 || c->all->h[i].version != 2)
		return (-1);
	return (put(c, (size_t)i, "cgroup.freeze", frozen ? "1" : "0"));
}

/* The same with version 1, for a moment. */
static void
hold(struct cgroup *c, int frozen)
{
	int i = which(c->all, CGROUP_FREEZE);

	if (i == -1 || c->all->h[i].version != 1)
		(void)cgroup_freeze(c, frozen);
	else
		(void)put(c, (size_t)i, "freezer.state",
		    frozen ? "FROZEN" : "THAWED");
}

int
cgroup_kill(struct cgroup *c)
{
	int i = which(c->all, CGROUP_FREEZE);
	pid_t pids[TASKS];
	size_t n;

	if (i != -1 && c->all->h[i].version == 2 &&
	    put(c, (size_t)i, "cgroup.kill", "1") == 0)
		return (0);
	/* Frozen, they cannot fork while they are counted. */
	hold(c, 1);
	n = cgroup_members(c, pids, TASKS);
	for (size_t k = 0; k < n; k++)
		kill(pids[k], SIGKILL);
	hold(c, 0);
	return (0);
}

size_t
cgroup_members(const struct cgroup *c, pid_t *pids, size_t max)
{
	char path[512], line[32];
	size_t n = 0;
	long pid;
	FILE *f;

	if ((f = fopen(name(c, 0, "cgroup.procs", path), "re")) == NULL)
		return (0);
	while (n < max && fgets(line, sizeof(line), f) != NULL)
		if ((pid = strtol(line, NULL, 10)) > 0)
			pids[n++] = (pid_t)pid;
	fclose(f);
	return (n);
}

int
cgroup_oom(struct cgroup *c)
{
	int i = which(c->all, CGROUP_MEMORY), killed = 0;
	char path[512], line[64];
	FILE *f;

	if (i == -1)
		return (0);
	f = fopen(name(c, (size_t)i, c->all->h[i].version == 2 ?
	    "memory.events" : "memory.oom_control", path), "re");
	if (f == NULL)
		return (0);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "oom_kill ", 9) == 0)
			killed = strtoul(line + 9, NULL, 10) > 0;
	fclose(f);
	return (killed);
}

void
cgroup_free(struct lambda *l, struct cgroup *c)
{

	if (c == NULL)
		return;
	/* The kernel may need a moment for the last one in it. */
	c->next = l->cgroups->rest;
	l->cgroups->rest = c;
	sweep(l->cgroups);
}
