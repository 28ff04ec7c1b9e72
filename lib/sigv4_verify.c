#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sigv4.h"
#include "sigv4_canon.h"

static const char blanks[] = " \t";

/* Give a reason. */
static int
say(char why[SV_SIGV4_WHY], const char *reason)
{

	snprintf(why, SV_SIGV4_WHY, "%s", reason);
	return (-1);
}

/* Cut ${s} at its slashes into AK/date/region/service/aws4_request. */
static int
split_credential(struct sv_sigv4_claim *claim, char *s)
{
	char *parts[5], *slash;

	for (int i = 0; i < 5; i++) {
		parts[i] = s;
		slash = strchr(s, '/');
		if ((slash == NULL) != (i == 4))
			return (-1);
		if (slash != NULL) {
			*slash = '\0';
			s = slash + 1;
		}
		if (parts[i][0] == '\0')
			return (-1);
	}
	claim->access = parts[0];
	claim->date = parts[1];
	claim->region = parts[2];
	claim->service = parts[3];
	return (strlen(claim->date) == 8 && strspn(claim->date, "0123456789")
	    == 8 && strcmp(parts[4], "aws4_request") == 0 ? 0 : -1);
}

/* Names in lower case, none empty, in ascending order. */
static int
headers_ok(const char *s)
{
	char last[256] = "", name[256];
	size_t n;

	for (;; s += n + 1) {
		n = strcspn(s, ";");
		if (n == 0 || n >= sizeof(name))
			return (0);
		for (size_t i = 0; i < n; i++)
			if (s[i] >= 'A' && s[i] <= 'Z')
				return (0);
		memcpy(name, s, n);
		name[n] = '\0';
		if (strcmp(last, name) >= 0)
			return (0);
		if (s[n] == '\0')
			return (1);
		memcpy(last, name, n + 1);
	}
}

/* One "Name=value" of the list. */
static int
take_member(struct sv_sigv4_claim *claim, char *s, char why[SV_SIGV4_WHY])
{
	char *value = strchr(s, '=');

	if (value == NULL)
		return (say(why, "Invalid key=value pair (missing equal-sign) "
		    "in Authorization header."));
	*value++ = '\0';
	if (strcmp(s, "Credential") == 0 && claim->access == NULL) {
		if (split_credential(claim, value) == -1)
			return (say(why, "Credential must have exactly 5 "
			    "slash-delimited elements, "
			    "keyid/date/region/service/aws4_request."));
	} else if (strcmp(s, "SignedHeaders") == 0 && claim->headers == NULL) {
		claim->headers = value;
	} else if (strcmp(s, "Signature") == 0 && claim->signature == NULL) {
		claim->signature = value;
	} else {
		return (say(why, "Authorization header has a member twice, or "
		    "one that is not known."));
	}
	return (0);
}

int
sv_sigv4_parse(struct sv_sigv4_claim *claim, char *text, char why[SV_SIGV4_WHY])
{
	size_t n = strlen(SV_SIGV4_METHOD), len;
	char *next;

	memset(claim, 0, sizeof(*claim));
	text += strspn(text, blanks);
	if (strncmp(text, SV_SIGV4_METHOD, n) != 0 ||
	    (text[n] != ' ' && text[n] != '\t'))
		return (say(why, "Unsupported Authorization type: it must be "
		    SV_SIGV4_METHOD "."));
	for (text += n; text != NULL; text = next) {
		if ((next = strchr(text, ',')) != NULL)
			*next++ = '\0';
		text += strspn(text, blanks);
		len = strlen(text);
		while (len > 0 && strchr(blanks, text[len - 1]) != NULL)
			text[--len] = '\0';
		if (take_member(claim, text, why) == -1)
			return (-1);
	}
	if (claim->access == NULL)
		return (say(why, "Authorization header requires 'Credential' "
		    "parameter."));
	if (claim->headers == NULL || !headers_ok(claim->headers))
		return (say(why, "Authorization header requires "
		    "'SignedHeaders' parameter, names in lower case and in "
		    "order."));
	if (claim->signature == NULL || strlen(claim->signature) !=
	    SV_SIGV4_HEX - 1 || strspn(claim->signature, "0123456789abcdef") !=
	    SV_SIGV4_HEX - 1)
		return (say(why, "Authorization header requires 'Signature' "
		    "parameter, 64 hexadecimal digits."));
	return (0);
}

