#include "config.h"

#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "clock.h"
#include "err.h"
#include "http.h"

#define POOL ((size_t)64 << 10)	/* bytes of a connection's headers and buffer */
#define IDLE 350u	/* s until a public connection that is silent is closed */
#define FLUSH 0.5	/* s for the last replies */
#define SPARE 64u	/* descriptors that are no connections */

static void
resume(struct http_state *s)
{

	if (!s->suspended)
		return;
	s->suspended = 0;
	MHD_resume_connection(s->c->mhd);
	s->c->h->resumed = 1;
}

void
http_cut(struct connection *c)
{
	const union MHD_ConnectionInfo *info;

	c->cut = 1;
	c->env = NULL;
	info = MHD_get_connection_info(c->mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info != NULL)
		(void)shutdown(info->connect_fd, SHUT_RDWR);
	/* A held one is looked at again, and its handler sees that it is cut. */
	if (c->request != NULL)
		resume(c->request);
}

void
http_drop(struct request *r)
{

	if (r->l->o->verbose)
		sv_warnx("%s %s: no answer", r->method, r->path);
	r->state->phase = HTTP_REPLIED;
	http_cut(r->state->c);
}

static void
refuse_size(struct request *r)
{

	http_reply_json(r, 413, "RequestEntityTooLargeException",
	    json_pack("{s:s, s:s, s:s}", "Type", "User", "message",
	    "Request must be smaller than 70167211 bytes", "Message",
	    "Request must be smaller than 70167211 bytes"));
}

static void
dispatch(struct http_state *s)
{
	struct request *r = &s->r;

	if (r->env != NULL)
		runtime_request(r);
	else if (r->too_large)
		refuse_size(r);
	else if (front_takes(r))
		front_request(r);
	else
		api_request(r);
}

static void
on_arrival(void *ctx)
{
	struct http_state *s = ctx;

	if (!s->c->cut)
		dispatch(s);
}

static void
on_due(void *ctx)
{
	struct http_state *s = ctx;

	s->due = 1;
	resume(s);
}

/* Keep ${len} more bytes of the body, or count them as too many. */
static int
append(struct http_state *s, const char *data, size_t len)
{
	struct request *r = &s->r;
	size_t room;
	uint8_t *body;

	if (r->too_large || len > s->limit - r->length) {
		/* Read to its end all the same, or nobody sees the reply. */
		r->too_large = 1;
		r->length = 0;
		r->body[0] = 0;
		return (0);
	}
	if (r->length + len >= s->room) {
		room = 2 * (r->length + len + 1);
		if ((body = realloc(r->body, room)) == NULL)
			return (-1);
		r->body = body;
		s->room = room;
	}
	memcpy(r->body + r->length, data, len);
	r->length += len;
	r->body[r->length] = 0;
	return (0);
}

static enum MHD_Result
queue_reply(struct http_state *s)
{
	const struct request *r = &s->r;

	if (r->env == NULL && r->l->o->verbose)
		sv_warnx("%s %s: %u", r->method, r->path, s->status);
	return (MHD_queue_response(s->c->mhd, s->status, s->response));
}

/* The request is whole: have it handled. */
static enum MHD_Result
complete(struct http_state *s)
{
	struct lambda *l = s->r.l;

	s->phase = HTTP_HELD;
	s->r.received = sv_clock_mono();
	if (s->r.env == NULL && l->o->delay > 0) {
		if (timer_set(l, &s->delay, l->o->delay, on_arrival, s) == -1)
			return (MHD_NO);
	} else
		dispatch(s);
	if (s->c->cut)
		return (MHD_NO);
	if (s->phase == HTTP_REPLIED && s->due)
		return (queue_reply(s));
	s->suspended = 1;
	MHD_suspend_connection(s->c->mhd);
	return (MHD_YES);
}

/* What libmicrohttpd calls for each piece of news about a request. */
static enum MHD_Result
on_request(void *cls, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *data, size_t *len,
    void **context)
{
	struct http_state *s = *context;

	(void)cls;
	(void)mhd;
	(void)url;
	(void)version;
	if (s == NULL || s->c->cut)
		return (MHD_NO);
	switch (s->phase) {
	case HTTP_HEAD:
		s->r.method = method;
		s->phase = HTTP_BODY;
		return (MHD_YES);
	case HTTP_BODY:
		if (*len == 0)
			return (complete(s));
		if (append(s, data, *len) == -1)
			return (MHD_NO);
		*len = 0;
		return (MHD_YES);
	case HTTP_REPLIED:
		return (queue_reply(s));
	default:
		return (MHD_NO);
	}
}

