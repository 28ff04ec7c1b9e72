#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "lambda.h"

/* Packages: zips from anybody, unpacked where they can do no harm. */

#define MAX_ENTRIES 65535u	/* what a zip can have without extensions */
#define MAX_DEPTH 64u	/* directories */
#define MAX_PATH 1024u
#define BAD_ZIP "Could not unzip uploaded file. Please check your file, " \
	"then try to upload again."

struct unpack {
	struct archive *a;
	int root;	/* directory that the package goes to */
	uint64_t total;	/* bytes written */
	char *why;	/* 256 bytes */
};

/* Say why; the errno that goes with it.  -1. */
static int
fail(struct unpack *u, int error, const char *text)
{

	snprintf(u->why, 256, "%s", text);
	errno = error;
	return (-1);
}

/* An entry that is not taken.  -1. */
static int
refuse(struct unpack *u, const char *name, const char *reason)
{
	char shown[81];
	size_t i;

	for (i = 0; i < sizeof(shown) - 1 && name[i] != '\0'; i++)
		shown[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
	shown[i] = '\0';
	snprintf(u->why, 256, "%s (%s: %s)", BAD_ZIP, shown, reason);
	errno = EINVAL;
	return (-1);
}

/* The system would not.  -1. */
static int
system_error(struct unpack *u, const char *what)
{
	int error = errno == EINVAL || errno == EFBIG ? EIO : errno;

	snprintf(u->why, 256, "%.160s: %s", what, strerror(errno));
	errno = error;
	return (-1);
}

/*
 * Copy a name without "." and empty components to ${path}, of MAX_PATH bytes;
 * 0, or -1 after refusing it.
 */
static int
clean(struct unpack *u, const char *name, char *path)
{
	size_t len = 0, n, depth = 0;
	json_t *utf8;

	if ((utf8 = json_string(name)) == NULL)
		return (refuse(u, name, "its name is not UTF-8"));
	json_decref(utf8);
	if (name[0] == '/')
		return (refuse(u, name, "an absolute name"));
	if (strchr(name, '\\') != NULL)
		return (refuse(u, name, "a backslash in its name"));
	for (const char *p = name; *p != '\0'; p += n + (p[n] == '/')) {
		n = strcspn(p, "/");
		if (n == 0 || (n == 1 && p[0] == '.'))
			continue;
		if (n == 2 && p[0] == '.' && p[1] == '.')
			return (refuse(u, name, "\"..\" in its name"));
		if (++depth > MAX_DEPTH || n > 255 || len + n + 2 > MAX_PATH)
			return (refuse(u, name, "its name is too long"));
		if (len > 0)
			path[len++] = '/';
		memcpy(path + len, p, n);
		len += n;
	}
	path[len] = '\0';
	return (0);
}

/*
 * Make the directories of ${path}, all of them, or only those before its last
 * component.  The descriptor of the last one, with ${*rest} what is left; -1.
 */
static int
enter(struct unpack *u, char *path, int all, char **rest)
{
	char *p = path, *slash;
	int dir, next;

	if ((dir = dup(u->root)) == -1)
		return (system_error(u, "unpacking"));
	for (; *p != '\0' && ((slash = strchr(p, '/')) != NULL || all);
	    p = slash != NULL ? slash + 1 : p + strlen(p)) {
		if (slash != NULL)
			*slash = '\0';
		if (mkdirat(dir, p, 0755) == -1 && errno != EEXIST) {
			system_error(u, "unpacking: a directory");
			goto fail;
		}
		next = openat(dir, p,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next == -1 && errno == ENOTDIR) {
			refuse(u, path, "a file and a directory");
			goto fail;
		}
		if (next == -1) {
			system_error(u, "unpacking: a directory");
			goto fail;
		}
		close(dir);
		dir = next;
	}
	*rest = p;
	return (dir);
fail:
	next = errno;
	close(dir);
	errno = next;
	return (-1);
}

static int
write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	for (; len > 0; data += n, len -= (size_t)n)
		if ((n = write(fd, data, len)) == -1) {
			if (errno != EINTR)
				return (-1);
			n = 0;
		}
	return (0);
}

