#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "fuzz.h"

/*
 * The Lambda API (tools/lambda/api*.c): each request gets one answer, and what
 * it says can be written as JSON.  The input is requests, one a line but for
 * bodies: METHOD, blank, target, and behind a tab the body.  What they are
 * sent to is stood in for here.
 */

static unsigned replies;

void
lambda_uuid(char id[LAMBDA_ID])
{

	memset(id, 'u', LAMBDA_ID - 1);
	id[LAMBDA_ID - 1] = '\0';
}

void
http_reply(struct request *r, unsigned status, const struct http_field *fields,
    const void *body, size_t length)
{

	MUST(status >= 200 && status < 600 && r->method != NULL);
	for (; fields != NULL && fields->name != NULL; fields++)
		MUST(fields->value != NULL);
	MUST(length == 0 || body != NULL);
	replies++;
}

void
http_reply_json(struct request *r, unsigned status, const char *error,
    json_t *o)
{
	char *text;

	MUST(r->method != NULL && (error == NULL) == (status < 300));
	MUST((o == NULL) == (status == 204));
	if (o != NULL) {
		MUST((text = json_dumps(o, 0)) != NULL);
		free(text);
	}
	json_decref(o);
	replies++;
}

const char *
http_url(const struct lambda *l)
{

	(void)l;
	return ("http://127.0.0.1:9001");
}

const char *
http_header(const struct request *r, const char *name)
{

	return (strncmp(name, "X-Amz-", 6) == 0 && r->query[0] != '\0' ?
	    r->query : NULL);
}

int
auth_check(struct request *r, const char *service)
{

	MUST(r != NULL && strcmp(service, "lambda") == 0);
	return (1);
}

int
timer_set(struct lambda *l, struct timer *t, double after,
    void (*fn)(void *ctx), void *ctx)
{

	MUST(l != NULL && t->place == 0 && after > 0);
	fn(ctx);
	return (0);
}

void
timer_stop(struct lambda *l, struct timer *t)
{

	MUST(l != NULL && t->place == 0);
}

enum refusal
invoke_call(struct function *f, struct config *config, enum call_type type,
    const char *arn, const void *payload, size_t length, const char *context,
    char id[LAMBDA_ID],
    void (*done)(void *ctx, const char *id, const struct result *r), void *ctx)
{
	struct result r = { .body = payload, .length = length, .log = "log",
	    .log_length = 3, .version = config->version };

	MUST(!f->deleted && strstr(arn, f->name) != NULL);
	MUST((type == CALL_SYNC) == (done != NULL));
	r.failed = context != NULL;
	lambda_uuid(id);
	if (done != NULL)
		done(ctx, id, &r);
	return (CALL_ACCEPTED);
}

void
invoke_reply_refusal(struct request *r, enum refusal why)
{

	MUST(why != CALL_ACCEPTED);
	http_reply(r, 429, NULL, NULL, 0);
}

void
invoke_forget(struct function *f)
{

	if (f->deleted)
		function_gone(f);
}

void
invoke_free(struct function *f)
{

	MUST(f->calls == NULL);
}

/* One line of the input, which is changed. */
static void
request(struct lambda *l, char *line, size_t len)
{
	char *tab = memchr(line, '\t', len), *blank, none[] = "";
	struct request r = { .l = l, .body = (uint8_t *)none };

	if (tab != NULL) {
		r.body = (uint8_t *)tab + 1;
		r.length = len - (size_t)(tab + 1 - line);
		*tab = '\0';
	}
	if ((blank = strchr(line, ' ')) == NULL)
		return;
	*blank = '\0';
	r.method = line;
	r.target = r.path = blank + 1;
	r.query = none;
	if ((blank = strchr(r.path, '?')) != NULL) {
		*blank = '\0';
		r.query = blank + 1;
	}
	replies = 0;
	api_request(&r);
	MUST(replies == 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct lambda_options o = { .region = "us-east-1",
	    .concurrency = 1000 };
	struct lambda l = { .o = &o };
	char *text, *end, *next;

	MUST(sodium_init() >= 0 && tree_open(&l) == 0);
	MUST((text = malloc(size + 1)) != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	for (char *p = text; p < text + size; p = next) {
		end = memchr(p, '\n', (size_t)(text + size - p));
		next = end == NULL ? text + size : end + 1;
		if (end == NULL)
			end = text + size;
		*end = '\0';
		request(&l, p, (size_t)(end - p));
	}
	function_free_all(&l);
	MUST(tree_remove(l.dir) == 0);
	free(text);
	return (0);
}
