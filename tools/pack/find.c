#include "config.h"

#include <sys/stat.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "find.h"

#define CONF "/etc/ld.so.conf"
#define CONF_DEPTH 8	/* files that include files */
#define LINE 4096

struct search {
	const struct object *program;
	size_t max;
	char **dirs;	/* of the system */
	size_t ndirs;
};

/* All of the regular file ${fd}; -1 with errno. */
static int
slurp(int fd, struct object *o, size_t max)
{
	struct stat st;
	ssize_t n;
	size_t len;

	if (fstat(fd, &st) == -1)
		return (-1);
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return (-1);
	}
	if (st.st_size < 0 || (uintmax_t)st.st_size > max) {
		errno = EFBIG;
		return (-1);
	}
	len = (size_t)st.st_size;
	if ((o->data = malloc(len + 1)) == NULL)
		return (-1);
	/* A file that grows meanwhile is cut off, one that shrinks is shorter. */
	while (o->len < len) {
		n = read(fd, o->data + o->len, len - o->len);
		if (n == 0)
			break;
		if (n > 0)
			o->len += (size_t)n;
		else if (errno != EINTR)
			return (-1);
	}
	o->executable = (st.st_mode & S_IXUSR) != 0;
	return (0);
}

/* Read ${path}; -1 with errno set. */
static int
load(struct object *o, const char *path, size_t max)
{
	int fd, rc = -1, error;

	memset(o, 0, sizeof(*o));
	/* A named pipe must not keep us waiting. */
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return (-1);
	if ((o->path = strdup(path)) != NULL)
		rc = slurp(fd, o, max);
	error = errno;
	close(fd);
	if (rc == -1)
		object_fini(o);
	errno = error;
	return (rc);
}

/* Why a file cannot be read. */
static void
complain(const char *path)
{

	if (errno == EFBIG)
		sv_warnx("%s: larger than what AWS Lambda takes", path);
	else if (errno == EINVAL)
		sv_warnx("%s: not a regular file", path);
	else
		sv_warn("%s", path);
}

int
object_read(struct object *o, const char *path, size_t max)
{
	char why[IMAGE_WHY];

	if (load(o, path, max) == -1) {
		complain(path);
		return (-1);
	}
	if (image_is_elf(o->data, o->len) &&
	    image_read(&o->im, o->data, o->len, why) == -1) {
		sv_warnx("%s: %s", path, why);
		object_fini(o);
		return (-1);
	}
	return (0);
}

void
object_fini(struct object *o)
{

	image_fini(&o->im);
	free(o->path);
	free(o->data);
	memset(o, 0, sizeof(*o));
}

static int
add_dir(struct search *s, const char *dir)
{
	char **p = realloc(s->dirs, (s->ndirs + 1) * sizeof(*p));

	if (p == NULL)
		return (-1);
	s->dirs = p;
	if ((s->dirs[s->ndirs] = strdup(dir)) == NULL)
		return (-1);
	s->ndirs++;
	return (0);
}

/* The directories that a configuration file of the loader names. */
static int
read_conf(struct search *s, const char *path, int depth)
{
	char line[LINE], *p;
	FILE *f;
	glob_t g;
	size_t i;
	int rc = 0;

	if (depth == CONF_DEPTH || (f = fopen(path, "r")) == NULL)
		return (0);
	while (rc == 0 && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "#\n")] = '\0';
		p = line + strspn(line, " \t");
		if (*p == '/') {
			p[strcspn(p, " \t=")] = '\0';
			rc = add_dir(s, p);
		} else if (strncmp(p, "include", 7) == 0 &&
		    (p[7] == ' ' || p[7] == '\t')) {
			p += 7 + strspn(p + 7, " \t");
			p[strcspn(p, " \t")] = '\0';
			if (*p != '/' || glob(p, 0, NULL, &g) != 0)
				continue;
			for (i = 0; rc == 0 && i < g.gl_pathc; i++)
				rc = read_conf(s, g.gl_pathv[i], depth + 1);
			globfree(&g);
		}
	}
	fclose(f);
	return (rc);
}

