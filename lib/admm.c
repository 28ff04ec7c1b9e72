#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "admm.h"

/*
 * However far the goal seems, look at it when it has not been looked at for a
 * fifth of the rounds so far or GRAD_ROUNDS, if the rounds since then have made
 * GRAD_SHARE times the passes over the data that the look costs.
 */
#define GRAD_ROUNDS 10u
#define GRAD_SHARE 20.0

enum phase {
	ZERO,	/* waiting for the gradient at 0 */
	ROUNDS,	/* in the course of the rounds */
	LAST	/* the rounds are over; a GRAD for the report */
};

struct sv_admm {
	struct sv_admm_conf conf;
	enum phase phase;
	int met;	/* LAST: the residuals met the stopping rule */
	double rho;	/* of the coming round */
	double ratio;	/* ... / rho of the one before */
	double *z;	/* what the workers are given */
	double *zn;	/* z+ while a round is evaluated */
	double *wbar;	/* mean of the workers' w_i in the coming round */
	double violation0;	/* V(0) */
	double scale;	/* optimality = V(z) * scale */
	double merit;	/* of the last round, see merit() */
	double merit_seen;	/* ... at the last GRAD round after a STEP */
	double seen;	/* optimality then; NaN before */
	uint32_t since;	/* STEP rounds since then */
	double spent;	/* ... and passes over the data */
	double gpasses;	/* ... that a GRAD round costs */
	struct sv_admm_view view;
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
	conf->max_rounds = 1000;
	conf->stop = SV_ADMM_STOP_OPT;
	conf->tolerance = 2e-4;
	conf->eps_primal = conf->eps_dual = 1e-2;
	conf->eps_abs = 1e-5;
	conf->eps_rel = 1e-4;
}

struct sv_admm *
sv_admm_new(const struct sv_admm_conf *conf)
{
	struct sv_admm *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		goto err0;
	a->conf = *conf;
	a->z = calloc(conf->d, sizeof(*a->z));
	a->zn = calloc(conf->d, sizeof(*a->zn));
	a->wbar = calloc(conf->d, sizeof(*a->wbar));
	if (a->z == NULL || a->zn == NULL || a->wbar == NULL)
		goto err1;
	a->phase = ZERO;
	a->rho = conf->rho;
	a->ratio = 1.0;
	a->seen = NAN;
	a->view = (struct sv_admm_view){ .rho = conf->rho, .primal = NAN,
	    .dual = NAN, .eps_primal = NAN, .eps_dual = NAN, .objective = NAN,
	    .optimality = NAN, .bound = NAN, .gap = NAN, .split = NAN, .inner = NAN, .passes = NAN };
	return (a);

err1:
	sv_admm_free(a);
err0:
	return (NULL);
}

void
sv_admm_free(struct sv_admm *a)
{

	if (a == NULL)
		return;
	free(a->wbar);
	free(a->zn);
	free(a->z);
	free(a);
}

const double *
sv_admm_z(const struct sv_admm *a)
{

	return (a->z);
}

