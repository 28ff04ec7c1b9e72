#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "fd.h"
#include "json.h"
#include "problem.h"
#include "secret.h"
#include "workers.h"

/* What a shell says of a command that it cannot run. */
#define SHELL_CANNOT 126u
#define SHELL_NOT_FOUND 127u
#define BAD_USAGE 2u	/* of a command line that makes no sense */

#define WAIT_MAX 120.0	/* s that sv-spawn may put a request off */
#define PACE_SAME 0.25	/* what the longest round may change and not be told */
#define WHY_ROOM 400u	/* for a reason, with its end */

/* Learn d from the PROBLEM frame. */
static int
take_problem(struct hub *h, struct sv_frame *f)
{
	struct sv_problem p;

	if (sv_problem_parse(&p, f) == -1)
		return (-1);
	h->d = p.d;
	h->shards = p.shards;
	h->rows = p.n;
	sv_problem_fini(&p);
	sv_blob_unref(h->problem);
	if ((h->problem = sv_blob_new(f)) == NULL) {
		sv_warn("problem");
		return (-1);
	}
	return (0);
}

/* Learn W from the JOB frame. */
static int
take_job(struct hub *h, struct sv_frame *f)
{
	json_t *o = sv_json_of(f);
	const char *how;
	int rc = -1;

	if (o == NULL)
		return (-1);
	h->remote = sv_json_string(o, "how", &how) == 0 &&
	    strcmp(how, "exec") != 0;
	if (f->job == 0 ||
	    sv_json_u32(o, "workers", 1, SV_PROBLEM_MAXSHARDS, &h->W) == -1)
		sv_warnx("the job frame makes no sense");
	else
		rc = 0;
	json_decref(o);
	if (rc == -1)
		return (-1);
	h->job = f->job;
	if ((h->job_frame = sv_blob_new(f)) == NULL) {
		sv_warn("job");
		return (-1);
	}
	return (0);
}

/* Record a frame as it came: its time is its sender's.  NULL after a failure. */
static struct sv_blob *
pass_on(struct hub *h, struct sv_frame *f)
{
	struct sv_blob *b;

	if ((b = sv_blob_new(f)) == NULL) {
		hub_fail(h, "cannot record: %s", strerror(errno));
		return (NULL);
	}
	record_blob(h, b);
	return (b);
}

int
spawn_open(struct hub *h)
{
	struct sv_frame f;
	enum sv_io rc;
	int bad = 0;

	h->upstream = sv_reader_new(STDIN_FILENO, "standard input");
	if (h->upstream == NULL) {
		sv_warn("standard input");
		return (-1);
	}
	while (h->job_frame == NULL) {
		rc = sv_reader_next(h->upstream, &f);
		if (rc == SV_IO_AGAIN && sv_fd_wait(STDIN_FILENO, POLLIN) == 0)
			continue;
		if (rc == SV_IO_EOF)
			sv_warnx("standard input: %s", h->problem == NULL ?
			    "no problem: is sv-gen or sv-shard in the pipeline, or "
			    "did sv-spawn give up?" :
			    "no job: is sv-spawn in the pipeline?");
		if (rc != SV_IO_FRAME)
			return (-1);
		if (f.type == SV_PROBLEM)
			bad = take_problem(h, &f) == -1;
		else if (f.type == SV_JOB)
			bad = take_job(h, &f) == -1;
		else if (f.job == 0)
			sv_blob_unref(pass_on(h, &f));
		sv_frame_fini(&f);	/* with a job, of another run: left out */
		if (bad)
			return (-1);
	}
	if (h->problem == NULL) {
		sv_warnx("standard input: a job without a problem");
		return (-1);
	}
	if (h->shards != 0 && h->shards != h->W) {
		sv_warnx("standard input: a job of %" PRIu32 " workers for a "
		    "problem of %" PRIu32 " shards", h->W, h->shards);
		return (-1);
	}
	/* From here on the job's end is what is said. */
	sv_reader_quiet(h->upstream);
	return (sv_fd_nonblock(STDIN_FILENO));
}

int
spawn_connect(struct hub *h)
{
	json_t *o = sv_json_of(sv_blob_frame(h->job_frame));
	const char *path;
	int rc = -1;

	if (o == NULL)
		return (-1);
	if (sv_json_string(o, "control", &path) == -1) {
		sv_warnx("the job frame names no control socket");
		goto done;
	}
	if ((h->control = sv_fd_connect(path)) == -1) {
		sv_warn("cannot reach sv-spawn at %s", path);
		goto done;
	}
	if (sv_fd_nonblock(h->control) == -1 ||
	    (h->commands = sv_outq_new(h->control)) == NULL) {
		sv_warn("control socket");
		goto done;
	}
	rc = 0;

done:
	json_decref(o);
	return (rc);
}

/* Queue a command, which may hold keys, and try to send it at once. */
static void
command(struct hub *h, struct sv_frame *f)
{
	struct sv_blob *b;

	f->job = h->job;
	if ((b = sv_blob_seal(f)) != NULL && f->type == SV_WANT)
		sv_blob_hide(b);
	if (b == NULL || sv_outq_push(h->commands, b) == -1)
		hub_fail(h, "control socket: %s", strerror(errno));
	sv_blob_unref(b);
	spawn_on_control_writable(h);
}

