#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"

static json_t *
parse(const char *text)
{

	return (sv_json_parse(text, strlen(text), "test"));
}

static void
only_whole_objects_are_taken(void **state)
{
	static const char * const bad[] = {
		"", " ", "{", "}", "[]", "1", "null", "\"x\"", "{\"a\":1}}",
		"{\"a\":1} x", "{\"a\":1,\"a\":2}", "{'a':1}", "{\"a\":01}",
		"{\"a\":1,}", "{\"a\":NaN}", "{\"a\":\"\xff\"}",
		"{\"a\":99999999999999999999}", "{\"a\":1e999}"
	};
	json_t *o;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if ((o = parse(bad[i])) != NULL)
			fail_msg("taken: %s", bad[i]);
	assert_null(sv_json_parse("{\"a\":1}\0", 8, "test"));
	assert_null(sv_json_parse(NULL, 0, "test"));
	assert_non_null(o = parse(" {\"a\":1} \n"));
	json_decref(o);
}

/* A text of brackets must not eat the stack. */
static void
deep_texts_are_refused(void **state)
{
	size_t n = 1000000;
	char *text = malloc(n);

	(void)state;
	assert_non_null(text);
	memset(text, '[', n);
	memcpy(text, "{\"a\":", 5);
	assert_null(sv_json_parse(text, n, "test"));
	free(text);
}

static void
whole_numbers_stay_within_bounds(void **state)
{
	json_t *o = parse("{\"n\":5,\"neg\":-1,\"real\":5.0,\"s\":\"5\","
	    "\"null\":null,\"big\":4294967296,\"max\":9223372036854775807}");
	uint64_t v = 77;
	uint32_t w = 77;

	(void)state;
	assert_non_null(o);
	assert_int_equal(sv_json_u64(o, "n", 5, 5, &v), 0);
	assert_int_equal(v, 5);
	v = 77;
	assert_int_equal(sv_json_u64(o, "n", 6, 10, &v), -1);
	assert_int_equal(sv_json_u64(o, "n", 0, 4, &v), -1);
	assert_int_equal(sv_json_u64(o, "neg", 0, UINT64_MAX, &v), -1);
	assert_int_equal(sv_json_u64(o, "real", 0, UINT64_MAX, &v), -1);
	assert_int_equal(sv_json_u64(o, "s", 0, UINT64_MAX, &v), -1);
	assert_int_equal(sv_json_u64(o, "null", 0, UINT64_MAX, &v), -1);
	assert_int_equal(sv_json_u64(o, "none", 0, UINT64_MAX, &v), -1);
	assert_int_equal(sv_json_u64(NULL, "n", 0, UINT64_MAX, &v), -1);
	assert_int_equal(v, 77);
	assert_int_equal(sv_json_u32(o, "big", 0, UINT32_MAX, &w), -1);
	assert_int_equal(w, 77);
	assert_int_equal(sv_json_u64(o, "max", 0, UINT64_MAX, &v), 0);
	assert_true(v == INT64_MAX);
	json_decref(o);
}

static void
other_members_have_their_type(void **state)
{
	json_t *o = parse("{\"n\":5,\"real\":0.5,\"s\":\"five\",\"o\":{}}");
	const char *s = NULL;
	double v = 77;

	(void)state;
	assert_int_equal(sv_json_double(o, "real", &v), 0);
	assert_true(v == 0.5);
	assert_int_equal(sv_json_double(o, "n", &v), 0);
	assert_true(v == 5);
	assert_int_equal(sv_json_double(o, "s", &v), -1);
	assert_int_equal(sv_json_double(o, "none", &v), -1);
	assert_int_equal(sv_json_string(o, "s", &s), 0);
	assert_string_equal(s, "five");
	assert_int_equal(sv_json_string(o, "n", &s), -1);
	assert_int_equal(sv_json_string(o, "o", &s), -1);
	assert_string_equal(s, "five");
	json_decref(o);
}

static void
frames_carry_objects(void **state)
{
	struct sv_frame f;
	json_t *o;
	uint64_t v;

	(void)state;
	assert_int_equal(sv_json_frame(&f, SV_EVENT, json_pack("{s:i, s:i}",
	    "z", 1, "a", 2)), 0);
	assert_int_equal(f.type, SV_EVENT);
	assert_int_equal(f.ntext, strlen("{\"z\":1,\"a\":2}"));
	assert_memory_equal(sv_frame_text(&f), "{\"z\":1,\"a\":2}", f.ntext);
	assert_non_null(o = sv_json_of(&f));
	assert_int_equal(sv_json_u64(o, "a", 0, 9, &v), 0);
	assert_int_equal(v, 2);
	json_decref(o);
	sv_frame_fini(&f);
	assert_int_equal(sv_json_frame(&f, SV_EVENT, NULL), -1);
	assert_int_equal(sv_frame_make(&f, SV_GLOBAL, NULL, 0, SV_F64, 2), 0);
	assert_null(sv_json_of(&f));
	sv_frame_fini(&f);
}

static void
what_is_not_finite_becomes_null(void **state)
{
	const double values[] = { (double)NAN, (double)INFINITY,
	    -(double)INFINITY };
	json_t *v;

	(void)state;
	for (int i = 0; i < 3; i++) {
		v = sv_json_real(values[i]);
		assert_true(json_is_null(v));
		json_decref(v);
	}
	v = sv_json_real(0.1);
	assert_true(json_real_value(v) == 0.1);
	json_decref(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_whole_objects_are_taken),
		cmocka_unit_test(deep_texts_are_refused),
		cmocka_unit_test(whole_numbers_stay_within_bounds),
		cmocka_unit_test(other_members_have_their_type),
		cmocka_unit_test(frames_carry_objects),
		cmocka_unit_test(what_is_not_finite_becomes_null)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
