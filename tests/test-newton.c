#include "newtonbed.h"

static void
gradient_tolerance_is_met(void **state)
{
	struct bed *t = *state;
	double norm, f;

	t->o.eps_g = 1e-8;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	f = phi(t, t->x, &norm);
	for (size_t i = 0; i < t->n; i++)
		f -= t->p.rho / 2.0 * (t->x[i] - t->v[i]) *
		    (t->x[i] - t->v[i]);
	/* The model, if it had the last word, may err a little. */
	assert_true(norm <= 2e-8);
	assert_true(t->r.grad <= 1e-8);
	assert_true(fabs(f - t->r.f) < 1e-9 * f);
	assert_int_equal(t->r.capped, 0);
	assert_true(t->r.inner > 1 && t->r.inner < 100);
}

/* The tolerance of the round is one as good ... */
static void
tolerance_of_the_round_counts(void **state)
{
	struct bed *t = *state;
	double norm0, norm;
	uint64_t all;

	t->o.eps_g = 1e-7;
	assert_solved(t, 2e-7);
	all = t->r.inner;
	memset(t->x, 0, sizeof(t->x));
	t->solver->reset(t->S);
	phi(t, t->x, &norm0);
	t->o.eps_g = 0.0;
	t->p.eps = 0.05 * norm0;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_int_equal(t->r.capped, 0);
	phi(t, t->x, &norm);
	assert_true(norm <= 0.1 * norm0);
	assert_true(t->r.inner < all);
}

/* ... and without a matrix a tenth of the gradient is enough for a round. */
static void
gradient_falls_to_a_tenth(void **state)
{
	struct bed *t = *state;
	double norm0, norm;

	t->p.eps = 1e-9;
	for (int k = 0; k < 5; k++) {
		phi(t, t->x, &norm0);
		assert_int_equal(solve(t), SV_LOCAL_DONE);
		assert_int_equal(t->r.capped, 0);
		phi(t, t->x, &norm);
		assert_true(norm <= 0.1 * norm0 && norm > 1e-9);
	}
	t->p.eps = 0.0;
	t->o.eps_g = 1e-9;
	assert_solved(t, 2e-9);
}

static void
value_tolerance_is_met(void **state)
{
	struct bed *t = *state;
	double best, f, norm;

	t->o.eps_g = 1e-10;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	best = phi(t, t->x, &norm);
	memset(t->x, 0, sizeof(t->x));
	t->solver->reset(t->S);
	t->o.eps_g = 0.0;
	t->o.eps_f = 1e-4;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	f = phi(t, t->x, &norm);
	assert_int_equal(t->r.capped, 0);
	assert_true(f >= best && f - best < 1e-2 * best);
	assert_true(norm > 1e-8);
}

static void
kmin_and_kmax_are_respected(void **state)
{
	struct bed *t = *state;

	t->o.eps_g = t->o.eps_f = 1e300;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_int_equal(t->r.inner, 1);
	assert_int_equal(t->r.capped, 0);
	memset(t->x, 0, sizeof(t->x));
	t->solver->reset(t->S);
	t->o.kmin = 5;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_int_equal(t->r.inner, 5);
	memset(t->x, 0, sizeof(t->x));
	t->solver->reset(t->S);
	t->o.eps_g = t->o.eps_f = 0.0;
	t->o.kmin = 1;
	t->o.kmax = 2;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_in_range(t->r.inner, 2, 3);
	assert_int_equal(t->r.capped, 1);
}

static void
what_is_known_is_not_read_again(void **state)
{
	struct bed *t = *state;

	t->o.kmin = t->o.kmax = 1;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_true(t->r.passes == 1.5);
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_true(t->r.passes == 1.0);
	t->x[1] += 0.25;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_true(t->r.passes == 2.0);
}

static void
start_is_used(void **state)
{
	struct bed *t = *state;
	double norm, f0, x[LONG + 1];
	uint64_t seed = 4;

	t->o.eps_g = 1e-6;
	assert_solved(t, 2e-6);
	memcpy(x, t->x, sizeof(x));
	for (size_t i = 0; i < t->n; i++)
		t->x[i] = rows_uniform(&seed);
	f0 = phi(t, t->x, &norm);
	t->o.kmax = 1;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_true(phi(t, t->x, &norm) < f0);
	t->o.kmax = 1000;
	assert_solved(t, 2e-6);
	for (size_t i = 0; i < t->n; i++)
		assert_true(fabs(x[i] - t->x[i]) < 1e-5);
}

