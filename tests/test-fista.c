#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fista.h"
#include "rows.h"

#define ROWS 600
#define COLS 37

struct fixture {
	struct sv_matrix A;
	struct sv_kernel K;
	struct sv_local_problem p;
	struct sv_local_options o;
	struct sv_local_report r;
	double v[COLS], x[COLS];
	void *S;
	int calls, stop_at;	/* of poll */
	char why[SV_WHY];
};

static int
setup(void **state)
{
	struct fixture *t = calloc(1, sizeof(*t));
	uint64_t seed = 9;

	if (t == NULL || rows_make(&t->A, ROWS, COLS, 3) == -1)
		return (-1);
	t->K = (struct sv_kernel){ .A = &t->A, .y = t->A.label,
	    .loss = sv_loss_find("logistic"), .isa = sv_isa_pick(NULL) };
	for (int i = 0; i < COLS; i++)
		t->v[i] = 2.0 * rows_uniform(&seed) - 1.0;
	t->p = (struct sv_local_problem){ .kernel = &t->K, .v = t->v,
	    .rho = 0.5, .x = t->x };
	t->o = (struct sv_local_options){ .kmin = 1, .kmax = 10000 };
	t->S = sv_fista.create(ROWS, COLS, t->A.nnz);
	*state = t;
	return (t->S != NULL ? 0 : -1);
}

static int
teardown(void **state)
{
	struct fixture *t = *state;

	sv_fista.destroy(t->S);
	sv_matrix_fini(&t->A);
	free(t);
	return (0);
}

static enum sv_local_end
solve(struct fixture *t)
{

	return (sv_fista.solve(t->S, &t->p, &t->o, &t->r, t->why));
}

/* phi(x), and |grad phi(x)| in ${*norm}. */
static double
phi(const struct fixture *t, const double *x, double *norm)
{
	double g[COLS], f, e, s = 0.0;

	f = sv_kernel_gradient(&t->K, x, NULL, NULL, g);
	for (int i = 0; i < COLS; i++) {
		e = x[i] - t->v[i];
		f += t->p.rho / 2.0 * e * e;
		s += (g[i] + t->p.rho * e) * (g[i] + t->p.rho * e);
	}
	*norm = sqrt(s);
	return (f);
}

static void
gradient_tolerance_is_met(void **state)
{
	struct fixture *t = *state;
	double norm, f, g[COLS];

	t->o.eps_g = 1e-8;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	phi(t, t->x, &norm);
	assert_true(norm <= 1e-8);
	assert_int_equal(t->r.capped, 0);
	assert_true(t->r.inner > 1 && t->r.inner < 10000);
	/* What it says of f and its passes is so. */
	f = sv_kernel_gradient(&t->K, t->x, NULL, NULL, g);
	assert_true(fabs(f - t->r.f) < 1e-11 * f);
	assert_true(t->r.passes == (double)t->r.inner + 0.5);
}

/* The tolerance of the round is one as good, whichever is larger. */
static void
tolerance_of_the_round_counts(void **state)
{
	struct fixture *t = *state;
	double norm;
	uint64_t all;

	t->p.eps = 1e-8;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_int_equal(t->r.capped, 0);
	assert_true(t->r.grad <= 1e-8);
	phi(t, t->x, &norm);
	assert_true(norm <= 1e-8);
	all = t->r.inner;
	memset(t->x, 0, sizeof(t->x));
	sv_fista.reset(t->S);
	t->o.eps_g = 1e-2;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_true(t->r.grad <= 1e-2 && t->r.grad > 1e-8);
	assert_true(t->r.inner < all);
}

static void
value_tolerance_is_met(void **state)
{
	struct fixture *t = *state;
	double best, f, norm, start[COLS];

	t->o.eps_g = 1e-10;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	best = phi(t, t->x, &norm);
	memcpy(start, t->x, sizeof(start));
	memset(t->x, 0, sizeof(t->x));
	t->o.eps_g = 0.0;
	t->o.eps_f = 1e-5;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	f = phi(t, t->x, &norm);
	assert_int_equal(t->r.capped, 0);
	assert_true(f >= best && f - best < 1e-3 * best);
	assert_true(norm > 1e-8);
}

