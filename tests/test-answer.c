#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../tools/spawn/answer.h"
#include "../tools/spawn/backoff.h"
#include "../tools/spawn/trouble.h"

/* An answer in short, and what it must mean. */
struct example {
	int invoke;
	int status;
	const char *type;
	const char *function_error;
	const char *body;
	double took;
	enum verdict verdict;
	int fatal;
	const char *error;
	const char *why;
};

static const struct example examples[] = {
	{ 1, 200, "", "", "{\"sv\":1}", 1, ANSWER_RESULT, 0, "", "" },
	{ 0, 200, "", "", "{\"sv\":1}", 1, ANSWER_RESULT, 0, "", "" },
	{ 1, 202, "", "", "", 1, ANSWER_ACCEPTED, 0, "", "" },
	{ 0, 200, "", "", "", 1, ANSWER_ACCEPTED, 0, "", "" },
	{ 0, 204, "", "", "[1]", 1, ANSWER_ACCEPTED, 0, "", "" },
	{ 1, 200, "", "", "null", 1, ANSWER_REFUSED, 1, "",
	"the function is no sv worker: it answered 'null'" },
	{ 1, 200, "", "Unhandled", "{\"errorType\":\"Sandbox.Timedout\","
	"\"errorMessage\":\"Task timed out\"}", 1, ANSWER_FAILED, 0,
	"Sandbox.Timedout", "Task timed out" },
	{ 1, 200, "", "Unhandled", "{\"errorMessage\":\"2026 Task timed out\"}",
	1, ANSWER_FAILED, 0, "Unhandled", "2026 Task timed out" },
	{ 1, 200, "", "Unhandled", "no JSON\n", 1, ANSWER_FAILED, 0,
	"Unhandled", "no JSON " },
	{ 0, 200, "", "", "{\"errorType\":\"Function.BadInvocation\","
	"\"errorMessage\":\"m\"}", 1, ANSWER_FAILED, 1,
	"Function.BadInvocation", "m" },
	{ 0, 500, "", "", "{\"errorType\":\"Function.HubLost\","
	"\"errorMessage\":\"m\"}", 1, ANSWER_FAILED, 0, "Function.HubLost", "m" },
	{ 0, 400, "", "", "{\"errorType\":\"Function.BadInvocation\","
	"\"errorMessage\":\"m\"}", 1, ANSWER_FAILED, 1,
	"Function.BadInvocation", "m" },
	{ 1, 200, "", "Unhandled", "{\"errorType\":\"Runtime.InvalidEntrypoint\","
	"\"errorMessage\":\"m\"}", 0, ANSWER_FAILED, 1,
	"Runtime.InvalidEntrypoint", "m" },
	{ 1, 200, "", "Unhandled", "{\"errorType\":\"Function.OutOfMemory\","
	"\"errorMessage\":\"m\"}", 1, ANSWER_FAILED, 1,
	"Function.OutOfMemory", "m" },
	{ 0, 502, "", "", "Internal Server Error", 1, ANSWER_FAILED, 0, "",
	"Internal Server Error" },
	{ 0, 502, "", "", "{\"message\":\"Internal server error\"}", 1,
	ANSWER_FAILED, 0, "", "Internal server error" },
	{ 1, 502, "EC2UnexpectedException", "", "{\"Message\":\"m\"}", 1,
	ANSWER_RETRY, 0, "", "EC2UnexpectedException: m" },
	{ 1, 429, "TooManyRequestsException:", "", "{\"Reason\":\"r\","
	"\"message\":\"Rate Exceeded.\"}", 1, ANSWER_RETRY, 0, "",
	"TooManyRequestsException: Rate Exceeded." },
	{ 1, 500, "ServiceException", "", "", 1, ANSWER_RETRY, 0, "",
	"ServiceException" },
	{ 0, 503, "", "", "\tbusy\n", 1, ANSWER_RETRY, 0, "", " busy " },
	{ 0, 200, "", "", " <!DOCTYPE html>", 1, ANSWER_REFUSED, 1, "",
	"with a web page: is this the right URL?" },
	{ 0, 503, "", "", "<html>\tbusy</html>", 1, ANSWER_RETRY, 0, "",
	"with a web page: is this the right URL?" },
	{ 0, 503, "", "", "{\"message\":\"Service Unavailable\"}", 30,
	ANSWER_NONE, 0, "", "Service Unavailable" },
	{ 1, 503, "", "", "{\"message\":\"m\"}", 30, ANSWER_RETRY, 0, "", "m" },
	{ 1, 504, "", "", "", 1, ANSWER_NONE, 0, "", "no reason given" },
	{ 1, 403, "", "", "{\"__type\":\"a.b#C:d\",\"message\":\"m\"}", 1,
	ANSWER_REFUSED, 1, "", "C: m" },
	{ 1, 400, "", "", "{\"code\":\"C\",\"Message\":\"m\"}", 1,
	ANSWER_REFUSED, 1, "", "C: m" },
	{ 1, 409, "X", "", "{}", 1, ANSWER_REFUSED, 1, "", "X" },
	{ 1, 409, "ResourceConflictException:http://x/", "",
	"{\"Message\":\"Pending\"}", 1, ANSWER_RETRY, 0, "",
	"ResourceConflictException: Pending" },
	{ 0, 409, "ResourceConflictException", "", "{}", 1, ANSWER_REFUSED, 1,
	"", "ResourceConflictException" },
	{ 0, 301, "", "", "moved", 1, ANSWER_REFUSED, 1, "",
	"redirected, which is not followed" },
	{ 1, 403, "", "", "{\"message\":\"sEcReT/1, sEcReT/1: l\\/ong/er l/o \"}", 1,
	ANSWER_REFUSED, 1, "", "********, ********: ******** l/o " },
	/* One that is so short is made up, and may be any word. */
	{ 0, 200, "", "", "{\"errorType\":\"Function.HubUnreachable\","
	"\"errorMessage\":\"ea\"}", 1, ANSWER_FAILED, 1,
	"Function.HubUnreachable", "ea" },
	{ 1, 400, "", "", "{\"message\":\"\\u00e4\"}", 1, ANSWER_REFUSED, 1, "",
	"\xc3\xa4" },
	{ 1, 400, "", "", "\xff\x01", 1, ANSWER_REFUSED, 1, "", "? " }
};

