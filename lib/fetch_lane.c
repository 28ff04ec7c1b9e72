#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "fetch_answer.h"
#include "fetch_state.h"
#include "secret.h"

#define READ_BYTES (256L << 10)	/* at a time from a socket */

void
sv_lane_assign(struct lane *l, uint64_t to)
{

	l->base = l->got = l->f->next;
	l->to = l->f->next = to;
	l->failed = 0;
	l->due = 0;
	l->state = LANE_WAITS;
}

static size_t
on_header(char *line, size_t one, size_t n, void *arg)
{
	struct lane *l = arg;

	sv_fetch_head_line(&l->head, line, one * n);
	return (one * n);
}

/* Keep the beginning of what is said of an error. */
static void
keep_body(struct lane *l, const char *data, size_t n)
{
	size_t room = sizeof(l->body) - l->length;

	if (n > room)
		n = room;
	memcpy(l->body + l->length, data, n);
	l->length += n;
}

/* Is there room for ${n} more bytes, perhaps where read ones lie? */
static int
make_room(struct lane *l, size_t n)
{
	size_t have = (size_t)(l->got - l->base);
	uint64_t at = l->f->at > l->base ? l->f->at : l->base;

	if (n <= SV_FETCH_CHUNK - have)
		return (1);
	if (l->f->ranged || at > l->got ||
	    n > SV_FETCH_CHUNK - (size_t)(l->got - at))
		return (0);
	memmove(l->buf, l->buf + (at - l->base), (size_t)(l->got - at));
	l->base = at;
	return (1);
}

static size_t
on_body(char *data, size_t one, size_t all, void *arg)
{
	struct lane *l = arg;
	size_t n = all * one, drop, take;
	long status = 0;

	all = n;
	if (!l->judged && sv_answer_head(l) != FAULT_NONE)
		return (0);
	curl_easy_getinfo(l->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status / 100 != 2) {
		l->heard += n;
		keep_body(l, data, n);
		return (n);
	}
	drop = n < l->skip ? n : (size_t)l->skip;
	data += drop;
	n -= drop;
	take = n < l->to - l->got ? n : (size_t)(l->to - l->got);
	if (take < n && (l->f->ranged || l->to == l->f->size)) {
		sv_answer_too_much(l);
		return (0);
	}
	if (take > 0 && !make_room(l, take)) {
		l->paused = 1;
		return (CURL_WRITEFUNC_PAUSE);
	}
	memcpy(l->buf + (l->got - l->base), data, take);
	l->skip -= drop;
	l->got += take;
	l->heard += drop + n;
	if (take == n)
		return (all);
	l->fault = FAULT_ENOUGH;
	return (0);
}

/* One more header; -1 if memory is out. */
static int
add_header(struct lane *l, const char *line)
{
	struct curl_slist *more = curl_slist_append(l->headers, line);

	if (more == NULL)
		return (-1);
	l->headers = more;
	return (0);
}

static void
free_headers(struct lane *l)
{

	/* A signature's token is among them. */
	for (struct curl_slist *s = l->headers; s != NULL; s = s->next)
		sv_secret_wipe(s->data, strlen(s->data));
	curl_slist_free_all(l->headers);
	l->headers = NULL;
}

/* The headers of the next request; -1 if memory is out. */
static int
make_headers(struct lane *l)
{
	struct sv_sigv4_header h[2];
	struct sv_s3_request r = { .method = "GET", .headers = h };
	char *lines[SV_S3_LINES + 1], range[64], line[SV_FETCH_ETAG + 16];
	int rc = 0;

	snprintf(range, sizeof(range), "bytes=%" PRIu64 "-%" PRIu64, l->got,
	    l->to - 1);
	if (!l->f->opened || l->f->ranged)
		h[r.nheader++] = (struct sv_sigv4_header){ "Range", range };
	if (l->f->etag[0] != '\0')
		h[r.nheader++] = (struct sv_sigv4_header){ "If-Match",
		    l->f->etag };
	free_headers(l);
	if (l->f->s3 == NULL) {
		for (size_t i = 0; i < r.nheader && rc == 0; i++) {
			snprintf(line, sizeof(line), "%s: %s", h[i].name,
			    h[i].value);
			rc = add_header(l, line);
		}
		return (rc);
	}
	r.key = sv_s3_key(l->f->s3);
	if (sv_s3_lines(l->f->s3, &r, time(NULL), lines) == -1)
		return (-1);
	for (char **p = lines; *p != NULL && rc == 0; p++)
		rc = add_header(l, *p);
	sv_s3_lines_free(lines);
	return (rc);
}

