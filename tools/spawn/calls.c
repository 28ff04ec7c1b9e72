#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "call.h"
#include "calls.h"
#include "clock.h"
#include "err.h"
#include "secret.h"

#define ASYNC_MOST 64u	/* requests at a time that are answered at once */
#define ASYNC_S 60.0	/* and that they may take */
#define SPARE_FILES 64u

/* A request has been answered, or will not be. */
static void
on_done(void *arg, const struct http_answer *a)
{
	struct calls *c = arg;
	struct call *k = a->owner;
	struct answer_source from = { c->target->invoke, {
	    c->target->keys.secret, c->target->keys.token, NULL },
	    sv_clock_mono() - k->sent };
	struct outcome o;

	k->x = NULL;
	k->state = WAITING;
	c->flying--;
	answer_judge(&o, a, &from);
	call_conclude(k, a, &o);
	json_decref(o.members);
}

static const char *
how(const struct calls *c)
{

	return (!c->target->invoke ? "url" : c->target->async ? "lambda-async" :
	    "lambda");
}

/* Send a call's request, anew signed; -1 after a line on stderr. */
static int
send_call(struct calls *c, struct call *k)
{
	char *headers[TARGET_HEADERS + 1];
	struct http_request r = { c->target->url, headers, k->body, k->length,
	    c->target->loopback, c->target->async ? ASYNC_S : 0, k, 0 };
	double now = sv_clock_mono();

	if (target_headers(c->target, k->body, k->length, time(NULL),
	    headers) == -1) {
		sv_warn("%s", c->target->host);
		return (-1);
	}
	k->x = http_send(c->http, &r);
	target_headers_free(headers);
	if (k->x == NULL) {
		sv_warn("%s", c->target->host);
		return (-1);
	}
	k->state = FLYING;
	k->sent = now;
	c->flying++;
	if (k->tries++ == 0) {
		k->began = now;
		call_tell(k, 0, json_pack("{s:s, s:s, s:f}", "event", "request",
		    "how", how(c), "queued_s", now - k->wanted), "was asked "
		    "for");
	}
	return (0);
}

/* May this one be sent, as far as it is concerned? */
static int
is_due(const struct call *k, double now)
{

	return (k->state == QUEUED || (k->state == WAITING && k->due <= now));
}

/* Send what may be sent now. */
static void
send_due(struct calls *c)
{
	uint32_t most = c->target->async ? ASYNC_MOST : UINT32_MAX;
	double now = sv_clock_mono();
	struct http_answer none = { .owner = NULL };
	struct outcome o = { .verdict = ANSWER_REFUSED };

	for (uint32_t i = 0; i < c->n && !c->stopped && c->flying < most; i++) {
		struct call *k = c->call[i];

		if (!is_due(k, now))
			continue;
		if (!pace_take(&c->pace, now))
			break;
		if (send_call(c, k) == -1) {
			snprintf(o.why, sizeof(o.why), "out of memory");
			call_conclude(k, &none, &o);
			break;
		}
	}
}

/*
 * A hub on loopback is out of reach for what runs elsewhere.  Return -1 after a
 * line on stderr if nothing can come of it.
 */
static int
check_hub(struct calls *c, const char *hub)
{

	if (c->told)
		return (0);
	c->told = 1;
	if (strncmp(hub, "ipc:", 4) == 0 &&
	    (c->target->invoke || !c->target->loopback)) {
		sv_warnx("workers at %s cannot reach the hub at %s: see sv-hub "
		    "-b", c->target->host, hub);
		return (-1);
	}
	if (strncmp(hub, "tcp://", 6) == 0 && target_is_loopback(hub + 6) &&
	    !c->target->loopback)
		sv_warnx("workers at %s will not reach the hub at %s, which is "
		    "this machine only: see sv-hub -b and -a", c->target->host,
		    hub);
	return (0);
}

/* Make room for one more. */
static int
grow(struct calls *c)
{
	uint32_t room = c->room == 0 ? 64 : 2 * c->room;
	struct call **call;

	if (c->n < c->room)
		return (0);
	if ((call = realloc(c->call, room * sizeof(struct call *))) == NULL)
		return (-1);
	c->call = call;
	c->room = room;
	return (0);
}

