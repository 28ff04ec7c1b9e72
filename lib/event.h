#ifndef SV_EVENT_H
#define SV_EVENT_H

#include <jansson.h>
#include <stddef.h>

#include "problem.h"

/*
 * What a function is called with, and how it answers.  An event is a JSON text
 * in one of three shapes:
 *
 *   bare		the text itself: direct calls, asynchronous ones, and
 *			gateways that pass the body on
 *   proxy		{"httpMethod":...,"requestContext":{...},"body":"text",
 *			"isBase64Encoded":false,...}: REST APIs of API Gateway
 *   proxy, 2.0		{"version":"2.0","requestContext":{"http":{...},...},
 *			"body":"text",...}: HTTP APIs and Function URLs
 *
 * An object with a member "sv" is bare, whatever else is in it.
 */

enum sv_event_shape { SV_EVENT_BARE, SV_EVENT_PROXY, SV_EVENT_PROXY2 };

struct sv_event {
	enum sv_event_shape shape;
	const char *text;	/* what was meant: a bare event, or the body */
	size_t len;
	char *owned;	/* text, where it had to be made */
};

/**
 * sv_event_parse(e, text, len, why):
 * Find the shape of ${len} bytes of ${text}, and what it carries.  ${text} must
 * outlive ${e}.  Return 0, or -1 with a reason in ${why}; e->shape is right in
 * either case, and what is no JSON object is bare.  sv_event_fini() frees what
 * ${e} holds, wiped: it may be an invocation with keys.
 */
int sv_event_parse(struct sv_event *e, const char *text, size_t len,
    char why[SV_WHY]);
void sv_event_fini(struct sv_event *e);

/**
 * sv_event_answer(shape, status, o):
 * The answer ${o} (the reference is taken; NULL of a failed json_pack()) as an
 * event of ${shape} wants it: as it is, or as the body of an HTTP answer with
 * ${status}.  Return a text for free(), or NULL when memory is out.
 */
char *sv_event_answer(enum sv_event_shape shape, int status, json_t *o);

#endif /* !SV_EVENT_H */
