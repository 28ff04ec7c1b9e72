#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "clock.h"

/* Concurrency, asynchronous calls, function URLs. */

#define UNRESERVED_MIN 100	/* of the account, that nobody can reserve */

/* --- reserved concurrency */

void
api_put_concurrency(struct api *a)
{
	int64_t n = -1, left = a->l->o->concurrency, least;

	least = left < UNRESERVED_MIN ? left : UNRESERVED_MIN;
	switch (api_integer(a, a->body, "ReservedConcurrentExecutions",
	    "reservedConcurrentExecutions", 0, INT32_MAX, &n)) {
	case -1:
		return;
	case 0:
		api_error(a, 400, "ValidationException", "1 validation error "
		    "detected: Value null at 'reservedConcurrentExecutions' "
		    "failed to satisfy constraint: Member must not be null");
		return;
	default:
		break;
	}
	for (struct function *f = a->l->functions; f != NULL; f = f->next)
		if (f != a->function && !f->deleted && f->reserved > 0)
			left -= f->reserved;
	if (n > 0 && left - n < least) {
		api_bad(a, "Specified ReservedConcurrentExecutions for "
		    "function decreases account's "
		    "UnreservedConcurrentExecution below its minimum value "
		    "of [%lld].", (long long)least);
		return;
	}
	a->function->reserved = n;
	api_reply(a, 200, json_pack("{s:I}", "ReservedConcurrentExecutions",
	    (json_int_t)n));
}

void
api_delete_concurrency(struct api *a)
{

	a->function->reserved = -1;
	api_reply(a, 204, NULL);
}

void
api_get_concurrency(struct api *a)
{
	int64_t n = a->function->reserved;

	api_reply(a, 200, n < 0 ? json_object() : json_pack("{s:I}",
	    "ReservedConcurrentExecutions", (json_int_t)n));
}

/* --- asynchronous calls */

/* There is one for all of a function: that of $LATEST.  0 or -1. */
static int
check_latest(struct api *a, const char *what)
{

	if (a->qualifier[0] == '\0' || strcmp(a->qualifier, "$LATEST") == 0)
		return (0);
	return (api_bad(a, "sv-lambda keeps %s for $LATEST only, not for %s",
	    what, a->qualifier));
}

static void
reply_invoke_config(struct api *a)
{
	struct function *f = a->function;
	json_t *o;

	o = json_pack("{s:f,s:s+,s:I,s:I}", "LastModified",
	    f->invoke_config_at, "FunctionArn", f->arn, ":$LATEST",
	    "MaximumRetryAttempts", (json_int_t)f->retries,
	    "MaximumEventAgeInSeconds", (json_int_t)f->max_age);
	if (o != NULL)
		json_object_set_new(o, "DestinationConfig",
		    f->destinations != NULL ?
		    json_deep_copy(f->destinations) :
		    json_pack("{s:{},s:{}}", "OnSuccess", "OnFailure"));
	api_reply(a, 200, o);
}

/* Set what the body has; with ${all}, the rest to what it is by itself. */
static void
change_invoke_config(struct api *a, int all)
{
	struct function *f = a->function;
	int64_t retries, age;
	json_t *destinations = NULL;

	retries = all ? FUNCTION_RETRIES : f->retries;
	age = all ? FUNCTION_MAX_AGE : f->max_age;
	if (api_integer(a, a->body, "MaximumRetryAttempts",
	    "maximumRetryAttempts", 0, 2, &retries) == -1 ||
	    api_integer(a, a->body, "MaximumEventAgeInSeconds",
	    "maximumEventAgeInSeconds", 60, 21600, &age) == -1 ||
	    api_object(a, a->body, "DestinationConfig", &destinations) == -1)
		return;
	f->retries = retries;
	f->max_age = age;
	if (all || destinations != NULL) {
		json_decref(f->destinations);
		f->destinations = json_deep_copy(destinations);
	}
	f->invoke_config_at = (double)(sv_clock_real_ns() / 1000000) / 1e3;
	reply_invoke_config(a);
}

/* The function must have one.  0 or -1. */
static int
check_invoke_config(struct api *a)
{

	if (check_latest(a, "how asynchronous calls are made") == -1)
		return (-1);
	if (a->function->invoke_config_at > 0)
		return (0);
	return (api_error(a, 404, "ResourceNotFoundException",
	    "The function %s:$LATEST doesn't have an EventInvokeConfig",
	    a->function->arn));
}

