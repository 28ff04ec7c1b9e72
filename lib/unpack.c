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
#include "unpack_state.h"
#include "utf8.h"

#define NAME 200u	/* characters of a member's name in messages */

struct sv_unpack {
	const char *name;
	char *text;	/* name of the text at hand, or NULL: that of the file */
	struct sv_bytes raw;	/* of the descriptor */
	struct sv_unpack_file file;
	int begun;
	unsigned long members;	/* regular files so far */
	struct sv_unpack_head unpacked, member, inner;
	struct sv_unpack_layer outer, archive, compressed;
};

static ssize_t
read_raw(void *ctx, void *buf, size_t len)
{
	struct sv_unpack_file *f = ctx;
	ssize_t n = read(f->fd, buf, len);

	if (n > 0)
		f->done += (uint64_t)n;
	return (n);
}

/* Bytes behind a head, which come first. */
static ssize_t
read_head(void *ctx, void *buf, size_t len)
{
	struct sv_unpack_head *h = ctx;
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
	const struct sv_unpack_head *h = ctx;

	return (sv_bytes_why(&h->in));
}

/* Look at the beginning of ${in}; ${out} has all of it.  0, or -1 as read. */
static int
begin_head(struct sv_unpack_head *h, const struct sv_bytes *in,
    struct sv_bytes *out)
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
	u->name = name;
	u->file.fd = fd;
	u->raw.read = read_raw;
	u->raw.ctx = &u->file;
	if (len > SV_UNPACK_BEGIN)
		len = SV_UNPACK_BEGIN;
	if (len > 0)
		memcpy(u->file.head.bytes, begin, len);
	u->file.head.have = len;
	u->file.done = len;
	u->file.begin = -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (at = lseek(fd, 0, SEEK_CUR)) >= (off_t)len)
		u->file.begin = at - (off_t)len;
	u->outer.file = u->archive.file = u->compressed.file = &u->file;
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
unpack(struct sv_unpack *u, struct sv_unpack_head *h,
    const struct sv_bytes *in, struct sv_unpack_layer *l,
    struct sv_unpack_head *inner, struct sv_bytes *out, const char **what)
{
	enum sv_unpack_kind kind;
	struct sv_bytes packed;

	if (begin_head(h, in, out) == -1)
		return (say(u, sv_bytes_why(out)));
	kind = sv_unpack_kind(h->bytes, h->have, what);
	if (kind == SV_UNPACK_PACKED) {
		packed = *out;
		inner->have = 0;
		if (sv_unpack_layer_begin(l, &packed, *what, 0) == -1)
			return (say(u, l->why));
		if (begin_head(inner, &l->out, out) == -1)
			return (say(u, sv_bytes_why(out)));
		kind = sv_unpack_kind(inner->bytes, inner->have, what);
	}
	if (kind == SV_UNPACK_PACKED)
		return (say(u, "compressed twice: unpack it first"));
	if (kind == SV_UNPACK_FOREIGN) {
		sv_warnx("%s: this is %s", sv_unpack_name(u), *what);
		return (-1);
	}
	return ((int)kind);
}

/* The members are over.  Return 0, or -1 after a line on stderr. */
static int
end_members(struct sv_unpack *u)
{

	if (sv_unpack_layer_finish(&u->archive) == -1)
		return (say(u, u->archive.why));
	if (u->members == 0) {
		sv_warnx("%s: a %s without files", u->name, u->archive.what);
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

/*
 * What is no regular file.  Return 0, after a line on stderr if its rows may be
 * missed, or -1 after one.
 */
static int
pass_over(struct sv_unpack *u, struct archive_entry *e)
{

	if (archive_entry_hardlink(e) == NULL &&
	    archive_entry_filetype(e) == AE_IFDIR)
		return (0);
	if (name_member(u, e) == -1)
		return (-1);
	/* Which has been read, and cannot be read again. */
	if (archive_entry_hardlink(e) != NULL)
		return (say(u, "a link to another member, whose rows would"
		    " count once: pack it as a file (tar --hard-dereference)"));
	sv_warnx("%s: passed over, as it is no file", sv_unpack_name(u));
	return (0);
}

/* The next regular file of the archive.  1, 0, or -1 after a line on stderr. */
static int
next_member(struct sv_unpack *u, struct sv_bytes *in)
{
	struct archive_entry *e;
	const char *what;
	int rc;

	sv_unpack_layer_end(&u->compressed);
	for (;;) {
		free(u->text);
		u->text = NULL;
		rc = archive_read_next_header(u->archive.a, &e);
		if (rc == ARCHIVE_EOF)
			return (end_members(u));
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN) {
			sv_unpack_layer_fail(&u->archive, NULL);
			return (say(u, u->archive.why));
		}
		if (archive_entry_filetype(e) == AE_IFREG &&
		    archive_entry_hardlink(e) == NULL)
			break;
		if (pass_over(u, e) == -1)
			return (-1);
	}
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
	rc = unpack(u, &u->file.head, &u->raw, &u->outer, &u->unpacked, &bytes,
	    &what);
	if (rc == -1)
		return (-1);
	if (rc == SV_UNPACK_MEMBERS) {
		if (sv_unpack_layer_begin(&u->archive, &bytes, what, 1) == -1)
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

	return (u->file.done);
}

void
sv_unpack_free(struct sv_unpack *u)
{

	if (u == NULL)
		return;
	sv_unpack_layer_end(&u->compressed);
	sv_unpack_layer_end(&u->archive);
	sv_unpack_layer_end(&u->outer);
	free(u->text);
	free(u);
}