/* A worker that is not started, because others could not be. */
static void
share_fate(struct calls *c)
{

	if (c->lost.kinds > 0)
		trouble_note(&c->lost, c->lost.kind[0].why,
		    c->lost.kind[0].tries);
}

/* Keys are not for everybody on the way; -1 after a line on stderr. */
static int
check_keys(const struct calls *c, const struct launch_want *w)
{

	if (w->keys == NULL || c->target->loopback || c->o->insecure ||
	    strncmp(c->target->url, "http:", 5) != 0)
		return (0);
	sv_warnx("%s: workers' keys would go unencrypted over the network; see "
	    "--insecure", c->target->host);
	return (-1);
}

/* What is to be sent for it; -1 after a line on stderr. */
static int
make_body(struct calls *c, struct call *k, const struct launch_want *w)
{
	size_t most = c->target->async ? TARGET_ASYNC : TARGET_SYNC;

	if ((k->body = launch_invocation(c->problem, c->job, c->o->workers,
	    w)) == NULL) {
		sv_warnx("shard %" PRIu32 ": out of memory", w->shard);
		return (-1);
	}
	k->length = strlen(k->body);
	if (k->length <= most)
		return (0);
	sv_warnx("shard %" PRIu32 ": the invocation has %zu bytes, and %s takes "
	    "%zu at most", w->shard, k->length, c->target->async ?
	    "an asynchronous call" : "a call", most);
	sv_secret_free(k->body, k->length);
	return (-1);
}

/* Before the first one is sent: do all of them fit?  -1 after a line. */
static int
check_bodies(struct calls *c, const struct launch_want *w)
{
	struct launch_want each = *w;
	struct call k = { .calls = c };

	for (uint32_t i = 0; !c->checked && i < c->o->workers; i++) {
		each.shard = i;
		if (make_body(c, &k, &each) == -1)
			return (-1);
		sv_secret_free(k.body, k.length);
	}
	c->checked = 1;
	return (0);
}

static int
calls_start(struct launcher *l, const struct launch_want *w)
{
	struct calls *c = (struct calls *)l;
	struct call *k;

	if (check_hub(c, w->hub) == -1 || check_keys(c, w) == -1 ||
	    check_bodies(c, w) == -1)
		return (-1);
	if ((k = calloc(1, sizeof(*k))) == NULL || grow(c) == -1) {
		sv_warnx("shard %" PRIu32 ": out of memory", w->shard);
		free(k);
		return (-1);
	}
	if (make_body(c, k, w) == -1) {
		free(k);
		return (-1);
	}
	k->calls = c;
	k->shard = w->shard;
	k->generation = w->generation;
	k->wanted = sv_clock_mono();
	c->call[c->n++] = k;
	if (c->stopped) {
		share_fate(c);
		call_unstarted(k);
	}
	return (0);
}

/* The worker is there: whatever becomes of its call, it was sent. */
static void
calls_here(struct launcher *l, uint32_t shard, uint32_t generation)
{
	struct calls *c = (struct calls *)l;

	for (uint32_t i = 0; i < c->n; i++)
		if (c->call[i]->shard == shard &&
		    c->call[i]->generation == generation &&
		    c->call[i]->state == FLYING)
			call_forget(c->call[i]);
}

static uint32_t
calls_size(const struct launcher *l)
{

	return (((const struct calls *)l)->n);
}

/* Take back a call that is under way. */
static void
take_back(struct calls *c, struct call *k)
{

	http_abort(c->http, k->x);
	k->x = NULL;
	k->state = WAITING;
	c->flying--;
}

/* Its answer is not waited for. */
static void
cut_off(struct calls *c, struct call *k)
{

	take_back(c, k);
	call_tell(k, 1, json_pack("{s:s, s:i, s:s, s:I}", "event", "unanswered",
	    "status", 0, "why", "the job is over", "tries",
	    (json_int_t)k->tries), "was not waited for");
	call_drop(k);
}

