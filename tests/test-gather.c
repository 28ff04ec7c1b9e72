#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gather.h"

#define D 7

/* An update as worker ${shard} would send it; its numbers depend on ${salt}. */
static void
make(struct sv_frame *f, uint32_t shard, unsigned salt)
{
	double *x, *s;

	assert_int_equal(sv_frame_make(f, SV_UPDATE, NULL, SV_UP_STEP_N,
	    SV_F64, D), 0);
	f->op = SV_OP_STEP;
	f->round = 3;
	f->shard = shard;
	x = sv_frame_elems(f);
	s = sv_frame_scalars(f);
	for (unsigned j = 0; j < D; j++)
		x[j] = sin(1.0 + salt * 7.3 + j) * pow(10.0, (int)(salt % 9) - 4);
	for (unsigned j = 0; j < SV_UP_STEP_N; j++)
		s[j] = salt + j / 7.0;
	sv_frame_seal(f);
}

/* Add the shards in the order given; the sum to ${sum}. */
static void
gather(struct sv_gather *g, const uint32_t *order, uint32_t W, double *sum,
    double *scalars)
{
	struct sv_frame f;
	char why[SV_WHY];

	sv_gather_begin(g, SV_OP_STEP, 3);
	for (uint32_t i = 0; i < W; i++) {
		assert_int_equal(sv_gather_missing(g), W - i);
		make(&f, order[i], order[i]);
		assert_int_equal(sv_gather_add(g, &f, why), i + 1 == W);
		assert_null(f.payload);
	}
	assert_int_equal(sv_gather_missing(g), 0);
	memcpy(sum, sv_gather_sum(g), D * sizeof(*sum));
	memcpy(scalars, sv_gather_scalars(g), SV_UP_STEP_N * sizeof(*scalars));
}

static void
test_gather_order_does_not_matter(void **state)
{
	uint32_t order[9] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 }, k, swap;
	double first[D], sum[D], fs[SV_UP_STEP_N], ss[SV_UP_STEP_N];
	struct sv_gather *g;
	unsigned seed = 1;

	(void)state;
	assert_non_null(g = sv_gather_new(9, D, 0));
	gather(g, order, 9, first, fs);
	for (int trial = 0; trial < 200; trial++) {
		for (uint32_t i = 8; i > 0; i--) {
			seed = seed * 1103515245u + 12345u;
			k = (seed >> 16) % (i + 1);
			swap = order[i];
			order[i] = order[k];
			order[k] = swap;
		}
		gather(g, order, 9, sum, ss);
		assert_memory_equal(sum, first, sizeof(sum));
		assert_memory_equal(ss, fs, sizeof(ss));
	}
	sv_gather_free(g);
}

/* The sum itself, from frames of one shard, of several, and in f32. */
static void
test_gather_sums(void **state)
{
	double want[D] = { 0 }, sum[2][D];
	struct sv_frame f[3];
	struct sv_gather *g;
	char why[SV_WHY];

	(void)state;
	assert_non_null(g = sv_gather_new(8, D, 0));
	for (int turn = 0; turn < 2; turn++) {
		sv_gather_begin(g, SV_OP_STEP, 3);
		make(&f[0], 2, 1);
		make(&f[1], SV_FRAME_NOSHARD, 2);
		f[1].count = 4;
		make(&f[2], SV_FRAME_NOSHARD, 3);
		f[2].count = 3;
		memset(want, 0, sizeof(want));
		for (int i = 0; i < 3; i++)
			for (int j = 0; j < D; j++)
				want[j] += ((double *)sv_frame_elems(&f[i]))[j];
		for (int i = 0; i < 3; i++) {
			int k = turn == 0 ? i : 2 - i;

			assert_int_equal(sv_gather_add(g, &f[k], why), i == 2);
		}
		memcpy(sum[turn], sv_gather_sum(g), sizeof(sum[turn]));
		for (int j = 0; j < D; j++)
			assert_true(fabs(sum[turn][j] - want[j]) <=
			    1e-15 * (1.0 + fabs(want[j])));
		assert_true(fabs(sv_gather_scalars(g)[SV_UP_XX] -
		    (6.0 + 3.0 * (SV_UP_XX / 7.0))) <= 1e-15 * 8.0);
	}
	assert_memory_equal(sum[0], sum[1], sizeof(sum[0]));
	sv_gather_free(g);
}

/* One frame of count W is taken as it is, to the bit. */
static void
test_gather_whole_sum(void **state)
{
	struct sv_gather *g;
	struct sv_frame f;
	char why[SV_WHY];
	double x[D];

	(void)state;
	assert_non_null(g = sv_gather_new(300, D, 0));
	sv_gather_begin(g, SV_OP_STEP, 3);
	make(&f, SV_FRAME_NOSHARD, 5);
	f.count = 300;
	memcpy(x, sv_frame_elems(&f), sizeof(x));
	assert_int_equal(sv_gather_add(g, &f, why), 1);
	assert_memory_equal(sv_gather_sum(g), x, sizeof(x));
	sv_gather_free(g);
}

