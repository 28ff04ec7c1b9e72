#ifndef LIVE_WORKERS_H
#define LIVE_WORKERS_H

#include "live.h"

/* What workers are at; part of live.h. */

/**
 * live_mark(l, run, m), live_event(l, run, e):
 * What a moment in the life of an invocation, or an event, of ${run} means for
 * its worker.  Return 0, or -1 with errno set where memory is out.
 */
int live_mark(struct live *l, const struct sv_run *run,
    const struct sv_run_mark *m);
int live_event(struct live *l, const struct sv_run *run,
    const struct sv_run_event *e);

#endif /* !LIVE_WORKERS_H */
