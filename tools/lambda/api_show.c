#include "config.h"

#include <string.h>

#include "api.h"

/* Functions as answers show them. */

/* What the service itself would run; any 64 digits. */
#define RUNTIME_ID \
	"5a8e1c3b7d2f4096a1b2c3d4e5f60718293a4b5c6d7e8f90112233445566ff00"

/* Set a member; a NULL value is that memory is out.  1, or 0. */
static int
set(json_t *o, const char *key, json_t *value)
{

	return (json_object_set_new(o, key, value) == 0);
}

static json_t *
variables(const struct config *c)
{
	json_t *o = json_object();

	for (size_t i = 0; i < c->nvariables; i++)
		if (!set(o, c->variables[i].name,
		    json_string(c->variables[i].value))) {
			json_decref(o);
			return (NULL);
		}
	return (json_pack("{s:o}", "Variables", o));
}

static int
state(json_t *o, const struct function *f, const struct config *c)
{
	int latest = c->version[0] == '$';

	if (f->state == FUNCTION_PENDING)
		return (set(o, "State", json_string("Pending")) &&
		    set(o, "StateReason",
		    json_string("The function is being created.")) &&
		    set(o, "StateReasonCode", json_string("Creating")));
	if (!set(o, "State", json_string("Active")))
		return (0);
	if (latest && f->updating)
		return (set(o, "LastUpdateStatus",
		    json_string("InProgress")) &&
		    set(o, "LastUpdateStatusReason",
		    json_string("The function is being updated.")) &&
		    set(o, "LastUpdateStatusReasonCode",
		    json_string("Updating")));
	return (set(o, "LastUpdateStatus", json_string("Successful")));
}

/* What has a default that nobody can change, or was kept as it came. */
static int
constants(const struct api *a, json_t *o, const struct function *f,
    const struct config *c)
{

	return (set(o, "PackageType", json_string("Zip")) &&
	    set(o, "TracingConfig", json_pack("{s:s}", "Mode",
	    "PassThrough")) &&
	    set(o, "SnapStart", json_pack("{s:s,s:s}", "ApplyOn", "None",
	    "OptimizationStatus", "Off")) &&
	    set(o, "RuntimeVersionConfig", json_pack("{s:s++}",
	    "RuntimeVersionArn", "arn:aws:lambda:", a->l->o->region,
	    "::runtime:" RUNTIME_ID)) &&
	    set(o, "LoggingConfig", json_pack("{s:s,s:s+}", "LogFormat",
	    "Text", "LogGroup", "/aws/lambda/", f->name)) &&
	    json_object_update(o, c->kept) == 0);
}

json_t *
api_configuration(struct api *a, const struct function *f,
    const struct config *c, int qualified)
{
	json_t *o;

	o = json_pack("{s:s,s:s++,s:s,s:s,s:s,s:I,s:s,s:i,s:i,s:s,s:s,s:s,"
	    "s:s,s:[s],s:{s:i}}", "FunctionName", f->name, "FunctionArn",
	    f->arn, qualified ? ":" : "", qualified ? c->version : "",
	    "Runtime", c->runtime, "Role", c->role, "Handler", c->handler,
	    "CodeSize", (json_int_t)c->code->size, "Description",
	    c->description, "Timeout", (int)c->timeout, "MemorySize",
	    (int)c->memory, "LastModified", c->modified, "CodeSha256",
	    c->code->sha256, "Version", c->version, "RevisionId",
	    c->revision, "Architectures", c->architecture,
	    "EphemeralStorage", "Size", (int)c->tmp);
	if (o == NULL)
		return (NULL);
	if (constants(a, o, f, c) && state(o, f, c) && (c->nvariables == 0 ||
	    set(o, "Environment", variables(c))))
		return (o);
	json_decref(o);
	return (NULL);
}
