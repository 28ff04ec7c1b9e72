#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include <cmocka.h>

#include "clock.h"
#include "reduce.h"

#define WAIT_MS 20000	/* for a result, on whatever machine */
#define NSCALAR 7u
#define MAXW 20u

/* Numbers from a seed: a 64-bit linear congruential generator (Knuth, MMIX). */
static uint64_t
next(uint64_t *seed)
{

	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (*seed >> 11);
}

/* Of such different sizes that every order of addition gives other bits. */
static double
wild(uint64_t *seed)
{
	double x = (double)next(seed) / 9007199254740992.0 - 0.5;

	return (ldexp(x, (int)(next(seed) % 60) - 30));
}

/* The payload of shard i: n numbers, the first of which are its scalars. */
static void
fill(double *x, uint32_t shard, size_t n)
{
	uint64_t seed = 1000 + shard;

	for (size_t j = 0; j < n; j++)
		x[j] = wild(&seed);
}

struct sums {
	void *zmq;
	struct sv_reduce *r;
	uint32_t W;
	size_t n;	/* numbers in each update */
	double timing[MAXW * SV_TM_N];
};

static void
open_sums(struct sums *s, uint32_t W, unsigned threads, size_t n)
{

	memset(s, 0, sizeof(*s));
	s->W = W;
	s->n = n;
	s->zmq = zmq_ctx_new();
	assert_non_null(s->zmq);
	s->r = sv_reduce_new(s->zmq, W, threads, sv_clock_mono());
	assert_non_null(s->r);
}

static void
close_sums(struct sums *s)
{

	sv_reduce_free(s->r);
	zmq_ctx_term(s->zmq);
}

static void
start(struct sums *s)
{

	for (size_t i = 0; i < MAXW * SV_TM_N; i++)
		s->timing[i] = NAN;
	sv_reduce_start(s->r, s->timing);
}

static void
release(void *data, void *hint)
{

	(void)data;
	free(hint);
}

/* Hand over shard i's update, at an address that is ${skew} off alignment. */
static void
give(struct sums *s, uint32_t shard, size_t skew, int damaged)
{
	size_t bytes = s->n * sizeof(double);
	uint8_t *buffer = malloc(bytes + 16);
	double *x = malloc(bytes);
	struct sv_frame f;
	zmq_msg_t m;

	assert_non_null(buffer);
	assert_non_null(x);
	fill(x, shard, s->n);
	memset(&f, 0, sizeof(f));
	f.type = SV_UPDATE;
	f.elem = SV_F64;
	f.shard = shard;
	f.count = 1;
	f.nscalar = s->n < NSCALAR ? (uint32_t)s->n : NSCALAR;
	f.length = bytes;
	f.sum = sv_frame_sum(x, bytes);
	memcpy(buffer + skew, x, bytes);
	if (damaged)
		buffer[skew + bytes / 2] ^= 0x10;
	assert_int_equal(zmq_msg_init_data(&m, buffer + skew, bytes, release,
	    buffer), 0);
	assert_int_equal(sv_reduce_add(s->r, &f, &m), 0);
	free(x);
}

/* The next news, waited for. */
static struct sv_reduce_result
news(struct sums *s)
{
	zmq_pollitem_t item = { sv_reduce_socket(s->r), 0, ZMQ_POLLIN, 0 };
	struct sv_reduce_result result = { SV_REDUCE_NONE, NULL, 0, 0 };

	for (int i = 0; i < 10 && result.kind == SV_REDUCE_NONE; i++) {
		assert_int_equal(zmq_poll(&item, 1, WAIT_MS), 1);
		sv_reduce_result(s->r, &result);
	}
	return (result);
}

static void
no_news(struct sums *s)
{
	struct sv_reduce_result result;

	sv_reduce_result(s->r, &result);
	assert_int_equal(result.kind, SV_REDUCE_NONE);
}

static double *
take_sum(struct sums *s)
{
	struct sv_reduce_result result = news(s);

	assert_int_equal(result.kind, SV_REDUCE_SUM);
	assert_non_null(result.sum);
	assert_int_equal(result.n, s->n);
	return (result.sum);
}

