#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "clock.h"
#include "kernel.h"
#include "task.h"

#define BLOCK 256	/* columns combined at once */

struct sv_agent {
	struct sv_agent_setting set;
	const struct sv_csr *A;

	/* The task, by the text it was parsed from. */
	char *text;
	uint32_t ntext;
	struct sv_task task;
	struct sv_kernel kernel;
	uint64_t positive;	/* rows with a positive label */
	void *solver;	/* memory of task.solver */

	/* The shard's state after a STEP of ${round}; 0: there is none. */
	uint32_t round;
	double *x;
	struct sv_blob *c;	/* the update that holds c_i */

	struct sv_blob *last;	/* what was answered last, and its seq */
	double sent;	/* when; 0: nothing yet */
	double cpu;	/* CPU seconds used until then */
};

/* A STEP in the making. */
struct step {
	const double *z;
	double rho, ratio, alpha;
	double *v;	/* 2 z - w; at last c, in the frame that is sent */
	const double *base;	/* what w is made of; NULL: w = 0 */
	int fresh;	/* base is grad f(z) */
	double xx, dd, uu;	/* |x|^2, |x - z|^2, |w - z|^2 */
};

struct sv_agent *
sv_agent_new(const struct sv_agent_setting *setting, const struct sv_csr *A)
{
	struct sv_agent *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return (NULL);
	a->set = *setting;
	a->A = A;
	a->cpu = sv_clock_cpu();
	if ((a->x = calloc(A->cols, sizeof(*a->x))) == NULL) {
		free(a);
		return (NULL);
	}
	return (a);
}

/* Forget the task. */
static void
drop_task(struct sv_agent *a)
{

	if (a->solver != NULL)
		a->task.solver->destroy(a->solver);
	a->solver = NULL;
	if (a->kernel.y != a->A->label)
		free((void *)(uintptr_t)a->kernel.y);
	a->kernel.y = a->A->label;
	free(a->text);
	a->text = NULL;
}

void
sv_agent_free(struct sv_agent *a)
{

	if (a == NULL)
		return;
	if (a->text != NULL)
		drop_task(a);
	sv_blob_unref(a->c);
	sv_blob_unref(a->last);
	free(a->x);
	free(a);
}

static enum sv_agent_end
nomem(char why[SV_WHY])
{

	snprintf(why, SV_WHY, "out of memory");
	return (SV_AGENT_FAILED);
}

static enum sv_agent_end
bad(char why[SV_WHY], const char *what)
{

	snprintf(why, SV_WHY, "global: %s", what);
	return (SV_AGENT_FAILED);
}

/* Labels, kernel and solver for the task just parsed. */
static enum sv_agent_end
prepare(struct sv_agent *a, char why[SV_WHY])
{

	a->kernel.A = a->A;
	a->kernel.loss = a->task.loss;
	a->kernel.isa = a->set.isa;
	a->kernel.y = a->A->label;
	if (sv_loss_labels(a->task.loss, a->A->label, a->A->rows, &a->kernel.y,
	    why) == -1)
		return (SV_AGENT_FAILED);
	a->positive = 0;
	for (uint64_t j = 0; j < a->A->rows; j++)
		a->positive += a->kernel.y[j] > 0.0;
	a->solver = a->task.solver->create(a->A->rows, a->A->cols);
	return (a->solver != NULL ? SV_AGENT_UPDATE : nomem(why));
}

/*
 * Make the task that the frame asks for the agent's.  A new one keeps the
 * shard's x and c: they are vectors of the problem, not of the solver.
 */
static enum sv_agent_end
take_task(struct sv_agent *a, const struct sv_frame *g, char why[SV_WHY])
{

	if (a->text != NULL && a->ntext == g->ntext &&
	    memcmp(a->text, sv_frame_text(g), g->ntext) == 0)
		return (SV_AGENT_UPDATE);
	if (a->text != NULL)
		drop_task(a);
	if (sv_task_parse(&a->task, sv_frame_text(g), g->ntext, why) == -1)
		return (SV_AGENT_FAILED);
	if ((a->text = malloc(g->ntext)) == NULL)
		return (nomem(why));
	memcpy(a->text, sv_frame_text(g), g->ntext);
	a->ntext = g->ntext;
	if (prepare(a, why) == SV_AGENT_UPDATE)
		return (SV_AGENT_UPDATE);
	drop_task(a);
	return (SV_AGENT_FAILED);
}

