#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agentbed.h"
#include "clock.h"
#include "kernel.h"

static double
scalar(const struct sv_blob *u, int i)
{

	return (sv_frame_scalars(sv_blob_frame(u))[i]);
}

static const double *
vector(const struct sv_blob *u)
{

	return (sv_frame_elems(sv_blob_frame(u)));
}

/* Gradient of f at x. */
static double
gradient(const struct agentbed *t, const double *x, double *g)
{
	struct sv_kernel K = { .A = &t->A, .y = t->A.label,
	    .loss = sv_loss_find("logistic"), .isa = t->set.isa };

	return (sv_kernel_gradient(&K, x, NULL, NULL, g));
}

/* argmin f(x) + (rho / 2) |x - v|^2 by plain gradient descent. */
static void
argmin(const struct agentbed *t, const double *v, double rho, double *x)
{
	double g[COLS], L = rho;

	for (uint64_t k = 0; k < t->A.nnz; k++)
		L += t->A.val[k] * t->A.val[k] / 4.0;
	memset(x, 0, COLS * sizeof(*x));
	for (int n = 0; n < 20000; n++) {
		gradient(t, x, g);
		for (int i = 0; i < COLS; i++)
			x[i] -= (g[i] + rho * (x[i] - v[i])) / L;
	}
}

/* One step of the reference: w is replaced by c, x by the new iterate. */
static void
reference(const struct agentbed *t, double rho, double ratio, double alpha,
    double *w, double *x)
{
	double v[COLS];

	for (int i = 0; i < COLS; i++) {
		w[i] = t->z[i] + (w[i] - t->z[i]) / ratio;
		v[i] = 2.0 * t->z[i] - w[i];
	}
	argmin(t, v, rho, x);
	for (int i = 0; i < COLS; i++)
		w[i] += alpha * (x[i] - t->z[i]);
}

static void
near(const double *a, const double *b)
{

	for (int i = 0; i < COLS; i++)
		if (!(fabs(a[i] - b[i]) < 1e-8))
			fail_msg("element %d: %.15g, expected %.15g", i, a[i],
			    b[i]);
}

static void
steps_follow_the_reference(void **state)
{
	static const double rho[4] = { 1.5, 1.5, 3.0, 0.75 };
	static const double ratio[4] = { 1.0, 1.0, 2.0, 0.25 };
	struct agentbed *t = *state;
	double w[COLS] = { 0.0 }, x[COLS], before[COLS], g[COLS];

	for (uint32_t k = 0; k < 4; k++) {
		struct sv_blob *u;
		struct sv_frame f;
		double xx = 0.0, dd = 0.0, uu = 0.0;

		for (int i = 0; i < COLS; i++) {
			t->z[i] *= 0.8;
			before[i] = t->z[i] + (w[i] - t->z[i]) / ratio[k];
		}
		agentbed_global(t, &f, SV_OP_STEP, k + 1, TASK);
		sv_frame_scalars(&f)[SV_GL_RHO] = rho[k];
		sv_frame_scalars(&f)[SV_GL_RATIO] = ratio[k];
		u = agentbed_ask(t, &f);
		reference(t, rho[k], k == 0 ? 1.0 : ratio[k], 1.6, w, x);
		near(vector(u), w);
		if (k == 0)
			memset(before, 0, sizeof(before));
		for (int i = 0; i < COLS; i++) {
			xx += x[i] * x[i];
			dd += (x[i] - t->z[i]) * (x[i] - t->z[i]);
			uu += (before[i] - t->z[i]) * (before[i] - t->z[i]);
		}
		assert_true(fabs(scalar(u, SV_UP_XX) - xx) < 1e-7);
		assert_true(fabs(scalar(u, SV_UP_DD) - dd) < 1e-7);
		assert_true(fabs(scalar(u, SV_UP_UU) - uu) < 1e-7);
		assert_true(fabs(scalar(u, SV_UP_FX) - gradient(t, x, g)) < 1e-7);
		assert_true(scalar(u, SV_UP_FRESH) == 0.0);
		assert_true(scalar(u, SV_UP_CAPPED) == 0.0);
		assert_true(scalar(u, SV_UP_PASSES) ==
		    scalar(u, SV_UP_INNER) + 0.5);
		sv_blob_unref(u);
	}
}