/* What was not sent is not wanted any more. */
static void
calls_stop(struct launcher *l)
{
	struct calls *c = (struct calls *)l;

	c->stopped = 1;
	call_drop_waiting(c);
	for (uint32_t i = c->n; i-- > 0;) {
		if (http_is_sent(c->call[i]->x))
			continue;
		share_fate(c);
		take_back(c, c->call[i]);
		call_unstarted(c->call[i]);
	}
}

static void
calls_kill(struct launcher *l, int sig)
{
	struct calls *c = (struct calls *)l;

	(void)sig;
	calls_stop(l);
	while (c->n > 0)
		cut_off(c, c->call[0]);
}

static size_t
calls_watch(struct launcher *l, struct pollfd *p, size_t room)
{

	return (http_watch(((struct calls *)l)->http, p, room));
}

static int
calls_patience(struct launcher *l, int most)
{
	struct calls *c = (struct calls *)l;
	double now = sv_clock_mono(), left, least = most / 1e3;

	for (uint32_t i = 0; i < c->n && !c->stopped; i++) {
		const struct call *k = c->call[i];

		if (k->state == FLYING)
			continue;
		left = k->state == QUEUED ? 0 : k->due - now;
		if (left <= 0 && c->target->async && c->flying >= ASYNC_MOST)
			continue;
		if (left < pace_wait(&c->pace, now))
			left = pace_wait(&c->pace, now);
		if (left < least)
			least = left < 0 ? 0 : left;
	}
	/* Rounded up, or it would be asked again until it is time. */
	if (least < most / 1e3)
		most = least > 0 ? (int)(1e3 * least) + 1 : 0;
	return (http_patience(c->http, most));
}

static void
calls_work(struct launcher *l, const struct pollfd *p, size_t n)
{
	struct calls *c = (struct calls *)l;

	send_due(c);
	http_work(c->http, p, n);
}

static void
calls_free(struct launcher *l)
{
	struct calls *c = (struct calls *)l;

	while (c->n > 0) {
		if (c->call[0]->x != NULL)
			http_abort(c->http, c->call[0]->x);
		call_drop(c->call[0]);
	}
	trouble_tell(&c->lost, c->o->workers);
	http_free(c->http);
	target_free(c->target);
	free(c->call);
	free(c);
}

/* Each call that waits for its worker is a descriptor. */
static int
allow_files(const struct spawn_options *o)
{
	rlim_t need = (rlim_t)o->workers + SPARE_FILES;
	rlim_t best = 2 * (rlim_t)o->workers + SPARE_FILES;
	struct rlimit r;

	if (o->async || getrlimit(RLIMIT_NOFILE, &r) == -1 ||
	    r.rlim_cur == RLIM_INFINITY || r.rlim_cur >= best)
		return (0);
	/* Each may have a successor before it ends. */
	r.rlim_cur = r.rlim_max < best ? r.rlim_max : best;
	if (r.rlim_cur >= need && setrlimit(RLIMIT_NOFILE, &r) == 0)
		return (0);
	sv_warnx("%" PRIu32 " calls need %" PRIu64 " open files, and %" PRIu64
	    " are allowed: see ulimit -n, or --async", o->workers,
	    (uint64_t)need, (uint64_t)r.rlim_max);
	return (-1);
}

struct launcher *
calls_new(const struct spawn_options *o, const struct sv_problem *problem,
    uint64_t job)
{
	static const struct launcher_class class = { calls_start, calls_here,
	    calls_size, calls_stop, calls_kill, calls_watch, calls_patience,
	    calls_work, calls_free };
	struct calls *c;

	if (allow_files(o) == -1)
		return (NULL);
	if ((c = calloc(1, sizeof(*c))) == NULL) {
		sv_warn("cannot start");
		return (NULL);
	}
	c->l.class = &class;
	c->o = o;
	c->problem = problem;
	c->job = job;
	c->pace.rate = o->rate;
	if ((c->target = target_new(o, TARGET_WORKER)) == NULL) {
		free(c);
		return (NULL);
	}
	if ((c->http = http_new(on_done, c, target_ca())) == NULL) {
		sv_warn("cannot start");
		target_free(c->target);
		free(c);
		return (NULL);
	}
	return (&c->l);
}

const char *
calls_name(const struct launcher *l)
{

	return (((const struct calls *)l)->target->name);
}
