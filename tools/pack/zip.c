#include "config.h"

#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "package.h"

/* The archive as it grows. */
struct buffer {
	unsigned char *data;
	size_t len, room;
};

/* What a signal removes; set and cleared with the signals blocked. */
static char *doomed;

static void
on_signal(int sig)
{

	if (doomed != NULL)
		unlink(doomed);
	signal(sig, SIG_DFL);
	raise(sig);
}

static int
by_name(const void *va, const void *vb)
{
	const struct package_file *a = va, *b = vb;

	return (strcmp(a->name, b->name));
}

/* The directories that the files lie in. */
static int
add_directories(struct package *p)
{
	size_t i, k, n = p->n;
	char *dir;

	for (i = 0; i < n; i++) {
		if ((dir = strdup(p->files[i].name)) == NULL) {
			sv_warn("%s", p->files[i].name);
			return (-1);
		}
		/* From the innermost to the outermost. */
		for (k = strlen(dir) - 1; k > 0; k--) {
			if (dir[k - 1] != '/')
				continue;
			dir[k] = '\0';
			if (!package_has(p, dir) &&
			    package_add(p, dir, NULL, 0, 1) == -1) {
				free(dir);
				return (-1);
			}
		}
		free(dir);
	}
	return (0);
}

/* A file cannot be a directory as well. */
static int
clash(const struct package *p)
{
	const char *a, *b;
	size_t i, n;

	for (i = 0; i + 1 < p->n; i++) {
		a = p->files[i].name;
		n = strlen(a);
		for (size_t k = i + 1; k < p->n; k++) {
			b = p->files[k].name;
			if (strncmp(a, b, n) != 0)
				break;
			if (a[n - 1] != '/' && b[n] == '/') {
				sv_warnx("%s: cannot be both a file and a"
				    " directory of the package", a);
				return (-1);
			}
		}
	}
	return (0);
}

static la_ssize_t
keep(struct archive *a, void *ctx, const void *data, size_t n)
{
	struct buffer *b = ctx;
	unsigned char *p;
	size_t room;

	if (n > b->room - b->len) {
		room = b->room + n + b->room / 2;
		if ((p = realloc(b->data, room)) == NULL) {
			archive_set_error(a, ENOMEM, "out of memory");
			return (-1);
		}
		b->data = p;
		b->room = room;
	}
	memcpy(b->data + b->len, data, n);
	b->len += n;
	return ((la_ssize_t)n);
}

static int
put(struct archive *a, struct archive_entry *e, struct package_file *f,
    time_t when)
{
	int dir = f->name[strlen(f->name) - 1] == '/';
	int64_t before = archive_filter_bytes(a, 0);

	archive_entry_clear(e);
	archive_entry_set_pathname(e, f->name);
	archive_entry_set_filetype(e, dir ? AE_IFDIR : AE_IFREG);
	archive_entry_set_perm(e, dir || f->executable ? 0755 : 0644);
	archive_entry_set_uid(e, 0);
	archive_entry_set_gid(e, 0);
	archive_entry_set_mtime(e, when, 0);
	archive_entry_set_size(e, (la_int64_t)f->len);
	if (archive_write_header(a, e) != ARCHIVE_OK ||
	    (f->len > 0 && archive_write_data(a, f->data, f->len) !=
	    (la_ssize_t)f->len) || archive_write_finish_entry(a) != ARCHIVE_OK)
		return (-1);
	f->zipped = (uint64_t)(archive_filter_bytes(a, 0) - before);
	return (0);
}

/* The archive in ${b}; -1 after a line. */
static int
make(struct package *p, time_t when, struct buffer *b)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	size_t i;
	int rc = -1;

	if (a == NULL || e == NULL) {
		sv_warn("the archive");
		goto done;
	}
	if (archive_write_set_format_zip(a) != ARCHIVE_OK ||
	    archive_write_set_options(a, "zip:compression=deflate,"
	    "zip:compression-level=9") != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(a, 0) != ARCHIVE_OK ||
	    archive_write_open(a, b, NULL, keep, NULL) != ARCHIVE_OK)
		goto failed;
	for (i = 0; i < p->n; i++)
		if (put(a, e, &p->files[i], when) == -1)
			goto failed;
	if (archive_write_close(a) == ARCHIVE_OK)
		rc = 0;
failed:
	if (rc == -1)
		sv_warnx("the archive: %s", archive_error_string(a) != NULL ?
		    archive_error_string(a) : "cannot be made");
done:
	archive_entry_free(e);
	archive_write_free(a);
	return (rc);
}

/* A new file beside ${path}, with its name in doomed; -1 with errno. */
static int
temporary(const char *path)
{
	struct sigaction sa = { .sa_handler = on_signal };
	const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	sigset_t set, old;
	size_t i, n = strlen(path) + sizeof(".XXXXXX");
	char *name = malloc(n);
	int fd;

	if (name == NULL)
		return (-1);
	snprintf(name, n, "%s.XXXXXX", path);
	sigfillset(&set);
	sigfillset(&sa.sa_mask);
	sigprocmask(SIG_BLOCK, &set, &old);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
	if ((fd = mkstemp(name)) == -1)
		free(name);
	else
		doomed = name;
	sigprocmask(SIG_SETMASK, &old, NULL);
	return (fd);
}

/* Give it its name, or remove it. */
static int
settle(const char *path, int ok)
{
	sigset_t set, old;
	char *name;
	int error;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, &old);
	if (ok && rename(doomed, path) == -1)
		ok = 0;
	error = errno;
	if (!ok)
		unlink(doomed);
	name = doomed;
	doomed = NULL;
	sigprocmask(SIG_SETMASK, &old, NULL);
	free(name);
	errno = error;
	return (ok ? 0 : -1);
}

static int
write_all(int fd, const unsigned char *data, size_t n)
{
	ssize_t k;

	for (; n > 0; data += k, n -= (size_t)k) {
		while ((k = write(fd, data, n)) == -1 && errno == EINTR)
			;
		if (k == -1)
			return (-1);
	}
	return (0);
}

int
package_write(struct package *p, const char *path, time_t when,
    uint64_t *size)
{
	struct buffer b = { NULL, 0, 0 };
	mode_t mask;
	int fd, ok, rc = -1;

	if (add_directories(p) == -1)
		return (-1);
	qsort(p->files, p->n, sizeof(*p->files), by_name);
	if (clash(p) == -1 || make(p, when, &b) == -1)
		goto done;
	if ((fd = temporary(path)) == -1) {
		sv_warn("%s", path);
		goto done;
	}
	umask(mask = umask(0));
	ok = write_all(fd, b.data, b.len) == 0 &&
	    fchmod(fd, 0666 & ~mask) == 0;
	if (close(fd) == -1)
		ok = 0;
	if ((rc = settle(path, ok)) == -1)
		sv_warn("%s", path);
	*size = b.len;
done:
	free(b.data);
	return (rc);
}
