#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../tools/stats/estimate.h"
#include "../tools/stats/sparkline.h"

/* Numbers from -1 to 1, the same each time (Knuth's MMIX generator). */
static double
noise(uint64_t *state)
{

	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return ((double)(*state >> 11) * 0x1p-52 - 1.0);
}

/* y = factor^k for k = from + 1, ..., from + n, times e^(spread * noise). */
static void
fall(struct trend *t, double from, int n, double start, double factor,
    double spread)
{
	uint64_t state = 7;

	for (int k = 1; k <= n; k++)
		trend_add(t, from + k, start * pow(factor, k) *
		    exp(spread * noise(&state)));
}

static void
a_straight_line_is_followed(void **state)
{
	struct trend t = { .n = 0 };
	struct estimate e;

	(void)state;
	fall(&t, 0, 30, 1.0, 0.8, 0.0);
	/* ln 1e-6 / ln 0.8 = 61.9: 62 rounds, of which 30 are over. */
	estimate_make(&t, 1e-6, &e);
	assert_int_equal(e.kind, ESTIMATE_ROUNDS);
	assert_true(e.rounds == 32.0);
	assert_true(e.least >= 31.0 && e.least <= 32.0);
	assert_true(e.most >= 32.0 && e.most <= 33.0);
	/* A few points are enough, if they are clear. */
	memset(&t, 0, sizeof(t));
	fall(&t, 0, 6, 1.0, 0.1, 0.0);
	estimate_make(&t, 0.9e-8, &e);
	assert_int_equal(e.kind, ESTIMATE_ROUNDS);
	assert_true(e.rounds == 3.0);
}

static void
noise_widens_the_range(void **state)
{
	struct trend t = { .n = 0 };
	struct estimate e;
	double left = log(1e-6) / log(0.9) - 60.0;	/* 71.1 */

	(void)state;
	fall(&t, 0, 60, 1.0, 0.9, 0.5);
	estimate_make(&t, 1e-6, &e);
	assert_int_equal(e.kind, ESTIMATE_ROUNDS);
	assert_true(e.least < left && left < e.most);
	assert_true(e.least >= 30.0 && e.most - e.least > 5.0);
	assert_true(e.most < 200.0);
	assert_true(e.least <= e.rounds && e.rounds <= e.most);
}

static void
outliers_do_not_count(void **state)
{
	struct trend t = { .n = 0 };
	struct estimate e;

	(void)state;
	for (int k = 1; k <= 60; k++)
		trend_add(&t, k, pow(0.9, k) * (k % 6 == 1 ? 1000.0 : 1.0));
	estimate_make(&t, 1e-6, &e);
	assert_int_equal(e.kind, ESTIMATE_ROUNDS);
	assert_true(fabs(e.rounds - 72.0) <= 3.0);
}

static void
what_does_not_fall_is_said(void **state)
{
	struct trend t = { .n = 0 };
	struct estimate e;

	(void)state;
	/* Level, */
	fall(&t, 0, 50, 1.0, 1.0, 0.3);
	estimate_make(&t, 1e-6, &e);
	assert_int_equal(e.kind, ESTIMATE_STUCK);
	assert_true(isnan(e.rounds));
	/* rising, */
	memset(&t, 0, sizeof(t));
	fall(&t, 0, 50, 1.0, 1.01, 0.0);
	estimate_make(&t, 1e-6, &e);
	assert_int_equal(e.kind, ESTIMATE_STUCK);
	/* exactly level, */
	memset(&t, 0, sizeof(t));
	fall(&t, 0, 50, 1.0, 1.0, 0.0);
	estimate_make(&t, 1e-6, &e);
	assert_int_equal(e.kind, ESTIMATE_STUCK);
	/* or level since some time. */
	memset(&t, 0, sizeof(t));
	fall(&t, 0, 100, 1.0, 0.9, 0.1);
	estimate_make(&t, 1e-9, &e);
	assert_int_equal(e.kind, ESTIMATE_ROUNDS);
	fall(&t, 100, 100, pow(0.9, 100), 1.0, 0.1);
	estimate_make(&t, 1e-9, &e);
	assert_int_equal(e.kind, ESTIMATE_STUCK);
}

static void
too_little_is_not_known(void **state)
{
	struct trend t = { .n = 0 };
	struct estimate e;

	(void)state;
	assert_true(isnan(trend_last(&t)));
	estimate_make(&t, 1e-6, &e);
	assert_int_equal(e.kind, ESTIMATE_UNKNOWN);
	fall(&t, 0, 5, 1.0, 0.1, 0.0);
	estimate_make(&t, 1e-9, &e);
	assert_int_equal(e.kind, ESTIMATE_UNKNOWN);
	fall(&t, 5, 5, 1e-5, 0.1, 0.0);
	estimate_make(&t, NAN, &e);
	assert_int_equal(e.kind, ESTIMATE_UNKNOWN);
	estimate_make(&t, 0.0, &e);
	assert_int_equal(e.kind, ESTIMATE_UNKNOWN);
	estimate_make(&t, 1.0001e-10, &e);
	assert_int_equal(e.kind, ESTIMATE_THERE);
	assert_true(e.rounds == 0.0);
}

