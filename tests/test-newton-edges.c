#include <stdio.h>

#include "hess.h"
#include "newtonbed.h"
#include "pairs.h"

static void
steps_are_cut_where_the_model_fails(void **state)
{
	struct bed *t = *state;
	double last, norm;

	t->K.loss = sv_loss_find("poisson");
	for (size_t i = 0; i < t->n; i++) {
		t->x[i] = i % 2 == 0 ? -8.0 : 8.0;
		t->v[i] = i % 2 == 0 ? 300.0 : -300.0;
	}
	t->p.rho = 1e-3;
	t->o.kmax = 1;
	last = phi(t, t->x, &norm);
	for (int k = 0; k < 60; k++) {
		double now;

		assert_int_equal(solve(t), SV_LOCAL_DONE);
		now = phi(t, t->x, &norm);
		assert_true(now <= last + 1e-12 * fabs(last));
		last = now;
	}
	t->o.kmax = 10000;
	t->o.eps_g = 1e-4;
	assert_solved(t, 2e-4);
}

static void
same_again_after_reset(void **state)
{
	struct bed *t = *state;
	double x[LONG + 1];

	t->o.eps_g = 1e-7;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	memcpy(x, t->x, sizeof(x));
	t->p.rho = 3.0;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	t->p.rho = 0.5;
	memset(t->x, 0, sizeof(t->x));
	t->solver->reset(t->S);
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_memory_equal(x, t->x, t->n * sizeof(*x));
}

static void
same_bits_on_every_machine(void **state)
{
	static const char * const names[] = { "avx2", "avx512" };
	struct bed *t = *state;
	double x[LONG + 1];

	t->o.eps_g = 1e-7;
	t->K.isa = sv_isa_pick("generic");
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	memcpy(x, t->x, sizeof(x));
	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		if (sv_isa_pick(names[k]) == NULL)
			continue;
		t->K.isa = sv_isa_pick(names[k]);
		memset(t->x, 0, sizeof(t->x));
		t->solver->reset(t->S);
		assert_int_equal(solve(t), SV_LOCAL_DONE);
		assert_memory_equal(x, t->x, t->n * sizeof(*x));
	}
}

static int
count(void *ctx)
{
	struct bed *t = ctx;

	return (++t->calls == t->stop_at);
}

static void
poll_is_called_and_aborts(void **state)
{
	struct bed *t = *state;
	int all;

	t->p.poll = count;
	t->p.ctx = t;
	t->o.kmin = t->o.kmax = 6;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	all = t->calls;
	assert_true(all >= 6);
	/* Wherever it is, in a matrix, too. */
	for (int k = 1; k <= all; k++) {
		t->calls = 0;
		t->stop_at = k;
		memset(t->x, 0, sizeof(t->x));
		t->solver->reset(t->S);
		assert_int_equal(solve(t), SV_LOCAL_ABORTED);
		assert_int_equal(t->calls, k);
	}
}

static void
what_is_not_finite_fails(void **state)
{
	struct bed *t = *state;
	double good = t->A.val[7];
	char start[64];

	t->o.eps_g = 1e-8;
	t->A.val[7] = NAN;
	assert_int_equal(solve(t), SV_LOCAL_FAILED);
	snprintf(start, sizeof(start), "%s: iteration 1: ", t->solver->name);
	assert_ptr_equal(strstr(t->why, start), t->why);
	assert_non_null(strstr(t->why, "finite"));
	/* Nothing of it is kept. */
	t->A.val[7] = good;
	assert_solved(t, 2e-8);
	t->v[3] = INFINITY;
	assert_int_equal(solve(t), SV_LOCAL_FAILED);
	t->v[3] = 1e200;
	assert_int_equal(solve(t), SV_LOCAL_FAILED);
	t->v[3] = 0.5;
	t->x[3] = NAN;
	assert_int_equal(solve(t), SV_LOCAL_FAILED);
}

static void
empty_shard_has_an_answer(void **state)
{
	struct bed *t = *state;

	t->A.rows = t->A.nnz = 0;
	make_solver(t);
	t->o.eps_g = 1e-12;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_true(t->r.f == 0.0);
	for (size_t i = 0; i < t->n; i++)
		assert_true(fabs(t->x[i] - t->v[i]) < 1e-11);
	/* There the gradient is 0, and nothing is left to do. */
	memcpy(t->x, t->v, t->n * sizeof(*t->x));
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_int_equal(t->r.inner, 0);
	assert_int_equal(t->r.capped, 0);
	assert_memory_equal(t->x, t->v, t->n * sizeof(*t->x));
}

static void
flat_losses_are_solved(void **state)
{
	struct bed *t = *state;

	t->K.loss = sv_loss_find("squared_hinge");
	t->p.rho = 1e-6;
	for (size_t i = 0; i < t->n; i++)
		t->v[i] = i % 2 == 0 ? 1e4 : -1e4;
	t->o.eps_g = 1e-6;
	assert_solved(t, 2e-6);
}

static void
bytes_are_those_of_its_parts(void **state)
{
	struct bed *t = *state;
	size_t all = sv_newton.bytes(ROWS, t->n, t->A.nnz);
	size_t parts = (3 * ROWS + 6 * t->n) * sizeof(double) +
	    sv_pairs_bytes(10, t->n) + sv_hess_bytes(t->n);

	assert_true(all >= parts && all < parts + 1024);
	/* Too many columns for these rows, and too large beside them. */
	all = sv_newton.bytes(30, 2000, 32000);
	parts = (3 * 30 + 6 * 2000) * sizeof(double) + sv_pairs_bytes(10, 2000);
	assert_true(all >= parts && all < parts + 1024);
	all = sv_newton.bytes(100000, 2000, 3000000);
	parts = (3 * 100000 + 6 * 2000) * sizeof(double) +
	    sv_pairs_bytes(10, 2000);
	assert_true(sv_hess_price(100000, 2000, 3000000, 0.0) < 64.0);
	assert_true(all >= parts && all < parts + 1024);
	/* Too few non-zeros for pairs. */
	all = sv_newton.bytes(30, 2000, 31999);
	parts = (4 * 30 + 7 * 2000) * sizeof(double);
	assert_true(all >= parts && all < parts + 1024);
	assert_true(sv_newtoncg.bytes(30, 2000, 31999) == all);
	assert_true(sv_newtoncg.bytes(30, 2000, 1u << 30) == all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(steps_are_cut_where_the_model_fails),
		TEST_LONG(steps_are_cut_where_the_model_fails),
		TEST_CG(steps_are_cut_where_the_model_fails),
		TEST(same_again_after_reset),
		TEST_LONG(same_again_after_reset),
		TEST_CG(same_again_after_reset),
		TEST(same_bits_on_every_machine),
		TEST_LONG(same_bits_on_every_machine),
		TEST_CG(same_bits_on_every_machine),
		TEST(poll_is_called_and_aborts),
		TEST_LONG(poll_is_called_and_aborts),
		TEST_CG(poll_is_called_and_aborts),
		TEST(what_is_not_finite_fails),
		TEST_LONG(what_is_not_finite_fails),
		TEST_CG(what_is_not_finite_fails),
		TEST(empty_shard_has_an_answer),
		TEST_LONG(empty_shard_has_an_answer),
		TEST_CG(empty_shard_has_an_answer),
		TEST(flat_losses_are_solved),
		TEST_LONG(flat_losses_are_solved),
		TEST_CG(flat_losses_are_solved),
		TEST(bytes_are_those_of_its_parts)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
