#ifndef SV_BLOB_H
#define SV_BLOB_H

#include <stddef.h>
#include <stdint.h>

#include "frame.h"

/*
 * A sealed frame that several readers share without copying it: the star, the
 * run file's thread, a pipe.  Immutable once made; counted by reference, from
 * any thread.
 */

/* Opaque types. */
struct sv_blob;

/**
 * sv_blob_new(f):
 * Take over the payload of the sealed frame ${f}, which is left empty in any
 * case, and return a blob with one reference, or NULL with errno set.
 */
struct sv_blob *sv_blob_new(struct sv_frame *f);

/**
 * sv_blob_seal(f):
 * sv_frame_seal() and sv_blob_new().
 */
struct sv_blob *sv_blob_seal(struct sv_frame *f);

/**
 * sv_blob_ref(b), sv_blob_unref(b):
 * Add a reference and return ${b}; drop one, and free the blob with the last.
 * sv_blob_unref(NULL) does nothing.
 */
struct sv_blob *sv_blob_ref(struct sv_blob *b);
void sv_blob_unref(struct sv_blob *b);

/**
 * sv_blob_hide(b):
 * Its payload is secret: it is wiped before it is freed.  To be said while
 * there is one reference only.
 */
void sv_blob_hide(struct sv_blob *b);

/**
 * sv_blob_frame(b), sv_blob_header(b), sv_blob_size(b):
 * The frame, its encoded header, and the bytes of header and payload together.
 */
const struct sv_frame *sv_blob_frame(const struct sv_blob *b);
const uint8_t *sv_blob_header(const struct sv_blob *b);
uint64_t sv_blob_size(const struct sv_blob *b);

/* Opaque types. */
struct sv_outq;

/**
 * sv_outq_new(fd):
 * Return a queue of blobs to be written to ${fd}, which should not block and
 * stays the caller's; NULL with errno set.
 */
struct sv_outq *sv_outq_new(int fd);

/**
 * sv_outq_push(q, b):
 * Append a reference to ${b}.  Return 0, or -1 with errno set.
 */
int sv_outq_push(struct sv_outq *q, struct sv_blob *b);

/**
 * sv_outq_flush(q):
 * Write what can be written.  Return 0 if the queue is empty now, 1 if some is
 * left, or -1 with errno set.
 */
int sv_outq_flush(struct sv_outq *q);

/**
 * sv_outq_pending(q):
 * Is anything left to be written?
 */
int sv_outq_pending(const struct sv_outq *q);

/**
 * sv_outq_free(q):
 * Drop what is left, and the queue.
 */
void sv_outq_free(struct sv_outq *q);

#endif /* !SV_BLOB_H */