/* Type and vector of a GLOBAL; what is said here holds for every op. */
static enum sv_agent_end
check(const struct sv_agent *a, const struct sv_frame *g, char why[SV_WHY])
{
	const double *z = sv_frame_elems(g);

	if (g->type != SV_GLOBAL)
		return (bad(why, "this is another type of frame"));
	if (g->op != SV_OP_STEP && g->op != SV_OP_GRAD) {
		snprintf(why, SV_WHY, "global: operation %u (%s) is not "
		    "supported", g->op, sv_frame_op_name(g->op));
		return (SV_AGENT_FAILED);
	}
	if (g->elem != SV_F64)
		return (bad(why, "elements must be f64"));
	if (sv_frame_nelem(g) != a->A->cols) {
		snprintf(why, SV_WHY, "global: %" PRIu64 " elements, but the "
		    "shard has %" PRIu64 " columns", sv_frame_nelem(g),
		    a->A->cols);
		return (SV_AGENT_FAILED);
	}
	for (uint64_t j = 0; j < a->A->cols; j++) {
		if (!isfinite(z[j])) {
			snprintf(why, SV_WHY, "global: element %" PRIu64
			    " is not finite", j);
			return (SV_AGENT_FAILED);
		}
	}
	return (SV_AGENT_UPDATE);
}

/* Scalars and round of a STEP. */
static enum sv_agent_end
check_step(const struct sv_agent *a, const struct sv_frame *g, struct step *s,
    char why[SV_WHY])
{
	const double *scalars = sv_frame_scalars(g);

	if (g->nscalar != SV_GL_N) {
		snprintf(why, SV_WHY, "global: %" PRIu32 " scalars, not %d",
		    g->nscalar, SV_GL_N);
		return (SV_AGENT_FAILED);
	}
	s->rho = scalars[SV_GL_RHO];
	s->ratio = scalars[SV_GL_RATIO];
	s->alpha = scalars[SV_GL_ALPHA];
	if (!isfinite(s->rho) || s->rho <= 0.0)
		return (bad(why, "rho must be finite and above 0"));
	if (!isfinite(s->ratio) || s->ratio <= 0.0)
		return (bad(why, "the ratio of rho must be finite and above 0"));
	if (!(s->alpha > 0.0 && s->alpha < 2.0))
		return (bad(why, "alpha must be above 0 and below 2"));
	if (g->round == 0)
		return (bad(why, "rounds count from 1"));
	if (g->round != 1 && a->round != 0 && g->round != a->round + 1) {
		snprintf(why, SV_WHY, "global: round %" PRIu32 " came after "
		    "round %" PRIu32, g->round, a->round);
		return (SV_AGENT_FAILED);
	}
	return (SV_AGENT_UPDATE);
}

/* An empty update to ${g}. */
static enum sv_agent_end
make_update(const struct sv_agent *a, const struct sv_frame *g,
    uint32_t nscalar, struct sv_frame *u, char why[SV_WHY])
{

	if (sv_frame_make(u, SV_UPDATE, NULL, nscalar, SV_F64,
	    a->A->cols) == -1)
		return (nomem(why));
	u->op = g->op;
	u->round = g->round;
	u->seq = g->seq;
	u->job = a->set.job;
	u->shard = a->set.shard;
	u->generation = a->set.generation;
	return (SV_AGENT_UPDATE);
}

/* w_j from what it is made of: see agent.h. */
static double
w_of(const struct step *s, uint64_t j)
{

	if (s->base == NULL)
		return (0.0);
	if (s->fresh)
		return (s->z[j] - s->base[j] / s->rho);
	if (s->ratio == 1.0)
		return (s->base[j]);
	return (s->z[j] + (s->base[j] - s->z[j]) / s->ratio);
}

