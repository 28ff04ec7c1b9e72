#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "anderson.h"

#define N 6
#define SHARDS 3
#define MEMORY 5
#define ROUNDS 60

/* SHARDS vectors each of which goes to its own limit, w+ = w + R(w). */
struct iteration {
	double w[SHARDS][N], c[ROUNDS][SHARDS][N], R[ROUNDS][SHARDS][N];
	unsigned k;	/* rounds made */
	double size;	/* |R|^2 of the last one */
};

/* R = M (b - w), M different in each coordinate, and coupled with the next. */
static void
residual(const double *w, int shard, double *R)
{

	for (int j = 0; j < N; j++) {
		double e = 1.0 + shard + j - w[j];
		double next = 1.0 + shard + (j + 1) % N - w[(j + 1) % N];

		R[j] = 0.08 * (1.0 + j) * e + 0.03 * next;
	}
}

/* A round: the mean of c into the slot, the pairs for feed(). */
static void
iterate(struct iteration *t, struct sv_anderson *a, unsigned memory,
    double *pairs)
{
	double *mean = sv_anderson_slot(a);
	unsigned k = t->k++;

	memset(pairs, 0, 2 * (memory + 1) * sizeof(*pairs));
	memset(mean, 0, N * sizeof(*mean));
	for (int s = 0; s < SHARDS; s++) {
		residual(t->w[s], s, t->R[k][s]);
		for (int j = 0; j < N; j++) {
			t->c[k][s][j] = t->w[s][j] + t->R[k][s][j];
			mean[j] += t->c[k][s][j] / SHARDS;
		}
	}
	for (unsigned p = 0; p <= memory && p <= k; p++) {
		for (int s = 0; s < SHARDS; s++)
			for (int j = 0; j < N; j++)
				pairs[2 * p] += t->R[k][s][j] *
				    t->R[k - p][s][j];
		pairs[2 * p + 1] = SHARDS;
	}
	t->size = pairs[0];
}

/* w+ by the weights. */
static void
move(struct iteration *t, const double *theta, unsigned n)
{

	for (int s = 0; s < SHARDS; s++)
		for (int j = 0; j < N; j++) {
			t->w[s][j] = 0.0;
			for (unsigned p = 0; p < n; p++)
				t->w[s][j] += theta[p] *
				    t->c[t->k - 1 - p][s][j];
		}
}

/* Rounds until |R| is 1e-8 of what it was. */
static unsigned
rounds(unsigned memory)
{
	struct sv_anderson *a = sv_anderson_new(memory, N, SHARDS);
	double pairs[2 * (MEMORY + 1)], theta[MEMORY + 1], first = 0.0;
	struct iteration t;

	assert_non_null(a);
	memset(&t, 0, sizeof(t));
	do {
		iterate(&t, a, memory, pairs);
		if (t.k == 1)
			first = t.size;
		sv_anderson_feed(a, memory > 0 ? pairs : NULL);
		move(&t, theta, sv_anderson_weights(a, theta));
	} while (t.size > 1e-16 * first && t.k < ROUNDS);
	sv_anderson_free(a);
	return (t.k);
}

static void
test_anderson_accelerates(void **state)
{

	(void)state;
	assert_int_equal(rounds(0), ROUNDS);
	assert_true(rounds(2) < ROUNDS);
	assert_true(rounds(MEMORY) <= 20);
}

/* The weights sum to 1, and no others of that sum make |sum theta R| less. */
static void
test_anderson_minimises(void **state)
{
	struct sv_anderson *a = sv_anderson_new(MEMORY, N, SHARDS);
	double pairs[2 * (MEMORY + 1)], theta[MEMORY + 1];
	struct iteration t;

	(void)state;
	memset(&t, 0, sizeof(t));
	for (unsigned k = 1; k <= 4; k++) {
		double sum = 0.0, total[SHARDS][N], best = 0.0;
		unsigned n;

		iterate(&t, a, MEMORY, pairs);
		sv_anderson_feed(a, pairs);
		n = sv_anderson_weights(a, theta);
		assert_int_equal(n, k);
		memset(total, 0, sizeof(total));
		for (unsigned p = 0; p < n; p++) {
			sum += theta[p];
			for (int s = 0; s < SHARDS; s++)
				for (int j = 0; j < N; j++)
					total[s][j] += theta[p] *
					    t.R[t.k - 1 - p][s][j];
		}
		assert_true(fabs(sum - 1.0) < 1e-12);
		for (int s = 0; s < SHARDS; s++)
			for (int j = 0; j < N; j++)
				best += total[s][j] * total[s][j];
		/* The gradient along any difference is 0, but for the ridge. */
		for (unsigned p = 0; p + 1 < n; p++) {
			double slope = 0.0, size = 0.0;

			for (int s = 0; s < SHARDS; s++)
				for (int j = 0; j < N; j++) {
					double d = t.R[t.k - 1 - p][s][j] -
					    t.R[t.k - 2 - p][s][j];

					slope += d * total[s][j];
					size += d * d;
				}
			assert_true(fabs(slope) <=
			    1e-3 * sqrt(size) * sqrt(best) + 1e-6 * size);
		}
		assert_true(best <= t.size * (1.0 + 1e-12));
		move(&t, theta, n);
	}
	sv_anderson_free(a);
}