void
api_put_invoke_config(struct api *a)
{

	if (check_latest(a, "how asynchronous calls are made") == 0)
		change_invoke_config(a, 1);
}

void
api_update_invoke_config(struct api *a)
{

	if (check_invoke_config(a) == 0)
		change_invoke_config(a, 0);
}

void
api_get_invoke_config(struct api *a)
{

	if (check_invoke_config(a) == 0)
		reply_invoke_config(a);
}

void
api_delete_invoke_config(struct api *a)
{
	struct function *f = a->function;

	if (check_invoke_config(a) == -1)
		return;
	f->invoke_config_at = 0;
	f->retries = FUNCTION_RETRIES;
	f->max_age = FUNCTION_MAX_AGE;
	json_decref(f->destinations);
	f->destinations = NULL;
	api_reply(a, 204, NULL);
}

/* --- function URLs */

/* The function must have one.  0 or -1. */
static int
check_url(struct api *a)
{

	if (check_latest(a, "a function URL") == -1)
		return (-1);
	if (a->function->url_id[0] != '\0')
		return (0);
	return (api_error(a, 404, "ResourceNotFoundException",
	    "The resource you requested does not exist."));
}

static void
reply_url(struct api *a, unsigned status)
{
	struct function *f = a->function;
	json_t *o;

	o = json_pack("{s:s+++,s:s,s:s,s:s,s:s}", "FunctionUrl",
	    http_url(a->l), "/url/", f->url_id, "/", "FunctionArn", f->arn,
	    "AuthType", f->url_iam ? "AWS_IAM" : "NONE", "CreationTime",
	    f->url_created, "InvokeMode", "BUFFERED");
	if (o != NULL && f->url_cors != NULL)
		json_object_set(o, "Cors", f->url_cors);
	if (o != NULL && status == 200)
		json_object_set_new(o, "LastModifiedTime",
		    json_string(f->url_modified));
	api_reply(a, status, o);
}

/* Take what the body has.  0, or -1 after a reply. */
static int
take_url(struct api *a, int create)
{
	const char *auth = NULL, *mode = "BUFFERED";
	struct function *f = a->function;
	json_t *cors = NULL;

	if (api_string(a, a->body, "AuthType", &auth) == -1 ||
	    api_string(a, a->body, "InvokeMode", &mode) == -1 ||
	    api_object(a, a->body, "Cors", &cors) == -1)
		return (-1);
	if (create && auth == NULL)
		return (api_error(a, 400, "ValidationException", "1 "
		    "validation error detected: Value null at 'authType' "
		    "failed to satisfy constraint: Member must not be null"));
	if (auth != NULL && strcmp(auth, "NONE") != 0 &&
	    strcmp(auth, "AWS_IAM") != 0)
		return (api_invalid(a, auth, "authType",
		    "satisfy enum value set: [NONE, AWS_IAM]"));
	if (strcmp(mode, "BUFFERED") != 0)
		return (api_bad(a, "sv-lambda streams no answers: InvokeMode "
		    "is to be BUFFERED"));
	if (auth != NULL)
		f->url_iam = strcmp(auth, "AWS_IAM") == 0;
	if (cors != NULL) {
		json_decref(f->url_cors);
		f->url_cors = json_deep_copy(cors);
	}
	config_time(f->url_modified, CONFIG_ZONE);
	return (0);
}

void
api_create_url(struct api *a)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	struct function *f = a->function;

	if (check_latest(a, "a function URL") == -1)
		return;
	if (f->url_id[0] != '\0') {
		api_error(a, 409, "ResourceConflictException",
		    "Failed to create function url config for "
		    "[functionArn = %s]. Error message:  "
		    "FunctionUrlConfig exists for this Lambda function",
		    f->arn);
		return;
	}
	if (take_url(a, 1) == -1)
		return;
	for (size_t i = 0; i < sizeof(f->url_id) - 1; i++)
		f->url_id[i] = letters[randombytes_uniform(32)];
	memcpy(f->url_created, f->url_modified, sizeof(f->url_created));
	reply_url(a, 201);
}

void
api_update_url(struct api *a)
{

	if (check_url(a) == 0 && take_url(a, 0) == 0)
		reply_url(a, 200);
}

void
api_get_url(struct api *a)
{

	if (check_url(a) == 0)
		reply_url(a, 200);
}

void
api_delete_url(struct api *a)
{

	if (check_url(a) == -1)
		return;
	a->function->url_id[0] = '\0';
	json_decref(a->function->url_cors);
	a->function->url_cors = NULL;
	api_reply(a, 204, NULL);
}