/* Whatever the tolerances say, kmin iterations are made. */
static void
kmin_is_respected(void **state)
{
	struct fixture *t = *state;

	t->o.eps_g = t->o.eps_f = 1e300;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_int_equal(t->r.inner, 1);
	assert_true(t->r.passes == 1.5);
	t->o.kmin = 50;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_int_equal(t->r.inner, 50);
	assert_int_equal(t->r.capped, 0);
}

static void
kmax_is_respected(void **state)
{
	struct fixture *t = *state;

	t->o.kmax = 7;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_int_equal(t->r.inner, 7);
	assert_int_equal(t->r.capped, 1);
}

/*
 * Beck and Teboulle's Theorem 4.4 with the constant of their search:
 * phi(x_k) - phi* <= 2 eta L |x_0 - x*|^2 / (k + 1)^2, L that of phi.
 */
static void
convergence_is_as_proved(void **state)
{
	struct fixture *t = *state;
	double best, norm, distance = 0.0, L = t->p.rho;

	t->o.eps_g = 1e-10;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	best = phi(t, t->x, &norm);
	for (int i = 0; i < COLS; i++)
		distance += t->x[i] * t->x[i];
	for (uint64_t k = 0; k < t->A.nnz; k++)
		L += t->A.val[k] * t->A.val[k] / 4.0;
	t->o.eps_g = 0.0;
	for (uint64_t k = 1; k <= 60; k++) {
		memset(t->x, 0, sizeof(t->x));
		sv_fista.reset(t->S);
		t->o.kmin = t->o.kmax = k;
		assert_int_equal(solve(t), SV_LOCAL_DONE);
		assert_true(phi(t, t->x, &norm) - best <= 3.0 * L * distance /
		    (double)((k + 1) * (k + 1)));
	}
}

/* The same steps with vectors only: nothing is lost by combining margins. */
static void
margins_follow_the_vectors(void **state)
{
	struct fixture *t = *state;
	double x[COLS] = { 0.0 }, xp[COLS] = { 0.0 }, y[COLS], g[COLS], m[ROWS];
	double q[ROWS], L = 0.0, tk = 1.0, tn;

	t->o.kmin = t->o.kmax = 25;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	for (int k = 1; k <= 25; k++) {
		double beta = 0.0, gg = 0.0, fg = 0.0, f, bound, xn[COLS];

		tn = (1.0 + sqrt(1.0 + 4.0 * tk * tk)) / 2.0;
		if (k > 1) {
			beta = (tk - 1.0) / tn;
			tk = tn;
		}
		for (int i = 0; i < COLS; i++)
			y[i] = x[i] + beta * (x[i] - xp[i]);
		f = sv_kernel_gradient(&t->K, y, m, NULL, g);
		for (int i = 0; i < COLS; i++) {
			double gf = g[i];

			g[i] += t->p.rho * (y[i] - t->v[i]);
			gg += g[i] * g[i];
			fg += gf * g[i];
		}
		sv_kernel_margins(&t->K, g, q);
		if (k == 1)
			L = sv_kernel_curvature(&t->K, m, q) / gg;
		for (;; L *= 1.5) {
			double s = L + t->p.rho, trial, e[COLS];

			for (int i = 0; i < COLS; i++)
				xn[i] = y[i] - g[i] / s;
			trial = sv_kernel_gradient(&t->K, xn, NULL, NULL, e);
			bound = f - fg / s + L / 2.0 * gg / (s * s);
			if (trial <= bound + 1e-14 * f)
				break;
		}
		memcpy(xp, x, sizeof(x));
		memcpy(x, xn, sizeof(x));
	}
	for (int i = 0; i < COLS; i++)
		assert_true(fabs(x[i] - t->x[i]) < 1e-9);
}

