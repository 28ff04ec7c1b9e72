#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fault.h"
#include "front.h"

#define GATEWAY_LIMIT 29.0	/* s that an API Gateway waits */
#define FIELDS_MAX 128u	/* headers of a reply */

static const char url_prefix[] = "/url/";
static const char gateway_prefix[] = "/gateway/";
static const char proxy_prefix[] = "/gateway-proxy/";
static const char url_host[] = ".lambda-url.";

enum kind { FRONT_URL, FRONT_GATEWAY, FRONT_PROXY };

/* A call that somebody waits for. */
struct front {
	struct lambda *l;
	struct request *r;	/* NULL: the gateway has given up */
	enum kind kind;
	struct timer limit;
};

static int
has_prefix(const char *text, const char *prefix)
{

	return (strncmp(text, prefix, strlen(prefix)) == 0);
}

/* Is the host a function URL's? */
static int
is_url_host(const struct request *r)
{
	const char *host = http_header(r, "Host");

	return (host != NULL && strstr(host, url_host) != NULL);
}

int
front_takes(const struct request *r)
{

	return (has_prefix(r->path, url_prefix) ||
	    has_prefix(r->path, gateway_prefix) ||
	    has_prefix(r->path, proxy_prefix) || is_url_host(r));
}

static void
reply_text(struct request *r, unsigned status, const char *type,
    const char *text)
{
	const struct http_field fields[] = { { "Content-Type", type },
	    { NULL, NULL } };

	http_reply(r, status, fields, text, strlen(text));
}

/* The function has failed, or its answer makes no sense. */
static void
reply_bad(struct front *w)
{

	if (w->kind == FRONT_URL)
		reply_text(w->r, 502, "text/plain", "Internal Server Error");
	else
		reply_text(w->r, 502, "application/json",
		    "{\"message\": \"Internal server error\"}");
}

struct reply {	/* as a function describes it */
	struct http_field fields[FIELDS_MAX + 1];
	char *owned[FIELDS_MAX];	/* values made here */
	size_t n;
	int typed;	/* it has a content type */
};

static int
is_name(const char *name)
{

	/* RFC 9110, 5.6.2: a token. */
	return (name[0] != '\0' && name[strspn(name, "!#$%&'*+-.^_`|~"
	    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")]
	    == '\0');
}

/* Is it for the server to say? */
static int
is_ours(const char *name)
{

	return (strcasecmp(name, "Content-Length") == 0 ||
	    strcasecmp(name, "Transfer-Encoding") == 0 ||
	    strcasecmp(name, "Connection") == 0 ||
	    strcasecmp(name, "Date") == 0);
}

/* Add a header; what cannot be one is left out. */
static void
add_field(struct reply *p, const char *name, const json_t *value)
{
	char *text;

	if (p->n == FIELDS_MAX || !is_name(name) || is_ours(name))
		return;
	text = json_is_string(value) ? strdup(json_string_value(value)) :
	    json_is_number(value) || json_is_boolean(value) ?
	    json_dumps(value, JSON_ENCODE_ANY) : NULL;
	if (text == NULL)
		return;
	if (text[strcspn(text, "\r\n")] != '\0') {
		free(text);
		return;
	}
	if (strcasecmp(name, "Content-Type") == 0)
		p->typed = 1;
	p->fields[p->n] = (struct http_field){ name, text };
	p->owned[p->n++] = text;
}

static void
add_fields(struct reply *p, const json_t *o)
{
	const json_t *list, *value;
	const char *name;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)json_object_get(o, "headers"),
	    name, value)
		add_field(p, name, value);
	json_object_foreach((json_t *)(uintptr_t)json_object_get(o,
	    "multiValueHeaders"), name, list)
		json_array_foreach(list, i, value)
			add_field(p, name, value);
	json_array_foreach(json_object_get(o, "cookies"), i, value)
		add_field(p, "Set-Cookie", value);
}

/*
 * The body of the answer ${o}: ${*body} is for the caller to free.  -1 if it
 * makes no sense.
 */