/* v = 2 z - w and |u|^2, u = w - z. */
static void
centre(const struct sv_agent *a, struct step *s)
{
	double u[BLOCK];
	size_t n;

	s->uu = 0.0;
	for (uint64_t i = 0; i < a->A->cols; i += n) {
		n = a->A->cols - i < BLOCK ? (size_t)(a->A->cols - i) : BLOCK;
		for (size_t j = 0; j < n; j++) {
			u[j] = w_of(s, i + j) - s->z[i + j];
			s->v[i + j] = s->z[i + j] - u[j];
		}
		s->uu += a->set.isa->dot(u, u, n);
	}
}

/* c = w + alpha (x - z) in the place of v, |x|^2 and |x - z|^2. */
static void
contribute(const struct sv_agent *a, struct step *s)
{
	double e[BLOCK];
	size_t n;

	s->xx = s->dd = 0.0;
	for (uint64_t i = 0; i < a->A->cols; i += n) {
		n = a->A->cols - i < BLOCK ? (size_t)(a->A->cols - i) : BLOCK;
		for (size_t j = 0; j < n; j++) {
			e[j] = a->x[i + j] - s->z[i + j];
			s->v[i + j] = w_of(s, i + j) + s->alpha * e[j];
		}
		s->dd += a->set.isa->dot(e, e, n);
		s->xx += a->set.isa->dot(a->x + i, a->x + i, n);
	}
}

/*
 * Where w and x start: from nothing in round 1, from the state, or from z and
 * the gradient there, which goes into ${grad}, a frame of the caller's.
 */
static enum sv_agent_end
begin(struct sv_agent *a, const struct sv_frame *g, struct step *s,
    struct sv_frame *grad, char why[SV_WHY])
{

	if (g->round == 1) {
		memset(a->x, 0, a->A->cols * sizeof(*a->x));
		a->task.solver->reset(a->solver);
	} else if (a->round != 0) {
		s->base = sv_frame_elems(sv_blob_frame(a->c));
	} else {
		if (make_update(a, g, 0, grad, why) != SV_AGENT_UPDATE)
			return (SV_AGENT_FAILED);
		sv_kernel_gradient(&a->kernel, s->z, NULL, NULL, sv_frame_elems(grad));
		memcpy(a->x, s->z, a->A->cols * sizeof(*a->x));
		s->base = sv_frame_elems(grad);
		s->fresh = 1;
	}
	return (SV_AGENT_UPDATE);
}

/* The subproblem, and the scalars of the update. */
static enum sv_agent_end
solve(struct sv_agent *a, struct step *s, double *scalars, char why[SV_WHY])
{
	struct sv_local_problem p = {
		.kernel = &a->kernel, .v = s->v, .rho = s->rho, .x = a->x,
		.poll = a->set.poll, .ctx = a->set.ctx
	};
	struct sv_local_report report = { .f = 0.0 };

	centre(a, s);
	switch (a->task.solver->solve(a->solver, &p, &a->task.options, &report,
	    why)) {
	case SV_LOCAL_ABORTED:
		return (SV_AGENT_ABORTED);
	case SV_LOCAL_FAILED:
		return (SV_AGENT_FAILED);
	case SV_LOCAL_DONE:
		break;
	}
	contribute(a, s);
	if (!isfinite(s->xx + s->dd + s->uu)) {
		snprintf(why, SV_WHY, "the shard's vectors are not finite");
		return (SV_AGENT_FAILED);
	}
	scalars[SV_UP_FRESH] = s->fresh;
	scalars[SV_UP_XX] = s->xx;
	scalars[SV_UP_DD] = s->dd;
	scalars[SV_UP_UU] = s->uu;
	scalars[SV_UP_FX] = report.f;
	scalars[SV_UP_INNER] = (double)report.inner;
	scalars[SV_UP_PASSES] = report.passes + s->fresh;
	scalars[SV_UP_CAPPED] = report.capped;
	return (SV_AGENT_UPDATE);
}

