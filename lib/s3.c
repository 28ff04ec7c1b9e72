#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws.h"
#include "json.h"
#include "s3.h"
#include "secret.h"

#define SCHEME "s3://"
#define BUCKET_MAX 255u	/* of the oldest ones; 63 today */
#define REGION_MAX 63u
#define DEFAULT_REGION "us-east-1"
#define OPTION "--region, "	/* in aws.h's advice */

struct sv_s3 {
	char *bucket;
	char *key;
	char *endpoint;	/* without a slash at its end; NULL: AWS itself */
	char *base;	/* the URL up to the key, without the slash between */
	char *host;	/* as Host says it */
	size_t path;	/* where the path begins in base */
	char *region;
	struct sv_aws_keys keys;
};

int
sv_s3_is(const char *url)
{

	return (strncmp(url, SCHEME, strlen(SCHEME)) == 0);
}

/* Are these ${n} bytes letters, digits or of ${more}? */
static int
made_of(const char *s, size_t n, const char *more)
{

	for (size_t i = 0; i < n; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') ||
		    (s[i] >= 'A' && s[i] <= 'Z') ||
		    (s[i] >= '0' && s[i] <= '9') ||
		    (s[i] != '\0' && strchr(more, s[i]) != NULL)))
			return (0);
	return (n > 0);
}

/* The name in the URL; -1 after a reason. */
static int
take_url(struct sv_s3 *s, const char *url, char why[SV_WHY])
{
	const char *bucket = url + strlen(SCHEME);
	size_t n;

	if (!sv_s3_is(url)) {
		snprintf(why, SV_WHY, "%.200s: expected s3://BUCKET/KEY", url);
		return (-1);
	}
	n = strcspn(bucket, "/");
	if (n > BUCKET_MAX || !made_of(bucket, n, "-._") ||
	    strspn(bucket, ".") > 0) {
		snprintf(why, SV_WHY, "%.150s: '%.*s' is no name of a bucket; "
		    "expected s3://BUCKET/KEY", url, n < 60 ? (int)n : 60,
		    bucket);
		return (-1);
	}
	s->bucket = strndup(bucket, n);
	s->key = strdup(bucket[n] == '/' ? bucket + n + 1 : "");
	if (s->bucket != NULL && s->key != NULL)
		return (0);
	snprintf(why, SV_WHY, "%.200s: out of memory", url);
	return (-1);
}

/* A member of the problem that must be a string; -1 if it is anything else. */
static int
member(const json_t *where, const char *key, const char **value)
{
	const json_t *o = json_object_get(where, key);

	*value = json_string_value(o);
	return (o == NULL || (*value != NULL && (*value)[0] != '\0') ? 0 : -1);
}

/* A variable of the environment that says something, or NULL. */
static const char *
variable(const char *name)
{
	const char *s = getenv(name);

	return (s != NULL && s[0] != '\0' ? s : NULL);
}

/* Where the host of a URL with a scheme begins, or NULL. */
static const char *
host_of(const char *url)
{

	if (strncmp(url, "http://", 7) == 0)
		return (url + 7);
	return (strncmp(url, "https://", 8) == 0 ? url + 8 : NULL);
}

/* Does it make sense: scheme, host, perhaps port and path, nothing else? */
static int
endpoint_ok(const char *url)
{
	const char *host = host_of(url);
	size_t n;

	if (host == NULL)
		return (0);
	n = strcspn(host, "/");
	return (made_of(host, n, "-._:[]") && host[0] != ':' &&
	    (host[n] == '\0' || made_of(host + n, strlen(host + n),
	    "-._~/")));
}

