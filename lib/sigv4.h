#ifndef SV_SIGV4_H
#define SV_SIGV4_H

#include <stddef.h>
#include <time.h>

/*
 * AWS Signature Version 4 (Amazon Web Services, IAM User Guide, "AWS Signature
 * Version 4 for API requests"): HTTP requests signed with a shared secret, and
 * such signatures verified.  No network is in here, and no clock.
 *
 * What is signed is the canonical form of a request:
 *
 *   path	for every service but s3, normalised ("//", "/./" and "/../" are
 *		resolved) and each byte but A-Z a-z 0-9 - . _ ~ / encoded, which
 *		encodes the % of a path that is encoded already once more; for
 *		s3, decoded and encoded, and nothing resolved
 *   query	each name and value decoded and encoded, a + as a blank, sorted
 *		by name and then by value as encoded; a name without = has an
 *		empty value
 *   headers	names in lower case and in order, values without blanks at their
 *		ends and with one blank where there were several; the values of
 *		a repeated name in the order of the request, joined by commas
 *   body	its SHA-256, or the value of X-Amz-Content-Sha256
 *
 * What was copied of a secret or a token is overwritten before it is freed.
 */

#define SV_SIGV4_SKEW 300	/* s that a request's time may be off */
#define SV_SIGV4_LINES 4u	/* that signing adds, at most */
#define SV_SIGV4_WHY 256u	/* room for a reason, with its end */

struct sv_sigv4_header {
	const char *name;
	const char *value;
};

/* A request, as it is sent or was received. */
struct sv_sigv4_request {
	const char *method;
	const char *path;	/* to the first ?, not decoded */
	const char *query;	/* behind it, not decoded; NULL: there is none */
	const struct sv_sigv4_header *headers;
	size_t nheader;
	const void *body;
	size_t length;
};

struct sv_sigv4_keys {
	const char *access;	/* the key's name */
	const char *secret;
	const char *token;	/* of a session; NULL or "": there is none */
};

struct sv_sigv4_scope {
	const char *region;
	const char *service;	/* "lambda", "execute-api", "s3", ... */
};

/**
 * sv_sigv4_sign(lines, r, keys, scope, when, hash):
 * Sign ${r}, all of its headers included, among which must be Host, with the
 * port where that is not the scheme's own, and must not be Authorization,
 * X-Amz-Date or X-Amz-Security-Token; X-Amz-Content-Sha256 may be, and is then
 * taken for the body's sum.  Store in ${lines} the headers to add to the
 * request, "Name: value", strings of the caller, NULL behind the last:
 * X-Amz-Date, X-Amz-Security-Token if there is a token, X-Amz-Content-Sha256 if
 * ${hash} is set (s3 wants it) and it is not there, Authorization.  Return 0,
 * or -1 with errno set: EINVAL if Host is missing or one of the others is there.
 */
int sv_sigv4_sign(char *lines[SV_SIGV4_LINES + 1],
    const struct sv_sigv4_request *r, const struct sv_sigv4_keys *keys,
    const struct sv_sigv4_scope *scope, time_t when, int hash);

/**
 * sv_sigv4_lines_free(lines):
 * Overwrite and free what sv_sigv4_sign() stored.
 */
void sv_sigv4_lines_free(char *lines[SV_SIGV4_LINES + 1]);

enum sv_sigv4_result {
	SV_SIGV4_OK,
	SV_SIGV4_MISSING,	/* it is not signed */
	SV_SIGV4_INCOMPLETE,	/* the signature's header makes no sense */
	SV_SIGV4_UNKNOWN,	/* nobody has that access key */
	SV_SIGV4_BAD_TOKEN,	/* the token is missing, or not that of the key */
	SV_SIGV4_EXPIRED,	/* its time is too far off */
	SV_SIGV4_MISMATCH,	/* it was signed otherwise, or with another key */
	SV_SIGV4_BAD_HASH,	/* the body is not what X-Amz-Content-Sha256 says */
	SV_SIGV4_ERROR	/* memory is out */
};

/**
 * sv_sigv4_lookup:
 * The keys of ${access}, or NULL; they must live until the caller is done.
 */
typedef const struct sv_sigv4_keys *sv_sigv4_lookup(void *arg,
    const char *access);

/**
 * sv_sigv4_verify(r, scope, lookup, arg, now, why):
 * Verify the signature in the Authorization header of ${r}, whose headers are
 * all that came, at the time ${now}.  If ${scope} is not NULL, the signature
 * must be for that region and service, of which either may be NULL for any; the
 * service is taken from the signature otherwise.  Unless the result is
 * SV_SIGV4_OK, ${why} is one line for the client to read.
 */
enum sv_sigv4_result sv_sigv4_verify(const struct sv_sigv4_request *r,
    const struct sv_sigv4_scope *scope, sv_sigv4_lookup *lookup, void *arg,
    time_t now, char why[SV_SIGV4_WHY]);

/* A parsed Authorization header; strings are in the text that was parsed. */
struct sv_sigv4_claim {
	char *access;
	char *date;	/* YYYYMMDD */
	char *region;
	char *service;
	char *headers;	/* names, separated by semicolons */
	char *signature;	/* 64 hexadecimal digits */
};

/**
 * sv_sigv4_parse(claim, text, why):
 * Parse the value of an Authorization header, which is cut up for it.  Blanks
 * around the commas do not matter.  Return 0, or -1 with a reason in ${why}.
 */
int sv_sigv4_parse(struct sv_sigv4_claim *claim, char *text,
    char why[SV_SIGV4_WHY]);

#endif /* !SV_SIGV4_H */
