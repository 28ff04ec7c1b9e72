#ifndef SERVE_H
#define SERVE_H

#include "runtime.h"
#include "worker.h"

/**
 * serve_events(r, o, main_s):
 * Serve one event after the other until there are no more, or SIGTERM or
 * SIGINT.  ${o} holds what is the same for all; ${main_s} is sv_clock_mono() of
 * main()'s beginning.  Return the exit status.
 */
int serve_events(struct runtime *r, const struct worker_options *o,
    double main_s);

#endif /* !SERVE_H */
