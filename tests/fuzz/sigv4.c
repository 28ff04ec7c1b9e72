#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "sigv4.h"

/*
 * Signed requests (lib/sigv4.h).  The input is an Authorization header, and
 * behind a NUL another header's value, a path, a query, each up to a NUL: the
 * header is parsed and verified as it is; then the request is signed by us, and
 * must be verified.
 */

static const struct sv_sigv4_keys keys = { "AK", "secret", "token" };
static const struct sv_sigv4_scope scope = { "r", "lambda" };

static const struct sv_sigv4_keys *
lookup(void *arg, const char *access)
{

	(void)arg;
	return (access[0] == 'A' ? &keys : NULL);
}

/* What is parsed is what was written, in whatever order. */
static void
parse(const char *text)
{
	char *copy = strdup(text), why[SV_SIGV4_WHY] = "";
	struct sv_sigv4_claim c;

	MUST(copy != NULL);
	if (sv_sigv4_parse(&c, copy, why) == 0) {
		MUST(why[0] == '\0' && c.access[0] != '\0');
		MUST(strlen(c.date) == 8 && c.region[0] != '\0');
		MUST(c.service[0] != '\0' && c.headers[0] != '\0');
		MUST(strlen(c.signature) == 64);
		MUST(strstr(text, c.signature) != NULL);
		MUST(strstr(text, c.headers) != NULL);
	} else {
		MUST(why[0] != '\0');
	}
	free(copy);
}

/* Sign ${r}, and verify it with the lines added. */
static void
round_trip(struct sv_sigv4_request *r, struct sv_sigv4_header *h)
{
	char *lines[SV_SIGV4_LINES + 1], *colon, why[SV_SIGV4_WHY];

	MUST(sv_sigv4_sign(lines, r, &keys, &scope, 1440938160, 1) == 0);
	for (size_t i = 0; lines[i] != NULL; i++) {
		MUST((colon = strchr(lines[i], ':')) != NULL);
		*colon = '\0';
		h[r->nheader++] = (struct sv_sigv4_header){ lines[i],
		    colon + 2 };
	}
	MUST(sv_sigv4_verify(r, &scope, lookup, NULL, 1440938160, why) ==
	    SV_SIGV4_OK);
	for (size_t i = 0; lines[i] != NULL; i++)
		lines[i][strlen(lines[i])] = ':';
	sv_sigv4_lines_free(lines);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 4), *part[4], why[SV_SIGV4_WHY];
	struct sv_sigv4_header h[8] = { { "Host", "h" }, { "X-A", NULL },
	    { "X-Amz-Date", "20150830T123600Z" }, { "Authorization", NULL } };
	struct sv_sigv4_request r = { "POST", NULL, NULL, h, 4, data, size };

	MUST(text != NULL);
	memcpy(text, data, size);
	memset(text + size, 0, 4);
	part[0] = text;
	for (int i = 1; i < 4; i++) {
		part[i] = part[i - 1] + strlen(part[i - 1]) + 1;
		if (part[i] > text + size)
			part[i] = text + size;
	}
	parse(part[0]);
	h[1].value = part[1];
	h[3].value = part[0];
	r.path = part[2];
	r.query = part[3];
	(void)sv_sigv4_verify(&r, NULL, lookup, NULL, 1440938160, why);
	r.nheader = 2;
	round_trip(&r, h);
	free(text);
	return (0);
}
