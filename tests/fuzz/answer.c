#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "fuzz.h"

/*
 * What a platform answers to sv-spawn (tools/spawn/answer.h).  The input is two
 * bytes that choose the status and what else there is, then an error's type and
 * a log, each up to a NUL, and the body.
 */

/* A string that JSON takes, on one line. */
static void
is_clean(const char *s)
{
	json_t *o = json_string(s);

	MUST(o != NULL);
	json_decref(o);
	for (; *s != '\0'; s++)
		MUST((unsigned char)*s >= ' ' && *s != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = { 200, 202, 204, 302, 400, 403, 404, 429,
	    500, 502, 503, 504 };
	struct answer_source from = { 0, { "secret/x", "token/xx", NULL }, 1 };
	struct http_answer a = { .error = 0 };
	struct outcome o;
	char *text = malloc(size + 3), *p;

	MUST(text != NULL);
	memcpy(text, data, size);
	memset(text + size, 0, 3);
	a.status = statuses[(size_t)(uint8_t)text[0] %
	    (sizeof(statuses) / sizeof(statuses[0]))];
	from.invoke = size > 1 && (text[1] & 1);
	a.cut = size > 1 && (text[1] & 2);
	p = size > 1 ? text + 2 : text + size;
	snprintf(a.type, sizeof(a.type), "%s", p);
	snprintf(a.function_error, sizeof(a.function_error), "%s",
	    size > 1 && (text[1] & 4) ? p : "");
	if (p < text + size)
		p += strlen(p) + 1;
	a.log = p;
	if (p < text + size)
		p += strlen(p) + 1;
	if (p > text + size)
		p = text + size;
	a.body = p;
	a.length = (size_t)(text + size - p);
	answer_judge(&o, &a, &from);
	is_clean(o.why);
	is_clean(o.error);
	MUST(strstr(o.why, "secret/x") == NULL);
	MUST(strstr(o.why, "token/xx") == NULL);
	MUST(json_is_object(o.members));
	json_decref(o.members);
	free(text);
	return (0);
}
