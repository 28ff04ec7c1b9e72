#ifndef SV_RUN_STATE_H
#define SV_RUN_STATE_H

#include <stddef.h>

#include "frame.h"
#include "run.h"

/* What run.c, run_rounds.c and run_event.c share. */

/**
 * sv_run_room(p, n, size):
 * Make room for one more behind the ${n} elements of ${size} bytes at ${p}:
 * return the array, perhaps moved, or NULL with errno set and ${p} as it was.
 * Room is doubled when n is a power of two, so no capacity need be kept.
 */
void *sv_run_room(void *p, size_t n, size_t size);

/**
 * sv_run_unread(run, f, why):
 * The frame ${f} does not hold what it should: count it, and say of the first
 * one ${why}.
 */
void sv_run_unread(struct sv_run *run, const struct sv_frame *f,
    const char *why);

/**
 * sv_run_text(run, f):
 * The text of ${f} as an object, the caller's; or NULL after sv_run_unread().
 */
json_t *sv_run_text(struct sv_run *run, const struct sv_frame *f);

/**
 * sv_run_timing(run, f), sv_run_trace(run, f):
 * Add a TIMING or TRACE frame.  Return 0, or -1 with errno set.
 */
int sv_run_timing(struct sv_run *run, const struct sv_frame *f);
int sv_run_trace(struct sv_run *run, const struct sv_frame *f);

/**
 * sv_run_event(run, f), sv_run_save(run, f):
 * Add an EVENT frame; return 0, or -1 with errno set.  Count a STATE or
 * CHECKPOINT frame.
 */
int sv_run_event(struct sv_run *run, const struct sv_frame *f);
void sv_run_save(struct sv_run *run, const struct sv_frame *f);

#endif /* !SV_RUN_STATE_H */