static int
take_endpoint(struct sv_s3 *s, const json_t *where, char why[SV_WHY])
{
	const char *from = "the problem's \"s3\"", *endpoint;
	size_t n;

	if (where != NULL && (!json_is_object(where) ||
	    member(where, "endpoint", &endpoint) == -1)) {
		snprintf(why, SV_WHY, "\"s3\": expected {\"endpoint\":URL,"
		    "\"region\":NAME}");
		return (-1);
	}
	if (where == NULL || endpoint == NULL) {
		from = "AWS_ENDPOINT_URL_S3";
		if ((endpoint = variable(from)) == NULL)
			endpoint = variable(from = "AWS_ENDPOINT_URL");
	}
	if (endpoint == NULL)
		return (0);
	if (!endpoint_ok(endpoint)) {
		snprintf(why, SV_WHY, "%s: expected an endpoint like "
		    "http://host:port or https://host", from);
		return (-1);
	}
	for (n = strlen(endpoint); endpoint[n - 1] == '/'; n--)
		continue;
	if ((s->endpoint = strndup(endpoint, n)) == NULL) {
		snprintf(why, SV_WHY, "s3: out of memory");
		return (-1);
	}
	return (0);
}

static int
take_region(struct sv_s3 *s, const json_t *where, char why[SV_WHY])
{
	char reason[SV_AWS_WHY];
	const char *region = NULL;
	char *option;

	if (where != NULL && member(where, "region", &region) == -1) {
		snprintf(why, SV_WHY, "\"s3\": expected \"region\" to be a "
		    "name");
		return (-1);
	}
	if (region != NULL) {
		s->region = strdup(region);
	} else if (sv_aws_region(&s->region, reason) == -1) {
		if (s->endpoint == NULL) {
			/* Who calls here has no such option. */
			if ((option = strstr(reason, OPTION)) != NULL)
				memmove(option, option + strlen(OPTION),
				    strlen(option + strlen(OPTION)) + 1);
			snprintf(why, SV_WHY, "%.250s", reason);
			return (-1);
		}
		s->region = strdup(DEFAULT_REGION);
	}
	if (s->region == NULL) {
		snprintf(why, SV_WHY, "s3: out of memory");
		return (-1);
	}
	if (strlen(s->region) > REGION_MAX ||
	    !made_of(s->region, strlen(s->region), "-")) {
		snprintf(why, SV_WHY, "'%.60s' is no name of a region of AWS",
		    s->region);
		return (-1);
	}
	return (0);
}

/* The URL up to the key, of what has been found. */
static int
make_base(struct sv_s3 *s)
{
	size_t room = strlen("https://.s3..amazonaws.com.cn/") + 2 * BUCKET_MAX +
	    REGION_MAX + 1, n;
	const char *end = strncmp(s->region, "cn-", 3) == 0 ? ".cn" : "";
	const char *host;

	if (s->endpoint != NULL)
		room += strlen(s->endpoint);
	if ((s->base = malloc(room)) == NULL)
		return (-1);
	if (s->endpoint != NULL)
		snprintf(s->base, room, "%s/%s", s->endpoint, s->bucket);
	else if (strchr(s->bucket, '.') != NULL)
		snprintf(s->base, room, "https://s3.%s.amazonaws.com%s/%s",
		    s->region, end, s->bucket);
	else
		snprintf(s->base, room, "https://%s.s3.%s.amazonaws.com%s",
		    s->bucket, s->region, end);
	host = host_of(s->base);
	n = strcspn(host, "/");
	s->path = (size_t)(host - s->base) + n;
	if ((s->host = strndup(host, n)) == NULL)
		return (-1);
	/* The scheme's own port is not said. */
	end = strncmp(s->base, "https:", 6) == 0 ? ":443" : ":80";
	if (n > strlen(end) && strcmp(s->host + n - strlen(end), end) == 0)
		s->host[n - strlen(end)] = '\0';
	return (0);
}

struct sv_s3 *
sv_s3_new(const char *url, const json_t *where, char why[SV_WHY])
{
	char reason[SV_AWS_WHY];
	struct sv_s3 *s;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		snprintf(why, SV_WHY, "s3: out of memory");
		return (NULL);
	}
	if (take_url(s, url, why) == -1 ||
	    take_endpoint(s, where, why) == -1 ||
	    take_region(s, where, why) == -1)
		goto fail;
	if (sv_aws_keys(&s->keys, reason) == -1) {
		snprintf(why, SV_WHY, "%.250s", reason);
		goto fail;
	}
	if (make_base(s) == -1) {
		snprintf(why, SV_WHY, "s3: out of memory");
		goto fail;
	}
	return (s);

