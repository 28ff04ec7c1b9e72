#ifndef ADMMBED_H
#define ADMMBED_H

#include <stdint.h>
#include <string.h>

#include "admm.h"
#include "dense.h"

/* For tests of the master's mathematics: workers without a process. */

#define ADMMBED_W 5
#define ADMMBED_MEMORY 8
#define ADMMBED_SCALARS (SV_UP_STEP_N + 2 * (ADMMBED_MEMORY + 1))
#define D DENSE_D

/* W workers that solve their subproblems exactly. */
struct admmbed {
	struct dense rows;
	uint32_t W;
	uint32_t memory;
	double lambda;
	double x[ADMMBED_W][D], y[ADMMBED_W][D], w[ADMMBED_W][D];
	/* of the last rounds, newest first */
	double c[ADMMBED_W][ADMMBED_MEMORY + 1][D];
	double R[ADMMBED_W][ADMMBED_MEMORY + 1][D];
	uint32_t held[ADMMBED_W];
	double z[D];	/* of the last GLOBAL */
	double gl[SV_METHOD_SCALARS];
	size_t ngl;
	double sum[D], up[ADMMBED_SCALARS];	/* the answers to it */
	int lost;	/* worker without state in the next step; -1 none */
	uint32_t steps;
};

static inline void
admmbed_setup(struct admmbed *C, struct sv_admm_conf *conf, uint32_t W,
    double lambda)
{

	memset(C, 0, sizeof(*C));
	dense_make(&C->rows, 4);
	C->W = W;
	C->lambda = lambda;
	C->lost = -1;
	sv_admm_conf_init(conf);
	sv_prox_l1(&conf->g, lambda);
	conf->n = D;
	conf->workers = W;
}

static inline struct sv_admm *
admmbed_start(struct admmbed *C, const struct sv_admm_conf *conf)
{
	double g[D], up[SV_UP_GRAD_N] = { 0 };
	struct sv_admm *a = sv_admm_new(conf);

	C->memory = conf->memory;
	if (a == NULL)
		return (NULL);
	up[SV_UP_FZ] = dense_loss(&C->rows, 0, DENSE_N,
	    sv_admm_method.point(a), g, NULL);
	sv_admm_method.start(a, g, up);
	return (a);
}

static inline int
admmbed_from(const struct admmbed *C, uint32_t i)
{

	return ((int)(DENSE_N * i / C->W));
}

/* w of worker i at the beginning of a round; x too, where its state is gone. */
static inline void
admmbed_begin(struct admmbed *C, uint32_t i, int fresh)
{
	double g[D], theta[1] = { 1.0 }, *t = theta;
	size_t k = 1;

	if (C->ngl > SV_GL_N) {
		t = C->gl + SV_GL_N;
		k = C->ngl - SV_GL_N;
	}
	dense_loss(&C->rows, admmbed_from(C, i), admmbed_from(C, i + 1), C->z,
	    g, NULL);
	for (int j = 0; j < D; j++) {
		double w = 0.0;

		for (size_t p = 0; p < k; p++)
			w += t[p] * C->c[i][p][j];
		C->w[i][j] = fresh ? C->z[j] - g[j] / C->gl[SV_GL_RHO] :
		    C->steps == 0 ? 0.0 :
		    C->z[j] + (w - C->z[j]) / C->gl[SV_GL_RATIO];
		if (fresh)
			C->x[i][j] = C->z[j];
	}
	if (fresh)
		C->held[i] = 0;
}

/* The history of worker i gets older by one. */
static inline void
admmbed_age(struct admmbed *C, uint32_t i)
{

	memmove(C->c[i][1], C->c[i][0], ADMMBED_MEMORY * sizeof(C->c[i][0]));
	memmove(C->R[i][1], C->R[i][0], ADMMBED_MEMORY * sizeof(C->R[i][0]));
	if (C->held[i] <= C->memory)
		C->held[i]++;
}

static inline void
admmbed_worker(struct admmbed *C, uint32_t i)
{
	int fresh = C->lost == (int)i, told = C->steps > 0 && !fresh;
	double rho = C->gl[SV_GL_RHO], v[D], before[D];

	admmbed_begin(C, i, fresh);
	memcpy(before, C->x[i], sizeof(before));
	for (int j = 0; j < D; j++)
		v[j] = 2.0 * C->z[j] - C->w[i][j];
	C->up[SV_UP_FRESH] += fresh;
	C->up[SV_UP_FX] += dense_local(&C->rows, admmbed_from(C, i),
	    admmbed_from(C, i + 1), rho, v, C->x[i]);
	admmbed_age(C, i);
	for (int j = 0; j < D; j++) {
		double e = C->x[i][j] - C->z[j], u = C->w[i][j] - C->z[j];
		double y = rho * (v[j] - C->x[i][j]), dy = y - C->y[i][j];
		double dx = C->x[i][j] - before[j];

		C->up[SV_UP_XX] += C->x[i][j] * C->x[i][j];
		C->up[SV_UP_DD] += e * e;
		C->up[SV_UP_UU] += u * u;
		C->up[SV_UP_DX] += told ? dx * dx : 0.0;
		C->up[SV_UP_DY] += told ? dy * dy : 0.0;
		C->y[i][j] = y;
		C->R[i][0][j] = C->gl[SV_GL_ALPHA] * e;
		C->c[i][0][j] = C->w[i][j] + C->R[i][0][j];
		C->sum[j] += C->c[i][0][j];
	}
	for (uint32_t p = 0; p < C->held[i] && C->memory > 0; p++) {
		for (int j = 0; j < D; j++)
			C->up[SV_UP_STEP_N + 2 * p] +=
			    C->R[i][0][j] * C->R[i][p][j];
		C->up[SV_UP_STEP_N + 2 * p + 1] += 1.0;
	}
	C->up[SV_UP_INNER] += 10.0;
	C->up[SV_UP_PASSES] += 10.0;
}

/* A round; 0, or -1 with a reason. */
static inline int
admmbed_round(struct admmbed *C, struct sv_admm *a, char why[SV_WHY])
{

	C->ngl = sv_admm_method.scalars(a, C->gl);
	memcpy(C->z, sv_admm_method.point(a), sizeof(C->z));
	memset(C->sum, 0, sizeof(C->sum));
	memset(C->up, 0, sizeof(C->up));
	for (uint32_t i = 0; i < C->W; i++)
		admmbed_worker(C, i);
	C->lost = -1;
	C->steps++;
	return (sv_admm_method.feed(a, C->sum, C->up, why));
}

/* F at the answer. */
static inline double
admmbed_value(const struct admmbed *C, struct sv_admm *a)
{
	const double *z = sv_admm_method.answer(a);
	double F = dense_loss(&C->rows, 0, DENSE_N, z, NULL, NULL);

	for (int j = 0; j < D; j++)
		F += C->lambda * fabs(z[j]);
	return (F);
}

/* Rounds until F is within ${error} of ${best}, or ${most}. */
static inline uint32_t
admmbed_run(struct admmbed *C, struct sv_admm *a, double best, double error,
    uint32_t most)
{
	char why[SV_WHY];

	while (C->steps < most && admmbed_value(C, a) - best > error * best)
		if (admmbed_round(C, a, why) == -1)
			return (UINT32_MAX);
	return (C->steps);
}

#endif /* !ADMMBED_H */
