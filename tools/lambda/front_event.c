#include "config.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "clock.h"
#include "front.h"
#include "percent.h"

#define NAME_MAX_LOWER 256u	/* longest name of a header that is passed on */

/* Join ${value} to what member ${name} of ${o} has, by a comma. */
static void
join(json_t *o, const char *name, const char *value)
{
	json_t *old = json_object_get(o, name);

	json_object_set_new(o, name, old == NULL ? json_string(value) :
	    json_sprintf("%s,%s", json_string_value(old), value));
}

/* Put ${value} at the end of the array ${name} of ${o}. */
static void
gather(json_t *o, const char *name, const char *value)
{
	json_t *list = json_object_get(o, name);

	if (list == NULL) {
		list = json_array();
		if (json_object_set_new(o, name, list) == -1)
			return;
	}
	json_array_append_new(list, json_string(value));
}

/* "a=1; b=2" */
static void
add_cookies(json_t *event, const char *value)
{
	json_t *list = json_object_get(event, "cookies");
	size_t len;

	if (list == NULL) {
		list = json_array();
		if (json_object_set_new(event, "cookies", list) == -1)
			return;
	}
	while (*value != '\0') {
		len = strcspn(value, ";");
		if (len > 0)
			json_array_append_new(list, json_stringn(value, len));
		value += len;
		value += strspn(value, "; ");
	}
}

/* A header for format 2.0.  What is not UTF-8 is left out. */
static void
add_header(void *ctx, const char *name, const char *value)
{
	json_t *event = ctx;
	char lower[NAME_MAX_LOWER];
	size_t i;

	for (i = 0; name[i] != '\0' && i < sizeof(lower) - 1; i++)
		lower[i] = (char)tolower((unsigned char)name[i]);
	lower[i] = '\0';
	if (strcmp(lower, "cookie") == 0)
		add_cookies(event, value);
	else
		join(json_object_get(event, "headers"), lower, value);
}

/* A header for a proxy event: as it came. */
static void
add_header_as_is(void *ctx, const char *name, const char *value)
{
	json_t *event = ctx;

	json_object_set_new(json_object_get(event, "headers"), name,
	    json_string(value));
	gather(json_object_get(event, "multiValueHeaders"), name, value);
}

/* One name or value of a query, decoded: a + is a blank. */
static char *
decode(const char *text, size_t len)
{
	char *plain, *out;

	if ((plain = strndup(text, len)) == NULL)
		return (NULL);
	for (char *p = plain; *p != '\0'; p++)
		if (*p == '+')
			*p = ' ';
	out = sv_percent_decode(plain, strlen(plain));
	free(plain);
	return (out);
}

/* Call ${add} for each parameter; those that cannot be decoded are left out. */
static void
each_parameter(const char *query, void (*add)(json_t *event, const char *name,
    const char *value), json_t *event)
{
	size_t len, name_len;
	char *name, *value;

	for (; *query != '\0'; query += len + (query[len] == '&')) {
		len = strcspn(query, "&");
		if (len == 0)
			continue;
		name_len = strcspn(query, "=&");
		name = decode(query, name_len);
		value = name_len < len ? decode(query + name_len + 1,
		    len - name_len - 1) : strdup("");
		if (name != NULL && value != NULL)
			add(event, name, value);
		free(name);
		free(value);
	}
}

/* The member ${name}, made an object if there is none, or null. */
static json_t *
object_at(json_t *event, const char *name)
{
	json_t *o = json_object_get(event, name);

	if (!json_is_object(o)) {
		o = json_object();
		if (json_object_set_new(event, name, o) == -1)
			return (NULL);
	}
	return (o);
}

static void
add_parameter(json_t *event, const char *name, const char *value)
{

	join(object_at(event, "queryStringParameters"), name, value);
}

static void
add_parameter_proxy(json_t *event, const char *name, const char *value)
{

	json_object_set_new(object_at(event, "queryStringParameters"), name,
	    json_string(value));
	gather(object_at(event, "multiValueQueryStringParameters"), name,
	    value);
}

/* Does a body of this type go into an event as text? */
static int
is_text(const char *type)
{
	static const char *const texts[] = { "text/", "application/json",
	    "application/javascript", "application/xml" };
	size_t len;

	if (type == NULL)
		return (1);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strncasecmp(type, texts[i], strlen(texts[i])) == 0)
			return (1);
	len = strcspn(type, "; ");
	return ((len > 5 && strncasecmp(type + len - 5, "+json", 5) == 0) ||
	    (len > 4 && strncasecmp(type + len - 4, "+xml", 4) == 0));
}

/* Members body and isBase64Encoded. */
static void
add_body(json_t *event, const struct request *r, int text)
{
	json_t *body = NULL;
	size_t size;
	char *base64;

	if (text)
		body = json_stringn((const char *)r->body, r->length);
	json_object_set_new(event, "isBase64Encoded",
	    json_boolean(body == NULL));
	if (body == NULL) {
		size = sodium_base64_encoded_len(r->length,
		    sodium_base64_VARIANT_ORIGINAL);
		if ((base64 = malloc(size)) == NULL)
			return;
		sodium_bin2base64(base64, size, r->body, r->length,
		    sodium_base64_VARIANT_ORIGINAL);
		body = json_string(base64);
		free(base64);
	}
	json_object_set_new(event, "body", body);
}

