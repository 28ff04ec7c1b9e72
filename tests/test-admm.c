#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "admmbed.h"

/* The answer is that of another method, whatever W, alpha and the rule of rho. */
static void
test_admm_optimum(void **state)
{
	static const uint32_t Ws[] = { 1, 3, 5 };
	static const double alphas[] = { 1.0, 1.6 };
	static const double lambdas[] = { 0.5, 8.0 };
	struct sv_admm_conf conf;
	struct sv_admm_view v;
	struct sv_admm *a;
	struct admmbed C;
	double F, x[D];

	(void)state;
	for (int l = 0; l < 2; l++) {
		admmbed_setup(&C, &conf, 1, lambdas[l]);
		F = dense_solve(&C.rows, lambdas[l], x);
		for (int k = 0; k < 12; k++) {
			admmbed_setup(&C, &conf, Ws[k % 3], lambdas[l]);
			conf.alpha = alphas[k / 3 % 2];
			conf.rho_factor = k < 6 ? 2.0 : 1.0;
			conf.tolerance = 1e-7;
			conf.max_rounds = 20000;
			assert_non_null(a = sv_admm_new(&conf));
			assert_int_equal(admmbed_run(&C, a), SV_ADMM_DONE);
			sv_admm_look(a, &v);
			assert_true(fabs(v.objective - F) <= 1e-10 * F);
			for (int j = 0; j < D; j++)
				assert_true(fabs(sv_admm_z(a)[j] - x[j]) <
				    1e-4 * (1.0 + fabs(x[j])));
			assert_int_equal(v.round, C.steps);
			sv_admm_free(a);
		}
	}
}

/* The iteration of Boyd et al. 2011, 7.1.1, on three shards. */
struct textbook {
	double x[3][D], u[3][D], z[D];
	double rho, r, s;
	int changes;	/* of rho */
};

/* Solve, average, shrink, and add up the residuals. */
static void
textbook_round(struct textbook *t, const struct dense *rows, double lambda)
{
	double cut = lambda / (3.0 * t->rho), v[D], m, zn;

	for (int i = 0; i < 3; i++) {
		for (int j = 0; j < D; j++)
			v[j] = t->z[j] - t->u[i][j];
		dense_local(rows, 20 * i, 20 * i + 20, t->rho, v, t->x[i]);
	}
	t->r = t->s = 0.0;
	for (int j = 0; j < D; j++) {
		m = 0.0;
		for (int i = 0; i < 3; i++)
			m += (t->x[i][j] + t->u[i][j]) / 3.0;
		zn = m > cut ? m - cut : m < -cut ? m + cut : 0.0;
		for (int i = 0; i < 3; i++) {
			t->u[i][j] += t->x[i][j] - zn;
			t->r += (t->x[i][j] - zn) * (t->x[i][j] - zn);
		}
		t->s += 3.0 * (zn - t->z[j]) * (zn - t->z[j]);
		t->z[j] = zn;
	}
	t->r = sqrt(t->r);
	t->s = t->rho * sqrt(t->s);
}

/* The rule of 3.4.1: keep both residuals within a factor of ten. */
static void
textbook_rho(struct textbook *t)
{
	double q = t->r > 10.0 * t->s ? 2.0 : t->s > 10.0 * t->r ? 0.5 : 1.0;

	t->changes += q != 1.0;
	t->rho *= q;
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < D; j++)
			t->u[i][j] /= q;
}

