#ifndef ADMMBED_H
#define ADMMBED_H

#include <stdint.h>
#include <string.h>

#include "admm.h"
#include "dense.h"

/* For tests of the master's mathematics: workers without a process. */

#define ADMMBED_W 5
#define D DENSE_D

/* W workers that solve their subproblems exactly, in the numerics' own terms. */
struct admmbed {
	struct dense rows;
	uint32_t W;
	double x[ADMMBED_W][D], c[ADMMBED_W][D], w[ADMMBED_W][D];
	double z[D];	/* of the last GLOBAL */
	int lost;	/* worker without state in the next step; -1 none */
	uint32_t steps, grads;
};

static inline void
admmbed_setup(struct admmbed *C, struct sv_admm_conf *conf, uint32_t W, double lambda)
{

	memset(C, 0, sizeof(*C));
	dense_make(&C->rows, 4);
	C->W = W;
	C->lost = -1;
	sv_admm_conf_init(conf);
	sv_prox_l1(&conf->g, lambda);
	conf->d = D;
	conf->workers = W;
}

static inline int
admmbed_from(const struct admmbed *C, uint32_t i)
{

	return ((int)(DENSE_N * i / C->W));
}

static inline void
admmbed_step(struct admmbed *C, const struct sv_admm *a, double *sum, double *up)
{
	const double *z = sv_admm_z(a);
	double gl[SV_GL_N], v[D];

	sv_admm_scalars(a, gl);
	memset(sum, 0, D * sizeof(*sum));
	memset(up, 0, SV_UP_STEP_N * sizeof(*up));
	memcpy(C->z, z, sizeof(C->z));
	for (uint32_t i = 0; i < C->W; i++) {
		double g[D];
		int fresh = C->lost == (int)i;

		dense_loss(&C->rows, admmbed_from(C, i), admmbed_from(C, i + 1), z, g, NULL);
		for (int j = 0; j < D; j++) {
			C->w[i][j] = fresh ? z[j] - g[j] / gl[SV_GL_RHO] :
			    C->steps == 0 ? 0.0 :
			    z[j] + (C->c[i][j] - z[j]) / gl[SV_GL_RATIO];
			if (fresh)
				C->x[i][j] = z[j];
			v[j] = 2.0 * z[j] - C->w[i][j];
		}
		up[SV_UP_FRESH] += fresh;
		up[SV_UP_FX] += dense_local(&C->rows, admmbed_from(C, i),
		    admmbed_from(C, i + 1), gl[SV_GL_RHO], v, C->x[i]);
		for (int j = 0; j < D; j++) {
			double e = C->x[i][j] - z[j], u = C->w[i][j] - z[j];

			up[SV_UP_XX] += C->x[i][j] * C->x[i][j];
			up[SV_UP_DD] += e * e;
			up[SV_UP_UU] += u * u;
			C->c[i][j] = C->w[i][j] + gl[SV_GL_ALPHA] * e;
			sum[j] += C->c[i][j];
		}
		up[SV_UP_INNER] += 10.0;
		up[SV_UP_PASSES] += 10.0;
	}
	C->lost = -1;
	C->steps++;
}

static inline void
admmbed_grad(struct admmbed *C, const struct sv_admm *a, double *sum, double *up)
{

	memset(up, 0, SV_UP_GRAD_N * sizeof(*up));
	up[SV_UP_FZ] = dense_loss(&C->rows, 0, DENSE_N, sv_admm_z(a), sum, NULL);
	up[SV_UP_ROWS] = DENSE_N;
	for (int j = 0; j < DENSE_N; j++)
		up[SV_UP_POS] += C->rows.y[j] > 0.0;
	up[SV_UP_GPASSES] = C->W;
	C->grads++;
}

/* One round of whatever is asked for. */
static inline enum sv_admm_next
admmbed_round(struct admmbed *C, struct sv_admm *a, enum sv_admm_next what)
{
	double sum[D], step[SV_UP_STEP_N], grad[SV_UP_GRAD_N];

	if (what == SV_ADMM_STEP) {
		admmbed_step(C, a, sum, step);
		return (sv_admm_step(a, sum, step));
	}
	admmbed_grad(C, a, sum, grad);
	return (sv_admm_grad(a, sum, grad));
}

static inline enum sv_admm_next
admmbed_run(struct admmbed *C, struct sv_admm *a)
{
	enum sv_admm_next what = SV_ADMM_GRAD;

	while (what == SV_ADMM_STEP || what == SV_ADMM_GRAD)
		what = admmbed_round(C, a, what);
	return (what);
}

#endif /* !ADMMBED_H */