fail:
	sv_s3_free(s);
	return (NULL);
}

const char *
sv_s3_key(const struct sv_s3 *s)
{

	return (s->key);
}

json_t *
sv_s3_where(const struct sv_s3 *s)
{

	if (s->endpoint == NULL)
		return (json_pack("{s:s}", "region", s->region));
	return (json_pack("{s:s, s:s}", "endpoint", s->endpoint,
	    "region", s->region));
}

void
sv_s3_free(struct sv_s3 *s)
{

	if (s == NULL)
		return;
	sv_aws_keys_fini(&s->keys);
	free(s->bucket);
	free(s->key);
	free(s->endpoint);
	free(s->base);
	free(s->host);
	free(s->region);
	free(s);
}

char *
sv_s3_url(const struct sv_s3 *s, const struct sv_s3_request *r)
{
	static const char hex[] = "0123456789ABCDEF";
	const char *query = r->query != NULL ? r->query : "";
	char *url, *p;

	if ((url = malloc(strlen(s->base) + 3 * strlen(r->key) +
	    strlen(query) + 3)) == NULL)
		return (NULL);
	p = url + sprintf(url, "%s/", s->base);
	for (const char *k = r->key; *k != '\0'; k++) {
		if (made_of(k, 1, "-._~/")) {
			*p++ = *k;
			continue;
		}
		*p++ = '%';
		*p++ = hex[(unsigned char)*k >> 4];
		*p++ = hex[(unsigned char)*k & 15];
	}
	sprintf(p, "%s%s", query[0] != '\0' ? "?" : "", query);
	return (url);
}

/* "Name: value", or NULL. */
static char *
line_of(const struct sv_sigv4_header *h)
{
	size_t room = strlen(h->name) + strlen(h->value) + 3;
	char *line;

	if ((line = malloc(room)) != NULL)
		snprintf(line, room, "%s: %s", h->name, h->value);
	return (line);
}

/* Sign ${r}, whose path is ${path}, and put all of its headers into ${lines}. */
static int
sign(const struct sv_s3 *s, const struct sv_s3_request *r, const char *path,
    time_t now, char *lines[SV_S3_LINES + 1])
{
	struct sv_sigv4_header h[SV_S3_HEADERS + 2];
	const struct sv_sigv4_keys keys = { s->keys.access, s->keys.secret,
	    s->keys.token };
	const struct sv_sigv4_scope scope = { s->region, "s3" };
	struct sv_sigv4_request q = { r->method, path, r->query, h, 0, r->body,
	    r->length };
	size_t n = 0;

	for (; q.nheader < r->nheader; q.nheader++)
		h[q.nheader] = r->headers[q.nheader];
	if (r->sum != NULL)
		h[q.nheader++] = (struct sv_sigv4_header){
		    "X-Amz-Content-Sha256", r->sum };
	for (; n < q.nheader; n++)
		if ((lines[n] = line_of(&h[n])) == NULL)
			return (-1);
	h[q.nheader++] = (struct sv_sigv4_header){ "Host", s->host };
	return (sv_sigv4_sign(lines + n, &q, &keys, &scope, now, 1));
}

int
sv_s3_lines(const struct sv_s3 *s, const struct sv_s3_request *r, time_t now,
    char *lines[SV_S3_LINES + 1])
{
	char *url;
	int rc;

	memset(lines, 0, (SV_S3_LINES + 1) * sizeof(*lines));
	if (r->nheader > SV_S3_HEADERS) {
		errno = EINVAL;
		return (-1);
	}
	if ((url = sv_s3_url(s, r)) == NULL)
		return (-1);
	url[s->path + strcspn(url + s->path, "?")] = '\0';
	if ((rc = sign(s, r, url + s->path, now, lines)) == -1)
		sv_s3_lines_free(lines);
	free(url);
	return (rc);
}

void
sv_s3_lines_free(char *lines[SV_S3_LINES + 1])
{

	for (size_t i = 0; i <= SV_S3_LINES; i++) {
		sv_secret_free_text(lines[i]);
		lines[i] = NULL;
	}
}
