#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "admmbed.h"

/* The answer is that of another method, whatever is chosen. */
static void
test_admm_optimum(void **state)
{
	static const uint32_t Ws[] = { 1, 3, 5 };
	static const double alphas[] = { 1.0, 1.6 }, lambdas[] = { 0.5, 8.0 };
	static const uint32_t memories[] = { 0, 1, 8 };
	static const enum sv_penalty_rule rules[] = { SV_PENALTY_AUTO,
	    SV_PENALTY_BOYD, SV_PENALTY_FIXED };
	struct sv_admm_conf conf;
	struct sv_admm *a;
	struct admmbed C;
	double F, x[D];

	(void)state;
	for (int l = 0; l < 2; l++) {
		admmbed_setup(&C, &conf, 1, lambdas[l]);
		F = dense_solve(&C.rows, lambdas[l], x);
		for (int k = 0; k < 54; k++) {
			admmbed_setup(&C, &conf, Ws[k % 3], lambdas[l]);
			conf.alpha = alphas[k / 3 % 2];
			conf.memory = memories[k / 6 % 3];
			conf.rule = rules[k / 18];
			assert_non_null(a = admmbed_start(&C, &conf));
			assert_true(admmbed_run(&C, a, F, 1e-11, 20000) <
			    20000);
			for (int j = 0; j < D; j++)
				assert_true(fabs(sv_admm_method.answer(a)[j] -
				    x[j]) < 1e-4 * (1.0 + fabs(x[j])));
			sv_admm_method.free(a);
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

/* The paper's settings are the x, z, u iteration of Boyd et al. 2011, 7.1.1. */
static void
test_admm_is_the_textbook(void **state)
{
	struct textbook t = { .rho = 0.01 };
	struct sv_admm_conf conf;
	struct sv_view view;
	struct sv_admm *a;
	struct admmbed C;
	char why[SV_WHY];

	(void)state;
	admmbed_setup(&C, &conf, 3, 2.0);
	sv_admm_conf_paper(&conf);
	conf.rho = t.rho;
	assert_non_null(a = admmbed_start(&C, &conf));
	while (C.steps < 40) {
		assert_int_equal(admmbed_round(&C, a, why), 0);
		assert_int_equal(C.ngl, SV_GL_N);
		assert_true(C.gl[SV_GL_EPS] == 0.0);
		textbook_round(&t, &C.rows, 2.0);
		sv_admm_method.look(a, &view);
		assert_true(fabs(view.rho - t.rho) <= 1e-12 * t.rho);
		assert_true(fabs(view.primal - t.r) <= 1e-7);
		assert_true(fabs(view.dual - t.s) <= 1e-7);
		for (int j = 0; j < D; j++)
			assert_true(fabs(sv_admm_method.answer(a)[j] -
			    t.z[j]) <= 1e-8);
		textbook_rho(&t);
	}
	assert_true(t.changes >= 2);
	sv_admm_method.free(a);
}

/* r and s of the answer, from the x_i that the master never sees. */
static void
direct_residuals(const struct admmbed *C, struct sv_admm *a, double *r,
    double *s)
{
	const double *answer = sv_admm_method.answer(a);

	*r = *s = 0.0;
	for (uint32_t i = 0; i < C->W; i++)
		for (int j = 0; j < D; j++) {
			double e = C->z[j] - answer[j];
			double p = C->x[i][j] - answer[j];
			double q = (C->gl[SV_GL_ALPHA] - 1.0) *
			    (C->x[i][j] - C->z[j]) + e;

			*r += p * p;
			*s += q * q;
		}
	*r = sqrt(*r);
	*s = C->gl[SV_GL_RHO] * sqrt(*s);
}

static void
test_admm_residuals(void **state)
{
	struct sv_admm_conf conf;
	struct sv_view v;
	struct sv_admm *a;
	struct admmbed C;
	char why[SV_WHY];

	(void)state;
	for (int k = 0; k < 4; k++) {
		admmbed_setup(&C, &conf, 3, 2.0);
		conf.alpha = 1.4;
		conf.rho = 20.0;
		conf.rule = k < 2 ? SV_PENALTY_BOYD : SV_PENALTY_AUTO;
		conf.rho_ratio = 2.0;
		conf.memory = k % 2 ? 4 : 0;
		assert_non_null(a = admmbed_start(&C, &conf));
		while (C.steps < 40) {
			int exact = C.steps % 10 != 7;
			double r, s;

			C.lost = exact ? -1 : 1;
			assert_int_equal(admmbed_round(&C, a, why), 0);
			sv_admm_method.look(a, &v);
			direct_residuals(&C, a, &r, &s);
			if (exact) {
				assert_true(fabs(v.primal - r) <=
				    1e-8 * (1.0 + r));
				assert_true(fabs(v.dual - s) <=
				    1e-8 * (1.0 + s));
			} else {
				assert_true(v.primal >= r * (1.0 - 1e-12));
				assert_true(v.dual >= s * (1.0 - 1e-12));
			}
		}
		sv_admm_method.free(a);
	}
}

/* The slopes are the sum of the gradients at the shards' own x_i. */
static void
test_admm_slopes(void **state)
{
	struct sv_admm_conf conf;
	struct sv_admm *a;
	struct admmbed C;
	char why[SV_WHY];

	(void)state;
	admmbed_setup(&C, &conf, 4, 2.0);
	assert_non_null(a = admmbed_start(&C, &conf));
	assert_null(sv_admm_method.slopes(a));
	while (C.steps < 20) {
		double total[D] = { 0 }, g[D];

		C.lost = C.steps == 9 ? 2 : -1;
		assert_int_equal(admmbed_round(&C, a, why), 0);
		if (C.steps == 10) {
			assert_null(sv_admm_method.slopes(a));
			continue;
		}
		for (uint32_t i = 0; i < 4; i++) {
			dense_loss(&C.rows, admmbed_from(&C, i),
			    admmbed_from(&C, i + 1), C.x[i], g, NULL);
			for (int j = 0; j < D; j++)
				total[j] += g[j];
		}
		for (int j = 0; j < D; j++)
			assert_true(fabs(sv_admm_method.slopes(a)[j] -
			    total[j]) < 1e-8);
	}
	sv_admm_method.free(a);
}

/* Lost workers cost rounds, but not the answer. */
static void
test_admm_replacements(void **state)
{
	struct sv_admm_conf conf;
	struct sv_admm *a;
	struct admmbed C;
	double F, x[D];
	uint32_t held[ADMMBED_W];
	char why[SV_WHY];

	(void)state;
	for (int k = 0; k < 2; k++) {
		admmbed_setup(&C, &conf, 3, 1.0);
		if (k == 1)
			sv_admm_conf_paper(&conf);
		F = dense_solve(&C.rows, 1.0, x);
		assert_non_null(a = admmbed_start(&C, &conf));
		while (C.steps < 20) {
			if (C.steps == 3 || C.steps == 11 || C.steps == 12)
				C.lost = (int)C.steps % 3;
			memcpy(held, C.held, sizeof(held));
			assert_int_equal(admmbed_round(&C, a, why), 0);
			/* No weights for what one of them does not hold. */
			for (uint32_t i = 0; i < 3; i++)
				assert_true(C.ngl - SV_GL_N <= held[i]);
		}
		assert_true(admmbed_run(&C, a, F, 1e-10, 5000) < 5000);
		sv_admm_method.free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_admm_optimum),
		cmocka_unit_test(test_admm_is_the_textbook),
		cmocka_unit_test(test_admm_residuals),
		cmocka_unit_test(test_admm_slopes),
		cmocka_unit_test(test_admm_replacements),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
