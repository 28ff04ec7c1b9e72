#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "agent_state.h"

#define BLOCK 256	/* columns combined at once */

/* A STEP in the making. */
struct step {
	const double *z;
	double rho, ratio, alpha, eps;
	const double *theta;	/* weights of the c_i sent so far, newest first */
	unsigned ntheta;
	double *w;	/* at last R = alpha (x - z), in the history's slot */
	double *v;	/* 2 z - w; at last c, in the frame that is sent */
	int stale;	/* the state is not that of the round before */
	int fresh;	/* w was not made from the c_i sent last */
	double xx, dd, uu;	/* |x|^2, |x - z|^2, |w - z|^2 */
	double dx, dy;	/* see frame.h */
};

/* The weights of what was sent; none means the last one as it is. */
static enum sv_agent_end
check_weights(const struct sv_agent *a, const struct sv_frame *g,
    struct step *s, char why[SV_WHY])
{
	static const double last[1] = { 1.0 };

	s->theta = sv_frame_scalars(g) + SV_GL_N;
	s->ntheta = g->nscalar - SV_GL_N;
	for (unsigned j = 0; j < s->ntheta; j++)
		if (!isfinite(s->theta[j]))
			return (sv_agent_bad(why, "a weight is not finite"));
	if (g->round != 1 && a->round != 0 && !s->stale &&
	    s->ntheta > sv_history_held(a->history)) {
		snprintf(why, SV_WHY, "global: weights for %u rounds, but only "
		    "%u are kept", s->ntheta, sv_history_held(a->history));
		return (SV_AGENT_FAILED);
	}
	if (s->ntheta == 0) {
		s->theta = last;
		s->ntheta = 1;
	}
	return (SV_AGENT_UPDATE);
}

/* Scalars and round of a STEP. */
static enum sv_agent_end
check_step(const struct sv_agent *a, const struct sv_frame *g, struct step *s,
    char why[SV_WHY])
{
	const double *scalars = sv_frame_scalars(g);

	if (g->nscalar < SV_GL_N ||
	    g->nscalar > SV_GL_N + a->task.memory + 1) {
		snprintf(why, SV_WHY, "global: %" PRIu32 " scalars, not %d and "
		    "up to %" PRIu32 " weights", g->nscalar, SV_GL_N,
		    a->task.memory + 1);
		return (SV_AGENT_FAILED);
	}
	s->rho = scalars[SV_GL_RHO];
	s->ratio = scalars[SV_GL_RATIO];
	s->alpha = scalars[SV_GL_ALPHA];
	s->eps = scalars[SV_GL_EPS];
	if (!isfinite(s->rho) || s->rho <= 0.0)
		return (sv_agent_bad(why, "rho must be finite and above 0"));
	if (!isfinite(s->ratio) || s->ratio <= 0.0)
		return (sv_agent_bad(why, "the ratio of rho must be finite and "
		    "above 0"));
	if (!(s->alpha > 0.0 && s->alpha < 2.0))
		return (sv_agent_bad(why, "alpha must be above 0 and below 2"));
	if (!isfinite(s->eps) || s->eps < 0.0)
		return (sv_agent_bad(why, "eps must be finite and not below 0"));
	if (g->round == 0)
		return (sv_agent_bad(why, "rounds count from 1"));
	s->stale = a->adopted && g->round != 1 && g->round != a->round + 1;
	if (g->round != 1 && a->round != 0 && g->round != a->round + 1 &&
	    !s->stale) {
		snprintf(why, SV_WHY, "global: round %" PRIu32 " came after "
		    "round %" PRIu32, g->round, a->round);
		return (SV_AGENT_FAILED);
	}
	return (check_weights(a, g, s, why));
}

/*
 * Where w and x start: from nothing in round 1, from the state, from an older
 * one, or from z and the gradient there.
 */
static void
begin(struct sv_agent *a, const struct sv_frame *g, struct step *s)
{

	if (g->round == 1) {
		memset(a->x, 0, a->n * sizeof(*a->x));
		memset(s->w, 0, a->n * sizeof(*s->w));
		a->task.solver->reset(a->solver);
	} else if (s->stale) {
		/*
		 * The y of then, not the gradient at z.  Measured (a8a and
		 * reuters, 16 and 64 shards, saved every 5 or 10 rounds, F to
		 * 1e-6): with a shard lost every 3 or 5 rounds it takes 11 to
		 * 55 percent fewer rounds, a8a with 16 shards and a loss every
		 * 3 rounds a tenth of them or less; with one every 10 or 20
		 * from 27 percent fewer to 23 percent more.
		 */
		for (size_t j = 0; j < a->n; j++)
			s->w[j] = s->z[j] - a->y[j] / s->rho;
		s->fresh = 1;
	} else if (a->round != 0) {
		sv_history_combine(a->history, s->theta, s->ntheta, s->w);
		if (!(s->ratio < 1.0 || s->ratio > 1.0))
			return;
		/* w - z is the scaled dual: rho times it stays. */
		for (size_t j = 0; j < a->n; j++)
			s->w[j] = s->z[j] + (s->w[j] - s->z[j]) / s->ratio;
	} else {
		sv_kernel_gradient(&a->kernel, s->z, NULL, NULL, s->w);
		for (size_t j = 0; j < a->n; j++)
			s->w[j] = s->z[j] - s->w[j] / s->rho;
		memcpy(a->x, s->z, a->n * sizeof(*a->x));
		s->fresh = 1;
	}
}

