#include <errno.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "web.h"

#define REDIRECTS 5L
#define WAIT_BASE 0.2	/* s before the second request, at most */
#define WAIT_CAP 5.0	/* s, at most, of our own */
#define WAIT_AFTER 30.0	/* s, at most, that a server may ask for */

int
sv_web_is(const char *url)
{

	return (strncmp(url, "http://", 7) == 0 ||
	    strncmp(url, "https://", 8) == 0);
}

/* The next character of a name that is shown; -1: there is no room for it. */
static int
show(char name[SV_WEB_NAME], size_t *n, char c)
{

	if (*n + 4 >= SV_WEB_NAME) {
		memcpy(name + *n, "...", 4);
		return (-1);
	}
	name[(*n)++] = c;
	name[*n] = '\0';
	if (c < ' ' || c >= 0x7f)
		name[*n - 1] = '?';
	return (0);
}

void
sv_web_name(const char *url, char name[SV_WEB_NAME])
{
	const char *end = url + strcspn(url, "?#"), *host = url, *at = NULL;
	size_t scheme = strcspn(url, ":/?#"), n = 0;

	name[0] = '\0';
	if (strncmp(url + scheme, "://", 3) == 0)
		host = url + scheme + 3;
	for (const char *p = host; p < end && *p != '/'; p++)
		if (*p == '@')
			at = p;
	for (const char *p = url; p < host; p++)
		if (show(name, &n, *p) == -1)
			return;
	for (const char *p = at != NULL ? at + 1 : host; p < end; p++)
		if (show(name, &n, *p) == -1)
			return;
}

/* A variable of the environment that says something, or NULL. */
static const char *
variable(const char *name)
{
	const char *s = getenv(name);

	return (s != NULL && s[0] != '\0' ? s : NULL);
}

/* Certificates where nobody has named them; "": libcurl knows where. */
static const char *
usual_ca(char path[SV_WHY])
{
	static const char *const places[] = {
		"/etc/ssl/certs/ca-certificates.crt",	/* Debian */
		"/etc/pki/tls/certs/ca-bundle.crt",	/* Amazon Linux */
		"/etc/ssl/ca-bundle.pem",	/* SUSE */
		"/etc/ssl/cert.pem"	/* Alpine, the BSDs */
	};
	const char *root = variable("LAMBDA_TASK_ROOT");
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

	if (root != NULL && (size_t)snprintf(path, SV_WHY, "%s/" SV_WEB_CA,
	    root) < SV_WHY && access(path, R_OK) == 0)
		return (path);
	if (v->cainfo != NULL || v->capath != NULL)
		return ("");
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], R_OK) == 0)
			return (places[i]);
	return ("");
}

/* Which certificates are to be trusted. */
static int
set_ca(CURL *e, char why[SV_WHY])
{
	static const char *const names[] = { "SV_CA_BUNDLE", "AWS_CA_BUNDLE",
	    "CURL_CA_BUNDLE" };
	char path[SV_WHY];
	const char *ca = NULL;

	for (size_t i = 0; ca == NULL &&
	    i < sizeof(names) / sizeof(names[0]); i++) {
		if ((ca = variable(names[i])) != NULL &&
		    access(ca, R_OK) == -1) {
			snprintf(why, SV_WHY, "%s: %.150s: %s", names[i], ca,
			    strerror(errno));
			return (-1);
		}
	}
	if (ca == NULL && *(ca = usual_ca(path)) == '\0')
		return (0);
	if (curl_easy_setopt(e, CURLOPT_CAINFO, ca) == CURLE_OK)
		return (0);
	snprintf(why, SV_WHY, "%.200s: cannot be used", ca);
	return (-1);
}

int
sv_web_set(CURL *e, const char *url, char *error, char why[SV_WHY])
{

	error[0] = '\0';
	if (strncmp(url, "https:", 6) == 0 &&
	    (!sv_web_tls(why) || set_ca(e, why) == -1))
		return (-1);
	if (curl_easy_setopt(e, CURLOPT_URL, url) != CURLE_OK) {
		snprintf(why, SV_WHY, "out of memory");
		return (-1);
	}
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(e, CURLOPT_PROTOCOLS,
	    (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	sv_web_common(e);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, error);
	return (0);
}

void
sv_web_redirects(CURL *e, const char *url)
{
	int tls = strncmp(url, "https:", 6) == 0;

	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(e, CURLOPT_MAXREDIRS, REDIRECTS);
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, tls ? "https" :
	    "http,https");
#else
	curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS, (long)CURLPROTO_HTTPS |
	    (tls ? 0L : (long)CURLPROTO_HTTP));
#endif
}

double
sv_web_wait(unsigned failed, double after)
{
	double most = ldexp(WAIT_BASE, failed > 10 ? 10 : (int)failed - 1);
	double part = (double)randombytes_random() / 4294967296.0;

	if (!(after >= 0))
		after = 0;
	return (fmin(after, WAIT_AFTER) + part * fmin(most, WAIT_CAP));
}
