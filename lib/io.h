#ifndef SV_IO_H
#define SV_IO_H

#include <stdint.h>

#include "bytes.h"
#include "frame.h"

/*
 * Frames from and to descriptors.  Works the same on blocking and
 * non-blocking ones: where a call would block on the latter it says SV_AGAIN
 * and goes on where it was when called again.
 */

enum sv_io {
	SV_IO_ERROR = -1,	/* said on stderr */
	SV_IO_EOF = 0,	/* clean end, between two frames */
	SV_IO_FRAME = 1,	/* done: one frame */
	SV_IO_AGAIN = 2	/* would block; poll and call again */
};

/* Opaque types. */
struct sv_reader;

/**
 * sv_reader_new(fd, name):
 * Return a reader of the frames on ${fd}, or NULL with errno set.  ${name} is
 * what messages call it; it must outlive the reader, as must the descriptor,
 * which the reader never closes.  A reader never reads past the frame that it
 * returns: another program may go on from there.
 */
struct sv_reader *sv_reader_new(int fd, const char *name);

/**
 * sv_reader_of(in, name):
 * The same, of what ${in} gives, which is copied.
 */
struct sv_reader *sv_reader_of(const struct sv_bytes *in, const char *name);

/**
 * sv_reader_feed(r, data, len):
 * Before the first sv_reader_next(): take ${len} < SV_FRAME_HEADER bytes, read
 * from the descriptor already, as the beginning of the stream.
 */
void sv_reader_feed(struct sv_reader *r, const void *data, size_t len);

/**
 * sv_reader_next(r, f):
 * Read one frame into ${f}, check it, and return SV_IO_FRAME; the caller owns
 * the payload.  Damage, a cut frame or a failed read is SV_IO_ERROR, with one
 * line on stderr that names the stream and the byte offset of the frame, and if
 * the stream does not begin as one does, what may be done about text.
 * Memory grows with what has arrived, not with what a header claims.
 */
enum sv_io sv_reader_next(struct sv_reader *r, struct sv_frame *f);

/**
 * sv_reader_offset(r):
 * Bytes of whole frames read so far: the offset of the next one.
 */
uint64_t sv_reader_offset(const struct sv_reader *r);

/**
 * sv_reader_quiet(r):
 * Print nothing from now on; sv_reader_why() tells the reason of the last
 * SV_IO_ERROR instead, as a string that lives as long as the reader.
 */
void sv_reader_quiet(struct sv_reader *r);
const char *sv_reader_why(const struct sv_reader *r);

/**
 * sv_reader_grows(r, grows):
 * Is it a file that somebody is still writing?  Where it ends in the middle of
 * a frame, that is SV_IO_AGAIN then, and no damage.  It is not to begin with.
 */
void sv_reader_grows(struct sv_reader *r, int grows);

/**
 * sv_reader_free(r):
 * Free the reader, and what it holds of a frame that was cut.
 */
void sv_reader_free(struct sv_reader *r);

/**
 * sv_frame_write(fd, f):
 * Write a sealed frame to a descriptor that blocks.  Return 0, or -1 with
 * errno set.
 */
int sv_frame_write(int fd, const struct sv_frame *f);

/**
 * sv_frame_send(fd, f):
 * Seal ${f}, write it to ${fd}, free its payload.  Return 0, or -1 with errno
 * set; the payload is freed in either case.
 */
int sv_frame_send(int fd, struct sv_frame *f);

/**
 * sv_frame_end(fd, status, reason):
 * Write the END frame of a run: {"status":${status},"reason":${reason},
 * "tool":name}.  Return 0, or -1 with errno set.
 */
int sv_frame_end(int fd, int status, const char *reason);

#endif /* !SV_IO_H */
