#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent.h"
#include "clock.h"
#include "err.h"
#include "json.h"
#include "link.h"
#include "worker.h"

#define POLL_S 0.004	/* between two looks at the socket while computing */
#define IDLE_MS 1000	/* a signal between two waits is noticed that late */
#define ERROR_S 5.0	/* the hub has that long to answer an ERROR */
#define TEXT_ROOM ((uint64_t)1 << 20)	/* of a message beside its vector */

struct star {
	const struct sv_invocation *inv;
	const struct worker_options *o;
	struct link link;
	struct sv_csr A;
	struct sv_agent *agent;
	double polled;	/* when the socket was last looked at */
};

/* Bytes of the longest message that makes sense for this share. */
static int64_t
longest(const struct sv_invocation *inv)
{
	uint64_t d;

	if (sv_json_u64(inv->share, "d", 1, UINT32_MAX, &d) == -1)
		d = 1;
	return ((int64_t)(d * sizeof(double) + TEXT_ROOM));
}

/* Between inner iterations: is there any reason to give up? */
static int
poll_hub(void *ctx)
{
	struct star *s = ctx;
	double now = sv_clock_mono();

	if (worker_signal == 0 && now - s->polled < POLL_S)
		return (0);
	s->polled = now;
	link_pump(&s->link, 0);
	return (s->link.end != LINK_OPEN);
}

/* A frame with ${text} (the reference is taken), with the header of this shard. */
static int
say(struct star *s, enum sv_type type, json_t *text)
{
	struct sv_frame f;

	if (sv_json_frame(&f, type, text) == -1)
		return (-1);
	f.job = s->inv->job;
	f.shard = s->inv->shard;
	f.generation = s->inv->generation;
	sv_frame_seal(&f);
	return (link_greet(&s->link, &f));
}

/* The greeting: this instance, and what loading has cost. */
static int
say_hello(struct star *s, double load_s, double load_cpu_s)
{
	struct rusage ru = { .ru_maxrss = 0 };
	uint64_t instance;
	char digits[17];

	if (getentropy(&instance, sizeof(instance)) == -1) {
		sv_warn("getentropy");
		return (-1);
	}
	snprintf(digits, sizeof(digits), "%016" PRIx64, instance);
	getrusage(RUSAGE_SELF, &ru);
	if (say(s, SV_HELLO, json_pack(
	    "{s:s, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:I}",
	    "instance", digits, "load_s", load_s, "load_cpu_s", load_cpu_s,
	    "shard_bytes", (json_int_t)sv_csr_bytes(&s->A),
	    "rss_bytes", (json_int_t)ru.ru_maxrss * 1024,
	    "cores", (json_int_t)sysconf(_SC_NPROCESSORS_ONLN),
	    "rows", (json_int_t)s->A.rows, "nnz", (json_int_t)s->A.nnz,
	    "start_ns", (json_int_t)s->o->start_ns)) == -1) {
		sv_warn("hello");
		return (-1);
	}
	return (0);
}

/*
 * Tell the hub why this worker cannot go on, and wait a little for its leave.
 * Only where nobody has heard it, say it here.
 */
static int
give_up(struct star *s, const char *why)
{
	double until = sv_clock_mono() + ERROR_S;
	json_t *text = json_pack("{s:s}", "why", why);
	int waited = 0;

	if (say(s, SV_ERROR, text) == 0) {
		/* The five seconds begin when it is said. */
		while (s->link.end == LINK_OPEN && sv_clock_mono() < until) {
			link_pump(&s->link, 100);
			if (s->link.due || !s->link.connected)
				until = sv_clock_mono() + ERROR_S;
			else
				waited = 1;
		}
	}
	if (!waited || (s->link.end != LINK_TERM &&
	    s->link.end != LINK_REFUSED))
		sv_warnx("shard %" PRIu32 ": %s", s->inv->shard, why);
	return (SV_EXIT_FAILED);
}