/* The content of an entry, into ${fd}. */
static int
copy(struct unpack *u, int fd, const char *name)
{
	static char buf[1 << 16];
	ssize_t n;

	while ((n = archive_read_data(u->a, buf, sizeof(buf))) > 0) {
		u->total += (uint64_t)n;
		if (u->total > LAMBDA_UNZIPPED_MAX) {
			snprintf(u->why, 256, "Unzipped size must be smaller "
			    "than %llu bytes",
			    (unsigned long long)LAMBDA_UNZIPPED_MAX);
			errno = EFBIG;
			return (-1);
		}
		if (write_all(fd, buf, (size_t)n) == -1)
			return (system_error(u, "unpacking"));
	}
	if (n < 0)
		return (refuse(u, name, "damaged, or packed in an unusual "
		    "way"));
	return (0);
}

/* A file: only the mode for others counts, as nobody else is to use it. */
static int
unpack_file(struct unpack *u, char *path, const char *name, mode_t mode)
{
	int dir, fd, ret = -1, error;
	char *base;

	if ((dir = enter(u, path, 0, &base)) == -1)
		return (-1);
	fd = openat(dir, base,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1 && errno == EEXIST)
		refuse(u, name, "it is there twice");
	else if (fd == -1)
		system_error(u, "unpacking");
	else if (copy(u, fd, name) == 0) {
		ret = fchmod(fd, (mode & 05) * 0111);
		if (ret == -1)
			system_error(u, "unpacking: fchmod");
	}
	error = errno;
	if (fd != -1)
		close(fd);
	close(dir);
	errno = error;
	return (ret);
}

static int
unpack_entry(struct unpack *u, struct archive_entry *e)
{
	const char *name, *method;
	char path[MAX_PATH], *rest;
	int dir;

	errno = 0;	/* as below */
	if ((name = archive_entry_pathname(e)) == NULL)
		return (refuse(u, "?", "its name is not UTF-8"));
	if (clean(u, name, path) == -1)
		return (-1);
	if (archive_entry_symlink(e) != NULL ||
	    archive_entry_hardlink(e) != NULL ||
	    (archive_entry_filetype(e) != AE_IFREG &&
	    archive_entry_filetype(e) != AE_IFDIR))
		return (refuse(u, name, "neither a file nor a directory"));
	if (archive_entry_is_encrypted(e))
		return (refuse(u, name, "encrypted"));
	if (path[0] == '\0')
		return (0);
	if (archive_entry_filetype(e) == AE_IFDIR) {
		if ((dir = enter(u, path, 1, &rest)) == -1)
			return (-1);
		close(dir);
		return (0);
	}
	method = archive_format_name(u->a);
	if (method == NULL || (strstr(method, "(deflation)") == NULL &&
	    strstr(method, "(uncompressed)") == NULL))
		return (refuse(u, name, "not packed by deflate"));
	return (unpack_file(u, path, name, archive_entry_perm(e)));
}

/* All entries. */
static int
unpack_all(struct unpack *u, const void *zip, size_t length)
{
	struct archive_entry *e;
	size_t n = 0;
	int status;

	if ((u->a = archive_read_new()) == NULL ||
	    archive_read_support_format_zip_seekable(u->a) != ARCHIVE_OK)
		return (fail(u, ENOMEM, "out of memory"));
	if (archive_read_open_memory(u->a, zip, length) != ARCHIVE_OK)
		return (fail(u, EINVAL, BAD_ZIP));
	/*
	 * A name that cannot be converted makes libarchive call exit() if errno
	 * is ENOMEM, and it does not set errno itself in all such cases.
	 */
	for (; errno = 0, (status = archive_read_next_header(u->a, &e)) ==
	    ARCHIVE_OK || status == ARCHIVE_WARN; n++) {
		if (n == MAX_ENTRIES)
			return (fail(u, EINVAL, BAD_ZIP " (too many files)"));
		if (unpack_entry(u, e) == -1)
			return (-1);
	}
	if (status != ARCHIVE_EOF)
		return (fail(u, EINVAL, BAD_ZIP));
	if (n == 0)
		return (fail(u, EINVAL,
		    "Uploaded file must be a non-empty zip"));
	return (0);
}

/* With names read as UTF-8, whatever the locale is. */
static int
unpack_utf8(struct unpack *u, const void *zip, size_t length)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), old;
	int ret, error;

	old = utf8 == (locale_t)0 ? (locale_t)0 : uselocale(utf8);
	ret = unpack_all(u, zip, length);
	error = errno;
	if (u->a != NULL)
		archive_read_free(u->a);
	if (utf8 != (locale_t)0) {
		uselocale(old);
		freelocale(utf8);
	}
	errno = error;
	return (ret);
}

