#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "env.h"
#include "err.h"
#include "hierarchy.h"
#include "lambda.h"

static const char prefix[] = "sv-lambda-";

/* The groups that are named in ${dir}/groups are removed. */
static void
clear_groups(const char *dir)
{
	char path[640], line[512], *dirs[HIERARCHIES] = { NULL };
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/groups", dir);
	if ((f = fopen(path, "re")) == NULL)
		return;
	while (n < HIERARCHIES && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (hierarchy_is_ours(line) &&
		    (dirs[n] = strdup(line)) != NULL)
			n++;
	}
	fclose(f);
	(void)hierarchy_clear(dirs, n);
	for (size_t i = 0; i < n; i++)
		free(dirs[i]);
}

/*
 * The lock of a directory whose owner is dead; to be closed.  -1: it has none,
 * is not ours, or its owner lives.
 */
static int
take(const char *dir)
{
	char path[640];
	struct stat st;
	int fd;

	if (lstat(dir, &st) == -1 || !S_ISDIR(st.st_mode) ||
	    st.st_uid != geteuid())
		return (-1);
	if ((size_t)snprintf(path, sizeof(path), "%s/lock", dir) >=
	    sizeof(path))
		return (-1);
	fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return (-1);
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    tree_lock(fd) == -1) {
		close(fd);
		return (-1);
	}
	return (fd);
}

void
remains_clean(struct lambda *l)
{
	char top[sizeof(l->dir)], dir[sizeof(l->dir) + 300], *slash;
	struct dirent *e;
	DIR *d;
	int lock;

	memcpy(top, l->dir, sizeof(top));
	slash = strrchr(top, '/');
	*slash = '\0';
	if ((d = opendir(top)) == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		/* Our own lock would be ours again, and lost by closing it. */
		if (strncmp(e->d_name, prefix, sizeof(prefix) - 1) != 0 ||
		    strlen(e->d_name) != sizeof(prefix) - 1 + 6 ||
		    strcmp(e->d_name, slash + 1) == 0)
			continue;
		snprintf(dir, sizeof(dir), "%s/%s", top, e->d_name);
		if ((lock = take(dir)) == -1)
			continue;
		clear_groups(dir);
		sandbox_kill_all(dir);
		if (tree_remove(dir) == -1 && errno != ENOENT)
			sv_warn("%s", dir);
		else if (l->o->verbose)
			sv_warnx("%s is removed, whose owner is dead", dir);
		close(lock);
	}
	closedir(d);
}

int
remains_note(const struct lambda *l)
{
	char path[300], *dirs[HIERARCHIES];
	size_t n = cgroup_dirs(l, dirs);
	FILE *f;
	int rc = 0;

	snprintf(path, sizeof(path), "%s/groups", l->dir);
	if ((f = fopen(path, "wxe")) == NULL)
		return (-1);
	for (size_t i = 0; i < n; i++)
		if (fprintf(f, "%s\n", dirs[i]) < 0)
			rc = -1;
	return (fclose(f) == 0 ? rc : -1);
}
