#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "lambda.h"

int
tree_lock(int fd)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return (fcntl(fd, F_SETLK, &all));
}

/* It gets its name when it is locked: nobody finds it without. */
static int
make_lock(struct lambda *l)
{
	char path[300], temporary[300];

	snprintf(path, sizeof(path), "%s/lock", l->dir);
	snprintf(temporary, sizeof(temporary), "%s/lock.new", l->dir);
	l->lock = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (l->lock == -1 || tree_lock(l->lock) == -1)
		return (-1);
	return (rename(temporary, path));
}

int
tree_open(struct lambda *l)
{
	const char *tmp = getenv("TMPDIR");

	if (tmp == NULL || tmp[0] != '/')
		tmp = "/tmp";
	if ((size_t)snprintf(l->dir, sizeof(l->dir), "%s/sv-lambda-XXXXXX",
	    tmp) >= sizeof(l->dir)) {
		l->dir[0] = '\0';
		errno = ENAMETOOLONG;
		sv_warn("%s", tmp);
		return (-1);
	}
	if (mkdtemp(l->dir) == NULL) {
		l->dir[0] = '\0';
		sv_warn("cannot make a directory in %s", tmp);
		return (-1);
	}
	/* Another user is to reach what is below, whose names it knows. */
	if (l->o->chroot && chmod(l->dir, 0711) == -1) {
		sv_warn("%s", l->dir);
		return (-1);
	}
	if (make_lock(l) == -1) {
		sv_warn("%s", l->dir);
		return (-1);
	}
	return (0);
}

/* Move the directory ${name} in ${from} up to ${top}, whatever it is called. */
static int
move_up(int top, int from, const char *name, unsigned long *n)
{
	char to[32];

	/* A directory is moved by who may write it: its ".." changes. */
	if (fchmodat(from, name, S_IRWXU, 0) == -1)
		return (-1);
	if (top == from)
		return (0);
	do {
		snprintf(to, sizeof(to), ".%lx", (*n)++);
		if (renameat(from, name, top, to) == 0)
			return (0);
	} while (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR);
	return (-1);
}

/* Empty the directory ${fd} (closed here) but for directories: those move up. */
static int
clear_directory(int top, int fd, unsigned long *n)
{
	struct dirent *e;
	struct stat st;
	DIR *d;
	int rc = 0;

	if ((d = fdopendir(fd)) == NULL) {
		close(fd);
		return (-1);
	}
	while (rc == 0 && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			rc = errno == ENOENT ? 0 : -1;
		else if (S_ISDIR(st.st_mode))
			rc = move_up(top, fd, e->d_name, n);
		else
			rc = unlinkat(fd, e->d_name, 0);
	}
	closedir(d);
	return (rc);
}

/*
 * Remove the directories in ${top}, in which there is nothing else, after what
 * is in them.  Return how many there were, or -1.
 */
static int
clear_level(int top, unsigned long *n)
{
	struct dirent *e;
	DIR *d;
	int fd, found = 0;

	if ((fd = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return (-1);
	if ((d = fdopendir(fd)) == NULL) {
		close(fd);
		return (-1);
	}
	while (found != -1 && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		found = 1;
		fd = openat(top, e->d_name, O_RDONLY | O_DIRECTORY |
		    O_NOFOLLOW | O_CLOEXEC);
		if (fd == -1 || clear_directory(top, fd, n) == -1 ||
		    unlinkat(top, e->d_name, AT_REMOVEDIR) == -1)
			found = -1;
	}
	closedir(d);
	return (found);
}

int
tree_remove(const char *dir)
{
	unsigned long n = 0;
	int top, fd, rc = -1, saved;

	/* Flat, not recursive: a function may have nested its /tmp at will. */
	if (chmod(dir, S_IRWXU) == -1)
		return (-1);
	top = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (top == -1)
		return (-1);
	fd = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1)
		rc = clear_directory(fd, fd, &n);
	while (rc != -1 && (rc = clear_level(top, &n)) > 0)
		continue;
	saved = errno;
	close(top);
	errno = saved;
	return (rc == -1 ? -1 : rmdir(dir));
}
