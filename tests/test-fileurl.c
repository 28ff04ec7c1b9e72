#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fileurl.h"

static void
urls_of_files(void **state)
{
	static const char *const pairs[][2] = {
		{ "/a/b-c_d.e~f", "file:///a/b-c_d.e~f" },
		{ "/a b/%41#?", "file:///a%20b/%2541%23%3F" },
		{ "/\xc3\xa4\n", "file:///%C3%A4%0A" }
	};
	static const char *const bad[] = {
		"", "/a", "http://x/a", "file:/a", "file://", "file://host/a",
		"file:///a%", "file:///a%4", "file:///a%4g", "file:///a%00b"
	};
	char *s;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_non_null(s = sv_fileurl_make(pairs[i][0]));
		assert_string_equal(s, pairs[i][1]);
		free(s);
		assert_non_null(s = sv_fileurl_path(pairs[i][1]));
		assert_string_equal(s, pairs[i][0]);
		free(s);
	}
	assert_non_null(s = sv_fileurl_path("file://localhost/a%2fb"));
	assert_string_equal(s, "/a/b");
	free(s);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(sv_fileurl_path(bad[i]));
		assert_int_equal(errno, EINVAL);
	}
	assert_null(sv_fileurl_make("relative"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_of_files)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
