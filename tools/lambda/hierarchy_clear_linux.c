#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "hierarchy.h"

#define PATH 640u	/* longer ones are passed over */
#define PATIENCE 2.0	/* s until all in a group are gone */

static const char prefix[] = "/sv-lambda-";

int
hierarchy_is_ours(const char *dir)
{
	const char *name = strrchr(dir, '/');
	size_t len = sizeof(prefix) - 1;

	return (dir[0] == '/' && strstr(dir, "/..") == NULL &&
	    strncmp(name, prefix, len) == 0 && name[len] != '\0' &&
	    name[len + strspn(name + len, "0123456789")] == '\0');
}

/* Write ${text} into a file of the group, if there is such a file. */
static void
put(const char *group, const char *file, const char *text)
{
	char path[PATH + 32];

	snprintf(path, sizeof(path), "%s/%s", group, file);
	(void)hierarchy_put(path, text);
}

/* Kill all in a group, also those that are frozen. */
static void
kill_all(const char *group)
{
	char path[PATH + 32], line[32];
	long pid;
	FILE *f;

	put(group, "cgroup.kill", "1");
	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	if ((f = fopen(path, "re")) != NULL) {
		while (fgets(line, sizeof(line), f) != NULL)
			if ((pid = strtol(line, NULL, 10)) > 1 &&
			    pid <= INT_MAX)
				(void)kill((pid_t)pid, SIGKILL);
		fclose(f);
	}
	put(group, "freezer.state", "THAWED");
	put(group, "cgroup.freeze", "0");
}

/* Once through all: 0 if nothing is left of it. */
static int
clear(const char *dir)
{
	char group[PATH];
	struct dirent *e;
	DIR *d;

	if ((d = opendir(dir)) == NULL)
		return (errno == ENOENT ? 0 : -1);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[strspn(e->d_name, "0123456789")] != '\0' ||
		    (size_t)snprintf(group, sizeof(group), "%s/%s", dir,
		    e->d_name) >= sizeof(group))
			continue;
		kill_all(group);
		(void)rmdir(group);
	}
	closedir(d);
	return (rmdir(dir) == 0 || errno == ENOENT ? 0 : -1);
}

int
hierarchy_clear(char *const *dirs, size_t n)
{
	double end = sv_clock_mono() + PATIENCE;
	size_t left;

	for (;;) {
		/* A process is in each of them, and frozen in one. */
		left = 0;
		for (size_t i = 0; i < n; i++)
			left += clear(dirs[i]) == -1;
		if (left == 0)
			return (0);
		if (sv_clock_mono() >= end)
			return (-1);
		(void)nanosleep(&(struct timespec){ 0, 5000000 }, NULL);
	}
}
