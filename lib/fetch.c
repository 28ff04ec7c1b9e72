#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fetch_state.h"
#include "secret.h"

#define WAIT_MS 20	/* between two looks at whether anybody still wants it */
#define WORK_BYTES ((uint64_t)128 << 10)	/* read between two calls of libcurl */
#define AWAY 1.0	/* s: who does not call that long is not a slow server */

int
sv_fetch_is(const char *url)
{

	return (sv_web_is(url) || sv_s3_is(url));
}

void
sv_fetch_fail(struct sv_fetch *f, int error, const char *fmt, ...)
{
	va_list ap;

	if (f->failed != 0)
		return;
	f->failed = error;
	va_start(ap, fmt);
	vsnprintf(f->why, sizeof(f->why), fmt, ap);
	va_end(ap);
}

/* Requests that have ended. */
static void
collect(struct sv_fetch *f, double now)
{
	struct lane *l;
	CURLMsg *m;
	int left;

	while (f->failed == 0 &&
	    (m = curl_multi_info_read(f->multi, &left)) != NULL) {
		CURLcode code = m->data.result;

		if (m->msg == CURLMSG_DONE && curl_easy_getinfo(m->easy_handle,
		    CURLINFO_PRIVATE, &l) == CURLE_OK) {
			l->state = LANE_IDLE;
			sv_lane_end(l, code, now);
		}
	}
}

/* Lanes with nothing to do get the next bytes, in order. */
static void
assign(struct sv_fetch *f)
{

	for (unsigned i = 0; i < SV_FETCH_LANES && f->opened &&
	    f->next < f->to; i++) {
		struct lane *l = &f->lanes[(f->head + i) % SV_FETCH_LANES];

		if (l->state == LANE_IDLE)
			sv_lane_assign(l, f->to - f->next > SV_FETCH_CHUNK ?
			    f->next + SV_FETCH_CHUNK : f->to);
	}
}

/* What is due is asked for. */
static void
start(struct sv_fetch *f)
{
	double now = sv_clock_mono();

	assign(f);
	for (unsigned i = 0; i < SV_FETCH_LANES && f->failed == 0; i++)
		if (f->lanes[i].state == LANE_WAITS && now >= f->lanes[i].due)
			sv_lane_start(&f->lanes[i], now);
}

/* Bytes of the lane at the head that can be given. */
static uint64_t
ready(const struct sv_fetch *f)
{
	const struct lane *l = &f->lanes[f->head];

	return (l->state == LANE_IDLE || l->got < f->at ? 0 : l->got - f->at);
}

/*
 * Let libcurl do what it can, and wait up to ${ms} for something that can be
 * given.  0, or -1 with f->failed.
 */
static int
work(struct sv_fetch *f, int ms)
{
	double now = sv_clock_mono();
	int running, away = now - f->worked > AWAY;

	for (unsigned i = 0; i < SV_FETCH_LANES; i++) {
		if (away)
			f->lanes[i].mark = now;
		sv_lane_resume(&f->lanes[i]);
	}
	start(f);
	if (f->failed == 0 && curl_multi_perform(f->multi, &running) !=
	    CURLM_OK)
		sv_fetch_fail(f, ENOMEM, "libcurl does not work");
	now = f->worked = sv_clock_mono();
	f->unworked = 0;
	collect(f, now);
	for (unsigned i = 0; i < SV_FETCH_LANES && f->failed == 0; i++)
		sv_lane_stalled(&f->lanes[i], now);
	start(f);
	if (f->poll != NULL && f->poll->fn(f->poll->ctx) != 0)
		sv_fetch_fail(f, ECANCELED, "%s", strerror(ECANCELED));
	/* libcurl returns at once where it has just been given a request. */
	if (ms > 0 && f->failed == 0 && ready(f) == 0 &&
	    f->lanes[f->head].state != LANE_DONE &&
	    curl_multi_poll(f->multi, NULL, 0, ms, NULL) != CURLM_OK)
		sv_fetch_fail(f, ENOMEM, "libcurl does not work");
	return (f->failed == 0 ? 0 : -1);
}

/* What was read is not needed any more. */
static void
release(struct sv_fetch *f)
{
	struct lane *l = &f->lanes[f->head];

	if (l->state != LANE_DONE || f->at != l->got)
		return;
	l->state = LANE_IDLE;
	f->head = (f->head + 1) % SV_FETCH_LANES;
}

static ssize_t
read_some(void *ctx, void *buf, size_t len)
{
	struct sv_fetch *f = ctx;
	uint64_t n = 0;

	if (f->failed == 0 && f->unworked >= WORK_BYTES)
		(void)work(f, 0);
	while (f->failed == 0 && (n = ready(f)) == 0) {
		release(f);
		if (f->at >= f->to)
			return (0);
		if (ready(f) == 0 && work(f, WAIT_MS) == -1)
			break;
	}
	if (f->failed != 0) {
		errno = f->failed;
		return (-1);
	}
	if (n > len)
		n = len;
	memcpy(buf, f->lanes[f->head].buf + (f->at -
	    f->lanes[f->head].base), (size_t)n);
	f->at += n;
	f->unworked += n;
	release(f);
	return ((ssize_t)n);
}

static const char *
read_why(void *ctx)
{

	return (((const struct sv_fetch *)ctx)->why);
}

