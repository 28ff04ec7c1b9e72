#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "judge.h"

#define N 3

/* A judge of l1 and logistic, for N elements and 4 workers. */
static struct sv_judge_conf
setting(enum sv_judge_rule rule)
{
	struct sv_judge_conf conf = { .n = N, .workers = 4, .rule = rule,
	    .loss = sv_loss_find("logistic"), .tolerance = 1e-3, .least = 1.0 };

	sv_prox_l1(&conf.g, 1.0);
	return (conf);
}

/* What came with a gradient: 100 rows, 20 of them positive. */
static const double *
came_with(double f)
{
	static double up[SV_UP_GRAD_N];

	memset(up, 0, sizeof(up));
	up[SV_UP_FZ] = f;
	up[SV_UP_ROWS] = up[SV_UP_WEIGHT] = 100.0;
	up[SV_UP_POS] = 20.0;
	up[SV_UP_GPASSES] = 4.0;
	return (up);
}

static void
optimality_is_liblinears(void **state)
{
	static const double zero[N] = { 0.0 }, g0[N] = { 5.0, -3.0, 0.5 };
	static const double z[N] = { -2.0, 0.0, 1.0 };
	static const double g[N] = { 1.25, 1.5, -1.125 };
	struct sv_judge_conf conf = setting(SV_JUDGE_OPT);
	struct sv_judge *j = sv_judge_new(&conf);
	struct sv_view v;

	(void)state;
	assert_non_null(j);
	/* V(0) = 4 + 2 + 0, times min(20, 80) / 100. */
	assert_int_equal(sv_judge_start(j, zero, g0, came_with(69.3)),
	    SV_JUDGE_ON);
	sv_judge_look(j, &v);
	assert_true(v.objective == 69.3);
	assert_true(fabs(v.optimality - 100.0 / 20.0) < 1e-14);
	assert_int_equal(sv_judge_rows(j), 100);
	assert_int_equal(sv_judge_positive(j), 20);
	/* V(z) = |1.25 - 1| + (1.5 - 1) + |-1.125 + 1|. */
	assert_int_equal(sv_judge_grad(j, z, NULL, g, came_with(30.0), 0),
	    SV_JUDGE_ON);
	sv_judge_look(j, &v);
	assert_true(v.objective == 33.0);
	assert_true(fabs(v.optimality - 0.875 / 6.0 * 5.0) < 1e-14);
	assert_memory_equal(sv_judge_at(j), z, sizeof(z));
	sv_judge_free(j);
	sv_judge_free(NULL);
}

static void
rule_holds_at_the_tolerance(void **state)
{
	static const double zero[N] = { 0.0 }, g0[N] = { 5.0, -3.0, 0.5 };
	static const double z[N] = { -2.0, 0.0, 0.0 };
	double g[N] = { 1.0, 0.0, 0.0 };
	struct sv_judge_conf conf = setting(SV_JUDGE_OPT);
	struct sv_judge *j;

	(void)state;
	conf.tolerance = 0.5;
	assert_non_null(j = sv_judge_new(&conf));
	sv_judge_start(j, zero, g0, came_with(69.3));
	g[0] = 1.0 + 0.5 * 6.0 / 5.0 + 1e-9;
	assert_int_equal(sv_judge_grad(j, z, NULL, g, came_with(30.0), 0),
	    SV_JUDGE_ON);
	g[0] = 1.0 + 0.5 * 6.0 / 5.0 - 1e-9;
	assert_int_equal(sv_judge_grad(j, z, NULL, g, came_with(30.0), 0),
	    SV_JUDGE_DONE);
	sv_judge_free(j);
	/* A method that stops itself is not stopped. */
	conf.rule = SV_JUDGE_OWN;
	assert_non_null(j = sv_judge_new(&conf));
	sv_judge_start(j, zero, g0, came_with(69.3));
	assert_int_equal(sv_judge_grad(j, z, NULL, g, came_with(30.0), 0),
	    SV_JUDGE_ON);
	assert_false(sv_judge_due(j, 0.0, 1.0));
	sv_judge_free(j);
}

