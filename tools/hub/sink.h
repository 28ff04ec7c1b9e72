#ifndef SV_SINK_H
#define SV_SINK_H

#include <stdint.h>

#include "blob.h"

/*
 * Where records go: a descriptor that may block, and a thread that writes to
 * it, so that the main loop never waits for a disk or a reader.  All calls
 * come from the main thread.
 */

/* Opaque types. */
struct sink;

/**
 * sink_new(fd, name, limit, wake):
 * Return a sink that writes to ${fd} (owned by the caller), called ${name} in
 * messages, or NULL with errno set.  ${limit} bytes may wait; beyond that the
 * frames that sink_put() is told may be lost are lost, and counted, and others
 * still wait; limit 0: nothing is lost, and beyond an inner limit sink_put()
 * waits.  When something goes wrong, and when the last frame is written after
 * sink_finish(), a byte is written to the descriptor ${wake}.
 */
struct sink *sink_new(int fd, const char *name, uint64_t limit, int wake);

/**
 * sink_put(s, b, may_drop):
 * Queue a reference to ${b}.  After a failure, do nothing.
 */
void sink_put(struct sink *s, struct sv_blob *b, int may_drop);

/**
 * sink_error(s):
 * The errno of the write that failed, or 0.
 */
int sink_error(struct sink *s);

/**
 * sink_dropped(s):
 * How many frames were lost so far.
 */
uint64_t sink_dropped(struct sink *s);

/**
 * sink_finish(s):
 * No more frames will come.
 */
void sink_finish(struct sink *s);

/**
 * sink_idle(s):
 * After sink_finish(): has everything been written, or a write failed?
 */
int sink_idle(struct sink *s);

/**
 * sink_free(s):
 * Free an idle sink.  One that is not idle (its reader stalls and the user has
 * lost patience) is left to the process's end.
 */
void sink_free(struct sink *s);

const char *sink_name(const struct sink *s);

#endif /* !SV_SINK_H */
