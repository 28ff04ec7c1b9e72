#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "answer.h"
#include "clock.h"
#include "err.h"
#include "event.h"
#include "json.h"
#include "rss.h"
#include "serve.h"

#define MEMORY_MAX (1u << 20)	/* MB that a function may have, at most */

/* One event, from its coming to its answer. */
struct visit {
	struct runtime *r;
	const struct runtime_event *event;
	struct worker_options o;
	int cold;
	int64_t event_ns;	/* when it had come */
	double init_s;	/* what came before the first one was asked for */
	double cpu;	/* sv_clock_cpu() when it had come */
};

/* The function's memory in MB; 0 where nobody says. */
static uint32_t
memory_mb(void)
{
	const char *s = getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
	unsigned long mb;
	char *end;

	if (s == NULL || *s < '0' || *s > '9')
		return (0);
	mb = strtoul(s, &end, 10);
	return (*end == '\0' && mb <= MEMORY_MAX ? (uint32_t)mb : 0);
}

/* The machine, as the platform calls it; NULL where it has no name for it. */
static const char *
arch(void)
{
	struct utsname host;

	if (uname(&host) == -1)
		return (NULL);
	if (strcmp(host.machine, "aarch64") == 0)
		return ("arm64");
	return (strcmp(host.machine, "x86_64") == 0 ? "x86_64" : NULL);
}

/* What the greeting of a function says beyond that of a process. */
static json_t *
extra(const struct visit *v)
{
	uint64_t mb = v->o.memory >> 20;
	const char *machine = arch();
	json_t *o;

	o = json_pack("{s:o, s:I, s:b, s:s, s:I}",
	    "init_s", sv_json_real(v->init_s),
	    "event_ns", (json_int_t)v->event_ns, "cold", v->cold,
	    "request_id", v->event->id,
	    "deadline_ms", (json_int_t)v->event->deadline_ms);
	if (mb > 0)
		json_object_set_new(o, "memory_mb", json_integer((json_int_t)mb));
	if (machine != NULL)
		json_object_set_new(o, "arch", json_string(machine));
	return (o);
}

/* When work has to stop, and how long a connection may take. */
static void
set_deadline(struct visit *v)
{
	double left;

	if (v->event->deadline_ms == 0)
		return;
	left = (double)v->event->deadline_ms / 1e3 - (double)v->event_ns / 1e9;
	/* Some platforms send a time long past: they do not mean it. */
	if (left <= 0)
		return;
	worker_live(&v->o, left);
	v->o.connect_timeout = fmin(v->o.connect_timeout,
	    left - v->o.margin);
}

/* Post the answer ${o} (the reference is taken) or error; 0, or as post does. */
static int
post(struct visit *v, enum sv_event_shape shape, const char *type, json_t *o)
{
	int status = 200, rc;
	char *text;

	if (type != NULL)
		status = strcmp(type, answer_type(WORKER_BAD_INVOCATION)) == 0 ?
		    400 : 500;
	if ((text = sv_event_answer(shape, status, o)) == NULL) {
		sv_warnx("answer: out of memory");
		return (-1);
	}
	if (type != NULL && shape == SV_EVENT_BARE)
		rc = runtime_error(v->r, v->event->id, type, text);
	else
		rc = runtime_response(v->r, v->event->id, text);
	free(text);
	return (rc);
}

/* Tell the caller that the event makes no sense. */
static int
refuse(struct visit *v, enum sv_event_shape shape, const char *why)
{
	const char *type = answer_type(WORKER_BAD_INVOCATION);

	sv_warnx("%s", why);
	return (post(v, shape, type, answer_error(type, NULL, why)));
}

/* Run what the event asks for. */
static int
run(struct visit *v, enum sv_event_shape shape, struct sv_invocation *inv)
{
	struct worker_outcome out;
	struct answer_use use = { .cold = v->cold };
	struct star *s;
	json_t *o;
	int rc;

	v->o.extra = extra(v);
	s = star_run(inv, &v->o, &out);
	json_decref(v->o.extra);
	use.rss_bytes = sv_rss_peak();
	use.cpu_s = sv_clock_cpu() - v->cpu;
	if (out.end <= WORKER_DONE) {
		rc = post(v, shape, NULL, answer_result(inv, &out, &use));
	} else {
		worker_say(inv, &out);
		o = answer_error(answer_type(out.end), &inv->shard, out.why);
		rc = post(v, shape, answer_type(out.end), o);
	}
	star_free(s);
	return (rc);
}

/* Answer one event, whatever is in it. */
static int
visit(struct visit *v)
{
	struct sv_invocation inv;
	enum sv_event_shape shape;
	struct sv_event e;
	char why[SV_WHY], what[SV_WHY - 16];
	int rc;

	set_deadline(v);
	if (v->event->too_long) {
		snprintf(why, sizeof(why), "event: longer than %zu bytes",
		    SV_INVOCATION_MAX);
		return (refuse(v, SV_EVENT_BARE, why));
	}
	if (sv_event_parse(&e, v->event->body, v->event->len, why) == -1)
		return (refuse(v, e.shape, why));
	shape = e.shape;
	rc = sv_invocation_parse(&inv, e.text, e.len, why);
	sv_event_fini(&e);
	runtime_forget(v->r);
	if (rc == -1) {
		memcpy(what, why, sizeof(what) - 1);
		what[sizeof(what) - 1] = '\0';
		snprintf(why, sizeof(why), "invocation: %s", what);
		return (refuse(v, shape, why));
	}
	rc = run(v, shape, &inv);
	sv_invocation_fini(&inv);
	return (rc);
}

int
serve_events(struct runtime *r, const struct worker_options *o, double main_s)
{
	double init_s = sv_clock_mono() - main_s;
	struct runtime_event event;

	uint64_t memory = (uint64_t)memory_mb() << 20;

	for (int cold = 1; worker_signal == 0; cold = 0) {
		struct visit v = {
			.r = r, .event = &event, .o = *o, .cold = cold,
			.init_s = cold ? init_s : 0.0
		};

		worker_impatient(1);
		if (runtime_next(r, &event) == RUNTIME_GONE)
			return (SV_EXIT_FAILED);
		worker_impatient(0);
		v.event_ns = sv_clock_real_ns();
		v.cpu = sv_clock_cpu();
		v.o.memory = memory;
		if (!cold)
			v.o.start_ns = v.event_ns;
		if (v.o.verbose)
			sv_warnx("request %s: %zu bytes", event.id, event.len);
		if (visit(&v) == RUNTIME_BROKEN)
			return (SV_EXIT_FAILED);
	}
	return (SV_EXIT_DONE);
}
