#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "env.h"

/*
 * The Extensions API, for extensions within the process of the runtime: no
 * others can be started here.  Such a one may ask for INVOKE events, not for
 * SHUTDOWN; and the process gets SIGTERM before it ends.
 */

static void
refuse(struct request *r, const char *type, const char *message)
{

	runtime_error(r, 403, type, message);
}

/* Which events does it ask for?  0, or -1 after a reply. */
static int
wanted(struct request *r, int *invoke)
{
	json_t *o, *events, *e;
	size_t i;
	int good;

	*invoke = 0;
	if ((o = json_loadb((const char *)r->body, r->length, 0, NULL)) ==
	    NULL || !json_is_object(o)) {
		json_decref(o);
		runtime_error(r, 400, "InvalidRequestFormat",
		    "The body is no JSON object.");
		return (-1);
	}
	events = json_object_get(o, "events");
	good = events == NULL || json_is_array(events);
	json_array_foreach(events, i, e)
		if (json_is_string(e) &&
		    strcmp(json_string_value(e), "INVOKE") == 0)
			*invoke = 1;
		else
			good = 0;
	json_decref(o);
	if (!good) {
		refuse(r, "Extension.InvalidEventType",
		    "An internal extension can ask for INVOKE only.");
		return (-1);
	}
	return (0);
}

/* Add the extension; its identifier is the reply. */
static void
add(struct request *r, const char *name, int invoke)
{
	struct env *env = r->env;
	struct extension *x = &env->extensions[env->nextensions];
	struct http_field fields[] = {
		{ "Content-Type", "application/json" },
		{ "Lambda-Extension-Identifier", x->id },
		{ NULL, NULL }
	};
	json_t *o;
	char *text = NULL;

	memset(x, 0, sizeof(*x));
	lambda_uuid(x->id);
	memcpy(x->name, name, strlen(name) + 1);
	x->invoke = invoke;
	o = json_pack("{s:s, s:s, s:s}", "functionName", env->function->name,
	    "functionVersion", env->config->version,
	    "handler", env->config->handler);
	if (o != NULL)
		text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (text == NULL) {
		runtime_error(r, 500, "Container", "Out of memory.");
		return;
	}
	env->nextensions++;
	http_reply(r, 200, fields, text, strlen(text));
	free(text);
}

static void
enlist(struct request *r)
{
	struct env *env = r->env;
	const char *name = http_header(r, "Lambda-Extension-Name");
	int invoke;

	if (name == NULL || *name == '\0' ||
	    strlen(name) >= sizeof(env->extensions[0].name)) {
		refuse(r, "Extension.InvalidExtensionName",
		    "A name of 1 to 127 bytes is needed.");
		return;
	}
	if (env->state != ENV_INIT || env->asked) {
		refuse(r, "Extension.RegistrationClosed",
		    "Extensions register before the first next.");
		return;
	}
	for (unsigned i = 0; i < env->nextensions; i++)
		if (strcmp(env->extensions[i].name, name) == 0) {
			refuse(r, "Extension.AlreadyRegistered",
			    "There is an extension of that name.");
			return;
		}
	if (env->nextensions == ENV_EXTENSIONS) {
		refuse(r, "Extension.TooManyExtensions",
		    "10 extensions can be registered.");
		return;
	}
	if (wanted(r, &invoke) == 0)
		add(r, name, invoke);
}

/* The extension that says it makes the request, or NULL after a reply. */
static struct extension *
identify(struct request *r)
{
	const char *id = http_header(r, "Lambda-Extension-Identifier");
	struct env *env = r->env;

	if (id == NULL) {
		refuse(r, "Extension.MissingExtensionIdentifier",
		    "Lambda-Extension-Identifier is missing.");
		return (NULL);
	}
	for (unsigned i = 0; i < env->nextensions; i++)
		if (strcmp(env->extensions[i].id, id) == 0)
			return (&env->extensions[i]);
	refuse(r, "Extension.UnknownExtensionIdentifier",
	    "There is no extension with this identifier.");
	return (NULL);
}

/* Tell it of the present call. */
static void
tell(const struct env *env, struct extension *x)
{
	struct request *r = x->waiting;
	char id[LAMBDA_ID];
	struct http_field fields[] = {
		{ "Content-Type", "application/json" },
		{ "Lambda-Extension-Event-Identifier", id },
		{ NULL, NULL }
	};
	json_t *o;
	char *text = NULL;

	x->waiting = NULL;
	lambda_uuid(id);
	o = json_pack("{s:s, s:I, s:s, s:s, s:{s:s, s:s}}",
	    "eventType", "INVOKE", "deadlineMs", (json_int_t)env->deadline_ms,
	    "requestId", env->id, "invokedFunctionArn", env->call->arn,
	    "tracing", "type", "X-Amzn-Trace-Id", "value", env->trace);
	if (o != NULL)
		text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (text == NULL)
		runtime_error(r, 500, "Container", "Out of memory.");
	else
		http_reply(r, 200, fields, text, strlen(text));
	free(text);
}

void
extension_event(struct env *env)
{

	for (unsigned i = 0; i < env->nextensions; i++)
		if (env->extensions[i].invoke)
			tell(env, &env->extensions[i]);
}

static void
next(struct request *r)
{
	struct extension *x;
	struct request *old;

	if ((x = identify(r)) == NULL)
		return;
	old = x->waiting;
	x->waiting = r;
	if (old != NULL)
		refuse(old, "Extension.InvalidExtensionState",
		    "It has asked for the next event again.");
	env_advance(r->env);
}

/* It cannot start, or not go on. */
static void
failed(struct request *r, const char *type)
{
	struct env *env = r->env;

	if (identify(r) == NULL)
		return;
	if (env->state != ENV_ENDING)
		env_fail(env, type, "The extension reports an error.");
	runtime_ok(r);
}

void
extension_request(struct request *r, const char *path)
{
	static const struct {
		const char *path;
		const char *method;
	} calls[] = {
		{ "register", "POST" }, { "event/next", "GET" },
		{ "init/error", "POST" }, { "exit/error", "POST" },
	};
	size_t i;

	for (i = 0; i < 4 && strcmp(path, calls[i].path) != 0; i++)
		;
	if (i == 4) {
		http_reply(r, 404, NULL, "404 page not found\n", 19);
		return;
	}
	if (strcmp(r->method, calls[i].method) != 0) {
		http_reply(r, 405, NULL, "", 0);
		return;
	}
	if (i == 0)
		enlist(r);
	else if (i == 1)
		next(r);
	else
		failed(r, i == 2 ? "Extension.InitError" :
		    "Extension.ExitError");
}
