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
test_admm_rho_rule(void **state)
{
	double sum[1] = { 0.0 }, up[SV_UP_STEP_N] = { 0 }, gl[SV_GL_N];
	double grad[1] = { -5.0 }, gup[SV_UP_GRAD_N] = { 0 };
	struct sv_admm_conf conf;
	struct sv_admm_view v;
	struct sv_admm *a;

	(void)state;
	gup[SV_UP_ROWS] = 10;
	gup[SV_UP_POS] = 5;
	sv_admm_conf_init(&conf);
	sv_prox_l1(&conf.g, 1.0);
	conf.d = 1;
	conf.workers = 1;
	conf.rho = 3.0;
	conf.rho_factor = 4.0;
	conf.tolerance = 0.0;
	assert_non_null(a = sv_admm_new(&conf));
	assert_int_equal(sv_admm_grad(a, grad, gup), SV_ADMM_STEP);
	sv_admm_scalars(a, gl);
	assert_true(gl[SV_GL_RHO] == 3.0 && gl[SV_GL_RATIO] == 1.0);

	/* z stays 0 while x = c = 0.1: r = 0.1, s = 0. */
	sum[0] = 0.1;
	up[SV_UP_XX] = up[SV_UP_DD] = 0.1 * 0.1;
	if (sv_admm_step(a, sum, up) == SV_ADMM_GRAD)
		sv_admm_grad(a, grad, gup);
	sv_admm_look(a, &v);
	assert_true(fabs(v.primal - 0.1) < 1e-15 && v.dual == 0.0);
	sv_admm_scalars(a, gl);
	assert_true(gl[SV_GL_RHO] == 12.0 && gl[SV_GL_RATIO] == 4.0);

	/* w = 0.1 / 4, x = 1, so c = 1.025: z+ = c - 1 / 12, r = 1 - z+. */
	sum[0] = 1.025;
	up[SV_UP_XX] = up[SV_UP_DD] = 1.0;
	if (sv_admm_step(a, sum, up) == SV_ADMM_GRAD)
		sv_admm_grad(a, grad, gup);
	sv_admm_look(a, &v);
	assert_true(fabs(sv_admm_z(a)[0] - (1.025 - 1.0 / 12.0)) < 1e-15);
	assert_true(fabs(v.primal - (1.0 - sv_admm_z(a)[0])) < 1e-12);
	assert_true(fabs(v.dual - 12.0 * sv_admm_z(a)[0]) < 1e-12);
	sv_admm_scalars(a, gl);
	assert_true(gl[SV_GL_RHO] == 3.0 && gl[SV_GL_RATIO] == 0.25);
	sv_admm_free(a);
}

static void
test_admm_rho_fixed(void **state)
{
	struct sv_admm_conf conf;
	struct sv_admm *a;
	struct admmbed C;
	double gl[SV_GL_N];

	(void)state;
	admmbed_setup(&C, &conf, 3, 1.0);
	conf.rho = 1e-3;
	conf.rho_factor = 1.0;
	conf.max_rounds = 30;
	assert_non_null(a = sv_admm_new(&conf));
	admmbed_run(&C, a);
	sv_admm_scalars(a, gl);
	assert_true(gl[SV_GL_RHO] == 1e-3 && gl[SV_GL_RATIO] == 1.0);
	sv_admm_free(a);
}

/* Beyond lambda_max zero is the answer, found without a step. */
static void
test_admm_zero(void **state)
{
	struct sv_admm_conf conf;
	struct sv_admm_view v;
	struct sv_admm *a;
	struct admmbed C;

	(void)state;
	admmbed_setup(&C, &conf, 3, 1e4);
	assert_non_null(a = sv_admm_new(&conf));
	assert_int_equal(admmbed_run(&C, a), SV_ADMM_DONE);
	sv_admm_look(a, &v);
	assert_int_equal(v.round, 0);
	assert_int_equal(v.nonzero, 0);
	assert_true(v.optimality == 0.0);
	assert_true(fabs(v.objective - DENSE_N * log(2.0)) < 1e-12);
	sv_admm_free(a);
}

