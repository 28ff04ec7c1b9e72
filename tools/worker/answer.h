#ifndef ANSWER_H
#define ANSWER_H

#include <jansson.h>

#include "worker.h"

/*
 * What an invocation of the function is answered with.
 */

/* What a result says beside the outcome. */
struct answer_use {
	double cpu_s;	/* of this invocation */
	int64_t rss_bytes;	/* most that the process has ever had */
	int cold;	/* first one of this process */
};

/**
 * answer_result(inv, out, use):
 * The object for an outcome up to WORKER_DONE, or NULL when memory is out.
 */
json_t *answer_result(const struct sv_invocation *inv,
    const struct worker_outcome *out, const struct answer_use *use);

/**
 * answer_type(end):
 * What an outcome after WORKER_DONE is called: "Function.HubLost", ...
 */
const char *answer_type(enum worker_end end);

/**
 * answer_error(type, shard, why):
 * The error object; ${shard} may be NULL, or points to the number of the shard.
 * NULL when memory is out.
 */
json_t *answer_error(const char *type, const uint32_t *shard, const char *why);

#endif /* !ANSWER_H */
