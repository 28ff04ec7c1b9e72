#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "hierarchy.h"

#define PATH 384u	/* longer ones are passed over */

/* A hierarchy that is mounted. */
struct mounted {
	char dir[PATH];	/* our own group in it */
	size_t top;	/* length of the part that is its mount point */
	int version;
	unsigned roles;	/* of version 1 */
};

int
hierarchy_put(const char *path, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;
	int fd, saved;

	if ((fd = open(path, O_WRONLY | O_CLOEXEC)) == -1)
		return (-1);
	n = write(fd, text, len);
	saved = errno;
	close(fd);
	errno = n == -1 ? saved : EIO;
	return (n == (ssize_t)len ? 0 : -1);
}

/* Is ${word} in the list, whose words end with one of ${ends}? */
static int
listed(const char *list, const char *word, const char *ends)
{
	size_t n, len = strlen(word);

	for (;; list += n + 1) {
		n = strcspn(list, ends);
		if (n == len && memcmp(list, word, n) == 0)
			return (1);
		if (list[n] == '\0')
			return (0);
	}
}

static unsigned
roles_of(const char *list, const char *ends)
{

	return ((listed(list, "cpu", ends) ? CGROUP_CPU : 0u) |
	    (listed(list, "memory", ends) ? CGROUP_MEMORY : 0u) |
	    (listed(list, "freezer", ends) ? CGROUP_FREEZE : 0u) |
	    (listed(list, "pids", ends) ? CGROUP_PIDS : 0u));
}

/*
 * Our group in a hierarchy, by /proc/self/cgroup: the line "N:CONTROLLERS:PATH"
 * with one of ${roles}, or, for version 2, "0::PATH".
 */
static int
own_path(int version, unsigned roles, char path[PATH])
{
	char line[1024], *list, *p;
	int found = 0;
	FILE *f;

	if ((f = fopen("/proc/self/cgroup", "re")) == NULL)
		return (-1);
	while (!found && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if ((list = strchr(line, ':')) == NULL ||
		    (p = strchr(++list, ':')) == NULL)
			continue;
		*p++ = '\0';
		found = version == 2 ? *list == '\0' :
		    (roles_of(list, ",") & roles) != 0;
		if (found && (strlen(p) >= PATH || strstr(p, "..") != NULL))
			break;
		if (found)
			memcpy(path, p, strlen(p) + 1);
	}
	fclose(f);
	return (found ? 0 : -1);
}

/* ${path} = ${a}${b}.  0, or -1 if that is too long. */
static int
join(char path[PATH], const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	if (n + m >= PATH)
		return (-1);
	memcpy(path, a, n);
	memcpy(path + n, b, m + 1);
	return (0);
}

/*
 * A line of /proc/self/mountinfo: "ID PARENT DEVICE ROOT MOUNTPOINT OPTIONS ...
 * - TYPE SOURCE SUPEROPTIONS".  0 if it is a hierarchy and we are in it.
 */
static int
parse_mount(char *line, struct mounted *m)
{
	char root[PATH], point[PATH], type[16], options[256], own[PATH];
	const char *tail, *below = "";
	size_t len;

	/* The widths are PATH - 1 and those of the others. */
	if ((tail = strstr(line, " - ")) == NULL ||
	    sscanf(line, "%*s %*s %*s %383s %383s", root, point) != 2 ||
	    sscanf(tail + 3, "%15s %*s %255s", type, options) != 2 ||
	    strchr(point, '\\') != NULL)
		return (-1);
	if (strcmp(type, "cgroup2") == 0)
		m->version = 2;
	else if (strcmp(type, "cgroup") == 0)
		m->version = 1;
	else
		return (-1);
	m->roles = m->version == 2 ? 0 : roles_of(options, ",");
	if (own_path(m->version, m->roles, own) == -1)
		return (-1);
	/* In a container the mount may show a part only, hopefully ours. */
	len = strcmp(root, "/") == 0 ? 0 : strlen(root);
	if (strncmp(own, root, len) == 0 &&
	    (own[len] == '/' || own[len] == '\0'))
		below = strcmp(own + len, "/") == 0 ? "" : own + len;
	m->top = strlen(point);
	return (join(m->dir, point, below));
}

/* Make a group of ours in ${dir}; its name in ${path}. */
static int
make(const char *dir, char path[PATH])
{
	char name[40];

	snprintf(name, sizeof(name), "/sv-lambda-%ld", (long)getpid());
	if (join(path, dir, name) == -1)
		return (-1);
	return (mkdir(path, 0755) == -1 && errno != EEXIST ? -1 : 0);
}

/* Remove a group and those in it that nobody is in. */
static void
remove_old(const char *dir, const char *name)
{
	char path[PATH + 256], below[2 * sizeof(path)];
	struct dirent *e;
	DIR *d;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    sizeof(path) || (d = opendir(path)) == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[strspn(e->d_name, "0123456789")] != '\0')
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, e->d_name);
		(void)rmdir(below);
	}
	closedir(d);
	(void)rmdir(path);
}

