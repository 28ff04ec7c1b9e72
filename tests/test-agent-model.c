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
#include "task.h"

/* What the agent does beyond the plain step: acceleration, models, duals. */

#define MEMORY 2
#define N (COLS + 1)	/* with an intercept */

static const char accelerated[] = "{\"task\":1,\"loss\":\"logistic\","
    "\"memory\":2,\"solver\":\"fista\",\"kmin\":1,\"kmax\":5000,"
    "\"eps_g\":1e-10,\"eps_f\":0}";
static const char weighted[] = "{\"task\":1,\"loss\":\"squared_hinge\","
    "\"intercept\":true,\"weights\":[0.5,3],\"solver\":\"fista\",\"kmin\":1,"
    "\"kmax\":5000,\"eps_g\":1e-10,\"eps_f\":0}";

static const double *
vector(const struct sv_blob *u)
{

	return (sv_frame_elems(sv_blob_frame(u)));
}

static const double *
scalars(const struct sv_blob *u)
{

	return (sv_frame_scalars(sv_blob_frame(u)));
}

/* A STEP with ${n} weights theta. */
static struct sv_blob *
step(struct agentbed *t, uint32_t round, const double *theta, uint32_t n)
{
	struct sv_frame g;

	assert_int_equal(sv_frame_make(&g, SV_GLOBAL, accelerated,
	    SV_GL_N + n, SV_F64, COLS), 0);
	g.op = SV_OP_STEP;
	g.round = round;
	g.seq = 100 + round;
	sv_frame_scalars(&g)[SV_GL_RHO] = 1.5;
	sv_frame_scalars(&g)[SV_GL_RATIO] = 1.0;
	sv_frame_scalars(&g)[SV_GL_ALPHA] = 1.6;
	for (uint32_t j = 0; j < n; j++)
		sv_frame_scalars(&g)[SV_GL_N + j] = theta[j];
	memcpy(sv_frame_elems(&g), t->z, sizeof(t->z));
	return (agentbed_ask(t, &g));
}

static void
weights_mix_what_was_sent(void **state)
{
	static const double theta[3] = { 1.5, -0.75, 0.25 };
	struct agentbed *t = *state;
	double c[5][COLS], R[5][COLS] = { { 0.0 } }, w[COLS];
	double x[2][COLS], y[2][COLS], dx, dy;
	struct sv_blob *u;

	for (uint32_t k = 1; k <= 4; k++) {
		uint32_t n = k == 4 ? 3 : 0;

		for (int i = 0; i < COLS; i++) {
			t->z[i] *= 0.9;
			w[i] = k == 1 ? 0.0 : c[k - 1][i];
			if (n > 0)
				w[i] = theta[0] * c[3][i] + theta[1] * c[2][i] +
				    theta[2] * c[1][i];
		}
		u = step(t, k, theta, n);
		memcpy(c[k], vector(u), sizeof(c[k]));
		dx = dy = 0.0;
		for (int i = 0; i < COLS; i++) {
			R[k][i] = c[k][i] - w[i];
			x[k % 2][i] = t->z[i] + R[k][i] / 1.6;
			y[k % 2][i] = 1.5 * (2.0 * t->z[i] - w[i] - x[k % 2][i]);
			dx += pow(x[1][i] - x[0][i], 2.0);
			dy += pow(y[1][i] - y[0][i], 2.0);
		}
		assert_true(fabs(scalars(u)[SV_UP_DX] - (k > 1 ? dx : 0.0)) <
		    1e-12);
		assert_true(fabs(scalars(u)[SV_UP_DY] - (k > 1 ? dy : 0.0)) <
		    1e-12);
		assert_int_equal(sv_blob_frame(u)->nscalar,
		    SV_UP_STEP_N + 2 * (MEMORY + 1));
		for (uint32_t j = 0; j <= MEMORY; j++) {
			const double *pair = scalars(u) + SV_UP_STEP_N + 2 * j;
			double dot = 0.0;

			for (int i = 0; i < COLS && j < k; i++)
				dot += R[k][i] * R[k - j][i];
			assert_true(pair[1] == (j < k ? 1.0 : 0.0));
			assert_true(fabs(pair[0] - dot) <= 1e-12);
		}
		sv_blob_unref(u);
	}
}

