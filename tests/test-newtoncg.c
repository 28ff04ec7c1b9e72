#include "newtonbed.h"

/* Margins, l'' and gradient of the start; the directions; the next gradient. */
static void
passes_are_those_of_conjugate_gradients(void **state)
{
	struct bed *t = *state;
	double passes;

	t->o.kmin = t->o.kmax = 1;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	passes = t->r.passes;
	assert_true(passes >= 2.0 && passes == floor(passes));
	/* What is known is not read again, ... */
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_true(t->r.passes - floor(t->r.passes) == 0.5);
	/* ... what is not known is. */
	t->x[1] += 0.25;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_true(t->r.passes - floor(t->r.passes) == 0.5);
	assert_true(t->r.passes >= 2.5);
}

/* What a round does not ask for is not computed. */
static void
forcing_term_follows_the_round(void **state)
{
	struct bed *t = *state;
	double norm0, norm, all;

	phi(t, t->x, &norm0);
	t->o.kmax = 1;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	all = t->r.passes;
	memset(t->x, 0, sizeof(t->x));
	t->solver->reset(t->S);
	t->p.eps = norm0;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_true(t->r.passes < all);
	assert_int_equal(t->r.capped, 0);
	phi(t, t->x, &norm);
	assert_true(norm < norm0);
}

/* The quadratic's gradient falls to the forcing term, and no further. */
static void
squared_loss_falls_to_a_tenth_a_step(void **state)
{
	struct bed *t = *state;
	double norm0, norm;

	t->K.loss = sv_loss_find("squared");
	t->o.kmax = 1;
	for (int k = 0; k < 6; k++) {
		phi(t, t->x, &norm0);
		assert_int_equal(solve(t), SV_LOCAL_DONE);
		assert_int_equal(t->r.capped, 1);
		phi(t, t->x, &norm);
		assert_true(norm <= 0.1001 * norm0 && norm > 1e-4 * norm0);
		assert_true(fabs(t->r.grad - norm) <= 1e-9 * norm0);
	}
}

/* The textbook says n steps to an exact solution of n equations. */
static void
quadratic_without_rows_takes_one_pass(void **state)
{
	struct bed *t = *state;

	t->A.rows = t->A.nnz = 0;
	make_solver(t);
	t->o.eps_g = 1e-12;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_int_equal(t->r.inner, 1);
	assert_true(t->r.passes == 2.0);
}

static int
count(void *ctx)
{
	struct bed *t = ctx;

	return (++t->calls == t->stop_at);
}

static void
poll_is_called_before_every_pass(void **state)
{
	struct bed *t = *state;
	double x[LONG + 1];

	t->p.poll = count;
	t->p.ctx = t;
	t->o.kmax = 1;
	assert_int_equal(solve(t), SV_LOCAL_DONE);
	/* The first and the last half are not directions; kmax is looked at. */
	assert_true(t->calls >= 2 && (double)t->calls == t->r.passes);
	/* What was aborted has changed nothing that is known. */
	memcpy(x, t->x, sizeof(x));
	t->calls = 0;
	t->stop_at = 2;
	assert_int_equal(solve(t), SV_LOCAL_ABORTED);
	t->p.poll = NULL;
	memcpy(t->x, x, sizeof(x));
	t->o.kmax = 1000;
	t->o.eps_g = 1e-8;
	assert_solved(t, 1e-8);
}

/* newton takes these very steps where a shard has few non-zeros. */
static void
newton_is_this_on_short_shards(void **state)
{
	struct bed *t = *state;
	double x[LONG + 1], passes;

	assert_true(t->A.nnz < 16 * t->n);
	t->o.eps_g = 1e-6;
	assert_solved(t, 1e-6);
	passes = t->r.passes;
	memcpy(x, t->x, sizeof(x));
	memset(t->x, 0, sizeof(t->x));
	t->solver->destroy(t->S);
	t->S = NULL;
	t->solver = &sv_newton;
	make_solver(t);
	assert_solved(t, 1e-6);
	assert_memory_equal(x, t->x, t->n * sizeof(*x));
	assert_true(t->r.passes == passes);
}

static int
setup_short(void **state)
{

	return (set_up(state, &sv_newtoncg, 20, LONG));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_CG(passes_are_those_of_conjugate_gradients),
		TEST_CG(forcing_term_follows_the_round),
		TEST_CG(squared_loss_falls_to_a_tenth_a_step),
		TEST_CG(quadratic_without_rows_takes_one_pass),
		TEST_CG(poll_is_called_before_every_pass),
		cmocka_unit_test_setup_teardown(newton_is_this_on_short_shards,
		    setup_short, teardown)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