static void
header_answers_the_global(void **state)
{
	struct agentbed *t = *state;
	const struct sv_frame *f;
	struct sv_frame g;
	struct sv_blob *u;

	agentbed_global(t, &g, SV_OP_STEP, 1, TASK);
	u = agentbed_ask(t, &g);
	f = sv_blob_frame(u);
	assert_int_equal(f->type, SV_UPDATE);
	assert_int_equal(f->op, SV_OP_STEP);
	assert_int_equal(f->elem, SV_F64);
	assert_true(f->job == 77);
	assert_int_equal(f->shard, 3);
	assert_int_equal(f->generation, 2);
	assert_int_equal(f->round, 1);
	assert_int_equal(f->seq, 101);
	assert_int_equal(f->count, 1);
	assert_int_equal(f->ntext, 0);
	assert_int_equal(f->nscalar, SV_UP_STEP_N);
	assert_true(sv_frame_nelem(f) == COLS);
	assert_null(sv_frame_check(f));
	sv_blob_unref(u);
}

static void
grad_is_the_gradient_and_keeps_the_state(void **state)
{
	struct agentbed *t = *state;
	struct sv_agent *other = sv_agent_new(&t->set, &t->A), *keep = t->a;
	struct sv_frame g;
	struct sv_blob *u, *v;
	double e[COLS], f, pos = 0.0;

	agentbed_global(t, &g, SV_OP_STEP, 1, TASK);
	sv_blob_unref(agentbed_ask(t, &g));
	agentbed_global(t, &g, SV_OP_GRAD, 1, TASK);
	g.seq = 150;
	u = agentbed_ask(t, &g);
	f = gradient(t, t->z, e);
	assert_memory_equal(vector(u), e, sizeof(e));
	assert_true(scalar(u, SV_UP_FZ) == f);
	assert_true(scalar(u, SV_UP_ROWS) == ROWS);
	for (int j = 0; j < ROWS; j++)
		pos += t->A.label[j] > 0.0;
	assert_true(scalar(u, SV_UP_POS) == pos);
	assert_true(scalar(u, SV_UP_GPASSES) == 1.0);
	assert_int_equal(sv_blob_frame(u)->nscalar, SV_UP_GRAD_N);
	assert_int_equal(sv_blob_frame(u)->op, SV_OP_GRAD);
	sv_blob_unref(u);

	/* The next step is the one of an agent that was not asked. */
	agentbed_global(t, &g, SV_OP_STEP, 2, TASK);
	u = agentbed_ask(t, &g);
	t->a = other;
	agentbed_global(t, &g, SV_OP_STEP, 1, TASK);
	sv_blob_unref(agentbed_ask(t, &g));
	agentbed_global(t, &g, SV_OP_STEP, 2, TASK);
	v = agentbed_ask(t, &g);
	assert_memory_equal(vector(u), vector(v), COLS * sizeof(double));
	sv_blob_unref(u);
	sv_blob_unref(v);
	sv_agent_free(other);
	t->a = keep;
}

static void
duplicate_gets_the_same_update(void **state)
{
	struct agentbed *t = *state;
	struct sv_frame g;
	struct sv_blob *u, *v;

	for (uint32_t k = 1; k <= 2; k++) {
		agentbed_global(t, &g, SV_OP_STEP, k, TASK);
		assert_int_equal(agentbed_answer(t, &g, &u), SV_AGENT_UPDATE);
		assert_int_equal(agentbed_answer(t, &g, &v), SV_AGENT_UPDATE);
		assert_memory_equal(sv_blob_header(u), sv_blob_header(v),
		    SV_FRAME_HEADER);
		assert_ptr_equal(vector(u), vector(v));
		sv_frame_fini(&g);
		sv_blob_unref(u);
		sv_blob_unref(v);
	}
	agentbed_global(t, &g, SV_OP_GRAD, 2, TASK);
	g.seq = 0;
	assert_int_equal(agentbed_answer(t, &g, &u), SV_AGENT_UPDATE);
	assert_int_equal(agentbed_answer(t, &g, &v), SV_AGENT_UPDATE);
	/* Without a seq there is no telling, and it is computed again. */
	assert_ptr_not_equal(vector(u), vector(v));
	sv_frame_fini(&g);
	sv_blob_unref(u);
	sv_blob_unref(v);
}

static void
replacement_starts_afresh(void **state)
{
	struct agentbed *t = *state;
	struct sv_frame g;
	struct sv_blob *u;
	double w[COLS], x[COLS];

	gradient(t, t->z, w);
	for (int i = 0; i < COLS; i++)
		w[i] = t->z[i] - w[i] / 1.5;
	agentbed_global(t, &g, SV_OP_STEP, 7, TASK);
	sv_frame_scalars(&g)[SV_GL_RATIO] = 4.0;
	u = agentbed_ask(t, &g);
	assert_true(scalar(u, SV_UP_FRESH) == 1.0);
	assert_true(scalar(u, SV_UP_PASSES) == scalar(u, SV_UP_INNER) + 1.5);
	reference(t, 1.5, 1.0, 1.6, w, x);
	near(vector(u), w);
	sv_blob_unref(u);
	/* From then on it is like any other. */
	agentbed_global(t, &g, SV_OP_STEP, 8, TASK);
	u = agentbed_ask(t, &g);
	assert_true(scalar(u, SV_UP_FRESH) == 0.0);
	reference(t, 1.5, 1.0, 1.6, w, x);
	near(vector(u), w);
	sv_blob_unref(u);
}

