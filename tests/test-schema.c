/* How columns become features, from what anybody may say. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema.h"

static const char whole[] = "{\"format\":\"csv\",\"columns\":["
	"{\"name\":\"age\"},{\"name\":\"job\",\"as\":\"category\"},"
	"{\"name\":\"id\",\"as\":\"ignored\"},{\"name\":\"pay\"},"
	"{\"name\":\"income\",\"as\":\"label\"}],\"header\":false,"
	"\"hash\":\"xxh3-64\",\"buckets\":1024,\"missing\":0,"
	"\"positive\":\">50K\",\"negative\":\"<=50K\"}";

static struct sv_schema *
parse(const char *text, char why[SV_WHY])
{
	json_t *o = json_loads(text, JSON_ALLOW_NUL, NULL);
	struct sv_schema *s;

	if (o == NULL)
		fail_msg("not JSON: %s", text);
	why[0] = '\0';
	s = sv_schema_parse(o, why);
	json_decref(o);
	return (s);
}

static struct sv_schema *
good(const char *text)
{
	char why[SV_WHY];
	struct sv_schema *s = parse(text, why);

	if (s == NULL)
		fail_msg("%s: %s", text, why);
	return (s);
}

static void
check_same(const char *text)
{
	struct sv_schema *s = good(text);
	json_t *o = sv_schema_json(s);
	char *again = json_dumps(o, JSON_COMPACT);

	assert_string_equal(again, text);
	free(again);
	json_decref(o);
	sv_schema_free(s);
}

static void
what_is_read_is_what_is_written(void **state)
{

	(void)state;
	check_same(whole);
	check_same("{\"format\":\"tsv\",\"columns\":[{\"name\":\"a\"},"
	    "{\"name\":\"b\",\"as\":\"label\"}],\"missing\":-2.5}");
	check_same("{\"format\":\"csv\",\"columns\":[{\"name\":\"a\"}]}");
	check_same("{\"format\":\"libsvm\"}");
	check_same("{\"format\":\"libsvm\",\"zero_based\":true,\"positive\":"
	    "\"3\"}");
	sv_schema_free(NULL);
}

static void
features_have_numbers_and_names(void **state)
{
	struct sv_schema *s = good(whole);
	char buf[40];

	(void)state;
	assert_int_equal(sv_schema_features(s), 2 + 1024);
	assert_int_equal(s->label, 4);
	assert_string_equal(sv_schema_feature(s, 0, buf, sizeof(buf)), "age");
	assert_string_equal(sv_schema_feature(s, 1, buf, sizeof(buf)), "pay");
	assert_string_equal(sv_schema_feature(s, 2, buf, sizeof(buf)),
	    "hash:0");
	assert_string_equal(sv_schema_feature(s, 1025, buf, sizeof(buf)),
	    "hash:1023");
	assert_null(sv_schema_feature(s, 1026, buf, sizeof(buf)));
	assert_null(sv_schema_feature(s, UINT64_MAX, buf, sizeof(buf)));
	/* No more than there is room for. */
	assert_string_equal(sv_schema_feature(s, 1025, buf, 7), "hash:1");
	sv_schema_free(s);
	s = good("{\"format\":\"libsvm\"}");
	assert_int_equal(sv_schema_features(s), 0);
	assert_null(sv_schema_feature(s, 0, buf, sizeof(buf)));
	sv_schema_free(s);
}

/* By Python's xxhash: xxh3_64_intdigest("job=clerk") % 1024 = 126 ... */
static void
categories_are_hashed_as_stated(void **state)
{
	static const char utf8[] = "\xc3\xa9tat=Z\xc3\xbcrich";
	struct sv_schema *s = good(whole);

	(void)state;
	assert_int_equal(sv_schema_category(s, "job=clerk", 9), 2 + 126);
	assert_int_equal(sv_schema_category(s, "job=manager", 11), 2 + 332);
	assert_int_equal(sv_schema_category(s, "job=", 4), 2 + 632);
	assert_int_equal(sv_schema_category(s, utf8, sizeof(utf8) - 1),
	    2 + 326);
	sv_schema_free(s);
	s = good("{\"format\":\"csv\",\"columns\":[{\"name\":\"a\"},{\"name\":"
	    "\"b\"},{\"name\":\"job\",\"as\":\"category\"}],\"hash\":"
	    "\"xxh3-64\",\"buckets\":4294967293}");
	assert_int_equal(sv_schema_features(s), UINT32_MAX);
	assert_int_equal(sv_schema_category(s, "job=clerk", 9),
	    2 + 3857870409);
	sv_schema_free(s);
}

