#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "save.h"

#define TRIES 100	/* names that may be taken */

/* "/a/.b.PID.K", beside "/a/b", in new memory. */
static char *
beside(const char *path, int k)
{
	const char *slash = strrchr(path, '/');
	int dir = slash == NULL ? 0 : (int)(slash + 1 - path);
	size_t room = strlen(path) + 48;
	char *name;

	if ((name = malloc(room)) != NULL)
		snprintf(name, room, "%.*s.%s.%ld.%d", dir, path, path + dir,
		    (long)getpid(), k);
	return (name);
}

/* Open a new file beside the old one, readable as that one is. */
static int
open_beside(struct save *s, const struct stat *old)
{
	int fd = -1;

	for (int k = 0; k < TRIES; k++) {
		free(s->name);
		if ((s->name = beside(s->path, k)) == NULL)
			return (-1);
		fd = open(s->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0666);
		if (fd != -1 || errno != EEXIST)
			break;
	}
	if (fd != -1 && old != NULL)
		(void)fchmod(fd, old->st_mode & 0777);
	return (fd);
}

int
save_open(struct save *s, const char *path)
{
	struct stat st;
	int fd = -1, there;

	memset(s, 0, sizeof(*s));
	there = stat(path, &st) == 0;
	s->path = there ? realpath(path, NULL) : strdup(path);
	if (s->path == NULL)
		goto fail;
	if (there && S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		goto fail;
	}
	if (there && !S_ISREG(st.st_mode))
		fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	else
		fd = open_beside(s, there ? &st : NULL);
	if (fd == -1 || (s->f = fdopen(fd, "w")) == NULL)
		goto fail;
	return (0);
fail:
	sv_warn("%s", path);
	if (fd != -1) {
		close(fd);
		if (s->name != NULL)
			unlink(s->name);
	}
	free(s->name);
	free(s->path);
	return (-1);
}

int
save_close(struct save *s, int rc)
{
	int bad = fflush(s->f) != 0 || ferror(s->f);

	if (fclose(s->f) != 0)
		bad = 1;
	if (rc == 0 && (bad || (s->name != NULL &&
	    rename(s->name, s->path) == -1))) {
		sv_warn("%s", s->path);
		rc = -1;
	}
	if (rc == -1 && s->name != NULL)
		unlink(s->name);
	free(s->name);
	free(s->path);
	return (rc);
}
