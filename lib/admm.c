#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admm.h"

struct sv_admm {
	struct sv_admm_conf conf;
	double rho;		/* of the coming round */
	double ratio;		/* ... / rho of the one before */
	double *z;		/* what the workers are given */
	double *zn;		/* z+ while a round is evaluated */
	double *wbar;		/* mean of the workers' w_i in the coming round */
	double *slopes;		/* see method.h */
	int known;		/* ... they are */
	struct sv_view view;
};

void
sv_admm_conf_init(struct sv_admm_conf *conf)
{

	memset(conf, 0, sizeof(*conf));
	sv_prox_none(&conf->g);
	conf->alpha = 1.0;
	conf->rho = 1.0;
	conf->rho_factor = 2.0;
	conf->rho_ratio = 10.0;
	conf->stop = SV_ADMM_STOP_NONE;
	conf->eps_primal = conf->eps_dual = 1e-2;
	conf->eps_abs = 1e-5;
	conf->eps_rel = 1e-4;
}

void
sv_admm_conf_paper(struct sv_admm_conf *conf)
{

	conf->alpha = 1.0;
	conf->rho = 1.0;
	conf->rho_factor = 2.0;
	conf->rho_ratio = 10.0;
}

static void
destroy(void *self)
{
	struct sv_admm *a = self;

	if (a == NULL)
		return;
	free(a->slopes);
	free(a->wbar);
	free(a->zn);
	free(a->z);
	free(a);
}

struct sv_admm *
sv_admm_new(const struct sv_admm_conf *conf)
{
	struct sv_admm *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		goto err0;
	a->conf = *conf;
	a->z = calloc(conf->n, sizeof(*a->z));
	a->zn = calloc(conf->n, sizeof(*a->zn));
	a->wbar = calloc(conf->n, sizeof(*a->wbar));
	a->slopes = calloc(conf->n, sizeof(*a->slopes));
	if (a->z == NULL || a->zn == NULL || a->wbar == NULL ||
	    a->slopes == NULL)
		goto err1;
	a->rho = conf->rho;
	a->ratio = 1.0;
	sv_prox_apply(&a->conf.g, 1.0 / ((double)conf->workers * a->rho),
	    a->z, a->z, conf->n);
	a->view = (struct sv_view){ .rho = conf->rho, .primal = NAN,
	    .dual = NAN, .eps_primal = NAN, .eps_dual = NAN, .objective = NAN,
	    .optimality = NAN, .bound = NAN, .gap = NAN, .split = NAN,
	    .inner = NAN, .passes = NAN };
	return (a);

err1:
	destroy(a);
err0:
	return (NULL);
}

static void
start(void *self, const double *grad, const double *up)
{

	(void)self;
	(void)grad;
	(void)up;
}

static size_t
scalars(void *self, double gl[SV_METHOD_SCALARS])
{
	const struct sv_admm *a = self;

	gl[SV_GL_RHO] = a->rho;
	gl[SV_GL_RATIO] = a->ratio;
	gl[SV_GL_ALPHA] = a->conf.alpha;
	gl[SV_GL_EPS] = 0.0;
	return (SV_GL_N);
}

static const double *
answer(void *self)
{

	return (((struct sv_admm *)self)->z);
}

static const double *
slopes(void *self)
{
	const struct sv_admm *a = self;

	return (a->known ? a->slopes : NULL);
}

/*
 * sum of the gradients at the x_i, rho sum (2 z - w_i - x_i), each being the
 * answer to its subproblem: with R = alpha (x - z) and c = w + R,
 * rho (W (z - wbar) - sum R_i / alpha).
 */
static void
find_slopes(struct sv_admm *a, const double *sum, const double *up)
{
	double W = (double)a->conf.workers;

	a->known = !(up[SV_UP_FRESH] > 0.0);
	for (size_t j = 0; a->known && j < a->conf.n; j++)
		a->slopes[j] = a->rho * (W * (a->z[j] - a->wbar[j]) -
		    (sum[j] - W * a->wbar[j]) / a->conf.alpha);
}

/*
 * r and s from what the master has.  With S = sum (x_i - z), which is
 * W (cbar - wbar) / alpha, D = sum |x_i - z|^2 and e = z - z+:
 *	sum |x_i - z+|^2 = D + 2 e'S + W |e|^2
 *	sum |(alpha-1) (x_i - z) + e|^2 = (alpha-1)^2 D + 2 (alpha-1) e'S + W |e|^2
 */