static void
nonsense_is_refused_with_a_reason(void **state)
{
#define COLUMNS "{\"format\":\"csv\",\"columns\":["
#define JOB "{\"name\":\"job\",\"as\":\"category\"}"
	static const char *const bad[][2] = {
		{ "{}", "\"format\"" },
		{ "[]", "\"format\"" },
		{ "{\"format\":1}", "\"format\"" },
		{ "{\"format\":\"xml\"}", "\"format\"" },
		{ "{\"format\":\"csv\"}", "\"columns\"" },
		{ "{\"format\":\"csv\",\"columns\":{}}", "\"columns\"" },
		{ COLUMNS "]}", "no column" },
		{ COLUMNS "1]}", "column 1" },
		{ COLUMNS "{\"name\":\"a\"},{\"as\":\"label\"}]}", "column 2" },
		{ COLUMNS "{\"name\":\"a\",\"as\":\"x\"}]}", "column 1" },
		{ COLUMNS "{\"name\":\"a\",\"as\":null}]}", "column 1" },
		{ COLUMNS "{\"name\":\"a\\u0000b\"}]}", "column 1" },
		{ COLUMNS "{\"name\":\"a\\u0007\"}]}", "not UTF-8" },
		{ COLUMNS "{\"name\":\"a\"},{\"name\":\"b\"},"
		    "{\"name\":\"a\"}]}",
		    "columns 1 and 3 are both called 'a'" },
		{ COLUMNS "{\"name\":\"a\",\"as\":\"label\"}]}", "no column" },
		{ COLUMNS "{\"name\":\"a\",\"as\":\"label\"},{\"name\":\"b\","
		    "\"as\":\"label\"},{\"name\":\"c\"}]}",
		    "columns 1 and 2 are both labels" },
		{ COLUMNS JOB "]}", "\"hash\"" },
		{ COLUMNS JOB "],\"hash\":\"xxh3-64\"}", "\"hash\"" },
		{ COLUMNS JOB "],\"hash\":\"md5\",\"buckets\":1}", "\"hash\"" },
		{ COLUMNS JOB "],\"hash\":\"xxh3-64\",\"buckets\":0}",
		    "\"hash\"" },
		{ COLUMNS JOB "],\"hash\":\"xxh3-64\",\"buckets\":-1}",
		    "\"hash\"" },
		{ COLUMNS JOB "],\"hash\":\"xxh3-64\",\"buckets\":4294967296}",
		    "\"hash\"" },
		{ COLUMNS "{\"name\":\"a\"}," JOB "],\"hash\":\"xxh3-64\","
		    "\"buckets\":4294967295}", "2^32 - 1" },
		{ COLUMNS "{\"name\":\"a\"}],\"header\":1}", "\"header\"" },
		{ COLUMNS "{\"name\":\"a\"}],\"missing\":\"0\"}",
		    "\"missing\"" },
		{ COLUMNS "{\"name\":\"a\"}],\"positive\":1}",
		    "\"positive\"" },
		{ "{\"format\":\"libsvm\",\"negative\":[]}", "\"negative\"" },
		{ "{\"format\":\"libsvm\",\"zero_based\":0}", "\"zero_based\"" }
	};
	char why[SV_WHY];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(bad[i][0], why) != NULL)
			fail_msg("taken: %s", bad[i][0]);
		if (strstr(why, bad[i][1]) == NULL)
			fail_msg("%s: %s", bad[i][0], why);
	}
	assert_null(sv_schema_parse(NULL, why));
}

static void
many_columns_are_found(void **state)
{
	const size_t n = 100000;
	struct sv_schema *s = sv_schema_new(SV_SCHEMA_CSV);
	char name[20], why[SV_WHY], buf[20];
	int len;

	(void)state;
	assert_non_null(s);
	for (size_t i = 0; i < n; i++) {
		len = sprintf(name, "x%zu", i * 7919 % n);
		assert_int_equal(sv_schema_add(s, name, (size_t)len, why), 0);
	}
	assert_int_equal(sv_schema_sort(s, why), 0);
	for (size_t i = 0; i < n; i++) {
		sprintf(name, "x%zu", i * 7919 % n);
		assert_int_equal(sv_schema_find(s, name), i);
	}
	assert_int_equal(sv_schema_find(s, "x"), n);
	assert_int_equal(sv_schema_find(s, ""), n);
	for (size_t i = 0; i < n; i += 2)
		s->columns[i].as = SV_SCHEMA_IGNORED;
	assert_int_equal(sv_schema_settle(s, why), 0);
	assert_int_equal(sv_schema_features(s), n / 2);
	sprintf(name, "x%zu", (n - 1) * 7919 % n);
	assert_string_equal(sv_schema_feature(s, n / 2 - 1, buf, sizeof(buf)),
	    name);
	sv_schema_free(s);
}

static void
too_many_columns_are_refused(void **state)
{
	struct sv_schema *s = sv_schema_new(SV_SCHEMA_CSV);
	char why[SV_WHY];

	(void)state;
	assert_non_null(s);
	for (size_t i = 0; i < SV_SCHEMA_COLUMNS; i++)
		if (sv_schema_add(s, "x", 1, why) != 0)
			fail_msg("column %zu: %s", i + 1, why);
	assert_int_equal(sv_schema_add(s, "x", 1, why), -1);
	assert_string_equal(why, "more than 1048576 columns");
	sv_schema_free(s);
}

static void
labels_are_the_same_as_numbers_or_as_text(void **state)
{

	(void)state;
	assert_true(sv_schema_same("1", "1"));
	assert_true(sv_schema_same("1", "+1.0"));
	assert_true(sv_schema_same("1e2", "100"));
	assert_true(sv_schema_same("yes", "yes"));
	assert_true(sv_schema_same("", ""));
	assert_false(sv_schema_same("1", "-1"));
	assert_false(sv_schema_same("1", "1x"));
	assert_false(sv_schema_same("1", ""));
	assert_false(sv_schema_same("yes", "Yes"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_what_is_written),
		cmocka_unit_test(features_have_numbers_and_names),
		cmocka_unit_test(categories_are_hashed_as_stated),
		cmocka_unit_test(nonsense_is_refused_with_a_reason),
		cmocka_unit_test(many_columns_are_found),
		cmocka_unit_test(too_many_columns_are_refused),
		cmocka_unit_test(labels_are_the_same_as_numbers_or_as_text)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
