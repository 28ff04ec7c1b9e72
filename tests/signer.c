/*
 * signer
 *
 * Signs requests and verifies signatures (lib/sigv4.h), for tests that compare
 * with others.  On each line of the input is a JSON object: method, path, query,
 * headers (pairs of name and value), body, region, service, access, secret,
 * token, time (seconds since 1970), and "hash" or "verify" where that is wanted.
 * On each line of the output is an array of the lines to add to the request, or,
 * of a verification, of its result and the reason.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "json.h"
#include "sigv4.h"

#define MAX_HEADERS 64u

static const char *
text(const json_t *o, const char *name)
{
	const char *s = NULL;

	(void)sv_json_string(o, name, &s);
	return (s);
}

static const struct sv_sigv4_keys *
lookup(void *arg, const char *access)
{
	const struct sv_sigv4_keys *k = arg;

	return (strcmp(k->access, access) == 0 ? k : NULL);
}

static json_t *
answer(const json_t *o)
{
	struct sv_sigv4_header h[MAX_HEADERS];
	const json_t *list = json_object_get(o, "headers");
	const struct sv_sigv4_scope scope = { text(o, "region"),
	    text(o, "service") };
	struct sv_sigv4_keys keys = { text(o, "access"), text(o, "secret"),
	    text(o, "token") };
	const char *body = text(o, "body");
	struct sv_sigv4_request r = { text(o, "method"), text(o, "path"),
	    text(o, "query"), h, 0, body, body != NULL ? strlen(body) : 0 };
	time_t when = (time_t)json_integer_value(json_object_get(o, "time"));
	char *lines[SV_SIGV4_LINES + 1], why[SV_SIGV4_WHY] = "";
	json_t *out = json_array();

	for (; r.nheader < json_array_size(list) && r.nheader < MAX_HEADERS;
	    r.nheader++) {
		const json_t *pair = json_array_get(list, r.nheader);

		h[r.nheader].name = json_string_value(json_array_get(pair, 0));
		h[r.nheader].value = json_string_value(json_array_get(pair, 1));
		if (h[r.nheader].name == NULL || h[r.nheader].value == NULL) {
			sv_warnx("a header is no pair of strings");
			exit(1);
		}
	}
	if (json_is_true(json_object_get(o, "verify"))) {
		json_array_append_new(out, json_integer(sv_sigv4_verify(&r,
		    &scope, lookup, &keys, when, why)));
		json_array_append_new(out, json_string(why));
		return (out);
	}
	if (sv_sigv4_sign(lines, &r, &keys, &scope, when,
	    json_is_true(json_object_get(o, "hash"))) == -1) {
		sv_warn("cannot sign");
		exit(1);
	}
	for (size_t i = 0; lines[i] != NULL; i++)
		json_array_append_new(out, json_string(lines[i]));
	sv_sigv4_lines_free(lines);
	return (out);
}

int
main(int argc, char **argv)
{
	static char line[1 << 20];
	json_t *o, *out;

	(void)argc;
	sv_err_init(argv[0]);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if ((o = sv_json_parse(line, strlen(line), "request")) == NULL)
			return (1);
		out = answer(o);
		json_dumpf(out, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(out);
		json_decref(o);
	}
	return (fflush(stdout) == EOF);
}