static void
free_state(struct http_state *s)
{

	timer_stop(s->r.l, &s->delay);
	if (s->response != NULL)
		MHD_destroy_response(s->response);
	free(s->r.target);
	free(s->r.path);
	free(s->r.body);
	free(s);
}

/* A request line has come: its target has not been decoded yet. */
static void *
on_target(void *cls, const char *target, struct MHD_Connection *mhd)
{
	struct http *h = cls;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd,
	    MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct connection *c = info != NULL ? info->socket_context : NULL;
	struct http_state *s;
	const char *mark;

	if (c == NULL || (s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	c->mhd = mhd;
	c->request = s;
	s->c = c;
	s->limit = c->env != NULL ? LAMBDA_ANSWER_MAX : LAMBDA_BODY_MAX;
	s->r.l = h->l;
	s->r.env = c->env;
	s->r.state = s;
	memcpy(s->r.source, c->source, sizeof(s->r.source));
	s->r.target = strdup(target);
	s->r.path = strdup(target);
	s->r.body = calloc(1, 1);
	if (s->r.target == NULL || s->r.path == NULL || s->r.body == NULL) {
		c->request = NULL;
		free_state(s);
		return (NULL);
	}
	s->r.path[strcspn(s->r.path, "?")] = '\0';
	mark = strchr(s->r.target, '?');
	s->r.query = mark != NULL ? mark + 1 : "";
	if (c->env == NULL)
		MHD_set_connection_option(mhd, MHD_CONNECTION_OPTION_TIMEOUT,
		    IDLE);
	return (s);
}

static void
on_completed(void *cls, struct MHD_Connection *mhd, void **context,
    enum MHD_RequestTerminationCode why)
{
	struct http_state *s = *context;

	(void)cls;
	(void)mhd;
	(void)why;
	*context = NULL;
	if (s == NULL)
		return;
	s->c->request = NULL;
	free_state(s);
}

static void
on_connection(void *cls, struct MHD_Connection *mhd, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	struct http *h = cls;
	struct connection *c = *context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = NULL;
		if (h->accepting == NULL ||
		    (c = calloc(1, sizeof(*c))) == NULL)
			return;
		c->h = h;
		c->mhd = mhd;
		c->env = h->accepting->env;
		snprintf(c->source, sizeof(c->source), "%s", h->source);
		c->next = h->connections;
		if (c->next != NULL)
			c->next->previous = c;
		h->connections = c;
		*context = c;
	} else if (c != NULL) {
		if (c->next != NULL)
			c->next->previous = c->previous;
		if (c->previous != NULL)
			c->previous->next = c->next;
		else
			h->connections = c->next;
		*context = NULL;
		free(c);
	}
}

/* How many connections there may be: all descriptors but for some. */
static unsigned
most_connections(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1 || r.rlim_cur < 2 * SPARE)
		return (SPARE);
	return (r.rlim_cur > 1 << 20 ? 1 << 20 : (unsigned)r.rlim_cur - SPARE);
}

static void
on_epoll(void *ctx, short revents)
{

	/* http_run() looks in each turn. */
	(void)ctx;
	(void)revents;
}

int
http_open(struct lambda *l)
{
	const union MHD_DaemonInfo *info;
	struct http *h;

	if ((h = l->http = calloc(1, sizeof(*h))) == NULL) {
		sv_warn("cannot start");
		return (-1);
	}
	h->l = l;
	h->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
	    MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, on_request, h,
	    MHD_OPTION_URI_LOG_CALLBACK, on_target, h,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, h,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
	    MHD_OPTION_CONNECTION_LIMIT, most_connections(),
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL,
	    MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
	info = h->daemon == NULL ? NULL :
	    MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (info == NULL) {
		sv_warnx("libmicrohttpd does not start");
		return (-1);
	}
	h->epoll = info->epoll_fd;
	if (loop_watch(l, h->epoll, POLLIN, on_epoll, h) == -1) {
		sv_warn("cannot start");
		return (-1);
	}
	return (listen_public(h));
}

