#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "percent.h"

static void
bytes_that_are_encoded(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" }, { "plain+", "plain+" }, { "%41%62%2f", "Ab/" },
		{ "%C3%a4%25", "\xc3\xa4%" }
	};
	char *s;

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		s = sv_percent_decode(pairs[i][0], strlen(pairs[i][0]));
		assert_non_null(s);
		assert_string_equal(s, pairs[i][1]);
		free(s);
	}
}

static void
what_is_no_encoding(void **state)
{
	static const char *const bad[] = {
		"%", "%4", "a%4g", "%g4", "%%41", "a%00b", "% 41"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		assert_null(sv_percent_decode(bad[i], strlen(bad[i])));
		assert_int_equal(errno, EINVAL);
	}
	/* What lies behind the end is not read. */
	assert_null(sv_percent_decode("ab%41", 4));
	assert_null(sv_percent_decode("a\0b", 3));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_that_are_encoded),
		cmocka_unit_test(what_is_no_encoding)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