static void
later_rounds_are_cheap(void **state)
{
	struct bed *t = *state;
	double first, passes = 0.0;

	t->o.eps_g = 1e-6;
	assert_solved(t, 2e-6);
	first = t->r.passes;
	for (int k = 1; k <= 10; k++) {
		for (size_t i = 0; i < t->n; i++)
			t->v[i] += (i % 2 == 0 ? 1e-3 : -1e-3) / k;
		t->p.rho *= k % 4 == 0 ? 2.0 : 1.0;
		assert_solved(t, 2e-6);
		passes += t->r.passes;
	}
	assert_true(passes / 10.0 < first / 2.0);
}

static void
model_answers_without_reading(void **state)
{
	struct bed *t = *state;
	double norm;

	t->o.eps_g = 1e-9;
	assert_solved(t, 2e-9);
	t->o.eps_g = 1e-3;
	t->v[2] += 1e-3;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_true(t->r.passes == 0.0);
	assert_int_equal(t->r.inner, 1);
	assert_int_equal(t->r.capped, 0);
	phi(t, t->x, &norm);
	assert_true(norm <= 1e-3 && norm > 1e-12);
	/* So does another one; and x^ has not moved. */
	t->v[2] += 1e-3;
	assert_solved(t, 1e-3);
	assert_true(t->r.passes == 0.0);
	/* Asked for more it looks at the rows. */
	t->o.eps_g = 1e-9;
	assert_solved(t, 2e-9);
	assert_true(t->r.passes >= 1.0);
}

static void
squared_loss_needs_one_matrix(void **state)
{
	struct bed *t = *state;

	t->K.loss = sv_loss_find("squared");
	t->o.eps_g = 1e-6;
	assert_solved(t, 1e-6);
	for (size_t i = 0; i < t->n; i++)
		t->v[i] = -t->v[i];
	assert_solved(t, 1e-6);
	assert_true(t->r.passes <= 1.0);
	t->p.rho = 40.0;
	assert_solved(t, 1e-6);
	assert_true(t->r.passes <= 1.0);
}

static void
every_kernel_is_solved(void **state)
{
	static const char * const losses[] = { "logistic", "squared",
		"squared_hinge", "huber", "poisson" };
	struct bed *t = *state;
	double w[ROWS], y[ROWS];

	for (size_t j = 0; j < t->A.rows; j++) {
		w[j] = (double)(j % 3);
		y[j] = t->A.label[j];
	}
	t->K.w = w;
	t->K.y = y;
	t->K.intercept = 1;
	t->o.eps_g = 1e-7;
	for (size_t k = 0; k < sizeof(losses) / sizeof(losses[0]); k++) {
		t->K.loss = sv_loss_find(losses[k]);
		t->K.param = t->K.loss->param;
		if (k == 4)
			for (size_t j = 0; j < t->A.rows; j++)
				y[j] = (double)(j % 4);
		make_solver(t);
		memset(t->x, 0, sizeof(t->x));
		assert_solved(t, 3e-7);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(gradient_tolerance_is_met),
		TEST_LONG(gradient_tolerance_is_met),
		TEST_CG(gradient_tolerance_is_met),
		TEST(tolerance_of_the_round_counts),
		TEST_LONG(tolerance_of_the_round_counts),
		TEST_CG(tolerance_of_the_round_counts),
		TEST_LONG(gradient_falls_to_a_tenth),
		TEST_CG(gradient_falls_to_a_tenth),
		TEST(value_tolerance_is_met),
		TEST_LONG(value_tolerance_is_met),
		TEST_CG(value_tolerance_is_met),
		TEST(kmin_and_kmax_are_respected),
		TEST_LONG(kmin_and_kmax_are_respected),
		TEST_CG(kmin_and_kmax_are_respected),
		TEST_LONG(what_is_known_is_not_read_again),
		TEST(start_is_used),
		TEST_LONG(start_is_used),
		TEST_CG(start_is_used),
		TEST(later_rounds_are_cheap),
		TEST_LONG(later_rounds_are_cheap),
		TEST_CG(later_rounds_are_cheap),
		TEST(model_answers_without_reading),
		TEST(squared_loss_needs_one_matrix),
		TEST(every_kernel_is_solved),
		TEST_LONG(every_kernel_is_solved),
		TEST_CG(every_kernel_is_solved)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
