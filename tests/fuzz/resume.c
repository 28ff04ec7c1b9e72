#include "config.h"

#include <math.h>
#include <string.h>

#include "admm.h"
#include "apg.h"
#include "checkpoint.h"
#include "fuzz.h"
#include "journal.h"
#include "same.h"
#include "state.h"

/*
 * Run files as journals (tools/master/journal.c): whatever is in them, what is
 * complete is there when it is asked for, and a checkpoint that is taken makes
 * a master that can go on.
 */

#define N 5	/* elements */
#define W 2u	/* shards */

static const char problem[] = "{\"kind\":\"recipe\",\"recipe\":1,\"n\":30,"
    "\"d\":5,\"k\":1,\"p\":0.5,\"seed\":1}";
static const char about[] = "{\"method\":\"admm\",\"version\":1,\"workers\":2,"
    "\"elements\":5,\"task\":\"{\\\"task\\\":1,\\\"loss\\\":\\\"logistic\\\","
    "\\\"intercept\\\":false}\",\"regulariser\":{\"l1\":1.0},\"path\":3}";

/* Whatever was in the file, a comparison says why. */
static void
compare(const struct journal *j)
{
	json_t *now = json_loads(about, 0, NULL);
	json_t *rows = json_loads(problem, 0, NULL);
	char why[SAME_WHY] = "";

	MUST(now != NULL && rows != NULL);
	if (j->about != NULL)
		MUST(same_about(j->about, now, why) == SAME || why[0] != '\0');
	why[0] = '\0';
	if (j->problem != NULL)
		MUST(same_problem(j->problem, rows, why) == SAME ||
		    why[0] != '\0');
	json_decref(rows);
	json_decref(now);
}

static int
count(void *ctx, struct sv_frame *f)
{
	uint32_t *parts = ctx;

	MUST(f->shard < W && sv_state_check(f) == NULL);
	MUST(sv_frame_scalars(f)[SV_ST_PART] == parts[f->shard]);
	parts[f->shard]++;
	return (0);
}

/* Rounds and looks of a master whose state came from the file. */
static void
go_on(struct master *m)
{
	double gl[SV_METHOD_SCALARS], sum[N], up[SV_METHOD_SCALARS] = { 0 };
	struct sv_view v = { .passes = 0.0 };
	char why[SV_WHY];

	for (int k = 0; k < 4; k++) {
		MUST(m->method->scalars(m->self, gl) <= SV_METHOD_SCALARS);
		for (size_t i = 0; i < N; i++)
			sum[i] = m->method->point(m->self)[i] + (double)i;
		for (uint32_t i = 0; i < SV_UP_STEP_N + 18; i++)
			up[i] = i < SV_UP_STEP_N ? 1.0 : W;
		up[SV_UP_FRESH] = k % 2;
		if (m->method->feed(m->self, sum, up, why) == -1)
			return;
		m->method->look(m->self, &v);
		(void)sv_judge_due(m->judge, m->method->merit(m->self),
		    v.passes);
		(void)m->method->met(m->self);
		(void)sv_judge_grad(m->judge, m->method->answer(m->self),
		    m->method->slopes(m->self), sum, up, k == 3);
		sv_judge_look(m->judge, &v);
	}
}

/* The checkpoint, by a master of either method. */
static void
restore(const struct sv_frame *f, int fista, uint32_t path)
{
	struct choice choice;
	struct sv_judge_conf judge = { .n = N, .workers = W,
	    .loss = sv_loss_find("logistic"), .tolerance = 1e-4,
	    .certify = 1, .own = !fista, .least = 1.0 };
	struct master m = { .choice = &choice };
	struct sv_admm_conf admm;
	struct sv_apg_conf apg;
	char why[SV_WHY] = "";

	choice_init(&choice);
	choice.path = path;
	sv_prox_l1(&m.base, 1.0);
	m.base.d = N;
	m.g = judge.g = m.base;
	sv_admm_conf_init(&admm);
	sv_apg_conf_init(&apg);
	admm.g = apg.g = m.base;
	admm.n = apg.n = N;
	admm.workers = apg.workers = W;
	m.method = fista ? &sv_apg_method : &sv_admm_method;
	m.self = fista ? (void *)sv_apg_new(&apg) : (void *)sv_admm_new(&admm);
	MUST((m.judge = sv_judge_new(&judge)) != NULL && m.self != NULL);
	if (checkpoint_restore(&m, f, why) == 0)
		go_on(&m);
	else
		MUST(why[0] != '\0');
	m.method->free(m.self);
	sv_judge_free(m.judge);
	choice_fini(&choice);
}

/* As a master of ADMM sees it, or one whose workers have no state. */
static void
look(const uint8_t *data, size_t size, int fista)
{
	uint32_t parts[W] = { 0 };
	struct journal j;
	struct sv_frame f;

	if (journal_read(&j, fuzz_fd(data, size), "fuzz", fista ? 0 : W) == 0) {
		MUST(j.bytes <= size && (j.damaged || j.bytes == size));
		compare(&j);
		for (size_t i = 0; i < j.nmodel; i++) {
			MUST(journal_frame(&j, &j.model[i], SV_MODEL, &f) == 0);
			sv_frame_fini(&f);
		}
		if (j.done.checkpoint.there) {
			MUST(journal_states(&j, count, parts) == 0);
			for (uint32_t i = 0; !fista && i < W; i++)
				MUST(parts[i] == j.done.shards[i].parts);
			MUST(journal_frame(&j, &j.done.checkpoint,
			    SV_CHECKPOINT, &f) == 0);
			restore(&f, fista, size % 2 ? 3 : 0);
			sv_frame_fini(&f);
		}
	}
	journal_fini(&j);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{

	look(data, size, 0);
	look(data, size, 1);
	return (0);
}