/* An order in which ${W} shards answer. */
static void
shuffle(uint32_t *order, uint32_t W, uint64_t seed)
{

	for (uint32_t i = 0; i < W; i++) {
		uint32_t j = (uint32_t)(next(&seed) % (i + 1));

		order[i] = order[j];
		order[j] = i;
	}
}

/* The sum, added in the order ${seed} makes; seed 0: as they are numbered. */
static double *
sum_of(uint32_t W, unsigned threads, size_t n, uint64_t seed)
{
	uint32_t order[MAXW];
	struct sums s;
	double *sum;

	open_sums(&s, W, threads, n);
	shuffle(order, W, seed);
	start(&s);
	for (uint32_t i = 0; i < W; i++)
		give(&s, seed == 0 ? i : order[i], seed % 8, 0);
	sum = take_sum(&s);
	no_news(&s);
	close_sums(&s);
	return (sum);
}

/* Is ${sum} what W updates add up to, but for rounding? */
static void
check_sum(const double *sum, uint32_t W, size_t n)
{
	double *x = malloc(n * sizeof(*x)), *exact = calloc(n, sizeof(*x));

	assert_non_null(x);
	assert_non_null(exact);
	for (uint32_t i = 0; i < W; i++) {
		fill(x, i, n);
		for (size_t j = 0; j < n; j++)
			exact[j] += x[j];
	}
	for (size_t j = 0; j < n; j++)
		assert_true(fabs(sum[j] - exact[j]) < 1e-5);
	free(exact);
	free(x);
}

static void
sums_are_the_same_bits_in_every_order(void **state)
{
	const size_t n = 101;

	(void)state;
	for (uint32_t W = 1; W <= MAXW; W++) {
		double *first = sum_of(W, 1, n, 0);

		check_sum(first, W, n);
		for (uint64_t seed = 1; seed <= 6; seed++) {
			double *other = sum_of(W, 1 + (unsigned)seed % 2, n, seed);

			assert_memory_equal(first, other, n * sizeof(*first));
			free(other);
		}
		free(first);
	}
}

static void
sums_are_the_same_bits_for_every_number_of_threads(void **state)
{
	const uint32_t W[] = { 2, 3, 7, 13, 16, 20 };
	const size_t n = 33;

	(void)state;
	for (size_t i = 0; i < sizeof(W) / sizeof(W[0]); i++) {
		double *first = sum_of(W[i], 1, n, 0);

		for (unsigned threads = 2; threads <= 9; threads++) {
			double *other = sum_of(W[i], threads, n, threads);

			assert_memory_equal(first, other, n * sizeof(*first));
			free(other);
		}
		free(first);
	}
}

/* Such numbers do depend on the order, or the tests above would show nothing. */
static void
the_numbers_of_these_tests_are_wild_enough(void **state)
{
	double x[MAXW], up = 0, down = 0;

	(void)state;
	for (uint32_t i = 0; i < MAXW; i++)
		fill(&x[i], i, 1);
	for (uint32_t i = 0; i < MAXW; i++) {
		up += x[i];
		down += x[MAXW - 1 - i];
	}
	assert_true(up != down);
}

static void
every_length_is_summed(void **state)
{
	const size_t n[] = { 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 63, 64, 65,
	    511, 512, 513, 1023, 4095, 4096, 4097, 20001, 131073 };

	(void)state;
	for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++) {
		double *one = sum_of(1, 1, n[i], 1), *five = sum_of(5, 2, n[i], 3);
		double *again = sum_of(5, 1, n[i], 0);

		check_sum(one, 1, n[i]);
		check_sum(five, 5, n[i]);
		assert_memory_equal(five, again, n[i] * sizeof(*five));
		free(one);
		free(five);
		free(again);
	}
}

static void
sums_follow_each_other(void **state)
{
	struct sums s;
	double *first = sum_of(6, 1, 50, 0);

	(void)state;
	open_sums(&s, 6, 3, 50);
	for (int k = 0; k < 200; k++) {
		double *sum;

		start(&s);
		for (uint32_t i = 0; i < 6; i++)
			give(&s, (i + (uint32_t)k) % 6, 0, 0);
		sum = take_sum(&s);
		assert_memory_equal(first, sum, 50 * sizeof(*sum));
		free(sum);
	}
	close_sums(&s);
	free(first);
}

