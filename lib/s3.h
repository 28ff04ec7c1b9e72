#ifndef SV_S3_H
#define SV_S3_H

#include <jansson.h>
#include <stddef.h>
#include <time.h>

#include "problem.h"
#include "sigv4.h"

/*
 * Objects in S3, or in what speaks its protocol: where a URL s3://BUCKET/KEY
 * leads, requests there, signed (sigv4.h), and what is said of those that failed
 * (Amazon Simple Storage Service, API Reference).  No network is in here.
 *
 * A key is what stands behind the bucket and a slash, byte by byte, as the AWS
 * CLI has it: nothing is decoded.  Where that is:
 *
 *   endpoint	that of the problem ("s3" in problem.h), else AWS_ENDPOINT_URL_S3,
 *		else AWS_ENDPOINT_URL: http or https, a host, perhaps a port and
 *		a path; the bucket is the next part of the path.  Without one it
 *		is AWS: https://BUCKET.s3.REGION.amazonaws.com, and where the
 *		bucket's name has dots, which certificates do not know,
 *		https://s3.REGION.amazonaws.com/BUCKET
 *   region	that of the problem, else as aws.h finds it, else, at an
 *		endpoint, us-east-1
 *   keys	as aws.h finds them; never those of the problem
 */

/* Opaque types. */
struct sv_s3;

/**
 * sv_s3_is(url):
 * Does ${url} begin with s3://?
 */
int sv_s3_is(const char *url);

/**
 * sv_s3_new(url, where, why):
 * Find out where the bucket of ${url} is, and who asks.  ${where} may be NULL:
 * the member "s3" of a problem or a share.  Return it, or NULL with a reason in
 * ${why}, which holds nothing of a secret.
 */
struct sv_s3 *sv_s3_new(const char *url, const json_t *where,
    char why[SV_WHY]);

/**
 * sv_s3_key(s):
 * The key of the URL, or a prefix of keys; "" if there is none.  Lives as long
 * as ${s}.
 */
const char *sv_s3_key(const struct sv_s3 *s);

/**
 * sv_s3_where(s):
 * What a problem is to say as "s3", so that others find the bucket: a new
 * object for the caller, or NULL if memory is out.
 */
json_t *sv_s3_where(const struct sv_s3 *s);

/**
 * sv_s3_free(s):
 * Wipe the keys and free it.
 */
void sv_s3_free(struct sv_s3 *s);

#define SV_S3_HEADERS 4u	/* of the caller's own, at most */
#define SV_S3_LINES (SV_S3_HEADERS + 1 + SV_SIGV4_LINES)

/* One request. */
struct sv_s3_request {
	const char *method;
	const char *key;	/* not encoded */
	const char *query;	/* encoded, without the ?; NULL: there is none */
	const struct sv_sigv4_header *headers;	/* beside Host; signed, too */
	size_t nheader;
	const void *body;
	size_t length;
	const char *sum;	/* SHA-256 of the body in hexadecimal digits, or
				 * "UNSIGNED-PAYLOAD"; NULL: it is made of body */
};

/**
 * sv_s3_url(s, r):
 * The URL, http or https, to which ${r} goes: a string for the caller, or NULL
 * if memory is out.  It is to be sent as it is (CURLOPT_PATH_AS_IS).
 */
char *sv_s3_url(const struct sv_s3 *s, const struct sv_s3_request *r);

/**
 * sv_s3_lines(s, r, now, lines):
 * The headers of ${r} with its signature for the time ${now}: strings of the
 * caller, "Name: value", NULL behind the last.  Host is not among them, which is
 * to be the URL's.  Return 0, or -1 with errno set.  sv_s3_lines_free() wipes and
 * frees them.
 */
int sv_s3_lines(const struct sv_s3 *s, const struct sv_s3_request *r,
    time_t now, char *lines[SV_S3_LINES + 1]);
void sv_s3_lines_free(char *lines[SV_S3_LINES + 1]);

#define SV_S3_CODE 64u	/* room for an error's code, with its end */

/* The body of an answer that is none of success; strings may be empty. */
struct sv_s3_error {
	char code[SV_S3_CODE];	/* NoSuchKey, AccessDenied, ... */
	char message[SV_WHY];
	char region[SV_S3_CODE];	/* where the bucket is, if that was wrong */
};

/**
 * sv_s3_error(e, body, len):
 * What the ${len} bytes ${body}, which anybody may have sent, say.  Return 0, or
 * -1 where they are no <Error>; a request to complete an upload may be answered
 * with one and status 200.
 */
int sv_s3_error(struct sv_s3_error *e, const char *body, size_t len);

/**
 * sv_s3_element(body, len, name, to, room):
 * Store in ${to}, a string of up to ${room} bytes with its end, the text of the
 * first element <${name}> that holds nothing else; XML's own entities are
 * replaced, and what is no printable ASCII becomes a blank.  Return 0, or -1
 * where there is none, or not enough room.
 */
int sv_s3_element(const char *body, size_t len, const char *name, char *to,
    size_t room);

#endif /* !SV_S3_H */
