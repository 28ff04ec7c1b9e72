#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "json.h"
#include "secret.h"

/* The shape of the object ${o}. */
static enum sv_event_shape
shape_of(const json_t *o)
{
	const json_t *context = json_object_get(o, "requestContext");
	const char *s;

	if (json_object_get(o, "sv") != NULL || !json_is_object(context))
		return (SV_EVENT_BARE);
	if (sv_json_string(o, "version", &s) == 0 && strcmp(s, "2.0") == 0 &&
	    json_is_object(json_object_get(context, "http")))
		return (SV_EVENT_PROXY2);
	if (json_is_string(json_object_get(o, "httpMethod")))
		return (SV_EVENT_PROXY);
	return (SV_EVENT_BARE);
}

/* Make the text of ${n} bytes of base64; NULL, or what is wrong. */
static const char *
decode(struct sv_event *e, const char *body, size_t n)
{
	const char *end;

	if ((e->owned = malloc(n + 1)) == NULL)
		return ("out of memory");
	/* As long as it is, it cannot be too long for its room. */
	if (sodium_base642bin((unsigned char *)e->owned, n + 1, body, n,
	    "\r\n", &e->len, &end, sodium_base64_VARIANT_ORIGINAL) == -1 ||
	    end != body + n)
		return ("the body is not base64, as it is said to be");
	e->text = e->owned;
	return (NULL);
}

/* Likewise for a body that is a JSON string. */
static const char *
copy(struct sv_event *e, const char *body, size_t n)
{

	if ((e->owned = malloc(n + 1)) == NULL)
		return ("out of memory");
	memcpy(e->owned, body, n);
	e->owned[n] = '\0';
	e->text = e->owned;
	e->len = n;
	return (NULL);
}

/* Take the body out of the object of a proxy; NULL, or what is wrong. */
static const char *
unwrap(struct sv_event *e, const json_t *o)
{
	const json_t *body = json_object_get(o, "body");
	const json_t *flag = json_object_get(o, "isBase64Encoded");
	const char *s;
	size_t n;

	if (body == NULL || json_is_null(body))
		return ("the request has no body");
	if (!json_is_string(body))
		return ("\"body\" must be a string");
	if (flag != NULL && !json_is_null(flag) && !json_is_boolean(flag))
		return ("\"isBase64Encoded\" must be true or false");
	s = json_string_value(body);
	n = json_string_length(body);
	return (json_is_true(flag) ? decode(e, s, n) : copy(e, s, n));
}

int
sv_event_parse(struct sv_event *e, const char *text, size_t len,
    char why[SV_WHY])
{
	const char *what = NULL;
	json_t *o;

	memset(e, 0, sizeof(*e));
	e->text = text;
	e->len = len;
	o = json_loadb(len > 0 ? text : "", len, JSON_ALLOW_NUL, NULL);
	if ((e->shape = shape_of(o)) != SV_EVENT_BARE) {
		e->len = 0;
		what = unwrap(e, o);
	}
	json_decref(o);
	if (what == NULL)
		return (0);
	snprintf(why, SV_WHY, "event: %s", what);
	sv_event_fini(e);
	return (-1);
}

void
sv_event_fini(struct sv_event *e)
{

	if (e->owned != NULL)
		sv_secret_wipe(e->owned, e->len);
	free(e->owned);
	e->owned = NULL;
	e->text = "";
	e->len = 0;
}

char *
sv_event_answer(enum sv_event_shape shape, int status, json_t *o)
{
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT |
	    JSON_REAL_PRECISION(9)) : NULL;
	char *answer = NULL;
	json_t *http;

	json_decref(o);
	if (text == NULL || shape == SV_EVENT_BARE)
		return (text);
	http = json_pack("{s:i, s:{s:s}, s:s, s:b}", "statusCode", status,
	    "headers", "content-type", "application/json", "body", text,
	    "isBase64Encoded", 0);
	if (http != NULL)
		answer = json_dumps(http, JSON_COMPACT);
	json_decref(http);
	free(text);
	return (answer);
}
