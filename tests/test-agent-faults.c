#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agentbed.h"
#include "rows.h"

/* The GLOBAL ${g} must be refused with a reason that says ${word}. */
static void
refused(struct agentbed *t, struct sv_frame *g, const char *word)
{
	struct sv_blob *u;

	t->why[0] = '\0';
	assert_int_equal(agentbed_answer(t, g, &u), SV_AGENT_FAILED);
	assert_null(u);
	if (strstr(t->why, word) == NULL)
		fail_msg("reason is '%s', expected '%s'", t->why, word);
	sv_frame_fini(g);
}

static void
bad_scalars_are_refused(void **state)
{
	static const struct {
		int scalar;
		double value;
		const char *says;
	} cases[] = {
		{ SV_GL_RHO, 0.0, "rho" }, { SV_GL_RHO, -1.0, "rho" },
		{ SV_GL_RHO, NAN, "rho" }, { SV_GL_RHO, INFINITY, "rho" },
		{ SV_GL_RATIO, 0.0, "ratio" }, { SV_GL_RATIO, NAN, "ratio" },
		{ SV_GL_ALPHA, 0.0, "alpha" }, { SV_GL_ALPHA, 2.0, "alpha" },
		{ SV_GL_ALPHA, NAN, "alpha" },
		{ SV_GL_EPS, -1.0, "eps" }, { SV_GL_EPS, NAN, "eps" }
	};
	struct agentbed *t = *state;
	struct sv_frame g;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		agentbed_global(t, &g, SV_OP_STEP, 1, TASK);
		sv_frame_scalars(&g)[cases[i].scalar] = cases[i].value;
		refused(t, &g, cases[i].says);
	}
}

static void
bad_frames_are_refused(void **state)
{
	struct agentbed *t = *state;
	struct sv_frame g;

	agentbed_global(t, &g, SV_OP_TERM, 1, TASK);
	refused(t, &g, "not supported");
	agentbed_global(t, &g, SV_OP_STEP, 1, TASK);
	g.op = 99;
	refused(t, &g, "not supported");
	agentbed_global(t, &g, SV_OP_STEP, 1, TASK);
	g.type = SV_UPDATE;
	refused(t, &g, "type");
	agentbed_global(t, &g, SV_OP_STEP, 0, TASK);
	refused(t, &g, "rounds count from 1");
	agentbed_global(t, &g, SV_OP_STEP, 1, TASK);
	g.elem = SV_F32;
	refused(t, &g, "f64");
	agentbed_global(t, &g, SV_OP_GRAD, 1, TASK);
	((double *)sv_frame_elems(&g))[5] = NAN;
	refused(t, &g, "element 5 is not finite");
	assert_int_equal(sv_frame_make(&g, SV_GLOBAL, TASK, SV_GL_N, SV_F64,
	    COLS + 1), 0);
	g.op = SV_OP_STEP;
	g.round = 1;
	refused(t, &g, "13 elements, but the shard has 12 columns");
	for (uint32_t n = SV_GL_N - 1; n <= SV_GL_N + 2; n += 3) {
		assert_int_equal(sv_frame_make(&g, SV_GLOBAL, TASK, n, SV_F64,
		    COLS), 0);
		g.op = SV_OP_STEP;
		g.round = 1;
		refused(t, &g, n < SV_GL_N ? "3 scalars" : "6 scalars");
	}
	assert_int_equal(sv_frame_make(&g, SV_GLOBAL, NULL, 0, SV_BYTES, 0), 0);
	g.op = SV_OP_STEP;
	refused(t, &g, "f64");
}

static void
rounds_must_follow(void **state)
{
	struct agentbed *t = *state;
	struct sv_frame g;

	agentbed_global(t, &g, SV_OP_STEP, 1, TASK);
	sv_blob_unref(agentbed_ask(t, &g));
	agentbed_global(t, &g, SV_OP_STEP, 3, TASK);
	refused(t, &g, "round 3 came after round 1");
}

/* TASK with the first ${from} replaced by ${to}. */
static void
bad_task(struct agentbed *t, const char *from, const char *to, const char *word)
{
	const char *at = strstr(TASK, from);
	char text[512];
	struct sv_frame g;

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - TASK), TASK, to,
	    at + strlen(from));
	agentbed_global(t, &g, SV_OP_STEP, 1, text);
	refused(t, &g, word);
}

static void
bad_tasks_are_refused(void **state)
{
	struct agentbed *t = *state;

	bad_task(t, TASK, "", "task: not JSON");
	bad_task(t, TASK, "[1]", "task");
	bad_task(t, "\"task\":1", "\"task\":2", "version");
	bad_task(t, "logistic", "hinge", "loss \"hinge\" is not known");
	bad_task(t, "\"loss\"", "\"lost\"", "\"lost\" is not known");
	bad_task(t, "fista", "cd", "solver \"cd\" is not known");
	bad_task(t, "\"kmin\":1", "\"kmin\":0", "kmin");
	bad_task(t, "\"kmin\":1", "\"kmin\":5001", "kmin");
	bad_task(t, "\"kmax\":5000,", "", "kmax");
	bad_task(t, "1e-10", "-1", "eps_g");
	bad_task(t, "\"eps_f\":0", "\"eps_f\":\"0\"", "eps_f");
	bad_task(t, "\"eps_f\":0", "\"eps_f\":0,\"elasticity\":true",
	    "\"elasticity\" is not known");
}

