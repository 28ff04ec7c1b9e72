#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "curve.h"

/* The example of the specification of Z85 (rfc.zeromq.org/spec/32), 4 times. */
static const uint8_t example[] = {
	0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b,
	0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b,
	0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b,
	0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b
};
static const char example_text[] =
    "HelloWorldHelloWorldHelloWorldHelloWorld";

/* The client's and the server's pair of zmq_curve(7). */
static const struct {
	const char *public, *secret;
} manual[] = {
	{ "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID",
	    "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs" },
	{ "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7",
	    "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6" }
};

/* Curve25519 of RFC 7748, section 6.1. */
static const uint8_t alice_secret[] = {
	0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18, 0xa5, 0x7d, 0x3c, 0x16, 0xc1, 0x72,
	0x51, 0xb2, 0x66, 0x45, 0xdf, 0x4c, 0x2f, 0x87, 0xeb, 0xc0, 0x99, 0x2a,
	0xb1, 0x77, 0xfb, 0xa5, 0x1d, 0xb9, 0x2c, 0x2a
};
static const uint8_t alice_public[] = {
	0x85, 0x20, 0xf0, 0x09, 0x89, 0x30, 0xa7, 0x54, 0x74, 0x8b, 0x7d, 0xdc,
	0xb4, 0x3e, 0xf7, 0x5a, 0x0d, 0xbf, 0x3a, 0x0d, 0x26, 0x38, 0x1a, 0xf4,
	0xeb, 0xa4, 0xa9, 0x8e, 0xaa, 0x9b, 0x4e, 0x6a
};

static void
text_is_z85(void **state)
{
	char text[SV_CURVE_TEXT];
	uint8_t key[SV_CURVE_KEY];

	(void)state;
	sv_curve_text(example, text);
	assert_string_equal(text, example_text);
	assert_int_equal(sv_curve_parse(key, example_text), 0);
	assert_memory_equal(key, example, sizeof(key));
}

static void
what_is_no_key_is_not_taken(void **state)
{
	static const char *const bad[] = { "", "Hello",
	    "HelloWorldHelloWorldHelloWorldHelloWorl",
	    "HelloWorldHelloWorldHelloWorldHelloWorldH",
	    "HelloWorldHelloWorldHelloWorldHelloWor\"d",
	    "HelloWorldHelloWorldHelloWorldHelloWor d",
	    "HelloWorldHelloWorldHelloWorldHelloWor\x7f" "d",
	    "HelloWorldHelloWorldHelloWorldHelloWor\xff" "d",
	    "HelloWorldHelloWorldHelloWorldHelloWor\n" "d",
	    /* Five digits that are more than 32 bits. */
	    "#####WorldHelloWorldHelloWorldHelloWorld",
	    "HelloWorldHelloWorldHelloWorldHello%nSc1" };
	uint8_t key[SV_CURVE_KEY];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (sv_curve_parse(key, bad[i]) != -1)
			fail_msg("'%s' was taken", bad[i]);
}

/* A JSON object of these keys. */
static json_t *
object(const char *hub, const char *public, const char *secret)
{
	json_t *o = json_pack("{s:s, s:s, s:s}", "hub", hub, "public", public,
	    "secret", secret);

	assert_non_null(o);
	return (o);
}

static void
known_pairs_belong(void **state)
{
	struct sv_curve_keys k;
	char public[SV_CURVE_TEXT], secret[SV_CURVE_TEXT];
	json_t *o;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		o = object(example_text, manual[i].public, manual[i].secret);
		assert_int_equal(sv_curve_of(&k, o), 0);
		assert_memory_equal(k.hub, example, sizeof(example));
		json_decref(o);
	}
	sv_curve_text(alice_public, public);
	sv_curve_text(alice_secret, secret);
	o = object(example_text, public, secret);
	assert_int_equal(sv_curve_of(&k, o), 0);
	assert_memory_equal(k.own.secret, alice_secret, SV_CURVE_KEY);
	json_decref(o);
}

static void
a_pair_that_does_not_belong_is_refused(void **state)
{
	static const uint8_t zero[sizeof(struct sv_curve_keys)];
	struct sv_curve_keys k;
	json_t *o;

	(void)state;
	o = object(example_text, manual[0].public, manual[1].secret);
	assert_int_equal(sv_curve_of(&k, o), -1);
	/* Nothing of it is left. */
	assert_memory_equal(&k, zero, sizeof(k));
	json_decref(o);
}

static void
pairs_are_new_and_go_there_and_back(void **state)
{
	struct sv_curve_keys k, other, back;
	json_t *o;

	(void)state;
	memcpy(k.hub, example, sizeof(k.hub));
	assert_int_equal(sv_curve_make(&k.own), 0);
	assert_int_equal(sv_curve_make(&other.own), 0);
	assert_memory_not_equal(k.own.secret, other.own.secret, SV_CURVE_KEY);
	assert_memory_not_equal(k.own.public, other.own.public, SV_CURVE_KEY);
	o = sv_curve_json(&k);
	assert_non_null(o);
	assert_int_equal(json_object_size(o), 3);
	assert_int_equal(sv_curve_of(&back, o), 0);
	assert_memory_equal(&back, &k, sizeof(k));
	json_decref(o);
}

static void
members_are_needed_and_must_be_keys(void **state)
{
	static const char *const names[] = { "hub", "public", "secret" };
	struct sv_curve_keys k;
	json_t *o, *bad;

	(void)state;
	o = object(example_text, manual[0].public, manual[0].secret);
	for (size_t i = 0; i < 3; i++) {
		bad = json_copy(o);
		json_object_del(bad, names[i]);
		assert_int_equal(sv_curve_of(&k, bad), -1);
		json_object_set_new(bad, names[i], json_integer(7));
		assert_int_equal(sv_curve_of(&k, bad), -1);
		json_object_set_new(bad, names[i], json_string("no key"));
		assert_int_equal(sv_curve_of(&k, bad), -1);
		json_decref(bad);
	}
	json_decref(o);
	assert_int_equal(sv_curve_of(&k, NULL), -1);
	o = json_array();
	assert_int_equal(sv_curve_of(&k, o), -1);
	json_decref(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_z85),
		cmocka_unit_test(what_is_no_key_is_not_taken),
		cmocka_unit_test(known_pairs_belong),
		cmocka_unit_test(a_pair_that_does_not_belong_is_refused),
		cmocka_unit_test(pairs_are_new_and_go_there_and_back),
		cmocka_unit_test(members_are_needed_and_must_be_keys),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
