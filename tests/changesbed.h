#ifndef CHANGESBED_H
#define CHANGESBED_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "changes.h"

/*
 * Runs in which shards change hands.  The job began at 0; what is told of a
 * worker names its shard and its generation.
 */

#define T0 ((int64_t)1700000000 * 1000000000)
#define EPS 1e-6	/* what 64 bits tell of a moment in 2023 */

static inline void
assert_near(double value, double expect)
{

	if (!(fabs(value - expect) <= EPS))
		fail_msg("%.17g, expected %.17g", value, expect);
}

static inline void
give(struct sv_run *run, enum sv_type type, uint32_t shard, uint32_t generation,
    double at, const char *text)
{
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, type, text, 0, SV_F64, 0), 0);
	f.shard = shard;
	f.generation = generation;
	f.time = T0 + (int64_t)llround(at * 1e9);
	assert_int_equal(sv_run_frame(run, &f), 0);
	sv_frame_fini(&f);
}

static inline void
event(struct sv_run *run, uint32_t shard, uint32_t generation, double at,
    const char *text)
{

	give(run, SV_EVENT, shard, generation, at, text);
}

/* Worker ${g} of ${shard}: asked for at ${at}, and here 0.5 later. */
static inline void
come(struct sv_run *run, uint32_t shard, uint32_t g, double at)
{

	give(run, SV_SPAWN, shard, g, at, "{\"event\":\"request\"}");
	give(run, SV_HELLO, shard, g, at + 0.5, "{\"memory_mb\":1024,"
	    "\"load_s\":0.1}");
}

static inline void
gone(struct sv_run *run, uint32_t shard, uint32_t g, double at)
{

	give(run, SV_SPAWN, shard, g, at, "{\"event\":\"exit\",\"status\":0}");
}

static inline void
begin(struct sv_run *run, const char *how)
{
	char text[80];

	sv_run_init(run, "made");
	snprintf(text, sizeof(text), "{\"workers\":2,\"how\":\"%s\"}", how);
	give(run, SV_JOB, SV_FRAME_NOSHARD, 0, 0, text);
	come(run, 0, 1, 1);
	come(run, 1, 1, 1);
}

static inline void
end(struct sv_run *run, double at)
{

	give(run, SV_END, SV_FRAME_NOSHARD, 0, at, "{\"status\":0}");
}

#endif /* !CHANGESBED_H */
