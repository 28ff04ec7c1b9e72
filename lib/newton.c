#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "newton.h"
#include "newton_state.h"

#define PAIRS 10u
#define PRICE_MAX 64.0	/* of a matrix, in passes */
#define BYTES_MAX 8388608u	/* ... in memory, beyond 12 a non-zero */
#define SCARCE 16u	/* non-zeros an element of x: fewer are few */
#define FALL 0.1	/* of the gradient is enough for a round without one */

/* Are passes so cheap that vectors are what a step costs? */
static int
scarce(size_t n, uint64_t nnz)
{

	return (nnz / SCARCE < n);
}

/* Is there to be a matrix? */
static int
affordable(uint64_t rows, size_t n, uint64_t nnz)
{

	return (n <= SV_HESS_MAX && rows > 0 && nnz > 0 &&
	    (double)sv_hess_bytes(n) <= BYTES_MAX + 12.0 * (double)nnz &&
	    sv_hess_price(rows, n, nnz, 0.0) <= PRICE_MAX);
}

static struct sv_newton_shape
shape(uint64_t rows, size_t n, uint64_t nnz)
{
	struct sv_newton_shape shape = { .name = "newton",
	    .matrix = affordable(rows, n, nnz) };

	shape.cg = !shape.matrix && scarce(n, nnz);
	if (!shape.cg)
		shape.pairs = PAIRS;
	return (shape);
}

static size_t
bytes(uint64_t rows, size_t n, uint64_t nnz)
{
	struct sv_newton_shape s = shape(rows, n, nnz);

	return (sv_newton_bytes(&s, rows, n));
}

static void *
create(uint64_t rows, size_t n, uint64_t nnz)
{
	struct sv_newton_shape s = shape(rows, n, nnz);

	return (sv_newton_new(&s, rows, n));
}

/* Make the caller's x the x^, unless it is what was answered last. */
static void
begin(struct sv_newton_run *r)
{
	struct sv_newton_state *S = r->S;
	const struct sv_kernel *K = r->p->kernel;
	size_t size = S->n * sizeof(*S->x);
	int zero = 1;

	if (S->known && memcmp(r->p->x, S->answer, size) == 0)
		return;
	memcpy(S->x, r->p->x, size);
	for (size_t j = 0; j < S->n && zero; j++)
		zero = !(S->x[j] < 0.0 || S->x[j] > 0.0) && !isnan(S->x[j]);
	if (zero) {
		/* Of 0 the margins are known. */
		memset(S->m, 0, S->rows * sizeof(*S->m));
		S->f = sv_kernel_at(K, S->m, S->h, S->gf);
	} else {
		S->f = sv_kernel_gradient(K, S->x, S->m, S->h, S->gf);
	}
	r->report->passes += zero ? 0.5 : 1.0;
	S->known = 1;
}

/* What a matrix costs these very rows, some of which may be long. */
static void
appraise(struct sv_newton_state *S, const struct sv_matrix *A)
{
	double squares = 0.0, len;

	if (A->kind == SV_SPARSE) {
		for (uint64_t j = 0; j < A->rows; j++) {
			len = (double)(A->start[j + 1] - A->start[j]);
			squares += len * len;
		}
	}
	S->price = sv_hess_price(A->rows, S->n, A->nnz, squares);
	if (S->price > PRICE_MAX)
		S->made = -1;
}

/* Is a matrix due? */
static int
due(const struct sv_newton_state *S)
{

	return (S->hess != NULL && S->made != -1 &&
	    S->spent >= (S->made ? S->price : S->price / 2.0));
}

/* Make it, of the rows at x^.  -1: poll() says stop. */
static int
make(struct sv_newton_run *r)
{
	struct sv_newton_state *S = r->S;

	S->made = 0;
	if (sv_hess_make(S->hess, r->p->kernel, S->h, r->p->poll,
	    r->p->ctx) == -1)
		return (-1);
	S->made = 1;
	S->spent = 0.0;
	r->report->passes += 1.0;
	sv_pairs_clear(S->pairs);
	return (0);
}

/* Have a factor of the matrix, if there is one. */
static void
prepare(struct sv_newton_run *r)
{
	struct sv_newton_state *S = r->S;

	if (S->hess != NULL && !(S->price > 0.0))
		appraise(S, r->p->kernel->A);
	if (S->made == 1 &&
	    sv_hess_factor(S->hess, r->isa, r->p->rho) == -1)
		S->made = -1;
	r->model = S->made == 1;
}

/* Is one of the tolerances met, and has kmax been reached? */
static void
judge(struct sv_newton_run *r)
{
	double size = fmax(fabs(r->last), fabs(r->phi)), norm = sqrt(r->gg);

	if (r->k == 0)
		r->norm0 = norm;
	r->near = norm <= r->tolerance || (r->k > 0 && r->o->eps_f > 0.0 &&
	    fabs(r->last - r->phi) <= r->o->eps_f * size) ||
	    (r->p->eps > 0.0 && r->S->made != 1 && norm <= FALL * r->norm0);
	r->over = r->k >= r->o->kmax ||
	    (r->near && r->k > 0 && r->k >= r->o->kmin);
}

