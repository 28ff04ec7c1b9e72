#ifndef SV_OUTPUT_H
#define SV_OUTPUT_H

#include "blob.h"

/*
 * Frames that wait to be written to a descriptor that may block, and that others
 * may share, so that it is left as it is: a pipe that poll() calls writable
 * takes PIPE_BUF bytes at once.
 */

#define OUTPUT_MAX ((uint64_t)16 << 20)	/* bytes that may wait for a reader */

/* Opaque types. */
struct output;

/**
 * output_new(fd):
 * Return what writes to ${fd}, or NULL with errno set.
 */
struct output *output_new(int fd);
void output_free(struct output *o);

/**
 * output_push(o, b):
 * Let ${b}, of which a reference is kept, wait.  Return 0, or -1 with errno
 * set: ENOBUFS where the reader has left too much.
 */
int output_push(struct output *o, struct sv_blob *b);

/**
 * output_flush(o):
 * Write what can be written without waiting.  Return 0, or -1 with errno set.
 */
int output_flush(struct output *o);

/**
 * output_pending(o):
 * Is there anything left?
 */
int output_pending(const struct output *o);

#endif /* !SV_OUTPUT_H */
