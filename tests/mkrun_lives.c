#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "io.h"
#include "json.h"
#include "mkrun.h"

#define ID 40	/* room for an id */

/* Send what is told of worker ${i}, of generation ${g}. */
static void
put_life(enum sv_type type, uint32_t i, uint32_t g, json_t *o, double at)
{
	struct sv_frame f;

	text(&f, type, o);
	f.shard = i;
	f.generation = g;
	put(&f, at);
}

void
put_request(const struct made *m, uint32_t i, uint32_t g, double at)
{

	if (!m->lambda) {
		put_life(SV_SPAWN, i, g, json_pack("{s:s, s:i}", "event",
		    "request", "pid", (int)(100 * g + i)), at);
		return;
	}
	put_life(SV_SPAWN, i, g, json_pack("{s:s, s:s, s:f}", "event",
	    "request", "how", "lambda", "queued_s", 0.02 * i), at);
	if (i == 1)
		put_life(SV_SPAWN, i, g, json_pack("{s:s, s:i, s:i, s:s, s:f}",
		    "event", "retry", "try", 1, "status", 429, "why",
		    "TooManyRequestsException: Rate Exceeded.", "wait_s",
		    0.1), at + 0.05);
}

/* A moment of the calendar, in units of 1/${unit} s. */
static json_int_t
calendar(double at, double unit)
{

	return ((json_int_t)(START * unit) + (json_int_t)llround(at * unit));
}

static void
put_function_hello(const struct made *m, uint32_t i, uint32_t g,
    double request)
{
	int warm = m->W > 2 && i == m->W - 1;
	double start = request + (warm ? 0.06 : 0.2 + 0.01 * i) +
	    (i == 1 ? 0.15 : 0);
	double event = start + (warm ? 0 : 0.05);
	char id[ID];
	json_t *o;

	snprintf(id, sizeof(id), "00000000-0000-0000-%" PRIu32 "-%08" PRIu32,
	    g, i);
	o = json_pack(
	    "{s:s, s:f, s:f, s:i, s:i, s:I, s:f, s:I, s:b, s:s, s:i, s:I}",
	    "instance", "00000000000000aa", "load_s", 0.1, "load_cpu_s", 0.05,
	    "shard_bytes", 8000, "rss_bytes", 1000000 + 1000 * (int)i,
	    "start_ns", calendar(start + m->skew * i, 1e9),
	    "init_s", warm ? 0.0 : 0.03,
	    "event_ns", calendar(event + m->skew * i, 1e9), "cold", !warm,
	    "request_id", id, "memory_mb", 128,
	    "deadline_ms", calendar(event + 900 + m->skew * i, 1e3));
	if (m->arm64)
		json_object_set_new(o, "arch", json_string("arm64"));
	put_life(SV_HELLO, i, g, o, event + 0.1 +
	    (warm ? 0.01 : 0.01 * (i + 1)));
}

void
put_hello(const struct made *m, uint32_t i, uint32_t g, double request,
    double at)
{

	if (m->lambda) {
		put_function_hello(m, i, g, request);
		return;
	}
	put_life(SV_HELLO, i, g, json_pack(
	    "{s:s, s:f, s:f, s:i, s:i, s:i, s:i, s:i, s:I}",
	    "instance", "00000000000000aa", "load_s", 0.2, "load_cpu_s", 0.15,
	    "shard_bytes", 8000, "rss_bytes", 1000000 + 1000 * (int)i,
	    "cores", 2, "rows", 10, "nnz", 20, "start_ns",
	    calendar(request + 0.05 + m->skew * i, 1e9)), at);
}

void
put_exit(const struct made *m, uint32_t i, uint32_t g, int sig, double at)
{
	json_t *o = json_pack("{s:s, s:i, s:i, s:f, s:i}", "event", "exit",
	    "status", m->lambda && sig != 0, "signal", m->lambda ? 0 : sig,
	    "cpu_s", 1.5, "maxrss_bytes", 2 * (1000000 + 1000 * (int)i));

	if (!m->lambda)
		json_object_set_new(o, "pid", json_integer(100 * g + i));
	else
		json_object_update_new(o, json_pack("{s:i, s:i}", "http", 200,
		    "tries", i == 1 ? 2 : 1));
	if (m->lambda && sig != 0)
		json_object_set_new(o, "error",
		    json_string("Runtime.ExitError"));
	if (m->lambda && i > 0)
		json_object_update_new(o, json_pack("{s:f, s:f, s:i, s:i}",
		    "billed_s", 2.5 + 0.5 * i, "duration_s", 2.4 + 0.5 * i,
		    "memory_mb", 128, "max_memory_mb", 60 + (int)i));
	put_life(SV_SPAWN, i, g, o, at);
}
