#ifndef SV_UNPACK_STATE_H
#define SV_UNPACK_STATE_H

#include <archive.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <zlib.h>

#include "bytes.h"

/*
 * Bytes of unpack.h go through at most three layers: one that unpacks the file,
 * one that finds the members of an archive in what the first gives, and one that
 * unpacks a member.  Each begins with a head, bytes that are looked at before it
 * is decided who reads them.
 */

#define SV_UNPACK_BEGIN 4096u	/* most that sv_unpack_new() takes */
#define SV_UNPACK_PIECE ((size_t)1 << 16)	/* packed bytes at once */

struct sv_unpack_head {
	struct sv_bytes in;
	size_t have, given;	/* bytes read, and those given of them */
	char bytes[SV_UNPACK_BEGIN];
};

struct sv_unpack_file {
	int fd;
	uint64_t done;	/* bytes read */
	int64_t begin;	/* where the file begins, or -1: it cannot seek */
	struct sv_unpack_head head;
};

struct sv_unpack_layer {
	/* What does the work, one of them; neither: not in use. */
	struct archive *a;
	z_stream *gzip;
	const char *what;	/* it unpacks */
	struct sv_unpack_file *file;
	struct sv_bytes in;
	struct sv_bytes out;	/* of the text or the member at hand */
	int members;	/* an archive's, and not one text */
	int over;	/* nothing is left to read */
	int between;	/* gzip: of two streams */
	uint64_t given;	/* bytes taken of in */
	uint64_t zeros;	/* the last of them that are 0 */
	uint32_t last;	/* of them, four */
	uint64_t mark;	/* bytes up to the end mark of a zip; 0: not yet */
	char why[300];
	char piece[SV_UNPACK_PIECE];
};

/**
 * sv_unpack_layer_begin(l, in, what, members):
 * Begin to unpack ${in} as ${what}, a name that sv_unpack_kind() gives; l->out
 * has what comes of it.  l->file is the file at the bottom.  Return 0, or -1 with
 * the reason in l->why.
 */
int sv_unpack_layer_begin(struct sv_unpack_layer *l, const struct sv_bytes *in,
    const char *what, int members);

/**
 * sv_unpack_layer_finish(l):
 * After the last member: is that the end of the archive?  Return 0, or -1 as
 * above.
 */
int sv_unpack_layer_finish(struct sv_unpack_layer *l);

/**
 * sv_unpack_layer_fail(l, why):
 * Note why ${l} cannot go on, errno with it; NULL: what libarchive says.
 * Return -1.
 */
int sv_unpack_layer_fail(struct sv_unpack_layer *l, const char *why);

/**
 * sv_unpack_layer_end(l):
 * Free what a layer in use holds.
 */
void sv_unpack_layer_end(struct sv_unpack_layer *l);

/**
 * sv_unpack_gzip_begin(l), sv_unpack_gzip_read(l, buf, len),
 * sv_unpack_gzip_end(l):
 * The same of gzip (RFC 1952), by zlib, which looks at the checksums as
 * libarchive's filter does not.  The first returns 0, or -1 as above; the second
 * reads as sv_bytes.
 */
int sv_unpack_gzip_begin(struct sv_unpack_layer *l);
ssize_t sv_unpack_gzip_read(struct sv_unpack_layer *l, void *buf, size_t len);
void sv_unpack_gzip_end(struct sv_unpack_layer *l);

#endif /* !SV_UNPACK_STATE_H */
