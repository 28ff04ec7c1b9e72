/* Statistics of numbers, and what is computed from numbers alone. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "measure.h"
#include "stat.h"
#include "timing.h"

#define EPS 1e-12

static void
assert_near(double value, double expect, double eps)
{

	if (!(fabs(value - expect) <= eps))
		fail_msg("%.17g, expected %.17g", value, expect);
}

static void
statistics(void **state)
{
	double v[] = { 3, 1, 2 }, w[] = { 4, 1, 3, 2 }, x[] = { 1, NAN };
	struct sv_stat s = { 0 };

	(void)state;
	assert_true(isnan(sv_stat_mean(&s)));
	assert_true(isnan(sv_stat_min(&s)));
	assert_true(sv_stat_sum(&s) == 0);
	sv_stat_add(&s, 2);
	assert_true(isnan(sv_stat_sd(&s)));
	sv_stat_add(&s, NAN);
	sv_stat_add(&s, 4);
	sv_stat_add(&s, 9);
	assert_int_equal(s.n, 3);
	assert_near(sv_stat_mean(&s), 5, EPS);
	/* (9 + 1 + 16) / 2 */
	assert_near(sv_stat_sd(&s), sqrt(13), EPS);
	assert_true(sv_stat_min(&s) == 2);
	assert_true(sv_stat_max(&s) == 9);
	assert_near(sv_stat_sum(&s), 15, EPS);
	assert_true(sv_stat_median(v, 3) == 2);
	assert_true(sv_stat_median(w, 4) == 2.5);
	assert_true(isnan(sv_stat_median(x, 2)));
	assert_true(isnan(sv_stat_median(x, 0)));
}

