#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "function.h"
#include "sigv4.h"
#include "target.h"

#define INVOKE_PATH "/2015-03-31/functions/"
#define URL_ROOM 2048u

/* A variable that is not empty, or NULL. */
static const char *
variable(const char *name)
{
	const char *v = getenv(name);

	return (v != NULL && v[0] != '\0' ? v : NULL);
}

const char *
target_ca(void)
{
	const char *ca = variable("AWS_CA_BUNDLE");

	return (ca != NULL ? ca : variable("CURL_CA_BUNDLE"));
}

/* A host as URLs have it, an address or a name of this machine. */
int
target_is_loopback(const char *host)
{
	size_t n = strcspn(host, ":");

	/* 127.0.0.1.example.org is elsewhere. */
	return ((n == 9 && strncmp(host, "localhost", 9) == 0) ||
	    (strncmp(host, "127.", 4) == 0 &&
	    strspn(host, "0123456789.") == n) || strncmp(host, "[::1]", 5) == 0 ||
	    strcmp(host, "::1") == 0);
}

/* A part of the URL: a string of the caller, or NULL. */
static char *
part(CURLU *u, CURLUPart what)
{
	char *s = NULL, *copy = NULL;

	if (curl_url_get(u, what, &s, 0) == CURLUE_OK)
		copy = strdup(s);
	curl_free(s);
	return (copy);
}

/* Take what was parsed into ${t}; -1 after a line on stderr. */
static int
take_parts(struct target *t, CURLU *u, const char *option)
{
	char *scheme = part(u, CURLUPART_SCHEME), *user = part(u,
	    CURLUPART_USER), *port = part(u, CURLUPART_PORT);
	char *bare = part(u, CURLUPART_HOST);
	size_t room;
	int rc = -1;

	if (scheme == NULL || (strcmp(scheme, "https") != 0 &&
	    strcmp(scheme, "http") != 0) || bare == NULL) {
		sv_warnx("%s: expected http:// or https://", option);
		goto done;
	}
	if (user != NULL) {
		sv_warnx("%s: a name or password in the URL would be seen by "
		    "everybody", option);
		goto done;
	}
	t->path = part(u, CURLUPART_PATH);
	t->query = part(u, CURLUPART_QUERY);
	room = strlen(bare) + (port != NULL ? strlen(port) : 0) + 2;
	if ((t->host = malloc(room)) == NULL || t->path == NULL) {
		sv_warn("%s", option);
		goto done;
	}
	/* The port of the scheme is not said in the Host header. */
	if (port != NULL && strcmp(port, strcmp(scheme, "https") == 0 ?
	    "443" : "80") == 0)
		port[0] = '\0';
	snprintf(t->host, room, "%s%s%s", bare, port != NULL &&
	    port[0] != '\0' ? ":" : "", port != NULL ? port : "");
	t->loopback = target_is_loopback(bare);
	rc = 0;

done:
	free(scheme);
	free(user);
	free(port);
	free(bare);
	return (rc);
}

/* Take the URL apart, and put it together as it will be sent. */
static int
take_url(struct target *t, const char *url, const char *option)
{
	CURLU *u = curl_url();
	CURLUcode rc = CURLUE_OUT_OF_MEMORY;
	int ok = -1;

	if (u != NULL)
		rc = curl_url_set(u, CURLUPART_URL, url,
		    CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS |
		    CURLU_URLENCODE);
	if (rc != CURLUE_OK) {
		sv_warnx("%s: %s", option, strstr(url, "://") == NULL ?
		    "expected http:// or https://" : curl_url_strerror(rc));
	} else if (take_parts(t, u, option) == 0) {
		curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
		t->url = part(u, CURLUPART_URL);
		curl_url_set(u, CURLUPART_QUERY, NULL, 0);
		if (t->name == NULL)
			t->name = part(u, CURLUPART_URL);
		if (t->url != NULL && t->name != NULL)
			ok = 0;
		else
			sv_warnx("%s: out of memory", option);
	}
	curl_url_cleanup(u);
	return (ok);
}

/*
 * What a host of AWS says of itself: ID.lambda-url.REGION.on.aws,
 * ID.execute-api.REGION.amazonaws.com, lambda.REGION.amazonaws.com.
 */
