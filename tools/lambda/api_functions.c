#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "api.h"

/* Functions made, shown, changed, listed and deleted. */

#define LIST_MAX 50	/* functions in an answer */

/* What CreateFunction must have.  0, or -1 after a reply. */
static int
check_complete(struct api *a)
{
	static const char *const needed[][2] = {
	    { "FunctionName", "functionName" }, { "Role", "role" },
	    { "Code", "code" } };
	const json_t *v;

	for (size_t i = 0; i < 3; i++) {
		v = json_object_get(a->body, needed[i][0]);
		if (v == NULL || json_is_null(v))
			return (api_error(a, 400, "ValidationException",
			    "1 validation error detected: Value null at '%s' "
			    "failed to satisfy constraint: Member must not "
			    "be null", needed[i][1]));
	}
	if (!json_is_string(json_object_get(a->body, "FunctionName")) ||
	    !json_is_object(json_object_get(a->body, "Code")))
		return (api_error(a, 400, "SerializationException",
		    "FunctionName is to be a string, and Code an object"));
	if (!json_is_string(json_object_get(a->body, "Runtime")) ||
	    !json_is_string(json_object_get(a->body, "Handler")))
		return (api_bad(a, "Runtime and Handler are mandatory "
		    "parameters for functions created with deployment "
		    "packages."));
	return (0);
}

/* The configuration that CreateFunction asks for, or NULL after a reply. */
static struct config *
asked(struct api *a)
{
	struct config *c;

	if ((c = config_new(NULL)) == NULL) {
		api_no_memory(a);
		return (NULL);
	}
	if (api_settings(a, c) == 0 && api_architecture(a, c) == 0) {
		if (function_find(a->l, a->name) != NULL)
			api_error(a, 409, "ResourceConflictException",
			    "Function already exist: %s", a->name);
		else if ((c->code = api_code(a, json_object_get(a->body,
		    "Code"), "CreateFunction")) != NULL)
			return (c);
	}
	config_unref(c);
	return (NULL);
}

/* The reply to what changed a function: the version, if one was published. */
static void
reply_changed(struct api *a, unsigned status, struct function *f, int publish)
{
	struct config *c = publish ? function_publish(f) : f->latest;

	api_reply(a, status,
	    c == NULL ? NULL : api_configuration(a, f, c, publish));
}

static int
flag(const struct api *a, const char *name)
{

	return (json_is_true(json_object_get(a->body, name)));
}

void
api_create(struct api *a)
{
	json_t *tags = NULL;
	struct function *f;
	struct config *c;

	if (check_complete(a) == -1 || api_name(a, json_string_value(
	    json_object_get(a->body, "FunctionName"))) == -1)
		return;
	if (a->qualifier[0] != '\0') {
		api_bad(a, "The function name must not have a qualifier.");
		return;
	}
	if (api_tags(a, &tags) == -1 || (c = asked(a)) == NULL) {
		json_decref(tags);
		return;
	}
	if ((f = function_new(a->l, a->name, c)) == NULL) {
		json_decref(tags);
		api_no_memory(a);
		return;
	}
	f->tags = tags;
	reply_changed(a, 201, f, flag(a, "Publish"));
}

void
api_get(struct api *a)
{
	struct function *f = a->function;
	json_t *o;

	o = json_pack("{s:o,s:{s:s,s:s++}}", "Configuration",
	    api_configuration(a, f, a->config, a->qualifier[0] != '\0'),
	    "Code", "RepositoryType", "S3", "Location", http_url(a->l),
	    "/packages/", a->config->code->id);
	if (o != NULL && json_object_size(f->tags) > 0)
		json_object_set(o, "Tags", f->tags);
	if (o != NULL && f->reserved >= 0)
		json_object_set_new(o, "Concurrency", json_pack("{s:I}",
		    "ReservedConcurrentExecutions", (json_int_t)f->reserved));
	api_reply(a, 200, o);
}

void
api_get_configuration(struct api *a)
{

	api_reply(a, 200, api_configuration(a, a->function, a->config,
	    a->qualifier[0] != '\0'));
}

/* May the function be changed now?  0, or -1 after a reply. */
static int
check_changeable(struct api *a)
{
	struct function *f = a->function;
	const char *revision = NULL;

	if (a->qualifier[0] != '\0' && strcmp(a->qualifier, "$LATEST") != 0)
		return (api_bad(a, "This operation is permitted on Lambda "
		    "functions only. Aliases and versions do not support this "
		    "operation. Please specify either a function name or an "
		    "unqualified function ARN."));
	if (f->state == FUNCTION_PENDING)
		return (api_error(a, 409, "ResourceConflictException",
		    "The operation cannot be performed at this time. The "
		    "function is currently in the following state: Pending"));
	if (f->updating)
		return (api_error(a, 409, "ResourceConflictException",
		    "The operation cannot be performed at this time. An "
		    "update is in progress for resource: %s", f->arn));
	if (api_string(a, a->body, "RevisionId", &revision) == -1)
		return (-1);
	if (revision != NULL && strcmp(revision, f->latest->revision) != 0)
		return (api_error(a, 412, "PreconditionFailedException",
		    "The RevisionId provided does not match the latest "
		    "RevisionId. Call the GetFunction/GetAlias API to "
		    "retrieve the latest RevisionId"));
	return (0);
}