static void
test_gather_f32(void **state)
{
	struct sv_gather *g;
	struct sv_frame f;
	char why[SV_WHY];

	(void)state;
	assert_non_null(g = sv_gather_new(1, 3, 0));
	sv_gather_begin(g, SV_OP_GRAD, 0);
	assert_int_equal(sv_frame_make(&f, SV_UPDATE, NULL, SV_UP_GRAD_N,
	    SV_F32, 3), 0);
	f.op = SV_OP_GRAD;
	f.shard = 0;
	((float *)sv_frame_elems(&f))[1] = 0.1f;
	assert_int_equal(sv_gather_add(g, &f, why), 1);
	assert_true(sv_gather_sum(g)[1] == (double)0.1f);
	assert_true(sv_gather_sum(g)[2] == 0.0);
	sv_gather_free(g);
}

/* What may be wrong with one update, and what is said of it. */
enum fault { TYPE, OP, ROUND, COUNT0, COUNT, SHARD, TWICE, HELD, SCALARS,
    SCALAR, NEGATIVE, ELEM, LESS, MORE, NOT_A_NUMBER, INFINITE, SEQ, NFAULTS };

static const char * const reasons[NFAULTS] = {
	[TYPE] = "a frame of type trace is no update",
	[OP] = "it answers grad, not step",
	[ROUND] = "it is of round 2",
	[COUNT0] = "it sums 0 contributions where 3 of 5 are missing",
	[COUNT] = "it sums 4 contributions where 3 of 5 are missing",
	[SHARD] = "there is no such shard among 5",
	[TWICE] = "this shard has answered already",
	[HELD] = "this shard has answered already",
	[SCALARS] = "it has 12 scalars, not 13",
	[SCALAR] = "its scalar 4 is nan",
	[NEGATIVE] = "its scalar 5 is -1",
	[ELEM] = "its elements are neither f64 nor f32",
	[LESS] = "it has 6 elements, not 7",
	[MORE] = "it has 8 elements, not 7",
	[NOT_A_NUMBER] = "its element 2 is not finite",
	[INFINITE] = "its element 6 is not finite",
	[SEQ] = "its sequence number is 9, not 8"
};

static void
spoil(struct sv_frame *f, int fault)
{
	uint32_t nscalar = fault == SCALARS ? SV_UP_STEP_N - 1 : SV_UP_STEP_N;
	uint64_t n = fault == LESS ? D - 1 : fault == MORE ? D + 1 : D;
	double *x, *s;

	assert_int_equal(sv_frame_make(f, SV_UPDATE, NULL, nscalar,
	    fault == ELEM ? SV_BYTES : SV_F64, n), 0);
	f->type = fault == TYPE ? SV_TRACE : SV_UPDATE;
	f->op = fault == OP ? SV_OP_GRAD : SV_OP_STEP;
	f->round = fault == ROUND ? 2 : 3;
	f->seq = fault == SEQ ? 9 : 8;
	f->shard = fault == SHARD ? 5 : fault == TWICE ? 0 : fault == HELD ?
	    3 : 2;
	f->count = fault == COUNT0 ? 0 : fault == COUNT ? 4 : 1;
	x = sv_frame_elems(f);
	s = sv_frame_scalars(f);
	if (fault == SCALAR)
		s[SV_UP_XX] = NAN;
	if (fault == NEGATIVE)
		s[SV_UP_DD] = -1.0;
	if (fault == NOT_A_NUMBER)
		x[2] = NAN;
	if (fault == INFINITE)
		x[6] = -INFINITY;
}

static void
test_gather_faults(void **state)
{
	struct sv_gather *g;
	struct sv_frame f;
	char why[SV_WHY];

	(void)state;
	assert_non_null(g = sv_gather_new(5, D, 0));
	for (int fault = 0; fault < NFAULTS; fault++) {
		sv_gather_begin(g, SV_OP_STEP, 3);
		make(&f, 0, 0);
		f.seq = 8;
		assert_int_equal(sv_gather_add(g, &f, why), 0);
		make(&f, 3, 0);
		f.seq = 8;
		assert_int_equal(sv_gather_add(g, &f, why), 0);
		spoil(&f, fault);
		memset(why, 0, sizeof(why));
		assert_int_equal(sv_gather_add(g, &f, why), -1);
		assert_string_equal(why, reasons[fault]);
		assert_null(f.payload);
		/* The same numbers may come again only in another gather. */
		sv_gather_free(g);
		assert_non_null(g = sv_gather_new(5, D, 0));
	}
	sv_gather_free(g);
	sv_gather_free(NULL);
}

