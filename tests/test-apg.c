#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "apgbed.h"
#include "dense.h"

#define METHOD sv_apg_method

static const struct sv_loss *const losses[] = {
	&sv_loss_logistic, &sv_loss_squared, &sv_loss_squared_hinge,
	&sv_loss_huber, &sv_loss_poisson
};
#define LOSSES (sizeof(losses) / sizeof(losses[0]))

/* Regulariser k of seven. */
#define KINDS 7

static void
make_prox(struct sv_prox *g, int k, const struct sv_groups *groups)
{

	switch (k) {
	case 0:
		sv_prox_none(g);
		break;
	case 1:
		sv_prox_l1(g, 1.0);
		break;
	case 2:
		sv_prox_l2(g, 0.5);
		break;
	case 3:
		sv_prox_elastic(g, 1.0, 0.5);
		break;
	case 4:
		sv_prox_group(g, 1.0, groups);
		break;
	case 5:
		sv_prox_box(g, 0.05, 0.3);
		break;
	default:
		sv_prox_nonneg(g);
	}
}

static int
cautious(const struct sv_loss *loss)
{

	return (loss == &sv_loss_poisson);
}

static void
all_losses_and_regularisers(void **state)
{
	struct sv_groups *groups = sv_prox_groups_blocks(APGBED_D, 4);
	struct apgbed B;
	struct sv_prox g;

	(void)state;
	assert_non_null(groups);
	for (size_t l = 0; l < LOSSES; l++)
		for (int k = 0; k < 2 * KINDS; k++) {
			int rounds;

			make_prox(&g, k / 2, groups);
			apgbed_rows(&B, losses[l], k % 2, 4.0);
			apgbed_start(&B, &g, 0.0, cautious(losses[l]));
			rounds = apgbed_run(&B, 1e-6, 400);
			print_message("# %s, %s, %s: %d rounds\n",
			    losses[l]->name, g.name,
			    k % 2 ? "intercept" : "none", rounds);
			assert_int_equal(B.broken, 0);
			assert_in_range(rounds, 1, 400);
			apgbed_fini(&B);
		}
	sv_prox_groups_free(groups);
}

static void
columns_of_other_scales(void **state)
{
	struct apgbed B;
	struct sv_prox g;

	(void)state;
	sv_prox_l1(&g, 1.0);
	for (size_t l = 0; l < LOSSES; l++) {
		int rounds;

		apgbed_rows(&B, losses[l], 1, 4.0);
		apgbed_scale(&B, 100.0);
		apgbed_start(&B, &g, 0.0, cautious(losses[l]));
		rounds = apgbed_run(&B, 1e-6, 6000);
		print_message("# %s: %d rounds\n", losses[l]->name, rounds);
		assert_in_range(rounds, 1, 6000);
		apgbed_fini(&B);
	}
}

/* Beside a plain program that shares nothing with the library. */
static void
the_same_minimum(void **state)
{
	double x[DENSE_D], v[DENSE_D], up[SV_UP_GRAD_N] = { 0.0 }, F, least;
	struct sv_apg_conf conf;
	struct dense D;
	struct sv_apg *s;
	char why[SV_WHY];

	(void)state;
	dense_make(&D, 4);
	least = dense_solve(&D, 1.0, x);
	sv_apg_conf_init(&conf);
	sv_prox_l1(&conf.g, 1.0);
	conf.n = DENSE_D;
	s = sv_apg_new(&conf);
	assert_non_null(s);
	up[SV_UP_FZ] = dense_loss(&D, 0, DENSE_N, METHOD.answer(s), v, NULL);
	METHOD.start(s, v, up);
	for (int k = 0; k < 200; k++) {
		up[SV_UP_FZ] = dense_loss(&D, 0, DENSE_N, METHOD.point(s), v,
		    NULL);
		assert_int_equal(METHOD.feed(s, v, up, why), 0);
	}
	F = dense_loss(&D, 0, DENSE_N, METHOD.answer(s), NULL, NULL) +
	    sv_prox_value(&conf.g, METHOD.answer(s), DENSE_D);
	assert_true(fabs(F - least) <= 1e-10 * least);
	METHOD.free(s);
}

/* A first step that is no step at all, and one that is far too long. */
static void
any_first_step(void **state)
{
	struct apgbed B;
	struct sv_prox g;
	int chosen, shortest, longest;

	(void)state;
	sv_prox_l1(&g, 1.0);
	apgbed_rows(&B, &sv_loss_logistic, 1, 0.0);
	apgbed_start(&B, &g, 0.0, 0);
	chosen = apgbed_run(&B, 1e-6, 400);
	METHOD.free(B.s);
	apgbed_start(&B, &g, 1e-9, 0);
	shortest = apgbed_run(&B, 1e-6, 400);
	METHOD.free(B.s);
	apgbed_start(&B, &g, 1e9, 0);
	longest = apgbed_run(&B, 1e-6, 400);
	assert_true(sv_apg_rejected(B.s) > 0);
	apgbed_fini(&B);
	print_message("# %d, %d, %d rounds\n", chosen, shortest, longest);
	assert_in_range(chosen, 1, 200);
	assert_in_range(shortest, 1, 200);
	assert_in_range(longest, 1, 200);
}

