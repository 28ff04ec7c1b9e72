#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent_state.h"

#define BLOCK 256	/* rows at once */

/*
 * What a sum of conjugates is where a theta is outside their domain: frames
 * hold finite numbers, and sums of these stay finite.
 */
#define OUTSIDE 1e300

enum sv_agent_end
sv_agent_grad(struct sv_agent *a, const struct sv_frame *g, struct sv_frame *u,
    char why[SV_WHY])
{
	double *scalars, *v;
	enum sv_agent_end end;

	if ((end = sv_agent_update(a, g, SV_UP_GRAD_N, u, why)) !=
	    SV_AGENT_UPDATE)
		return (end);
	scalars = sv_frame_scalars(u);
	v = sv_frame_elems(u);
	scalars[SV_UP_FZ] = sv_kernel_gradient(&a->kernel, sv_frame_elems(g),
	    NULL, NULL, v);
	if (a->stopped) {
		sv_frame_fini(u);
		return (SV_AGENT_ABORTED);
	}
	scalars[SV_UP_ROWS] = (double)a->A->rows;
	scalars[SV_UP_POS] = (double)a->positive;
	scalars[SV_UP_WEIGHT] = a->weight;
	scalars[SV_UP_GPASSES] = 1.0;
	if (!isfinite(scalars[SV_UP_FZ] + a->set.isa->dot(v, v, a->n))) {
		scalars[SV_UP_FZ] = SV_UP_OVERFLOW;
		memset(v, 0, a->n * sizeof(*v));
	}
	return (SV_AGENT_UPDATE);
}

/*
 * theta_j = w_j s_j, s_j = kappa l'(m_j) - shift, in the place of the n margins
 * m of the rows from row i on; returns sum w_j l*(s_j).
 */
static double
duals(const struct sv_agent *a, const double *gc, uint64_t i, double *m,
    size_t n, double *positive)
{
	const struct sv_kernel *K = &a->kernel;
	double d1[BLOCK], sum = 0.0;

	sv_loss_eval(K->loss, K->isa, K->param, m, K->y + i, NULL, n, d1, NULL);
	for (size_t j = 0; j < n; j++) {
		double w = K->w != NULL ? K->w[i + j] : 1.0, s;
		int yes = K->y[i + j] > 0.0;

		s = gc[yes ? SV_GC_POSITIVE : SV_GC_OTHER] * d1[j] -
		    gc[SV_GC_SHIFT];
		m[j] = w * s;
		if (w > 0.0)
			sum += w * K->loss->conj(K->param, K->y[i + j], s);
		if (yes)
			*positive += m[j];
	}
	return (sum);
}

static enum sv_agent_end
check_conj(const struct sv_frame *g, char why[SV_WHY])
{
	const double *gc = sv_frame_scalars(g);

	if (g->nscalar != SV_GC_N)
		return (sv_agent_bad(why, "a conj has another number of "
		    "scalars"));
	for (int i = 0; i < SV_GC_N; i++)
		if (!isfinite(gc[i]))
			return (sv_agent_bad(why, "a scalar is not finite"));
	if (gc[SV_GC_POSITIVE] < 0.0 || gc[SV_GC_POSITIVE] > 1.0 ||
	    gc[SV_GC_OTHER] < 0.0 || gc[SV_GC_OTHER] > 1.0)
		return (sv_agent_bad(why, "kappa must be from 0 to 1"));
	return (SV_AGENT_UPDATE);
}

enum sv_agent_end
sv_agent_conj(struct sv_agent *a, const struct sv_frame *g, struct sv_frame *u,
    char why[SV_WHY])
{
	const double *gc = sv_frame_scalars(g), *at = sv_frame_elems(g);
	uint64_t rows = a->A->rows;
	double *scalars, *v, *m, sum = 0.0;
	enum sv_agent_end end;
	size_t n;

	if ((end = check_conj(g, why)) != SV_AGENT_UPDATE ||
	    (end = sv_agent_update(a, g, SV_UP_CONJ_N, u, why)) !=
	    SV_AGENT_UPDATE)
		return (end);
	if ((m = calloc(rows > 0 ? (size_t)rows : 1, sizeof(*m))) == NULL) {
		sv_frame_fini(u);
		return (sv_agent_nomem(why));
	}
	/* A shard without an x_i of its own is as good at z. */
	if (gc[SV_GC_OWN] > 0.0 && a->round != 0)
		at = a->x;
	scalars = sv_frame_scalars(u);
	v = sv_frame_elems(u);
	sv_kernel_margins(&a->kernel, at, m);
	for (uint64_t i = 0; i < rows; i += n) {
		n = rows - i < BLOCK ? (size_t)(rows - i) : BLOCK;
		sum += duals(a, gc, i, m + i, n, &scalars[SV_UP_CPOSITIVE]);
	}
	sv_kernel_scatter(&a->kernel, m, v);
	free(m);
	if (a->stopped) {
		sv_frame_fini(u);
		return (SV_AGENT_ABORTED);
	}
	scalars[SV_UP_CONJ] = sum < OUTSIDE ? sum : OUTSIDE;
	scalars[SV_UP_CPASSES] = 1.0;
	if (isfinite(a->set.isa->dot(v, v, a->n) + scalars[SV_UP_CPOSITIVE]))
		return (SV_AGENT_UPDATE);
	snprintf(why, SV_WHY, "the dual point is not finite");
	sv_frame_fini(u);
	return (SV_AGENT_FAILED);
}