static void
answers(void **state)
{

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		const struct example *x = &examples[i];
		struct answer_source from = { x->invoke, { "sEcReT/1",
		    "l/ong/er", "ea" }, x->took };
		struct http_answer a = { .status = x->status };
		char body[200];
		struct outcome o;

		snprintf(a.type, sizeof(a.type), "%s", x->type);
		snprintf(a.function_error, sizeof(a.function_error), "%s",
		    x->function_error);
		snprintf(body, sizeof(body), "%s", x->body);
		a.body = body;
		a.length = strlen(body);
		answer_judge(&o, &a, &from);
		if (o.verdict != x->verdict || o.fatal != x->fatal)
			fail_msg("example %zu: verdict %d, fatal %d", i,
			    o.verdict, o.fatal);
		assert_string_equal(o.error, x->error);
		assert_string_equal(o.why, x->why);
		assert_int_equal(o.status, x->status);
		json_decref(o.members);
	}
}

/* What is too long is cut, and is text even so. */
static void
long_words(void **state)
{
	char body[4000] = "{\"message\":\"", *p = body + strlen(body);
	struct answer_source from = { 1, { NULL, NULL, NULL }, 1 };
	struct http_answer a = { .status = 400, .body = body };
	json_t *text;
	struct outcome o;

	(void)state;
	for (int i = 0; i < 1500; i++) {
		*p++ = '\xc3';
		*p++ = '\xa4';
	}
	memcpy(p, "\"}", 3);
	a.length = strlen(body);
	answer_judge(&o, &a, &from);
	assert_int_equal(o.verdict, ANSWER_REFUSED);
	assert_true(strlen(o.why) > 100 && strlen(o.why) < SV_WHY);
	assert_non_null(text = json_string(o.why));
	json_decref(text);
	json_decref(o.members);
}

