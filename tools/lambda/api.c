#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "percent.h"

/* The Lambda API: paths, names, errors. */

#define NAME_RE "(arn:(aws[a-zA-Z-]*)?:lambda:)?" \
	"([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?" \
	"(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?"
#define BODY_VALUES 100000u	/* in a body: what they are takes memory */
#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789-_"

enum {
	ROUTE_OPEN = 1,	/* no signature: the path itself is the secret */
	ROUTE_FUNCTION = 2,	/* segment 2 is a function, and it exists */
	ROUTE_CONFIG = 4	/* and its qualifier exists */
};

static const struct route {
	const char *method;
	const char *path;	/* a star is any segment */
	void (*handle)(struct api *a);
	int flags;
} routes[] = {
	{ "POST", "2015-03-31/functions", api_create, 0 },
	{ "GET", "2015-03-31/functions", api_list, 0 },
	{ "GET", "2015-03-31/functions/*", api_get, ROUTE_CONFIG },
	{ "DELETE", "2015-03-31/functions/*", api_delete, ROUTE_CONFIG },
	{ "GET", "2015-03-31/functions/*/configuration",
	    api_get_configuration, ROUTE_CONFIG },
	{ "PUT", "2015-03-31/functions/*/configuration",
	    api_update_configuration, ROUTE_FUNCTION },
	{ "PUT", "2015-03-31/functions/*/code", api_update_code,
	    ROUTE_FUNCTION },
	{ "POST", "2015-03-31/functions/*/invocations", api_invoke,
	    ROUTE_CONFIG },
	{ "POST", "2015-03-31/functions/*/versions", api_publish,
	    ROUTE_FUNCTION },
	{ "GET", "2015-03-31/functions/*/versions", api_list_versions,
	    ROUTE_FUNCTION },
	{ "POST", "2015-03-31/functions/*/aliases", api_create_alias,
	    ROUTE_FUNCTION },
	{ "GET", "2015-03-31/functions/*/aliases", api_list_aliases,
	    ROUTE_FUNCTION },
	{ "GET", "2015-03-31/functions/*/aliases/*", api_get_alias,
	    ROUTE_FUNCTION },
	{ "PUT", "2015-03-31/functions/*/aliases/*", api_update_alias,
	    ROUTE_FUNCTION },
	{ "DELETE", "2015-03-31/functions/*/aliases/*", api_delete_alias,
	    ROUTE_FUNCTION },
	{ "POST", "2015-03-31/functions/*/policy", api_add_permission,
	    ROUTE_CONFIG },
	{ "GET", "2015-03-31/functions/*/policy", api_get_policy,
	    ROUTE_CONFIG },
	{ "DELETE", "2015-03-31/functions/*/policy/*",
	    api_remove_permission, ROUTE_CONFIG },
	{ "PUT", "2017-10-31/functions/*/concurrency", api_put_concurrency,
	    ROUTE_FUNCTION },
	{ "DELETE", "2017-10-31/functions/*/concurrency",
	    api_delete_concurrency, ROUTE_FUNCTION },
	{ "GET", "2019-09-30/functions/*/concurrency", api_get_concurrency,
	    ROUTE_FUNCTION },
	{ "PUT", "2019-09-25/functions/*/event-invoke-config",
	    api_put_invoke_config, ROUTE_CONFIG },
	{ "POST", "2019-09-25/functions/*/event-invoke-config",
	    api_update_invoke_config, ROUTE_CONFIG },
	{ "GET", "2019-09-25/functions/*/event-invoke-config",
	    api_get_invoke_config, ROUTE_CONFIG },
	{ "DELETE", "2019-09-25/functions/*/event-invoke-config",
	    api_delete_invoke_config, ROUTE_CONFIG },
	{ "POST", "2021-10-31/functions/*/url", api_create_url,
	    ROUTE_CONFIG },
	{ "PUT", "2021-10-31/functions/*/url", api_update_url,
	    ROUTE_CONFIG },
	{ "GET", "2021-10-31/functions/*/url", api_get_url, ROUTE_CONFIG },
	{ "DELETE", "2021-10-31/functions/*/url", api_delete_url,
	    ROUTE_CONFIG },
	{ "GET", "2016-08-19/account-settings", api_account, 0 },
	{ "GET", "2017-03-31/tags/*", api_list_tags, ROUTE_CONFIG },
	{ "POST", "2017-03-31/tags/*", api_tag, ROUTE_CONFIG },
	{ "DELETE", "2017-03-31/tags/*", api_untag, ROUTE_CONFIG },
	{ "POST", "2018-10-31/layers/*/versions", api_publish_layer, 0 },
	{ "GET", "2018-10-31/layers/*/versions", api_list_layer, 0 },
	{ "GET", "2018-10-31/layers/*/versions/*", api_get_layer, 0 },
	{ "DELETE", "2018-10-31/layers/*/versions/*", api_delete_layer, 0 },
	{ "GET", "2018-10-31/layers", api_list_layers, 0 },
	{ "GET", "packages/*", api_package, ROUTE_OPEN }
};

