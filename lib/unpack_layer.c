#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "unpack_state.h"

#define TAR_END 512u	/* zeros, at least */
#define ZIP_MARK 0x504b0506u	/* begins what ends a zip ... */
#define ZIP_END 18u	/* ... and goes on for so many bytes, or more */

/* Take note of what tells the end of an archive, of ${n} bytes. */
static void
watch(struct sv_unpack_layer *l, size_t n)
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
	struct sv_unpack_layer *l = ctx;
	ssize_t n = sv_bytes_read(&l->in, l->piece, SV_UNPACK_PIECE);

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
	struct sv_unpack_layer *l = ctx;
	struct sv_unpack_file *f = l->file;
	off_t at;

	if (whence == SEEK_SET)
		offset += f->begin;
	/* What is left of the head has been read from the file already. */
	else if (whence == SEEK_CUR)
		offset -= (la_int64_t)(f->head.have - f->head.given);
	if ((at = lseek(f->fd, (off_t)offset, whence)) == -1 ||
	    at < f->begin) {
		archive_set_error(a, errno, "%s", strerror(errno));
		return (ARCHIVE_FATAL);
	}
	/* What was passed over has not been seen to be an end. */
	l->zeros = 0;
	f->head.given = f->head.have;
	f->done = (uint64_t)(at - f->begin);
	return (at - f->begin);
}

int
sv_unpack_layer_fail(struct sv_unpack_layer *l, const char *why)
{

	if (why == NULL && l->a != NULL)
		why = archive_error_string(l->a);
	snprintf(l->why, sizeof(l->why), "%s cannot be unpacked (cut off, or"
	    " damaged?): %s", l->what, why != NULL ? why : "no reason known");
	errno = EIO;
	return (-1);
}

/* Bytes behind the end of what was compressed would be lost in silence. */
static int
check_rest(struct sv_unpack_layer *l)
{
	uint64_t used = (uint64_t)archive_filter_bytes(l->a, -1);
	ssize_t n = 0;

	if (used >= l->given && (n = sv_bytes_read(&l->in, l->piece, 1)) == 0)
		return (0);
	return (sv_unpack_layer_fail(l, n == -1 ? sv_bytes_why(&l->in) :
	    "there are other bytes behind its end"));
}

static ssize_t
read_layer(void *ctx, void *buf, size_t len)
{
	struct sv_unpack_layer *l = ctx;
	ssize_t n;

	if (l->gzip != NULL)
		return (sv_unpack_gzip_read(l, buf, len));
	if (l->over)
		return (0);
	if ((n = archive_read_data(l->a, buf, len)) < 0)
		return (sv_unpack_layer_fail(l, NULL));
	if (n == 0 && !l->members) {
		l->over = 1;
		return (check_rest(l));
	}
	return (n);
}

static const char *
why_layer(void *ctx)
{
	const struct sv_unpack_layer *l = ctx;

	return (l->why);
}

/* Unpack by the filter that is called l->what. */
static void
support_filter(struct sv_unpack_layer *l)
{
	static const struct {
		const char *what;
		int (*support)(struct archive *);
	} filters[] = {
		{ "bzip2", archive_read_support_filter_bzip2 },
		{ "xz", archive_read_support_filter_xz },
		{ "zstd", archive_read_support_filter_zstd },
		{ "lz4", archive_read_support_filter_lz4 }
	};

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		if (strcmp(filters[i].what, l->what) == 0)
			filters[i].support(l->a);
	archive_read_support_format_raw(l->a);
	archive_read_support_format_empty(l->a);
}

static int
open_archive(struct sv_unpack_layer *l)
{

	if ((l->a = archive_read_new()) == NULL)
		return (sv_unpack_layer_fail(l, strerror(ENOMEM)));
	if (l->members) {
		archive_read_support_format_tar(l->a);
		archive_read_support_format_zip(l->a);
		archive_read_set_option(l->a, "tar",
		    "read_concatenated_archives", "1");
		/* Bytes come from the file, and it can seek? */
		if (l->in.ctx == &l->file->head && l->file->begin != -1)
			archive_read_set_seek_callback(l->a, seek);
	} else
		support_filter(l);
	archive_read_set_read_callback(l->a, give);
	archive_read_set_callback_data(l->a, l);
	if (archive_read_open1(l->a) != ARCHIVE_OK)
		return (sv_unpack_layer_fail(l, NULL));
	return (0);
}

int
sv_unpack_layer_begin(struct sv_unpack_layer *l, const struct sv_bytes *in,
    const char *what, int members)
{
	struct archive_entry *e;
	int rc;

	l->what = what;
	l->in = *in;
	l->out.read = read_layer;
	l->out.why = why_layer;
	l->out.ctx = l;
	l->members = members;
	l->over = 0;
	l->given = l->zeros = l->mark = 0;
	if (strcmp(what, "gzip") == 0)
		return (sv_unpack_gzip_begin(l));
	if (open_archive(l) == -1)
		return (-1);
	if (members)
		return (0);
	rc = archive_read_next_header(l->a, &e);
	if (rc != ARCHIVE_OK && rc != ARCHIVE_EOF)
		return (sv_unpack_layer_fail(l, NULL));
	if (archive_filter_count(l->a) < 2)
		return (sv_unpack_layer_fail(l, "its beginning is not whole"));
	l->over = rc == ARCHIVE_EOF;
	return (l->over ? check_rest(l) : 0);
}

int
sv_unpack_layer_finish(struct sv_unpack_layer *l)
{
	int seeks = l->in.ctx == &l->file->head && l->file->begin != -1;
	ssize_t n = 1;

	/* What is behind a zip's members, when it came in order. */
	while (!seeks && n > 0)
		n = give(l->a, l, &(const void *){ NULL });
	if (n < 0)
		return (sv_unpack_layer_fail(l, NULL));
	if (strcmp(l->what, "tar") == 0 ? l->zeros < TAR_END :
	    l->mark == 0 || l->given - l->mark < ZIP_END)
		return (sv_unpack_layer_fail(l, "its end is missing"));
	return (0);
}

void
sv_unpack_layer_end(struct sv_unpack_layer *l)
{

	sv_unpack_gzip_end(l);
	if (l->a != NULL)
		archive_read_free(l->a);
	l->a = NULL;
}
