#include "config.h"

#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "unpack.h"
#include "unpack_kind.h"
#include "utf8.h"

/*
 * Bytes go through at most three layers of libarchive: one that unpacks the
 * file, one that finds the members of an archive in what the first gives, and
 * one that unpacks a member.  Each begins with a head, bytes that are looked at
 * before it is decided who reads them.
 */

#define HEAD 4096u	/* most that sv_unpack_new() takes */
#define PIECE ((size_t)1 << 16)	/* bytes for libarchive at once */
#define NAME 200u	/* characters of a member's name in messages */
#define TAR_END 512u	/* zeros, at least */
#define ZIP_MARK 0x504b0506u	/* begins what ends a zip ... */
#define ZIP_END 18u	/* ... and goes on for so many bytes, or more */

struct head {
	struct sv_bytes in;
	size_t have, given;	/* bytes read, and those given of them */
	char bytes[HEAD];
};

struct layer {
	struct sv_unpack *u;
	struct archive *a;	/* NULL: not in use */
	const char *what;	/* it unpacks */
	struct sv_bytes in;
	struct sv_bytes out;	/* of the text or the member at hand */
	int members;	/* an archive's, and not one text */
	int over;	/* nothing is left to read */
	uint64_t given;	/* bytes to libarchive */
	uint64_t zeros;	/* the last of them that are 0 */
	uint32_t last;	/* of them, four */
	uint64_t mark;	/* bytes up to the end mark of a zip; 0: not yet */
	char why[300];
	char piece[PIECE];
};

struct sv_unpack {
	int fd;
	const char *name;
	char *text;	/* name of the text at hand, or NULL: that of the file */
	struct sv_bytes raw;	/* of the descriptor */
	uint64_t done;
	int64_t begin;	/* where the file begins, or -1: it cannot seek */
	int begun;
	unsigned long members;	/* regular files so far */
	struct head file, unpacked, member, inner;
	struct layer outer, archive, compressed;
};

static ssize_t
read_raw(void *ctx, void *buf, size_t len)
{
	struct sv_unpack *u = ctx;
	ssize_t n = read(u->fd, buf, len);

	if (n > 0)
		u->done += (uint64_t)n;
	return (n);
}

/* Bytes behind a head, which come first. */
static ssize_t
read_head(void *ctx, void *buf, size_t len)
{
	struct head *h = ctx;
	size_t left = h->have - h->given;

	if (left == 0)
		return (sv_bytes_read(&h->in, buf, len));
	if (len > left)
		len = left;
	memcpy(buf, h->bytes + h->given, len);
	h->given += len;
	return ((ssize_t)len);
}

static const char *
why_head(void *ctx)
{
	const struct head *h = ctx;

	return (sv_bytes_why(&h->in));
}

/* Look at the beginning of ${in}; ${out} has all of it.  0, or -1 as read. */
static int
begin_head(struct head *h, const struct sv_bytes *in, struct sv_bytes *out)
{
	ssize_t n = 0;

	h->in = *in;
	h->given = 0;
	out->read = read_head;
	out->why = why_head;
	out->ctx = h;
	if (h->have < SV_UNPACK_HEAD)
		n = sv_bytes_fill(&h->in, h->bytes + h->have,
		    SV_UNPACK_HEAD - h->have);
	if (n > 0)
		h->have += (size_t)n;
	return (n == -1 ? -1 : 0);
}

/* Take note of what tells the end of an archive, of ${n} bytes. */
static void
watch(struct layer *l, size_t n)
{
	size_t i = n;

	while (i > 0 && l->piece[i - 1] == '\0')
		i--;
	l->zeros = (i > 0 ? 0 : l->zeros) + (n - i);
	for (i = 0; i < n; i++) {
		l->last = l->last << 8 | (unsigned char)l->piece[i];
		if (l->last == ZIP_MARK)
			l->mark = l->given + i + 1;
	}
}

static la_ssize_t
give(struct archive *a, void *ctx, const void **buf)
{
	struct layer *l = ctx;
	ssize_t n = sv_bytes_read(&l->in, l->piece, PIECE);

	if (n == -1) {
		archive_set_error(a, errno, "%s", sv_bytes_why(&l->in));
		return (ARCHIVE_FATAL);
	}
	if (l->members)
		watch(l, (size_t)n);
	l->given += (uint64_t)n;
	*buf = l->piece;
	return (n);
}

/* Zips are read from their end, where that is possible. */
static la_int64_t
seek(struct archive *a, void *ctx, la_int64_t offset, int whence)
{
	struct layer *l = ctx;
	struct sv_unpack *u = l->u;
	off_t at;

	if (whence == SEEK_SET)
		offset += u->begin;
	/* Who reads the file reads a head first, if there is one. */
	else if (whence == SEEK_CUR)
		offset -= (la_int64_t)(u->file.have - u->file.given);
	if ((at = lseek(u->fd, (off_t)offset, whence)) == -1 ||
	    at < u->begin) {
		archive_set_error(a, errno, "%s", strerror(errno));
		return (ARCHIVE_FATAL);
	}
	u->file.given = u->file.have;
	u->done = (uint64_t)(at - u->begin);
	return (at - u->begin);
}

