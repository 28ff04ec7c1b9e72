#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "admmbed.h"

static void
test_admm_rho_boyd(void **state)
{
	double sum[1] = { 0.0 }, up[SV_UP_STEP_N] = { 0 };
	double gl[SV_METHOD_SCALARS], grad[1] = { -5.0 };
	double gup[SV_UP_GRAD_N] = { 0 };
	struct sv_admm_conf conf;
	struct sv_view v;
	struct sv_admm *a;
	char why[SV_WHY];

	(void)state;
	sv_admm_conf_init(&conf);
	sv_admm_conf_paper(&conf);
	sv_prox_l1(&conf.g, 1.0);
	conf.n = 1;
	conf.workers = 1;
	conf.rho = 3.0;
	conf.rho_factor = 4.0;
	assert_non_null(a = sv_admm_new(&conf));
	sv_admm_method.start(a, grad, gup);
	assert_int_equal(sv_admm_method.scalars(a, gl), SV_GL_N);
	assert_true(gl[SV_GL_RHO] == 3.0 && gl[SV_GL_RATIO] == 1.0);

	/* z stays 0 while x = c = 0.1: r = 0.1, s = 0. */
	sum[0] = 0.1;
	up[SV_UP_XX] = up[SV_UP_DD] = 0.1 * 0.1;
	assert_int_equal(sv_admm_method.feed(a, sum, up, why), 0);
	sv_admm_method.look(a, &v);
	assert_true(fabs(v.primal - 0.1) < 1e-15 && v.dual == 0.0);
	sv_admm_method.scalars(a, gl);
	assert_true(gl[SV_GL_RHO] == 12.0 && gl[SV_GL_RATIO] == 4.0);

	/* w = 0.1 / 4, x = 1, so c = 1.025: z+ = c - 1 / 12, r = 1 - z+. */
	sum[0] = 1.025;
	up[SV_UP_XX] = up[SV_UP_DD] = 1.0;
	assert_int_equal(sv_admm_method.feed(a, sum, up, why), 0);
	sv_admm_method.look(a, &v);
	assert_true(fabs(sv_admm_method.answer(a)[0] -
	    (1.025 - 1.0 / 12.0)) < 1e-15);
	assert_true(fabs(v.primal - (1.0 - sv_admm_method.answer(a)[0])) <
	    1e-12);
	assert_true(fabs(v.dual - 12.0 * sv_admm_method.answer(a)[0]) < 1e-12);
	sv_admm_method.scalars(a, gl);
	assert_true(gl[SV_GL_RHO] == 3.0 && gl[SV_GL_RATIO] == 0.25);
	sv_admm_method.free(a);
}

static void
test_admm_rho_fixed(void **state)
{
	struct sv_admm_conf conf;
	struct sv_admm *a;
	struct admmbed C;
	char why[SV_WHY];

	(void)state;
	admmbed_setup(&C, &conf, 3, 1.0);
	conf.rho = 1e-3;
	conf.rule = SV_PENALTY_FIXED;
	assert_non_null(a = admmbed_start(&C, &conf));
	while (C.steps < 30) {
		assert_int_equal(admmbed_round(&C, a, why), 0);
		assert_true(C.gl[SV_GL_RHO] == 1e-3);
		assert_true(C.gl[SV_GL_RATIO] == 1.0);
	}
	sv_admm_method.free(a);
}

/* From a bad rho as from a good one; acceleration is worth its memory. */
static void
test_admm_default_is_quick(void **state)
{
	static const double rhos[] = { 1e-4, 1e-2, 1.0, 1e2, 1e4 };
	struct sv_admm_conf conf;
	struct sv_admm *a;
	struct admmbed C;
	double F, x[D];
	uint32_t plain;

	(void)state;
	admmbed_setup(&C, &conf, 5, 1.0);
	F = dense_solve(&C.rows, 1.0, x);
	for (int k = 0; k < 5; k++) {
		admmbed_setup(&C, &conf, 5, 1.0);
		conf.rho = rhos[k];
		assert_non_null(a = admmbed_start(&C, &conf));
		assert_in_range(admmbed_run(&C, a, F, 1e-6, 1000), 3, 60);
		sv_admm_method.free(a);
	}
	admmbed_setup(&C, &conf, 5, 1.0);
	sv_admm_conf_paper(&conf);
	assert_non_null(a = admmbed_start(&C, &conf));
	plain = admmbed_run(&C, a, F, 1e-10, 1000);
	sv_admm_method.free(a);
	admmbed_setup(&C, &conf, 5, 1.0);
	assert_non_null(a = admmbed_start(&C, &conf));
	assert_true(2 * admmbed_run(&C, a, F, 1e-10, 1000) < plain);
	sv_admm_method.free(a);
}

