/* Histograms: round bins, every value in one, outliers beside them. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <float.h>
#include <math.h>

#include <cmocka.h>

#include "histogram.h"

static void
near(double value, double expect)
{

	if (!(fabs(value - expect) <= 1e-12 * fmax(1, fabs(expect))))
		fail_msg("%.17g, expected %.17g", value, expect);
}

/* Every value is counted once. */
static void
complete(const struct sv_histogram *h, uint64_t total)
{
	uint64_t sum = h->above + h->below;

	for (size_t i = 0; i < h->n; i++)
		sum += h->count[i];
	assert_int_equal(h->total, total);
	assert_int_equal(sum, total);
}

/*
 * 1 to 8: quartiles 2 and 6, so 2 x 4 / 2 = 4 of Freedman and Diaconis; but
 * Sturges has 4 bins of 7 / 4, and the next round one is 2.
 */
static void
few_values_have_the_width_of_sturges(void **state)
{
	double v[] = { 8, 1, 7, 2, 6, 3, 5, 4 };
	struct sv_histogram h;

	(void)state;
	assert_int_equal(sv_histogram_make(&h, v, 8, 40), 0);
	near(h.lo, 0);
	near(h.width, 2);
	assert_int_equal(h.n, 5);
	assert_int_equal(h.count[0], 1);	/* 2 begins the next */
	assert_int_equal(h.count[1], 2);
	assert_int_equal(h.count[4], 1);
	complete(&h, 8);
	sv_histogram_fini(&h);
	assert_null(h.count);
}

/* 0, 0.001 ... 0.999: IQR 0.5, so 2 x 0.5 / 10 = 0.1, which is round. */
static void
values_at_the_end_of_a_bin_are_in_the_next(void **state)
{
	double v[1000];
	struct sv_histogram h;

	(void)state;
	for (int i = 0; i < 1000; i++)
		v[i] = (999 - i) / 1000.0;
	assert_int_equal(sv_histogram_make(&h, v, 1000, 40), 0);
	near(h.lo, 0);
	near(h.width, 0.1);
	assert_int_equal(h.n, 10);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(h.count[i], 100);
	complete(&h, 1000);
	sv_histogram_fini(&h);
}

static void
no_more_bins_than_asked_for(void **state)
{
	double v[1000];
	struct sv_histogram h;

	(void)state;
	for (size_t most = 0; most < 12; most++) {
		for (int i = 0; i < 1000; i++)
			v[i] = 0.25 + i / 1000.0;
		assert_int_equal(sv_histogram_make(&h, v, 1000, most), 0);
		assert_in_range(h.n, 1, most > 2 ? most : 2);
		assert_int_equal(h.above + h.below, 0);
		complete(&h, 1000);
		sv_histogram_fini(&h);
	}
}

static void
few_outliers_are_counted_apart(void **state)
{
	double v[200];
	struct sv_histogram h;

	(void)state;
	for (int i = 0; i < 200; i++)
		v[i] = 1 + i / 200.0;
	v[7] = 1e6;
	v[9] = 2e6;
	assert_int_equal(sv_histogram_make(&h, v, 200, 40), 0);
	assert_int_equal(h.above, 2);
	assert_int_equal(h.below, 0);
	near(h.lo, 1);
	assert_true(h.lo + h.width * (double)h.n < 2.3);
	complete(&h, 200);
	sv_histogram_fini(&h);
	/* The other way round. */
	for (int i = 0; i < 200; i++)
		v[i] = 1 + i / 200.0;
	v[7] = -1e6;
	assert_int_equal(sv_histogram_make(&h, v, 200, 40), 0);
	assert_int_equal(h.below, 1);
	assert_int_equal(h.above, 0);
	complete(&h, 200);
	sv_histogram_fini(&h);
	/* As much as a twentieth. */
	for (int i = 0; i < 200; i++)
		v[i] = i < 190 ? i / 200.0 : 100;
	assert_int_equal(sv_histogram_make(&h, v, 200, 40), 0);
	assert_int_equal(h.above, 10);
	assert_true(h.lo + h.width * (double)h.n < 1.2);
	complete(&h, 200);
	sv_histogram_fini(&h);
	/* Of few values none is; nor is what widens the picture a little. */
	v[0] = 1;
	v[1] = 2;
	v[2] = 1e6;
	assert_int_equal(sv_histogram_make(&h, v, 3, 40), 0);
	assert_int_equal(h.above, 0);
	complete(&h, 3);
	sv_histogram_fini(&h);
	for (int i = 0; i < 200; i++)
		v[i] = 1 + i / 200.0;
	v[7] = 3;
	assert_int_equal(sv_histogram_make(&h, v, 200, 40), 0);
	assert_int_equal(h.above, 0);
	complete(&h, 200);
	sv_histogram_fini(&h);
}

