#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "head.h"

#define UUID "8f5077c2-6b13-4e5f-9a5c-3d2b1a0f9e8d"

/* What is known of a head of this one line. */
static struct head
line(const char *s)
{
	struct head h;

	memset(&h, 0, sizeof(h));
	head_line(&h, s, strlen(s));
	return (h);
}

static void
names_in_any_case(void **state)
{
	struct head h;

	(void)state;
	h = line("Lambda-Runtime-Aws-Request-Id: " UUID "\r\n");
	assert_string_equal(h.id, UUID);
	h = line("lambda-runtime-aws-request-id:" UUID "\n");
	assert_string_equal(h.id, UUID);
	h = line("LAMBDA-EXTENSION-IDENTIFIER: \t " UUID " \t\r\n");
	assert_string_equal(h.extension, UUID);
	h = line("lambda-runtime-DEADLINE-ms: 1795361847805\r\n");
	assert_true(h.deadline_ms == 1795361847805);
	h = line("Lambda-Runtime-Trace-Id: Root=1-5759e988;Sampled=0\r\n");
	assert_string_equal(h.trace, "Root=1-5759e988;Sampled=0");
}

static void
other_lines_are_passed_over(void **state)
{
	const char *const others[] = {
		"", "\r\n", ":", "HTTP/1.1 200 OK\r\n", "X: y\r\n",
		"Lambda-Runtime-Aws-Request-Id\r\n",
		"Lambda-Runtime-Aws-Request-Id : " UUID "\r\n",
		"Lambda-Runtime-Aws-Request-Idx: " UUID "\r\n",
		"Lambda-Runtime-Aws-Request-I: " UUID "\r\n"
	};
	struct head none, h;

	(void)state;
	memset(&none, 0, sizeof(none));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		h = line(others[i]);
		assert_memory_equal(&h, &none, sizeof(h));
	}
}

/* It goes into a URL. */
static void
an_id_is_one_word(void **state)
{
	const char *const bad[] = {
		"", " ", "a b", "../x", "a/b", "a?b", "a#b", "a%20b", "a\tb",
		"a\001b", "\303\244", "a.b"
	};
	char text[400];
	struct head h;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text),
		    "Lambda-Runtime-Aws-Request-Id: %s\r\n", bad[i]);
		h = line(text);
		assert_string_equal(h.id, "");
	}
	for (int n = (int)HEAD_ID; n <= (int)HEAD_ID + 1; n++) {
		snprintf(text, sizeof(text),
		    "Lambda-Runtime-Aws-Request-Id: %0*d\r\n", n, 7);
		h = line(text);
		assert_int_equal(strlen(h.id), n <= (int)HEAD_ID ? n : 0);
	}
	/* A zero byte is no end. */
	memset(&h, 0, sizeof(h));
	head_line(&h, "Lambda-Runtime-Aws-Request-Id: a\0b\r\n", 37);
	assert_string_equal(h.id, "");
}

static void
a_deadline_is_a_number(void **state)
{
	const char *const bad[] = {
		"", "-1", "+1", "1e9", "12 34", "0x10", "1.5", "soon",
		"1000000000000000"
	};
	char text[200];
	struct head h;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "Lambda-Runtime-Deadline-Ms: %s"
		    "\r\n", bad[i]);
		h = line(text);
		assert_true(h.deadline_ms == 0);
	}
	h = line("Lambda-Runtime-Deadline-Ms: 999999999999999\r\n");
	assert_true(h.deadline_ms == 999999999999999);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_in_any_case),
		cmocka_unit_test(other_lines_are_passed_over),
		cmocka_unit_test(an_id_is_one_word),
		cmocka_unit_test(a_deadline_is_a_number)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
