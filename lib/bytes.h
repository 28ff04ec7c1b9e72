#ifndef SV_BYTES_H
#define SV_BYTES_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Bytes, pulled by whoever parses them, from wherever they come: a descriptor,
 * a file that is unpacked on the way, a web server.
 */

struct sv_bytes {
	/*
	 * Up to ${len} > 0 bytes into ${buf}: how many, 0 at the end, or -1
	 * with errno set (EAGAIN: call again later).
	 */
	ssize_t (*read)(void *ctx, void *buf, size_t len);
	/* The reason of the last -1, which lives as long as ${ctx}. */
	const char *(*why)(void *ctx);	/* NULL: errno tells */
	void *ctx;
};

/**
 * sv_bytes_fd(b, fd):
 * Make ${b} the bytes of the descriptor ${*fd}, which outlives it, and is not
 * closed.
 */
void sv_bytes_fd(struct sv_bytes *b, const int *fd);

/**
 * sv_bytes_read(b, buf, len):
 * As b->read, and again where a signal came in between.
 */
ssize_t sv_bytes_read(struct sv_bytes *b, void *buf, size_t len);

/**
 * sv_bytes_fill(b, buf, len):
 * Read until ${len} bytes are there or the end is.  Return how many came, less
 * than ${len} at the end only, or -1 as above.
 */
ssize_t sv_bytes_fill(struct sv_bytes *b, void *buf, size_t len);

/**
 * sv_bytes_why(b):
 * Why sv_bytes_read() has just returned -1.
 */
const char *sv_bytes_why(const struct sv_bytes *b);

#endif /* !SV_BYTES_H */
