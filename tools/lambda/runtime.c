#include "config.h"

#include <stdio.h>
#include <string.h>

#include "env.h"
#include "err.h"

#define RUNTIME "/2018-06-01/runtime/"
#define EXTENSION "/2020-01-01/extension/"

/* The event of an answer that is too large, for the one who waits for it. */
static const char too_large[] =
    "{\"errorType\":\"Function.ResponseSizeTooLarge\",\"errorMessage\":"
    "\"Response payload size exceeded maximum allowed payload size "
    "(6291556 bytes).\"}";

static const struct http_field json_fields[] = {
	{ "Content-Type", "application/json" }, { NULL, NULL }
};

void
runtime_error(struct request *r, unsigned status, const char *type,
    const char *message)
{
	char body[256];
	json_t *o;
	size_t n = 0;

	o = json_pack("{s:s, s:s}", "errorMessage", message, "errorType", type);
	if (o != NULL)
		n = json_dumpb(o, body, sizeof(body), JSON_COMPACT);
	json_decref(o);
	http_reply(r, status, json_fields, body, n <= sizeof(body) ? n : 0);
}

void
runtime_ok(struct request *r)
{
	static const char ok[] = "{\"status\":\"OK\"}\n";

	http_reply(r, 202, json_fields, ok, sizeof(ok) - 1);
}

static void
wrong_state(struct request *r)
{

	runtime_error(r, 403, "InvalidStateTransition",
	    "This call is not allowed in this state.");
}

/* GET next: the present event, or wait for one. */
static void
next(struct request *r)
{
	struct env *env = r->env;
	struct request *old = env->waiting;
	int first = !env->asked;

	env->asked = 1;
	if (env->state == ENV_BUSY) {
		env_hand(env, r);
		return;
	}
	/* Whoever asked before has lost its connection, and asks again. */
	env->waiting = r;
	if (old != NULL)
		wrong_state(old);
	if (first && fault_env_asked(env))
		return;
	env_advance(env);
}

/* Is it about the present call?  If not, reply. */
static int
present(struct request *r, const char *id, size_t length)
{
	const struct env *env = r->env;

	if (!env->handed || strlen(env->id) != length ||
	    memcmp(env->id, id, length) != 0) {
		runtime_error(r, 400, "InvalidRequestID", "Invalid request ID");
		return (0);
	}
	if (env->state != ENV_BUSY || env->answered) {
		wrong_state(r);
		return (0);
	}
	return (1);
}

/* The answer, or the error object, of the present call. */
static void
answer(struct request *r, int failed)
{
	struct env *env = r->env;

	if (r->too_large) {
		env_answer(env, 1, "application/json", too_large,
		    sizeof(too_large) - 1);
		runtime_error(r, 413, "RequestEntityTooLarge", "Exceeded "
		    "maximum allowed payload size (6291556 bytes).");
		return;
	}
	env_answer(env, failed, http_header(r, "Content-Type"), r->body,
	    r->length);
	runtime_ok(r);
}

static void
response(struct request *r, const char *id, size_t length)
{
	const char *mode;

	if (!present(r, id, length))
		return;
	mode = http_header(r, "Lambda-Runtime-Function-Response-Mode");
	if (mode != NULL && strcmp(mode, "streaming") != 0) {
		runtime_error(r, 400, "InvalidFunctionResponseMode",
		    "Invalid response mode");
		return;
	}
	answer(r, 0);
}

/* What counts as the type of an error: Runtime.Word, Function.Word. */
static const char *
error_type(const struct request *r)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	const char *type, *word;

	type = http_header(r, "Lambda-Runtime-Function-Error-Type");
	if (type == NULL)
		return ("Runtime.Unknown");
	if (strncmp(type, "Runtime.", 8) == 0)
		word = type + 8;
	else if (strncmp(type, "Function.", 9) == 0)
		word = type + 9;
	else
		return ("Runtime.Unknown");
	if (*word < 'A' || *word > 'Z' || word[strspn(word, letters)] != '\0')
		return ("Runtime.Unknown");
	return (type);
}

static void
say_error(const struct request *r)
{

	if (r->l->o->verbose)
		sv_warnx("function %s: request %s: %s",
		    r->env->function->name, r->env->id, error_type(r));
}

static void
error(struct request *r, const char *id, size_t length)
{

	if (!present(r, id, length))
		return;
	say_error(r);
	answer(r, 1);
}

static void
init_error(struct request *r)
{
	struct env *env = r->env;

	if (env->asked || env->state != ENV_INIT) {
		wrong_state(r);
		return;
	}
	say_error(r);
	if (r->too_large)
		env_fail_body(env, too_large, sizeof(too_large) - 1);
	else
		env_fail_body(env, r->body, r->length);
	runtime_ok(r);
}

/* Is the request of that method?  If not, reply. */
static int
method(struct request *r, const char *name)
{

	if (strcmp(r->method, name) == 0)
		return (1);
	http_reply(r, 405, NULL, "", 0);
	return (0);
}

static void
runtime(struct request *r, const char *path)
{
	static const char calls[] = "invocation/";
	const char *id, *end;

	if (strcmp(path, "init/error") == 0) {
		if (method(r, "POST"))
			init_error(r);
		return;
	}
	if (strcmp(path, "invocation/next") == 0) {
		if (method(r, "GET"))
			next(r);
		return;
	}
	id = path + sizeof(calls) - 1;
	if (strncmp(path, calls, sizeof(calls) - 1) == 0 &&
	    (end = strchr(id, '/')) != NULL) {
		if (strcmp(end, "/response") == 0) {
			if (method(r, "POST"))
				response(r, id, (size_t)(end - id));
			return;
		}
		if (strcmp(end, "/error") == 0) {
			if (method(r, "POST"))
				error(r, id, (size_t)(end - id));
			return;
		}
	}
	http_reply(r, 404, NULL, "404 page not found\n", 19);
}

void
runtime_request(struct request *r)
{

	if (r->env->again)
		runtime_error(r, 500, "Container", "The environment ends.");
	else if (strncmp(r->path, RUNTIME, sizeof(RUNTIME) - 1) == 0)
		runtime(r, r->path + sizeof(RUNTIME) - 1);
	else if (strncmp(r->path, EXTENSION, sizeof(EXTENSION) - 1) == 0)
		extension_request(r, r->path + sizeof(EXTENSION) - 1);
	else if (strcmp(r->path, "/ping") == 0 ||
	    strcmp(r->path, "/2018-06-01/ping") == 0)
		http_reply(r, 200, NULL, "pong", 4);
	else
		http_reply(r, 404, NULL, "404 page not found\n", 19);
}