/* The number in ${n} decimal digits. */
static int
digits(const char *s, int n)
{
	int v = 0;

	while (n-- > 0)
		v = 10 * v + (*s++ - '0');
	return (v);
}

/*
 * The time YYYYMMDDThhmmssZ in seconds; -1 if it is none.  Days are counted
 * from March, so that the leap day is the last one (E. G. Richards, 2013,
 * Calendars, in: Explanatory Supplement to the Astronomical Almanac, 15.11).
 */
static int64_t
time_of(const char *s)
{
	static const char form[] = "dddddddd*dddddd*";
	int64_t y, m, d, days;

	if (strlen(s) != sizeof(form) - 1 || s[8] != 'T' || s[15] != 'Z')
		return (-1);
	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == 'd' && (s[i] < '0' || s[i] > '9'))
			return (-1);
	y = digits(s, 4);
	m = digits(s + 4, 2);
	d = digits(s + 6, 2);
	if (y < 1970 || m < 1 || m > 12 || d < 1 || d > 31)
		return (-1);
	y -= m <= 2;
	m += m <= 2 ? 9 : -3;
	days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + d - 1 -
	    719468;
	return (days * 86400 + digits(s + 9, 2) * 3600 +
	    digits(s + 11, 2) * 60 + digits(s + 13, 2));
}

/* Is ${name} one of the list's? */
static int
is_signed(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = list; p != NULL; p = strchr(p, ';')) {
		p += *p == ';';
		if (strncmp(p, name, n) == 0 && (p[n] == ';' || p[n] == '\0'))
			return (1);
	}
	return (0);
}

/* The time of the request, and that it is close to ours. */
static enum sv_sigv4_result
check_time(const struct sv_sigv4_request *r, const struct sv_sigv4_claim *claim,
    time_t now, char why[SV_SIGV4_WHY])
{
	const char *date = sv_sigv4_find(r, "x-amz-date");
	int64_t t;

	if (date == NULL || (t = time_of(date)) == -1) {
		say(why, "Authorization header requires existence of a "
		    "'X-Amz-Date' header, YYYYMMDDThhmmssZ.");
		return (SV_SIGV4_INCOMPLETE);
	}
	if (strncmp(date, claim->date, 8) != 0) {
		snprintf(why, SV_SIGV4_WHY, "Date in Credential scope does not match "
		    "YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != "
		    "'%.8s'", claim->date, date);
		return (SV_SIGV4_MISMATCH);
	}
	if (t < (int64_t)now - SV_SIGV4_SKEW) {
		snprintf(why, SV_SIGV4_WHY, "Signature expired: %s is %lld seconds "
		    "ago, and 5 minutes are allowed", date,
		    (long long)((int64_t)now - t));
		return (SV_SIGV4_EXPIRED);
	}
	if (t > (int64_t)now + SV_SIGV4_SKEW) {
		snprintf(why, SV_SIGV4_WHY, "Signature not yet current: %s is %lld "
		    "seconds ahead, and 5 minutes are allowed", date,
		    (long long)(t - (int64_t)now));
		return (SV_SIGV4_EXPIRED);
	}
	return (SV_SIGV4_OK);
}

/* Equal, in a time that does not depend on where they differ. */
static int
equal(const char *a, const char *b)
{
	size_t n = strlen(a);

	return (n == strlen(b) && sodium_memcmp(a, b, n) == 0);
}

/* Whoever has this key, with the token that goes with it, or NULL. */
static const struct sv_sigv4_keys *
find_keys(const struct sv_sigv4_request *r, const char *access,
    sv_sigv4_lookup *lookup, void *arg, enum sv_sigv4_result *rc,
    char why[SV_SIGV4_WHY])
{
	const struct sv_sigv4_keys *keys = lookup(arg, access);
	const char *token = sv_sigv4_find(r, "x-amz-security-token");
	const char *want;

	*rc = SV_SIGV4_UNKNOWN;
	if (keys == NULL) {
		say(why, "The security token included in the request is "
		    "invalid: no such access key.");
		return (NULL);
	}
	*rc = SV_SIGV4_BAD_TOKEN;
	want = keys->token != NULL ? keys->token : "";
	if (!equal(token != NULL ? token : "", want)) {
		say(why, "The security token included in the request is "
		    "invalid.");
		return (NULL);
	}
	*rc = SV_SIGV4_OK;
	return (keys);
}

