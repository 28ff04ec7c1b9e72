#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api.h"
#include "clock.h"
#include "fault.h"

/* Calls. */

#define CONTEXT_MAX 3583u	/* bytes of base64 */

/* As X-Ray has them, of calls that nobody traces. */
static void
trace_id(char text[80])
{
	unsigned char random[20];
	char hex[2 * sizeof(random) + 1];

	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(hex, sizeof(hex), random, sizeof(random));
	snprintf(text, 80, "Root=1-%08llx-%.24s;Parent=%.16s;Sampled=0",
	    (unsigned long long)(sv_clock_real_ns() / 1000000000), hex,
	    hex + 24);
}

/* The function has answered. */
static void
answered(void *ctx, const char *id, const struct result *r)
{
	struct request *request = ctx;
	const char *tail = http_header(request, "X-Amz-Log-Type");
	struct http_field fields[8] = { { "Content-Type",
	    r->content_type != NULL ? r->content_type : "application/json" },
	    { "x-amzn-RequestId", id },
	    { "X-Amz-Executed-Version", r->version } };
	char trace[80], *log = NULL;
	size_t n = 3, size;

	trace_id(trace);
	fields[n].name = "X-Amzn-Trace-Id";
	fields[n++].value = trace;
	if (r->failed) {
		fields[n].name = "X-Amz-Function-Error";
		fields[n++].value = "Unhandled";
	}
	if (tail != NULL && strcmp(tail, "Tail") == 0) {
		size = sodium_base64_encoded_len(r->log_length,
		    sodium_base64_VARIANT_ORIGINAL);
		if ((log = malloc(size)) != NULL) {
			sodium_bin2base64(log, size,
			    (const unsigned char *)r->log, r->log_length,
			    sodium_base64_VARIANT_ORIGINAL);
			fields[n].name = "X-Amz-Log-Result";
			fields[n++].value = log;
		}
	}
	http_reply(request, 200, fields, r->body, r->length);
	free(log);
}

/* Nobody is told. */
static void
unheard(void *ctx, const char *id, const struct result *r)
{

	(void)ctx;
	(void)id;
	(void)r;
}

/*
 * The client's context, decoded: ${*context} is for the caller to free, NULL
 * if there is none.  0, or -1 after a reply.
 */
static int
client_context(struct api *a, char **context)
{
	const char *text = http_header(a->r, "X-Amz-Client-Context");
	size_t len, max;
	json_t *o = NULL;
	char *json;

	*context = NULL;
	if (text == NULL)
		return (0);
	len = strlen(text);
	max = len / 4 * 3 + 4;
	if (len > CONTEXT_MAX)
		return (api_error(a, 400, "InvalidRequestContentException",
		    "Client context must be no more than %u bytes long",
		    CONTEXT_MAX));
	if ((json = malloc(max)) == NULL)
		return (api_no_memory(a));
	if (sodium_base642bin((unsigned char *)json, max, text, len, NULL,
	    &max, NULL, sodium_base64_VARIANT_ORIGINAL) == 0)
		o = json_loadb(json, max, 0, NULL);
	free(json);
	/* On one line, as it goes into a header. */
	if (json_is_object(o))
		*context = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(o);
	if (*context != NULL)
		return (0);
	return (api_error(a, 400, "InvalidRequestContentException",
	    "Client context must be a valid Base64-encoded JSON object."));
}

/* Is the payload JSON?  0, or -1 after a reply. */
static int
check_payload(struct api *a)
{
	json_error_t e;
	json_t *v;

	if (a->r->length == 0)
		return (0);
	v = json_loadb((const char *)a->r->body, a->r->length,
	    JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &e);
	json_decref(v);
	if (v != NULL)
		return (0);
	return (api_error(a, 400, "InvalidRequestContentException",
	    "Could not parse request body into json: Could not parse payload "
	    "into json: %s at [line: %d, column: %d]", e.text, e.line,
	    e.column));
}

/* Was it a request that only wants to know whether it could be made? */
static void
reply_dry_run(struct api *a)
{
	char id[LAMBDA_ID];
	const struct http_field fields[] = { { "x-amzn-RequestId", id },
	    { NULL, NULL } };

	lambda_uuid(id);
	http_reply(a->r, 204, fields, "", 0);
}

static int
call_type(struct api *a, enum call_type *type, int *dry)
{
	const char *text = http_header(a->r, "X-Amz-Invocation-Type");

	*dry = 0;
	*type = CALL_SYNC;
	if (text == NULL || strcmp(text, "RequestResponse") == 0)
		return (0);
	if (strcmp(text, "Event") == 0)
		*type = CALL_EVENT;
	else if (strcmp(text, "DryRun") == 0)
		*dry = 1;
	else
		return (api_invalid(a, text, "invocationType", "satisfy enum "
		    "value set: [Event, RequestResponse, DryRun]"));
	return (0);
}

/* Have the function called, and reply; or whoever waits is held. */
static void
call(struct api *a, enum call_type type, const char *context)
{
	char id[LAMBDA_ID];
	const struct http_field fields[] = { { "x-amzn-RequestId", id },
	    { NULL, NULL } };
	struct request *r = a->r;
	struct fault_answer fault;
	enum refusal why;

	fault_request(r->l, &fault);
	if (fault.status != 0 && !fault.begun) {
		fault_reply(r, &fault);
		return;
	}
	why = invoke_call(a->function, a->config, type, a->arn, r->body,
	    r->length, context, id, type != CALL_SYNC ? NULL :
	    fault.status != 0 ? unheard : answered, r);
	if (why != CALL_ACCEPTED)
		invoke_reply_refusal(r, why);
	else if (fault.status != 0)
		fault_reply(r, &fault);
	else if (type == CALL_EVENT)
		http_reply(r, 202, fields, "", 0);
}

void
api_invoke(struct api *a)
{
	struct request *r = a->r;
	enum call_type type;
	char *context;
	int dry;

	if (call_type(a, &type, &dry) == -1)
		return;
	if (r->length > (type == CALL_EVENT ? LAMBDA_ASYNC_MAX :
	    LAMBDA_SYNC_MAX)) {
		invoke_reply_refusal(r, CALL_TOO_LARGE);
		return;
	}
	if (check_payload(a) == -1 || client_context(a, &context) == -1)
		return;
	if (dry) {
		free(context);
		reply_dry_run(a);
		return;
	}
	call(a, type, context);
	free(context);
}
