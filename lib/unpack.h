#ifndef SV_UNPACK_H
#define SV_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

/*
 * The texts in a file: itself if it is plain, otherwise what is packed in it.
 * gzip, bzip2, xz, zstd and lz4 are unpacked; all regular files of a tar or a
 * zip, which may be compressed, are a text each, in the order of the archive, and
 * they may be compressed, too.  Several streams one after the other in one file
 * are one text (as cat a.gz b.gz).  Told by the first bytes and not by the name.
 * Done by libarchive, and gzip by zlib; plain text passes through neither.
 *
 * Whatever is cut off or damaged is an error, also where libarchive would have
 * it pass as the end: a tar without its end mark, bytes behind a compressed
 * stream (but for zeros behind gzip's), checksums of gzip; so is a hard link,
 * whose file has been read already.  Other members that are neither files nor
 * directories are passed over, with a line on stderr.  Other formats that are
 * known and no text (Parquet, PDF ...) are told by name.
 */

/* Opaque types. */
struct sv_unpack;

/**
 * sv_unpack_new(fd, name, begin, len):
 * Return the texts of the descriptor ${fd}, of which the first ${len} <= 4096
 * bytes have been read into ${begin} already; or NULL after a line on stderr.
 * ${fd} must outlive them and is not closed; so must ${name}, which is what
 * messages call it.
 */
struct sv_unpack *sv_unpack_new(int fd, const char *name, const void *begin,
    size_t len);

/**
 * sv_unpack_next(u, in):
 * Go to the next text, and let ${in} give its bytes until the next call: with
 * the reason for a failure, but without the name.  Return 1; 0 where there is no
 * more; or -1 after a line on stderr.  A text need not be read to its end, but
 * then damage in the rest of it need not be found.
 */
int sv_unpack_next(struct sv_unpack *u, struct sv_bytes *in);

/**
 * sv_unpack_name(u):
 * What messages call the text at hand: the file's name, or "a.tar: part/x.svm".
 * It lives until the next sv_unpack_next().
 */
const char *sv_unpack_name(const struct sv_unpack *u);

/**
 * sv_unpack_done(u):
 * Bytes of the file read so far, with those of ${begin}.
 */
uint64_t sv_unpack_done(const struct sv_unpack *u);

/**
 * sv_unpack_free(u):
 * Free ${u}.
 */
void sv_unpack_free(struct sv_unpack *u);

#endif /* !SV_UNPACK_H */