void
spawn_ready(struct hub *h)
{
	struct sv_frame f;

	if (sv_json_frame(&f, SV_READY, json_pack("{s:s, s:I}", "hub",
	    h->address, "workers", (json_int_t)h->W)) == -1) {
		hub_fail(h, "out of memory");
		return;
	}
	command(h, &f);
}

void
spawn_want(struct hub *h, uint32_t shard, const struct worker *w)
{
	json_t *keys = keys_json(h, w);
	struct sv_frame f;
	int rc;

	if (keys != NULL)
		rc = sv_json_frame(&f, SV_WANT, keys);
	else
		rc = sv_frame_make(&f, SV_WANT, NULL, 0, SV_BYTES, 0);
	if (rc == -1)
		return;
	if (h->control == -1) {
		sv_secret_wipe(f.payload, f.length);
		sv_frame_fini(&f);
		return;
	}
	f.shard = shard;
	f.generation = w->generation;
	command(h, &f);
}

void
spawn_here(struct hub *h, uint32_t shard, uint32_t generation)
{
	struct sv_frame f;

	if (h->control == -1 || sv_json_frame(&f, SV_EVENT,
	    json_pack("{s:s}", "event", "here")) == -1)
		return;
	f.shard = shard;
	f.generation = generation;
	command(h, &f);
}

void
spawn_end(struct hub *h)
{
	struct sv_frame f;

	if (h->control == -1 ||
	    sv_frame_make(&f, SV_END, NULL, 0, SV_BYTES, 0) == -1)
		return;
	command(h, &f);
}

void
spawn_pace(struct hub *h, double seconds)
{
	double longest = 0;
	struct sv_frame f;

	h->pace[h->paces++ % PACES] = seconds;
	for (uint32_t i = 0; i < h->paces && i < PACES; i++)
		if (h->pace[i] > longest)
			longest = h->pace[i];
	/* Each round differs by a little. */
	if (h->control == -1 || fabs(longest - h->pace_told) <=
	    PACE_SAME * h->pace_told || sv_json_frame(&f, SV_EVENT,
	    json_pack("{s:s, s:f}", "event", "pace", "round_s", longest)) == -1)
		return;
	h->pace_told = longest;
	command(h, &f);
}

/* How a worker ended, from its exit record. */
struct exit_record {
	uint64_t status;
	uint64_t sig;
	const char *why;	/* of a call that failed, or NULL */
	const char *error;	/* its type, or NULL */
	const char *end;	/* what the worker says of its end, or NULL */
	int fatal;	/* another would fail as well */
};

static void
read_exit(struct exit_record *e, const json_t *o)
{

	memset(e, 0, sizeof(*e));
	(void)sv_json_u64(o, "status", 0, 255, &e->status);
	(void)sv_json_u64(o, "signal", 0, 255, &e->sig);
	(void)sv_json_string(o, "why", &e->why);
	(void)sv_json_string(o, "error", &e->error);
	(void)sv_json_string(o, "end", &e->end);
	e->fatal = json_is_true(json_object_get(o, "fatal"));
	/* A shell says so that its command was killed. */
	if (e->status > 128 && e->status <= 128 + 64)
		e->sig = e->status - 128;
}

/* What a platform says, without the number of the request. */
static const char *
message(const char *why)
{
	static const char before[] = "RequestId: ", after[] = " Error: ";
	const char *p;

	if (strncmp(why, before, strlen(before)) != 0 ||
	    (p = strstr(why, after)) == NULL)
		return (why);
	return (p + strlen(after));
}

/* The end in words. */
static void
describe_exit(char why[WHY_ROOM], const struct exit_record *e, int asked)
{
	const char *when = asked ? " before its hello" : "";

	if (e->why != NULL)
		snprintf(why, WHY_ROOM, "%s%s%s%s", e->error != NULL ?
		    "failed: " : "", e->error != NULL ? e->error : "",
		    e->error != NULL ? ": " : "", message(e->why));
	else if (e->sig != 0)
		snprintf(why, WHY_ROOM, "killed by signal %" PRIu64 "%s",
		    e->sig, when);
	else
		snprintf(why, WHY_ROOM, "ended with status %" PRIu64 "%s",
		    e->status, when);
}

/* A worker has ended before its hello: would another as well? */
static int
is_hopeless(struct hub *h, const struct sv_frame *f,
    const struct exit_record *e, const char *why)
{
	uint32_t shard = f->shard;

	if (e->fatal) {
		hub_fail(h, "shard %" PRIu32 ": its worker %s", shard, why);
		return (1);
	}
	if (e->sig == 0 && e->why == NULL && (e->status == SHELL_CANNOT ||
	    e->status == SHELL_NOT_FOUND)) {
		hub_fail(h, "shard %" PRIu32 ": the worker's command cannot be "
		    "run (status %" PRIu64 "): see sv-spawn -x", shard,
		    e->status);
		return (1);
	}
	/* Later ones have the same command line, which was good then. */
	if (e->sig == 0 && e->why == NULL && e->status == BAD_USAGE &&
	    f->generation == 1) {
		hub_fail(h, "shard %" PRIu32 ": the worker's command line makes "
		    "no sense (status %u): see sv-spawn -x", shard, BAD_USAGE);
		return (1);
	}
	return (0);
}

