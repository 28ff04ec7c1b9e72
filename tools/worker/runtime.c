#include "config.h"

#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "err.h"
#include "head.h"
#include "runtime.h"
#include "secret.h"

#define CONNECT_MS 2000L
#define CALL_MS 10000L	/* for everything but next */
#define SENT_S 1.0	/* until the extension's request has been sent */
#define TRIES 3	/* of a call that fails without an answer */
#define PAUSE_MS 50	/* before the second one, and twice before the third */
#define HOST_MAX 255u
#define TALK_MAX ((size_t)4096)	/* of an answer that nobody reads */
#define CHUNK ((size_t)16 << 10)

/* What an answer consists of. */
struct answer {
	char *body;
	size_t len, room, max;
	int cut;	/* there was more than max */
	int nomem;
	struct head head;
};

struct runtime {
	char host[HOST_MAX + 1];
	CURL *curl;	/* for one call after the other */
	CURLM *multi;	/* of the one that waits for ever */
	CURL *parked;
	struct curl_slist *parked_headers;
	struct answer nothing;	/* what the parked one gets */
	struct answer a;	/* of the last call; the event is its body */
	size_t max;
	char error[CURL_ERROR_SIZE];
};

/* Called by curl with one line of the answer's head. */
static size_t
on_header(char *line, size_t one, size_t n, void *ctx)
{
	struct answer *a = ctx;

	(void)one;
	head_line(&a->head, line, n);
	return (n);
}

/* Called by curl with a piece of the body. */
static size_t
on_body(char *data, size_t one, size_t n, void *ctx)
{
	struct answer *a = ctx;
	size_t take = n, room;
	char *p;

	(void)one;
	if (take > a->max - a->len) {
		take = a->max - a->len;
		a->cut = 1;
	}
	if (take > a->room - a->len) {
		for (room = 2 * a->room + CHUNK; room - a->len < take; room *= 2)
			continue;
		if ((p = malloc(room)) == NULL) {
			a->nomem = 1;
			return (n);
		}
		if (a->len > 0)
			memcpy(p, a->body, a->len);
		sv_secret_free(a->body, a->len);
		a->body = p;
		a->room = room;
	}
	memcpy(a->body + a->len, data, take);
	a->len += take;
	return (n);
}

static void
forget(struct answer *a, size_t max)
{
	char *body = a->body;
	size_t room = a->room;

	sv_secret_wipe(body, a->len);
	/* A large event need not be held while the process is frozen. */
	if (room > CHUNK) {
		free(body);
		body = NULL;
		room = 0;
	}
	memset(a, 0, sizeof(*a));
	a->body = body;
	a->room = room;
	a->max = max;
}

/* What holds for all calls. */
static int
set_up(struct runtime *r, CURL *c, struct answer *a)
{

	return (curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_PROXY, "") != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_NOPROXY, "*") != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1) != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_USERAGENT,
	    "sv/" PACKAGE_VERSION) != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
	    CONNECT_MS) != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header) !=
	    CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_HEADERDATA, a) != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_WRITEDATA, a) != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, r->error) != CURLE_OK ?
	    -1 : 0);
}

struct runtime *
runtime_new(const char *api, size_t max)
{
	struct runtime *r;

	if (strlen(api) > HOST_MAX || !head_word(api, strlen(api), ".:-_[]")) {
		sv_warnx("AWS_LAMBDA_RUNTIME_API: not HOST:PORT");
		return (NULL);
	}
	if ((r = calloc(1, sizeof(*r))) == NULL) {
		sv_warn("Runtime API");
		return (NULL);
	}
	strcpy(r->host, api);
	r->max = max;
	r->nothing.max = TALK_MAX;
	if (curl_global_init(CURL_GLOBAL_NOTHING) != CURLE_OK) {
		sv_warnx("Runtime API: no libcurl");
		free(r);
		return (NULL);
	}
	if ((r->curl = curl_easy_init()) == NULL ||
	    set_up(r, r->curl, &r->a) == -1) {
		sv_warnx("Runtime API: out of memory");
		runtime_free(r);
		return (NULL);
	}
	return (r);
}