static int
take_host(struct target *t)
{
	static const char *const services[][2] = {
		{ ".lambda-url.", "lambda" },
		{ ".execute-api.", "execute-api" },
		{ "lambda.", "lambda" }
	};
	const char *at, *region;
	size_t n;

	for (size_t i = 0; i < 3; i++) {
		at = strstr(t->host, services[i][0]);
		if (at == NULL || (services[i][0][0] != '.' && at != t->host) ||
		    (strstr(at, ".on.aws") == NULL &&
		    strstr(at, ".api.aws") == NULL &&
		    strstr(at, ".amazonaws.") == NULL))
			continue;
		if (t->service == NULL &&
		    (t->service = strdup(services[i][1])) == NULL)
			return (-1);
		region = at + strlen(services[i][0]);
		n = strcspn(region, ".");
		if (t->region == NULL && n > 0 &&
		    (t->region = strndup(region, n)) == NULL)
			return (-1);
		return (0);
	}
	return (0);
}

/* Find the region, if it is not known by now, and the keys. */
static int
take_keys(struct target *t)
{
	char why[SV_AWS_WHY];

	if (t->region == NULL && sv_aws_region(&t->region, why) == -1) {
		sv_warnx("%s", why);
		return (-1);
	}
	if (t->region[strspn(t->region, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")] != '\0') {
		sv_warnx("'%s' is no AWS region", t->region);
		return (-1);
	}
	if (t->keys.access == NULL && sv_aws_keys(&t->keys, why) == -1) {
		sv_warnx("%s", why);
		return (-1);
	}
	return (0);
}

/* A header's value must not end the header. */
static int
keys_ok(const struct sv_aws_keys *k)
{
	const char *const all[] = { k->access, k->token };

	for (size_t i = 0; i < 2; i++)
		for (const char *p = all[i]; p != NULL && *p != '\0'; p++)
			if ((unsigned char)*p <= ' ' || *p == 0x7f) {
				sv_warnx("the AWS %s has a character that none "
				    "has", i == 0 ? "access key" :
				    "session token");
				return (0);
			}
	return (1);
}

/* -l: the function's URL at its endpoint. */
static int
set_function(struct target *t, const struct spawn_options *o)
{
	const char *endpoint = o->endpoint, *from = "--endpoint-url";
	char url[URL_ROOM], standard[512];
	struct function f;
	size_t n;

	if (function_parse(&f, o->function) == -1)
		return (-1);
	t->invoke = t->sign = 1;
	t->service = strdup("lambda");
	t->name = strdup(o->function);
	if (t->region == NULL && f.region[0] != '\0')
		t->region = strdup(f.region);
	if (take_keys(t) == -1)
		return (-1);
	if (endpoint == NULL &&
	    (endpoint = variable(from = "AWS_ENDPOINT_URL_LAMBDA")) == NULL)
		endpoint = variable(from = "AWS_ENDPOINT_URL");
	if (endpoint == NULL) {
		from = "-l";
		snprintf(standard, sizeof(standard),
		    "https://lambda.%.200s.amazonaws.com%s", t->region,
		    strncmp(t->region, "cn-", 3) == 0 ? ".cn" : "");
		endpoint = standard;
	}
	n = strlen(endpoint);
	while (n > 0 && endpoint[n - 1] == '/')
		n--;
	if (strchr(endpoint, '?') != NULL || n > URL_ROOM / 4) {
		sv_warnx("%s: expected a URL without a query", from);
		return (-1);
	}
	snprintf(url, sizeof(url), "%.*s" INVOKE_PATH "%s/%s%s",
	    (int)n, endpoint, f.path, t->what == TARGET_FACTS ?
	    "configuration" : "invocations", f.query);
	return (take_url(t, url, from));
}

/* -u: as it is. */
static int
set_url(struct target *t, const struct spawn_options *o)
{

	if (take_url(t, o->url, "-u") == -1)
		return (-1);
	if (!(t->sign = o->sign))
		return (0);
	if (o->service != NULL)
		t->service = strdup(o->service);
	if (take_host(t) == -1) {
		sv_warn("-u");
		return (-1);
	}
	if (t->service == NULL) {
		sv_warnx("--sigv4: which service is at %s? (--service)",
		    t->host);
		return (-1);
	}
	return (take_keys(t));
}

struct target *
target_new(const struct spawn_options *o, enum target_what what)
{
	struct target *t;
	int rc = -1;

	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (o->region != NULL && (t->region = strdup(o->region)) == NULL)) {
		sv_warn("cannot start");
		target_free(t);
		return (NULL);
	}
	t->what = what;
	t->async = o->async;
	rc = o->function != NULL ? set_function(t, o) : set_url(t, o);
	if (rc == 0 && t->sign && (t->service == NULL || t->name == NULL)) {
		sv_warnx("out of memory");
		rc = -1;
	}
	if (rc == 0 && t->sign && !keys_ok(&t->keys))
		rc = -1;
	if (rc == 0 && t->sign && !t->loopback && !o->insecure &&
	    strncmp(t->url, "http:", 5) == 0) {
		sv_warnx("%s: signed requests would go unencrypted over the "
		    "network; see --insecure", t->host);
		rc = -1;
	}
	if (rc == -1) {
		target_free(t);
		return (NULL);
	}
	return (t);
}

/* "name: value" of the signer's headers as lines of the request. */
static int
add_lines(char *headers[TARGET_HEADERS + 1], const struct sv_sigv4_header *h,
    size_t n)
{
	size_t room;

	for (size_t i = 0; i < n; i++) {
		room = strlen(h[i].name) + strlen(h[i].value) + 3;
		if ((headers[i] = malloc(room)) == NULL)
			return (-1);
		snprintf(headers[i], room, "%s: %s", h[i].name, h[i].value);
	}
	return (0);
}

/* The headers of an invocation, however it is made; how many there are. */
static size_t
invocation_headers(const struct target *t, struct sv_sigv4_header *h)
{
	size_t n = 0;

	h[n++] = (struct sv_sigv4_header){ "Content-Type", "application/json" };
	if (t->invoke)
		h[n++] = (struct sv_sigv4_header){ "X-Amz-Invocation-Type",
		    t->what == TARGET_TRIAL ? "DryRun" : t->async ? "Event" :
		    "RequestResponse" };
	if (t->invoke && !t->async)
		h[n++] = (struct sv_sigv4_header){ "X-Amz-Log-Type", "Tail" };
	if (!t->invoke && t->async) {
		/* What our gateway maps; and RFC 7240, section 4.1. */
		h[n++] = (struct sv_sigv4_header){ "InvocationType", "Event" };
		h[n++] = (struct sv_sigv4_header){ "Prefer", "respond-async" };
	}
	return (n);
}

int
target_headers(const struct target *t, const char *body, size_t length,
    time_t now, char *headers[TARGET_HEADERS + 1])
{
	const struct sv_sigv4_keys keys = { t->keys.access, t->keys.secret,
	    t->keys.token };
	const struct sv_sigv4_scope scope = { t->region, t->service };
	struct sv_sigv4_header h[TARGET_HEADERS];
	struct sv_sigv4_request r = { t->what == TARGET_FACTS ? "GET" : "POST",
	    t->path, t->query, h, 0, body, length };
	char *lines[SV_SIGV4_LINES + 1] = { NULL };
	size_t n = 0;

	memset(headers, 0, (TARGET_HEADERS + 1) * sizeof(*headers));
	h[n++] = (struct sv_sigv4_header){ "Host", t->host };
	if (t->what != TARGET_FACTS)
		n += invocation_headers(t, h + n);
	r.nheader = n;
	if (add_lines(headers, h, n) == -1 || (t->sign && sv_sigv4_sign(lines,
	    &r, &keys, &scope, now, 0) == -1)) {
		target_headers_free(headers);
		return (-1);
	}
	for (size_t i = 0; lines[i] != NULL && n < TARGET_HEADERS; i++)
		headers[n++] = lines[i];
	return (0);
}

void
target_headers_free(char *headers[TARGET_HEADERS + 1])
{

	for (size_t i = 0; headers[i] != NULL; i++) {
		sodium_memzero(headers[i], strlen(headers[i]));
		free(headers[i]);
		headers[i] = NULL;
	}
}

void
target_free(struct target *t)
{

	if (t == NULL)
		return;
	sv_aws_keys_fini(&t->keys);
	free(t->url);
	free(t->host);
	free(t->path);
	free(t->query);
	free(t->name);
	free(t->region);
	free(t->service);
	free(t);
}