static int
failed(struct layer *l, const char *why)
{

	snprintf(l->why, sizeof(l->why), "%s cannot be unpacked (cut off, or"
	    " damaged?): %s", l->what, why != NULL ? why : "no reason known");
	errno = EIO;
	return (-1);
}

static int
archive_failed(struct layer *l)
{

	return (failed(l, archive_error_string(l->a)));
}

/* Bytes behind the end of what was compressed would be lost in silence. */
static int
check_rest(struct layer *l)
{
	uint64_t used = (uint64_t)archive_filter_bytes(l->a, -1);
	ssize_t n = 0;

	if (used >= l->given && (n = sv_bytes_read(&l->in, l->piece, 1)) == 0)
		return (0);
	if (n == -1)
		return (failed(l, sv_bytes_why(&l->in)));
	return (failed(l, "there are other bytes behind its end"));
}

static ssize_t
read_layer(void *ctx, void *buf, size_t len)
{
	struct layer *l = ctx;
	ssize_t n;

	if (l->over)
		return (0);
	if ((n = archive_read_data(l->a, buf, len)) < 0)
		return (archive_failed(l));
	if (n == 0 && !l->members) {
		l->over = 1;
		return (check_rest(l));
	}
	return (n);
}

static const char *
why_layer(void *ctx)
{
	const struct layer *l = ctx;

	return (l->why);
}

/* What libarchive is to do: unpack one text, or find members. */
static int
set_up(struct layer *l, int members, int can_seek)
{

	if ((l->a = archive_read_new()) == NULL)
		return (-1);
	if (members) {
		archive_read_support_format_tar(l->a);
		archive_read_support_format_zip(l->a);
		archive_read_set_option(l->a, "tar",
		    "read_concatenated_archives", "1");
		if (can_seek)
			archive_read_set_seek_callback(l->a, seek);
	} else {
		archive_read_support_filter_gzip(l->a);
		archive_read_support_filter_bzip2(l->a);
		archive_read_support_filter_xz(l->a);
		archive_read_support_filter_zstd(l->a);
		archive_read_support_filter_lz4(l->a);
		archive_read_support_format_raw(l->a);
		archive_read_support_format_empty(l->a);
	}
	archive_read_set_read_callback(l->a, give);
	archive_read_set_callback_data(l->a, l);
	return (archive_read_open1(l->a) == ARCHIVE_OK ? 0 : -1);
}

static void
end_layer(struct layer *l)
{

	if (l->a != NULL)
		archive_read_free(l->a);
	l->a = NULL;
}

/* Begin to unpack ${in}, as ${what}.  Return 0, or -1 with l->why. */
static int
begin_layer(struct sv_unpack *u, struct layer *l, const struct sv_bytes *in,
    const char *what, int members)
{
	struct archive_entry *e;
	int rc;

	l->u = u;
	l->what = what;
	l->in = *in;
	l->out.read = read_layer;
	l->out.why = why_layer;
	l->out.ctx = l;
	l->members = members;
	l->over = 0;
	l->given = l->zeros = l->mark = 0;
	if (set_up(l, members, in->ctx == &u->file && u->begin != -1) == -1) {
		if (l->a == NULL)
			return (failed(l, strerror(ENOMEM)));
		return (archive_failed(l));
	}
	if (members)
		return (0);
	rc = archive_read_next_header(l->a, &e);
	if (rc != ARCHIVE_OK && rc != ARCHIVE_EOF)
		return (archive_failed(l));
	if (archive_filter_count(l->a) < 2)
		return (failed(l, "its beginning is not whole"));
	l->over = rc == ARCHIVE_EOF;
	return (l->over ? check_rest(l) : 0);
}

struct sv_unpack *
sv_unpack_new(int fd, const char *name, const void *begin, size_t len)
{
	struct sv_unpack *u;
	struct stat st;
	off_t at;

	if ((u = calloc(1, sizeof(*u))) == NULL) {
		sv_warn("%s", name);
		return (NULL);
	}
	u->fd = fd;
	u->name = name;
	u->raw.read = read_raw;
	u->raw.ctx = u;
	u->file.have = len < HEAD ? len : HEAD;
	if (len > 0)
		memcpy(u->file.bytes, begin, u->file.have);
	u->done = u->file.have;
	u->begin = -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (at = lseek(fd, 0, SEEK_CUR)) >= (off_t)u->done)
		u->begin = at - (off_t)u->done;
	return (u);
}

/* Say what is wrong with the text at hand; return -1. */
static int
say(const struct sv_unpack *u, const char *why)
{

	sv_warnx("%s: %s", sv_unpack_name(u), why);
	return (-1);
}

