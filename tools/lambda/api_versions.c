#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"

/* Versions, tags, permissions. */

#define STATEMENTS_MAX 100u	/* about what fits into 20480 bytes */

void
api_publish(struct api *a)
{
	const char *sha = NULL, *description = NULL, *revision = NULL;
	struct function *f = a->function;
	struct config *c;
	size_t before;

	if (api_string(a, a->body, "CodeSha256", &sha) == -1 ||
	    api_string(a, a->body, "Description", &description) == -1 ||
	    api_string(a, a->body, "RevisionId", &revision) == -1)
		return;
	if (f->state == FUNCTION_PENDING || f->updating) {
		api_error(a, 409, "ResourceConflictException", "The operation "
		    "cannot be performed at this time. %s%s", f->updating ?
		    "An update is in progress for resource: " : "The function "
		    "is currently in the following state: ",
		    f->updating ? f->arn : "Pending");
		return;
	}
	if (revision != NULL && strcmp(revision, f->latest->revision) != 0) {
		api_error(a, 412, "PreconditionFailedException",
		    "The RevisionId provided does not match the latest "
		    "RevisionId. Call the GetFunction/GetAlias API to "
		    "retrieve the latest RevisionId");
		return;
	}
	if (sha != NULL && sha[0] != '\0' &&
	    strcmp(sha, f->latest->code->sha256) != 0) {
		api_bad(a, "CodeSHA256 (%s) is different from current "
		    "CodeSHA256 in $LATEST (%s). Please try again with the "
		    "CodeSHA256 in $LATEST.", sha, f->latest->code->sha256);
		return;
	}
	before = f->nversions;
	c = function_publish(f);
	/* Nothing has changed: neither has that one. */
	if (f->nversions == before)
		description = NULL;
	if (c == NULL || (description != NULL && description[0] != '\0' &&
	    config_string(&c->description, description) == -1)) {
		api_no_memory(a);
		return;
	}
	api_reply(a, 201, api_configuration(a, f, c, 1));
}

void
api_list_versions(struct api *a)
{
	const char *marker = api_query(a, "Marker");
	struct function *f = a->function;
	size_t i = 0, max, shown = 0;
	json_t *o, *list;
	char next[16];

	if (api_page(a, &max) == -1)
		return;
	if (marker != NULL && strlen(marker) < 10)
		i = (size_t)strtoul(marker, NULL, 10);
	o = json_pack("{s:[]}", "Versions");
	list = json_object_get(o, "Versions");
	for (; i <= f->nversions && shown < max; i++)
		if (i == 0 || f->versions[i - 1] != NULL) {
			json_array_append_new(list, api_configuration(a, f,
			    i == 0 ? f->latest : f->versions[i - 1], 1));
			shown++;
		}
	if (i <= f->nversions) {
		snprintf(next, sizeof(next), "%zu", i);
		json_object_set_new(o, "NextMarker", json_string(next));
	}
	api_reply(a, 200, o);
}

/* --- tags */

int
api_tags(struct api *a, json_t **tags)
{
	const char *key;
	json_t *given, *value;
	int got = api_object(a, a->body, "Tags", &given);

	*tags = NULL;
	if (got != 1)
		return (got);
	if (json_object_size(given) > 50)
		return (api_bad(a, "Number of tags exceeds resource tag "
		    "limit."));
	json_object_foreach(given, key, value)
		if (!json_is_string(value))
			return (api_error(a, 400, "SerializationException",
			    "a tag is to be a string"));
	if ((*tags = json_deep_copy(given)) == NULL)
		return (api_no_memory(a));
	return (0);
}

void
api_tag(struct api *a)
{
	json_t *tags;

	if (api_tags(a, &tags) == -1)
		return;
	if (a->function->tags == NULL)
		a->function->tags = json_object();
	if (tags != NULL)
		json_object_update(a->function->tags, tags);
	json_decref(tags);
	api_reply(a, 204, NULL);
}

void
api_untag(struct api *a)
{

	for (size_t i = 0; i < a->nquery; i++)
		if (strcmp(a->query[i].name, "tagKeys") == 0 ||
		    strcmp(a->query[i].name, "TagKeys") == 0)
			json_object_del(a->function->tags, a->query[i].value);
	api_reply(a, 204, NULL);
}

void
api_list_tags(struct api *a)
{

	api_reply(a, 200, a->function->tags == NULL ?
	    json_pack("{s:{}}", "Tags") :
	    json_pack("{s:O}", "Tags", a->function->tags));
}

/* --- permissions: kept, and not enforced */