/* The mean that the master makes is the mean of what the shards make. */
static void
test_anderson_combines(void **state)
{
	struct sv_anderson *a = sv_anderson_new(2, N, SHARDS);
	double pairs[2 * (MEMORY + 1)], theta[MEMORY + 1], w[N];
	struct iteration t;

	(void)state;
	memset(&t, 0, sizeof(t));
	for (int k = 0; k < 8; k++) {
		unsigned n;

		iterate(&t, a, 2, pairs);
		sv_anderson_feed(a, pairs);
		n = sv_anderson_weights(a, theta);
		assert_int_equal(n, k < 2 ? k + 1 : 3);
		sv_anderson_combine(a, theta, n, w);
		move(&t, theta, n);
		for (int j = 0; j < N; j++) {
			double mean = 0.0;

			for (int s = 0; s < SHARDS; s++)
				mean += t.w[s][j] / SHARDS;
			assert_true(fabs(w[j] - mean) < 1e-9);
		}
	}
	sv_anderson_free(a);
}

static void
test_anderson_restarts(void **state)
{
	struct sv_anderson *a = sv_anderson_new(MEMORY, N, SHARDS);
	double pairs[2 * (MEMORY + 1)], theta[MEMORY + 1];
	struct iteration t;

	(void)state;
	memset(&t, 0, sizeof(t));
	for (int k = 0; k < 3; k++) {
		iterate(&t, a, MEMORY, pairs);
		sv_anderson_feed(a, pairs);
		move(&t, theta, sv_anderson_weights(a, theta));
	}
	sv_anderson_restart(a);
	for (unsigned k = 1; k <= 3; k++) {
		iterate(&t, a, MEMORY, pairs);
		sv_anderson_feed(a, pairs);
		assert_int_equal(sv_anderson_weights(a, theta), k);
		assert_true(k > 1 || theta[0] == 1.0);
		move(&t, theta, k);
	}
	sv_anderson_free(a);
}

/* What one shard has lost is lost for all. */
static void
test_anderson_losses(void **state)
{
	struct sv_anderson *a = sv_anderson_new(MEMORY, N, SHARDS);
	double pairs[2 * (MEMORY + 1)], theta[MEMORY + 1];
	struct iteration t;

	(void)state;
	memset(&t, 0, sizeof(t));
	for (unsigned k = 0; k < 10; k++) {
		unsigned held = k < 4 ? k + 1 : k - 3;	/* lost before k = 4 */

		iterate(&t, a, MEMORY, pairs);
		for (unsigned p = held; p <= MEMORY && p <= k; p++)
			pairs[2 * p + 1] = SHARDS - 1;
		sv_anderson_feed(a, pairs);
		assert_int_equal(sv_anderson_weights(a, theta), held);
		move(&t, theta, held);
	}
	sv_anderson_free(a);
}

/* A residual that more than doubles ends what went before it. */
static void
test_anderson_growth(void **state)
{
	struct sv_anderson *a = sv_anderson_new(2, 1, 1);
	double theta[3];

	(void)state;
	*sv_anderson_slot(a) = 1.0;
	sv_anderson_feed(a, (const double[6]){ 1.0, 1.0 });
	assert_int_equal(sv_anderson_weights(a, theta), 1);
	*sv_anderson_slot(a) = 2.0;
	sv_anderson_feed(a, (const double[6]){ 9.0, 1.0, 2.0, 1.0 });
	/* Both are weighed once more. */
	assert_int_equal(sv_anderson_weights(a, theta), 2);
	assert_true(fabs(theta[0] - -1.0 / 6.0) < 1e-6);
	*sv_anderson_slot(a) = 3.0;
	sv_anderson_feed(a, (const double[6]){ 4.0, 1.0, 1.0, 1.0, 1.0, 1.0 });
	assert_int_equal(sv_anderson_weights(a, theta), 2);
	sv_anderson_free(a);
}

/* Rounds that do not differ, and numbers that are none, weigh nothing. */
static void
test_anderson_degenerate(void **state)
{
	struct sv_anderson *a = sv_anderson_new(2, 1, 1);
	double theta[3];

	(void)state;
	for (int k = 0; k < 3; k++) {
		*sv_anderson_slot(a) = 1.0;
		sv_anderson_feed(a,
		    (const double[6]){ 4.0, 1.0, 4.0, 1.0, 4.0, 1.0 });
		assert_int_equal(sv_anderson_weights(a, theta), 1);
		assert_true(theta[0] == 1.0);
	}
	sv_anderson_feed(a, (const double[6]){ NAN, 1.0, 4.0, 1.0, 4.0, 1.0 });
	assert_int_equal(sv_anderson_weights(a, theta), 1);
	sv_anderson_free(a);
	sv_anderson_free(NULL);
	assert_null(sv_anderson_new(60, SIZE_MAX / 8, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_anderson_accelerates),
		cmocka_unit_test(test_anderson_minimises),
		cmocka_unit_test(test_anderson_combines),
		cmocka_unit_test(test_anderson_restarts),
		cmocka_unit_test(test_anderson_losses),
		cmocka_unit_test(test_anderson_growth),
		cmocka_unit_test(test_anderson_degenerate),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
