/* What AWS Lambda asks for. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <math.h>

#include <cmocka.h>

#include "price.h"

static void
names(void **state)
{
	enum sv_price_arch arch = SV_PRICE_X86_64;

	(void)state;
	assert_int_equal(sv_price_arch_parse("arm64", &arch), 0);
	assert_int_equal(arch, SV_PRICE_ARM64);
	assert_string_equal(sv_price_arch_name(arch), "arm64");
	assert_int_equal(sv_price_arch_parse("x86_64", &arch), 0);
	assert_int_equal(arch, SV_PRICE_X86_64);
	assert_string_equal(sv_price_arch_name(arch), "x86_64");
	assert_int_equal(sv_price_arch_parse("x86", &arch), -1);
	assert_int_equal(sv_price_arch_parse("", &arch), -1);
	assert_int_equal(arch, SV_PRICE_X86_64);
}

/* One function of 1769 MB for 900 s; a million requests. */
static void
prices(void **state)
{
	double gb_s = 1769.0 / 1024 * 900;

	(void)state;
	assert_true(fabs(sv_price_requests(1e6) - 0.20) < 1e-12);
	assert_true(fabs(sv_price_duration(SV_PRICE_X86_64, gb_s) -
	    0.025913138) < 1e-8);
	assert_true(fabs(sv_price_duration(SV_PRICE_ARM64, gb_s) -
	    0.020730567) < 1e-8);
	assert_true(sv_price_duration(SV_PRICE_ARM64, 0) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(prices)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