/* Starting at the answer, there is little to do; the answer stays. */
static void
start_is_used(void **state)
{
	struct fixture *t = *state;
	double norm;
	uint64_t first;

	t->o.eps_g = 1e-6;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	first = t->r.inner;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_true(t->r.inner < first / 4);
	phi(t, t->x, &norm);
	assert_true(norm <= 1e-6);
}

static void
same_again_after_reset(void **state)
{
	struct fixture *t = *state;
	double x[COLS];

	t->o.eps_g = 1e-7;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	memcpy(x, t->x, sizeof(x));
	t->p.rho = 3.0;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	t->p.rho = 0.5;
	memset(t->x, 0, sizeof(t->x));
	sv_fista.reset(t->S);
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_memory_equal(x, t->x, sizeof(x));
}

static int
count(void *ctx)
{
	struct fixture *t = ctx;

	return (++t->calls == t->stop_at);
}

static void
poll_is_called_and_aborts(void **state)
{
	struct fixture *t = *state;

	t->p.poll = count;
	t->p.ctx = t;
	t->o.kmin = t->o.kmax = 20;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_int_equal(t->calls, 20);
	t->stop_at = 25;
	assert_int_equal(solve(t), SV_LOCAL_ABORTED);
	assert_int_equal(t->calls, 25);
}

static void
what_is_not_finite_fails(void **state)
{
	struct fixture *t = *state;

	t->o.eps_g = 1e-8;
	t->A.val[7] = NAN;
	assert_int_equal(solve(t), SV_LOCAL_FAILED);
	assert_non_null(strstr(t->why, "iteration 1: "));
	assert_non_null(strstr(t->why, "finite"));
	t->A.val[7] = 1.0;
	memset(t->x, 0, sizeof(t->x));
	t->v[3] = INFINITY;
	assert_int_equal(solve(t), SV_LOCAL_FAILED);
	t->v[3] = 1e200;
	memset(t->x, 0, sizeof(t->x));
	assert_int_equal(solve(t), SV_LOCAL_FAILED);
}

/* No rows: the answer is v. */
static void
empty_shard_has_an_answer(void **state)
{
	struct fixture *t = *state;

	t->A.rows = t->A.nnz = 0;
	t->o.eps_g = 1e-12;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_true(t->r.f == 0.0);
	for (int i = 0; i < COLS; i++)
		assert_true(fabs(t->x[i] - t->v[i]) < 1e-11);
}

/* At the answer of an empty shard the gradient is exactly 0. */
static void
zero_gradient_is_an_answer(void **state)
{
	struct fixture *t = *state;

	t->A.rows = t->A.nnz = 0;
	memcpy(t->x, t->v, sizeof(t->x));
	t->o.kmin = 5;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_int_equal(t->r.inner, 5);
	assert_memory_equal(t->x, t->v, sizeof(t->x));
}

static void
bytes_are_those_of_its_vectors(void **state)
{
	size_t vectors = (3 * ROWS + 2 * COLS) * sizeof(double), all;

	(void)state;
	all = sv_fista.bytes(ROWS, COLS, ROWS * COLS);
	assert_true(all >= vectors && all < vectors + 512);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(gradient_tolerance_is_met),
		TEST(tolerance_of_the_round_counts),
		TEST(value_tolerance_is_met),
		TEST(kmin_is_respected),
		TEST(kmax_is_respected),
		TEST(convergence_is_as_proved),
		TEST(margins_follow_the_vectors),
		TEST(start_is_used),
		TEST(same_again_after_reset),
		TEST(poll_is_called_and_aborts),
		TEST(what_is_not_finite_fails),
		TEST(empty_shard_has_an_answer),
		TEST(zero_gradient_is_an_answer),
		TEST(bytes_are_those_of_its_vectors)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