/* v = 2 z - w and |u|^2, u = w - z. */
static void
centre(const struct sv_agent *a, struct step *s)
{
	double u[BLOCK];
	size_t n;

	s->uu = 0.0;
	for (size_t i = 0; i < a->n; i += n) {
		n = a->n - i < BLOCK ? a->n - i : BLOCK;
		for (size_t j = 0; j < n; j++) {
			u[j] = s->w[i + j] - s->z[i + j];
			s->v[i + j] = s->z[i + j] - u[j];
		}
		s->uu += a->set.isa->dot(u, u, n);
	}
}

/* y = rho (v - x), and how far x and y have come since the round before. */
static void
moved(struct sv_agent *a, struct step *s)
{
	double ex[BLOCK], ey[BLOCK];
	size_t n;

	s->dx = s->dy = 0.0;
	for (size_t i = 0; i < a->n; i += n) {
		n = a->n - i < BLOCK ? a->n - i : BLOCK;
		for (size_t j = 0; j < n; j++) {
			double y = s->rho * (s->v[i + j] - a->x[i + j]);

			ex[j] = a->x[i + j] - a->xp[i + j];
			ey[j] = y - a->y[i + j];
			a->xp[i + j] = a->x[i + j];
			a->y[i + j] = y;
		}
		s->dx += a->set.isa->dot(ex, ex, n);
		s->dy += a->set.isa->dot(ey, ey, n);
	}
}

/*
 * R = alpha (x - z) in the place of w, c = w + R in that of v; |x|^2 and
 * |x - z|^2.
 */
static void
contribute(const struct sv_agent *a, struct step *s)
{
	double e[BLOCK];
	size_t n;

	s->xx = s->dd = 0.0;
	for (size_t i = 0; i < a->n; i += n) {
		n = a->n - i < BLOCK ? a->n - i : BLOCK;
		for (size_t j = 0; j < n; j++) {
			double R;

			e[j] = a->x[i + j] - s->z[i + j];
			R = s->alpha * e[j];
			s->v[i + j] = s->w[i + j] + R;
			s->w[i + j] = R;
		}
		s->dd += a->set.isa->dot(e, e, n);
		s->xx += a->set.isa->dot(a->x + i, a->x + i, n);
	}
}

/* The inner products with the rounds that are kept: see frame.h. */
static void
products(const struct sv_agent *a, double *pairs)
{

	for (unsigned j = 0; j <= a->task.memory; j++) {
		if (j > sv_history_held(a->history) ||
		    j >= sv_history_capacity(a->history))
			break;
		pairs[2 * j] = sv_history_product(a->history, j, a->set.isa);
		pairs[2 * j + 1] = 1.0;
	}
}

/* The subproblem, and the scalars of the update. */
static enum sv_agent_end
solve(struct sv_agent *a, struct step *s, int first, double *scalars,
    char why[SV_WHY])
{
	struct sv_local_problem p = {
		.kernel = &a->kernel, .v = s->v, .rho = s->rho, .eps = s->eps,
		.x = a->x, .poll = sv_agent_poll, .ctx = a
	};
	struct sv_local_report report = { .f = 0.0 };
	enum sv_local_end end;

	centre(a, s);
	end = a->task.solver->solve(a->solver, &p, &a->task.options, &report,
	    why);
	/* Then whatever came of the last pass is of no use. */
	if (a->stopped || end == SV_LOCAL_ABORTED)
		return (SV_AGENT_ABORTED);
	if (end == SV_LOCAL_FAILED)
		return (SV_AGENT_FAILED);
	moved(a, s);
	contribute(a, s);
	if (!isfinite(s->xx + s->dd + s->uu + s->dx + s->dy)) {
		snprintf(why, SV_WHY, "the shard's vectors are not finite");
		return (SV_AGENT_FAILED);
	}
	scalars[SV_UP_FRESH] = s->fresh;
	scalars[SV_UP_XX] = s->xx;
	scalars[SV_UP_DD] = s->dd;
	scalars[SV_UP_UU] = s->uu;
	scalars[SV_UP_FX] = report.f;
	scalars[SV_UP_INNER] = (double)report.inner;
	scalars[SV_UP_PASSES] = report.passes + (s->fresh && !s->stale);
	scalars[SV_UP_CAPPED] = report.capped;
	if (a->round != 0 && !first && !s->fresh) {
		scalars[SV_UP_DX] = s->dx;
		scalars[SV_UP_DY] = s->dy;
	}
	if (a->task.memory > 0)
		products(a, scalars + SV_UP_STEP_N);
	return (SV_AGENT_UPDATE);
}

enum sv_agent_end
sv_agent_step(struct sv_agent *a, const struct sv_frame *g, struct sv_frame *u,
    char why[SV_WHY])
{
	struct step s = { .z = sv_frame_elems(g) };
	uint32_t nscalar = SV_UP_STEP_N;
	enum sv_agent_end end;

	if (a->task.memory > 0)
		nscalar += 2 * (a->task.memory + 1);
	if ((end = check_step(a, g, &s, why)) != SV_AGENT_UPDATE ||
	    (end = sv_agent_update(a, g, nscalar, u, why)) != SV_AGENT_UPDATE)
		return (end);
	if (g->round == 1 || s.stale)
		sv_history_clear(a->history);
	s.v = sv_frame_elems(u);
	s.w = sv_history_slot(a->history);
	begin(a, g, &s);
	if ((end = solve(a, &s, g->round == 1,
	    sv_frame_scalars(u), why)) != SV_AGENT_UPDATE)
		sv_frame_fini(u);
	return (end);
}
