#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fista.h"

#define ETA 1.5	/* how fast Lf grows in the search */
#define RELAX 0.8	/* what is left of Lf at the start of a call */
#define LF_MIN 1e-12
#define LF_MAX 1e100	/* no step is that short for a good reason */
/* Two sums of n losses are told apart to this share of their size. */
#define SLACK 1e-14

#define BLOCK 256	/* elements combined at once */

struct fista {
	uint64_t rows;
	size_t n;	/* elements of a vector */
	double Lf;	/* estimate of f's curvature; 0: none yet */
	struct sv_kernel_flow flow;
	double *xp;	/* x_{k-2}, then x_k */
	double *g;	/* gradient of phi at y_k */
};

/* One call. */
struct run {
	struct fista *S;
	const struct sv_local_problem *p;
	double *x;	/* x_{k-1}: the caller's vector or xp ... */
	double *xp;	/* ... and the other one */
	double t;
	double beta;	/* y_k = x + beta (x - xp) */
	double step;	/* x_k = y_k - step g_k */
	double f;	/* f(x_k) */
	double phi;	/* phi(x_k) */
	double fy, hy;	/* f(y_k), (rho / 2) |y_k - v|^2 */
	double gg;	/* |g_k|^2 */
	double fg;	/* <grad f(y_k), g_k> */
};

static void
destroy(void *state)
{
	struct fista *S = state;

	if (S == NULL)
		return;
	free(S->flow.m);
	free(S->flow.my);
	free(S->flow.q);
	free(S->xp);
	free(S->g);
	free(S);
}

/* n numbers, and a valid pointer for none. */
static double *
numbers(uint64_t n)
{

	return (n <= SIZE_MAX / 16 ? calloc(n > 0 ? n : 1, sizeof(double)) :
	    NULL);
}

static void *
create(uint64_t rows, size_t n, uint64_t nnz)
{
	struct fista *S;

	(void)nnz;
	if ((S = calloc(1, sizeof(*S))) == NULL)
		return (NULL);
	S->rows = rows;
	S->n = n;
	S->flow.m = numbers(rows);
	S->flow.my = numbers(rows);
	S->flow.q = numbers(rows);
	S->xp = numbers(n);
	S->g = numbers(n);
	if (S->flow.m != NULL && S->flow.my != NULL && S->flow.q != NULL &&
	    S->xp != NULL && S->g != NULL)
		return (S);
	destroy(S);
	return (NULL);
}

static size_t
bytes(uint64_t rows, size_t n, uint64_t nnz)
{

	(void)nnz;
	return (sizeof(struct fista) + (3 * (size_t)rows + 2 * n) *
	    sizeof(double));
}

static void
reset(void *state)
{
	struct fista *S = state;

	S->Lf = 0.0;
}

/* Elements of the block that starts at element i. */
static size_t
block(const struct fista *S, size_t i)
{

	return (S->n - i < BLOCK ? S->n - i : BLOCK);
}

/*
 * g holds the gradient of f at y_k: make it the one of phi, g + rho (y_k - v),
 * with the products that go with it.
 */
static void
augment(struct run *r)
{
	const struct sv_isa *isa = r->p->kernel->isa;
	const double *v = r->p->v, *x = r->x, *xp = r->xp;
	double *g = r->S->g, rho = r->p->rho;
	double e[BLOCK], gf[BLOCK], ee = 0.0;
	size_t n;

	r->gg = r->fg = 0.0;
	for (size_t i = 0; i < r->S->n; i += n) {
		n = block(r->S, i);
		for (size_t j = 0; j < n; j++) {
			gf[j] = g[i + j];
			e[j] = x[i + j] + r->beta * (x[i + j] - xp[i + j]) -
			    v[i + j];
			g[i + j] = gf[j] + rho * e[j];
		}
		ee += isa->dot(e, e, n);
		r->gg += isa->dot(g + i, g + i, n);
		r->fg += isa->dot(gf, g + i, n);
	}
	r->hy = rho / 2.0 * ee;
}

/* x_k = y_k - step g_k, into xp, which then is x; and phi(x_k). */
static void
move(struct run *r)
{
	const struct sv_isa *isa = r->p->kernel->isa;
	const double *v = r->p->v, *g = r->S->g;
	double *x = r->x, *xp = r->xp, e[BLOCK], ee = 0.0;
	size_t n;

	for (size_t i = 0; i < r->S->n; i += n) {
		n = block(r->S, i);
		for (size_t j = 0; j < n; j++) {
			xp[i + j] = x[i + j] + r->beta * (x[i + j] - xp[i + j]) -
			    r->step * g[i + j];
			e[j] = xp[i + j] - v[i + j];
		}
		ee += isa->dot(e, e, n);
	}
	r->x = xp;
	r->xp = x;
	r->phi = r->f + r->p->rho / 2.0 * ee;
}