/* A worker has ended: is it one that we still need? */
static void
on_exit_record(struct hub *h, const struct sv_frame *f, const json_t *o)
{
	struct exit_record e;
	char why[WHY_ROOM];
	struct worker *w = seats_worker(h, f->shard, f->generation);

	if (w == NULL)
		return;
	read_exit(&e, o);
	/* A second instance was sent away: the first is, or was, here. */
	if (e.end != NULL && strcmp(e.end, "refused") == 0) {
		w->over = 1;
		return;
	}
	/* It was never begun: sv-spawn ends, or has asked for a stop. */
	if (e.end != NULL && strcmp(e.end, "unstarted") == 0)
		return;
	/* Whose call this was nobody knows: its connection will tell. */
	if (w->state == WORKER_HERE && w->repeats > 0) {
		w->over = 1;
		return;
	}
	describe_exit(why, &e, w->state == WORKER_ASKED);
	/* Its last message may already be here and say more. */
	seats_on_message(h);
	w = seats_worker(h, f->shard, f->generation);
	if (h->phase != RUNNING || w == NULL)
		return;
	if (w->state == WORKER_ASKED && is_hopeless(h, f, &e, why))
		return;
	if (e.end != NULL && strcmp(e.end, "deadline") == 0)
		loss_leave(h, f->shard, f->generation, "its time is up");
	else
		loss_of(h, f->shard, f->generation, why);
}

/*
 * How far the request for a worker has come.  The time for its hello begins when
 * it is sent, and anew when that is to be done once more.
 */
static void
on_progress(struct worker *w, const char *event, const json_t *o)
{
	double wait = 0;

	if (strcmp(event, "unanswered") == 0)
		w->unanswered = 1;
	if (strcmp(event, "retry") == 0 &&
	    (sv_json_double(o, "wait_s", &wait) == -1 || !(wait >= 0)))
		wait = 0;
	if (strcmp(event, "request") == 0 || strcmp(event, "retry") == 0 ||
	    strcmp(event, "accepted") == 0) {
		w->requested = 1;
		w->since = sv_clock_mono() + (wait < WAIT_MAX ? wait : WAIT_MAX);
	}
}

/* A record of sv-spawn: what became of a worker. */
static void
on_spawn_record(struct hub *h, const struct sv_frame *f)
{
	json_t *o = sv_json_of(f);
	struct worker *w;
	const char *event;

	if (h->phase == RUNNING && f->shard < h->W && o != NULL &&
	    sv_json_string(o, "event", &event) == 0) {
		if (strcmp(event, "exit") == 0)
			on_exit_record(h, f, o);
		else if ((w = seats_worker(h, f->shard, f->generation)) != NULL)
			on_progress(w, event, o);
	}
	json_decref(o);
}

/*
 * sv-spawn has ended; ${why} tells more.  If that is not because we did, its
 * workers live on.
 */
static void
spawner_gone(struct hub *h, const char *why)
{

	if (h->phase != RUNNING)
		return;
	h->orphaned = 1;
	hub_fail(h, "sv-spawn is gone%s%s", why != NULL ? ": " : "",
	    why != NULL ? why : "");
}

void
spawn_on_upstream(struct hub *h)
{
	struct sv_frame f;
	struct sv_blob *b;
	enum sv_io rc;

	if (h->upstream == NULL)
		return;
	while ((rc = sv_reader_next(h->upstream, &f)) == SV_IO_FRAME) {
		if (f.job != 0 && f.job != h->job) {
			sv_frame_fini(&f);	/* of another run */
			continue;
		}
		if ((b = pass_on(h, &f)) == NULL)
			return;
		if (sv_blob_frame(b)->type == SV_SPAWN)
			on_spawn_record(h, sv_blob_frame(b));
		else if (sv_blob_frame(b)->type == SV_EVENT)
			stop_on_event(h, sv_blob_frame(b));
		sv_blob_unref(b);
	}
	if (rc == SV_IO_AGAIN)
		return;
	spawner_gone(h, rc == SV_IO_ERROR ? sv_reader_why(h->upstream) : NULL);
	sv_reader_free(h->upstream);
	h->upstream = NULL;
}

void
spawn_on_control(struct hub *h)
{
	char byte;
	ssize_t n;

	/* sv-spawn says nothing here but its end. */
	n = read(h->control, &byte, 1);
	if (n == 1 || (n == -1 && (errno == EAGAIN || errno == EINTR)))
		return;
	sv_outq_free(h->commands);
	h->commands = NULL;
	close(h->control);
	h->control = -1;
	spawner_gone(h, NULL);
}

void
spawn_on_control_writable(struct hub *h)
{

	if (h->commands != NULL && sv_outq_flush(h->commands) == -1)
		spawner_gone(h, NULL);
}