/* The sum of the body that is signed, or NULL if it is not the body's. */
static const char *
body_hash(const struct sv_sigv4_request *r, char sum[SV_SIGV4_HEX])
{
	const char *given = sv_sigv4_find(r, "x-amz-content-sha256");

	if (given != NULL && (strcmp(given, "UNSIGNED-PAYLOAD") == 0 ||
	    strncmp(given, "STREAMING-", 10) == 0))
		return (given);
	sv_sigv4_sum(sum, r->body, r->length);
	return (given != NULL && !equal(given, sum) ? NULL : sum);
}

/* What the signature is for must be what is asked here. */
static int
in_scope(const struct sv_sigv4_scope *scope, const struct sv_sigv4_claim *claim,
    char why[SV_SIGV4_WHY])
{

	if (scope == NULL)
		return (1);
	if (scope->region != NULL && strcmp(scope->region, claim->region) != 0) {
		snprintf(why, SV_SIGV4_WHY, "Credential should be scoped to a valid "
		    "region, '%s'.", scope->region);
		return (0);
	}
	if (scope->service != NULL &&
	    strcmp(scope->service, claim->service) != 0) {
		snprintf(why, SV_SIGV4_WHY, "Credential should be scoped to correct "
		    "service: '%s'.", scope->service);
		return (0);
	}
	return (1);
}

/* Verify what has been parsed. */
static enum sv_sigv4_result
verify_claim(const struct sv_sigv4_request *r,
    const struct sv_sigv4_claim *claim, sv_sigv4_lookup *lookup, void *arg,
    time_t now, char why[SV_SIGV4_WHY])
{
	const struct sv_sigv4_scope signed_for = { claim->region,
	    claim->service };
	const struct sv_sigv4_keys *keys;
	char sum[SV_SIGV4_HEX], signature[SV_SIGV4_HEX];
	enum sv_sigv4_result rc;
	const char *hash;

	if ((rc = check_time(r, claim, now, why)) != SV_SIGV4_OK)
		return (rc);
	if (!is_signed(claim->headers, "host") ||
	    !is_signed(claim->headers, "x-amz-date")) {
		say(why, "'Host' and 'X-Amz-Date' must be 'SignedHeaders' in "
		    "the AWS Authorization.");
		return (SV_SIGV4_INCOMPLETE);
	}
	if ((keys = find_keys(r, claim->access, lookup, arg, &rc, why)) == NULL)
		return (rc);
	if ((hash = body_hash(r, sum)) == NULL) {
		say(why, "The provided 'x-amz-content-sha256' header does not "
		    "match what was computed.");
		return (SV_SIGV4_BAD_HASH);
	}
	if (sv_sigv4_signature(signature, r, claim->headers, hash, keys,
	    &signed_for, sv_sigv4_find(r, "x-amz-date")) == -1) {
		say(why, "out of memory");
		return (SV_SIGV4_ERROR);
	}
	if (!equal(signature, claim->signature)) {
		say(why, "The request signature we calculated does not match "
		    "the signature you provided. Check your AWS Secret Access "
		    "Key and signing method.");
		rc = SV_SIGV4_MISMATCH;
	}
	sodium_memzero(signature, sizeof(signature));
	return (rc);
}

enum sv_sigv4_result
sv_sigv4_verify(const struct sv_sigv4_request *r,
    const struct sv_sigv4_scope *scope, sv_sigv4_lookup *lookup, void *arg,
    time_t now, char why[SV_SIGV4_WHY])
{
	const char *value = sv_sigv4_find(r, "authorization");
	enum sv_sigv4_result rc = SV_SIGV4_INCOMPLETE;
	struct sv_sigv4_claim claim;
	char *copy;

	if (value == NULL) {
		say(why, "Missing Authentication Token");
		return (SV_SIGV4_MISSING);
	}
	if ((copy = strdup(value)) == NULL) {
		say(why, "out of memory");
		return (SV_SIGV4_ERROR);
	}
	if (sv_sigv4_parse(&claim, copy, why) == 0) {
		rc = SV_SIGV4_MISMATCH;
		if (in_scope(scope, &claim, why))
			rc = verify_claim(r, &claim, lookup, arg, now, why);
	}
	free(copy);
	return (rc);
}
