#include "config.h"

#include "reducebed.h"

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
	double x[MAXW + SV_UP_FRESH], up = 0, down = 0;

	(void)state;
	/* Each one's first that is no time. */
	for (uint32_t i = 0; i < MAXW; i++) {
		fill(&x[i], i, SV_UP_FRESH + 1);
		x[i] = x[i + SV_UP_FRESH];
	}
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
		cmocka_unit_test(a_sum_can_be_given_up),
		cmocka_unit_test(clocks_are_noted),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
