#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "rows.h"
#include "statebed.h"

/* Rows like those of rows.h, as dense as they are asked for. */
static void
fill(struct sv_matrix *A, const struct statebed_kind *kind, uint64_t seed)
{
	struct sv_csr rows;
	uint64_t k = 0;

	assert_int_equal(sv_csr_alloc(&rows, kind->rows, kind->cols,
	    kind->rows * kind->cols), 0);
	for (uint64_t j = 0; j < kind->rows; j++) {
		double s = 0.0;

		for (uint64_t i = 0; i < kind->cols; i++) {
			if (rows_uniform(&seed) >= kind->keep)
				continue;
			rows.col[k] = (uint32_t)i;
			rows.val[k] = 2.0 * rows_uniform(&seed) - 1.0;
			s += rows.val[k++] * (i % 2 == 0 ? 1.0 : -1.0);
		}
		rows.start[j + 1] = k;
		rows.label[j] = (s >= 0.0) == (j % 10 != 9) ? 1.0 : -1.0;
		if (strcmp(kind->loss, "poisson") == 0)
			rows.label[j] += 1.0;
	}
	rows.nnz = k;
	sv_matrix_take(A, &rows);
}

struct sv_agent *
statebed_agent(const struct statebed *t, int i, uint64_t memory)
{
	struct sv_agent_setting set = { .job = 7, .shard = (uint32_t)i,
	    .generation = 1, .isa = sv_isa_pick(NULL), .memory = memory };
	struct sv_agent *a = sv_agent_new(&set, &t->A[i]);

	assert_non_null(a);
	return (a);
}

struct sv_blob *
statebed_answer(const struct statebed *t, struct sv_agent *a, enum sv_op op,
    uint32_t round)
{
	struct sv_frame g;
	struct sv_blob *u;
	char why[SV_WHY];

	assert_int_equal(sv_frame_make(&g, SV_GLOBAL, t->task, op == SV_OP_STEP ?
	    (uint32_t)t->ngl : op == SV_OP_CONJ ? SV_GC_N : 0, SV_F64, t->n), 0);
	g.op = (uint8_t)op;
	g.round = round;
	if (op == SV_OP_STEP) {
		memcpy(sv_frame_scalars(&g), t->gl, t->ngl * sizeof(*t->gl));
	} else if (op == SV_OP_CONJ) {
		sv_frame_scalars(&g)[SV_GC_OWN] = 1.0;
		sv_frame_scalars(&g)[SV_GC_POSITIVE] = 0.5;
	}
	memcpy(sv_frame_elems(&g), t->z, t->n * sizeof(*t->z));
	if (sv_agent_answer(a, &g, sv_clock_mono(), &u, why) != SV_AGENT_UPDATE)
		fail_msg("round %" PRIu32 ": %s", round, why);
	sv_frame_fini(&g);
	return (u);
}

/* Add up the updates to the last GLOBAL. */
static void
sum(const struct statebed *t, struct sv_blob *const *u, double *v, double *up)
{

	memset(v, 0, t->n * sizeof(*v));
	for (int i = 0; i < STATEBED_W; i++) {
		const struct sv_frame *f = sv_blob_frame(u[i]);
		const double *c = sv_frame_elems(f), *s = sv_frame_scalars(f);

		for (size_t j = 0; j < t->n; j++)
			v[j] += c[j];
		for (uint32_t j = 0; j < f->nscalar; j++)
			up[j] += s[j];
	}
}

static void
start(struct statebed *t)
{
	struct sv_blob *u[STATEBED_W];
	double *g = calloc(t->n, sizeof(*g)), up[SV_UP_GRAD_N] = { 0.0 };

	assert_non_null(g);
	for (int i = 0; i < STATEBED_W; i++)
		u[i] = statebed_answer(t, t->agent[i], SV_OP_GRAD, 0);
	sum(t, u, g, up);
	sv_admm_method.start(t->master, g, up);
	for (int i = 0; i < STATEBED_W; i++)
		sv_blob_unref(u[i]);
	free(g);
}