/* The zip itself, for those who download it. */
static int
keep(struct unpack *u, struct code *c, const void *zip, size_t length)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	int fd, error;

	crypto_hash_sha256(hash, zip, length);
	sodium_bin2base64(c->sha256, sizeof(c->sha256), hash, sizeof(hash),
	    sodium_base64_VARIANT_ORIGINAL);
	fd = open(c->zip, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return (system_error(u, c->zip));
	if (write_all(fd, zip, length) == -1) {
		system_error(u, c->zip);
		error = errno;
		close(fd);
		errno = error;
		return (-1);
	}
	return (close(fd) == 0 ? 0 : system_error(u, c->zip));
}

/* The directory for the package. */
static struct code *
code_new(struct lambda *l, struct unpack *u)
{
	char path[sizeof(l->dir) + 40];
	struct code *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->references = 1;
	lambda_uuid(c->id);
	snprintf(path, sizeof(path), "%s/code", l->dir);
	if (mkdir(path, 0755) == -1 && errno != EEXIST)
		goto fail;
	snprintf(path, sizeof(path), "%s/code/%llu", l->dir,
	    (unsigned long long)++l->ncode);
	if ((c->dir = strdup(path)) == NULL)
		goto fail;
	snprintf(path + strlen(path), 5, ".zip");
	if ((c->zip = strdup(path)) == NULL || mkdir(c->dir, 0755) == -1)
		goto fail;
	u->root = open(c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (u->root != -1)
		return (c);
fail:
	system_error(u, l->dir);
	code_unref(c);
	return (NULL);
}

/* Nobody is to write to the directory ${fd} and those in it. */
static int
lock(struct unpack *u, int fd, unsigned depth)
{
	struct dirent *e;
	struct stat st;
	int sub, ret = 0;
	DIR *d;

	/* As unpacked by enter(), it is no deeper. */
	if (depth == 0 || (sub = dup(fd)) == -1)
		return (system_error(u, "unpacking"));
	if ((d = fdopendir(sub)) == NULL) {
		close(sub);
		return (system_error(u, "unpacking"));
	}
	while (ret == 0 && (errno = 0, e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0 ||
		    (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    !S_ISDIR(st.st_mode)))
			continue;
		sub = openat(fd, e->d_name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub == -1)
			break;
		ret = lock(u, sub, depth - 1);
		close(sub);
	}
	if (ret == 0 && (errno != 0 || fchmod(fd, 0555) == -1))
		ret = system_error(u, "unpacking: a directory");
	closedir(d);
	return (ret);
}

struct code *
package_unpack(struct lambda *l, const void *zip, size_t length, char why[256])
{
	struct unpack u = { .why = why, .root = -1 };
	struct code *c;
	int ret, error;

	/* Nothing, or the end record of a zip alone. */
	if (length == 0 || (length == 22 && memcmp(zip, "PK\5\6", 4) == 0)) {
		fail(&u, EINVAL, "Uploaded file must be a non-empty zip");
		return (NULL);
	}
	fail(&u, ENOMEM, "out of memory");
	if ((c = code_new(l, &u)) == NULL)
		return (NULL);
	c->size = length;
	ret = keep(&u, c, zip, length);
	if (ret == 0)
		ret = unpack_utf8(&u, zip, length);
	if (ret == 0)
		ret = lock(&u, u.root, MAX_DEPTH + 1);
	error = errno;
	close(u.root);
	c->unzipped = u.total;
	if (ret == 0)
		return (c);
	code_unref(c);
	errno = error;
	return (NULL);
}

struct code *
code_ref(struct code *c)
{

	c->references++;
	return (c);
}

void
code_unref(struct code *c)
{
	int error = errno;

	if (c == NULL || --c->references > 0)
		return;
	if (c->dir != NULL && tree_remove(c->dir) == -1 && errno != ENOENT)
		sv_warn("%s", c->dir);
	if (c->zip != NULL && unlink(c->zip) == -1 && errno != ENOENT)
		sv_warn("%s", c->zip);
	free(c->dir);
	free(c->zip);
	free(c);
	errno = error;
}
