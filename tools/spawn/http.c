#include <curl/curl.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "http.h"
#include "secret.h"
#include "web.h"

#define BODY_MAX ((size_t)256 << 10)	/* bytes of an answer that are kept */
#define STREAMS_MAX 65536L	/* on a connection */

struct http {
	CURLM *multi;
	http_done *done;
	void *arg;
	const char *ca;
	struct pollfd *socks;	/* libcurl's, with what it waits for */
	size_t n;
	size_t room;
	double due;	/* sv_clock_mono() of libcurl's timer; < 0: none */
};

struct http_exchange {
	CURL *easy;
	struct curl_slist *headers;
	char words[CURL_ERROR_SIZE];
	struct http_answer a;
	size_t room;	/* of a.body */
};

/* libcurl watches a socket otherwise from now on. */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket)
{
	struct http *h = arg;
	struct pollfd *p;
	size_t i = 0, room;

	(void)easy;
	(void)socket;
	while (i < h->n && h->socks[i].fd != fd)
		i++;
	if (what == CURL_POLL_REMOVE) {
		if (i < h->n)
			h->socks[i] = h->socks[--h->n];
		return (0);
	}
	if (i == h->room) {
		room = h->room == 0 ? 16 : 2 * h->room;
		if ((p = realloc(h->socks, room * sizeof(*p))) == NULL)
			return (-1);
		h->socks = p;
		h->room = room;
	}
	h->n += i == h->n;
	h->socks[i] = (struct pollfd){ fd, (short)
	    (((what & CURL_POLL_IN) ? POLLIN : 0) |
	    ((what & CURL_POLL_OUT) ? POLLOUT : 0)), 0 };
	return (0);
}

/* libcurl wants to be called in ${ms}. */
static int
on_timer(CURLM *multi, long ms, void *arg)
{
	struct http *h = arg;

	(void)multi;
	h->due = ms < 0 ? -1 : sv_clock_mono() + (double)ms / 1e3;
	return (0);
}

/*
 * What libcurl allocates, requests among it, is wiped before it is freed where
 * the system says how much that is.
 */
static void
free_wiped(void *p)
{

	if (p != NULL)
		sv_secret_free(p, sv_secret_room(p));
}

static void *
realloc_wiped(void *p, size_t len)
{
	size_t room = p != NULL ? sv_secret_room(p) : 0;
	void *q;

	if (room == 0)
		return (realloc(p, len));
	if (len <= room && len > room / 2)
		return (p);
	if ((q = malloc(len)) == NULL)
		return (NULL);
	memcpy(q, p, len < room ? len : room);
	free_wiped(p);
	return (q);
}

struct http *
http_new(http_done *done, void *arg, const char *ca)
{
	struct http *h;

	errno = ENOMEM;
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, free_wiped,
	    realloc_wiped, strdup, calloc) != CURLE_OK ||
	    (h = calloc(1, sizeof(*h))) == NULL)
		return (NULL);
	h->done = done;
	h->arg = arg;
	h->ca = ca;
	h->due = -1;
	if ((h->multi = curl_multi_init()) == NULL) {
		free(h);
		return (NULL);
	}
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_PIPELINING,
	    (long)CURLPIPE_MULTIPLEX);
	/* As many as the server takes: each one more is a connection more. */
	curl_multi_setopt(h->multi, CURLMOPT_MAX_CONCURRENT_STREAMS,
	    STREAMS_MAX);
	return (h);
}

static void
exchange_free(struct http_exchange *x)
{

	if (x->easy != NULL)
		curl_easy_cleanup(x->easy);
	/* A signature's token is among them. */
	for (struct curl_slist *s = x->headers; s != NULL; s = s->next)
		sodium_memzero(s->data, strlen(s->data));
	curl_slist_free_all(x->headers);
	free(x->a.log);
	free(x->a.body);
	free(x);
}

/* Keep the beginning of the body. */
static size_t
on_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_exchange *x = arg;
	size_t take, room = x->room;
	char *body;

	n *= size;
	take = n < BODY_MAX - x->a.length ? n : BODY_MAX - x->a.length;
	x->a.cut |= take < n;
	while (room < x->a.length + take + 1)
		room = room == 0 ? 1024 : 2 * room;
	if (room != x->room) {
		if ((body = realloc(x->a.body, room)) == NULL)
			return (0);
		x->a.body = body;
		x->room = room;
	}
	memcpy(x->a.body + x->a.length, data, take);
	x->a.length += take;
	x->a.body[x->a.length] = '\0';
	return (n);
}

/* The value, without blanks, if the line of ${n} bytes is that header's. */
static const char *
value_of(const char *line, size_t *n, const char *name)
{
	size_t len = strlen(name), end = *n;

	if (end <= len || line[len] != ':')
		return (NULL);
	for (size_t i = 0; i < len; i++) {
		char c = line[i] >= 'A' && line[i] <= 'Z' ?
		    (char)(line[i] - 'A' + 'a') : line[i];

		if (c != name[i])
			return (NULL);
	}
	for (len++; len < end && (line[len] == ' ' || line[len] == '\t'); len++)
		continue;
	while (end > len && strchr(" \t\r\n", line[end - 1]) != NULL)
		end--;
	*n = end - len;
	return (line + len);
}

static void
keep_header(struct http_answer *a, const char *line, size_t n)
{
	const struct {
		const char *name;
		char *to;
	} wanted[] = {
		{ "x-amzn-errortype", a->type },
		{ "x-amzn-requestid", a->request_id },
		{ "x-amz-function-error", a->function_error },
		{ "location", a->location }
	};
	const char *value;
	size_t len;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		len = n;
		if ((value = value_of(line, &len, wanted[i].name)) != NULL)
			snprintf(wanted[i].to, HTTP_HEADER, "%.*s",
			    len < HTTP_HEADER ? (int)len : (int)HTTP_HEADER - 1,
			    value);
	}
	len = n;
	if ((value = value_of(line, &len, "x-amz-log-result")) != NULL) {
		free(a->log);
		a->log = strndup(value, len);
	}
}