static void
bad_rows_are_refused(void **state)
{
	struct agentbed *t = *state;
	struct sv_frame g;

	t->A.label[17] = 3.0;
	agentbed_global(t, &g, SV_OP_STEP, 1, TASK);
	refused(t, &g, "label 3 of row 17");
	t->A.label[17] = 1.0;
	t->A.val[0] = NAN;
	agentbed_global(t, &g, SV_OP_STEP, 1, TASK);
	refused(t, &g, "not finite");
}

/* A z at which the loss is beyond any number is a bad z, and no more. */
static void
overflow_is_told(void **state)
{
	struct agentbed *t = *state;
	struct sv_frame g;
	struct sv_blob *u;

	for (uint64_t k = 0; k < t->A.nnz; k++)
		t->A.val[k] *= 1e200;
	for (int i = 0; i < COLS; i++)
		t->z[i] = 1e200;
	agentbed_global(t, &g, SV_OP_GRAD, 1, TASK);
	u = agentbed_ask(t, &g);
	assert_true(sv_frame_scalars(sv_blob_frame(u))[SV_UP_FZ] ==
	    SV_UP_OVERFLOW);
	for (int i = 0; i < COLS; i++)
		assert_true(((double *)sv_frame_elems(sv_blob_frame(u)))[i] ==
		    0.0);
	sv_blob_unref(u);
}

/* Says stop when it is asked the ${left}th time, and once only. */
static int
poll_at(void *ctx)
{
	int *left = ctx;

	return (--*left == 0);
}

/* How often poll() is asked until the GLOBAL is answered; stops at ${n}. */
static int
polls(struct agentbed *t, const struct sv_matrix *A, enum sv_op op,
    const char *solver, int n)
{
	struct sv_agent_setting set = t->set;
	struct sv_agent *keep = t->a;
	struct sv_frame g, c;
	struct sv_blob *u;
	char task[256];
	int left = n;

	set.poll = poll_at;
	set.ctx = &left;
	assert_non_null(t->a = sv_agent_new(&set, A));
	snprintf(task, sizeof(task), "{\"task\":1,\"loss\":\"logistic\","
	    "\"solver\":\"%s\",\"kmin\":1,\"kmax\":3,\"eps_g\":0,"
	    "\"eps_f\":0}", solver);
	agentbed_global(t, &g, op, 7, task);
	if (op == SV_OP_CONJ)
		sv_frame_scalars(&g)[SV_GC_POSITIVE] =
		    sv_frame_scalars(&g)[SV_GC_OTHER] = 0.5;
	else if (op == SV_OP_GRAD)
		memset(sv_frame_scalars(&g), 0, SV_GL_N * sizeof(double));
	c = g;
	assert_int_equal(agentbed_answer(t, &c, &u), n > 0 ?
	    SV_AGENT_ABORTED : SV_AGENT_UPDATE);
	sv_blob_unref(u);
	sv_frame_fini(&g);
	sv_agent_free(t->a);
	t->a = keep;
	return (-left);
}

/* A worker can leave in the middle of a pass over many rows, any pass. */
static void
long_passes_are_left(void **state)
{
	static const char *const solvers[] = { "newton", "newton-cg", "fista" };
	struct agentbed *t = *state;
	struct sv_matrix A;
	int n;

	assert_int_equal(rows_make(&A, 40000, COLS, 4), 0);
	assert_true(polls(t, &A, SV_OP_GRAD, "newton", 0) > 1);
	polls(t, &A, SV_OP_GRAD, "newton", 1);
	n = polls(t, &A, SV_OP_CONJ, "newton", 0);
	assert_true(n > 1);
	polls(t, &A, SV_OP_CONJ, "newton", 1);
	polls(t, &A, SV_OP_CONJ, "newton", n);
	for (size_t i = 0; i < sizeof(solvers) / sizeof(solvers[0]); i++) {
		n = polls(t, &A, SV_OP_STEP, solvers[i], 0);
		/* More often than once a pass. */
		assert_true(n > 10);
		for (int k = 1; k <= n; k += 1 + n / 16)
			polls(t, &A, SV_OP_STEP, solvers[i], k);
	}
	sv_matrix_fini(&A);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, agentbed_setup, agentbed_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bad_scalars_are_refused),
		TEST(bad_frames_are_refused),
		TEST(rounds_must_follow),
		TEST(bad_tasks_are_refused),
		TEST(bad_rows_are_refused),
		TEST(overflow_is_told),
		TEST(long_passes_are_left)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