/* Between looks it is in proportion to the method's merit. */
static void
a_guess_follows_the_merit(void **state)
{
	static const double zero[N] = { 0.0 }, g0[N] = { 5.0, -3.0, 0.5 };
	static const double z[N] = { -2.0, 0.0, 1.0 };
	static const double g[N] = { 1.25, 1.5, -1.125 };
	struct sv_judge_conf conf = setting(SV_JUDGE_OPT);
	double seen = 0.875 / 6.0 * 5.0;
	struct sv_judge *j;

	(void)state;
	assert_non_null(j = sv_judge_new(&conf));
	sv_judge_start(j, zero, g0, came_with(69.3));
	sv_judge_due(j, 8.0, 1.0);
	assert_int_equal(sv_judge_grad(j, z, NULL, g, came_with(30.0), 0),
	    SV_JUDGE_ON);
	assert_true(fabs(sv_judge_guess(j, 8.0) - seen) < 1e-14);
	assert_true(fabs(sv_judge_guess(j, 2.0) - seen / 4.0) < 1e-14);
	sv_judge_free(j);
	/* Nothing is known of a gap before there was one ... */
	conf.rule = SV_JUDGE_GAP;
	assert_non_null(j = sv_judge_new(&conf));
	sv_judge_start(j, zero, g0, came_with(69.3));
	assert_true(isnan(sv_judge_guess(j, 8.0)));
	sv_judge_free(j);
	/* ... nor ever of what is the method's. */
	conf.rule = SV_JUDGE_OWN;
	assert_non_null(j = sv_judge_new(&conf));
	sv_judge_start(j, zero, g0, came_with(69.3));
	sv_judge_due(j, 8.0, 1.0);
	sv_judge_grad(j, z, NULL, g, came_with(30.0), 0);
	assert_true(isnan(sv_judge_guess(j, 8.0)));
	sv_judge_free(j);
}

static void
large_lambda_needs_no_round(void **state)
{
	static const double zero[N] = { 0.0 }, g0[N] = { 5.0, -3.0, 0.5 };
	struct sv_judge_conf conf = setting(SV_JUDGE_OPT);
	struct sv_judge *j = sv_judge_new(&conf);
	struct sv_prox g;

	(void)state;
	sv_judge_start(j, zero, g0, came_with(69.3));
	assert_true(fabs(sv_judge_lambda_max(j) - 5.0) < 1e-12);
	sv_prox_l1(&g, sv_judge_lambda_max(j));
	assert_int_equal(sv_judge_retarget(j, &g), SV_JUDGE_DONE);
	sv_prox_l1(&g, 4.999);
	assert_int_equal(sv_judge_retarget(j, &g), SV_JUDGE_ON);
	sv_prox_l2(&g, 1.0);
	assert_int_equal(sv_judge_retarget(j, &g), SV_JUDGE_ON);
	assert_true(isinf(sv_judge_lambda_max(j)));
	sv_judge_free(j);
}

static void
looks_are_due_when_they_pay(void **state)
{
	static const double zero[N] = { 0.0 }, g0[N] = { 5.0, -3.0, 0.5 };
	static const double z[N] = { -2.0, 0.0, 0.0 }, g[N] = { 2.0, 0, 0 };
	struct sv_judge_conf conf = setting(SV_JUDGE_OPT);
	struct sv_judge *j = sv_judge_new(&conf);
	int rounds = 0;

	(void)state;
	sv_judge_start(j, zero, g0, came_with(69.3));
	/* At first sqrt(3) / 10 of the merit, relative as the optimality. */
	assert_false(sv_judge_due(j, 1e-2, 5.0));
	assert_true(sv_judge_due(j, 6.9e-3, 5.0));
	/* The first look tells what a merit is worth: optimality 5/6 at 1. */
	sv_judge_due(j, 1.0, 5.0);
	sv_judge_grad(j, z, NULL, g, came_with(30.0), 0);
	assert_false(sv_judge_due(j, 0.9, 5.0));
	assert_false(sv_judge_due(j, 1.3e-3, 5.0));
	assert_true(sv_judge_due(j, 1.1e-3, 5.0));
	sv_judge_grad(j, z, NULL, g, came_with(30.0), 0);
	/* Now and then all the same, also when rounds cost no passes. */
	while (!sv_judge_due(j, 1.0, 0.0))
		assert_true(++rounds < 100);
	assert_true(rounds > 2);
	sv_judge_free(j);
}

