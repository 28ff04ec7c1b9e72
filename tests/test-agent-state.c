/* The state of a shard goes from one agent to another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "statebed.h"

#define ROUNDS 12u

/*
 * Shards for which newton has a matrix, of dense and of sparse rows; pairs only;
 * conjugate gradients only.
 */
#define MATRIX_DENSE 150, 12, 0.9
#define MATRIX_SPARSE 300, 20, 0.2
#define PAIRS 80, 600, 0.3
#define GRADIENTS 40, 300, 0.05

/*
 * Every round: all agents are replaced by one that has adopted their state, and
 * another one adopts it and goes on to the end.
 */
static void
goes_on(const struct statebed_kind *kind)
{
	struct sv_agent *other[ROUNDS], *chain;
	struct statebed t;
	struct sv_blob *u;
	size_t held = 0;

	statebed_init(&t, kind);
	chain = statebed_agent(&t, 0, 0);
	while (t.round < ROUNDS) {
		struct sv_agent *next = statebed_successor(&t, 0, chain);

		sv_agent_free(chain);
		chain = next;
		other[held++] = statebed_successor(&t, 0, t.agent[0]);
		statebed_round(&t);
		u = statebed_answer(&t, chain, SV_OP_STEP, t.round);
		statebed_same(u, t.update[0]);
		sv_blob_unref(u);
		for (size_t k = 0; k < held; k++) {
			u = statebed_answer(&t, other[k], SV_OP_STEP, t.round);
			statebed_same(u, t.update[0]);
			sv_blob_unref(u);
		}
	}
	/* What is made of the state without a change to it is the same, too. */
	for (size_t k = 0; k < held; k++) {
		struct sv_blob *v = statebed_answer(&t, t.agent[0], SV_OP_CONJ,
		    t.round);

		u = statebed_answer(&t, other[k], SV_OP_CONJ, t.round);
		statebed_same(u, v);
		sv_blob_unref(u);
		sv_blob_unref(v);
		sv_agent_free(other[k]);
	}
	sv_agent_free(chain);
	statebed_fini(&t);
}

static const char *const losses[] = {
	"logistic", "squared", "squared_hinge", "huber", "poisson"
};

#define NLOSS (sizeof(losses) / sizeof(losses[0]))

static void
all_losses(uint64_t rows, uint64_t cols, double keep, const char *solver)
{

	for (size_t i = 0; i < NLOSS; i++)
		for (int intercept = 0; intercept < 2; intercept++)
			goes_on(&(struct statebed_kind){ rows, cols, keep,
			    solver, losses[i], intercept });
}

static void
newton_with_a_matrix_of_dense_rows(void **state)
{

	(void)state;
	all_losses(MATRIX_DENSE, "newton");
}

static void
newton_with_a_matrix_of_sparse_rows(void **state)
{

	(void)state;
	all_losses(MATRIX_SPARSE, "newton");
}

static void
newton_with_pairs(void **state)
{

	(void)state;
	all_losses(PAIRS, "newton");
}

static void
newton_with_conjugate_gradients(void **state)
{

	(void)state;
	all_losses(GRADIENTS, "newton");
}

static void
newton_cg(void **state)
{

	(void)state;
	all_losses(MATRIX_DENSE, "newton-cg");
	all_losses(GRADIENTS, "newton-cg");
}

static void
fista(void **state)
{

	(void)state;
	all_losses(MATRIX_DENSE, "fista");
	all_losses(GRADIENTS, "fista");
}

/* How long a state is after some rounds. */
static size_t
state_bytes(const struct statebed_kind *kind)
{
	struct statebed t;
	uint8_t *bytes;
	size_t len;

	statebed_init(&t, kind);
	while (t.round < ROUNDS)
		statebed_round(&t);
	assert_int_equal(sv_agent_save(t.agent[0], &bytes, &len), 0);
	free(bytes);
	statebed_fini(&t);
	return (len);
}

/* By how much that of newton is longer than that of newton-cg. */
static size_t
more_bytes(struct statebed_kind *kind)
{
	size_t len = state_bytes(kind), cg;

	kind->solver = "newton-cg";
	cg = state_bytes(kind);
	/* The name of the solver is in the task. */
	assert_true(len + 8 >= cg);
	return (len > cg ? len - cg : 0);
}

/* The shards above are what they are taken for: it shows in what is saved. */
static void
each_shape_is_there(void **state)
{
	struct statebed_kind matrix = { MATRIX_SPARSE, "newton", "logistic", 0 };
	struct statebed_kind pairs = { PAIRS, "newton", "logistic", 0 };
	struct statebed_kind cg = { GRADIENTS, "newton", "logistic", 0 };

	(void)state;
	assert_true(more_bytes(&matrix) >
	    matrix.cols * (matrix.cols + 1) / 2 * sizeof(double));
	assert_true(more_bytes(&pairs) > 2 * pairs.cols * sizeof(double));
	assert_int_equal(more_bytes(&cg), 0);
}

/* An agent that has answered no STEP has no state, and hands that over. */
static void
nothing_is_a_state_too(void **state)
{
	struct statebed_kind kind = { MATRIX_DENSE, "newton", "logistic", 0 };
	struct sv_agent *a;
	struct statebed t;
	struct sv_blob *u;

	(void)state;
	statebed_init(&t, &kind);
	a = statebed_successor(&t, 0, t.agent[0]);
	assert_int_equal(sv_agent_round(a), 0);
	statebed_round(&t);
	u = statebed_answer(&t, a, SV_OP_STEP, 1);
	statebed_same(u, t.update[0]);
	sv_blob_unref(u);
	sv_agent_free(a);
	/* ... as has one that has not even a task. */
	a = statebed_agent(&t, 0, 0);
	sv_agent_free(statebed_successor(&t, 0, a));
	sv_agent_free(a);
	statebed_fini(&t);
}

/* Another task takes x and the last c, wherever they come from. */
static void
task_may_change(void **state)
{
	struct statebed_kind kind = { MATRIX_DENSE, "newton", "logistic", 1 };
	struct sv_agent *a;
	struct statebed t;
	struct sv_blob *u;

	(void)state;
	statebed_init(&t, &kind);
	for (int k = 0; k < 3; k++)
		statebed_round(&t);
	a = statebed_successor(&t, 0, t.agent[0]);
	statebed_task(&t, "fista");
	t.ngl = SV_GL_N;
	t.gl[SV_GL_RATIO] = 1.5;
	u = statebed_answer(&t, a, SV_OP_STEP, 4);
	sv_agent_free(a);
	sv_blob_unref(t.update[0]);
	t.update[0] = statebed_answer(&t, t.agent[0], SV_OP_STEP, 4);
	statebed_same(u, t.update[0]);
	assert_true(sv_frame_scalars(sv_blob_frame(u))[SV_UP_FRESH] == 0.0);
	sv_blob_unref(u);
	statebed_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(newton_with_a_matrix_of_dense_rows),
		cmocka_unit_test(newton_with_a_matrix_of_sparse_rows),
		cmocka_unit_test(newton_with_pairs),
		cmocka_unit_test(newton_with_conjugate_gradients),
		cmocka_unit_test(newton_cg),
		cmocka_unit_test(fista),
		cmocka_unit_test(each_shape_is_there),
		cmocka_unit_test(nothing_is_a_state_too),
		cmocka_unit_test(task_may_change)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