/* Load the share, and make the agent and the greeting. */
static int
load(struct star *s, char why[SV_WHY])
{
	struct sv_agent_setting set = {
		.job = s->inv->job, .shard = s->inv->shard,
		.generation = s->inv->generation, .isa = s->o->isa,
		.poll = poll_hub, .ctx = s
	};
	double t = sv_clock_mono(), cpu = sv_clock_cpu();
	int rc;

	worker_impatient(1);
	rc = sv_share_load(s->inv->share, &s->A, why);
	worker_impatient(0);
	if (rc == -1)
		return (-1);
	t = sv_clock_mono() - t;
	if ((s->agent = sv_agent_new(&set, &s->A)) == NULL) {
		snprintf(why, SV_WHY, "%s", strerror(errno));
		return (-1);
	}
	if (s->o->verbose)
		sv_warnx("shard %" PRIu32 ": %" PRIu64 " rows, %" PRIu64
		    " non-zeros in %.3f s, %s", s->inv->shard, s->A.rows,
		    s->A.nnz, t, s->o->isa->name);
	if (say_hello(s, t, sv_clock_cpu() - cpu) == -1) {
		snprintf(why, SV_WHY, "cannot make a greeting");
		return (-1);
	}
	return (0);
}

/* Answer the GLOBAL that waits.  Return 0, or -1 with a reason. */
static int
answer(struct star *s, char why[SV_WHY])
{
	struct link_global *g = link_take(&s->link);
	struct sv_blob *update = NULL;
	enum sv_agent_end end;

	s->polled = g->received;
	end = sv_agent_answer(s->agent, &g->f, g->received, &update, why);
	if (end == SV_AGENT_UPDATE) {
		if (s->o->verbose)
			worker_report(sv_blob_frame(update));
		link_send(&s->link, update);
	}
	link_done(&s->link, g);
	return (end == SV_AGENT_FAILED ? -1 : 0);
}

/* The exit status for the way in which the link ended, with a line if due. */
static int
farewell(const struct star *s)
{
	const char *hub = s->inv->hub;

	switch (s->link.end) {
	case LINK_TERM:
	case LINK_REFUSED:
		return (SV_EXIT_DONE);
	case LINK_UNREACHED:
		sv_warnx("shard %" PRIu32 ": no hub at %s in %g s",
		    s->inv->shard, hub, s->o->connect_timeout);
		break;
	case LINK_LOST:
		sv_warnx("shard %" PRIu32 ": the hub at %s is gone",
		    s->inv->shard, hub);
		break;
	case LINK_BROKEN:
		sv_warnx("shard %" PRIu32 ": message from %s: %s",
		    s->inv->shard, hub, s->link.why);
		break;
	case LINK_SIGNAL:
		if (s->o->verbose)
			sv_warnx("shard %" PRIu32 ": ended by signal %d",
			    s->inv->shard, (int)worker_signal);
		break;
	case LINK_OPEN:
		break;
	}
	return (SV_EXIT_FAILED);
}

int
star_run(const struct sv_invocation *inv, const struct worker_options *o)
{
	struct star s = { .inv = inv, .o = o };
	char why[SV_WHY] = "";
	int status;

	/* The connection is made while the share is loaded. */
	if (link_open(&s.link, inv->hub, inv->job, longest(inv),
	    o->connect_timeout) == -1) {
		link_close(&s.link);
		return (SV_EXIT_FAILED);
	}
	if (load(&s, why) == -1) {
		status = give_up(&s, why);
		goto out;
	}
	while (s.link.end == LINK_OPEN) {
		if (s.link.next == NULL) {
			link_pump(&s.link, IDLE_MS);
		} else if (answer(&s, why) == -1) {
			status = give_up(&s, why);
			goto out;
		}
	}
	status = farewell(&s);
out:
	link_close(&s.link);
	sv_agent_free(s.agent);
	sv_csr_fini(&s.A);
	return (status);
}