static void
test_admm_limit(void **state)
{
	static const enum sv_admm_stop rules[] = { SV_ADMM_STOP_OPT,
	    SV_ADMM_STOP_ABS, SV_ADMM_STOP_REL };
	struct sv_admm_conf conf;
	struct sv_admm_view v;
	struct sv_admm *a;
	struct admmbed C;

	(void)state;
	for (int k = 0; k < 3; k++) {
		admmbed_setup(&C, &conf, 3, 1.0);
		conf.stop = rules[k];
		conf.max_rounds = 2;
		conf.tolerance = conf.eps_primal = conf.eps_dual = 1e-8;
		conf.eps_abs = conf.eps_rel = 1e-8;
		assert_non_null(a = sv_admm_new(&conf));
		assert_int_equal(admmbed_run(&C, a), SV_ADMM_LIMIT);
		assert_int_equal(C.steps, 2);
		sv_admm_look(a, &v);
		assert_true(isfinite(v.objective) && v.optimality > 1e-8);
		sv_admm_free(a);
	}
}

/* abs and rel stop at the first round that meets what they ask for. */
static void
test_admm_stop_residuals(void **state)
{
	struct sv_admm_conf conf;
	struct sv_admm_view v;
	struct sv_admm *a;
	struct admmbed C;

	(void)state;
	for (int rel = 0; rel < 2; rel++) {
		enum sv_admm_next what = SV_ADMM_GRAD;
		double up[SV_UP_STEP_N], sum[D], zz, ep, ed;
		int met = 0;

		admmbed_setup(&C, &conf, 3, 1.0);
		conf.stop = rel ? SV_ADMM_STOP_REL : SV_ADMM_STOP_ABS;
		conf.eps_primal = 1e-2;
		conf.eps_dual = 3e-2;
		conf.eps_abs = 1e-3;
		conf.eps_rel = 1e-2;
		assert_non_null(a = sv_admm_new(&conf));
		what = admmbed_round(&C, a, what);
		while (what == SV_ADMM_STEP) {
			assert_false(met);
			admmbed_step(&C, a, sum, up);
			what = sv_admm_step(a, sum, up);
			sv_admm_look(a, &v);
			zz = 0.0;
			for (int j = 0; j < D; j++)
				zz += sv_admm_z(a)[j] * sv_admm_z(a)[j];
			ep = rel ? sqrt(3 * D) * 1e-3 +
			    1e-2 * sqrt(fmax(up[SV_UP_XX], 3 * zz)) : 1e-2;
			ed = rel ? sqrt(3 * D) * 1e-3 +
			    1e-2 * v.rho * sqrt(up[SV_UP_UU]) : 3e-2;
			assert_true(fabs(v.eps_primal - ep) <= 1e-12 * ep);
			assert_true(fabs(v.eps_dual - ed) <= 1e-12 * ed);
			met = v.primal <= ep && v.dual <= ed;
		}
		assert_true(met);
		assert_int_equal(what, SV_ADMM_GRAD);
		assert_int_equal(admmbed_round(&C, a, what), SV_ADMM_DONE);
		assert_int_equal(C.grads, 2);
		sv_admm_free(a);
	}
}

/* Optimality has LIBLINEAR's scale: 2 of 10 rows in the smaller class. */
static void
test_admm_optimality_scale(void **state)
{
	double grad[2] = { -5.0, 3.5 }, up[SV_UP_GRAD_N] = { 0 };
	double sum[2] = { 8.0, 0.0 }, step[SV_UP_STEP_N] = { 0 };
	struct sv_admm_conf conf;
	struct sv_admm_view v;
	struct sv_admm *a;

	(void)state;
	sv_admm_conf_init(&conf);
	sv_prox_l1(&conf.g, 1.5);
	conf.d = 2;
	conf.workers = 1;
	conf.tolerance = 0.3;
	assert_non_null(a = sv_admm_new(&conf));
	up[SV_UP_FZ] = 7.0;
	up[SV_UP_ROWS] = 10;
	up[SV_UP_POS] = 8;
	up[SV_UP_GPASSES] = 1;
	/* V(0) = 3.5 + 2. */
	assert_int_equal(sv_admm_grad(a, grad, up), SV_ADMM_STEP);
	sv_admm_look(a, &v);
	assert_true(fabs(v.optimality - 5.0) < 1e-12);
	assert_int_equal(v.rows, 10);

	step[SV_UP_XX] = step[SV_UP_DD] = 64.0;
	assert_int_equal(sv_admm_step(a, sum, step), SV_ADMM_GRAD);
	/* z = (6.5, 0), V = |-1.3 + 1.5| + 0. */
	grad[0] = -1.3;
	grad[1] = 1.5;
	assert_int_equal(sv_admm_grad(a, grad, up), SV_ADMM_DONE);
	sv_admm_look(a, &v);
	assert_true(fabs(v.optimality - 0.2 / 5.5 * 5.0) < 1e-12);
	assert_true(fabs(v.objective - (7.0 + 1.5 * 6.5)) < 1e-12);
	sv_admm_free(a);
}