/* The name of the message is in capitals for some. */
static int
verror(struct api *a, unsigned status, const char *type, const char *fmt,
    va_list ap)
{
	int not_found = strcmp(type, "ResourceNotFoundException") == 0;
	int service = strcmp(type, "ServiceException") == 0;
	json_t *o = json_object(), *text;
	char s[8192];

	vsnprintf(s, sizeof(s), fmt, ap);
	if ((text = json_string(s)) == NULL)	/* cut within a character */
		text = json_string("The request is not valid.");
	if (strcmp(type, "ValidationException") != 0)
		json_object_set_new(o, "Type",
		    json_string(service ? "Service" : "User"));
	json_object_set_new(o, not_found || service ? "Message" : "message",
	    text);
	http_reply_json(a->r, status, type, o);
	return (-1);
}

int
api_error(struct api *a, unsigned status, const char *type, const char *fmt,
    ...)
{
	va_list ap;

	va_start(ap, fmt);
	verror(a, status, type, fmt, ap);
	va_end(ap);
	return (-1);
}

int
api_bad(struct api *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verror(a, 400, "InvalidParameterValueException", fmt, ap);
	va_end(ap);
	return (-1);
}

int
api_invalid(struct api *a, const char *value, const char *member,
    const char *constraint)
{

	return (api_error(a, 400, "ValidationException",
	    "1 validation error detected: Value '%s' at '%s' failed to "
	    "satisfy constraint: Member must %s", value, member, constraint));
}

int
api_no_memory(struct api *a)
{

	return (api_error(a, 500, "ServiceException", "out of memory"));
}

void
api_reply(struct api *a, unsigned status, json_t *o)
{

	if (o == NULL && status != 204)
		api_no_memory(a);
	else
		http_reply_json(a->r, status, NULL, o);
}

const char *
api_query(const struct api *a, const char *name)
{

	for (size_t i = 0; i < a->nquery; i++)
		if (strcmp(a->query[i].name, name) == 0)
			return (a->query[i].value);
	return (NULL);
}

static int
not_found(struct api *a)
{

	return (api_error(a, 404, "ResourceNotFoundException",
	    "Function not found: %s", a->arn));
}

/* Is it 12 digits and a colon? */
static int
is_account(const char *p)
{

	return (strspn(p, "0123456789") == 12 && p[12] == ':');
}

/*
 * Leave what is before the name in an ARN: arn:aws:lambda:REGION:ACCOUNT:
 * function:, ACCOUNT:function:, or function:.  ${*elsewhere} is how long the
 * region and the account are, with the colon between, if they are others.
 */
