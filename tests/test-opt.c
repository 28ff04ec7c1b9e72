#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "opt.h"

/* The whole of the argument is a number within the bounds, or it is refused. */
static void
whole_numbers(void **state)
{
	static const char * const bad[] = {
		"", " ", " 5", "5 ", "+5", "-1", "0x10", "1e3", "5.0", "five",
		"2", "1001", "18446744073709551616", "99999999999999999999999"
	};
	uint64_t v = 7;

	(void)state;
	assert_int_equal(sv_opt_u64("-w", "3", 3, 1000, &v), 0);
	assert_int_equal(v, 3);
	assert_int_equal(sv_opt_u64("-w", "1000", 3, 1000, &v), 0);
	assert_int_equal(v, 1000);
	assert_int_equal(sv_opt_u64("-s", "18446744073709551615", 0,
	    UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX);
	v = 7;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(sv_opt_u64("-w", bad[i], 3, 1000, &v), -1);
		assert_int_equal(v, 7);
	}
}

static void
small_whole_numbers(void **state)
{
	uint32_t v = 7;

	(void)state;
	assert_int_equal(sv_opt_u32("-d", "4294967295", 1, UINT32_MAX, &v), 0);
	assert_true(v == UINT32_MAX);
	v = 7;
	assert_int_equal(sv_opt_u32("-d", "4294967296", 1, UINT32_MAX, &v), -1);
	assert_int_equal(sv_opt_u32("-d", "0", 1, UINT32_MAX, &v), -1);
	assert_int_equal(v, 7);
}

static void
real_numbers(void **state)
{
	static const char * const bad[] = {
		"", " 1", "1 ", "1,5", "x", "nan", "inf", "-inf", "1e999",
		"-0.1", "2.1", "1.5x", "."
	};
	double v = 7;

	(void)state;
	assert_int_equal(sv_opt_double("--l1", "0", 0, 2, &v), 0);
	assert_true(v == 0);
	assert_int_equal(sv_opt_double("--l1", "1.5e0", 0, 2, &v), 0);
	assert_true(v == 1.5);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(sv_opt_double("--l1", bad[i], 0, 2, &v), -1);
		assert_true(v == 1.5);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers),
		cmocka_unit_test(small_whole_numbers),
		cmocka_unit_test(real_numbers)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
