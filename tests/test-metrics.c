/* Metrics beside their definitions, in quadratic time where that is simpler. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "metrics.h"

#define N 500

static double m[N], y[N], w[N];

/* The minimal standard generator: Park and Miller, Comm. ACM 31, 1988. */
static double
uniform(void)
{
	static uint64_t state = 20261123;

	state = state * 16807 % 2147483647;
	return ((double)state / 2147483647.0);
}

/* Labels that margins say something about; with ${ties}, few of these. */
static void
fill(int ties)
{

	for (int i = 0; i < N; i++) {
		m[i] = 6.0 * uniform() - 3.0;
		if (ties)
			m[i] = floor(m[i]);
		y[i] = m[i] + 4.0 * uniform() - 2.5 > 0.0 ? 1.0 : -1.0;
		w[i] = floor(4.0 * uniform());
	}
}

static const struct sv_metrics_options logistic = {
	.classes = 1, .loss = &sv_loss_logistic, .weight = { 1.0, 1.0 },
	.penalty = 2.5, .auc = 1
};

/* Metrics of n rows, taken ${step} at a time. */
static struct sv_metrics_values
measure(const struct sv_metrics_options *o, const double *weight, size_t n,
    size_t step)
{
	struct sv_metrics *s = sv_metrics_new(o);
	struct sv_metrics_values v;

	assert_non_null(s);
	for (size_t i = 0; i < n; i += step)
		assert_int_equal(sv_metrics_add(s, m + i, y + i,
		    weight != NULL ? weight + i : NULL,
		    n - i < step ? n - i : step), 0);
	sv_metrics_get(s, &v);
	sv_metrics_free(s);
	return (v);
}

static void
near(double a, double b, double relative)
{

	if (!(fabs(a - b) <= relative * fabs(b)))
		fail_msg("%.17g, and not %.17g", a, b);
}

/* The share of pairs that are in order, by weight. */
static double
pairs(const double *weight, size_t n)
{
	long double won = 0.0L, all = 0.0L, both;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			if (y[i] < 0.0 || y[j] > 0.0)
				continue;
			both = weight != NULL ? weight[i] * weight[j] : 1.0;
			all += both;
			won += m[i] > m[j] ? both : m[i] < m[j] ? 0.0L :
			    both / 2.0L;
		}
	}
	return ((double)(won / all));
}

static void
auc_is_the_share_of_pairs(void **state)
{

	(void)state;
	for (int ties = 0; ties < 2; ties++) {
		fill(ties);
		for (size_t step = 1; step <= N; step += 166)
			near(measure(&logistic, NULL, N, step).auc,
			    pairs(NULL, N), 1e-15);
		near(measure(&logistic, w, N, N).auc, pairs(w, N), 1e-13);
	}
}

static void
auc_of_margins_that_are_equal_or_infinite(void **state)
{
	const double ms[] = { 1, 1, 1, 1 }, ends[] = { INFINITY, -INFINITY,
	    INFINITY, 0 }, ys[] = { 1, -1, 1, -1 };

	(void)state;
	memcpy(y, ys, sizeof(ys));
	memcpy(m, ms, sizeof(ms));
	near(measure(&logistic, NULL, 4, 4).auc, 0.5, 0);
	memcpy(m, ends, sizeof(ends));
	near(measure(&logistic, NULL, 4, 4).auc, 1.0, 0);
	y[0] = -1;
	near(measure(&logistic, NULL, 4, 4).auc, 2.5 / 3.0, 1e-15);
	/* Zero has no sign. */
	m[0] = -0.0;
	m[1] = 0.0;
	y[1] = 1;
	near(measure(&logistic, NULL, 2, 2).auc, 0.5, 0);
}

