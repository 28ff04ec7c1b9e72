#include "config.h"

#include <float.h>

#include "reducebed.h"

/* Shard i's update is told to be of no use, for this reason. */
static void
expect_bad(struct sums *s, uint32_t shard, const char *why)
{
	struct sv_reduce_result result = news(s);

	assert_int_equal(result.kind, SV_REDUCE_BAD);
	assert_int_equal(result.shard, shard);
	assert_string_equal(result.why, why);
}

static void
a_damaged_update_is_told_and_its_place_stays_open(void **state)
{

	(void)state;
	for (uint32_t W = 1; W <= 9; W++)
		for (uint32_t bad = 0; bad < W; bad++) {
			double *first = sum_of(W, 1, 12, 0), *sum;
			struct sums s;

			open_sums(&s, W, 2, 12);
			start(&s);
			for (uint32_t i = 0; i < W; i++)
				give(&s, i, 0, i == bad);
			expect_bad(&s, bad, "its update was damaged");
			no_news(&s);
			give(&s, bad, 1, 0);
			sum = take_sum(&s);
			assert_memory_equal(first, sum, 12 * sizeof(*sum));
			free(sum);
			free(first);
			close_sums(&s);
		}
}

/* A number that is told where element ${at} of one of three updates is it. */
static void
refuse_number(size_t n, size_t at, double bad, const char *why)
{
	double *x = malloc(n * sizeof(*x)), *first = sum_of(3, 1, n, 0), *sum;
	struct sums s;

	assert_non_null(x);
	open_sums(&s, 3, 2, n);
	start(&s);
	give(&s, 0, 0, 0);
	give(&s, 1, 0, 0);
	fill(x, 2, n);
	x[at] = bad;
	give_numbers(&s, 2, x, at % 8, 0);
	expect_bad(&s, 2, why);
	/* Its clocks are not believed either. */
	assert_true(isnan(s.timing[2 * SV_TM_N + SV_TM_COMP]));
	assert_true(isnan(s.timing[2 * SV_TM_N + SV_TM_IDLE]));
	assert_true(isnan(s.timing[2 * SV_TM_N + SV_TM_CPU]));
	give_numbers(&s, 2, x, 0, 1);
	expect_bad(&s, 2, "its update was damaged");
	give(&s, 2, 0, 0);
	sum = take_sum(&s);
	assert_memory_equal(first, sum, n * sizeof(*sum));
	close_sums(&s);
	free(sum);
	free(first);
	free(x);
}

/* A NaN with these bits, which no processor has touched. */
static double
nan_of(uint64_t bits)
{
	double x;

	memcpy(&x, &bits, sizeof(x));
	return (x);
}

static void
an_update_that_is_not_finite_is_told(void **state)
{
	const double bad[] = { (double)NAN, (double)INFINITY, -(double)INFINITY,
	    nan_of(0x7ff0000000000001u), nan_of(0xffffffffffffffffu) };
	/* Times, other scalars, elements; where blocks begin and end. */
	const size_t at[] = { 0, 1, 2, 3, 6, 7, 32767, 32768, 65535, 65536,
	    69999 };

	(void)state;
	for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++)
		for (size_t j = 0; j < 20; j++)
			refuse_number(20, j, bad[k], "its update is not finite");
	for (size_t j = 0; j < sizeof(at) / sizeof(at[0]); j++)
		refuse_number(70000, at[j], bad[j % 5],
		    "its update is not finite");
}

static void
times_below_zero_are_told(void **state)
{

	(void)state;
	for (size_t j = 0; j < SV_UP_FRESH; j++) {
		refuse_number(20, j, -1e-300, "its update has times below 0");
		refuse_number(20, j, -DBL_MAX, "its update has times below 0");
	}
}

/* Every finite number may be sent, and a sum of them may be too large. */
static void
the_largest_numbers_are_summed(void **state)
{
	double x[] = { 0.0, -0.0, 0.0, DBL_MAX, -DBL_MAX, DBL_MIN, -DBL_MIN,
	    0x1p-1074, -0x1p-1074, -1.0, 1e308, -1e308 };
	const size_t n = sizeof(x) / sizeof(x[0]);
	struct sums s;
	double *sum;

	(void)state;
	open_sums(&s, 2, 2, n);
	start(&s);
	give_numbers(&s, 0, x, 0, 0);
	give_numbers(&s, 1, x, 3, 0);
	sum = take_sum(&s);
	for (size_t j = 0; j < n; j++)
		assert_true(sum[j] == x[j] + x[j]);
	assert_true(isinf(sum[3]));
	free(sum);
	close_sums(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_damaged_update_is_told_and_its_place_stays_open),
		cmocka_unit_test(an_update_that_is_not_finite_is_told),
		cmocka_unit_test(times_below_zero_are_told),
		cmocka_unit_test(the_largest_numbers_are_summed),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