/* f(y_k) and the gradients there; the first time, y_1 = x_0. */
static void
gradient(struct run *r, uint64_t k)
{
	struct fista *S = r->S;
	double t;

	if (k == 1) {
		r->t = 1.0;
		r->beta = 0.0;
		r->fy = sv_kernel_gradient(r->p->kernel, r->x, S->flow.my, NULL,
		    S->g);
		if (S->rows > 0)
			memcpy(S->flow.m, S->flow.my,
			    S->rows * sizeof(*S->flow.m));
	} else {
		t = (1.0 + sqrt(1.0 + 4.0 * r->t * r->t)) / 2.0;
		r->beta = (r->t - 1.0) / t;
		r->t = t;
		r->fy = sv_kernel_advance(r->p->kernel, &S->flow, -r->step,
		    r->beta, S->g);
	}
	augment(r);
}

/* The second derivative of f along g_1, as a first guess. */
static double
guess(const struct run *r)
{
	double c = sv_kernel_curvature(r->p->kernel, r->S->flow.my, r->S->flow.q);

	c /= r->gg;
	return (isfinite(c) && c > LF_MIN ? c : 1.0);
}

/* Find Lf, and with it the step and f(x_k).  Return 0, or -1 if there is none. */
static int
search(struct run *r)
{
	struct fista *S = r->S;
	double bound, L;

	sv_kernel_margins(r->p->kernel, S->g, S->flow.q);
	if (S->Lf == 0.0)
		S->Lf = guess(r);
	for (; S->Lf < LF_MAX; S->Lf *= ETA) {
		L = S->Lf + r->p->rho;
		r->step = 1.0 / L;
		r->f = sv_kernel_trial(r->p->kernel, &S->flow, -r->step);
		bound = r->fy - r->fg / L + S->Lf / 2.0 * r->gg / (L * L) +
		    SLACK * fabs(r->fy);
		/* So written that a loss that is no number fails, too. */
		if (r->f <= bound)
			return (0);
	}
	return (-1);
}

static enum sv_local_end
fail(char why[SV_WHY], uint64_t k, const char *what)
{

	snprintf(why, SV_WHY, "fista: iteration %" PRIu64 ": %s", k, what);
	return (SV_LOCAL_FAILED);
}

/* Is one of the tolerances met? */
static int
tolerable(const struct run *r, const struct sv_local_options *o, double last)
{
	double size = fmax(fabs(last), fabs(r->phi));

	/* Close to the answer phi may well stand still before the gradient. */
	return (sqrt(r->gg) <= fmax(o->eps_g, r->p->eps) || (o->eps_f > 0.0 &&
	    fabs(last - r->phi) <= o->eps_f * size));
}

static enum sv_local_end
iterate(struct run *r, const struct sv_local_options *o,
    struct sv_local_report *report, char why[SV_WHY])
{
	double last = 0.0;

	for (uint64_t k = 1;; k++) {
		if (r->p->poll != NULL && r->p->poll(r->p->ctx) != 0)
			return (SV_LOCAL_ABORTED);
		gradient(r, k);
		if (!isfinite(r->fy + r->hy) || !isfinite(r->gg + r->fg))
			return (fail(why, k, "loss or gradient is not finite"));
		if (k == 1)
			last = r->fy + r->hy;
		if (search(r) == -1)
			return (fail(why, k, "no step decreases the loss"));
		move(r);
		if (!isfinite(r->phi))
			return (fail(why, k, "the iterate is not finite"));
		report->inner = k;
		report->capped = !tolerable(r, o, last);
		if (k >= o->kmax || (k >= o->kmin && !report->capped))
			break;
		last = r->phi;
	}
	report->f = r->f;
	report->grad = sqrt(r->gg);
	report->passes = (double)report->inner + 0.5;
	return (SV_LOCAL_DONE);
}

static void
keep(void *state, struct sv_keep *k)
{
	struct fista *S = state;

	/* All else is made anew in each call. */
	sv_keep_real(k, "Lf", &S->Lf, 0.0, DBL_MAX);
}

static enum sv_local_end
solve(void *state, const struct sv_local_problem *p,
    const struct sv_local_options *o, struct sv_local_report *report,
    char why[SV_WHY])
{
	struct fista *S = state;
	struct run r = { .S = S, .p = p, .x = p->x, .xp = S->xp };
	enum sv_local_end end;

	/* With beta = 0 it has no weight, but must be finite. */
	memset(S->xp, 0, S->n * sizeof(*S->xp));
	if (S->Lf > 0.0)
		S->Lf = fmax(S->Lf * RELAX, LF_MIN);
	end = iterate(&r, o, report, why);
	if (end == SV_LOCAL_DONE && r.x != p->x)
		memcpy(p->x, r.x, S->n * sizeof(*p->x));
	return (end);
}

const struct sv_local sv_fista = {
	.name = "fista",
	.create = create,
	.bytes = bytes,
	.reset = reset,
	.solve = solve,
	.keep = keep,
	.destroy = destroy
};