static int
answer_body(const struct front *w, const json_t *o, char **body, size_t *len)
{
	const json_t *value = json_object_get(o, "body");
	size_t room;

	*len = 0;
	*body = NULL;
	if (value == NULL || json_is_null(value))
		return (0);
	if (!json_is_string(value)) {
		/* A URL makes text of what is none, a gateway does not. */
		if (w->kind != FRONT_URL)
			return (-1);
		*body = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		*len = *body != NULL ? strlen(*body) : 0;
		return (*body != NULL ? 0 : -1);
	}
	room = json_string_length(value);
	if ((*body = malloc(room + 1)) == NULL)
		return (-1);
	if (!json_is_true(json_object_get(o, "isBase64Encoded"))) {
		memcpy(*body, json_string_value(value), room);
		*len = room;
		return (0);
	}
	if (sodium_base642bin((unsigned char *)*body, room + 1,
	    json_string_value(value), room, NULL, len, NULL,
	    sodium_base64_VARIANT_ORIGINAL) == 0)
		return (0);
	free(*body);
	*body = NULL;
	return (-1);
}

/* The answer says what the reply is to be. */
static void
reply_described(struct front *w, const json_t *o)
{
	const json_t *code = json_object_get(o, "statusCode");
	struct reply p = { .n = 0 };
	json_int_t status;
	const char *text;
	char *body;
	size_t len;

	/* "200" will do as well. */
	text = json_string_value(code);
	status = text != NULL ? strtol(text, NULL, 10) :
	    json_integer_value(code);
	if (status < 200 || status > 599 ||
	    answer_body(w, o, &body, &len) == -1) {
		reply_bad(w);
		return;
	}
	add_fields(&p, o);
	if (!p.typed && p.n < FIELDS_MAX)
		p.fields[p.n++] = (struct http_field){ "Content-Type",
		    "application/json" };
	http_reply(w->r, (unsigned)status, p.fields, body, len);
	for (size_t i = 0; i < FIELDS_MAX; i++)
		free(p.owned[i]);
	free(body);
}

static void
reply_json(struct request *r, const void *body, size_t len)
{
	static const struct http_field fields[] = {
		{ "Content-Type", "application/json" }, { NULL, NULL }
	};

	http_reply(r, 200, fields, body, len);
}