/* A shard that has just come has nothing to mix. */
static void
replacement_has_no_memory(void **state)
{
	static const double theta[3] = { 2.0, -0.5, -0.5 };
	struct agentbed *t = *state;
	struct sv_blob *u = step(t, 9, theta, 3);

	assert_true(scalars(u)[SV_UP_FRESH] == 1.0);
	assert_true(scalars(u)[SV_UP_STEP_N + 1] == 1.0);
	assert_true(scalars(u)[SV_UP_STEP_N + 3] == 0.0);
	sv_blob_unref(u);
	u = step(t, 10, theta, 0);
	assert_true(scalars(u)[SV_UP_STEP_N + 3] == 1.0);
	assert_true(scalars(u)[SV_UP_STEP_N + 5] == 0.0);
	sv_blob_unref(u);
}

/* Of three rounds two are kept, or one, or there is no room for any. */
static void
memory_is_what_there_is(void **state)
{
	struct agentbed *t = *state;
	uint64_t fixed = sv_task_solver("fista")->bytes(ROWS, COLS, t->A.nnz) +
	    (6 * COLS + 3 * ROWS) * sizeof(double);
	struct sv_frame g;
	struct sv_blob *u;

	for (uint32_t keep = 2; keep > 0; keep--) {
		sv_agent_free(t->a);
		t->set.memory = fixed + keep * 2 * COLS * sizeof(double);
		assert_non_null(t->a = sv_agent_new(&t->set, &t->A));
		for (uint32_t k = 1; k <= 3; k++) {
			u = step(t, k, NULL, 0);
			for (uint32_t j = 0; j <= MEMORY; j++)
				assert_true(scalars(u)[SV_UP_STEP_N + 2 * j +
				    1] == (j < keep && j < k ? 1.0 : 0.0));
			sv_blob_unref(u);
		}
	}
	sv_agent_free(t->a);
	t->set.memory = fixed;
	assert_non_null(t->a = sv_agent_new(&t->set, &t->A));
	agentbed_global(t, &g, SV_OP_STEP, 1, accelerated);
	assert_int_equal(agentbed_answer(t, &g, &u), SV_AGENT_FAILED);
	assert_non_null(strstr(t->why, "the fista solver takes 1 MB"));
	sv_frame_fini(&g);
}

static void
weights_of_rounds_not_kept_are_refused(void **state)
{
	static const double theta[3] = { 2.0, -0.5, -0.5 };
	struct agentbed *t = *state;
	struct sv_frame g;
	struct sv_blob *u;

	sv_blob_unref(step(t, 1, theta, 0));
	assert_int_equal(sv_frame_make(&g, SV_GLOBAL, accelerated, SV_GL_N + 2,
	    SV_F64, COLS), 0);
	g.op = SV_OP_STEP;
	g.round = 2;
	for (int i = 0; i < SV_GL_N + 2; i++)
		sv_frame_scalars(&g)[i] = 1.0;
	assert_int_equal(agentbed_answer(t, &g, &u), SV_AGENT_FAILED);
	assert_non_null(strstr(t->why, "only 1 are kept"));
	sv_frame_fini(&g);
}