/* A second master finds the agent as new. */
static void
round_1_starts_anew(void **state)
{
	struct agentbed *t = *state;
	double first[COLS];
	struct sv_frame g;
	struct sv_blob *u;

	for (int run = 0; run < 2; run++) {
		agentbed_global(t, &g, SV_OP_STEP, 1, TASK);
		g.seq = (uint32_t)(1 + 10 * run);
		u = agentbed_ask(t, &g);
		if (run == 0)
			memcpy(first, vector(u), sizeof(first));
		else
			assert_memory_equal(first, vector(u), sizeof(first));
		sv_blob_unref(u);
		agentbed_global(t, &g, SV_OP_STEP, 2, TASK);
		g.seq = (uint32_t)(2 + 10 * run);
		sv_blob_unref(agentbed_ask(t, &g));
	}
}

static void
task_may_change(void **state)
{
	static const char short_task[] = "{\"task\":1,\"loss\":\"logistic\","
	    "\"solver\":\"fista\",\"kmin\":2,\"kmax\":2,\"eps_g\":0,"
	    "\"eps_f\":0}";
	struct agentbed *t = *state;
	struct sv_frame g;
	struct sv_blob *u;

	agentbed_global(t, &g, SV_OP_STEP, 1, TASK);
	sv_blob_unref(agentbed_ask(t, &g));
	agentbed_global(t, &g, SV_OP_STEP, 2, short_task);
	u = agentbed_ask(t, &g);
	assert_true(scalar(u, SV_UP_INNER) == 2.0);
	assert_true(scalar(u, SV_UP_CAPPED) == 1.0);
	assert_true(scalar(u, SV_UP_FRESH) == 0.0);
	sv_blob_unref(u);
}

static void
zero_one_labels_do(void **state)
{
	struct agentbed *t = *state;
	struct sv_frame g;
	struct sv_blob *u;
	double e[COLS];

	gradient(t, t->z, e);
	for (int j = 0; j < ROWS; j++)
		t->A.label[j] = t->A.label[j] > 0.0;
	agentbed_global(t, &g, SV_OP_GRAD, 0, TASK);
	u = agentbed_ask(t, &g);
	assert_memory_equal(vector(u), e, sizeof(e));
	/* The rows are as they were. */
	assert_true(t->A.label[0] == 0.0 || t->A.label[0] == 1.0);
	sv_blob_unref(u);
}

static void
poll_aborts(void **state)
{
	struct agentbed *t = *state;
	struct sv_frame g;
	struct sv_blob *u;

	t->abort = 1;
	agentbed_global(t, &g, SV_OP_STEP, 1, TASK);
	assert_int_equal(agentbed_answer(t, &g, &u), SV_AGENT_ABORTED);
	assert_null(u);
	sv_frame_fini(&g);
}

static void
clocks_add_up(void **state)
{
	struct agentbed *t = *state;
	double before = sv_clock_mono(), after;
	struct sv_frame g;
	struct sv_blob *u;

	agentbed_global(t, &g, SV_OP_STEP, 1, TASK);
	u = agentbed_ask(t, &g);
	after = sv_clock_mono();
	assert_true(scalar(u, SV_UP_IDLE) == 0.0);
	assert_true(scalar(u, SV_UP_COMP) > 0.0);
	assert_true(scalar(u, SV_UP_COMP) <= after - before);
	assert_true(scalar(u, SV_UP_CPU) >= 0.0);
	sv_blob_unref(u);
	agentbed_global(t, &g, SV_OP_STEP, 2, TASK);
	assert_int_equal(sv_agent_answer(t->a, &g, after + 5.0, &u, t->why),
	    SV_AGENT_UPDATE);
	assert_true(scalar(u, SV_UP_IDLE) >= 5.0);
	assert_true(scalar(u, SV_UP_COMP) == 0.0);
	sv_frame_fini(&g);
	sv_blob_unref(u);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, agentbed_setup, agentbed_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(steps_follow_the_reference),
		TEST(header_answers_the_global),
		TEST(grad_is_the_gradient_and_keeps_the_state),
		TEST(duplicate_gets_the_same_update),
		TEST(replacement_starts_afresh),
		TEST(round_1_starts_anew),
		TEST(task_may_change),
		TEST(zero_one_labels_do),
		TEST(poll_aborts),
		TEST(clocks_add_up)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
