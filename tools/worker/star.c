#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "clock.h"
#include "err.h"
#include "fetch.h"
#include "json.h"
#include "link.h"
#include "rss.h"
#include "secret.h"
#include "state.h"
#include "worker.h"

#define PROGRAM (8u << 20)	/* bytes of a worker without rows and vectors */
#define POLL_S 0.004	/* between two looks at the socket while computing */
#define IDLE_MS 200	/* a signal between two waits is noticed that late */
#define ERROR_S 5.0	/* the hub has that long to answer an ERROR */
#define LEAVE_S 1.0	/* ... at most, where the time is up */
#define TEXT_ROOM ((uint64_t)1 << 20)	/* of a message beside its vector */

struct star {
	const struct sv_invocation *inv;
	const struct worker_options *o;
	struct worker_outcome *out;
	struct link link;
	struct sv_matrix A;
	struct sv_agent *agent;
	double polled;	/* when the socket was last looked at */
};

/* Bytes of the longest message that makes sense for this share. */
static int64_t
longest(const struct sv_invocation *inv)
{
	uint64_t d, part, vector;

	if (sv_json_u64(inv->share, "d", 1, UINT32_MAX, &d) == -1)
		d = 1;
	vector = d * sizeof(double);
	part = sv_state_part_size(d);
	return ((int64_t)((vector > part ? vector : part) + TEXT_ROOM));
}