/* Where the object is; -1 with f->failed. */
static int
locate(struct sv_fetch *f, const struct sv_fetch_object *o)
{
	struct sv_s3_request r = { .method = "GET" };
	char why[SV_WHY];

	for (const char *p = o->url; *p != '\0'; p++) {
		if (!sv_s3_is(o->url) && (*p <= ' ' || *p >= 0x7f)) {
			sv_fetch_fail(f, EIO, "it is no URL: what is not "
			    "printable ASCII, or a blank, is to be encoded");
			return (-1);
		}
	}
	if (sv_s3_is(o->url)) {
		if ((f->s3 = sv_s3_new(o->url, o->where, why)) == NULL) {
			sv_fetch_fail(f, EIO, "%s", why);
			return (-1);
		}
		r.key = sv_s3_key(f->s3);
		f->url = sv_s3_url(f->s3, &r);
	} else if (sv_web_is(o->url)) {
		f->url = strdup(o->url);
	} else {
		sv_fetch_fail(f, EIO, "expected a URL that begins with "
		    "http://, https:// or s3://");
		return (-1);
	}
	if (f->url == NULL)
		sv_fetch_fail(f, ENOMEM, "%s", strerror(ENOMEM));
	return (f->url != NULL ? 0 : -1);
}

/* What is wanted of it; -1 with f->failed. */
static int
prepare(struct sv_fetch *f, const struct sv_fetch_object *o)
{
	const char *s = getenv("SV_FETCH_STALL");
	char *end;

	f->stall = SV_FETCH_STALL;
	if (s != NULL && s[0] != '\0') {
		f->stall = strtod(s, &end);
		if (*end != '\0' || !(f->stall >= 0.1 && f->stall <= 3600)) {
			sv_fetch_fail(f, EIO, "SV_FETCH_STALL: expected seconds"
			    " from 0.1 to 3600");
			return (-1);
		}
	}
	if (o->etag != NULL && !sv_fetch_etag_ok(o->etag, strlen(o->etag))) {
		sv_fetch_fail(f, EIO, "it cannot have the entity tag that is "
		    "wanted: that is none");
		return (-1);
	}
	if (o->etag != NULL)
		snprintf(f->etag, sizeof(f->etag), "%s", o->etag);
	for (unsigned i = 0; i < SV_FETCH_LANES; i++)
		f->lanes[i].f = f;
	f->size = UINT64_MAX;
	f->at = f->next = f->from = o->from;
	f->to = o->to;
	return (locate(f, o));
}

/* Ask, and wait for the first answer; -1 with f->failed. */
static int
ask(struct sv_fetch *f)
{

	/* Room for one, wherever it turns out to end. */
	if (f->from < f->to)
		sv_lane_assign(&f->lanes[0], f->to - f->from > SV_FETCH_CHUNK ?
		    f->from + SV_FETCH_CHUNK : f->to);
	f->worked = sv_clock_mono();
	while (!f->opened && f->from < f->to)
		if (work(f, WAIT_MS) == -1)
			return (-1);
	return (0);
}

struct sv_fetch *
sv_fetch_open(const struct sv_fetch_object *o, const struct sv_csr_poll *poll,
    char why[SV_WHY])
{
	struct sv_fetch *f = NULL;
	char name[SV_WEB_NAME];
	int error;

	sv_web_name(o->url, name);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (f = calloc(1, sizeof(*f))) == NULL) {
		snprintf(why, SV_WHY, "%s: %s", name, strerror(ENOMEM));
		errno = ENOMEM;
		return (NULL);
	}
	f->poll = poll;
	if ((f->multi = curl_multi_init()) == NULL)
		sv_fetch_fail(f, ENOMEM, "%s", strerror(ENOMEM));
	if (f->failed == 0 && prepare(f, o) == 0 && ask(f) == 0)
		return (f);
	snprintf(why, SV_WHY, "%s: %.*s", name,
	    (int)(SV_WHY - 3 - strlen(name)), f->why);
	error = f->failed;
	sv_fetch_close(f);
	errno = error;
	return (NULL);
}

uint64_t
sv_fetch_size(const struct sv_fetch *f)
{

	return (f->size);
}

const char *
sv_fetch_etag(const struct sv_fetch *f)
{

	return (f->etag[0] != '\0' ? f->etag : NULL);
}

int
sv_fetch_ranged(const struct sv_fetch *f)
{

	return (f->ranged);
}

void
sv_fetch_bytes(struct sv_fetch *f, struct sv_bytes *in)
{

	in->read = read_some;
	in->why = read_why;
	in->ctx = f;
}

int
sv_fetch_failed(const struct sv_fetch *f)
{

	return (f->failed);
}

unsigned
sv_fetch_again(const struct sv_fetch *f)
{

	return (f->again);
}

void
sv_fetch_close(struct sv_fetch *f)
{

	if (f == NULL)
		return;
	for (unsigned i = 0; i < SV_FETCH_LANES; i++)
		sv_lane_fini(&f->lanes[i]);
	if (f->multi != NULL)
		curl_multi_cleanup(f->multi);
	sv_s3_free(f->s3);
	if (f->url != NULL)
		sv_secret_free_text(f->url);
	free(f);
	curl_global_cleanup();
}
