#ifndef SV_WEB_H
#define SV_WEB_H

#include <curl/curl.h>
#include <stddef.h>
#include <time.h>

#include "problem.h"

/*
 * What all requests to web servers for data have in common (fetch.h, uploads):
 * how libcurl is set up, what may be said of a URL, and what an answer means.
 *
 * Certificates are checked against the file that SV_CA_BUNDLE names, else
 * AWS_CA_BUNDLE, else CURL_CA_BUNDLE; else ca-bundle.crt in the directory
 * LAMBDA_TASK_ROOT, where sv-pack puts it; else what libcurl was built with; else
 * the file where systems have it.  Proxies are those of libcurl's environment
 * (libcurl-env(3)).
 */

#define SV_WEB_CA "ca-bundle.crt"	/* in a function's package */
#define SV_WEB_NAME 120u	/* room for a URL that is shown, with its end */
#define SV_WEB_BODY 4096u	/* bytes of an error's body that are looked at */

/**
 * sv_web_is(url):
 * Does ${url} begin with http:// or https://?
 */
int sv_web_is(const char *url);

/**
 * sv_web_name(url, name):
 * The URL as people and logs may see it: without user and password, without the
 * query, in which a presigned URL has its signature, and not too long.
 */
void sv_web_name(const char *url, char name[SV_WEB_NAME]);

/**
 * sv_web_common(e):
 * What all programs here want of a request: no signals, the path as it is, ten
 * seconds for a connection, packets on it before routers forget it.
 */
void sv_web_common(CURL *e);

/**
 * sv_web_may_pass(code):
 * Is it an error that may not be one a little later?
 */
int sv_web_may_pass(CURLcode code);

/**
 * sv_web_words(words, to, room):
 * Copy libcurl's words of an error, without the milliseconds that it took: equal
 * errors are to look equal.
 */
void sv_web_words(const char *words, char *to, size_t room);

/**
 * sv_web_tls(why):
 * Does this libcurl know what https is?  If not, ${why} says so.
 */
int sv_web_tls(char why[SV_WHY]);

/**
 * sv_web_set(e, url, error, why):
 * Set up ${e}, which is new, for requests to ${url}: nothing but http and https,
 * HTTP/1.1 (so that parallel requests have connections of their own), no signals,
 * the path as it is, certificates as above, patience for a connection, and no
 * redirects.  libcurl's own words of an error go to ${error}, CURL_ERROR_SIZE
 * bytes that live as long as ${e}.  Return 0, or -1 with a reason in ${why}.
 */
int sv_web_set(CURL *e, const char *url, char *error, char why[SV_WHY]);

/**
 * sv_web_redirects(e, url):
 * Follow redirects, a few: from ${url} to http and https, from https to https.
 * Not for requests that are signed: whoever is told to ask elsewhere would be
 * given the token of a session.
 */
void sv_web_redirects(CURL *e, const char *url);

/* What came of a request. */
struct sv_web_answer {
	const char *url;
	CURLcode code;
	const char *error;	/* libcurl's words; may be "" */
	long status;
	const char *body;	/* the beginning, unless the status is 2xx */
	size_t length;
};

enum sv_web_verdict {
	SV_WEB_FINE,	/* 2xx */
	SV_WEB_AGAIN,	/* it may pass */
	SV_WEB_NEVER	/* whoever asks gets the same */
};

/**
 * sv_web_judge(a, now, why):
 * What does ${a} mean?  Unless it is SV_WEB_FINE ${why} says it, without the URL
 * and without a secret, with S3's code and message where there are; of a
 * presigned URL that has expired (by X-Amz-Date and X-Amz-Expires in its query,
 * or Expires in an older one), when.
 */
enum sv_web_verdict sv_web_judge(const struct sv_web_answer *a, time_t now,
    char why[SV_WHY]);

/**
 * sv_web_wait(failed, after):
 * Seconds to wait when a request has failed for the ${failed}th time, from 1,
 * and the server asked for ${after} of them (Retry-After; 0: it did not): full
 * jitter (M. Brooker, "Exponential Backoff And Jitter", 2015) over a bound that
 * doubles, on top of what was asked for, within limits.
 */
double sv_web_wait(unsigned failed, double after);

#endif /* !SV_WEB_H */