static void
nothing_is_told_before_all_have_come(void **state)
{
	zmq_pollitem_t item = { NULL, 0, ZMQ_POLLIN, 0 };
	struct sums s;
	double *sum;

	(void)state;
	open_sums(&s, 5, 2, 9);
	item.socket = sv_reduce_socket(s.r);
	start(&s);
	for (uint32_t i = 1; i < 5; i++)
		give(&s, i, 0, 0);
	assert_int_equal(zmq_poll(&item, 1, 50), 0);
	give(&s, 0, 0, 0);
	sum = take_sum(&s);
	check_sum(sum, 5, 9);
	free(sum);
	close_sums(&s);
}

static void
a_damaged_update_is_told_and_its_place_stays_open(void **state)
{

	(void)state;
	for (uint32_t W = 1; W <= 9; W++)
		for (uint32_t bad = 0; bad < W; bad++) {
			struct sv_reduce_result result;
			double *first = sum_of(W, 1, 12, 0), *sum;
			struct sums s;

			open_sums(&s, W, 2, 12);
			start(&s);
			for (uint32_t i = 0; i < W; i++)
				give(&s, i, 0, i == bad);
			result = news(&s);
			assert_int_equal(result.kind, SV_REDUCE_BAD);
			assert_int_equal(result.shard, bad);
			no_news(&s);
			give(&s, bad, 1, 0);
			sum = take_sum(&s);
			assert_memory_equal(first, sum, 12 * sizeof(*sum));
			free(sum);
			free(first);
			close_sums(&s);
		}
}

static void
a_sum_can_be_given_up(void **state)
{

	(void)state;
	/* Half of it, all of it unread, all of it damaged, nothing. */
	for (int how = 0; how < 4; how++)
		for (uint32_t W = 1; W <= 8; W++) {
			struct sums s;

			open_sums(&s, W, 3, 1000);
			start(&s);
			for (uint32_t i = 0; how < 3 && i < W; i++)
				if (how > 0 || i % 2 == 0)
					give(&s, i, 0, how == 2);
			close_sums(&s);
		}
	sv_reduce_free(NULL);
}

static void
clocks_are_noted(void **state)
{
	double x[40], *sum;
	struct sums s;

	(void)state;
	open_sums(&s, 4, 2, 40);
	start(&s);
	for (uint32_t i = 0; i < 4; i++)
		give(&s, i, 0, 0);
	sum = take_sum(&s);
	for (uint32_t i = 0; i < 4; i++) {
		const double *row = s.timing + i * SV_TM_N;

		fill(x, i, 40);
		assert_true(row[SV_TM_COMP] == x[SV_UP_COMP]);
		assert_true(row[SV_TM_IDLE] == x[SV_UP_IDLE]);
		assert_true(row[SV_TM_CPU] == x[SV_UP_CPU]);
		assert_true(row[SV_TM_TAKEN] >= 0);
		assert_true(row[SV_TM_SUMMED] >= row[SV_TM_TAKEN]);
		assert_true(row[SV_TM_SUMMED] < 1000);
		/* The hub's own cells are left alone. */
		assert_true(isnan(row[SV_TM_SENT]));
		assert_true(isnan(row[SV_TM_RECEIVED]));
		assert_true(isnan(row[SV_TM_GENERATION]));
	}
	free(sum);
	close_sums(&s);
	/* An update without clocks has none. */
	open_sums(&s, 1, 1, SV_UP_COMMON - 1);
	start(&s);
	give(&s, 0, 0, 0);
	free(take_sum(&s));
	assert_true(isnan(s.timing[SV_TM_COMP]));
	assert_true(s.timing[SV_TM_TAKEN] >= 0);
	close_sums(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_numbers_of_these_tests_are_wild_enough),
		cmocka_unit_test(sums_are_the_same_bits_in_every_order),
		cmocka_unit_test(sums_are_the_same_bits_for_every_number_of_threads),
		cmocka_unit_test(every_length_is_summed),
		cmocka_unit_test(sums_follow_each_other),
		cmocka_unit_test(nothing_is_told_before_all_have_come),
		cmocka_unit_test(a_damaged_update_is_told_and_its_place_stays_open),
		cmocka_unit_test(a_sum_can_be_given_up),
		cmocka_unit_test(clocks_are_noted),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