/* Weights are of sum 1, of rounds since rho changed, and no more than asked. */
static void
test_admm_weights(void **state)
{
	struct sv_admm_conf conf;
	struct sv_admm *a;
	struct admmbed C;
	size_t most = 0, since = 0;
	int changes = 0;
	char why[SV_WHY];

	(void)state;
	admmbed_setup(&C, &conf, 4, 1.0);
	conf.memory = 3;
	conf.rho = 100.0;
	assert_non_null(a = admmbed_start(&C, &conf));
	while (C.steps < 30) {
		double sum = 0.0;

		assert_int_equal(admmbed_round(&C, a, why), 0);
		if (C.gl[SV_GL_RATIO] != 1.0) {
			changes++;
			since = 0;
		}
		for (size_t j = SV_GL_N; j < C.ngl; j++)
			sum += C.gl[j];
		assert_true(C.ngl == SV_GL_N || fabs(sum - 1.0) < 1e-9);
		assert_true(C.ngl <= SV_GL_N + 4);
		/* The round of the change may still use what was before. */
		assert_true(since == 0 || C.ngl - SV_GL_N <= since);
		if (C.ngl > most)
			most = C.ngl;
		since++;
	}
	assert_true(changes > 0);
	assert_int_equal(most, SV_GL_N + 4);
	sv_admm_method.free(a);
}

/* The tolerances of workers follow the residuals, down to a floor. */
static void
test_admm_inner_tolerance(void **state)
{
	struct sv_admm_conf conf;
	struct sv_view v;
	struct sv_admm *a;
	struct admmbed C;
	double g[D], gg = 0.0;
	char why[SV_WHY];

	(void)state;
	admmbed_setup(&C, &conf, 4, 1.0);
	conf.tau = 0.5;
	dense_loss(&C.rows, 0, DENSE_N, C.z, g, NULL);
	for (int j = 0; j < D; j++)
		gg += g[j] * g[j];
	assert_non_null(a = admmbed_start(&C, &conf));
	for (int k = 0; k < 200; k++) {
		double eps = 0.1 * sqrt(gg) / 4.0;

		if (k > 0) {
			double ee = 0.0, p, q;

			sv_admm_method.look(a, &v);
			for (int j = 0; j < D; j++) {
				double e = C.z[j] - sv_admm_method.answer(a)[j];

				ee += e * e;
			}
			p = v.rho * v.primal;
			q = v.rho * sqrt(4.0 * ee);
			eps = fmax(fmin(p, q), 0.1 * fmax(p, q)) * 0.5 / 2.0;
			eps = fmax(eps, 1e-12 * sqrt(gg) / 4.0);
		}
		assert_int_equal(admmbed_round(&C, a, why), 0);
		assert_true(fabs(C.gl[SV_GL_EPS] - eps) <= 1e-9 * eps);
	}
	assert_true(C.gl[SV_GL_EPS] == 1e-12 * (sqrt(gg) / 4.0));
	sv_admm_method.free(a);
}

/* abs and rel hold at the first round that meets what they ask for. */
static void
test_admm_stop_residuals(void **state)
{
	struct sv_admm_conf conf;
	struct sv_view v;
	struct sv_admm *a;
	struct admmbed C;
	char why[SV_WHY];

	(void)state;
	for (int k = 0; k < 4; k++) {
		int rel = k % 2, met = 0;

		admmbed_setup(&C, &conf, 3, 1.0);
		if (k >= 2)
			sv_admm_conf_paper(&conf);
		conf.stop = rel ? SV_ADMM_STOP_REL : SV_ADMM_STOP_ABS;
		conf.eps_primal = 1e-2;
		conf.eps_dual = 3e-2;
		conf.eps_abs = 1e-3;
		conf.eps_rel = 1e-2;
		assert_non_null(a = admmbed_start(&C, &conf));
		assert_int_equal(sv_admm_method.met(a), 0);
		while (!met) {
			double zz = 0.0, ep, ed;

			assert_int_equal(admmbed_round(&C, a, why), 0);
			sv_admm_method.look(a, &v);
			for (int j = 0; j < D; j++)
				zz += sv_admm_method.answer(a)[j] *
				    sv_admm_method.answer(a)[j];
			ep = rel ? sqrt(3 * D) * 1e-3 + 1e-2 *
			    sqrt(fmax(C.up[SV_UP_XX], 3 * zz)) : 1e-2;
			ed = rel ? sqrt(3 * D) * 1e-3 +
			    1e-2 * v.rho * sqrt(C.up[SV_UP_UU]) : 3e-2;
			assert_true(fabs(v.eps_primal - ep) <= 1e-12 * ep);
			assert_true(fabs(v.eps_dual - ed) <= 1e-12 * ed);
			met = v.primal <= ep && v.dual <= ed;
			assert_int_equal(sv_admm_method.met(a), met);
			assert_true(C.steps < 1000);
		}
		sv_admm_method.free(a);
	}
}