static void
no_answers(void **state)
{
	struct answer_source from = { 1, { NULL, NULL, NULL }, 1 };
	struct http_answer a = { .error = 7, .body = NULL };
	struct outcome o;

	(void)state;
	snprintf(a.words, sizeof(a.words), "words");
	for (int i = 0; i < 4; i++) {
		a.sent = i & 1;
		a.again = i >> 1;
		answer_judge(&o, &a, &from);
		assert_int_equal(o.verdict, a.sent ? ANSWER_NONE : a.again ?
		    ANSWER_RETRY : ANSWER_REFUSED);
		assert_string_equal(o.why, "words");
		json_decref(o.members);
	}
}

static void
waits(void **state)
{
	double w, most, sum;

	(void)state;
	for (unsigned n = 1; n < 40; n++) {
		most = fmin(BACKOFF_CAP, BACKOFF_BASE * pow(2, n - 1));
		sum = 0;
		for (int i = 0; i < 1000; i++) {
			w = backoff_wait(n, 0);
			assert_true(w >= 0 && w <= most);
			sum += w / 1000;
			w = backoff_wait(n, 3);
			assert_true(w >= 3 && w <= 3 + most);
		}
		/* Uniform: the mean is off by 0.05 once in 10^7 times. */
		assert_true(fabs(sum / most - 0.5) < 0.05);
	}
	assert_true(backoff_wait(1, 1e9) <= BACKOFF_AFTER + BACKOFF_BASE);
	assert_true(backoff_wait(1, -1) <= BACKOFF_BASE);
	assert_true(backoff_wait(1, NAN) <= BACKOFF_BASE);
}

static void
paces(void **state)
{
	struct pace p = { .rate = 10 }, fast = { .rate = 1000 }, none = { 0 };
	int n = 0;

	(void)state;
	for (double t = 100; t < 102; t += 0.003)
		n += pace_take(&p, t);
	assert_in_range(n, 19, 21);
	assert_true(pace_wait(&p, 102) <= 0.1);
	/* What was not taken is lost, but for a little. */
	assert_true(pace_take(&p, 200));
	assert_false(pace_take(&p, 200));
	assert_true(fabs(pace_wait(&p, 200) - 0.1) < 1e-6);
	for (n = 0; n < 2000 && pace_take(&fast, 5); n++)
		continue;
	assert_int_equal(n, 1);
	for (n = 0; n < 2000 && pace_take(&fast, 9); n++)
		continue;
	assert_int_equal(n, 50);
	for (n = 0; n < 2000; n++)
		assert_true(pace_take(&none, 1) && pace_wait(&none, 1) <= 0);
}

static void
troubles(void **state)
{
	struct trouble t = { .kinds = 0 };
	char why[8];

	(void)state;
	assert_int_equal(trouble_note(&t, "a", 3), 1);
	assert_int_equal(trouble_note(&t, "b", 1), 1);
	assert_int_equal(trouble_note(&t, "a", 2), 2);
	for (uint32_t i = 2; i < 20; i++) {
		snprintf(why, sizeof(why), "%u", (unsigned)i);
		trouble_note(&t, why, 1);
	}
	assert_int_equal(t.kinds, TROUBLE_KINDS);
	assert_int_equal(t.kinds + t.others, 20);
	assert_int_equal(trouble_note(&t, "b", 1), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(long_words),
		cmocka_unit_test(no_answers),
		cmocka_unit_test(waits),
		cmocka_unit_test(paces),
		cmocka_unit_test(troubles)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