/* Likewise all that were made beside ${path} by processes that are gone. */
static void
clean_up(const char *path)
{
	static const char prefix[] = "sv-lambda-";
	char dir[PATH], *end;
	struct dirent *e;
	long pid;
	DIR *d;

	memcpy(dir, path, strlen(path) + 1);
	*strrchr(dir, '/') = '\0';
	if ((d = opendir(dir)) == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, prefix, sizeof(prefix) - 1) != 0)
			continue;
		pid = strtol(e->d_name + sizeof(prefix) - 1, &end, 10);
		if (*end == '\0' && pid > 0 && pid <= INT_MAX &&
		    kill((pid_t)pid, 0) == -1 && errno == ESRCH)
			remove_old(dir, e->d_name);
	}
	closedir(d);
}

/* The controllers that the group has. */
static unsigned
controllers(const char *dir)
{
	char path[PATH + 32], text[256];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/cgroup.controllers", dir);
	if ((f = fopen(path, "re")) == NULL)
		return (0);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	return (roles_of(text, " \n") & ~(unsigned)CGROUP_FREEZE);
}

/* Let the groups below have these controllers, as far as can be. */
static void
switch_on(const char *dir, unsigned roles)
{
	char path[PATH + 32];

	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", dir);
	if (roles & CGROUP_CPU)
		(void)hierarchy_put(path, "+cpu");
	if (roles & CGROUP_MEMORY)
		(void)hierarchy_put(path, "+memory");
	if (roles & CGROUP_PIDS)
		(void)hierarchy_put(path, "+pids");
}

/* How many of them. */
static int
count(unsigned roles)
{

	return (((roles & CGROUP_CPU) != 0) + ((roles & CGROUP_MEMORY) != 0) +
	    ((roles & CGROUP_PIDS) != 0));
}

/* Would a group below ${dir} have those of ${want}?  -1: none can be made. */
static int
try_level(const char *dir, unsigned want)
{
	char path[PATH];
	int got;

	if (make(dir, path) == -1)
		return (-1);
	if ((controllers(path) & want) != want)
		switch_on(dir, want);
	got = count(controllers(path) & want);
	(void)rmdir(path);
	return (got);
}

/*
 * A group in version 2 with as many controllers for ${roles} as there are to
 * be had, at the lowest level.  Freezing needs none.  0 or -1.
 */
static int
make_v2(const struct mounted *m, unsigned roles, char path[PATH])
{
	unsigned want = roles & ~(unsigned)CGROUP_FREEZE;
	char dir[PATH], best[PATH] = "", *up;
	int got, most = -1;

	memcpy(dir, m->dir, sizeof(dir));
	for (;;) {
		if ((got = try_level(dir, want)) > most) {
			most = got;
			memcpy(best, dir, sizeof(best));
		}
		if (most == count(want) || strlen(dir) <= m->top ||
		    (up = strrchr(dir + m->top, '/')) == NULL)
			break;
		*up = '\0';
	}
	if (most == -1 || make(best, path) == -1)
		return (-1);
	switch_on(path, controllers(path) & want);
	return (0);
}

/* Can groups below it be frozen?  Not in old kernels. */
static int
freezes(const char *dir)
{
	char path[PATH + 32];

	snprintf(path, sizeof(path), "%s/cgroup.freeze", dir);
	return (access(path, W_OK) == 0);
}

/* Use the hierarchy for those of ${roles} that it can do; return them. */
static unsigned
use(const struct mounted *m, unsigned roles, struct hierarchy *h)
{
	char path[PATH];
	unsigned can;

	if (m->version == 1) {
		can = m->roles & roles;
		if (can == 0 || make(m->dir, path) == -1)
			return (0);
	} else {
		if (make_v2(m, roles, path) == -1)
			return (0);
		can = (controllers(path) | (freezes(path) ? CGROUP_FREEZE :
		    0u)) & roles;
	}
	if (can == 0 || (h->dir = strdup(path)) == NULL) {
		(void)rmdir(path);
		return (0);
	}
	clean_up(path);
	h->version = m->version;
	h->roles = can;
	return (can);
}

size_t
hierarchy_find(struct hierarchy h[HIERARCHIES], unsigned roles)
{
	char line[2048];
	struct mounted m;
	unsigned done;
	size_t n = 0;
	FILE *f;

	if ((f = fopen("/proc/self/mountinfo", "re")) == NULL)
		return (0);
	for (int version = 2; version >= 1; version--) {
		rewind(f);
		while (n < HIERARCHIES && roles != 0 &&
		    fgets(line, sizeof(line), f) != NULL) {
			if (parse_mount(line, &m) == -1 ||
			    m.version != version)
				continue;
			done = use(&m, roles, &h[n]);
			roles &= ~done;
			n += done != 0;
		}
	}
	fclose(f);
	return (n);
}