void
api_update_code(struct api *a)
{
	struct function *f = a->function;
	struct code *code;
	struct config *c;

	if (check_changeable(a) == -1)
		return;
	if ((c = config_new(f->latest)) == NULL) {
		api_no_memory(a);
		return;
	}
	if (api_architecture(a, c) == -1 || (code = api_code(a, a->body,
	    "UpdateFunctionCode")) == NULL) {
		config_unref(c);
		return;
	}
	code_unref(c->code);
	c->code = code;
	if (flag(a, "DryRun")) {
		api_reply(a, 200, api_configuration(a, f, c, 0));
		config_unref(c);
		return;
	}
	function_update(f, c);
	reply_changed(a, 200, f, flag(a, "Publish"));
}

void
api_update_configuration(struct api *a)
{
	struct config *c;

	if (check_changeable(a) == -1)
		return;
	if ((c = config_new(a->function->latest)) == NULL) {
		api_no_memory(a);
		return;
	}
	if (api_settings(a, c) == -1) {
		config_unref(c);
		return;
	}
	function_update(a->function, c);
	reply_changed(a, 200, a->function, 0);
}

void
api_delete(struct api *a)
{

	if (strcmp(a->qualifier, "$LATEST") == 0) {
		api_bad(a, "$LATEST version cannot be deleted without "
		    "deleting the function.");
		return;
	}
	if (a->qualifier[0] != '\0') {
		if (strcmp(a->qualifier, a->config->version) != 0) {
			api_bad(a, "An alias is deleted by DeleteAlias: %s",
			    a->qualifier);
			return;
		}
		if (api_unaliased(a) == -1)
			return;
		function_delete_version(a->function, a->qualifier);
	} else
		function_delete(a->function);
	api_reply(a, 204, NULL);
}

static int
by_name(const void *x, const void *y)
{
	const struct function *const *f = x, *const *g = y;

	return (strcmp((*f)->name, (*g)->name));
}

/* Append a function, with its versions if ${all}.  0 or -1. */
static int
append(struct api *a, json_t *list, const struct function *f, int all)
{

	if (json_array_append_new(list, api_configuration(a, f, f->latest,
	    all)) == -1)
		return (-1);
	for (size_t i = 0; all && i < f->nversions; i++)
		if (f->versions[i] != NULL && json_array_append_new(list,
		    api_configuration(a, f, f->versions[i], 1)) == -1)
			return (-1);
	return (0);
}

int
api_page(struct api *a, size_t *max)
{
	const char *text = api_query(a, "MaxItems");

	*max = LIST_MAX;
	if (text == NULL)
		return (0);
	if (text[0] == '\0' || strlen(text) > 5 ||
	    text[strspn(text, "0123456789")] != '\0' || atol(text) < 1 ||
	    atol(text) > 10000)
		return (api_invalid(a, text, "maxItems",
		    "have value between 1 and 10000"));
	if ((size_t)atol(text) < *max)
		*max = (size_t)atol(text);
	return (0);
}

void
api_list(struct api *a)
{
	const char *marker = api_query(a, "Marker"), *which;
	struct function **all = NULL, *f;
	json_t *list, *o;
	size_t n = 0, i, max, shown = 0;
	int versions;

	which = api_query(a, "FunctionVersion");
	versions = which != NULL && strcmp(which, "ALL") == 0;
	if (api_page(a, &max) == -1)
		return;
	for (f = a->l->functions; f != NULL; f = f->next)
		n++;
	all = malloc((n + 1) * sizeof(struct function *));
	o = json_pack("{s:[]}", "Functions");
	list = json_object_get(o, "Functions");
	if (all == NULL || list == NULL)
		goto end;
	for (n = 0, f = a->l->functions; f != NULL; f = f->next)
		if (!f->deleted)
			all[n++] = f;
	qsort(all, n, sizeof(struct function *), by_name);
	for (i = 0; i < n && shown < max; i++)
		if (marker == NULL || strcmp(all[i]->name, marker) > 0) {
			if (append(a, list, all[i], versions) == -1)
				break;
			shown++;
		}
	if (i > 0 && i < n)
		json_object_set_new(o, "NextMarker",
		    json_string(all[i - 1]->name));
end:
	free(all);
	api_reply(a, 200, o);
}