/* Without caution the same counts are the end of the job. */
static void
counts_do_not_overflow(void **state)
{
	struct apgbed B;
	struct sv_prox g;

	(void)state;
	sv_prox_l1(&g, 1.0);
	apgbed_rows(&B, &sv_loss_poisson, 1, 5000.0);
	apgbed_scale(&B, 10.0);
	apgbed_start(&B, &g, 0.0, 0);
	apgbed_run(&B, 1e-6, 2000);
	assert_int_equal(B.broken, 1);
	METHOD.free(B.s);
	B.broken = 0;
	B.largest = 0.0;
	apgbed_start(&B, &g, 0.0, 1);
	assert_in_range(apgbed_run(&B, 1e-6, 6000), 1, 6000);
	assert_int_equal(B.broken, 0);
	print_message("# largest |f| %g\n", B.largest);
	assert_true(B.largest < 1e20);
	apgbed_fini(&B);
}

/* Momentum overshoots, and is dropped. */
static void
momentum_is_dropped(void **state)
{
	struct apgbed B;
	struct sv_prox g;

	(void)state;
	sv_prox_l2(&g, 1e-3);
	apgbed_rows(&B, &sv_loss_squared, 0, 0.0);
	apgbed_scale(&B, 10.0);
	apgbed_start(&B, &g, 0.0, 0);
	assert_in_range(apgbed_run(&B, 1e-8, 1000), 1, 1000);
	assert_true(sv_apg_restarts(B.s) > 0);
	apgbed_fini(&B);
}

/* The next lambda starts from the last answer, with the gradient at hand. */
static void
another_regulariser(void **state)
{
	struct apgbed B;
	struct sv_prox g;
	int cold, warm, again;
	double F;

	(void)state;
	sv_prox_l1(&g, 1.0);
	apgbed_rows(&B, &sv_loss_logistic, 1, 0.0);
	apgbed_start(&B, &g, 0.0, 0);
	cold = apgbed_run(&B, 1e-9, 1000);
	assert_in_range(cold, 1, 1000);
	F = apgbed_value(&B);

	B.g.lambda = 0.9;
	METHOD.retarget(B.s, &B.g);
	warm = apgbed_run(&B, 1e-9, 1000);
	assert_in_range(warm, 1, cold - 1);
	assert_true(apgbed_value(&B) < F);

	B.g.lambda = 1.0;
	METHOD.retarget(B.s, &B.g);
	again = apgbed_run(&B, 1e-9, 1000);
	assert_in_range(again, 1, cold - 1);
	assert_true(fabs(apgbed_value(&B) - F) < 1e-12 * F);
	print_message("# %d, %d, %d rounds\n", cold, warm, again);
	apgbed_fini(&B);
}

static void
the_view(void **state)
{
	struct sv_view v = { .split = -1.0, .inner = -1.0 };
	const double *y;
	struct apgbed B;
	struct sv_prox g;

	(void)state;
	sv_prox_box(&g, 0.25, 0.5);
	apgbed_rows(&B, &sv_loss_logistic, 1, 0.0);
	apgbed_start(&B, &g, 0.01, 0);
	/* The start is prox(0): the intercept is free. */
	y = METHOD.answer(B.s);
	for (size_t j = 0; j < APGBED_D; j++)
		assert_true(y[j] >= 0.25 && y[j] <= 0.25);
	assert_true(fabs(y[APGBED_D]) <= 0.0);
	for (int k = 0; k < 5; k++)
		apgbed_round(&B);
	METHOD.look(B.s, &v);
	assert_true(v.rho > 0.0 && v.primal > 0.0);
	assert_true(fabs(v.dual - v.rho * v.primal) <= 1e-12 * v.dual);
	assert_true(fabs(v.dual - METHOD.merit(B.s)) <= 1e-12 * v.dual);
	assert_true(fabs(v.passes - 1.0) <= 0.0);
	assert_true(v.split < 0.0 && v.inner < 0.0);
	assert_null(METHOD.slopes(B.s));
	assert_int_equal(METHOD.met(B.s), 0);
	apgbed_fini(&B);
}

/* A worker whose losses rise wherever one goes. */
static void
a_gradient_that_is_none(void **state)
{
	double v[2] = { 1.0, -1.0 }, up[SV_UP_GRAD_N] = { 0.0 };
	struct sv_apg_conf conf;
	char why[SV_WHY] = "";
	struct sv_apg *s;
	int rc = 0;

	(void)state;
	sv_apg_conf_init(&conf);
	conf.n = 2;
	s = sv_apg_new(&conf);
	assert_non_null(s);
	up[SV_UP_FZ] = 1.0;
	METHOD.start(s, v, up);
	up[SV_UP_FZ] = 2.0;
	for (int k = 0; k < 1000 && rc == 0; k++) {
		METHOD.point(s);
		rc = METHOD.feed(s, v, up, why);
	}
	assert_int_equal(rc, -1);
	assert_string_equal(why, "no step is short enough: the features are too "
	    "large, or the gradient is not that of the loss");
	METHOD.free(s);
	METHOD.free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_losses_and_regularisers),
		cmocka_unit_test(columns_of_other_scales),
		cmocka_unit_test(the_same_minimum),
		cmocka_unit_test(any_first_step),
		cmocka_unit_test(counts_do_not_overflow),
		cmocka_unit_test(momentum_is_dropped),
		cmocka_unit_test(another_regulariser),
		cmocka_unit_test(the_view),
		cmocka_unit_test(a_gradient_that_is_none),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
