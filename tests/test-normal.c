#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "normal.h"
#include "rng.h"

#define TWO52 0x1p52

/* The deviate of the m-th of 2^52 cells. */
static double
quantile(uint64_t m)
{
	uint64_t bits = m << 12 | 0xabc;	/* the low bits mean nothing */
	double x;

	sv_normal_fill(&x, &bits, 1);
	return (x);
}

static void
known_quantiles(void **state)
{
	static const double table[][2] = {
		{ 0.6, 0.2533471031357997 }, { 0.75, 0.6744897501960817 },
		{ 0.9, 1.2815515655446004 }, { 0.95, 1.6448536269514722 },
		{ 0.975, 1.959963984540054 }, { 0.99, 2.3263478740408408 },
		{ 0.999, 3.090232306167813 }, { 0.9999, 3.719016485455709 }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_true(fabs(quantile((uint64_t)(table[i][0] * TWO52)) -
		    table[i][1]) < 2e-12);
}

/* Phi(x) = p to nearly all digits, from the centre to both far ends. */
static void
the_distribution_function_is_inverted(void **state)
{

	(void)state;
	for (double p = 0.5 / TWO52; p < 0.5; p *= 1.01) {
		uint64_t m = (uint64_t)(p * TWO52);
		double exact = ((double)m + 0.5) / TWO52;
		double x = quantile(m);
		double back = erfc(-x / sqrt(2)) / 2;

		assert_true(fabs(back - exact) <=
		    2e-15 * (2 + x * x) * exact);
		/* The upper half mirrors the lower one to the bit. */
		assert_true(quantile(((uint64_t)1 << 52) - 1 - m) == -x);
	}
}

static void
the_ends_are_finite(void **state)
{

	(void)state;
	assert_true(fabs(quantile(0) + 8.2095361516013856) < 1e-13);
	assert_true(quantile(0) == -quantile(((uint64_t)1 << 52) - 1));
}

static void
the_logarithm_is_near_that_of_libm(void **state)
{

	(void)state;
	for (double x = 0x1p-54; x < 0.1; x *= 1.0007)
		assert_true(fabs(sv_normal_log(x) - log(x)) <=
		    2 * 0x1p-53 * fabs(log(x)));
	assert_true(sv_normal_log(1) == 0);
	assert_true(fabs(sv_normal_log(10) - log(10)) < 1e-15);
}

/* A deviate depends on its own word alone, wherever it stands. */
static void
any_length_gives_the_same(void **state)
{
	uint64_t bits[300];
	double all[300], some[301];
	struct sv_rng g;

	(void)state;
	assert_int_equal(sv_rng_init(&g, "test", 1), 0);
	sv_rng_blocks(&g, 0, 37, bits);
	sv_normal_fill(all, bits, 296);
	for (size_t n = 0; n <= 296; n++) {
		some[n] = 42;
		sv_normal_fill(some, bits, n);
		assert_memory_equal(some, all, n * sizeof(double));
		assert_true(some[n] == 42);
	}
	sv_normal_fill(some, bits + 5, 100);
	assert_memory_equal(some, all + 5, 100 * sizeof(double));
}

static void
moments(void **state)
{
	const size_t n = 1 << 20;
	uint64_t *bits = malloc(n * sizeof(*bits));
	double *x = malloc(n * sizeof(*x)), m[5] = { 0 };
	size_t beyond = 0;
	struct sv_rng g;

	(void)state;
	assert_non_null(bits);
	assert_non_null(x);
	assert_int_equal(sv_rng_init(&g, "test", 2), 0);
	sv_rng_blocks(&g, 0, n / SV_RNG_WORDS, bits);
	sv_normal_fill(x, bits, n);
	for (size_t i = 0; i < n; i++) {
		for (int k = 1; k <= 4; k++)
			m[k] += pow(x[i], k) / (double)n;
		beyond += fabs(x[i]) > 3;
	}
	/* Within five standard deviations: variances 1, 2, 15, 96 over n. */
	assert_true(fabs(m[1]) < 5 * sqrt(1.0 / (double)n));
	assert_true(fabs(m[2] - 1) < 5 * sqrt(2.0 / (double)n));
	assert_true(fabs(m[3]) < 5 * sqrt(15.0 / (double)n));
	assert_true(fabs(m[4] - 3) < 5 * sqrt(96.0 / (double)n));
	assert_true(fabs((double)beyond - 0.0026998 * (double)n) <
	    5 * sqrt(0.0026998 * (double)n));
	free(bits);
	free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_quantiles),
		cmocka_unit_test(the_distribution_function_is_inverted),
		cmocka_unit_test(the_ends_are_finite),
		cmocka_unit_test(the_logarithm_is_near_that_of_libm),
		cmocka_unit_test(any_length_gives_the_same),
		cmocka_unit_test(moments)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
