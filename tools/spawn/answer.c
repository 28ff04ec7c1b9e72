#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "json.h"

#define SHOWN 120	/* bytes of a body that is not understood */
#define SECRET_MIN 8u	/* bytes; what is shorter is made up, and a word perhaps */
#define WEB_PAGE "with a web page: is this the right URL?"
#define GATEWAY_S 20.0	/* a gateway that fails later gave up waiting */

/* Types of errors that another worker would meet too: sv-worker's, Lambda's. */
static const char *const fatal_types[] = {
	"Function.BadInvocation", "Function.HubUnreachable",
	"Function.ShardUnreadable", "Function.OutOfMemory",
	"Runtime.InvalidEntrypoint"
};

/* Put asterisks where ${secret} is repeated. */
static void
redact(char *s, const char *secret)
{
	size_t n = secret != NULL ? strlen(secret) : 0;

	if (n < SECRET_MIN)
		return;
	for (; (s = strstr(s, secret)) != NULL; s += n)
		memset(s, '*', n);
}

/* Make it one line of UTF-8. */
static void
clean(char *s)
{
	json_t *check;

	for (char *p = s; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	if ((check = json_string(s)) == NULL)
		for (char *p = s; *p != '\0'; p++)
			if ((unsigned char)*p >= 0x80)
				*p = '?';
	json_decref(check);
}

/* Copy what came from outside; what is too long is cut. */
static void
quote(char *to, size_t room, const char *text, const struct answer_source *from)
{
	size_t n = strlen(text);
	char *copy;

	to[0] = '\0';
	if ((copy = strdup(text)) == NULL)
		return;
	for (size_t i = 0; i < sizeof(from->secrets) /
	    sizeof(from->secrets[0]); i++)
		redact(copy, from->secrets[i]);
	if (n >= room)
		n = room - 1;
	memcpy(to, copy, n);
	to[n] = '\0';
	free(copy);
	clean(to);
}

/* The first of the members that is a string, or NULL. */
static const char *
text_of(const json_t *o, const char *const *names)
{
	const char *s;

	for (; *names != NULL; names++)
		if (sv_json_string(o, *names, &s) == 0 && s[0] != '\0')
			return (s);
	return (NULL);
}

/* Is it HTML, or likewise, and not for us? */
static int
is_page(const struct http_answer *a)
{

	return (a->body != NULL && a->body[strspn(a->body, " \t\r\n")] == '<');
}

/* Set the reason: "Name: message", as far as the platform says. */
static void
platform_reason(struct outcome *o, const struct http_answer *a, const json_t *b,
    const struct answer_source *from)
{
	static const char *const codes[] = { "__type", "code", NULL };
	static const char *const messages[] = { "message", "Message",
	    "errorMessage", NULL };
	const char *name = a->type, *message = text_of(b, messages), *hash;
	char type[80], words[SV_WHY - 84];

	if (name[0] == '\0' && (name = text_of(b, codes)) == NULL)
		name = "";
	/* "com.example#Name:http://..." */
	if ((hash = strchr(name, '#')) != NULL)
		name = hash + 1;
	quote(type, sizeof(type), name, from);
	type[strcspn(type, ":")] = '\0';
	if (message == NULL && b == NULL && !is_page(a))
		message = a->body;
	else if (message == NULL && b == NULL && name[0] == '\0')
		message = WEB_PAGE;
	if (message == NULL)
		message = "";
	quote(words, b != NULL ? sizeof(words) : SHOWN, message, from);
	snprintf(o->why, sizeof(o->why), "%s%s%s", type,
	    type[0] != '\0' && words[0] != '\0' ? ": " : "", words);
	if (o->why[0] == '\0')
		snprintf(o->why, sizeof(o->why), "no reason given");
}

/* The function ran and failed; ${b} is its error object, or NULL. */
static void
function_failed(struct outcome *o, const struct http_answer *a, const json_t *b,
    const struct answer_source *from)
{
	static const char *const messages[] = { "errorMessage", "message",
	    "Message", NULL };
	const char *type = NULL, *message = text_of(b, messages);

	o->verdict = ANSWER_FAILED;
	(void)sv_json_string(b, "errorType", &type);
	quote(o->error, sizeof(o->error), type != NULL ? type :
	    a->function_error[0] != '\0' ? a->function_error : "", from);
	quote(o->why, message != NULL ? sizeof(o->why) : SHOWN,
	    message != NULL ? message : a->body, from);
	for (size_t i = 0; i < sizeof(fatal_types) / sizeof(fatal_types[0]); i++)
		if (type != NULL && strcmp(type, fatal_types[i]) == 0)
			o->fatal = 1;
}

/* The worker's own account. */
static void
take_result(struct outcome *o, const json_t *b)
{
	const char *end;
	uint64_t rss;
	double cpu;

	o->verdict = ANSWER_RESULT;
	if (sv_json_string(b, "end", &end) == 0 && strlen(end) < SHOWN)
		json_object_set_new(o->members, "end", json_string(end));
	if (sv_json_double(b, "cpu_s", &cpu) == 0 && cpu >= 0)
		json_object_set_new(o->members, "cpu_s", json_real(cpu));
	if (sv_json_u64(b, "rss_bytes", 0, INT64_MAX, &rss) == 0)
		json_object_set_new(o->members, "maxrss_bytes",
		    json_integer((json_int_t)rss));
}

/* A 2xx. */
static void
judge_success(struct outcome *o, const struct http_answer *a, const json_t *b,
    const struct answer_source *from)
{
	uint64_t version;
	const char *type;
	char shown[SHOWN];

	if (a->function_error[0] != '\0' ||
	    sv_json_string(b, "errorType", &type) == 0) {
		function_failed(o, a, b, from);
	} else if (sv_json_u64(b, "sv", 1, UINT32_MAX, &version) == 0) {
		take_result(o, b);
	} else if (from->invoke && a->status == 200) {
		o->verdict = ANSWER_REFUSED;
		quote(shown, sizeof(shown), a->body, from);
		snprintf(o->why, sizeof(o->why), "the function is no sv worker: "
		    "it answered '%s'", shown);
	} else if (is_page(a)) {
		o->verdict = ANSWER_REFUSED;
		snprintf(o->why, sizeof(o->why), "%s", WEB_PAGE);
	} else {
		o->verdict = ANSWER_ACCEPTED;
	}
}

/* Does the text have these words, in whatever case, in it? */
static int
says(const char *text, const char *words)
{
	size_t n = strlen(words), i;

	for (; *text != '\0'; text++) {
		for (i = 0; i < n; i++)
			if (((unsigned char)text[i] | 0x20) !=
			    ((unsigned char)words[i] | 0x20))
				break;
		if (i == n)
			return (1);
	}
	return (0);
}

/* Is it one that says "not now"?  So does Lambda of a function that is new. */
static int
is_passing(const struct outcome *o, const struct answer_source *from)
{
	static const char pending[] = "ResourceConflictException";

	return (o->status == 429 || o->status == 500 || o->status == 502 ||
	    o->status == 503 || (from->invoke && o->status == 409 &&
	    strncmp(o->why, pending, sizeof(pending) - 1) == 0));
}

/* Another status. */
static void
judge_failure(struct outcome *o, const struct http_answer *a, const json_t *b,
    const struct answer_source *from)
{
	const char *type;

	platform_reason(o, a, b, from);
	o->after = a->retry_after;
	if (!from->invoke && sv_json_string(b, "errorType", &type) == 0) {
		function_failed(o, a, b, from);
	} else if (!from->invoke && a->status == 502 &&
	    says(a->body, "internal server error")) {
		/* So do Function URLs and gateways: see the function's log. */
		function_failed(o, a, b, from);
	} else if (a->status == 504 || (!from->invoke && a->status >= 500 &&
	    from->took > GATEWAY_S)) {
		o->verdict = ANSWER_NONE;
	} else if (is_passing(o, from)) {
		o->verdict = ANSWER_RETRY;
	} else {
		o->verdict = ANSWER_REFUSED;
		if (a->status >= 300 && a->status < 400)
			snprintf(o->why, sizeof(o->why), "redirected, which is "
			    "not followed");
	}
}

void
answer_judge(struct outcome *o, const struct http_answer *a,
    const struct answer_source *from)
{
	json_t *b;

	memset(o, 0, sizeof(*o));
	o->members = json_object();
	o->status = a->status;
	if (a->error != 0) {
		o->status = 0;
		quote(o->why, sizeof(o->why), a->words, from);
		o->verdict = a->sent ? ANSWER_NONE : a->again ? ANSWER_RETRY :
		    ANSWER_REFUSED;
		o->fatal = o->verdict == ANSWER_REFUSED;
		return;
	}
	b = a->cut ? NULL : json_loadb(a->body, a->length, 0, NULL);
	if (!json_is_object(b)) {
		json_decref(b);
		b = NULL;
	}
	if (a->status >= 200 && a->status < 300)
		judge_success(o, a, b, from);
	else
		judge_failure(o, a, b, from);
	json_decref(b);
	if (o->verdict == ANSWER_REFUSED)
		o->fatal = 1;
	if (a->log != NULL)
		answer_report(o->members, a->log);
}

/* Decode base64; a string for the caller to free, or NULL. */
static char *
decode(const char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = malloc(strlen(text) / 4 * 3 + 4), *p = out;
	const char *d;
	uint32_t bits = 0;
	int n = 0;

	for (; out != NULL && *text != '\0' && *text != '='; text++) {
		if ((d = strchr(digits, *text)) == NULL) {
			free(out);
			return (NULL);
		}
		bits = bits << 6 | (uint32_t)(d - digits);
		if ((n += 6) >= 8) {
			n -= 8;
			*p++ = (char)(bits >> n & 0xff);
		}
	}
	if (p != NULL)
		*p = '\0';
	return (out);
}

void
answer_report(json_t *members, const char *log)
{
	static const struct {
		const char *before;
		const char *unit;
		const char *member;
		double scale;
	} wanted[] = {
		{ "\tDuration: ", " ms", "duration_s", 1000 },
		{ "\tBilled Duration: ", " ms", "billed_s", 1000 },
		{ "\tMemory Size: ", " MB", "memory_mb", 1 },
		{ "\tMax Memory Used: ", " MB", "max_memory_mb", 1 },
		{ "\tInit Duration: ", " ms", "init_s", 1000 }
	};
	char *text = decode(log), *line = NULL, *p, *end;
	double v;

	/* The last one is the invocation's, the others are of those before. */
	for (p = text; p != NULL && (p = strstr(p, "REPORT RequestId: ")) !=
	    NULL; p++)
		line = p;
	if (line != NULL)
		line[strcspn(line, "\r\n")] = '\0';
	for (size_t i = 0; line != NULL && i < sizeof(wanted) /
	    sizeof(wanted[0]); i++) {
		if ((p = strstr(line, wanted[i].before)) == NULL)
			continue;
		p += strlen(wanted[i].before);
		v = strtod(p, &end);
		if (end == p || !isfinite(v) || v < 0 || v > 1e12 ||
		    strncmp(end, wanted[i].unit, strlen(wanted[i].unit)) != 0)
			continue;
		v /= wanted[i].scale;
		json_object_set_new(members, wanted[i].member,
		    wanted[i].scale == 1 ? json_integer((json_int_t)v) :
		    json_real(v));
	}
	free(text);
}