/* The clocks of a worker may say anything. */
static void
test_gather_clocks(void **state)
{
	struct sv_gather *g;
	struct sv_frame f;
	char why[SV_WHY];

	(void)state;
	assert_non_null(g = sv_gather_new(1, D, 0));
	sv_gather_begin(g, SV_OP_STEP, 3);
	make(&f, 0, 0);
	sv_frame_scalars(&f)[SV_UP_IDLE] = NAN;
	assert_int_equal(sv_gather_add(g, &f, why), 1);
	sv_gather_free(g);
}

/* Scalars of a later version are passed over. */
static void
test_gather_more_scalars(void **state)
{
	struct sv_gather *g;
	struct sv_frame f;
	char why[SV_WHY];

	(void)state;
	assert_non_null(g = sv_gather_new(1, 2, 0));
	sv_gather_begin(g, SV_OP_GRAD, 0);
	assert_int_equal(sv_frame_make(&f, SV_UPDATE, NULL, 40, SV_F64, 2), 0);
	f.op = SV_OP_GRAD;
	sv_frame_scalars(&f)[SV_UP_FZ] = 3.0;
	sv_frame_scalars(&f)[39] = NAN;
	((double *)sv_frame_elems(&f))[1] = 2.0;
	assert_int_equal(sv_gather_add(g, &f, why), 1);
	assert_true(sv_gather_scalars(g)[SV_UP_FZ] == 3.0);
	assert_true(sv_gather_sum(g)[1] == 2.0);
	sv_gather_free(g);
}

/* A copy of an answer to an earlier GLOBAL is no answer to this one. */
static void
test_gather_seq(void **state)
{
	struct sv_gather *g;
	struct sv_frame f;
	char why[SV_WHY];

	(void)state;
	assert_non_null(g = sv_gather_new(1, D, 0));
	for (uint32_t seq = 4; seq < 6; seq++) {
		sv_gather_begin(g, SV_OP_STEP, 3);
		make(&f, 0, 0);
		f.seq = seq;
		assert_int_equal(sv_gather_add(g, &f, why), 1);
	}
	sv_gather_begin(g, SV_OP_STEP, 3);
	make(&f, 0, 0);
	f.seq = 5;
	assert_int_equal(sv_gather_add(g, &f, why), -1);
	assert_string_equal(why, "its sequence number 5 was used before");
	sv_gather_begin(g, SV_OP_STEP, 3);
	make(&f, 0, 0);
	assert_int_equal(sv_gather_add(g, &f, why), 1);
	sv_gather_free(g);
}

static void
test_gather_grad_counts(void **state)
{
	struct sv_gather *g;
	struct sv_frame f;
	char why[SV_WHY];

	(void)state;
	assert_non_null(g = sv_gather_new(1, 1, 0));
	sv_gather_begin(g, SV_OP_GRAD, 0);
	assert_int_equal(sv_frame_make(&f, SV_UPDATE, NULL, SV_UP_GRAD_N,
	    SV_F64, 1), 0);
	f.op = SV_OP_GRAD;
	sv_frame_scalars(&f)[SV_UP_ROWS] = 4;
	sv_frame_scalars(&f)[SV_UP_POS] = 5;
	assert_int_equal(sv_gather_add(g, &f, why), -1);
	assert_string_equal(why, "5 of its 4 rows are positive");
	sv_gather_free(g);
}

/* Two numbers that are finite, and their sum is not. */
static void
test_gather_sum_is_finite(void **state)
{
	struct sv_gather *g;
	struct sv_frame f;
	char why[SV_WHY];

	(void)state;
	assert_non_null(g = sv_gather_new(2, D, 0));
	for (int scalar = 0; scalar < 2; scalar++) {
		sv_gather_begin(g, SV_OP_STEP, 3);
		for (uint32_t i = 0; i < 2; i++) {
			make(&f, i, 1);
			if (scalar)
				sv_frame_scalars(&f)[SV_UP_XX] = 1e308;
			else
				((double *)sv_frame_elems(&f))[2] = -1e308;
			assert_int_equal(sv_gather_add(g, &f, why), i == 0 ?
			    0 : -1);
		}
		assert_string_equal(why, "with it the sum is not finite");
	}
	sv_gather_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gather_order_does_not_matter),
		cmocka_unit_test(test_gather_sums),
		cmocka_unit_test(test_gather_whole_sum),
		cmocka_unit_test(test_gather_f32),
		cmocka_unit_test(test_gather_faults),
		cmocka_unit_test(test_gather_clocks),
		cmocka_unit_test(test_gather_more_scalars),
		cmocka_unit_test(test_gather_seq),
		cmocka_unit_test(test_gather_grad_counts),
		cmocka_unit_test(test_gather_sum_is_finite),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
