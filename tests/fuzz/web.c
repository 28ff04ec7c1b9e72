/*
 * What web servers and S3 say: heads of answers (lib/fetch_head.h), errors and
 * elements (lib/s3.h), what they mean (lib/web.h).  The input: a URL in the first
 * line; a status in the second; lines of a head up to an empty one; a body.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch_head.h"
#include "fuzz.h"
#include "s3.h"
#include "web.h"

/* The next line of the input, with its newline if there is one. */
static size_t
line(const char *p, size_t len)
{
	const char *end = memchr(p, '\n', len);

	return (end != NULL ? (size_t)(end - p) + 1 : len);
}

/* A printable string that ends. */
static void
must_be_words(const char *s, size_t room)
{

	MUST(memchr(s, '\0', room) != NULL);
	for (; *s != '\0'; s++)
		MUST(*s >= ' ' && *s <= '~');
}

static void
try_head(const struct sv_fetch_head *h)
{

	MUST(!h->ranged || (h->from <= h->to && h->to <= h->size));
	MUST(h->size <= INT64_MAX && h->length <= INT64_MAX);
	MUST(h->sized || h->length == 0);
	must_be_words(h->etag, sizeof(h->etag));
	MUST(h->etag[0] == '\0' || sv_fetch_etag_ok(h->etag,
	    strlen(h->etag)));
}

static void
try_body(const char *url, long status, const char *body, size_t len)
{
	struct sv_web_answer a = { .url = url, .error = "", .status = status,
	    .body = body, .length = len };
	char why[SV_WHY], name[SV_WEB_NAME], id[100];
	struct sv_s3_error e;

	if (sv_s3_error(&e, body, len) == 0)
		MUST(len > 0);
	must_be_words(e.code, sizeof(e.code));
	must_be_words(e.message, sizeof(e.message));
	must_be_words(e.region, sizeof(e.region));
	if (sv_s3_element(body, len, "UploadId", id, sizeof(id)) == -1)
		MUST(id[0] == '\0');
	must_be_words(id, sizeof(id));
	MUST((sv_web_judge(&a, 1600000000, why) == SV_WEB_FINE) ==
	    (status / 100 == 2));
	must_be_words(why, sizeof(why));
	sv_web_name(url, name);
	must_be_words(name, sizeof(name));
	/* Nothing of a query, however it is shortened. */
	MUST(strchr(name, '?') == NULL || strchr(url, '?') == NULL ||
	    strcspn(url, "?") >= strcspn(name, "?"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_fetch_head h = { .ranged = 0 };
	char url[300], *rest, *p;
	size_t n;
	long status;

	if ((rest = malloc(size + 1)) == NULL)
		return (0);
	if (size > 0)
		memcpy(rest, data, size);
	rest[size] = '\0';
	p = rest;
	n = line(p, size);
	snprintf(url, sizeof(url), "%.*s", (int)(n < sizeof(url) ? n :
	    sizeof(url) - 1), p);
	url[strcspn(url, "\n")] = '\0';
	p += n;
	size -= n;
	status = strtol(p, NULL, 10) % 1000;
	n = line(p, size);
	for (p += n, size -= n; size > 0; p += n, size -= n) {
		n = line(p, size);
		sv_fetch_head_line(&h, p, n);
		try_head(&h);
		if (n == 1 && *p == '\n')
			break;
	}
	/* A copy of its own, so that what is read beyond it is seen. */
	n = size;
	if (n > 0) {
		char *body = malloc(n);

		if (body != NULL) {
			memcpy(body, p, n);
			try_body(url, status, body, n);
		}
		free(body);
	}
	free(rest);
	return (0);
}