/* The newest c_i is kept when the task changes, unless vectors change, too. */
static void
another_task_keeps_the_newest_round(void **state)
{
	struct agentbed *t = *state;
	struct sv_frame g;
	struct sv_blob *u;
	double uu = 0.0;

	for (uint32_t k = 1; k <= 3; k++) {
		u = step(t, k, NULL, 0);
		if (k == 3)
			for (int i = 0; i < COLS; i++)
				uu += pow(vector(u)[i] - t->z[i], 2.0);
		sv_blob_unref(u);
	}
	/* Without memory: w = c of round 3. */
	agentbed_global(t, &g, SV_OP_STEP, 4, TASK);
	u = agentbed_ask(t, &g);
	assert_int_equal(sv_blob_frame(u)->nscalar, SV_UP_STEP_N);
	assert_true(scalars(u)[SV_UP_FRESH] == 0.0);
	assert_true(fabs(scalars(u)[SV_UP_UU] - uu) <= 1e-12 * uu);
	sv_blob_unref(u);
	/* With it again: round 4 is all there is. */
	u = step(t, 5, NULL, 0);
	assert_true(scalars(u)[SV_UP_FRESH] == 0.0);
	assert_true(scalars(u)[SV_UP_STEP_N + 3] == 1.0);
	assert_true(scalars(u)[SV_UP_STEP_N + 5] == 0.0);
	sv_blob_unref(u);
	/* Vectors with an intercept have nothing in common with these. */
	assert_int_equal(sv_frame_make(&g, SV_GLOBAL, weighted, 0, SV_F64, N),
	    0);
	g.op = SV_OP_GRAD;
	sv_blob_unref(agentbed_ask(t, &g));
	u = step(t, 6, NULL, 0);
	assert_true(scalars(u)[SV_UP_FRESH] == 1.0);
	assert_true(scalars(u)[SV_UP_STEP_N + 3] == 0.0);
	sv_blob_unref(u);
}

/*
 * theta_j and the losses of weighted, in the plainest way: what GRAD and CONJ
 * at ${x} must say.
 */
struct expected {
	double f, conj, positive, weight, g[N], v[N];
};

static void
expect(const struct agentbed *t, const double *x, const double gc[SV_GC_N],
    const double *given, struct expected *e)
{

	memset(e, 0, sizeof(*e));
	for (uint64_t j = 0; j < ROWS; j++) {
		double y = t->A.label[j], m = x[COLS], d, s, w;

		for (uint64_t k = t->A.start[j]; k < t->A.start[j + 1]; k++)
			m += t->A.val[k] * x[t->A.col[k]];
		d = fmax(0.0, 1.0 - y * m);
		w = (y > 0.0 ? 3.0 : 0.5) * (given != NULL ? given[j] : 1.0);
		e->weight += w;
		e->f += w * d * d;
		d = -2.0 * y * d;
		s = gc[y > 0.0 ? SV_GC_POSITIVE : SV_GC_OTHER] * d;
		/* (max(0, 1 - y m)^2)* at s is s y + s^2 / 4 for s y <= 0. */
		e->conj += w * (s * y + s * s / 4.0);
		e->positive += y > 0.0 ? w * s : 0.0;
		for (uint64_t k = t->A.start[j]; k < t->A.start[j + 1]; k++) {
			e->g[t->A.col[k]] += w * d * t->A.val[k];
			e->v[t->A.col[k]] += w * s * t->A.val[k];
		}
		e->g[COLS] += w * d;
		e->v[COLS] += w * s;
	}
}

static void
near(double a, double b, const char *what)
{

	if (!(fabs(a - b) <= 1e-11 * (1.0 + fabs(b))))
		fail_msg("%s: %.17g, expected %.17g", what, a, b);
}

/* GRAD and CONJ at the same point, and what they say. */
static void
looks_agree(struct agentbed *t, const double *given)
{
	static const double gc[SV_GC_N] = { 0.0, 0.75, 0.25, 0.0 };
	double z[N];
	struct expected e;
	struct sv_frame g;
	struct sv_blob *u;

	for (int i = 0; i < N; i++)
		z[i] = i < COLS ? t->z[i] : 0.3;
	expect(t, z, gc, given, &e);
	for (int conj = 0; conj < 2; conj++) {
		assert_int_equal(sv_frame_make(&g, SV_GLOBAL, weighted,
		    conj ? SV_GC_N : 0, SV_F64, N), 0);
		g.op = conj ? SV_OP_CONJ : SV_OP_GRAD;
		if (conj)
			memcpy(sv_frame_scalars(&g), gc, sizeof(gc));
		memcpy(sv_frame_elems(&g), z, sizeof(z));
		u = agentbed_ask(t, &g);
		for (int i = 0; i < N; i++)
			near(vector(u)[i], conj ? e.v[i] : e.g[i], "vector");
		if (conj) {
			near(scalars(u)[SV_UP_CONJ], e.conj, "conj");
			near(scalars(u)[SV_UP_CPOSITIVE], e.positive,
			    "positive");
			assert_true(scalars(u)[SV_UP_CPASSES] > 0.0);
		} else {
			near(scalars(u)[SV_UP_FZ], e.f, "f");
			near(scalars(u)[SV_UP_WEIGHT], e.weight, "weight");
			assert_true(scalars(u)[SV_UP_ROWS] == ROWS);
		}
		sv_blob_unref(u);
	}
}