static void
certificates_are_made_when_asked_for(void **state)
{
	static const double zero[N] = { 0.0 }, g0[N] = { 5.0, -3.0, 0.5 };
	static const double z[N] = { -2.0, 0.0, 0.0 }, g[N] = { 2.0, 0, 0 };
	struct sv_judge_conf conf = setting(SV_JUDGE_OPT);
	double sum[N] = { 1.0, 0, 0 }, up[SV_UP_CONJ_N] = { 0.0 };
	double gc[SV_GC_N];
	enum sv_judge_next next;
	struct sv_judge *j;
	struct sv_view v;
	int rounds = 0;

	(void)state;
	conf.certify = 1;
	conf.every = 3;
	assert_non_null(j = sv_judge_new(&conf));
	sv_judge_start(j, zero, g0, came_with(69.3));
	for (int k = 1; k <= 3; k++) {
		int due = sv_judge_due(j, 1.0, 1.0);

		assert_int_equal(due, k == 3);
	}
	next = sv_judge_grad(j, z, NULL, g, came_with(30.0), 0);
	assert_int_equal(next, SV_JUDGE_CONJ);
	while (next == SV_JUDGE_CONJ) {
		sv_judge_ask(j, gc);
		assert_true(gc[SV_GC_POSITIVE] > 0.0);
		up[SV_UP_CONJ] = -20.0;
		next = sv_judge_conj(j, sum, up);
		assert_true(++rounds < 6);
	}
	sv_judge_look(j, &v);
	/* F(z) = 32, and the dual point says 20 at least. */
	assert_true(v.bound > 20.0 - 1e-6 && v.bound <= 20.0);
	assert_true(fabs(v.gap - (32.0 - v.bound)) < 1e-12);
	sv_judge_free(j);
}

static void
no_minimum_is_told(void **state)
{
	static const double zero[N] = { 0.0 }, g0[N] = { 5.0, -3.0, 10.0 };
	static const double z[N] = { -2.0, 0.0, 0.0 }, g[N] = { 0.1, 0, 0 };
	struct sv_judge_conf conf = setting(SV_JUDGE_OPT);
	double up[SV_UP_GRAD_N];
	struct sv_judge *j;

	(void)state;
	/* Separated, with nothing that holds ... */
	sv_prox_none(&conf.g);
	assert_non_null(j = sv_judge_new(&conf));
	sv_judge_start(j, zero, g0, came_with(69.3));
	assert_int_equal(sv_judge_grad(j, z, NULL, g, came_with(0.7), 0),
	    SV_JUDGE_ON);
	assert_int_equal(sv_judge_grad(j, z, NULL, g, came_with(0.69), 0),
	    SV_JUDGE_UNBOUNDED);
	assert_non_null(strstr(sv_judge_why(j), "told apart"));
	sv_judge_free(j);
	/* ... with l1 it is only a good fit ... */
	sv_prox_l1(&conf.g, 1e-3);
	assert_non_null(j = sv_judge_new(&conf));
	sv_judge_start(j, zero, g0, came_with(69.3));
	assert_int_equal(sv_judge_grad(j, z, NULL, g, came_with(0.69), 0),
	    SV_JUDGE_ON);
	sv_judge_free(j);
	/* ... and an intercept alone can run away. */
	conf.intercept = 1;
	conf.g.d = N - 1;
	memcpy(up, came_with(69.3), sizeof(up));
	up[SV_UP_POS] = 100.0;
	assert_non_null(j = sv_judge_new(&conf));
	assert_int_equal(sv_judge_start(j, zero, g0, up), SV_JUDGE_UNBOUNDED);
	assert_non_null(strstr(sv_judge_why(j), "same label"));
	sv_judge_free(j);
	conf.loss = sv_loss_find("poisson");
	up[SV_UP_WEIGHT] = 10.0;
	assert_non_null(j = sv_judge_new(&conf));
	assert_int_equal(sv_judge_start(j, zero, g0, up), SV_JUDGE_UNBOUNDED);
	assert_non_null(strstr(sv_judge_why(j), "counts"));
	sv_judge_free(j);
}