static size_t
on_header(char *data, size_t size, size_t n, void *arg)
{
	struct http_exchange *x = arg;

	n *= size;
	keep_header(&x->a, data, n);
	return (n);
}

/* The options that depend on the request. */
static int
set_request(const struct http *h, struct http_exchange *x,
    const struct http_request *r)
{
	struct curl_slist *more;
	CURL *e = x->easy;

	for (char *const *p = r->headers; *p != NULL; p++) {
		if ((more = curl_slist_append(x->headers, *p)) == NULL)
			return (-1);
		x->headers = more;
	}
	/* Nobody is to be asked whether a long body may come. */
	if ((more = curl_slist_append(x->headers, "Expect:")) == NULL)
		return (-1);
	x->headers = more;
	if (curl_easy_setopt(e, CURLOPT_URL, r->url) != CURLE_OK)
		return (-1);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, x->headers);
	if (r->get) {
		curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
	} else {
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, r->body);
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)r->length);
	}
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)(1e3 * r->within));
	if (r->direct)
		curl_easy_setopt(e, CURLOPT_PROXY, "");
	/*
	 * What was sent over a connection that had been used before, and then
	 * broke, libcurl would send again by itself.
	 */
	if (strncmp(r->url, "http:", 5) == 0)
		curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	if (h->ca != NULL)
		curl_easy_setopt(e, CURLOPT_CAINFO, h->ca);
	/* Wait for a connection that many can share; TLS tells it at once. */
	curl_easy_setopt(e, CURLOPT_PIPEWAIT,
	    strncmp(r->url, "https:", 6) == 0 ? 1L : 0L);
	return (0);
}

/* The options that are the same for all. */
static void
set_common(struct http_exchange *x)
{
	CURL *e = x->easy;

	sv_web_common(e);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, x->words);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(e, CURLOPT_PRIVATE, x);
}

struct http_exchange *
http_send(struct http *h, const struct http_request *r)
{
	struct http_exchange *x;

	if ((x = calloc(1, sizeof(*x))) == NULL)
		return (NULL);
	x->a.owner = r->owner;
	if ((x->a.body = calloc(1, 1)) == NULL ||
	    (x->easy = curl_easy_init()) == NULL)
		goto fail;
	x->room = 1;
	set_common(x);
	if (set_request(h, x, r) == -1 ||
	    curl_multi_add_handle(h->multi, x->easy) != CURLM_OK)
		goto fail;
	return (x);

fail:
	exchange_free(x);
	errno = ENOMEM;
	return (NULL);
}

int
http_is_sent(const struct http_exchange *x)
{
	long bytes = 0, proxy = 0;

	curl_easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &bytes);
	curl_easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE, &proxy);
	/* What a proxy was asked, and has refused, is counted too. */
	return (bytes > 0 && (proxy == 0 || proxy / 100 == 2));
}

void
http_abort(struct http *h, struct http_exchange *x)
{

	curl_multi_remove_handle(h->multi, x->easy);
	exchange_free(x);
}

/* An exchange has ended: tell its owner. */
static void
finish(struct http *h, struct http_exchange *x, CURLcode code)
{
	curl_off_t after = 0;
	long status = 0;

	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(x->easy, CURLINFO_RETRY_AFTER, &after);
	x->a.error = (int)code;
	x->a.sent = http_is_sent(x);
	x->a.again = sv_web_may_pass(code);
	x->a.status = (int)status;
	x->a.retry_after = (double)after;
	if (code != CURLE_OK)
		sv_web_words(x->words[0] != '\0' ? x->words :
		    curl_easy_strerror(code), x->a.words,
		    sizeof(x->a.words));
	curl_multi_remove_handle(h->multi, x->easy);
	h->done(h->arg, &x->a);
	exchange_free(x);
}

size_t
http_watch(const struct http *h, struct pollfd *p, size_t room)
{

	for (size_t i = 0; i < h->n && i < room; i++)
		p[i] = h->socks[i];
	return (h->n);
}

int
http_patience(const struct http *h, int most)
{
	double left;

	if (h->due < 0)
		return (most);
	left = 1e3 * (h->due - sv_clock_mono());
	return (left <= 0 ? 0 : left < most ? (int)left + 1 : most);
}

void
http_work(struct http *h, const struct pollfd *p, size_t n)
{
	struct http_exchange *x;
	int running, left;
	CURLMsg *m;

	for (size_t i = 0; i < n; i++) {
		int what = ((p[i].revents & (POLLIN | POLLHUP)) ?
		    CURL_CSELECT_IN : 0) | ((p[i].revents & POLLOUT) ?
		    CURL_CSELECT_OUT : 0) | ((p[i].revents &
		    (POLLERR | POLLNVAL)) ? CURL_CSELECT_ERR : 0);

		if (what != 0)
			curl_multi_socket_action(h->multi, p[i].fd, what,
			    &running);
	}
	if (h->due >= 0 && sv_clock_mono() >= h->due) {
		h->due = -1;
		curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0,
		    &running);
	}
	while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
		CURLcode code = m->data.result;

		if (m->msg == CURLMSG_DONE && curl_easy_getinfo(m->easy_handle,
		    CURLINFO_PRIVATE, &x) == CURLE_OK)
			finish(h, x, code);
	}
}

void
http_free(struct http *h)
{

	if (h == NULL)
		return;
	curl_multi_cleanup(h->multi);
	free(h->socks);
	free(h);
	curl_global_cleanup();
}