static enum sv_agent_end
answer_step(struct sv_agent *a, const struct sv_frame *g, struct sv_frame *u,
    char why[SV_WHY])
{
	struct step s = { .z = sv_frame_elems(g) };
	struct sv_frame grad = { .payload = NULL };
	enum sv_agent_end end;

	if ((end = check_step(a, g, &s, why)) != SV_AGENT_UPDATE ||
	    (end = make_update(a, g, SV_UP_STEP_N, u, why)) != SV_AGENT_UPDATE)
		return (end);
	s.v = sv_frame_elems(u);
	if ((end = begin(a, g, &s, &grad, why)) == SV_AGENT_UPDATE)
		end = solve(a, &s, sv_frame_scalars(u), why);
	sv_frame_fini(&grad);
	if (end != SV_AGENT_UPDATE)
		sv_frame_fini(u);
	return (end);
}

static enum sv_agent_end
answer_grad(struct sv_agent *a, const struct sv_frame *g, struct sv_frame *u,
    char why[SV_WHY])
{
	double *scalars, *v;
	enum sv_agent_end end;

	if ((end = make_update(a, g, SV_UP_GRAD_N, u, why)) != SV_AGENT_UPDATE)
		return (end);
	scalars = sv_frame_scalars(u);
	v = sv_frame_elems(u);
	scalars[SV_UP_FZ] = sv_kernel_gradient(&a->kernel, sv_frame_elems(g),
	    NULL, NULL, v);
	scalars[SV_UP_ROWS] = (double)a->A->rows;
	scalars[SV_UP_POS] = (double)a->positive;
	scalars[SV_UP_WEIGHT] = (double)a->A->rows;
	scalars[SV_UP_GPASSES] = 1.0;
	if (isfinite(scalars[SV_UP_FZ] +
	    a->set.isa->dot(v, v, (size_t)a->A->cols)))
		return (SV_AGENT_UPDATE);
	snprintf(why, SV_WHY, "loss or gradient at z is not finite");
	sv_frame_fini(u);
	return (SV_AGENT_FAILED);
}

/* Stamp and seal the update, and keep what has to be kept of it. */
static enum sv_agent_end
finish(struct sv_agent *a, struct sv_frame *u, double received,
    struct sv_blob **update, char why[SV_WHY])
{
	double *scalars = sv_frame_scalars(u);
	double cpu = sv_clock_cpu(), now = sv_clock_mono();

	scalars[SV_UP_COMP] = fmax(now - received, 0.0);
	scalars[SV_UP_IDLE] = a->sent > 0.0 ? fmax(received - a->sent, 0.0) : 0.0;
	scalars[SV_UP_CPU] = fmax(cpu - a->cpu, 0.0);
	a->sent = now;
	a->cpu = cpu;
	if ((*update = sv_blob_seal(u)) == NULL)
		return (nomem(why));
	sv_blob_unref(a->last);
	a->last = sv_blob_ref(*update);
	if (u->op == SV_OP_STEP) {
		sv_blob_unref(a->c);
		a->c = sv_blob_ref(*update);
		a->round = u->round;
	}
	return (SV_AGENT_UPDATE);
}

/* Has this very frame been answered? */
static int
answered(const struct sv_agent *a, const struct sv_frame *g)
{
	const struct sv_frame *u;

	if (g->type != SV_GLOBAL || g->seq == 0 || a->last == NULL)
		return (0);
	u = sv_blob_frame(a->last);
	return (u->seq == g->seq && u->op == g->op && u->round == g->round);
}

enum sv_agent_end
sv_agent_answer(struct sv_agent *a, const struct sv_frame *global,
    double received, struct sv_blob **update, char why[SV_WHY])
{
	struct sv_frame u;
	enum sv_agent_end end;

	*update = NULL;
	if (answered(a, global)) {
		*update = sv_blob_ref(a->last);
		return (SV_AGENT_UPDATE);
	}
	if ((end = check(a, global, why)) != SV_AGENT_UPDATE ||
	    (end = take_task(a, global, why)) != SV_AGENT_UPDATE)
		return (end);
	if (global->op == SV_OP_STEP)
		end = answer_step(a, global, &u, why);
	else
		end = answer_grad(a, global, &u, why);
	if (end != SV_AGENT_UPDATE)
		return (end);
	return (finish(a, &u, received, update, why));
}
