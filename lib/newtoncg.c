#include <math.h>
#include <string.h>

#include "newton_state.h"
#include "newtoncg.h"

#define ETA 0.1	/* of the gradient may be left of a step's equations, */
#define ETA_MAX 0.5	/* ... or this where the round does not need that, */
#define MARGIN 0.5	/* ... being half of what the round asks for */
#define DIRECTIONS 250	/* that are still conjugate, about */

#define BLOCK 256	/* elements combined at once */

/* What may be left of the equations. */
static double
forcing(const struct sv_newton_run *r)
{
	double norm = sqrt(r->gg), eta = MARGIN * r->tolerance / norm;

	return (norm * fmin(fmax(eta, ETA), ETA_MAX));
}

/* Hd = (H + rho I) d, in place of H d.  Return <d, Hd>. */
static double
curvature(const struct sv_newton_run *r, const double *d, double *Hd)
{
	double c = 0.0;
	size_t n;

	for (size_t i = 0; i < r->S->n; i += n) {
		n = r->S->n - i < BLOCK ? r->S->n - i : BLOCK;
		for (size_t j = i; j < i + n; j++)
			Hd[j] += r->p->rho * d[j];
		c += r->isa->dot(d + i, Hd + i, n);
	}
	return (c);
}

/* p += a d, q = A p likewise, e -= a Hd.  Return |e|^2. */
static double
advance(struct sv_newton_run *r, double a, const double *d, const double *Hd)
{
	struct sv_newton_state *S = r->S;
	double ee = 0.0;
	size_t n;

	for (size_t i = 0; i < S->n; i += n) {
		n = S->n - i < BLOCK ? S->n - i : BLOCK;
		for (size_t j = i; j < i + n; j++) {
			S->p[j] += a * d[j];
			S->e[j] -= a * Hd[j];
		}
		ee += r->isa->dot(S->e + i, S->e + i, n);
	}
	for (size_t j = 0; j < S->rows; j++)
		S->q[j] += a * S->qd[j];
	return (ee);
}

/*
 * The equations H p = -g, e what is left of them:
 *	a = |e|^2 / <d, H d>,	p += a d,	e -= a H d
 *	d = e + (|e|^2 / |the last e|^2) d
 * d and H d are where the answer and the next gradient will be.
 */
int
sv_newton_cg(struct sv_newton_run *r)
{
	struct sv_newton_state *S = r->S;
	double *d = S->answer, *Hd = S->gn, goal = forcing(r);
	double ee = r->gg, last, a;
	int max = r->steepest ? 1 : DIRECTIONS;

	memset(S->p, 0, S->n * sizeof(*S->p));
	if (S->rows > 0)
		memset(S->q, 0, S->rows * sizeof(*S->q));
	for (size_t j = 0; j < S->n; j++)
		d[j] = S->e[j] = -S->g[j];
	for (int k = 0; k < max && sqrt(ee) > goal; k++) {
		if (k > 0 && r->p->poll != NULL && r->p->poll(r->p->ctx) != 0)
			return (-1);
		sv_kernel_hessian(r->p->kernel, S->h, d, S->qd, Hd);
		r->report->passes += 1.0;
		a = ee / curvature(r, d, Hd);
		if (!(a > 0.0 && isfinite(a)))
			break;
		last = ee;
		ee = advance(r, a, d, Hd);
		for (size_t j = 0; j < S->n; j++)
			d[j] = S->e[j] + ee / last * d[j];
	}
	return (0);
}

static const struct sv_newton_shape shape = { .name = "newton-cg", .cg = 1 };

static size_t
bytes(uint64_t rows, size_t n, uint64_t nnz)
{

	(void)nnz;
	return (sv_newton_bytes(&shape, rows, n));
}

static void *
create(uint64_t rows, size_t n, uint64_t nnz)
{

	(void)nnz;
	return (sv_newton_new(&shape, rows, n));
}

const struct sv_local sv_newtoncg = {
	.name = "newton-cg",
	.create = create,
	.bytes = bytes,
	.reset = sv_newton_reset,
	.solve = sv_newton_solve,
	.keep = sv_newton_keep,
	.destroy = sv_newton_free
};