int
http_next(const struct lambda *l)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (l->http == NULL || l->http->daemon == NULL)
		return (-1);
	/* Its timeout does not tell that there is something to resume. */
	if (l->http->resumed)
		return (0);
	/* Its epoll is edge-triggered: what it knows of is not told again. */
	if (MHD_get_timeout(l->http->daemon, &ms) != MHD_YES)
		return (-1);
	return (ms > INT_MAX ? INT_MAX : (int)ms);
}

void
http_run(struct lambda *l)
{

	if (l->http == NULL || l->http->daemon == NULL)
		return;
	l->http->resumed = 0;
	(void)MHD_run(l->http->daemon);
}

const char *
http_url(const struct lambda *l)
{

	return (l->http->url);
}

/* Is there a reply that may go and has not gone? */
static int
replies(const struct http *h)
{

	for (const struct connection *c = h->connections; c != NULL;
	    c = c->next)
		if (!c->cut && c->request != NULL && c->request->due)
			return (1);
	return (0);
}

void
http_close(struct lambda *l)
{
	struct http *h = l->http;
	double until = sv_clock_mono() + FLUSH;
	struct pollfd p;

	if (h == NULL)
		return;
	listen_close(h);
	if (h->daemon != NULL) {
		p = (struct pollfd){ h->epoll, POLLIN, 0 };
		while (replies(h) && sv_clock_mono() < until) {
			(void)poll(&p, 1, 10);
			(void)MHD_run(h->daemon);
		}
		for (struct connection *c = h->connections; c != NULL;
		    c = c->next)
			http_cut(c);
		(void)MHD_run(h->daemon);
		loop_forget(l, h->epoll);
		MHD_stop_daemon(h->daemon);
	}
	free(h);
	l->http = NULL;
}

const char *
http_header(const struct request *r, const char *name)
{

	return (MHD_lookup_connection_value(r->state->c->mhd, MHD_HEADER_KIND,
	    name));
}

struct each {
	void (*fn)(void *ctx, const char *name, const char *value);
	void *ctx;
};

static enum MHD_Result
on_header(void *cls, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
	struct each *e = cls;

	(void)kind;
	e->fn(e->ctx, name, value != NULL ? value : "");
	return (MHD_YES);
}

void
http_headers(const struct request *r,
    void (*fn)(void *ctx, const char *name, const char *value), void *ctx)
{
	struct each e = { fn, ctx };

	(void)MHD_get_connection_values(r->state->c->mhd, MHD_HEADER_KIND,
	    on_header, &e);
}

void
http_reply(struct request *r, unsigned status, const struct http_field *fields,
    const void *body, size_t length)
{
	struct http_state *s = r->state;
	struct lambda *l = r->l;

	if (s->phase == HTTP_REPLIED)
		return;
	s->phase = HTTP_REPLIED;
	s->status = status;
	/* The daemon takes the body for its own only where it says so. */
	s->response = MHD_create_response_from_buffer(length,
	    length > 0 ? (void *)(uintptr_t)body : "", MHD_RESPMEM_MUST_COPY);
	if (s->response == NULL) {
		sv_warnx("no memory for a reply");
		http_cut(s->c);
		return;
	}
	/* A field that is no header is left out: functions make them up. */
	for (; fields != NULL && fields->name != NULL; fields++)
		(void)MHD_add_response_header(s->response, fields->name,
		    fields->value);
	if (r->env != NULL || l->o->delay <= 0 ||
	    timer_set(l, &s->delay, l->o->delay, on_due, s) == -1)
		on_due(s);
}

void
http_reply_json(struct request *r, unsigned status, const char *error,
    json_t *o)
{
	char id[LAMBDA_ID], *text = NULL;
	struct http_field fields[] = {
		{ "Content-Type", "application/json" },
		{ "x-amzn-RequestId", id },
		{ error != NULL ? "x-amzn-ErrorType" : NULL, error },
		{ NULL, NULL }
	};

	lambda_uuid(id);
	if (o != NULL)
		text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	http_reply(r, status, fields, text, text != NULL ? strlen(text) : 0);
	free(text);
}
