#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3.h"
#include "web.h"

#define EXPIRES_MAX 604800	/* s: a week; more is no presigned URL's */

/* The value of a parameter of the URL's query, to the next &; or NULL. */
static const char *
parameter(const char *url, const char *name)
{
	size_t len = strlen(name);
	const char *p = strchr(url, '?');

	for (; p != NULL; p = strchr(p, '&')) {
		p++;
		if (strncmp(p, name, len) == 0 && p[len] == '=')
			return (p + len + 1);
	}
	return (NULL);
}

/* ${n} decimal digits as a number, or -1. */
static int64_t
digits(const char *s, size_t n)
{
	int64_t x = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return (-1);
		x = 10 * x + (s[i] - '0');
	}
	return (n > 0 ? x : -1);
}

/*
 * Seconds since 1970 of "20261123T040028Z"; -1 if it is none.  Days before a year
 * and a month that begins in March: H. Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms", days_from_civil.
 */
static int64_t
date_of(const char *s)
{
	int64_t f[6], y, m, days;
	static const size_t at[6] = { 0, 4, 6, 9, 11, 13 };

	if (strlen(s) < 16 || s[8] != 'T' || s[15] != 'Z')
		return (-1);
	for (size_t i = 0; i < 6; i++)
		if ((f[i] = digits(s + at[i], i == 0 ? 4 : 2)) == -1)
			return (-1);
	if (f[0] < 1970 || f[1] < 1 || f[1] > 12 || f[2] < 1 || f[2] > 31)
		return (-1);
	m = f[1] > 2 ? f[1] - 3 : f[1] + 9;
	y = f[0] - (f[1] <= 2);
	days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 +
	    f[2] - 1 - 719468;
	return (86400 * days + 3600 * f[3] + 60 * f[4] + f[5]);
}

/*
 * Until when a presigned URL is good; 0: it is none.  Signature version 4 has a
 * date and a time, the older one a second since 1970.
 */
static int64_t
good_until(const char *url)
{
	const char *date = parameter(url, "X-Amz-Date");
	const char *time = parameter(url, "X-Amz-Expires");
	int64_t begin, s;
	size_t n;

	if (date == NULL)
		date = parameter(url, "X-Goog-Date");
	if (time == NULL)
		time = parameter(url, "X-Goog-Expires");
	if (date == NULL && time == NULL && parameter(url, "Signature") !=
	    NULL && (time = parameter(url, "Expires")) != NULL) {
		n = strspn(time, "0123456789");
		return (n < 12 && (s = digits(time, n)) != -1 ? s : 0);
	}
	if (date == NULL || time == NULL || (begin = date_of(date)) == -1)
		return (0);
	n = strspn(time, "0123456789");
	if (n > 7 || (s = digits(time, n)) == -1 || s > EXPIRES_MAX)
		return (0);
	return (begin + s);
}

/* Say that it has expired, if it has; 0 otherwise. */
static int
expired(const struct sv_web_answer *a, const struct sv_s3_error *e, time_t now,
    char why[SV_WHY])
{
	int64_t until = good_until(a->url);
	time_t t = (time_t)until;
	char text[32];
	struct tm tm;

	if (until == 0 || (strstr(e->message, "expired") == NULL &&
	    (int64_t)now <= until) || strcmp(e->code, "ExpiredToken") == 0)
		return (0);
	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) == 0)
		return (0);
	snprintf(why, SV_WHY, "the presigned URL has expired, at %s UTC: "
	    "others are to be made (status %ld)", text, a->status);
	return (1);
}

/* A few words for a status that says nothing else. */
static const char *
status_words(long status)
{
	static const struct {
		long status;
		const char *words;
	} known[] = {
		{ 400, "it does not understand the request" },
		{ 401, "it wants to know who asks" },
		{ 403, "it does not allow that" },
		{ 404, "no such object" },
		{ 405, "it does not allow such requests" },
		{ 407, "the proxy wants to know who asks" },
		{ 408, "it did not get the request in time" },
		{ 410, "the object is gone" },
		{ 411, "it wants to know the length beforehand" },
		{ 412, "the object has been replaced" },
		{ 413, "that is too large for it" },
		{ 416, "it has no such range of bytes" },
		{ 429, "too many requests" },
		{ 500, "it has failed" },
		{ 501, "it does not know such requests" },
		{ 502, "a gateway got no answer" },
		{ 503, "it is overloaded" },
		{ 504, "a gateway got no answer in time" },
		{ 507, "it is full" }
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].status == status)
			return (known[i].words);
	return (status / 100 == 3 ? "the object is elsewhere" :
	    status / 100 == 5 ? "it has failed" : "no answer that helps");
}

/* There was an answer, which is none of success. */
static enum sv_web_verdict
judge_status(const struct sv_web_answer *a, time_t now, char why[SV_WHY])
{
	struct sv_s3_error e;
	int xml = sv_s3_error(&e, a->body, a->length) == 0;

	if ((a->status == 400 || a->status == 401 || a->status == 403) &&
	    expired(a, &e, now, why))
		return (SV_WEB_NEVER);
	if (!xml)
		snprintf(why, SV_WHY, "status %ld: %s", a->status,
		    status_words(a->status));
	else if (e.region[0] != '\0')
		snprintf(why, SV_WHY, "status %ld: %s: the bucket is in region "
		    "%s", a->status, e.code, e.region);
	else
		snprintf(why, SV_WHY, "status %ld: %s%s%.150s", a->status,
		    e.code, e.message[0] != '\0' ? ": " : "", e.message);
	if (a->status / 100 == 5 || a->status == 408 || a->status == 425 ||
	    a->status == 429 || (xml && strcmp(e.code, "RequestTimeout") == 0))
		return (a->status == 501 || a->status == 505 ||
		    a->status == 507 ? SV_WEB_NEVER : SV_WEB_AGAIN);
	return (SV_WEB_NEVER);
}

enum sv_web_verdict
sv_web_judge(const struct sv_web_answer *a, time_t now, char why[SV_WHY])
{
	char words[SV_WHY / 2];

	if (a->code == CURLE_OK && a->status / 100 == 2) {
		why[0] = '\0';
		return (SV_WEB_FINE);
	}
	if (a->code == CURLE_OK)
		return (judge_status(a, now, why));
	/* By a redirect. */
	if (a->code == CURLE_UNSUPPORTED_PROTOCOL && !sv_web_tls(why))
		return (SV_WEB_NEVER);
	sv_web_words(a->error != NULL && a->error[0] != '\0' ? a->error :
	    curl_easy_strerror(a->code), words, sizeof(words));
	snprintf(why, SV_WHY, "%s%s", words, a->code ==
	    CURLE_PEER_FAILED_VERIFICATION ? " (SV_CA_BUNDLE=FILE names the "
	    "certificates that are trusted)" : "");
	return (sv_web_may_pass(a->code) ? SV_WEB_AGAIN : SV_WEB_NEVER);
}