static void
points_are_thinned_out(void **state)
{
	struct trend t = { .n = 0 };
	struct estimate e;

	(void)state;
	for (int k = 1; k <= 100000; k++) {
		trend_add(&t, k, exp(-1e-4 * k));
		assert_true(t.n < TREND_POINTS);
		assert_true(t.point[0].x == 1.0);
		assert_true(t.point[t.n - 1].x == k);
	}
	assert_true(t.n >= TREND_POINTS / 2);
	for (size_t i = 1; i < t.n; i++)
		assert_true(t.point[i].x > t.point[i - 1].x);
	/* Kept evenly, but for the last. */
	for (size_t i = 2; i + 1 < t.n; i++)
		assert_true(t.point[i].x - t.point[i - 1].x ==
		    (double)t.stride);
	estimate_make(&t, exp(-12.0), &e);
	assert_int_equal(e.kind, ESTIMATE_ROUNDS);
	assert_true(fabs(e.rounds - 20000.0) <= 1.0);
}

static void
what_is_no_point_is_none(void **state)
{
	struct trend t = { .n = 0 };

	(void)state;
	trend_add(&t, 1, 2.0);
	trend_add(&t, 2, NAN);
	trend_add(&t, 2, INFINITY);
	trend_add(&t, 2, 0.0);
	trend_add(&t, 2, -1.0);
	trend_add(&t, NAN, 1.0);
	trend_add(&t, 0, 1.0);	/* behind */
	assert_int_equal(t.n, 1);
	trend_add(&t, 1, 3.0);	/* a second look at the same round */
	assert_int_equal(t.n, 1);
	assert_true(trend_last(&t) == 3.0);
}

static void
a_curve_has_eight_steps(void **state)
{
	char buf[SPARKLINE_TEXT];
	struct trend t = { .n = 0 };

	(void)state;
	assert_int_equal(sparkline(buf, 20, &t, NAN, 1), 0);
	assert_string_equal(buf, "");
	fall(&t, 0, 1, 1.0, 0.1, 0.0);
	assert_int_equal(sparkline(buf, 20, &t, NAN, 1), 1);
	assert_string_equal(buf, "\xe2\x96\x84");
	fall(&t, 1, 7, 0.1, 0.1, 0.0);
	assert_int_equal(sparkline(buf, 20, &t, NAN, 1), 8);
	assert_string_equal(buf, "\xe2\x96\x88\xe2\x96\x87\xe2\x96\x86"
	    "\xe2\x96\x85\xe2\x96\x84\xe2\x96\x83\xe2\x96\x82\xe2\x96\x81");
	assert_int_equal(sparkline(buf, 20, &t, NAN, 0), 8);
	assert_string_equal(buf, "#*+=~-._");
	/* Half of the way is before it. */
	assert_int_equal(sparkline(buf, 20, &t, 1e-15, 0), 8);
	assert_string_equal(buf, "##**++==");
	/* It has gone further than it must. */
	assert_int_equal(sparkline(buf, 20, &t, 1e-4, 0), 8);
	assert_string_equal(buf, "#*+=~-._");
}

static void
a_curve_is_as_wide_as_it_may_be(void **state)
{
	char buf[SPARKLINE_TEXT];
	struct trend t = { .n = 0 };

	(void)state;
	fall(&t, 0, 1000, 1.0, 0.99, 0.2);
	for (size_t w = 0; w <= 2 * SPARKLINE_WIDTH; w++) {
		size_t most = w < SPARKLINE_WIDTH ? w : SPARKLINE_WIDTH;

		assert_int_equal(sparkline(buf, w, &t, NAN, 0), most);
		assert_int_equal(strlen(buf), most);
		assert_int_equal(sparkline(buf, w, &t, NAN, 1), most);
		assert_int_equal(strlen(buf), 3 * most);
	}
	/* Rounds that are missing are as the one before them. */
	memset(&t, 0, sizeof(t));
	trend_add(&t, 1, 1.0);
	trend_add(&t, 5, 1e-4);
	assert_int_equal(sparkline(buf, 20, &t, NAN, 0), 5);
	assert_string_equal(buf, "####_");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_straight_line_is_followed),
		cmocka_unit_test(noise_widens_the_range),
		cmocka_unit_test(outliers_do_not_count),
		cmocka_unit_test(what_does_not_fall_is_said),
		cmocka_unit_test(too_little_is_not_known),
		cmocka_unit_test(points_are_thinned_out),
		cmocka_unit_test(what_is_no_point_is_none),
		cmocka_unit_test(a_curve_has_eight_steps),
		cmocka_unit_test(a_curve_is_as_wide_as_it_may_be)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