static const char *
skip_arn(const struct api *a, const char *p, const char **where, int *len)
{
	const char *region = a->l->o->region;
	size_t n = strlen(region);

	*where = NULL;
	if (strncmp(p, "arn:aws", 7) == 0 &&
	    (p = strstr(p, ":lambda:")) != NULL) {
		p += 8;
		*where = p;
		*len = (int)strcspn(p, ":");
		p += *len + (p[*len] == ':');
		if (!is_account(p))
			return (NULL);
		if ((size_t)*len == n && memcmp(*where, region, n) == 0 &&
		    strncmp(p, LAMBDA_ACCOUNT, 12) == 0)
			*where = NULL;
		else
			*len += 13;
		p += 13;
	} else if (p != NULL && is_account(p)) {
		if (strncmp(p, LAMBDA_ACCOUNT, 12) != 0) {
			*where = p;
			*len = 12;
		}
		p += 13;
	} else if (p == NULL || strncmp(p, "function:", 9) != 0)
		return (p);
	return (strncmp(p, "function:", 9) == 0 ? p + 9 : NULL);
}

int
api_name(struct api *a, const char *text)
{
	const char *p, *where, *query = api_query(a, "Qualifier");
	size_t n, q;
	int len = 0;

	p = skip_arn(a, text, &where, &len);
	n = p == NULL ? 0 : strspn(p, WORD);
	if (n == 0 || n >= LAMBDA_NAME || (p[n] != '\0' && p[n] != ':') ||
	    len > 100)
		goto bad;
	memcpy(a->name, p, n);
	a->name[n] = '\0';
	if (p[n] == ':') {
		p += n + 1;
		q = strcmp(p, "$LATEST") == 0 ? 7 : strspn(p, WORD);
		if (q == 0 || p[q] != '\0' || q >= API_QUALIFIER)
			goto bad;
		memcpy(a->qualifier, p, q + 1);
	}
	if (query != NULL && query[0] != '\0') {
		if (a->qualifier[0] != '\0' &&
		    strcmp(query, a->qualifier) != 0)
			return (api_bad(a, "The derived qualifier from the "
			    "function name does not match the specified "
			    "qualifier."));
		if (strlen(query) >= API_QUALIFIER ||
		    (strcmp(query, "$LATEST") != 0 &&
		    query[strspn(query, WORD)] != '\0'))
			return (api_invalid(a, query, "qualifier", "satisfy "
			    "regular expression pattern: "
			    "(|[a-zA-Z0-9$_-]+)"));
		snprintf(a->qualifier, sizeof(a->qualifier), "%s", query);
	}
	snprintf(a->arn, sizeof(a->arn), "arn:aws:lambda:%s%s%.*s%s:function:"
	    "%s%s%s", where == NULL || len == 12 ? a->l->o->region : "",
	    where == NULL || len == 12 ? ":" : "", where == NULL ? 0 : len,
	    where == NULL ? "" : where,
	    where == NULL ? LAMBDA_ACCOUNT : "", a->name,
	    a->qualifier[0] != '\0' ? ":" : "", a->qualifier);
	return (where == NULL ? 0 : not_found(a));
bad:
	return (api_invalid(a, text, "functionName",
	    "satisfy regular expression pattern: " NAME_RE));
}

/* ${len} decoded bytes that are UTF-8, or NULL. */
static char *
decode(const char *text, size_t len)
{
	char *s = sv_percent_decode(text, len);
	json_t *utf8;

	if (s == NULL)
		return (NULL);
	if ((utf8 = json_string(s)) == NULL) {
		free(s);
		return (NULL);
	}
	json_decref(utf8);
	return (s);
}

/* The path and the query in pieces; -1 if there are too many, or bad ones. */
static int
take_apart(struct api *a)
{
	struct api_parameter *q;
	const char *p, *next;
	size_t n, eq;

	for (p = a->r->path + (a->r->path[0] == '/'); *p != '\0';
	    p += n + (p[n] == '/')) {
		n = strcspn(p, "/");
		if (a->nsegments == API_SEGMENTS || (a->segments[a->nsegments]
		    = decode(p, n)) == NULL)
			return (-1);
		a->nsegments++;
	}
	for (p = a->r->query; *p != '\0'; p = next) {
		n = strcspn(p, "&");
		next = p + n + (p[n] == '&');
		if (n == 0)
			continue;
		if (a->nquery == API_PARAMETERS)
			return (-1);
		q = &a->query[a->nquery++];
		eq = strcspn(p, "=&");
		q->name = decode(p, eq);
		q->value = decode(p + eq + (eq < n), n - eq - (eq < n));
		if (q->name == NULL || q->value == NULL)
			return (-1);
	}
	return (0);
}