static void
one_class_has_no_auc(void **state)
{
	struct sv_metrics_values v;

	(void)state;
	fill(0);
	for (int i = 0; i < N; i++)
		y[i] = 1;
	v = measure(&logistic, NULL, N, N);
	assert_true(isnan(v.auc));
	near(v.recall, v.accuracy, 0);
	near(v.precision, 1.0, 0);
	for (int i = 0; i < N; i++) {
		y[i] = -1;
		m[i] = -1;
	}
	v = measure(&logistic, NULL, N, N);
	assert_true(isnan(v.auc) && isnan(v.recall) && isnan(v.precision) &&
	    isnan(v.f1));
	near(v.accuracy, 1.0, 0);
	/* Rows of weight 0 are no class. */
	memset(w, 0, sizeof(w));
	w[0] = 1;
	y[1] = 1;
	assert_true(isnan(measure(&logistic, w, N, N).auc));
	/* No row. */
	v = measure(&logistic, NULL, 0, 1);
	assert_true(v.rows == 0 && isnan(v.accuracy) && isnan(v.auc));
}

static void
counts(void **state)
{
	const double ms[] = { 1, 2, -1, 0, 3, -2 };
	const double ys[] = { 1, -1, 1, 1, 1, -1 };
	struct sv_metrics_values v;

	(void)state;
	memcpy(m, ms, sizeof(ms));
	memcpy(y, ys, sizeof(ys));
	v = measure(&logistic, NULL, 6, 4);
	/* A margin of 0 is negative. */
	assert_true(v.tp == 2 && v.fp == 1 && v.tn == 1 && v.fn == 2);
	assert_true(v.rows == 6 && v.weight == 6);
	near(v.accuracy, 0.5, 1e-16);
	near(v.precision, 2.0 / 3.0, 1e-16);
	near(v.recall, 0.5, 1e-16);
	near(v.f1, 4.0 / 7.0, 1e-16);
	assert_true(isnan(v.mse) && isnan(v.mae) && isnan(v.r2));
}

/* A weight is as many rows. */
static void
weights_are_rows(void **state)
{
	static double mm[3 * N], yy[3 * N];
	struct sv_metrics_values a, b;
	struct sv_metrics *s;
	size_t n = 0;

	(void)state;
	fill(1);
	a = measure(&logistic, w, N, 77);
	for (int i = 0; i < N; i++) {
		for (double k = 0; k < w[i]; k++, n++) {
			mm[n] = m[i];
			yy[n] = y[i];
		}
	}
	s = sv_metrics_new(&logistic);
	assert_int_equal(sv_metrics_add(s, mm, yy, NULL, n), 0);
	sv_metrics_get(s, &b);
	sv_metrics_free(s);
	assert_true(a.rows == N && b.rows == n && a.weight == b.weight);
	assert_true(a.tp == b.tp && a.fp == b.fp && a.tn == b.tn &&
	    a.fn == b.fn);
	near(a.auc, b.auc, 1e-14);
	near(a.logloss, b.logloss, 1e-14);
	near(a.loss, b.loss, 1e-14);
	near(a.f1, b.f1, 1e-15);
}

static void
losses_of_any_margin(void **state)
{
	const double ms[] = { 0, 800, -800, 40, -40 };
	const double ys[] = { 1, 1, 1, -1, 1 };
	struct sv_metrics_values v;

	(void)state;
	memcpy(m, ms, sizeof(ms));
	memcpy(y, ys, sizeof(ys));
	v = measure(&logistic, NULL, 5, 2);
	near(v.loss, log(2.0) + 0 + 800 + 40 + 40, 1e-15);
	near(v.logloss, v.loss / 5, 1e-16);
	near(v.objective, v.loss + 2.5, 1e-16);
	/* What is lost beside 1 is not. */
	m[0] = 40;
	near(measure(&logistic, NULL, 1, 1).loss, 4.248354255291589e-18,
	    1e-14);
	m[0] = -INFINITY;
	v = measure(&logistic, NULL, 5, 5);
	assert_true(v.loss == INFINITY && v.logloss == INFINITY);
	assert_true(v.objective == INFINITY && v.accuracy == 0.2);
}

/* Ten million times a tenth is a million. */
static void
sums_lose_nothing(void **state)
{
	struct sv_metrics_options o = { .loss = &sv_loss_squared,
	    .penalty = 0.0 };
	struct sv_metrics *s = sv_metrics_new(&o);
	struct sv_metrics_values v;

	(void)state;
	for (int i = 0; i < N; i++) {
		m[i] = 1e8;
		y[i] = 1e8 + 0.25;
		w[i] = 0.1;
	}
	for (int k = 0; k < 2000; k++)
		assert_int_equal(sv_metrics_add(s, m, y, w, N), 0);
	sv_metrics_get(s, &v);
	sv_metrics_free(s);
	near(v.weight, 1e5, 1e-16);
	near(v.mse, 0.0625, 1e-15);
	near(v.mae, 0.25, 1e-15);
	near(v.loss, 3125, 1e-14);
}