static void
what_is_not_finite_is_not_counted(void **state)
{
	double v[] = { NAN, INFINITY, -INFINITY, 2.5, DBL_MAX };
	struct sv_histogram h;

	(void)state;
	assert_int_equal(sv_histogram_make(&h, v, 3, 10), 0);
	assert_int_equal(h.n, 0);
	assert_true(h.width == 0);
	complete(&h, 0);
	sv_histogram_fini(&h);
	assert_int_equal(sv_histogram_make(&h, NULL, 0, 10), 0);
	assert_int_equal(h.n, 0);
	sv_histogram_fini(&h);
	assert_int_equal(sv_histogram_make(&h, v, 5, 10), 0);
	assert_int_equal(h.n, 1);
	assert_true(h.lo <= 2.5 && 2.5 < h.lo + h.width);
	complete(&h, 1);
	sv_histogram_fini(&h);
}

static void
equal_values_are_one_bin(void **state)
{
	static const double one[] = { 0, 0.125, -3, 1e300, 5e-324, -1e300 };
	double v[50];
	struct sv_histogram h;

	(void)state;
	for (size_t k = 0; k < sizeof(one) / sizeof(one[0]); k++) {
		for (int i = 0; i < 50; i++)
			v[i] = one[k];
		assert_int_equal(sv_histogram_make(&h, v, 50, 10), 0);
		assert_int_equal(h.n, 1);
		assert_int_equal(h.count[0], 50);
		assert_true(isfinite(h.lo) && h.width > 0);
		complete(&h, 50);
		sv_histogram_fini(&h);
	}
}

static void
any_numbers_at_all(void **state)
{
	static const double odd[] = {
		0, -0.0, 1e300, -1e300, DBL_MIN, 5e-324, 1, 1 + 1e-15, 1e9,
		-1e-9, 3e-7, 1e17, 1e17 + 16
	};
	const size_t n = sizeof(odd) / sizeof(odd[0]);
	uint64_t seed = 1;
	double v[40];
	struct sv_histogram h;

	(void)state;
	for (int k = 0; k < 20000; k++) {
		size_t m = 1 + (size_t)k % 40;

		for (size_t i = 0; i < m; i++) {
			seed = seed * 6364136223846793005u +
			    1442695040888963407u;
			v[i] = odd[(seed >> 33) % (k % 3 == 0 ? n : 2 + n / 2)];
		}
		assert_int_equal(sv_histogram_make(&h, v, m, 2 + m % 7), 0);
		assert_in_range(h.n, 1, 2 + m % 7);
		assert_true(isfinite(h.lo) && h.width > 0);
		complete(&h, m);
		sv_histogram_fini(&h);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_values_have_the_width_of_sturges),
		cmocka_unit_test(values_at_the_end_of_a_bin_are_in_the_next),
		cmocka_unit_test(no_more_bins_than_asked_for),
		cmocka_unit_test(few_outliers_are_counted_apart),
		cmocka_unit_test(what_is_not_finite_is_not_counted),
		cmocka_unit_test(equal_values_are_one_bin),
		cmocka_unit_test(any_numbers_at_all)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
