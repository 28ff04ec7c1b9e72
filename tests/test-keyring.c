#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keyring.h"

#define MANY 3000u

/* Key number ${n}; ${near} of them have the same home, and so on. */
static const uint8_t *
key(uint32_t n, uint32_t near)
{
	static uint8_t k[SV_CURVE_KEY];
	uint64_t home = (uint64_t)(n / near) * 0x9e3779b97f4a7c15u;

	memset(k, 0, sizeof(k));
	memcpy(k, &home, sizeof(home));
	memcpy(k + 20, &n, sizeof(n));
	return (k);
}

static void
who_is_in_is_found(void **state)
{
	struct sv_keyring *k = sv_keyring_new();
	struct sv_keyring_owner o = { 7, 7 };

	(void)state;
	assert_non_null(k);
	assert_false(sv_keyring_find(k, key(0, 1), &o));
	assert_int_equal(o.shard, 7);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(sv_keyring_add(k, key(i, 1),
		    (struct sv_keyring_owner){ i, i + 1 }), 0);
	for (uint32_t i = 0; i < MANY; i++) {
		assert_true(sv_keyring_find(k, key(i, 1), &o));
		assert_int_equal(o.shard, i);
		assert_int_equal(o.generation, i + 1);
	}
	assert_false(sv_keyring_find(k, key(MANY, 1), &o));
	sv_keyring_free(k);
	sv_keyring_free(NULL);
}

static void
a_key_that_comes_again_has_a_new_owner(void **state)
{
	struct sv_keyring *k = sv_keyring_new();
	struct sv_keyring_owner o;

	(void)state;
	assert_non_null(k);
	for (uint32_t i = 1; i < 200; i++)
		assert_int_equal(sv_keyring_add(k, key(0, 1),
		    (struct sv_keyring_owner){ 3, i }), 0);
	assert_true(sv_keyring_find(k, key(0, 1), &o));
	assert_int_equal(o.generation, 199);
	sv_keyring_remove(k, key(0, 1));
	assert_false(sv_keyring_find(k, key(0, 1), &o));
	sv_keyring_free(k);
}

/* Against a table of truth, with homes that many share, and the last ones. */
static void
adding_and_removing_at_random(void **state)
{
	static uint32_t truth[MANY];	/* generation, 0: not in */
	struct sv_keyring_owner o;
	uint64_t seed = 1;

	(void)state;
	for (uint32_t near = 1; near <= 64; near *= 8) {
		struct sv_keyring *k = sv_keyring_new();

		assert_non_null(k);
		memset(truth, 0, sizeof(truth));
		for (uint32_t step = 1; step < 40000; step++) {
			uint32_t n;

			seed = seed * 6364136223846793005u + 1;
			n = (uint32_t)(seed >> 33) % (step < 20000 ? 100 :
			    MANY);
			if ((seed >> 60) < 8) {
				assert_int_equal(sv_keyring_add(k, key(n, near),
				    (struct sv_keyring_owner){ n, step }), 0);
				truth[n] = step;
			} else {
				sv_keyring_remove(k, key(n, near));
				truth[n] = 0;
			}
			seed = seed * 6364136223846793005u + 1;
			n = (uint32_t)(seed >> 33) % MANY;
			assert_int_equal(sv_keyring_find(k, key(n, near), &o),
			    truth[n] != 0);
			assert_true(truth[n] == 0 || o.generation == truth[n]);
		}
		for (uint32_t n = 0; n < MANY; n++)
			assert_int_equal(sv_keyring_find(k, key(n, near), &o),
			    truth[n] != 0);
		sv_keyring_free(k);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_in_is_found),
		cmocka_unit_test(a_key_that_comes_again_has_a_new_owner),
		cmocka_unit_test(adding_and_removing_at_random),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
