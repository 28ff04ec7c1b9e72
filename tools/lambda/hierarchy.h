#ifndef HIERARCHY_H
#define HIERARCHY_H

#include <stddef.h>

/*
 * Where cgroups can be made: part of cgroup_linux.c.  A system may have one
 * hierarchy of version 2, several of version 1, each with its controllers, or
 * both; of what can be had in either, version 2's is taken.
 */

#define HIERARCHIES 5u	/* as many as are used at most */

enum {	/* what one can do */
	CGROUP_CPU = 1,
	CGROUP_MEMORY = 2,
	CGROUP_FREEZE = 4,
	CGROUP_PIDS = 8
};

struct hierarchy {
	char *dir;	/* a group for all of ours; the caller removes it */
	int version;
	unsigned roles;	/* what it is used for */
};

/**
 * hierarchy_find(h, roles):
 * Make a group sv-lambda-PID in as many hierarchies as are needed to do all of
 * ${roles}, or what can be done.  Return their number.
 *
 * In version 1 it is made below the group in which this process is.  In
 * version 2 a group with processes in it cannot have controllers for groups
 * below it, so it is made beside that group, or further up: the first place
 * where there are controllers, or they can be switched on.
 *
 * Groups there with the number of a process that is gone, as one that was
 * killed leaves them, are removed if nobody is in them.
 */
size_t hierarchy_find(struct hierarchy h[HIERARCHIES], unsigned roles);

/**
 * hierarchy_is_ours(dir):
 * Could it be a group that hierarchy_find() has made, by its name?
 */
int hierarchy_is_ours(const char *dir);

/**
 * hierarchy_clear(dirs, n):
 * Kill all that are in groups of environments below these ${n} groups of one
 * sv-lambda, and remove them, for 2 s at most.  0, or -1 if some are left.
 */
int hierarchy_clear(char *const *dirs, size_t n);

/**
 * hierarchy_put(path, text):
 * Write into an existing file.  0, or -1 with errno set.
 */
int hierarchy_put(const char *path, const char *text);

#endif /* !HIERARCHY_H */