static void
residuals(struct sv_admm *a, const double *sum, const double *up)
{
	double W = (double)a->conf.workers, over = a->conf.alpha - 1.0;
	double D = up[SV_UP_DD], eS = 0.0, ee = 0.0, r2, s2;

	for (size_t j = 0; j < a->conf.n; j++) {
		double e = a->z[j] - a->zn[j];

		eS += e * (sum[j] - W * a->wbar[j]);
		ee += e * e;
	}
	eS /= a->conf.alpha;
	if (up[SV_UP_FRESH] > 0.0) {
		/* wbar is not known, so neither is S: |e'S| <= sqrt(D W e'e). */
		a->view.primal = sqrt(D) + sqrt(W * ee);
		a->view.dual = a->rho * (over * sqrt(D) + sqrt(W * ee));
		return;
	}
	r2 = D + 2.0 * eS + W * ee;
	s2 = over * over * D + 2.0 * over * eS + W * ee;
	a->view.primal = sqrt(fmax(r2, 0.0));
	a->view.dual = a->rho * sqrt(fmax(s2, 0.0));
}

/* Boyd et al. 2011, 3.4.1. */
static double
new_rho(const struct sv_admm *a)
{
	double r = a->view.primal, s = a->view.dual, rho = a->rho;

	if (r > a->conf.rho_ratio * s)
		rho *= a->conf.rho_factor;
	else if (s > a->conf.rho_ratio * r)
		rho /= a->conf.rho_factor;
	return (fmin(fmax(rho, SV_ADMM_RHO_MIN), SV_ADMM_RHO_MAX));
}

/* What the rule asks of r and s; rel: Boyd et al. 2011, (3.12), section 7.1. */
static void
thresholds(struct sv_admm *a, const double *up)
{
	double W = (double)a->conf.workers, zz = 0.0, floor;

	switch (a->conf.stop) {
	case SV_ADMM_STOP_ABS:
		a->view.eps_primal = a->conf.eps_primal;
		a->view.eps_dual = a->conf.eps_dual;
		break;
	case SV_ADMM_STOP_REL:
		for (size_t j = 0; j < a->conf.n; j++)
			zz += a->z[j] * a->z[j];
		floor = sqrt(W * (double)a->conf.n) * a->conf.eps_abs;
		a->view.eps_primal = floor + a->conf.eps_rel *
		    fmax(sqrt(up[SV_UP_XX]), sqrt(W * zz));
		a->view.eps_dual = floor + a->conf.eps_rel *
		    a->view.rho * sqrt(up[SV_UP_UU]);
		break;
	case SV_ADMM_STOP_NONE:
	default:
		break;
	}
}

/*
 * The size of the gradient that z+ leaves, as far as the residuals tell: the
 * dual residual is one part of it exactly, the primal one times a curvature,
 * for which rho is the best guess there is, the other.
 */
static double
merit(void *self)
{
	const struct sv_admm *a = self;

	return (hypot(a->view.rho * a->view.primal, a->view.dual));
}

static int
feed(void *self, const double *sum, const double *up, char why[SV_WHY])
{
	struct sv_admm *a = self;
	double W = (double)a->conf.workers, rho = a->rho, *swap;

	for (size_t j = 0; j < a->conf.n; j++)
		a->zn[j] = sum[j] / W;
	sv_prox_apply(&a->conf.g, 1.0 / (W * rho), a->zn, a->zn, a->conf.n);
	residuals(a, sum, up);
	find_slopes(a, sum, up);
	swap = a->z;
	a->z = a->zn;
	a->zn = swap;

	a->view.round++;
	a->view.rho = rho;
	a->view.split = up[SV_UP_FX] + sv_prox_value(&a->conf.g, a->z,
	    a->conf.n);
	a->view.inner = up[SV_UP_INNER];
	a->view.passes = up[SV_UP_PASSES] / W;
	thresholds(a, up);

	a->rho = new_rho(a);
	a->ratio = a->rho / rho;
	/* w_i+ = z+ + (c_i - z+) / ratio, and so their mean. */
	for (size_t j = 0; j < a->conf.n; j++)
		a->wbar[j] = a->z[j] + (sum[j] / W - a->z[j]) / a->ratio;
	if (isfinite(a->view.primal) && isfinite(a->view.dual))
		return (0);
	snprintf(why, SV_WHY, "the residuals are not finite");
	return (-1);
}

static int
met(void *self)
{
	const struct sv_admm *a = self;

	return (a->conf.stop != SV_ADMM_STOP_NONE && a->view.round > 0 &&
	    a->view.primal <= a->view.eps_primal &&
	    a->view.dual <= a->view.eps_dual);
}

static void
retarget(void *self, const struct sv_prox *g)
{

	((struct sv_admm *)self)->conf.g = *g;
}

static void
look(void *self, struct sv_view *view)
{

	*view = ((struct sv_admm *)self)->view;
}

const struct sv_method sv_admm_method = {
	.name = "admm", .op = SV_OP_STEP, .start = start, .scalars = scalars,
	.point = answer, .feed = feed, .answer = answer, .merit = merit,
	.slopes = slopes, .met = met, .retarget = retarget, .look = look,
	.free = destroy
};
