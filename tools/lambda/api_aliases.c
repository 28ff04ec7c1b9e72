#include "config.h"

#include <string.h>

#include "api.h"

/* Aliases: names for versions.  All calls of one go to the same version. */

#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789-_"

static void
reply_alias(struct api *a, unsigned status, const char *name)
{
	json_t *o = json_copy(json_object_get(a->function->aliases, name));

	if (o != NULL && json_object_set_new(o, "AliasArn", json_sprintf(
	    "%s:%s", a->function->arn, name)) == -1) {
		json_decref(o);
		o = NULL;
	}
	api_reply(a, status, o);
}

/* The alias that the path names must be there.  0 or -1. */
static int
check_alias(struct api *a)
{

	if (json_object_get(a->function->aliases, a->segments[4]) != NULL)
		return (0);
	return (api_error(a, 404, "ResourceNotFoundException",
	    "Alias not found: %s:%s", a->function->arn, a->segments[4]));
}

/*
 * Put what the body has into the alias ${name}, new or not.  0, or -1 after a
 * reply.
 */
static int
take_alias(struct api *a, const char *name, int create)
{
	const char *version = NULL, *description = NULL;
	json_t *routing = NULL, *o, *old;
	char revision[LAMBDA_ID];

	if (api_string(a, a->body, "FunctionVersion", &version) == -1 ||
	    api_string(a, a->body, "Description", &description) == -1 ||
	    api_object(a, a->body, "RoutingConfig", &routing) == -1)
		return (-1);
	if (json_object_size(json_object_get(routing,
	    "AdditionalVersionWeights")) > 0)
		return (api_bad(a, "sv-lambda sends all calls of an alias to "
		    "one version"));
	if (create && version == NULL)
		return (api_error(a, 400, "ValidationException", "1 "
		    "validation error detected: Value null at "
		    "'functionVersion' failed to satisfy constraint: Member "
		    "must not be null"));
	if (version != NULL && (strspn(version, "0123456789") !=
	    strlen(version) && strcmp(version, "$LATEST") != 0))
		return (api_invalid(a, version, "functionVersion", "satisfy "
		    "regular expression pattern: (\\$LATEST|[0-9]+)"));
	if (version != NULL && function_config(a->function, version) == NULL)
		return (api_error(a, 404, "ResourceNotFoundException",
		    "Function not found: %s:%s", a->function->arn, version));
	lambda_uuid(revision);
	o = json_pack("{s:s,s:s,s:s,s:s}", "Name", name, "FunctionVersion",
	    version != NULL ? version : "", "Description",
	    description != NULL ? description : "", "RevisionId", revision);
	if (o == NULL)
		return (api_no_memory(a));
	old = json_object_get(a->function->aliases, name);
	if (version == NULL)
		json_object_set(o, "FunctionVersion", json_object_get(old,
		    "FunctionVersion"));
	if (description == NULL && old != NULL)
		json_object_set(o, "Description", json_object_get(old,
		    "Description"));
	if (a->function->aliases == NULL)
		a->function->aliases = json_object();
	if (json_object_set_new(a->function->aliases, name, o) == -1)
		return (api_no_memory(a));
	return (0);
}

void
api_create_alias(struct api *a)
{
	const char *name = NULL;

	if (api_string(a, a->body, "Name", &name) == -1)
		return;
	if (name == NULL || name[0] == '\0' || strlen(name) > 128 ||
	    name[strspn(name, WORD)] != '\0' ||
	    name[strspn(name, "0123456789")] == '\0') {
		api_invalid(a, name == NULL ? "null" : name, "name", "satisfy "
		    "regular expression pattern: "
		    "(?!^[0-9]+$)([a-zA-Z0-9-_]+)");
		return;
	}
	if (json_object_get(a->function->aliases, name) != NULL) {
		api_error(a, 409, "ResourceConflictException",
		    "Alias already exists: %s:%s", a->function->arn, name);
		return;
	}
	if (take_alias(a, name, 1) == 0)
		reply_alias(a, 201, name);
}

void
api_update_alias(struct api *a)
{

	if (check_alias(a) == 0 && take_alias(a, a->segments[4], 0) == 0)
		reply_alias(a, 200, a->segments[4]);
}

void
api_get_alias(struct api *a)
{

	if (check_alias(a) == 0)
		reply_alias(a, 200, a->segments[4]);
}

void
api_delete_alias(struct api *a)
{

	json_object_del(a->function->aliases, a->segments[4]);
	api_reply(a, 204, NULL);
}

void
api_list_aliases(struct api *a)
{
	const char *version = api_query(a, "FunctionVersion"), *name;
	json_t *o, *list, *alias;

	o = json_pack("{s:[]}", "Aliases");
	list = json_object_get(o, "Aliases");
	json_object_foreach(a->function->aliases, name, alias) {
		if (version != NULL && strcmp(version, json_string_value(
		    json_object_get(alias, "FunctionVersion"))) != 0)
			continue;
		if ((alias = json_copy(alias)) == NULL)
			break;
		json_object_set_new(alias, "AliasArn", json_sprintf("%s:%s",
		    a->function->arn, name));
		json_array_append_new(list, alias);
	}
	api_reply(a, 200, o);
}

int
api_unaliased(struct api *a)
{
	const char *name;
	json_t *alias;

	json_object_foreach(a->function->aliases, name, alias)
		if (strcmp(a->config->version, json_string_value(
		    json_object_get(alias, "FunctionVersion"))) == 0)
			return (api_error(a, 409, "ResourceConflictException",
			    "Unable to delete version because the following "
			    "aliases reference it: [%s]", name));
	return (0);
}