static void
on_answer(void *ctx, const char *id, const struct result *result)
{
	struct front *w = ctx;
	json_t *o = NULL;

	(void)id;
	timer_stop(w->l, &w->limit);
	if (w->r == NULL) {
		free(w);
		return;
	}
	if (w->kind == FRONT_GATEWAY) {
		/* An error object is a body like any other. */
		reply_json(w->r, result->body, result->length);
		free(w);
		return;
	}
	if (!result->failed)
		o = json_loadb(result->body, result->length,
		    JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (o == NULL)
		reply_bad(w);
	else if (json_object_get(o, "statusCode") != NULL)
		reply_described(w, o);
	else if (w->kind == FRONT_URL)
		reply_json(w->r, result->body, result->length);
	else
		reply_bad(w);
	json_decref(o);
	free(w);
}

static void
on_limit(void *ctx)
{
	struct front *w = ctx;

	/* The function goes on all the same. */
	reply_text(w->r, 504, "application/json",
	    "{\"message\": \"Endpoint request timed out\"}");
	w->r = NULL;
}

static void
refused(struct request *r, enum kind kind, enum refusal why)
{

	if (kind == FRONT_URL || why == CALL_TOO_LARGE)
		invoke_reply_refusal(r, why);
	else
		reply_text(r, 500, "application/json",
		    "{\"message\": \"Internal server error\"}");
}

/* A fault instead of an answer; a gateway has one word for all of them. */
static void
faulty(struct request *r, enum kind kind, const struct fault_answer *a)
{

	if (kind == FRONT_URL || a->cut)
		fault_reply(r, a);
	else
		refused(r, kind, CALL_ENDING);
}

/* Call the function and have somebody wait for it, who is there if ${r} is. */
static enum refusal
begin(struct lambda *l, struct request *r, struct function *f, enum kind kind,
    const void *payload, size_t len)
{
	struct front *w = calloc(1, sizeof(*w));
	char id[LAMBDA_ID];
	enum refusal why;

	if (w == NULL)
		return (CALL_NO_MEMORY);
	w->l = l;
	w->r = r;
	w->kind = kind;
	/* Before the call, which has w from then on. */
	if (kind != FRONT_URL && r != NULL)
		(void)timer_set(l, &w->limit, GATEWAY_LIMIT, on_limit, w);
	why = invoke_call(f, f->latest, CALL_SYNC, f->arn, payload, len, NULL,
	    id, on_answer, w);
	if (why != CALL_ACCEPTED) {
		timer_stop(l, &w->limit);
		free(w);
	}
	return (why);
}

/* The same, with faults, and a reply if it could not begin. */
static void
call(struct request *r, struct function *f, enum kind kind,
    const void *payload, size_t len)
{
	enum refusal why = CALL_ACCEPTED;
	struct fault_answer fault;

	fault_request(r->l, &fault);
	if (fault.status == 0 || fault.begun)
		why = begin(r->l, fault.status == 0 ? r : NULL, f, kind,
		    payload, len);
	if (why != CALL_ACCEPTED)
		refused(r, kind, why);
	else if (fault.status != 0)
		faulty(r, kind, &fault);
}

/* The same with an event (reference stolen; NULL: memory is out). */
static void
call_with(struct request *r, struct function *f, enum kind kind, json_t *event)
{
	char *text = event != NULL ? json_dumps(event, JSON_COMPACT) : NULL;

	json_decref(event);
	if (text == NULL)
		refused(r, kind, CALL_NO_MEMORY);
	else
		call(r, f, kind, text, strlen(text));
	free(text);
}

/* The name at the start of ${text}, up to a slash or ${end}; "": too long. */
static const char *
take_name(const char *text, char end, char name[LAMBDA_NAME])
{
	char stop[] = { '/', end, '\0' };
	size_t len = strcspn(text, stop);

	name[0] = '\0';
	if (len < LAMBDA_NAME) {
		memcpy(name, text, len);
		name[len] = '\0';
	}
	return (text + len);
}

static void
url_request(struct request *r)
{
	char id[LAMBDA_NAME];
	const char *path = r->path;
	struct function *f;

	if (has_prefix(path, url_prefix))
		path = take_name(path + strlen(url_prefix), '/', id);
	else
		(void)take_name(http_header(r, "Host"), '.', id);
	if (id[0] == '\0' || (f = function_by_url(r->l, id)) == NULL) {
		http_reply_json(r, 403, "AccessDeniedException",
		    json_pack("{s:s}", "Message", "Forbidden"));
		return;
	}
	if (f->url_iam && !auth_check(r, "lambda"))
		return;
	call_with(r, f, FRONT_URL, front_event(r, f,
	    path[0] == '/' ? path : "/"));
}

/* A body that is to be an event must be JSON. */
static int
is_json(const struct request *r)
{
	json_t *o;

	if (r->length == 0)
		return (1);
	o = json_loadb((const char *)r->body, r->length, JSON_DECODE_ANY |
	    JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
	json_decref(o);
	return (o != NULL);
}

static void
plain_event(struct request *r, struct function *f)
{
	enum refusal why = CALL_ACCEPTED;
	struct fault_answer fault;
	char id[LAMBDA_ID];

	fault_request(r->l, &fault);
	if (fault.status == 0 || fault.begun)
		why = invoke_call(f, f->latest, CALL_EVENT, f->arn, r->body,
		    r->length, NULL, id, NULL, NULL);
	if (why != CALL_ACCEPTED)
		refused(r, FRONT_GATEWAY, why);
	else if (fault.status != 0)
		faulty(r, FRONT_GATEWAY, &fault);
	else
		reply_json(r, "", 0);
}

static void
plain_request(struct request *r, struct function *f)
{
	const char *type = http_header(r, "InvocationType");

	if (strcmp(r->method, "POST") != 0)
		reply_text(r, 403, "application/json",
		    "{\"message\": \"Missing Authentication Token\"}");
	else if (!is_json(r))
		reply_text(r, 400, "application/json",
		    "{\"message\": \"Could not parse request body into json\"}");
	else if (type == NULL || strcmp(type, "Event") != 0)
		call(r, f, FRONT_GATEWAY, r->body, r->length);
	else
		plain_event(r, f);
}

void
front_request(struct request *r)
{
	int proxy = has_prefix(r->path, proxy_prefix);
	char name[LAMBDA_NAME];
	const char *path;
	struct function *f;

	if (!proxy && !has_prefix(r->path, gateway_prefix)) {
		url_request(r);
		return;
	}
	path = take_name(r->path + strlen(proxy ? proxy_prefix :
	    gateway_prefix), '/', name);
	if ((f = function_find(r->l, name)) == NULL)
		reply_text(r, 404, "application/json",
		    "{\"message\": \"There is no such function\"}");
	else if (proxy)
		call_with(r, f, FRONT_PROXY, front_event_proxy(r, f,
		    path[0] == '/' ? path : "/"));
	else
		plain_request(r, f);
}