static int
matches(const struct api *a, const char *path)
{
	size_t i, n;

	for (i = 0; *path != '\0'; i++) {
		n = strcspn(path, "/");
		if (i == a->nsegments || (path[0] != '*' &&
		    (strncmp(a->segments[i], path, n) != 0 ||
		    a->segments[i][n] != '\0')) || a->segments[i][0] == '\0')
			return (0);
		path += n + (path[n] == '/');
	}
	return (i == a->nsegments);
}

/* The function that the path names. */
static int
find(struct api *a, int flags)
{

	if ((flags & (ROUTE_FUNCTION | ROUTE_CONFIG)) == 0)
		return (0);
	if (api_name(a, a->segments[2]) == -1)
		return (-1);
	if ((a->function = function_find(a->l, a->name)) == NULL)
		return (not_found(a));
	a->config = function_config(a->function,
	    a->qualifier[0] != '\0' ? a->qualifier : NULL);
	if (a->config == NULL && (flags & ROUTE_CONFIG))
		return (not_found(a));
	return (0);
}

/* Would so much come of it that one string with code in it does not matter? */
static int
is_too_much(const uint8_t *body, size_t length)
{
	size_t n = 0;
	int quoted = 0;

	for (size_t i = 0; i < length && n <= BODY_VALUES; i++) {
		if (quoted && body[i] == '\\')
			i++;
		else if (body[i] == '"')
			quoted = !quoted;
		else if (!quoted)
			n += body[i] == ',' || body[i] == '[' ||
			    body[i] == '{';
	}
	return (n > BODY_VALUES);
}

/* The body is an object, or not there; that of a call is its own matter. */
static int
parse_body(struct api *a, const struct route *route)
{
	json_error_t e;

	if (route->handle == api_invoke)
		return (0);
	if (is_too_much(a->r->body, a->r->length))
		return (api_error(a, 400, "InvalidRequestContentException",
		    "Could not parse request body into json: more than %u "
		    "values", BODY_VALUES));
	if (a->r->length == 0)
		a->body = json_object();
	else
		a->body = json_loadb((const char *)a->r->body, a->r->length,
		    JSON_REJECT_DUPLICATES, &e);
	if (a->body == NULL && a->r->length > 0)
		return (api_error(a, 400, "InvalidRequestContentException",
		    "Could not parse request body into json: %s", e.text));
	if (a->body == NULL)
		return (api_no_memory(a));
	if (!json_is_object(a->body))
		return (api_error(a, 400, "InvalidRequestContentException",
		    "Could not parse request body into json: an object is "
		    "wanted"));
	return (0);
}

/* As AWS answers what it does not know. */
static void
unknown(struct api *a)
{
	static const char body[] = "<UnknownOperationException/>\n";
	const struct http_field fields[] = {
	    { "x-amzn-ErrorType", "UnknownOperationException" },
	    { "Content-Type", "application/xml" }, { NULL, NULL } };

	http_reply(a->r, 404, fields, body, sizeof(body) - 1);
}

static void
dispatch(struct api *a)
{
	const struct route *route = NULL;

	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++)
		if (strcmp(a->r->method, routes[i].method) == 0 &&
		    matches(a, routes[i].path))
			route = &routes[i];
	if ((route == NULL || (route->flags & ROUTE_OPEN) == 0) &&
	    !auth_check(a->r, "lambda"))
		return;
	if (route == NULL)
		unknown(a);
	else if (find(a, route->flags) == 0 && parse_body(a, route) == 0)
		route->handle(a);
}

void
api_request(struct request *r)
{
	struct api a = { .r = r, .l = r->l };

	if (take_apart(&a) == 0)
		dispatch(&a);
	else if (auth_check(r, "lambda"))
		unknown(&a);
	for (size_t i = 0; i < a.nsegments; i++)
		free(a.segments[i]);
	for (size_t i = 0; i < a.nquery; i++) {
		free(a.query[i].name);
		free(a.query[i].value);
	}
	json_decref(a.body);
}