static void
quantiles(void **state)
{
	double u[] = { 5, 1, 4, 2, 3, 10, 9, 8, 7, 6 }, x[] = { 1, NAN };
	double v[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };

	(void)state;
	/* Nine of ten are no larger than 9. */
	assert_true(sv_stat_quantile(u, 10, 0.9) == 9);
	assert_true(sv_stat_quantile(v, 10, 0.9) == 9);
	assert_true(sv_stat_quantile(v, 9, 0.9) == 9);
	assert_true(sv_stat_quantile(v, 2, 0.9) == 2);
	assert_true(sv_stat_quantile(v, 10, 0.5) == 5);
	assert_true(sv_stat_quantile(v, 10, 1) == 10);
	assert_true(sv_stat_quantile(v, 10, 1e-9) == 1);
	assert_true(sv_stat_quantile(v, 10, NAN) == 1);
	assert_true(isnan(sv_stat_quantile(v, 0, 0.9)));
	assert_true(isnan(sv_stat_quantile(x, 2, 0.9)));
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

/* Random, with ties, and in the orders that such searches dislike. */
static void
order_statistics_are_those_of_sorted_values(void **state)
{
	double v[300], sorted[300];
	uint64_t seed = 1;

	(void)state;
	for (size_t n = 1; n <= 300; n++) {
		for (int kind = 0; kind < 5; kind++) {
			for (size_t i = 0; i < n; i++) {
				seed = seed * 6364136223846793005u +
				    1442695040888963407u;
				v[i] = kind == 0 ? (double)(seed >> 40) :
				    kind == 1 ? (double)(seed >> 62) :
				    kind == 2 ? (double)i :
				    kind == 3 ? -(double)i :
				    (double)(i < n / 2 ? i : n - i);
				sorted[i] = v[i];
			}
			qsort(sorted, n, sizeof(*sorted), ascending);
			for (double p = 0.01; p < 1; p += 0.07)
				assert_true(sv_stat_quantile(v, n, p) ==
				    sorted[(size_t)ceil(p * (double)n) - 1]);
			assert_true(sv_stat_median(v, n) ==
			    (sorted[(n - 1) / 2] + sorted[n / 2]) / 2);
			/* Reordered, and nothing else. */
			qsort(v, n, sizeof(*v), ascending);
			assert_memory_equal(v, sorted, n * sizeof(*v));
		}
	}
}

/* Which workers are the slowest tenth of W whose response times rise. */
static void
slowest_tenth(void **state)
{
	static const size_t expect[][2] = {
		{ 1, 1 }, { 4, 1 }, { 10, 1 }, { 14, 1 }, { 15, 2 }, { 16, 2 },
		{ 24, 2 }, { 25, 3 }, { 64, 6 }, { 256, 26 }
	};
	static double rows[256][SV_TM_N];
	static struct sv_timing_rank rank[256];
	size_t known;

	(void)state;
	for (size_t i = 0; i < 256; i++)
		rows[i][SV_TM_RECEIVED] = 1 + (double)i;
	for (size_t k = 0; k < sizeof(expect) / sizeof(expect[0]); k++) {
		assert_int_equal(sv_timing_slowest(rows[0], expect[k][0], rank,
		    &known), expect[k][1]);
		assert_int_equal(known, expect[k][0]);
		assert_int_equal(rank[0].worker, expect[k][0] - 1);
	}
	/* Equal times: the lower worker.  Unknown ones are no rank at all. */
	rows[2][SV_TM_RECEIVED] = rows[5][SV_TM_RECEIVED] = 1000;
	rows[3][SV_TM_RECEIVED] = NAN;
	assert_int_equal(sv_timing_slowest(rows[0], 10, rank, &known), 1);
	assert_int_equal(known, 9);
	assert_int_equal(rank[0].worker, 2);
	assert_int_equal(rank[1].worker, 5);
	for (size_t i = 0; i < 10; i++)
		rows[i][SV_TM_SENT] = NAN;
	assert_int_equal(sv_timing_slowest(rows[0], 10, rank, &known), 0);
}

static void
scaling(void **state)
{
	/* W, wall, rounds */
	static const double made[][3] = {
		{ 16, 3, 10 }, { 4, 9, 10 }, { 8, 5, 12 }, { 4, 8, 11 },
		{ 4, 20, 13 }, { 16, 2, 11 }
	};
	struct sv_summary s[6];
	const struct sv_summary *of[6];
	struct sv_scaling *c;
	size_t m;

	(void)state;
	memset(s, 0, sizeof(s));
	for (int i = 0; i < 6; i++) {
		s[i].workers = (uint64_t)made[i][0];
		s[i].wall_s = made[i][1];
		s[i].rounds = (uint64_t)made[i][2];
		s[i].cpu_s = s[i].total_s = 1;
		s[i].round_s = made[i][1] / made[i][2];
		s[i].cold_min_s = i;
		s[i].cold_max_s = 10 * i;
		of[i] = &s[i];
	}
	s[2].total_s = NAN;
	assert_int_equal(sv_measure_scaling(of, 6, &c, &m), 0);
	assert_int_equal(m, 3);
	assert_int_equal(c[0].workers, 4);
	assert_int_equal(c[0].runs, 3);
	assert_true(c[0].wall_s == 9);
	assert_true(c[0].rounds == 11);
	assert_true(c[0].speedup == 1);
	assert_true(c[0].efficiency == 1);
	assert_near(c[1].speedup, 9.0 / 5, EPS);
	assert_near(c[1].efficiency, 9.0 / 5 * 4 / 8, EPS);
	assert_true(isnan(c[1].total_s));
	assert_true(c[0].wall_min_s == 8);
	assert_true(c[0].wall_max_s == 20);
	/* Of 0.9, 8 / 11 and 20 / 13; then 5 / 12. */
	assert_near(c[0].round_s, 0.9, EPS);
	assert_true(c[0].round_speedup == 1);
	assert_near(c[1].round_speedup, 0.9 * 12 / 5, EPS);
	assert_near(c[1].round_efficiency, 0.9 * 12 / 5 / 2, EPS);
	assert_true(c[2].cold_min_s == 2.5);
	assert_true(c[2].cold_max_s == 25);
	assert_true(c[2].wall_s == 2.5);
	assert_true(c[2].rounds == 10.5);
	assert_near(c[2].speedup, 3.6, EPS);
	assert_near(c[2].efficiency, 0.9, EPS);
	free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statistics),
		cmocka_unit_test(quantiles),
		cmocka_unit_test(order_statistics_are_those_of_sorted_values),
		cmocka_unit_test(slowest_tenth),
		cmocka_unit_test(scaling)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