/* With alpha = 1 it is the x, z, u iteration of Boyd et al. 2011, 7.1.1. */
static void
test_admm_is_the_textbook(void **state)
{
	struct textbook t = { .rho = 0.01 };
	enum sv_admm_next what = SV_ADMM_GRAD;
	struct sv_admm_conf conf;
	struct sv_admm_view view;
	struct sv_admm *a;
	struct admmbed C;

	(void)state;
	admmbed_setup(&C, &conf, 3, 2.0);
	conf.rho = t.rho;
	conf.tolerance = 0.0;
	assert_non_null(a = sv_admm_new(&conf));
	while (C.steps < 40) {
		int step = what == SV_ADMM_STEP;

		what = admmbed_round(&C, a, what);
		if (!step)
			continue;
		textbook_round(&t, &C.rows, 2.0);
		sv_admm_look(a, &view);
		assert_true(fabs(view.rho - t.rho) <= 1e-12 * t.rho);
		assert_true(fabs(view.primal - t.r) <= 1e-7);
		assert_true(fabs(view.dual - t.s) <= 1e-7);
		for (int j = 0; j < D; j++)
			assert_true(fabs(sv_admm_z(a)[j] - t.z[j]) <= 1e-8);
		textbook_rho(&t);
	}
	assert_true(t.changes >= 2);
	sv_admm_free(a);
}

/* r and s, which the master never sees the parts of, are what they should be. */
static void
test_admm_residuals(void **state)
{
	enum sv_admm_next what = SV_ADMM_GRAD;
	struct sv_admm_conf conf;
	struct sv_admm_view v;
	struct sv_admm *a;
	struct admmbed C;

	(void)state;
	admmbed_setup(&C, &conf, 3, 2.0);
	conf.alpha = 1.4;
	conf.tolerance = 0.0;
	conf.rho = 20.0;
	conf.rho_ratio = 2.0;
	assert_non_null(a = sv_admm_new(&conf));
	while (C.steps < 40) {
		double r2 = 0.0, s2 = 0.0, r, s;
		int exact = C.steps % 10 != 7;

		if (what != SV_ADMM_STEP) {
			what = admmbed_round(&C, a, what);
			continue;
		}
		C.lost = exact ? -1 : 1;
		what = admmbed_round(&C, a, what);
		sv_admm_look(a, &v);
		for (uint32_t i = 0; i < 3; i++)
			for (int j = 0; j < D; j++) {
				double e = C.z[j] - sv_admm_z(a)[j];
				double p = C.x[i][j] - sv_admm_z(a)[j];
				double q = 0.4 * (C.x[i][j] - C.z[j]) + e;

				r2 += p * p;
				s2 += q * q;
			}
		r = sqrt(r2);
		s = v.rho * sqrt(s2);
		if (exact) {
			assert_true(fabs(v.primal - r) <= 1e-9 * (1.0 + r));
			assert_true(fabs(v.dual - s) <= 1e-9 * (1.0 + s));
		} else {
			assert_true(v.primal >= r * (1.0 - 1e-12));
			assert_true(v.dual >= s * (1.0 - 1e-12));
		}
	}
	sv_admm_free(a);
}

/* Lost workers cost rounds, but not the answer. */
static void
test_admm_replacements(void **state)
{
	enum sv_admm_next what = SV_ADMM_GRAD;
	struct sv_admm_conf conf;
	struct sv_admm_view v;
	struct sv_admm *a;
	struct admmbed C;
	double F, x[D];

	(void)state;
	admmbed_setup(&C, &conf, 3, 1.0);
	conf.tolerance = 1e-8;
	conf.max_rounds = 5000;
	F = dense_solve(&C.rows, 1.0, x);
	assert_non_null(a = sv_admm_new(&conf));
	while (what == SV_ADMM_STEP || what == SV_ADMM_GRAD) {
		if (what == SV_ADMM_STEP && (C.steps == 3 || C.steps == 11))
			C.lost = (int)C.steps % 3;
		what = admmbed_round(&C, a, what);
	}
	assert_int_equal(what, SV_ADMM_DONE);
	sv_admm_look(a, &v);
	assert_true(fabs(v.objective - F) <= 1e-9 * F);
	sv_admm_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_admm_optimum),
		cmocka_unit_test(test_admm_is_the_textbook),
		cmocka_unit_test(test_admm_residuals),
		cmocka_unit_test(test_admm_replacements),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
