#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event.h"

#define REST(rest) "{\"resource\":\"/\",\"path\":\"/\",\"httpMethod\":" \
    "\"POST\",\"headers\":null,\"requestContext\":{\"stage\":\"s\"}," rest "}"
#define HTTP2(rest) "{\"version\":\"2.0\",\"routeKey\":\"$default\"," \
    "\"requestContext\":{\"http\":{\"method\":\"POST\"}}," rest "}"

/* ${text} is of ${shape} and carries ${meant}. */
static void
carries(const char *text, enum sv_event_shape shape, const char *meant)
{
	struct sv_event e;
	char why[SV_WHY] = "";

	if (sv_event_parse(&e, text, strlen(text), why) == -1)
		fail_msg("%s: %s", text, why);
	assert_int_equal(e.shape, shape);
	assert_int_equal(e.len, strlen(meant));
	assert_memory_equal(e.text, meant, e.len);
	sv_event_fini(&e);
}

/* ${text} is of ${shape} and is refused with a reason that says ${word}. */
static void
refused(const char *text, enum sv_event_shape shape, const char *word)
{
	struct sv_event e;
	char why[SV_WHY] = "";

	assert_int_equal(sv_event_parse(&e, text, strlen(text), why), -1);
	assert_int_equal(e.shape, shape);
	assert_int_equal(strncmp(why, "event: ", 7), 0);
	if (strstr(why, word) == NULL)
		fail_msg("%s: reason is '%s', expected '%s'", text, why, word);
	assert_null(e.owned);
}

static void
bare_is_what_it_is(void **state)
{
	const char *const bare[] = {
		"", "null", "[1]", "{}", "not JSON", "{\"sv\":1}", "{\"sv\":",
		/* What looks like a proxy's, but is not. */
		"{\"httpMethod\":\"POST\",\"body\":\"x\"}",
		"{\"requestContext\":{},\"body\":\"x\"}",
		"{\"httpMethod\":7,\"requestContext\":{},\"body\":\"x\"}",
		"{\"version\":\"2.0\",\"requestContext\":{},\"body\":\"x\"}",
		"{\"version\":\"2.0\",\"requestContext\":\"http\"}",
		"{\"sv\":1,\"httpMethod\":\"POST\",\"requestContext\":{}}"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bare) / sizeof(bare[0]); i++)
		carries(bare[i], SV_EVENT_BARE, bare[i]);
}

/* The body of both kinds of HTTP events. */
static void
proxy_has_a_body(void **state)
{

	(void)state;
	carries(REST("\"body\":\"{\\\"sv\\\":1}\",\"isBase64Encoded\":false"),
	    SV_EVENT_PROXY, "{\"sv\":1}");
	carries(HTTP2("\"body\":\"{\\\"sv\\\":1}\",\"isBase64Encoded\":false"),
	    SV_EVENT_PROXY2, "{\"sv\":1}");
	carries(REST("\"body\":\"\""), SV_EVENT_PROXY, "");
	carries(HTTP2("\"body\":\"x\",\"isBase64Encoded\":null"),
	    SV_EVENT_PROXY2, "x");
}

static void
bodies_may_be_base64(void **state)
{

	(void)state;
	carries(REST("\"body\":\"eyJzdiI6MX0=\",\"isBase64Encoded\":true"),
	    SV_EVENT_PROXY, "{\"sv\":1}");
	carries(HTTP2("\"body\":\"eyJz\\r\\ndiI6MX0=\\r\\n\","
	    "\"isBase64Encoded\":true"), SV_EVENT_PROXY2, "{\"sv\":1}");
	carries(HTTP2("\"body\":\"\",\"isBase64Encoded\":true"),
	    SV_EVENT_PROXY2, "");
	refused(HTTP2("\"body\":\"{\\\"sv\\\":1}\",\"isBase64Encoded\":true"),
	    SV_EVENT_PROXY2, "not base64");
	refused(REST("\"body\":\"eyJzdiI6MX0\",\"isBase64Encoded\":true"),
	    SV_EVENT_PROXY, "not base64");
	refused(REST("\"body\":\"eyJz====\",\"isBase64Encoded\":true"),
	    SV_EVENT_PROXY, "not base64");
}

static void
what_is_no_body(void **state)
{

	(void)state;
	refused(REST("\"body\":null,\"isBase64Encoded\":false"),
	    SV_EVENT_PROXY, "no body");
	refused(HTTP2("\"isBase64Encoded\":false"), SV_EVENT_PROXY2, "no body");
	refused(HTTP2("\"body\":{\"sv\":1}"), SV_EVENT_PROXY2,
	    "must be a string");
	refused(REST("\"body\":\"x\",\"isBase64Encoded\":\"true\""),
	    SV_EVENT_PROXY, "isBase64Encoded");
}

/* A zero byte inside is the body's; its length is known. */
static void
zeros_in_a_body(void **state)
{
	static const char text[] = HTTP2("\"body\":\"a\\u0000b\"");
	struct sv_event e;
	char why[SV_WHY];

	(void)state;
	assert_int_equal(sv_event_parse(&e, text, strlen(text), why), 0);
	assert_int_equal(e.shape, SV_EVENT_PROXY2);
	assert_int_equal(e.len, 3);
	assert_memory_equal(e.text, "a\0b", 3);
	sv_event_fini(&e);
}

static void
answers_are_wrapped(void **state)
{
	static const char wrapped[] =
	    "{\"statusCode\":400,\"headers\":{\"content-type\":"
	    "\"application/json\"},\"body\":\"{\\\"a\\\":\\\"\\\\\\\"\\\"}\","
	    "\"isBase64Encoded\":false}";
	char *s;

	(void)state;
	s = sv_event_answer(SV_EVENT_BARE, 400, json_pack("{s:s}", "a", "\""));
	assert_string_equal(s, "{\"a\":\"\\\"\"}");
	free(s);
	for (int i = SV_EVENT_PROXY; i <= SV_EVENT_PROXY2; i++) {
		s = sv_event_answer((enum sv_event_shape)i, 400,
		    json_pack("{s:s}", "a", "\""));
		assert_string_equal(s, wrapped);
		free(s);
	}
	assert_null(sv_event_answer(SV_EVENT_BARE, 200, NULL));
	assert_null(sv_event_answer(SV_EVENT_PROXY, 200, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bare_is_what_it_is),
		cmocka_unit_test(proxy_has_a_body),
		cmocka_unit_test(bodies_may_be_base64),
		cmocka_unit_test(what_is_no_body),
		cmocka_unit_test(zeros_in_a_body),
		cmocka_unit_test(answers_are_wrapped)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