void
runtime_free(struct runtime *r)
{

	if (r == NULL)
		return;
	if (r->multi != NULL && r->parked != NULL)
		curl_multi_remove_handle(r->multi, r->parked);
	curl_easy_cleanup(r->parked);
	if (r->multi != NULL)
		curl_multi_cleanup(r->multi);
	curl_slist_free_all(r->parked_headers);
	curl_easy_cleanup(r->curl);
	curl_global_cleanup();
	free(r->nothing.body);
	free(r->a.body);
	free(r);
}

/* A list of ${headers}, which ends with NULL; NULL when memory is out. */
static struct curl_slist *
slist(const char *const *headers)
{
	struct curl_slist *list = NULL, *next;

	for (; *headers != NULL; headers++) {
		if ((next = curl_slist_append(list, *headers)) == NULL) {
			curl_slist_free_all(list);
			return (NULL);
		}
		list = next;
	}
	return (list);
}

/*
 * GET ${path}, or POST ${body} there where that is not NULL.  Return the status
 * of HTTP; 0 where there was no answer: r->error says why.
 */
static long
call(struct runtime *r, const char *path, const char *body,
    const char *const *headers, size_t max, int fresh)
{
	char url[HOST_MAX + RUNTIME_ID + 128];
	struct curl_slist *list;
	long status = 0;
	CURLcode rc = CURLE_OUT_OF_MEMORY;

	forget(&r->a, max);
	r->error[0] = '\0';
	snprintf(url, sizeof(url), "http://%s%s", r->host, path);
	if ((list = slist(headers)) == NULL)
		goto out;
	if (body == NULL)
		curl_easy_setopt(r->curl, CURLOPT_HTTPGET, 1L);
	else {
		curl_easy_setopt(r->curl, CURLOPT_POST, 1L);
		curl_easy_setopt(r->curl, CURLOPT_POSTFIELDS, body);
		curl_easy_setopt(r->curl, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)strlen(body));
	}
	curl_easy_setopt(r->curl, CURLOPT_TIMEOUT_MS, body == NULL ? 0 :
	    CALL_MS);
	curl_easy_setopt(r->curl, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
	curl_easy_setopt(r->curl, CURLOPT_HTTPHEADER, list);
	if ((rc = curl_easy_setopt(r->curl, CURLOPT_URL, url)) == CURLE_OK &&
	    (rc = curl_easy_perform(r->curl)) == CURLE_OK)
		curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_setopt(r->curl, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(r->curl, CURLOPT_POSTFIELDS, NULL);
	curl_slist_free_all(list);
out:
	if (rc != CURLE_OK && r->error[0] == '\0')
		snprintf(r->error, sizeof(r->error), "%s",
		    curl_easy_strerror(rc));
	return (status);
}

/* Wait before try ${i}, counted from 1, of a call. */
static void
pause_before(int i)
{
	struct timespec ts = { .tv_nsec = (long)PAUSE_MS * 1000000 * i };

	nanosleep(&ts, NULL);
}

/* POST an answer; it may be given twice, where nobody knows whether it came. */
static int
post(struct runtime *r, const char *path, const char *type, const char *json)
{
	char header[192];
	const char *headers[] = {
		"Content-Type: application/json", "Expect:", NULL, NULL
	};
	long status = 0;

	if (type != NULL) {
		snprintf(header, sizeof(header),
		    "Lambda-Runtime-Function-Error-Type: %.128s", type);
		headers[2] = header;
	}
	for (int i = 0; i < 2 && status == 0; i++)
		status = call(r, path, json, headers, TALK_MAX, i > 0);
	if (status >= 200 && status < 300)
		return (0);
	if (status == 0)
		sv_warnx("Runtime API: %s: %s", path, r->error);
	else
		sv_warnx("Runtime API: %s: status %ld", path, status);
	return (status == 500 ? RUNTIME_BROKEN : -1);
}

int
runtime_response(struct runtime *r, const char *id, const char *json)
{
	char path[RUNTIME_ID + 64];

	snprintf(path, sizeof(path),
	    "/2018-06-01/runtime/invocation/%s/response", id);
	return (post(r, path, NULL, json));
}

int
runtime_error(struct runtime *r, const char *id, const char *type,
    const char *json)
{
	char path[RUNTIME_ID + 64];

	snprintf(path, sizeof(path), "/2018-06-01/runtime/invocation/%s/error",
	    id);
	return (post(r, path, type, json));
}

int
runtime_init_error(struct runtime *r, const char *type, const char *json)
{

	return (post(r, "/2018-06-01/runtime/init/error", type, json));
}

/* One GET of the next event: 1 if it is there, 0 to try again, -1 to end. */
static int
next_once(struct runtime *r, int fresh)
{
	static const char *const headers[] = { "Accept: */*", NULL };
	long status;

	status = call(r, "/2018-06-01/runtime/invocation/next", NULL, headers,
	    r->max, fresh);
	if (status == 200 && r->a.head.id[0] != '\0' && !r->a.nomem)
		return (1);
	if (status == 200)
		snprintf(r->error, sizeof(r->error), "%s", r->a.nomem ?
		    "out of memory" : "an event without a proper request id");
	else if (status != 0)
		snprintf(r->error, sizeof(r->error), "status %ld", status);
	return (status == 500 ? -1 : 0);
}

void
runtime_forget(struct runtime *r)
{

	sv_secret_wipe(r->a.body, r->a.len);
}

enum runtime_next
runtime_next(struct runtime *r, struct runtime_event *event)
{
	int rc = 0;

	for (int i = 0; i < TRIES && rc == 0; i++) {
		if (i > 0)
			pause_before(i);
		rc = next_once(r, i > 0);
	}
	if (rc != 1) {
		sv_warnx("Runtime API: next event: %s", r->error);
		return (RUNTIME_GONE);
	}
	if (r->a.head.trace[0] != '\0')
		setenv("_X_AMZN_TRACE_ID", r->a.head.trace, 1);
	else
		unsetenv("_X_AMZN_TRACE_ID");
	memcpy(event->id, r->a.head.id, sizeof(event->id));
	event->deadline_ms = r->a.head.deadline_ms;
	event->body = r->a.len > 0 ? r->a.body : "";
	event->len = r->a.len;
	event->too_long = r->a.cut;
	return (RUNTIME_EVENT);
}

/* Send the request for the extension's next event, and leave it at that. */
static int
park(struct runtime *r)
{
	double until = sv_clock_mono() + SENT_S;
	char url[HOST_MAX + 64];
	long sent = 0;
	int running = 1;

	snprintf(url, sizeof(url),
	    "http://%s/2020-01-01/extension/event/next", r->host);
	if ((r->parked = curl_easy_init()) == NULL ||
	    (r->multi = curl_multi_init()) == NULL ||
	    set_up(r, r->parked, &r->nothing) == -1 ||
	    curl_easy_setopt(r->parked, CURLOPT_HTTPHEADER,
	    r->parked_headers) != CURLE_OK ||
	    curl_easy_setopt(r->parked, CURLOPT_URL, url) != CURLE_OK ||
	    curl_multi_add_handle(r->multi, r->parked) != CURLM_OK)
		return (-1);
	while (running > 0 && sent == 0 && sv_clock_mono() < until) {
		if (curl_multi_perform(r->multi, &running) != CURLM_OK)
			return (-1);
		curl_easy_getinfo(r->parked, CURLINFO_REQUEST_SIZE, &sent);
		if (sent == 0)
			curl_multi_poll(r->multi, NULL, 0, 10, NULL);
	}
	return (sent > 0 ? 0 : -1);
}

int
runtime_register(struct runtime *r, const char *name, char *why, size_t len)
{
	char header[HEAD_ID + 64];
	const char *headers[] = {
		"Content-Type: application/json", "Expect:", header, NULL
	};
	long status;

	snprintf(header, sizeof(header), "Lambda-Extension-Name: %.100s", name);
	status = call(r, "/2020-01-01/extension/register", "{\"events\":[]}",
	    headers, TALK_MAX, 0);
	if (status == 0) {
		snprintf(why, len, "%s", r->error);
		return (-1);
	}
	if (status != 200 || r->a.head.extension[0] == '\0') {
		snprintf(why, len, "status %ld", status);
		return (-1);
	}
	snprintf(header, sizeof(header), "Lambda-Extension-Identifier: %s",
	    r->a.head.extension);
	headers[0] = header;
	headers[1] = NULL;
	if ((r->parked_headers = slist(headers)) == NULL || park(r) == -1) {
		snprintf(why, len, "the request for its events was not sent");
		return (-1);
	}
	return (0);
}