void
sv_admm_scalars(const struct sv_admm *a, double gl[SV_GL_N])
{

	gl[SV_GL_RHO] = a->rho;
	gl[SV_GL_RATIO] = a->ratio;
	gl[SV_GL_ALPHA] = a->conf.alpha;
	gl[SV_GL_EPS] = 0.0;
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

	for (size_t j = 0; j < a->conf.d; j++) {
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
		for (size_t j = 0; j < a->conf.d; j++)
			zz += a->z[j] * a->z[j];
		floor = sqrt(W * (double)a->conf.d) * a->conf.eps_abs;
		a->view.eps_primal = floor + a->conf.eps_rel *
		    fmax(sqrt(up[SV_UP_XX]), sqrt(W * zz));
		a->view.eps_dual = floor + a->conf.eps_rel *
		    a->view.rho * sqrt(up[SV_UP_UU]);
		break;
	case SV_ADMM_STOP_OPT:
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
merit(const struct sv_admm *a)
{

	return (hypot(a->view.rho * a->view.primal, a->view.dual));
}

/* Does it pay to look at the optimality of this z? */
static int
worth_grad(const struct sv_admm *a)
{
	uint32_t patience = a->view.round / 5 + 1;
	double guess;

	if (isnan(a->seen))
		return (1);
	guess = a->seen * a->merit / a->merit_seen;
	if (guess <= a->conf.tolerance)
		return (1);
	if (patience > GRAD_ROUNDS)
		patience = GRAD_ROUNDS;
	return (a->since >= patience && a->spent >= GRAD_SHARE * a->gpasses);
}

static enum sv_admm_next
decide(struct sv_admm *a)
{
	const struct sv_admm_view *v = &a->view;

	a->met = a->conf.stop != SV_ADMM_STOP_OPT &&
	    v->primal <= v->eps_primal && v->dual <= v->eps_dual;
	if (a->met || v->round >= a->conf.max_rounds) {
		a->phase = LAST;
		return (SV_ADMM_GRAD);
	}
	if (a->conf.stop == SV_ADMM_STOP_OPT && worth_grad(a))
		return (SV_ADMM_GRAD);
	return (SV_ADMM_STEP);
}

enum sv_admm_next
sv_admm_step(struct sv_admm *a, const double *sum,
    const double up[SV_UP_STEP_N])
{
	double W = (double)a->conf.workers, *swap;
	double rho = a->rho;

	for (size_t j = 0; j < a->conf.d; j++)
		a->zn[j] = sum[j] / W;
	a->conf.g.apply(&a->conf.g, 1.0 / (W * rho), a->zn, a->zn, a->conf.d);
	residuals(a, sum, up);
	swap = a->z;
	a->z = a->zn;
	a->zn = swap;

	a->view.round++;
	a->view.rho = rho;
	a->view.objective = a->view.optimality = NAN;
	a->view.split = up[SV_UP_FX] + a->conf.g.value(&a->conf.g, a->z,
	    a->conf.d);
	a->view.inner = up[SV_UP_INNER];
	a->view.passes = up[SV_UP_PASSES] / W;
	a->since++;
	a->spent += a->view.passes;
	thresholds(a, up);
	a->merit = merit(a);

	a->rho = new_rho(a);
	a->ratio = a->rho / rho;
	/* w_i+ = z+ + (c_i - z+) / ratio, and so their mean. */
	for (size_t j = 0; j < a->conf.d; j++)
		a->wbar[j] = a->z[j] + (sum[j] / W - a->z[j]) / a->ratio;
	return (decide(a));
}

enum sv_admm_next
sv_admm_grad(struct sv_admm *a, const double *sum,
    const double up[SV_UP_GRAD_N])
{
	const struct sv_prox *g = &a->conf.g;
	double rows = up[SV_UP_ROWS], pos = up[SV_UP_POS], v;

	v = g->violation(g, a->z, sum, a->conf.d);
	a->view.objective = up[SV_UP_FZ] + g->value(g, a->z, a->conf.d);
	if (a->phase == ZERO) {
		a->phase = ROUNDS;
		a->view.rows = (uint64_t)rows;
		a->violation0 = v;
		a->gpasses = up[SV_UP_GPASSES] / (double)a->conf.workers;
		if (v > 0.0)
			a->scale = rows / fmax(fmin(pos, rows - pos), 1.0) / v;
		a->view.optimality = v * a->scale;
		return (v > 0.0 ? SV_ADMM_STEP : SV_ADMM_DONE);
	}
	a->view.optimality = v * a->scale;
	a->seen = a->view.optimality;
	a->merit_seen = a->merit;
	a->since = 0;
	a->spent = 0.0;
	if (a->conf.stop == SV_ADMM_STOP_OPT)
		a->met = a->view.optimality <= a->conf.tolerance;
	if (a->met)
		return (SV_ADMM_DONE);
	return (a->phase == LAST ? SV_ADMM_LIMIT : SV_ADMM_STEP);
}

void
sv_admm_look(const struct sv_admm *a, struct sv_admm_view *view)
{

	*view = a->view;
	view->nonzero = 0;
	for (size_t j = 0; j < a->conf.d; j++)
		view->nonzero += a->z[j] != 0.0;
}

void
sv_admm_trace(const struct sv_admm_view *view, double tr[SV_TR_N])
{

	tr[SV_TR_PRIMAL] = view->primal;
	tr[SV_TR_DUAL] = view->dual;
	tr[SV_TR_RHO] = view->rho;
	tr[SV_TR_EPS_PRIMAL] = view->eps_primal;
	tr[SV_TR_EPS_DUAL] = view->eps_dual;
	tr[SV_TR_OBJECTIVE] = view->objective;
	tr[SV_TR_OPTIMALITY] = view->optimality;
	tr[SV_TR_SPLIT] = view->split;
	tr[SV_TR_INNER] = view->inner;
	tr[SV_TR_PASSES] = view->passes;
	tr[SV_TR_NONZERO] = (double)view->nonzero;
	tr[SV_TR_BOUND] = view->bound;
	tr[SV_TR_GAP] = view->gap;
}