/* A header as a string that is never NULL and always UTF-8. */
static json_t *
header_string(const struct request *r, const char *name)
{
	const char *value = http_header(r, name);
	json_t *s = value != NULL ? json_string(value) : NULL;

	return (s != NULL ? s : json_string(""));
}

/* The time in the log format of HTTP servers, and in ms since 1970. */
static void
add_time(json_t *context, const char *name, const char *epoch)
{
	int64_t ms = sv_clock_real_ns() / 1000000;
	time_t s = (time_t)(ms / 1000);
	char text[40];
	struct tm tm;

	if (gmtime_r(&s, &tm) == NULL ||
	    strftime(text, sizeof(text), "%d/%b/%Y:%H:%M:%S +0000", &tm) == 0)
		text[0] = '\0';
	json_object_set_new(context, name, json_string(text));
	json_object_set_new(context, epoch, json_integer(ms));
}

/* Who the caller of a URL with AWS_IAM is, as far as that means something. */
static json_t *
authorizer(void)
{

	return (json_pack("{s:{s:s, s:s, s:s, s:n, s:n, s:s, s:s}}", "iam",
	    "accessKey", "", "accountId", LAMBDA_ACCOUNT, "callerId", "",
	    "cognitoIdentity", "principalOrgId", "userArn",
	    "arn:aws:iam::" LAMBDA_ACCOUNT ":root", "userId", ""));
}

json_t *
front_event(const struct request *r, const struct function *f,
    const char *path)
{
	char id[LAMBDA_ID];
	json_t *e, *c;

	lambda_uuid(id);
	c = json_pack("{s:s, s:s, s:o, s:s, s:{s:s, s:s, s:s, s:s, s:o}, s:s,"
	    " s:s, s:s}", "accountId", f->url_iam ? LAMBDA_ACCOUNT :
	    "anonymous", "apiId", f->url_id, "domainName",
	    header_string(r, "Host"), "domainPrefix", f->url_id, "http",
	    "method", r->method, "path", path, "protocol", "HTTP/1.1",
	    "sourceIp", r->source, "userAgent",
	    header_string(r, "User-Agent"), "requestId", id, "routeKey",
	    "$default", "stage", "$default");
	if (f->url_iam)
		json_object_set_new(c, "authorizer", authorizer());
	add_time(c, "time", "timeEpoch");
	e = json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:s}, s:o}", "version",
	    "2.0", "routeKey", "$default", "rawPath", path, "rawQueryString",
	    r->query, "headers", "x-forwarded-for", r->source,
	    "x-forwarded-proto", "http", "requestContext", c);
	if (e == NULL)
		return (NULL);
	http_headers(r, add_header, e);
	each_parameter(r->query, add_parameter, e);
	if (r->length > 0)
		add_body(e, r, is_text(http_header(r, "Content-Type")));
	else
		json_object_set_new(e, "isBase64Encoded", json_false());
	return (e);
}

json_t *
front_event_proxy(const struct request *r, const struct function *f,
    const char *path)
{
	const char *rest = path[1] != '\0' ? path + 1 : NULL;
	char id[LAMBDA_ID], extended[LAMBDA_ID];
	json_t *e, *c;

	lambda_uuid(id);
	lambda_uuid(extended);
	c = json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:{s:n, s:n, s:s, s:o},"
	    " s:s, s:s, s:s, s:s, s:s, s:s}", "accountId", LAMBDA_ACCOUNT,
	    "apiId", f->name, "deploymentId", "local", "domainName",
	    header_string(r, "Host"), "extendedRequestId", extended,
	    "httpMethod", r->method, "identity", "accountId", "user",
	    "sourceIp", r->source, "userAgent",
	    header_string(r, "User-Agent"), "path", r->path, "protocol",
	    "HTTP/1.1", "requestId", id, "resourceId", "local",
	    "resourcePath", rest != NULL ? "/{proxy+}" : "/", "stage",
	    "gateway-proxy");
	add_time(c, "requestTime", "requestTimeEpoch");
	e = json_pack("{s:s, s:s, s:s, s:{}, s:{}, s:n, s:n, s:n, s:n, s:o,"
	    " s:n, s:b}", "resource", rest != NULL ? "/{proxy+}" : "/", "path",
	    path, "httpMethod", r->method, "headers", "multiValueHeaders",
	    "queryStringParameters", "multiValueQueryStringParameters",
	    "pathParameters", "stageVariables", "requestContext", c, "body",
	    "isBase64Encoded", 0);
	if (e == NULL)
		return (NULL);
	if (rest != NULL)
		json_object_set_new(e, "pathParameters", json_pack("{s:s}",
		    "proxy", rest));
	http_headers(r, add_header_as_is, e);
	each_parameter(r->query, add_parameter_proxy, e);
	/* Nothing is binary unless the API's binaryMediaTypes say so. */
	if (r->length > 0)
		add_body(e, r, 1);
	return (e);
}
