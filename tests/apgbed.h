#ifndef APGBED_H
#define APGBED_H

#include <math.h>
#include <string.h>

#include "apg.h"
#include "kernel.h"
#include "rows.h"

/*
 * For tests of accelerated proximal gradient: shards without workers, and
 * rounds of a fit to their rows.
 */

#define APGBED_W 3
#define APGBED_D 12	/* features */
#define APGBED_N (APGBED_D + 1)

struct apgbed {
	struct sv_matrix A[APGBED_W];
	struct sv_kernel K[APGBED_W];
	struct sv_prox g;
	size_t n;
	struct sv_apg *s;
	double v0;	/* violation at the start */
	double largest;	/* |f| at a point of a round */
	int broken;	/* a worker would have given up */
};

static inline void
apgbed_labels(struct sv_matrix *A, const struct sv_loss *loss, double count)
{

	for (uint64_t j = 0; j < A->rows; j++) {
		double y = A->label[j];

		if (strcmp(loss->name, "poisson") == 0)
			A->label[j] = (y > 0.0 ? count : 0.0) + (double)(j % 3);
		else if (!loss->classes)
			A->label[j] = 1.5 * y + 0.1 * (double)(j % 7);
	}
}

/* Rows for ${loss}; ${count}: what a positive label counts for. */
static inline void
apgbed_rows(struct apgbed *B, const struct sv_loss *loss, int intercept,
    double count)
{

	memset(B, 0, sizeof(*B));
	for (unsigned i = 0; i < APGBED_W; i++) {
		assert_int_equal(rows_make(&B->A[i], 60 + 10 * i, APGBED_D,
		    100 + i), 0);
		apgbed_labels(&B->A[i], loss, count);
		B->K[i] = (struct sv_kernel){ .A = &B->A[i],
		    .y = B->A[i].label, .loss = loss, .param = loss->param,
		    .isa = &sv_isa_generic, .intercept = intercept };
	}
	B->n = sv_kernel_dim(&B->K[0]);
}

/* Multiply column i by ratio^(i / D). */
static inline void
apgbed_scale(struct apgbed *B, double ratio)
{

	for (unsigned w = 0; w < APGBED_W; w++)
		for (uint64_t k = 0; k < B->A[w].nnz; k++)
			B->A[w].val[k] *= pow(ratio, B->A[w].col[k] /
			    (double)APGBED_D);
}

static inline void
apgbed_fini(struct apgbed *B)
{

	sv_apg_method.free(B->s);
	for (unsigned i = 0; i < APGBED_W; i++)
		sv_matrix_fini(&B->A[i]);
}

/* The sum of the answers to a GRAD at x. */
static inline double
apgbed_grad(const struct apgbed *B, const double *x, double *g, double *up)
{
	double gi[APGBED_N];

	memset(g, 0, APGBED_N * sizeof(*g));
	memset(up, 0, SV_UP_GRAD_N * sizeof(*up));
	for (unsigned i = 0; i < APGBED_W; i++) {
		up[SV_UP_FZ] += sv_kernel_gradient(&B->K[i], x, NULL, NULL, gi);
		for (size_t j = 0; j < B->n; j++)
			g[j] += gi[j];
		up[SV_UP_WEIGHT] += (double)B->A[i].rows;
	}
	up[SV_UP_GPASSES] = APGBED_W;
	return (up[SV_UP_FZ]);
}

/* F at the answer. */
static inline double
apgbed_value(const struct apgbed *B)
{
	double g[APGBED_N], up[SV_UP_GRAD_N];
	const double *z = sv_apg_method.answer(B->s);

	return (apgbed_grad(B, z, g, up) + sv_prox_value(&B->g, z, B->n));
}

/* Its violation, relative to the start's. */
static inline double
apgbed_optimality(const struct apgbed *B)
{
	double g[APGBED_N], up[SV_UP_GRAD_N];
	const double *z = sv_apg_method.answer(B->s);

	apgbed_grad(B, z, g, up);
	return (sv_prox_violation(&B->g, z, g, B->n) / B->v0);
}

/* A fit with regulariser g; step and cautious as in struct sv_apg_conf. */
static inline void
apgbed_start(struct apgbed *B, const struct sv_prox *g, double step,
    int cautious)
{
	double v[APGBED_N], up[SV_UP_GRAD_N];
	struct sv_apg_conf conf;
	const double *z;

	sv_apg_conf_init(&conf);
	B->g = *g;
	B->g.d = APGBED_D;
	conf.g = B->g;
	conf.n = B->n;
	conf.workers = APGBED_W;
	conf.step = step;
	conf.cautious = cautious;
	B->s = sv_apg_new(&conf);
	assert_non_null(B->s);
	z = sv_apg_method.answer(B->s);
	apgbed_grad(B, z, v, up);
	B->v0 = sv_prox_violation(&B->g, z, v, B->n);
	assert_true(B->v0 > 0.0);
	sv_apg_method.start(B->s, v, up);
}

static inline void
apgbed_round(struct apgbed *B)
{
	double v[APGBED_N], up[SV_UP_GRAD_N], gl[SV_METHOD_SCALARS], size = 0.0;
	char why[SV_WHY] = "";

	assert_int_equal(sv_apg_method.scalars(B->s, gl), 0);
	apgbed_grad(B, sv_apg_method.point(B->s), v, up);
	for (size_t j = 0; j < B->n; j++)
		size += v[j] * v[j];
	B->broken |= !isfinite(up[SV_UP_FZ] + size);
	if (B->broken)
		return;
	B->largest = fmax(B->largest, fabs(up[SV_UP_FZ]));
	if (sv_apg_method.feed(B->s, v, up, why) == -1)
		fail_msg("%s", why);
}

/* Rounds until the optimality is at most ${to}: how many, or ${most} + 1. */
static inline int
apgbed_run(struct apgbed *B, double to, int most)
{

	for (int k = 1; k <= most && !B->broken; k++) {
		apgbed_round(B);
		if (!B->broken && apgbed_optimality(B) <= to)
			return (k);
	}
	return (most + 1);
}

#endif /* !APGBED_H */