/*
 * Unpack what begins with the head ${h}, which reads ${in}, by the layer ${l}
 * and behind it the head ${inner}, if it is packed.  What it is in the end, and
 * its bytes in ${out}, or -1 after a line on stderr.
 */
static int
unpack(struct sv_unpack *u, struct head *h, const struct sv_bytes *in,
    struct layer *l, struct head *inner, struct sv_bytes *out,
    const char **what)
{
	enum sv_unpack_kind kind;
	struct sv_bytes packed;

	if (begin_head(h, in, out) == -1)
		return (say(u, sv_bytes_why(out)));
	kind = sv_unpack_kind(h->bytes, h->have, what);
	if (kind == SV_UNPACK_PACKED) {
		packed = *out;
		inner->have = 0;
		if (begin_layer(u, l, &packed, *what, 0) == -1)
			return (say(u, l->why));
		if (begin_head(inner, &l->out, out) == -1)
			return (say(u, sv_bytes_why(out)));
		kind = sv_unpack_kind(inner->bytes, inner->have, what);
	}
	if (kind == SV_UNPACK_FOREIGN) {
		sv_warnx("%s: this is %s", sv_unpack_name(u), *what);
		return (-1);
	}
	return ((int)kind);
}

/* The members are over: is that the end of the archive?  0, or -1 after a line. */
static int
end_members(struct sv_unpack *u)
{
	struct layer *l = &u->archive;
	ssize_t n = 1;

	/* What is behind a zip's members, when it came in order. */
	while ((l->in.ctx != &u->file || u->begin == -1) && n > 0)
		if ((n = sv_bytes_read(&l->in, l->piece, PIECE)) == -1)
			return (say(u, sv_bytes_why(&l->in)));
	if (strcmp(l->what, "tar") == 0 ? l->zeros < TAR_END :
	    l->mark == 0 || l->given - l->mark < ZIP_END) {
		failed(l, "its end is missing");
		return (say(u, l->why));
	}
	if (u->members == 0) {
		sv_warnx("%s: a %s without files", u->name, l->what);
		return (-1);
	}
	return (0);
}

/* Name the member ${e}, of any characters.  Return 0, or -1 after a line. */
static int
name_member(struct sv_unpack *u, struct archive_entry *e)
{
	const char *name = archive_entry_pathname_utf8(e);
	char shown[4 * NAME + 4];
	size_t len;

	if (name == NULL)
		name = archive_entry_pathname(e);
	if (name != NULL)
		sv_utf8_cut(shown, name, NAME);
	else
		snprintf(shown, sizeof(shown), "member %lu", u->members);
	len = strlen(u->name) + strlen(shown) + 3;
	if ((u->text = malloc(len)) == NULL)
		return (say(u, strerror(errno)));
	snprintf(u->text, len, "%s: %s", u->name, shown);
	return (0);
}

/* The next regular file of the archive.  1, 0, or -1 after a line on stderr. */
static int
next_member(struct sv_unpack *u, struct sv_bytes *in)
{
	struct archive_entry *e;
	const char *what;
	int rc;

	end_layer(&u->compressed);
	free(u->text);
	u->text = NULL;
	do {
		rc = archive_read_next_header(u->archive.a, &e);
		if (rc == ARCHIVE_EOF)
			return (end_members(u));
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN) {
			archive_failed(&u->archive);
			return (say(u, u->archive.why));
		}
	} while (archive_entry_filetype(e) != AE_IFREG ||
	    archive_entry_hardlink(e) != NULL);
	u->members++;
	if (name_member(u, e) == -1)
		return (-1);
	u->member.have = 0;
	rc = unpack(u, &u->member, &u->archive.out, &u->compressed, &u->inner,
	    in, &what);
	if (rc == SV_UNPACK_MEMBERS)
		return (say(u, "an archive in an archive: unpack it first"));
	return (rc == -1 ? -1 : 1);
}

int
sv_unpack_next(struct sv_unpack *u, struct sv_bytes *in)
{
	struct sv_bytes bytes;
	const char *what;
	int rc;

	if (u->begun)
		return (u->archive.a != NULL ? next_member(u, in) : 0);
	u->begun = 1;
	rc = unpack(u, &u->file, &u->raw, &u->outer, &u->unpacked, &bytes,
	    &what);
	if (rc == -1)
		return (-1);
	if (rc == SV_UNPACK_MEMBERS) {
		if (begin_layer(u, &u->archive, &bytes, what, 1) == -1)
			return (say(u, u->archive.why));
		return (next_member(u, in));
	}
	*in = bytes;
	return (1);
}

const char *
sv_unpack_name(const struct sv_unpack *u)
{

	return (u->text != NULL ? u->text : u->name);
}

uint64_t
sv_unpack_done(const struct sv_unpack *u)
{

	return (u->done);
}

void
sv_unpack_free(struct sv_unpack *u)
{

	if (u == NULL)
		return;
	end_layer(&u->compressed);
	end_layer(&u->archive);
	end_layer(&u->outer);
	free(u->text);
	free(u);
}