struct search *
search_new(const struct object *program, size_t max)
{
	static const char *const x86[] = { "/lib/x86_64-linux-gnu",
	    "/usr/lib/x86_64-linux-gnu", "/usr/x86_64-linux-gnu/lib",
	    "/lib64", "/usr/lib64", "/lib", "/usr/lib", NULL };
	static const char *const arm[] = { "/lib/aarch64-linux-gnu",
	    "/usr/lib/aarch64-linux-gnu", "/usr/aarch64-linux-gnu/lib",
	    "/lib64", "/usr/lib64", "/lib", "/usr/lib", NULL };
	const char *const *d = program->im.machine == EM_AARCH64 ? arm : x86;
	struct search *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return (NULL);
	s->program = program;
	s->max = max;
	if (read_conf(s, CONF, 0) == -1)
		goto fail;
	for (; *d != NULL; d++)
		if (add_dir(s, *d) == -1)
			goto fail;
	return (s);

fail:
	search_free(s);
	return (NULL);
}

void
search_free(struct search *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->ndirs; i++)
		free(s->dirs[i]);
	free(s->dirs);
	free(s);
}

/* Is ${path} a library for this machine? */
static enum find
try(const struct search *s, const char *path, struct object *o, char *other,
    size_t n)
{
	char why[IMAGE_WHY];

	if (load(o, path, s->max) == -1) {
		if (errno == ENOENT || errno == ENOTDIR || errno == EISDIR ||
		    errno == EACCES || errno == EINVAL || errno == ENAMETOOLONG)
			return (FIND_NONE);
		complain(path);
		return (FIND_FAILED);
	}
	/* A damaged one is passed over too: the next may do. */
	if (image_is_elf(o->data, o->len) &&
	    image_read(&o->im, o->data, o->len, why) == 0) {
		if (o->im.machine == s->program->im.machine)
			return (FIND_DONE);
		if (other[0] == '\0')
			snprintf(other, n, "%s", path);
	}
	object_fini(o);
	return (FIND_NONE);
}

/* $ORIGIN, or ${ORIGIN}, at ${s}: its length, or 0. */
static size_t
origin(const char *s, size_t n)
{
	static const char *const names[] = { "$ORIGIN", "${ORIGIN}" };
	size_t i, k;

	for (i = 0; i < 2; i++) {
		k = strlen(names[i]);
		if (n >= k && strncmp(s, names[i], k) == 0)
			return (k);
	}
	return (0);
}

/*
 * The ${n} bytes of a directory's name at ${dir}, as written in the file ${by},
 * with ${name} in it.  -1 where that is too long, or of a kind not known here.
 */
static int
expand(char path[PATH_MAX], const char *dir, size_t n,
    const struct object *by, const char *name)
{
	char real[PATH_MAX] = "";
	size_t k = origin(dir, n);
	int len;

	if (k > 0) {
		if (by == NULL || realpath(by->path, real) == NULL)
			return (-1);
		*strrchr(real, '/') = '\0';
	}
	if (memchr(dir + k, '$', n - k) != NULL)
		return (-1);
	len = snprintf(path, PATH_MAX, "%s%.*s/%s", real, (int)(n - k),
	    dir + k, name);
	return (len < 0 || len >= PATH_MAX ? -1 : 0);
}

/* Look in a list of directories, separated by colons; ${list} may be NULL. */
static enum find
try_list(const struct search *s, const char *list, const struct object *by,
    const char *name, struct object *o, char *other, size_t n)
{
	char path[PATH_MAX];
	enum find rc = FIND_NONE;
	size_t k;

	while (list != NULL && *list != '\0' && rc == FIND_NONE) {
		k = strcspn(list, ":;");
		if (k > 0 && k < PATH_MAX &&
		    expand(path, list, k, by, name) == 0)
			rc = try(s, path, o, other, n);
		list += k;
		list += *list != '\0';
	}
	return (rc);
}

enum find
search_find(struct search *s, const char *name, const struct object *by,
    struct object *o, char *other, size_t n)
{
	const struct object *top = s->program;
	enum find rc = FIND_NONE;
	size_t i;

	other[0] = '\0';
	if (strchr(name, '/') != NULL)
		return (try(s, name, o, other, n));
	if (by->im.runpath == NULL) {
		rc = try_list(s, by->im.rpath, by, name, o, other, n);
		if (rc == FIND_NONE && by != top && top->im.runpath == NULL)
			rc = try_list(s, top->im.rpath, top, name, o, other, n);
	}
	if (rc == FIND_NONE)
		rc = try_list(s, getenv("LD_LIBRARY_PATH"), NULL, name, o,
		    other, n);
	if (rc == FIND_NONE)
		rc = try_list(s, by->im.runpath, by, name, o, other, n);
	for (i = 0; rc == FIND_NONE && i < s->ndirs; i++)
		rc = try_list(s, s->dirs[i], NULL, name, o, other, n);
	return (rc);
}