/*
 * Weights of classes that balance them leave rounding of the intercept's
 * gradient, which is no way to go; more than that is.
 */
static void
rounding_of_an_intercept_is_nothing(void **state)
{
	static const double zero[N] = { 0.0 };
	struct sv_judge_conf conf = setting(SV_JUDGE_OPT);
	double g0[N] = { 5.0, -3.0, -2e-14 };
	struct sv_judge *j;

	(void)state;
	conf.intercept = 1;
	sv_prox_l1(&conf.g, 6.0);
	conf.g.d = N - 1;
	assert_non_null(j = sv_judge_new(&conf));
	assert_int_equal(sv_judge_start(j, zero, g0, came_with(69.3)),
	    SV_JUDGE_DONE);
	g0[N - 1] = -2e-11;
	assert_int_equal(sv_judge_start(j, zero, g0, came_with(69.3)),
	    SV_JUDGE_ON);
	sv_judge_free(j);
}

/* All counts are 0 only where the margins were 0, too. */
static void
counts_are_judged_at_zero(void **state)
{
	static const double zero[N] = { 0.0 }, one[N] = { 1.0, 1.0, 0.0 };
	struct sv_judge_conf conf = setting(SV_JUDGE_OPT);
	/* Sums in two orders are not the same to the last bit. */
	double g0[N] = { 5.0, 3.0, 100.0 * (1.0 - 1e-16) };
	struct sv_judge *j;

	(void)state;
	conf.intercept = 1;
	conf.loss = &sv_loss_poisson;
	conf.g.d = N - 1;
	assert_non_null(j = sv_judge_new(&conf));
	assert_int_equal(sv_judge_start(j, zero, g0, came_with(100.0)),
	    SV_JUDGE_UNBOUNDED);
	assert_non_null(strstr(sv_judge_why(j), "counts"));
	sv_judge_free(j);
	sv_prox_box(&conf.g, 1.0, 2.0);
	conf.g.d = N - 1;
	assert_non_null(j = sv_judge_new(&conf));
	assert_int_equal(sv_judge_start(j, one, g0, came_with(500.0)),
	    SV_JUDGE_ON);
	sv_judge_free(j);
}

/* Numbers from afar may be no counts. */
static void
counts_have_an_end(void **state)
{
	static const double zero[N] = { 0.0 }, g0[N] = { 5.0, -3.0, 0.5 };
	struct sv_judge_conf conf = setting(SV_JUDGE_OPT);
	struct sv_judge *j = sv_judge_new(&conf);
	double up[SV_UP_GRAD_N];

	(void)state;
	memcpy(up, came_with(69.3), sizeof(up));
	up[SV_UP_ROWS] = up[SV_UP_POS] = 1e300;
	(void)sv_judge_start(j, zero, g0, up);
	assert_int_equal(sv_judge_rows(j), (uint64_t)1 << 53);
	assert_int_equal(sv_judge_positive(j), (uint64_t)1 << 53);
	sv_judge_free(j);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(optimality_is_liblinears),
		cmocka_unit_test(rule_holds_at_the_tolerance),
		cmocka_unit_test(a_guess_follows_the_merit),
		cmocka_unit_test(large_lambda_needs_no_round),
		cmocka_unit_test(looks_are_due_when_they_pay),
		cmocka_unit_test(certificates_are_made_when_asked_for),
		cmocka_unit_test(no_minimum_is_told),
		cmocka_unit_test(rounding_of_an_intercept_is_nothing),
		cmocka_unit_test(counts_are_judged_at_zero),
		cmocka_unit_test(counts_have_an_end)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