/* A handle for all requests of this lane; -1 after a failure. */
static int
make_handle(struct lane *l)
{
	struct sv_fetch *f = l->f;
	char why[SV_WHY];

	if (l->buf == NULL && (l->buf = malloc(SV_FETCH_CHUNK)) == NULL)
		goto memory;
	if (l->easy != NULL)
		return (0);
	if ((l->easy = curl_easy_init()) == NULL)
		goto memory;
	if (sv_web_set(l->easy, f->url, l->error, why) == -1) {
		sv_fetch_fail(f, EIO, "%s", why);
		return (-1);
	}
	if (f->s3 == NULL)
		sv_web_redirects(l->easy, f->url);
	curl_easy_setopt(l->easy, CURLOPT_BUFFERSIZE, READ_BYTES);
	curl_easy_setopt(l->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(l->easy, CURLOPT_HEADERDATA, l);
	curl_easy_setopt(l->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(l->easy, CURLOPT_WRITEDATA, l);
	curl_easy_setopt(l->easy, CURLOPT_PRIVATE, l);
	return (0);

memory:
	sv_fetch_fail(f, ENOMEM, "%s", strerror(ENOMEM));
	return (-1);
}

void
sv_lane_start(struct lane *l, double now)
{

	if (make_handle(l) == -1)
		return;
	if (make_headers(l) == -1) {
		sv_fetch_fail(l->f, ENOMEM, "%s", strerror(ENOMEM));
		return;
	}
	curl_easy_setopt(l->easy, CURLOPT_HTTPHEADER, l->headers);
	memset(&l->head, 0, sizeof(l->head));
	l->asked = l->got;
	l->skip = 0;
	l->judged = 0;
	l->paused = 0;
	l->fault = FAULT_NONE;
	l->length = 0;
	l->heard = l->marked = 0;
	l->mark = now;
	if (curl_multi_add_handle(l->f->multi, l->easy) != CURLM_OK)
		sv_fetch_fail(l->f, ENOMEM, "libcurl takes no request");
	else
		l->state = LANE_RUNS;
}

/* It is to be asked again, for the reason in l->why. */
static void
again(struct lane *l, double after, double now)
{
	struct sv_fetch *f = l->f;

	if (l->got - l->asked >= SV_FETCH_SLOW)
		l->failed = 0;
	if (++l->failed >= SV_FETCH_TRIES) {
		sv_fetch_fail(f, ETIMEDOUT, "%.200s (%u times)", l->why,
		    l->failed);
		return;
	}
	f->again++;
	l->state = LANE_WAITS;
	l->due = now + sv_web_wait(l->failed, after);
}

/* The answer that was complete, or not wanted any more, was all right. */
static void
fine(struct lane *l)
{

	if (l->fault == FAULT_ENOUGH || l->got == l->to) {
		l->state = LANE_DONE;
	} else {
		l->state = LANE_WAITS;
		l->due = 0;
	}
}

/* What to do about what is wrong with an answer. */
static void
settle(struct lane *l, double after, double now)
{

	switch (l->fault) {
	case FAULT_NONE:
	case FAULT_ENOUGH:
		fine(l);
		break;
	case FAULT_AGAIN:
		again(l, after, now);
		break;
	case FAULT_CHANGED:
		sv_fetch_fail(l->f, ESTALE, "%s", l->why);
		break;
	case FAULT_NEVER:
		sv_fetch_fail(l->f, EIO, "%s", l->why);
		break;
	}
}

void
sv_lane_end(struct lane *l, CURLcode code, double now)
{
	struct sv_web_answer a = { .url = l->f->url, .code = code,
	    .error = l->error, .body = l->body };
	curl_off_t after = 0;

	curl_easy_getinfo(l->easy, CURLINFO_RESPONSE_CODE, &a.status);
	curl_easy_getinfo(l->easy, CURLINFO_RETRY_AFTER, &after);
	curl_multi_remove_handle(l->f->multi, l->easy);
	a.length = l->length;
	if (!l->judged && code == CURLE_OK)
		sv_answer_head(l);
	if (l->fault == FAULT_NONE) {
		switch (sv_web_judge(&a, time(NULL), l->why)) {
		case SV_WEB_FINE:
			sv_answer_end(l);
			break;
		case SV_WEB_AGAIN:
			l->fault = FAULT_AGAIN;
			break;
		case SV_WEB_NEVER:
			l->fault = FAULT_NEVER;
			break;
		}
	}
	settle(l, (double)after, now);
}

void
sv_lane_stalled(struct lane *l, double now)
{
	double stall = l->f->stall;

	if (l->paused) {
		l->mark = now;
		return;
	}
	if (l->state != LANE_RUNS || now - l->mark < stall)
		return;
	if (l->heard - l->marked >= SV_FETCH_SLOW) {
		l->mark = now;
		l->marked = l->heard;
		return;
	}
	curl_multi_remove_handle(l->f->multi, l->easy);
	l->state = LANE_IDLE;
	snprintf(l->why, sizeof(l->why), "nothing came for %g s, or next to "
	    "nothing", stall);
	again(l, 0, now);
}

void
sv_lane_resume(struct lane *l)
{

	if (!l->paused || l->state != LANE_RUNS ||
	    l->got - l->f->at > SV_FETCH_CHUNK / 2)
		return;
	l->paused = 0;
	curl_easy_pause(l->easy, CURLPAUSE_CONT);
}

void
sv_lane_fini(struct lane *l)
{

	if (l->state == LANE_RUNS)
		curl_multi_remove_handle(l->f->multi, l->easy);
	if (l->easy != NULL)
		curl_easy_cleanup(l->easy);
	free_headers(l);
	free(l->buf);
}