/* The statement as a policy has it, or NULL. */
static json_t *
statement(const struct api *a, const char *id, const char *action,
    const char *principal)
{
	static const struct {
		const char *member, *operator, *key;
	} conditions[] = {
	    { "SourceArn", "ArnLike", "AWS:SourceArn" },
	    { "SourceAccount", "StringEquals", "AWS:SourceAccount" },
	    { "FunctionUrlAuthType", "StringEquals",
	    "lambda:FunctionUrlAuthType" },
	    { "InvokedViaFunctionUrl", "Bool",
	    "lambda:InvokedViaFunctionUrl" } };
	json_t *o, *all = json_object(), *v, *one;
	int service = strchr(principal, '.') != NULL;

	for (size_t i = 0; i < 4; i++) {
		v = json_object_get(a->body, conditions[i].member);
		if (v == NULL || json_is_null(v))
			continue;
		if (json_is_boolean(v))
			v = json_string(json_is_true(v) ? "true" : "false");
		else
			json_incref(v);
		one = json_object_get(all, conditions[i].operator);
		if (one == NULL) {
			one = json_object();
			json_object_set_new(all, conditions[i].operator, one);
		}
		json_object_set_new(one, conditions[i].key, v);
	}
	o = json_pack("{s:s,s:s}", "Sid", id, "Effect", "Allow");
	if (o != NULL)
		json_object_set_new(o, "Principal", strcmp(principal, "*") == 0
		    ? json_string(principal) : json_pack("{s:s}",
		    service ? "Service" : "AWS", principal));
	if (o == NULL || json_object_set_new(o, "Action",
	    json_string(action)) == -1 || json_object_set_new(o, "Resource",
	    json_string(a->arn)) == -1) {
		json_decref(o);
		json_decref(all);
		return (NULL);
	}
	if (json_object_size(all) > 0)
		json_object_set(o, "Condition", all);
	json_decref(all);
	return (o);
}

/* Where the statement is, or -1. */
static int
place(const json_t *policy, const char *id)
{
	json_t *s;
	size_t i;

	json_array_foreach(policy, i, s)
		if (strcmp(json_string_value(json_object_get(s, "Sid")),
		    id) == 0)
			return ((int)i);
	return (-1);
}

/* ${o} (reference stolen) as the string ${key} of an object. */
static json_t *
as_text(const char *key, json_t *o)
{
	char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
	json_t *reply = NULL;

	if (text != NULL)
		reply = json_pack("{s:s}", key, text);
	free(text);
	json_decref(o);
	return (reply);
}

void
api_add_permission(struct api *a)
{
	const char *id = NULL, *action = NULL, *principal = NULL;
	struct function *f = a->function;
	json_t *s;

	if (api_string(a, a->body, "StatementId", &id) == -1 ||
	    api_string(a, a->body, "Action", &action) == -1 ||
	    api_string(a, a->body, "Principal", &principal) == -1)
		return;
	if (id == NULL || action == NULL || principal == NULL) {
		api_error(a, 400, "ValidationException", "1 validation error "
		    "detected: Value null at '%s' failed to satisfy "
		    "constraint: Member must not be null", id == NULL ?
		    "statementId" : action == NULL ? "action" : "principal");
		return;
	}
	if (place(f->policy, id) != -1) {
		api_error(a, 409, "ResourceConflictException", "The statement "
		    "id (%s) provided already exists. Please provide a new "
		    "statement id, or remove the existing statement.", id);
		return;
	}
	if (json_array_size(f->policy) >= STATEMENTS_MAX) {
		api_error(a, 400, "PolicyLengthExceededException",
		    "The final policy size is bigger than the limit (20480).");
		return;
	}
	if (f->policy == NULL)
		f->policy = json_array();
	s = statement(a, id, action, principal);
	if (s == NULL || json_array_append(f->policy, s) == -1) {
		json_decref(s);
		api_no_memory(a);
		return;
	}
	api_reply(a, 201, as_text("Statement", s));
}

void
api_remove_permission(struct api *a)
{
	int i = place(a->function->policy, a->segments[4]);

	if (i == -1) {
		api_error(a, 404, "ResourceNotFoundException",
		    "Statement %s is not found in resource policy.",
		    a->segments[4]);
		return;
	}
	json_array_remove(a->function->policy, (size_t)i);
	api_reply(a, 204, NULL);
}

void
api_get_policy(struct api *a)
{
	json_t *o;

	if (json_array_size(a->function->policy) == 0) {
		api_error(a, 404, "ResourceNotFoundException",
		    "The resource you requested does not exist.");
		return;
	}
	o = as_text("Policy", json_pack("{s:s,s:s,s:O}", "Version",
	    "2012-10-17", "Id", "default", "Statement", a->function->policy));
	if (o != NULL)
		json_object_set_new(o, "RevisionId",
		    json_string(a->function->latest->revision));
	api_reply(a, 200, o);
}