static void
models_weigh_rows_and_have_intercepts(void **state)
{
	struct agentbed *t = *state;
	uint64_t seed = 12;

	looks_agree(t, NULL);
	/* Once more, with weights of the rows. */
	sv_agent_free(t->a);
	t->A.weight = malloc(ROWS * sizeof(*t->A.weight));
	assert_non_null(t->A.weight);
	for (int j = 0; j < ROWS; j++)
		t->A.weight[j] = j % 7 == 0 ? 0.0 : rows_uniform(&seed);
	assert_non_null(t->a = sv_agent_new(&t->set, &t->A));
	looks_agree(t, t->A.weight);
}

/* CONJ with own = 1 is CONJ at the x_i of the last step: v - R / alpha. */
static void
own_points_are_the_shards(void **state)
{
	struct agentbed *t = *state;
	double gc[SV_GC_N] = { 0.0, 1.0, 1.0, 0.0 }, x[COLS];
	double own[COLS];
	struct sv_blob *u;
	struct sv_frame g;

	u = step(t, 1, NULL, 0);
	/* w = 0 in round 1, and c = w + alpha (x - z). */
	for (int i = 0; i < COLS; i++)
		x[i] = t->z[i] + vector(u)[i] / 1.6;
	sv_blob_unref(u);
	for (int at = 0; at < 2; at++) {
		assert_int_equal(sv_frame_make(&g, SV_GLOBAL, accelerated,
		    SV_GC_N, SV_F64, COLS), 0);
		g.op = SV_OP_CONJ;
		gc[SV_GC_OWN] = at == 0;
		memcpy(sv_frame_scalars(&g), gc, sizeof(gc));
		memcpy(sv_frame_elems(&g), at == 0 ? t->z : x, sizeof(x));
		u = agentbed_ask(t, &g);
		for (int i = 0; i < COLS; i++) {
			if (at == 0)
				own[i] = vector(u)[i];
			else
				near(vector(u)[i], own[i], "own");
		}
		sv_blob_unref(u);
	}
}

static void
bad_conj_is_refused(void **state)
{
	static const double bad[4] = { NAN, INFINITY, -0.1, 1.1 };
	struct agentbed *t = *state;
	struct sv_frame g;
	struct sv_blob *u;

	for (int k = 0; k < 5; k++) {
		assert_int_equal(sv_frame_make(&g, SV_GLOBAL, accelerated,
		    k < 4 ? SV_GC_N : SV_GC_N - 1, SV_F64, COLS), 0);
		g.op = SV_OP_CONJ;
		if (k < 4)
			sv_frame_scalars(&g)[SV_GC_OTHER] = bad[k];
		assert_int_equal(agentbed_answer(t, &g, &u), SV_AGENT_FAILED);
		sv_frame_fini(&g);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, agentbed_setup, \
    agentbed_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(weights_mix_what_was_sent),
		TEST(replacement_has_no_memory),
		TEST(memory_is_what_there_is),
		TEST(weights_of_rounds_not_kept_are_refused),
		TEST(another_task_keeps_the_newest_round),
		TEST(models_weigh_rows_and_have_intercepts),
		TEST(own_points_are_the_shards),
		TEST(bad_conj_is_refused)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