/* While loading or computing: is there any reason to give up? */
static int
poll_hub(void *ctx)
{
	struct star *s = ctx;
	double now = sv_clock_mono();

	if (worker_signal != 0 || now - s->polled >= POLL_S) {
		s->polled = now;
		link_pump(&s->link, 0);
	}
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

/* Set how it ended, in words that follow "shard N: ". */
static void __attribute__((format(printf, 3, 4)))
ends(struct star *s, enum worker_end end, const char *fmt, ...)
{
	va_list ap;

	s->out->end = end;
	va_start(ap, fmt);
	vsnprintf(s->out->why, sizeof(s->out->why), fmt, ap);
	va_end(ap);
}

/* The greeting: this instance, and what loading has cost. */
static int
say_hello(struct star *s, double load_s, double load_cpu_s)
{
	uint64_t instance;
	char digits[17];
	json_t *o;

	if (getentropy(&instance, sizeof(instance)) == -1)
		return (-1);
	snprintf(digits, sizeof(digits), "%016" PRIx64, instance);
	o = json_pack("{s:s, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:I}",
	    "instance", digits, "load_s", load_s, "load_cpu_s", load_cpu_s,
	    "shard_bytes", (json_int_t)sv_matrix_bytes(&s->A),
	    "rss_bytes", (json_int_t)sv_rss_peak(),
	    "cores", (json_int_t)sysconf(_SC_NPROCESSORS_ONLN),
	    "rows", (json_int_t)s->A.rows, "nnz", (json_int_t)s->A.nnz,
	    "start_ns", (json_int_t)s->o->start_ns);
	/* As long as the hub has it: how much later, the frame's time tells. */
	if (s->o->deadline > 0)
		json_object_set_new(o, "left_s", sv_json_real(fmax(s->o->deadline -
		    s->o->margin - sv_clock_mono(), 0.0)));
	if (s->o->extra != NULL && json_object_update(o, s->o->extra) == -1) {
		json_decref(o);
		o = NULL;
	}
	return (say(s, SV_HELLO, o));
}

/*
 * Say ERROR, and wait ${patience} seconds for the hub's leave; they begin when
 * it is said, unless ${now}.  Did the leave come?
 */
static int
say_error(struct star *s, json_t *text, double patience, int now)
{
	double until = sv_clock_mono() + patience;
	int waited = 0;

	if (say(s, SV_ERROR, text) == -1)
		return (0);
	while (s->link.end == LINK_OPEN && sv_clock_mono() < until) {
		link_pump(&s->link, 100);
		if (!s->link.due && s->link.connected)
			waited = 1;
		else if (!now)
			until = sv_clock_mono() + patience;
	}
	return (waited && (s->link.end == LINK_TERM ||
	    s->link.end == LINK_REFUSED));
}

/* Tell the hub why this worker cannot go on. */
static void
give_up(struct star *s)
{

	json_t *o = json_pack("{s:s}", "why", s->out->why);

	if (s->out->end == WORKER_UNFETCHED)
		json_object_set_new(o, "passes", json_true());
	s->out->told = say_error(s, o, ERROR_S, 0);
}

/* The time is up: let the hub have another worker, which is no fault. */
static void
give_way(struct star *s)
{
	double patience = fmin(s->o->margin / 2, LEAVE_S);

	link_limit(&s->link, s->o->deadline);
	say_error(s, json_pack("{s:s, s:b}", "why", "its time is up", "again",
	    1), patience, 1);
	s->link.end = LINK_DEADLINE;
}

/*
 * Do the rows fit into what a function has?  They are most of what it needs;
 * ${*left} is what there is for the rest, 0 where nobody counts.
 */
static int
check_memory(struct star *s, uint64_t *left)
{
	uint64_t need = sv_share_bytes(s->inv->share), all = s->o->memory;
	uint64_t room = all > PROGRAM ? all - PROGRAM : 0, window = 0;
	const char *url;

	*left = 0;
	if (all == 0)
		return (0);
	if (sv_json_string(s->inv->share, "url", &url) == 0 && sv_fetch_is(url))
		window = SV_FETCH_LANES * (uint64_t)SV_FETCH_CHUNK;
	if (need < room && room - need > window) {
		*left = room - need;
		return (0);
	}
	ends(s, WORKER_NO_MEMORY, "its rows take %" PRIu64 " MB, and there are "
	    "%" PRIu64 " MB of memory, of which the program takes %u",
	    need >> 20, all >> 20, (unsigned)((PROGRAM + window) >> 20));
	return (-1);
}

/*
 * Load the share, and make the agent and the greeting.  Return 0, or -1 with
 * the outcome set, unless the link has ended meanwhile.
 */
static int
load(struct star *s)
{
	struct sv_agent_setting set = {
		.job = s->inv->job, .shard = s->inv->shard,
		.generation = s->inv->generation, .isa = s->o->isa,
		.poll = poll_hub, .ctx = s
	};
	struct sv_csr_poll poll = { poll_hub, s };
	double t = sv_clock_mono(), cpu = sv_clock_cpu();
	char why[SV_WHY];

	if (check_memory(s, &set.memory) == -1)
		return (-1);
	s->link.room = set.memory;
	errno = 0;
	if (sv_share_load(s->inv->share, &s->A, &poll, why) == -1) {
		ends(s, errno == ENOMEM ? WORKER_NO_MEMORY :
		    errno == ETIMEDOUT ? WORKER_UNFETCHED : WORKER_UNREADABLE,
		    "%s", why);
		return (-1);
	}
	t = sv_clock_mono() - t;
	if ((s->agent = sv_agent_new(&set, &s->A)) == NULL) {
		ends(s, errno == ENOMEM ? WORKER_NO_MEMORY : WORKER_FAILED,
		    "%s", strerror(errno));
		return (-1);
	}
	if (s->o->verbose)
		sv_warnx("shard %" PRIu32 ": %" PRIu64 " rows, %" PRIu64
		    " non-zeros in %.3f s, %s", s->inv->shard, s->A.rows,
		    s->A.nnz, t, s->o->isa->name);
	if (say_hello(s, t, sv_clock_cpu() - cpu) == -1) {
		ends(s, WORKER_FAILED, "cannot make a greeting: %s",
		    strerror(errno));
		return (-1);
	}
	return (0);
}

/* What the agent complains of: the frame, or something of its own? */
static enum worker_end
blame(const char *why)
{

	if (strncmp(why, "global:", 7) == 0 || strncmp(why, "task:", 5) == 0)
		return (WORKER_BAD_MESSAGE);
	return (errno == ENOMEM ? WORKER_NO_MEMORY : WORKER_FAILED);
}

/* Answer the GLOBAL that waits.  Return 0, or -1 where that cannot be done. */
static int
answer(struct star *s)
{
	struct link_global *g = link_take(&s->link);
	struct sv_blob *update = NULL;
	enum sv_agent_end end;
	char why[SV_WHY];

	s->polled = g->received;
	errno = 0;
	end = sv_agent_answer(s->agent, &g->f, g->received, &update, why);
	if (end == SV_AGENT_FAILED)
		ends(s, blame(why), "%s", why);
	if (end == SV_AGENT_UPDATE) {
		if (s->o->verbose)
			worker_report(sv_blob_frame(update));
		link_send(&s->link, update);
		s->out->rounds++;
	}
	link_done(&s->link, g);
	return (end == SV_AGENT_FAILED ? -1 : 0);
}

/*
 * Answer the SAVE that waits.  Where there is no memory for that, or the state is
 * too long, nothing is said: the hub does not wait for ever, and rounds go on.
 */
static void
save(struct star *s)
{
	struct sv_frame head = { .job = s->inv->job, .shard = s->inv->shard,
	    .generation = s->inv->generation,
	    .round = sv_agent_round(s->agent) };
	uint8_t *bytes;
	size_t len;

	if (sv_agent_save(s->agent, &bytes, &len) == -1) {
		if (s->o->verbose)
			sv_warn("shard %" PRIu32 ": state", s->inv->shard);
		s->link.save = 0;
	} else if (link_saved(&s->link, &head, s->A.cols, bytes, len) == -1 &&
	    s->o->verbose) {
		sv_warnx("shard %" PRIu32 ": state: %zu bytes are too many",
		    s->inv->shard, len);
	}
}

/*
 * Go on from the state that the hub gives.  One that is no newer than what is
 * here comes from before the connection was cut.  Return 0, or -1 where it makes
 * no sense.
 */
static int
adopt(struct star *s)
{
	const struct sv_state *given = &s->link.state;
	char why[SV_WHY];
	int rc = 0;

	if (sv_agent_round(s->agent) == 0 ||
	    given->round > sv_agent_round(s->agent))
		rc = sv_agent_adopt(s->agent, given->bytes, given->len, why);
	if (rc == -1)
		ends(s, errno == ENOMEM ? WORKER_NO_MEMORY : WORKER_BAD_MESSAGE,
		    "%s", why);
	else if (s->o->verbose)
		sv_warnx("shard %" PRIu32 ": goes on from round %" PRIu32,
		    s->inv->shard, sv_agent_round(s->agent));
	link_adopted(&s->link);
	return (rc);
}

/* Do what the hub wants next.  Return 0, or -1 where that cannot be done. */
static int
work(struct star *s)
{

	switch (link_work(&s->link)) {
	case LINK_NOTHING:
		link_pump(&s->link, IDLE_MS);
		return (0);
	case LINK_ADOPT:
		return (adopt(s));
	case LINK_UNFIT:
		ends(s, WORKER_BAD_MESSAGE, "state: %.240s", s->link.unfit);
		return (-1);
	case LINK_SAVE:
		save(s);
		return (0);
	case LINK_ANSWER:
		return (answer(s));
	}
	return (0);
}

/* The outcome for the way in which the link ended. */
static void
farewell(struct star *s)
{
	const char *hub = s->inv->hub;

	/* Loading that was broken off has failed for no reason of its own. */
	s->out->why[0] = '\0';
	switch (s->link.end) {
	case LINK_TERM:
		s->out->end = WORKER_TERM;
		break;
	case LINK_REFUSED:
		ends(s, WORKER_REFUSED, "%s", s->link.why);
		break;
	case LINK_UNREACHED:
		if (s->link.failed && s->inv->encrypted)
			ends(s, WORKER_UNREACHED, "nobody at %.180s has the "
			    "key of this job", hub);
		else if (s->link.failed)
			ends(s, WORKER_UNREACHED, "%.180s takes connections and "
			    "drops them: not this job's hub, or a bad link",
			    hub);
		else
			ends(s, WORKER_UNREACHED, "no hub at %.180s in %.3g s",
			    hub, s->o->connect_timeout);
		break;
	case LINK_LOST:
		ends(s, WORKER_LOST, "the hub at %.180s is gone", hub);
		break;
	case LINK_BROKEN:
		ends(s, WORKER_BAD_MESSAGE, "message from %.100s: %s", hub,
		    s->link.why);
		break;
	case LINK_MEMORY:
		ends(s, WORKER_NO_MEMORY, "message from %.100s: %s", hub,
		    s->link.why);
		break;
	case LINK_SIGNAL:
		ends(s, WORKER_SIGNALLED, "ended by signal %d",
		    (int)worker_signal);
		s->out->told = !s->o->verbose;
		break;
	case LINK_DEADLINE:
		s->out->end = WORKER_DEADLINE;
		give_way(s);
		break;
	case LINK_OPEN:
		break;
	}
}

/* Rounds, until the link ends or one cannot be answered. */
static void
rounds(struct star *s)
{

	while (s->link.end == LINK_OPEN) {
		if (work(s) == -1) {
			give_up(s);
			return;
		}
	}
	farewell(s);
}

struct star *
star_run(struct sv_invocation *inv, const struct worker_options *o,
    struct worker_outcome *out)
{
	struct star *s;
	int rc;

	memset(out, 0, sizeof(*out));
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		out->end = WORKER_NO_MEMORY;
		snprintf(out->why, sizeof(out->why), "out of memory");
		return (NULL);
	}
	s->inv = inv;
	s->o = o;
	s->out = out;
	/* The connection is made while the share is loaded. */
	rc = link_open(&s->link, inv->hub, inv->job, longest(inv),
	    o->connect_timeout, inv->encrypted ? &inv->keys : NULL);
	sv_secret_wipe(&inv->keys, sizeof(inv->keys));
	if (rc == -1) {
		ends(s, errno == EMFILE || errno == ENOMEM ? WORKER_FAILED :
		    WORKER_BAD_INVOCATION, "%s", s->link.why);
	} else {
		if (o->deadline > 0)
			link_limit(&s->link, o->deadline - o->margin);
		if (load(s) == -1 && s->link.end == LINK_OPEN)
			give_up(s);
		else
			rounds(s);
	}
	link_close(&s->link);
	return (s);
}

void
star_free(struct star *s)
{

	if (s == NULL)
		return;
	sv_agent_free(s->agent);
	sv_matrix_fini(&s->A);
	free(s);
}