static void
classes_have_weights_in_the_objective_only(void **state)
{
	struct sv_metrics_options o = logistic;
	struct sv_metrics_values v, even;
	double want = 0;

	(void)state;
	fill(0);
	even = measure(&logistic, w, N, N);
	o.weight[0] = 0.5;
	o.weight[1] = 3;
	o.penalty = NAN;
	v = measure(&o, w, N, N);
	for (int i = 0; i < N; i++)
		want += w[i] * (y[i] > 0 ? 3 : 0.5) * log1p(exp(-y[i] * m[i]));
	near(v.loss, want, 1e-13);
	near(v.logloss, even.logloss, 0);
	near(v.accuracy, even.accuracy, 0);
	assert_true(isnan(v.objective));
	o.loss = &sv_loss_squared_hinge;
	v = measure(&o, NULL, N, N);
	want = 0;
	for (int i = 0; i < N; i++)
		want += (y[i] > 0 ? 3 : 0.5) * pow(fmax(0, 1 - y[i] * m[i]), 2);
	near(v.loss, want, 1e-13);
	assert_true(isnan(v.logloss));
	o.loss = NULL;
	o.auc = 0;
	v = measure(&o, NULL, N, N);
	assert_true(isnan(v.loss) && isnan(v.logloss) && isnan(v.auc));
	near(v.accuracy, measure(&logistic, NULL, N, N).accuracy, 0);
}

static void
numbers(void **state)
{
	struct sv_metrics_options o = { .loss = &sv_loss_huber, .param = 1,
	    .penalty = 1 };
	long double mean = 0, rss = 0, tss = 0, abs = 0, all = 0;
	struct sv_metrics_values v;

	(void)state;
	fill(0);
	/* Far from 0, where a sum of squares would see nothing. */
	for (int i = 0; i < N; i++) {
		y[i] = 1e7 + 2 * m[i] + uniform();
		m[i] = 1e7 + 2 * m[i] + 0.5;
		mean += (long double)w[i] * y[i];
		all += w[i];
	}
	mean /= all;
	for (int i = 0; i < N; i++) {
		rss += w[i] * (m[i] - y[i]) * (m[i] - y[i]);
		abs += w[i] * fabs(m[i] - y[i]);
		tss += w[i] * (y[i] - mean) * (y[i] - mean);
	}
	v = measure(&o, w, N, 13);
	near(v.mse, (double)(rss / all), 1e-14);
	near(v.mae, (double)(abs / all), 1e-14);
	near(v.r2, (double)(1 - rss / tss), 1e-12);
	assert_true(isnan(v.accuracy) && isnan(v.auc) && isnan(v.logloss));
	/* Nothing to explain. */
	for (int i = 0; i < N; i++)
		y[i] = 7;
	assert_true(isnan(measure(&o, NULL, N, N).r2));
	/* Counts are predicted by exp(m). */
	o.loss = &sv_loss_poisson;
	m[0] = log(3);
	m[1] = 0;
	y[0] = 2;
	y[1] = 3;
	v = measure(&o, NULL, 2, 1);
	near(v.mse, 2.5, 1e-15);
	near(v.mae, 1.5, 1e-15);
	near(v.r2, 1 - 5 / 0.5, 1e-15);
	near(v.loss, 3 - 2 * log(3) + 1, 1e-14);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(auc_is_the_share_of_pairs),
		cmocka_unit_test(auc_of_margins_that_are_equal_or_infinite),
		cmocka_unit_test(one_class_has_no_auc),
		cmocka_unit_test(counts),
		cmocka_unit_test(weights_are_rows),
		cmocka_unit_test(losses_of_any_margin),
		cmocka_unit_test(sums_lose_nothing),
		cmocka_unit_test(classes_have_weights_in_the_objective_only),
		cmocka_unit_test(numbers)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
