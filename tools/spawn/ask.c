#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "ask.h"
#include "backoff.h"
#include "clock.h"
#include "err.h"
#include "http.h"

#define WITHIN 20.0	/* s for one answer */
#define TRIES 4u
#define FDS_MAX 16u
#define TICK_MS 100

struct question {
	const struct target *target;
	double asked;
	int answered;
	struct outcome *out;
};

/* The answer is here, or there is none. */
static void
on_done(void *arg, const struct http_answer *a)
{
	struct question *q = arg;
	const struct target *t = q->target;
	struct answer_source from = { 0, { t->keys.secret, t->keys.token, NULL },
	    sv_clock_mono() - q->asked };
	json_t *b;

	answer_judge(q->out, a, &from);
	q->answered = 1;
	if (a->error != 0 || a->status != 200 || a->cut ||
	    (b = json_loadb(a->body, a->length, 0, NULL)) == NULL)
		return;
	if (json_is_object(b)) {
		json_decref(q->out->members);
		q->out->members = b;
	} else {
		json_decref(b);
	}
}

/* Wait for it: http.c ends it in time. */
static int
wait_for(struct http *h, const struct question *q)
{
	struct pollfd p[FDS_MAX];
	size_t n;

	while (!q->answered) {
		if ((n = http_watch(h, p, FDS_MAX)) > FDS_MAX)
			n = FDS_MAX;
		for (size_t i = 0; i < n; i++)
			p[i].revents = 0;
		if (poll(p, (nfds_t)n, http_patience(h, TICK_MS)) == -1 &&
		    errno != EINTR) {
			sv_warn("poll");
			return (-1);
		}
		http_work(h, p, n);
	}
	return (0);
}

/* One try. */
static int
ask_once(struct http *h, struct question *q, const char *body)
{
	const struct target *t = q->target;
	char *headers[TARGET_HEADERS + 1];
	struct http_request r = { t->url, headers, body, strlen(body),
	    t->loopback, WITHIN, q, t->what == TARGET_FACTS };
	struct http_exchange *x;

	if (target_headers(t, body, r.length, time(NULL), headers) == -1) {
		sv_warn("%s", t->host);
		return (-1);
	}
	q->asked = sv_clock_mono();
	q->answered = 0;
	x = http_send(h, &r);
	target_headers_free(headers);
	if (x == NULL) {
		sv_warn("%s", t->host);
		return (-1);
	}
	if (wait_for(h, q) == -1) {
		http_abort(h, x);
		return (-1);
	}
	return (0);
}

int
ask(const struct spawn_options *o, enum target_what what, const char *body,
    struct outcome *out)
{
	struct question q = { .out = out };
	struct target *t;
	struct http *h = NULL;
	double wait;
	int rc = -1;

	if ((t = target_new(o, what)) == NULL)
		return (-1);
	q.target = t;
	if ((h = http_new(on_done, &q, target_ca())) == NULL) {
		sv_warn("%s", t->host);
		goto done;
	}
	for (unsigned tries = 1;; tries++) {
		if ((rc = ask_once(h, &q, body)) == -1 || tries >= TRIES ||
		    tries >= o->tries || (out->verdict != ANSWER_RETRY &&
		    out->verdict != ANSWER_NONE))
			break;
		wait = backoff_wait(tries, out->after);
		json_decref(out->members);
		out->members = NULL;
		poll(NULL, 0, (int)(1e3 * wait));
	}

done:
	if (h != NULL)
		http_free(h);
	target_free(t);
	return (rc);
}
