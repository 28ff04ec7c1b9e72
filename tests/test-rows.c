/*
 * The rows of TIMING frames: what is kept, of how many rounds.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <math.h>

#include <cmocka.h>

#include "../lib/rows.h"	/* rows.h is another one here */

/* Room for a round of many workers. */
static double *
many(size_t W)
{
	double *rows = calloc(W * SV_TM_N, sizeof(*rows));

	assert_non_null(rows);
	return (rows);
}

static void
columns_are_seconds_after_the_global(void **state)
{
	const double rows[2][SV_TM_N] = {
		{ 100, 100.5, 100.625, 100.75, 0.25, NAN, 0.125, 1 },
		{ 100.25, NAN, NAN, NAN, NAN, 2, NAN, 1 }
	};
	struct sv_rows r = { .n = 0 };
	const float *v;

	(void)state;
	assert_int_equal(sv_rows_add(&r, 0, 100, rows[0], 2), 0);
	assert_int_equal(r.W, 2);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.every, 1);
	assert_int_equal(r.round[0], 0);
	v = sv_rows_at(&r, 0, 0);
	assert_true(v[SV_RW_SENT] == 0 && v[SV_RW_RECEIVED] == 0.5F);
	assert_true(v[SV_RW_TAKEN] == 0.625F && v[SV_RW_SUMMED] == 0.75F);
	assert_true(v[SV_RW_COMP] == 0.25F && isnan(v[SV_RW_IDLE]));
	assert_true(v[SV_RW_CPU] == 0.125F);
	v = sv_rows_at(&r, 0, 1);
	assert_true(v[SV_RW_SENT] == 0.25F && isnan(v[SV_RW_RECEIVED]));
	assert_true(v[SV_RW_IDLE] == 2);
	sv_rows_fini(&r);
	assert_int_equal(r.n, 0);
	assert_null(r.value);
}

/* 0.5 from sent to received, 0.25 of it computing: 0.125 each way. */
static void
a_lane_has_the_computation_in_the_middle(void **state)
{
	float row[SV_RW_N] = { 1, 1.5F, 1.625F, 1.75F, 0.25F, NAN, 0 };
	struct sv_lane lane;

	(void)state;
	sv_rows_lane(row, &lane);
	assert_true(lane.sent == 1 && lane.received == 1.5);
	assert_true(lane.begin == 1.125 && lane.end == 1.375);
	assert_true(lane.taken == 1.625 && lane.summed == 1.75);
	/* A worker's clock that is faster than ours. */
	row[SV_RW_COMP] = 0.625F;
	sv_rows_lane(row, &lane);
	assert_true(lane.begin == 1 && lane.end == 1.5);
	row[SV_RW_COMP] = NAN;
	sv_rows_lane(row, &lane);
	assert_true(isnan(lane.begin) && isnan(lane.end));
	assert_true(lane.received == 1.5);
}

static void
a_round_of_another_size_is_not_kept(void **state)
{
	double *rows = many(3);
	struct sv_rows r = { .n = 0 };

	(void)state;
	assert_int_equal(sv_rows_add(&r, 0, 0, rows, 2), 0);
	assert_int_equal(sv_rows_add(&r, 1, 0, rows, 3), 0);
	assert_int_equal(sv_rows_add(&r, 2, 0, rows, 0), 0);
	assert_int_equal(sv_rows_add(&r, 3, 0, rows, 2), 0);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.W, 2);
	assert_int_equal(r.round[1], 3);
	sv_rows_fini(&r);
	free(rows);
}

/* Four rounds fit; every second is dropped when the fifth comes, and so on. */
static void
long_runs_are_thinned_out(void **state)
{
	const size_t W = SV_ROWS_MOST / 4;
	double *rows = many(W);
	struct sv_rows r = { .n = 0 };

	(void)state;
	for (size_t k = 0; k < 19; k++) {
		rows[SV_TM_COMP] = (double)k;
		assert_int_equal(sv_rows_add(&r, k, 0, rows, W), 0);
		assert_true(r.n <= 4);
		for (size_t i = 0; i < r.n; i++) {
			assert_int_equal(r.round[i], i * r.every);
			assert_true(sv_rows_at(&r, i, 0)[SV_RW_COMP] ==
			    (float)r.round[i]);
		}
	}
	/* 0, 8, 16 are left. */
	assert_int_equal(r.every, 8);
	assert_int_equal(r.n, 3);
	assert_true(r.room <= 4);
	sv_rows_fini(&r);
	free(rows);
}

/* One round is all there is room for: the first stays. */
static void
of_very_many_workers_one_round_is_kept(void **state)
{
	double *rows = many(SV_ROWS_MOST);
	struct sv_rows r = { .n = 0 };

	(void)state;
	for (size_t k = 0; k < 5; k++)
		assert_int_equal(sv_rows_add(&r, k, 0, rows, SV_ROWS_MOST), 0);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.round[0], 0);
	sv_rows_fini(&r);
	/* And of more of them none, of which nothing is read. */
	assert_int_equal(sv_rows_add(&r, 0, 0, rows, SV_ROWS_MOST + 1), 0);
	assert_int_equal(r.n, 0);
	assert_int_equal(r.W, 0);
	sv_rows_fini(&r);
	free(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_seconds_after_the_global),
		cmocka_unit_test(a_lane_has_the_computation_in_the_middle),
		cmocka_unit_test(a_round_of_another_size_is_not_kept),
		cmocka_unit_test(long_runs_are_thinned_out),
		cmocka_unit_test(of_very_many_workers_one_round_is_kept)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
