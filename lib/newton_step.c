#include <math.h>

#include "newton_state.h"

#define ARMIJO 1e-4
#define T_MIN 1e-10	/* no step is that short for a good reason */
/* Two sums of n losses are told apart to this share of their size. */
#define SLACK 1e-14

#define BLOCK 256	/* elements combined at once */

/* Elements of the block that starts at element i. */
static size_t
block(size_t n, size_t i)
{

	return (n - i < BLOCK ? n - i : BLOCK);
}

int
sv_newton_augment(struct sv_newton_run *r)
{
	struct sv_newton_state *S = r->S;
	const double *v = r->p->v;
	double e[BLOCK];
	size_t n;

	r->gg = r->ev = 0.0;
	for (size_t i = 0; i < S->n; i += n) {
		n = block(S->n, i);
		for (size_t j = 0; j < n; j++) {
			e[j] = S->x[i + j] - v[i + j];
			S->g[i + j] = S->gf[i + j] + r->p->rho * e[j];
		}
		r->ev += r->isa->dot(e, e, n);
		r->gg += r->isa->dot(S->g + i, S->g + i, n);
	}
	r->phi = S->f + r->p->rho / 2.0 * r->ev;
	return (isfinite(r->phi) && isfinite(r->gg) ? 0 : -1);
}

static void
base(void *ctx, double *x)
{
	const struct sv_newton_run *r = ctx;

	sv_hess_solve(r->S->hess, r->isa, x);
}

/* The products of p that a step needs. */
static void
multiply(struct sv_newton_run *r)
{
	struct sv_newton_state *S = r->S;
	double e[BLOCK];
	size_t n;

	r->gp = r->isa->dot(S->g, S->p, S->n);
	r->pp = r->isa->dot(S->p, S->p, S->n);
	r->vp = 0.0;
	for (size_t i = 0; i < S->n; i += n) {
		n = block(S->n, i);
		for (size_t j = 0; j < n; j++)
			e[j] = S->x[i + j] - r->p->v[i + j];
		r->vp += r->isa->dot(e, S->p + i, n);
	}
}

int
sv_newton_direction(struct sv_newton_run *r)
{
	struct sv_newton_state *S = r->S;

	if (S->shape.cg) {
		if (sv_newton_cg(r) == -1)
			return (-1);
	} else {
		for (size_t j = 0; j < S->n; j++)
			S->p[j] = -S->g[j];
		sv_pairs_solve(S->pairs, r->isa, r->p->rho,
		    r->model ? base : NULL, r, S->p);
	}
	multiply(r);
	return (0);
}

/* m += t q */
static void
shift(struct sv_newton_state *S, double t)
{

	for (size_t j = 0; j < S->rows; j++)
		S->m[j] += t * S->q[j];
}

/* Is f a decrease of phi that a step of length t along p may make? */
static int
enough(const struct sv_newton_run *r, double f, double t)
{
	double change = (f - r->S->f) + r->p->rho * t *
	    (r->vp + t / 2.0 * r->pp);

	/* So written that a loss that is no number is not enough, either. */
	return (change <= ARMIJO * t * r->gp + SLACK * fabs(r->S->f));
}

/* The second derivative of f along p. */
static double
curvature(const struct sv_newton_run *r)
{
	const struct sv_newton_state *S = r->S;
	double e[BLOCK], c = 0.0;
	size_t n;

	for (size_t i = 0; i < S->rows; i += n) {
		n = block(S->rows, i);
		for (size_t j = 0; j < n; j++)
			e[j] = S->h[i + j] * S->q[i + j];
		c += r->isa->dot(e, S->q + i, n);
	}
	return (c);
}

/*
 * The step that the model is sure of, all of it: f at x^ + p, one read of the
 * rows for margins and gradient.  It needs a vector: ${answer} is free by now.
 */
static double
whole(struct sv_newton_run *r)
{
	struct sv_newton_state *S = r->S;

	for (size_t j = 0; j < S->n; j++)
		S->answer[j] = S->x[j] + S->p[j];
	r->t = 1.0;
	return (sv_kernel_gradient(r->p->kernel, S->answer, S->m, S->h,
	    S->gn));
}

/*
 * The step that is right for the quadratic with the curvature along p, where
 * there is one.
 */
static double
measured(struct sv_newton_run *r)
{
	struct sv_newton_state *S = r->S;

	if (!S->shape.cg)
		sv_kernel_margins(r->p->kernel, S->p, S->q);
	r->t = -r->gp / (curvature(r) + r->p->rho * r->pp);
	if (!(r->t > 0.0 && isfinite(r->t)))
		return ((double)NAN);
	shift(S, r->t);
	return (sv_kernel_at(r->p->kernel, S->m, S->h, S->gn));
}

/*
 * Find t and move the margins to x^ + t p, with l'' there, the gradient in gn.
 * Return f there, or NaN where no step decreases phi: the margins are those of
 * x^ then.
 */
static double
search(struct sv_newton_run *r)
{
	struct sv_newton_state *S = r->S;
	const struct sv_kernel *K = r->p->kernel;
	struct sv_kernel_flow F = { .my = S->m, .q = S->q };
	double f = r->model ? whole(r) : measured(r), t = r->t;

	r->report->passes += S->shape.cg ? 0.5 : 1.0;
	if (enough(r, f, t))
		return (f);
	if (!(t > 0.0 && isfinite(t)))
		return ((double)NAN);
	sv_kernel_margins(K, S->x, S->m);
	if (r->model)
		sv_kernel_margins(K, S->p, S->q);
	r->report->passes += r->model ? 1.5 : 1.0;
	do {
		t /= 2.0;
		if (t < T_MIN * r->t) {
			sv_kernel_at(K, S->m, S->h, S->gn);
			return ((double)NAN);
		}
	} while (!enough(r, sv_kernel_trial(K, &F, t), t));
	r->t = t;
	shift(S, t);
	return (sv_kernel_at(K, S->m, S->h, S->gn));
}

/*
 * How wrong the model was: it holds that the gradient of phi at x^ + t p is
 * (1 - t) g.
 */
static double
error(const struct sv_newton_run *r)
{
	const struct sv_newton_state *S = r->S;
	double e[BLOCK], ee = 0.0, t = r->t;
	size_t n;

	for (size_t i = 0; i < S->n; i += n) {
		n = block(S->n, i);
		for (size_t j = 0; j < n; j++)
			e[j] = (S->gn[i + j] - S->gf[i + j]) +
			    t * (S->g[i + j] + r->p->rho * S->p[i + j]);
		ee += r->isa->dot(e, e, n);
	}
	return (sqrt(ee / r->pp) / t);
}

int
sv_newton_step(struct sv_newton_run *r)
{
	struct sv_newton_state *S = r->S;
	double f = search(r), e, *swap;

	S->spent += 1.0;
	if (!isfinite(f))
		return (-1);
	if (r->model) {
		/* One lucky direction does not make it good. */
		e = error(r);
		S->error = isfinite(S->error) ? fmax(e, S->error / 4.0) : e;
	}
	sv_pairs_push(S->pairs, r->isa, r->t, S->p, S->gf, S->gn);
	swap = S->gf;
	S->gf = S->gn;
	S->gn = swap;
	for (size_t j = 0; j < S->n; j++)
		S->x[j] += r->t * S->p[j];
	S->f = f;
	r->last = r->phi;
	r->k++;
	return (0);
}