/* Another regulariser goes on from where it is, to its own answer. */
static void
test_admm_retarget(void **state)
{
	struct sv_admm_conf conf;
	struct sv_admm *a;
	struct admmbed C;
	double F, x[D];
	uint32_t before;
	char why[SV_WHY];

	(void)state;
	admmbed_setup(&C, &conf, 3, 5.0);
	assert_non_null(a = admmbed_start(&C, &conf));
	F = dense_solve(&C.rows, 5.0, x);
	before = admmbed_run(&C, a, F, 1e-8, 1000);
	C.lambda = 4.0;
	sv_prox_l1(&conf.g, 4.0);
	sv_admm_method.retarget(a, &conf.g);
	assert_int_equal(admmbed_round(&C, a, why), 0);
	F = dense_solve(&C.rows, 4.0, x);
	assert_true(admmbed_run(&C, a, F, 1e-8, 1000) - before <= before);
	sv_admm_method.free(a);
}

/* What is fed decides every bit. */
static void
test_admm_repeats(void **state)
{
	struct sv_admm_conf conf;
	struct sv_admm *a[2];
	struct admmbed C;

	(void)state;
	for (int k = 0; k < 2; k++) {
		admmbed_setup(&C, &conf, 3, 1.0);
		assert_non_null(a[k] = admmbed_start(&C, &conf));
		assert_int_equal(admmbed_run(&C, a[k], 0.0, 0.0, 25), 25);
	}
	assert_memory_equal(sv_admm_method.answer(a[0]),
	    sv_admm_method.answer(a[1]), D * sizeof(double));
	sv_admm_method.free(a[0]);
	sv_admm_method.free(a[1]);
	sv_admm_method.free(NULL);
}

/* What is known before the first round, and after it. */
static void
test_admm_look(void **state)
{
	struct sv_admm_conf conf;
	struct sv_view v;
	struct sv_admm *a;
	struct admmbed C;
	char why[SV_WHY];

	(void)state;
	admmbed_setup(&C, &conf, 2, 1.0);
	assert_non_null(a = admmbed_start(&C, &conf));
	sv_admm_method.look(a, &v);
	assert_int_equal(v.round, 0);
	assert_true(v.rho == 8.0 && isnan(v.primal) && isnan(v.dual) &&
	    isnan(v.split) && isnan(v.inner) && isnan(v.passes));
	assert_int_equal(admmbed_round(&C, a, why), 0);
	sv_admm_method.look(a, &v);
	assert_int_equal(v.round, 1);
	assert_true(v.passes == 10.0 && v.inner == 20.0);
	/* In the limit, the workers' sum is F. */
	assert_int_equal(admmbed_run(&C, a, 0.0, 0.0, 60), 60);
	sv_admm_method.look(a, &v);
	assert_true(fabs(v.split - admmbed_value(&C, a)) < 1e-6 * v.split);
	sv_admm_method.free(a);
}

/* The first penalty: the largest of 16 / W, 1 and sqrt(n) / 200. */
static void
test_admm_first_rho(void **state)
{
	static const struct { uint32_t W; double weight, given, rho; } cases[] = {
		{ 2, 1e3, 0.0, 8.0 }, { 5, 1e3, 0.0, 3.2 },
		{ 5, 4e6, 0.0, 10.0 }, { 2, 4e6, 0.0, 10.0 },
		{ 2, 4e6, 0.25, 0.25 }, { 64, 1e4, 0.0, 1.0 }
	};
	double g[D] = { 1.0 }, up[SV_UP_GRAD_N] = { 0 };
	struct sv_admm_conf conf;
	struct sv_admm *a;
	struct sv_view v;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sv_admm_conf_init(&conf);
		sv_prox_l1(&conf.g, 1.0);
		conf.n = D;
		conf.workers = cases[i].W;
		conf.rho = cases[i].given;
		assert_non_null(a = sv_admm_new(&conf));
		up[SV_UP_WEIGHT] = cases[i].weight;
		sv_admm_method.start(a, g, up);
		sv_admm_method.look(a, &v);
		assert_true(fabs(v.rho - cases[i].rho) < 1e-12);
		sv_admm_method.free(a);
	}
}

/* Numbers beyond all bounds end it with a reason. */
static void
test_admm_diverges(void **state)
{
	struct sv_admm_conf conf;
	struct sv_admm *a;
	struct admmbed C;
	char why[SV_WHY] = "";

	(void)state;
	admmbed_setup(&C, &conf, 2, 1.0);
	assert_non_null(a = admmbed_start(&C, &conf));
	assert_int_equal(admmbed_round(&C, a, why), 0);
	C.sum[0] = 1e300;
	assert_int_equal(sv_admm_method.feed(a, C.sum, C.up, why), -1);
	assert_string_equal(why, "the residuals are not finite");
	sv_admm_method.free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_admm_rho_boyd),
		cmocka_unit_test(test_admm_rho_fixed),
		cmocka_unit_test(test_admm_default_is_quick),
		cmocka_unit_test(test_admm_weights),
		cmocka_unit_test(test_admm_inner_tolerance),
		cmocka_unit_test(test_admm_stop_residuals),
		cmocka_unit_test(test_admm_retarget),
		cmocka_unit_test(test_admm_repeats),
		cmocka_unit_test(test_admm_look),
		cmocka_unit_test(test_admm_first_rho),
		cmocka_unit_test(test_admm_diverges),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
