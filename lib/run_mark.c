#include <math.h>
#include <string.h>

#include "json.h"
#include "run.h"

/* Nothing honest is larger. */
#define MOST_SECONDS 1e9
#define MOST_BYTES 0x1p60
#define MOST_MB 0x1p24
#define MOST_TRIES 1e6

/* A number from 0 to ${most}, or NaN. */
static double
amount(const json_t *o, const char *key, double most)
{
	double v;

	if (sv_json_double(o, key, &v) == -1 || !(v >= 0 && v <= most))
		return (NAN);
	return (v);
}

/* A time as a whole number of units of ${unit} ns since 1970, in ns; or 0. */
static int64_t
moment(const json_t *o, const char *key, int64_t unit)
{
	uint64_t v;

	if (sv_json_u64(o, key, 1, (uint64_t)(INT64_MAX / unit), &v) == -1)
		return (0);
	return ((int64_t)v * unit);
}

/* A string that fits, or "". */
static void
string(const json_t *o, const char *key, char *to, size_t room)
{
	const char *s;

	to[0] = '\0';
	if (sv_json_string(o, key, &s) == 0 && strlen(s) < room)
		strcpy(to, s);
}

enum sv_run_how
sv_run_how(const json_t *o)
{
	static const struct { const char *name; enum sv_run_how how; } hows[] = {
		{ "exec", SV_RUN_EXEC }, { "url", SV_RUN_URL },
		{ "lambda", SV_RUN_LAMBDA }, { "lambda-async", SV_RUN_ASYNC }
	};
	const char *name;

	if (sv_json_string(o, "how", &name) == -1)
		return (SV_RUN_UNKNOWN);
	for (size_t i = 0; i < sizeof(hows) / sizeof(hows[0]); i++)
		if (strcmp(name, hows[i].name) == 0)
			return (hows[i].how);
	return (SV_RUN_UNKNOWN);
}

/*
 * Did the function fail, rather than the call of it?  Its errors, and those of
 * the runtime it runs in, have names like Category.Reason.
 */
static int
function_error(const json_t *o, double http)
{
	static const char * const prefix[] = {
		"Function.", "Runtime.", "Sandbox.", "Extension."
	};
	const char *error;

	if (sv_json_string(o, "error", &error) == -1)
		return (0);
	for (size_t i = 0; i < sizeof(prefix) / sizeof(prefix[0]); i++)
		if (strncmp(error, prefix[i], strlen(prefix[i])) == 0)
			return (1);
	/* Whatever it is called, the call went well. */
	return (http == 200);
}

static void
read_hello(struct sv_run_mark *m, const json_t *o)
{

	m->start = moment(o, "start_ns", 1);
	m->event = moment(o, "event_ns", 1);
	m->deadline = moment(o, "deadline_ms", 1000000);
	m->init = amount(o, "init_s", MOST_SECONDS);
	m->load = amount(o, "load_s", MOST_SECONDS);
	m->load_cpu = amount(o, "load_cpu_s", MOST_SECONDS);
	m->shard_bytes = amount(o, "shard_bytes", MOST_BYTES);
	string(o, "arch", m->arch, sizeof(m->arch));
	m->warm = json_is_false(json_object_get(o, "cold"));
	m->rss = amount(o, "rss_bytes", MOST_BYTES);
}

static void
read_spawn(struct sv_run_mark *m, const json_t *o)
{
	char end[16];

	m->how = sv_run_how(o);
	m->queued = amount(o, "queued_s", MOST_SECONDS);
	m->wait = amount(o, "wait_s", MOST_SECONDS);
	m->rss = amount(o, "maxrss_bytes", MOST_BYTES);
	m->cpu = amount(o, "cpu_s", MOST_SECONDS);
	m->signal = amount(o, "signal", 255);
	m->billed = amount(o, "billed_s", MOST_SECONDS);
	m->max_memory_mb = amount(o, "max_memory_mb", MOST_MB);
	m->tries = amount(o, "tries", MOST_TRIES);
	/* An exit's status is the process's, and the answer's is beside it. */
	if (m->moment == SV_RUN_EXIT) {
		m->status = amount(o, "status", 255);
		m->http = amount(o, "http", 999);
		m->error = function_error(o, m->http);
		string(o, "end", end, sizeof(end));
		m->refused = strcmp(end, "refused") == 0;
	} else
		m->http = amount(o, "status", 999);
}

int
sv_run_mark(struct sv_run_mark *m, const struct sv_frame *f, const json_t *o)
{
	static const struct {
		const char *event;
		enum sv_run_moment moment;
	} moments[] = {
		{ "request", SV_RUN_REQUEST }, { "retry", SV_RUN_RETRY },
		{ "accepted", SV_RUN_ACCEPTED },
		{ "unanswered", SV_RUN_UNANSWERED }, { "exit", SV_RUN_EXIT }
	};
	const char *event;
	size_t i = 0, n = sizeof(moments) / sizeof(moments[0]);

	memset(m, 0, sizeof(*m));
	m->queued = m->wait = m->init = m->load = m->load_cpu = NAN;
	m->shard_bytes = m->rss = m->cpu = m->status = m->signal = NAN;
	m->billed = m->max_memory_mb = m->tries = m->http = NAN;
	m->shard = f->shard;
	m->generation = f->generation;
	m->time = f->time;
	m->memory_mb = amount(o, "memory_mb", MOST_MB);
	string(o, "request_id", m->request_id, sizeof(m->request_id));
	if (f->type == SV_HELLO) {
		m->moment = SV_RUN_HELLO;
		read_hello(m, o);
		return (1);
	}
	if (sv_json_string(o, "event", &event) == -1)
		return (-1);
	while (i < n && strcmp(event, moments[i].event) != 0)
		i++;
	if (i == n)
		return (0);
	m->moment = moments[i].moment;
	read_spawn(m, o);
	return (1);
}