/* It does not ask for gradients all the time, and stops soon after it could. */
static void
test_admm_looks_sparingly(void **state)
{
	enum sv_admm_next what = SV_ADMM_GRAD;
	struct sv_admm_conf conf;
	struct sv_admm *a;
	struct admmbed C;
	double g[D], v0, v;
	uint32_t could = 0;

	(void)state;
	admmbed_setup(&C, &conf, 3, 1.0);
	conf.tolerance = 1e-6;
	conf.max_rounds = 5000;
	conf.rho_factor = 1.0;
	dense_loss(&C.rows, 0, DENSE_N, (const double[D]){ 0 }, g, NULL);
	v0 = conf.g.violation(&conf.g, (const double[D]){ 0 }, g, D);
	assert_non_null(a = sv_admm_new(&conf));
	while (what == SV_ADMM_STEP || what == SV_ADMM_GRAD) {
		what = admmbed_round(&C, a, what);
		dense_loss(&C.rows, 0, DENSE_N, sv_admm_z(a), g, NULL);
		v = conf.g.violation(&conf.g, sv_admm_z(a), g, D);
		/* No smaller class has more than half of the rows. */
		if (could == 0 && 2.0 * v / v0 <= 1e-6)
			could = C.steps;
	}
	assert_int_equal(what, SV_ADMM_DONE);
	assert_true(C.steps > 30);
	assert_true(C.grads <= 5 + C.steps / 5);
	assert_true(could > 0 && C.steps <= could + could / 4 + 10);
	sv_admm_free(a);
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
		assert_non_null(a[k] = sv_admm_new(&conf));
		assert_int_equal(admmbed_run(&C, a[k]), SV_ADMM_DONE);
	}
	assert_memory_equal(sv_admm_z(a[0]), sv_admm_z(a[1]),
	    D * sizeof(double));
	sv_admm_free(a[0]);
	sv_admm_free(a[1]);
	sv_admm_free(NULL);
}

static void
test_admm_trace(void **state)
{
	struct sv_admm_conf conf;
	struct sv_admm_view v;
	struct sv_admm *a;
	struct admmbed C;
	double tr[SV_TR_N];

	(void)state;
	admmbed_setup(&C, &conf, 2, 1.0);
	assert_non_null(a = sv_admm_new(&conf));
	sv_admm_look(a, &v);
	sv_admm_trace(&v, tr);
	for (int i = 0; i < SV_TR_N; i++)
		assert_true(i == SV_TR_RHO || i == SV_TR_NONZERO ||
		    isnan(tr[i]));
	admmbed_run(&C, a);
	sv_admm_look(a, &v);
	sv_admm_trace(&v, tr);
	assert_true(tr[SV_TR_PRIMAL] == v.primal && tr[SV_TR_DUAL] == v.dual);
	assert_true(tr[SV_TR_OBJECTIVE] == v.objective);
	assert_true(tr[SV_TR_OPTIMALITY] == v.optimality);
	assert_true(tr[SV_TR_PASSES] == 10.0 && tr[SV_TR_INNER] == 20.0);
	/* In the limit, the workers' sum is F. */
	assert_true(fabs(tr[SV_TR_SPLIT] - v.objective) < 1e-2 * v.objective);
	sv_admm_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_admm_rho_rule),
		cmocka_unit_test(test_admm_rho_fixed),
		cmocka_unit_test(test_admm_zero),
		cmocka_unit_test(test_admm_limit),
		cmocka_unit_test(test_admm_stop_residuals),
		cmocka_unit_test(test_admm_optimality_scale),
		cmocka_unit_test(test_admm_looks_sparingly),
		cmocka_unit_test(test_admm_repeats),
		cmocka_unit_test(test_admm_trace),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
