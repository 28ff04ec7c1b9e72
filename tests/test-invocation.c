#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "invocation.h"

static const char good[] =
    "{\"sv\":1,\"job\":\"00112233aabbccdd\",\"shard\":3,\"workers\":16,"
    "\"generation\":1,\"hub\":\"tcp://127.0.0.1:4711\",\"wire\":\"f64\","
    "\"problem\":{\"kind\":\"shard\"}}";

/* Parse ${text}; it must be refused with a reason that says ${word}. */
static void
refused(const char *text, const char *word)
{
	struct sv_invocation inv;
	char why[SV_WHY] = "";

	assert_int_equal(sv_invocation_parse(&inv, text, strlen(text), why), -1);
	if (strstr(why, word) == NULL)
		fail_msg("%s: reason is '%s', expected '%s'", text, why, word);
	assert_null(inv.json);
}

/* The good text with the first ${from} replaced by ${to} must be refused. */
static void
changed(const char *from, const char *to, const char *word)
{
	const char *at = strstr(good, from);
	char text[1024];

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, to,
	    at + strlen(from));
	refused(text, word);
}

static void
built_is_parsed(void **state)
{
	json_t *share = json_pack("{s:s, s:f}", "kind", "recipe", "p", 0.001);
	struct sv_invocation inv;
	char why[SV_WHY] = "";
	json_t *o;
	char *text;

	(void)state;
	o = sv_invocation_json(0xfedcba9876543210, 15, 16, 2,
	    "tcp://10.0.0.1:5555", share, NULL);
	assert_non_null(o);
	text = json_dumps(o, JSON_COMPACT);
	assert_int_equal(sv_invocation_parse(&inv, text, strlen(text), why), 0);
	assert_true(inv.job == 0xfedcba9876543210);
	assert_int_equal(inv.shard, 15);
	assert_int_equal(inv.workers, 16);
	assert_int_equal(inv.generation, 2);
	assert_string_equal(inv.hub, "tcp://10.0.0.1:5555");
	assert_int_equal(inv.wire, SV_F64);
	assert_true(json_equal(inv.share, share));
	sv_invocation_fini(&inv);
	assert_null(inv.json);
	free(text);
	json_decref(o);
	json_decref(share);
}

/* The text is what the manual prints. */
static void
text_is_fixed(void **state)
{
	json_t *share = json_pack("{s:s}", "kind", "shard");
	json_t *o;
	char *text;

	(void)state;
	o = sv_invocation_json(0x00112233aabbccdd, 3, 16, 1,
	    "tcp://127.0.0.1:4711", share, NULL);
	text = json_dumps(o, JSON_COMPACT);
	assert_string_equal(text, good);
	free(text);
	json_decref(o);
	json_decref(share);
}

static void
unknown_member_is_passed_over(void **state)
{
	struct sv_invocation inv;
	char why[SV_WHY] = "", text[1024];

	(void)state;
	snprintf(text, sizeof(text), "{\"later\":[1,2],%s", good + 1);
	assert_int_equal(sv_invocation_parse(&inv, text, strlen(text), why), 0);
	sv_invocation_fini(&inv);
}

static void
bad_texts_are_refused(void **state)
{
	struct sv_invocation inv;
	char why[SV_WHY] = "";

	(void)state;
	refused("", "not JSON");
	refused("{", "not JSON");
	refused("[]", "object");
	refused("{}", "\"sv\"");
	refused("{\"sv\":1,\"sv\":1}", "duplicate");
	assert_int_equal(sv_invocation_parse(&inv, good, sizeof(good), why), -1);
	assert_int_equal(sv_invocation_parse(&inv, good,
	    SV_INVOCATION_MAX + 1, why), -1);
	assert_non_null(strstr(why, "longer"));
}

static void
bad_members_are_refused(void **state)
{

	(void)state;
	changed("\"sv\":1", "\"sv\":2", "\"sv\"");
	changed("\"sv\":1", "\"sv\":\"1\"", "\"sv\"");
	changed("00112233aabbccdd", "00112233AABBCCDD", "\"job\"");
	changed("00112233aabbccdd", "0112233aabbccdd", "\"job\"");
	changed("00112233aabbccdd", "0000000000000000", "\"job\"");
	changed("\"00112233aabbccdd\"", "17", "\"job\"");
	changed("\"shard\":3", "\"shard\":16", "\"shard\"");
	changed("\"shard\":3", "\"shard\":-1", "\"shard\"");
	changed("\"shard\":3", "\"shard\":3.0", "\"shard\"");
	changed("\"workers\":16", "\"workers\":0", "\"workers\"");
	changed("\"workers\":16", "\"workers\":4294967295", "\"workers\"");
	changed("\"generation\":1", "\"generation\":0", "\"generation\"");
	changed("\"generation\":1,", "", "\"generation\"");
	changed("tcp://127.0.0.1:4711", "inproc://x", "\"hub\"");
	changed("tcp://127.0.0.1:4711", "tcp://a b:1", "\"hub\"");
	changed("tcp://127.0.0.1:4711", "tcp://a\\n:1", "\"hub\"");
	changed("\"wire\":\"f64\"", "\"wire\":\"f16\"", "\"wire\"");
	changed("{\"kind\":\"shard\"}", "[]", "\"problem\"");
	changed("{\"kind\":\"shard\"}", "null", "\"problem\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(built_is_parsed),
		cmocka_unit_test(text_is_fixed),
		cmocka_unit_test(unknown_member_is_passed_over),
		cmocka_unit_test(bad_texts_are_refused),
		cmocka_unit_test(bad_members_are_refused)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