/* x^ is the answer. */
static enum sv_local_end
settle(struct sv_newton_run *r, int capped)
{
	struct sv_newton_state *S = r->S;

	memcpy(S->answer, S->x, S->n * sizeof(*S->x));
	r->report->f = S->f;
	r->report->grad = sqrt(r->gg);
	r->report->capped = capped;
	return (SV_LOCAL_DONE);
}

/* x^ + p is, of which the model says f and the gradient. */
static enum sv_local_end
leap(struct sv_newton_run *r, double norm, int capped)
{
	struct sv_newton_state *S = r->S;

	for (size_t j = 0; j < S->n; j++)
		S->answer[j] = S->x[j] + S->p[j];
	/* <p, H p> = -<g, p> - rho |p|^2 */
	r->report->f = S->f + r->isa->dot(S->gf, S->p, S->n) -
	    (r->gp + r->p->rho * r->pp) / 2.0;
	r->report->grad = norm;
	r->report->capped = capped;
	r->k++;
	return (SV_LOCAL_DONE);
}

static enum sv_local_end
fail(const struct sv_newton_run *r, char why[SV_WHY], const char *what)
{

	snprintf(why, SV_WHY, "%s: iteration %" PRIu64 ": %s",
	    r->S->shape.name, r->k + 1, what);
	r->S->known = 0;
	return (SV_LOCAL_FAILED);
}

/*
 * Does an error seen before tell of the next one?  A model that was exact so far
 * is none beyond a kink of l', and none where l'' grows without bound.
 */
static int
tame(const struct sv_loss *loss)
{

	return (loss->id == SV_ISA_LOGISTIC || loss->id == SV_ISA_SQUARED);
}

/* Has this call its answer?  What it ends with is in ${*end} then. */
static int
answered(struct sv_newton_run *r, enum sv_local_end *end)
{
	double guess = r->S->error * sqrt(r->pp);

	if (r->model && tame(r->p->kernel->loss) &&
	    r->k + 1 >= r->o->kmin && guess < sqrt(r->gg) &&
	    (r->over || guess <= r->tolerance)) {
		*end = leap(r, guess, !r->near && guess > r->tolerance);
		return (1);
	}
	if (!r->over)
		return (0);
	*end = settle(r, !r->near);
	return (1);
}

/* The pairs and the matrix led nowhere.  Is there something else to try? */
static int
despair(struct sv_newton_run *r)
{

	if (r->steepest)
		return (0);
	r->steepest = 1;
	sv_pairs_clear(r->S->pairs);
	if (r->S->made == 1) {
		r->S->made = 0;
		r->S->spent = 0.0;
	}
	return (1);
}

static enum sv_local_end
iterate(struct sv_newton_run *r, char why[SV_WHY])
{
	enum sv_local_end end;

	for (;;) {
		if (r->p->poll != NULL && r->p->poll(r->p->ctx) != 0)
			return (SV_LOCAL_ABORTED);
		if (sv_newton_augment(r) == -1)
			return (fail(r, why, "loss or gradient is not finite"));
		if (r->k == 0)
			r->last = r->phi;
		if (!(r->gg > 0.0))
			return (settle(r, 0));
		judge(r);
		prepare(r);
		if (r->over && !r->model)
			return (settle(r, !r->near));
		if (sv_newton_direction(r) == -1)
			return (SV_LOCAL_ABORTED);
		if (answered(r, &end))
			return (end);
		if (due(r->S)) {
			if (make(r) == -1)
				return (SV_LOCAL_ABORTED);
			continue;
		}
		if (sv_newton_step(r) == -1 && !despair(r))
			return (settle(r, !r->near));
	}
}

enum sv_local_end
sv_newton_solve(void *state, const struct sv_local_problem *p,
    const struct sv_local_options *o, struct sv_local_report *report,
    char why[SV_WHY])
{
	struct sv_newton_state *S = state;
	struct sv_newton_run r = { .S = S, .p = p, .o = o, .report = report,
	    .isa = p->kernel->isa, .tolerance = fmax(o->eps_g, p->eps) };
	enum sv_local_end end;

	report->passes = 0.0;
	begin(&r);
	end = iterate(&r, why);
	report->inner = r.k;
	if (end == SV_LOCAL_DONE)
		memcpy(p->x, S->answer, S->n * sizeof(*p->x));
	return (end);
}

const struct sv_local sv_newton = {
	.name = "newton",
	.create = create,
	.bytes = bytes,
	.reset = sv_newton_reset,
	.solve = sv_newton_solve,
	.keep = sv_newton_keep,
	.destroy = sv_newton_free
};
