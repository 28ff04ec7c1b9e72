#ifndef SV_CALLS_H
#define SV_CALLS_H

#include "launch.h"
#include "spawn.h"

/*
 * Workers that are asked for by HTTP requests: Lambda's Invoke, Function URLs,
 * gateways, whatever takes a POST.  A call is one worker's; it is tried until it
 * is answered, or has been tried often enough.
 */

/**
 * calls_new(o, problem, job):
 * Return a launcher that calls what -u or -l of ${o} names; nothing is sent yet.
 * NULL after a line on stderr.
 */
struct launcher *calls_new(const struct spawn_options *o,
    const struct sv_problem *problem, uint64_t job);

/**
 * calls_name(l):
 * What is called, for people and records: no secret is in it.
 */
const char *calls_name(const struct launcher *l);

#endif /* !SV_CALLS_H */