void
statebed_task(struct statebed *t, const char *solver)
{

	snprintf(t->task, sizeof(t->task), "{\"task\":1,\"loss\":\"%s\","
	    "\"intercept\":%s,\"memory\":%u,\"solver\":\"%s\",\"kmin\":1,"
	    "\"kmax\":40,\"eps_g\":0,\"eps_f\":0}", t->kind.loss,
	    t->kind.intercept ? "true" : "false", STATEBED_MEMORY, solver);
}

void
statebed_init(struct statebed *t, const struct statebed_kind *kind)
{
	struct sv_admm_conf conf;

	memset(t, 0, sizeof(*t));
	t->kind = *kind;
	t->n = (size_t)kind->cols + (kind->intercept != 0);
	statebed_task(t, kind->solver);
	assert_non_null(t->z = calloc(t->n, sizeof(*t->z)));
	for (int i = 0; i < STATEBED_W; i++) {
		fill(&t->A[i], kind, 5 + (uint64_t)i);
		t->agent[i] = statebed_agent(t, i, 0);
	}
	sv_admm_conf_init(&conf);
	sv_prox_l1(&conf.g, 0.5);
	conf.n = t->n;
	conf.workers = STATEBED_W;
	conf.memory = STATEBED_MEMORY;
	assert_non_null(t->master = sv_admm_new(&conf));
	start(t);
}

void
statebed_fini(struct statebed *t)
{

	sv_admm_method.free(t->master);
	for (int i = 0; i < STATEBED_W; i++) {
		sv_agent_free(t->agent[i]);
		sv_blob_unref(t->update[i]);
		sv_matrix_fini(&t->A[i]);
	}
	free(t->z);
}

void
statebed_round(struct statebed *t)
{
	double *v = calloc(t->n, sizeof(*v)), up[SV_METHOD_SCALARS] = { 0.0 };
	char why[SV_WHY];

	assert_non_null(v);
	t->ngl = sv_admm_method.scalars(t->master, t->gl);
	memcpy(t->z, sv_admm_method.point(t->master), t->n * sizeof(*t->z));
	t->round++;
	for (int i = 0; i < STATEBED_W; i++) {
		sv_blob_unref(t->update[i]);
		t->update[i] = statebed_answer(t, t->agent[i], SV_OP_STEP,
		    t->round);
	}
	sum(t, t->update, v, up);
	if (sv_admm_method.feed(t->master, v, up, why) == -1)
		fail_msg("round %" PRIu32 ": %s", t->round, why);
	free(v);
}

struct sv_agent *
statebed_successor(const struct statebed *t, int i, const struct sv_agent *a)
{
	struct sv_agent *b = statebed_agent(t, i, 0);
	char why[SV_WHY];
	uint8_t *bytes;
	size_t len;

	assert_int_equal(sv_agent_save(a, &bytes, &len), 0);
	if (sv_agent_adopt(b, bytes, len, why) == -1)
		fail_msg("not adopted: %s", why);
	assert_int_equal(sv_agent_round(b), sv_agent_round(a));
	free(bytes);
	return (b);
}

void
statebed_same(const struct sv_blob *u, const struct sv_blob *v)
{
	const struct sv_frame *f = sv_blob_frame(u), *g = sv_blob_frame(v);
	const size_t times = SV_UP_FRESH;

	assert_int_equal(f->op, g->op);
	assert_int_equal(f->round, g->round);
	assert_int_equal(f->shard, g->shard);
	assert_int_equal(f->nscalar, g->nscalar);
	assert_true(f->length == g->length);
	assert_memory_equal(sv_frame_scalars(f) + times,
	    sv_frame_scalars(g) + times, (f->nscalar - times) * sizeof(double));
	assert_memory_equal(sv_frame_elems(f), sv_frame_elems(g),
	    (size_t)sv_frame_nelem(f) * sizeof(double));
}
