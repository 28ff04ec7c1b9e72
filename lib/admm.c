#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admm.h"
#include "anderson.h"

#define FIRST 0.1	/* inner tolerance of round 1: of |grad f| / W */
#define LEAST 1e-12	/* ... and of any round */
#define UNEVEN 0.1	/* of the larger residual, where the other is less */

struct sv_admm {
	struct sv_admm_conf conf;
	struct sv_penalty penalty;
	struct sv_anderson *anderson;
	double rho;		/* of the coming round */
	double ratio;		/* ... / rho of the one before */
	double eps;		/* inner tolerance of the coming round */
	double least;		/* ... at least */
	double *theta;		/* weights of what was sent: ntheta */
	unsigned ntheta;
	double *z;		/* what the workers are given */
	double *answer;		/* z+ */
	double *wbar;		/* mean of the w_i in the coming round */
	double *xbar;		/* mean of the x_i of the round before */
	double *slopes;		/* see method.h */
	int known;		/* ... they are, and xbar is */
	struct sv_view view;
};

void
sv_admm_conf_init(struct sv_admm_conf *conf)
{

	memset(conf, 0, sizeof(*conf));
	sv_prox_none(&conf->g);
	conf->alpha = 1.6;
	conf->rule = SV_PENALTY_AUTO;
	conf->rho_factor = 2.0;
	conf->rho_ratio = 10.0;
	conf->memory = 8;
	conf->tau = 0.2;
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
	conf->rule = SV_PENALTY_BOYD;
	conf->rho_factor = 2.0;
	conf->rho_ratio = 10.0;
	conf->memory = 0;
	conf->tau = 0.0;
}

static void
destroy(void *self)
{
	struct sv_admm *a = self;

	if (a == NULL)
		return;
	free(a->slopes);
	free(a->xbar);
	free(a->wbar);
	free(a->answer);
	free(a->z);
	free(a->theta);
	sv_anderson_free(a->anderson);
	free(a);
}

/* The state's memory; 0, or -1. */
static int
make(struct sv_admm *a)
{
	const struct sv_admm_conf *c = &a->conf;

	a->anderson = sv_anderson_new(c->memory, c->n, c->workers);
	a->theta = calloc((size_t)c->memory + 1, sizeof(*a->theta));
	a->z = calloc(c->n, sizeof(*a->z));
	a->answer = calloc(c->n, sizeof(*a->answer));
	a->wbar = calloc(c->n, sizeof(*a->wbar));
	a->xbar = calloc(c->n, sizeof(*a->xbar));
	a->slopes = calloc(c->n, sizeof(*a->slopes));
	if (a->anderson == NULL || a->theta == NULL || a->z == NULL ||
	    a->answer == NULL || a->wbar == NULL || a->xbar == NULL ||
	    a->slopes == NULL)
		return (-1);
	return (0);
}

struct sv_admm *
sv_admm_new(const struct sv_admm_conf *conf)
{
	struct sv_admm *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return (NULL);
	a->conf = *conf;
	if (make(a) == -1) {
		destroy(a);
		return (NULL);
	}
	sv_penalty_init(&a->penalty, conf->rule, conf->rho_factor,
	    conf->rho_ratio);
	a->rho = conf->rho > 0.0 ? conf->rho :
	    fmax(SV_ADMM_RHO_LEAST, SV_ADMM_RHO_SHARE / (double)conf->workers);
	a->ratio = 1.0;
	sv_prox_apply(&a->conf.g, 1.0 / ((double)conf->workers * a->rho),
	    a->z, a->z, conf->n);
	memcpy(a->answer, a->z, conf->n * sizeof(*a->z));
	a->view = (struct sv_view){ .rho = a->rho, .primal = NAN,
	    .dual = NAN, .eps_primal = NAN, .eps_dual = NAN, .objective = NAN,
	    .optimality = NAN, .bound = NAN, .gap = NAN, .split = NAN,
	    .inner = NAN, .passes = NAN };
	return (a);
}

static void
start(void *self, const double *grad, const double *up)
{
	struct sv_admm *a = self;
	double gg = 0.0, size;

	/* No round has been made yet, and w = 0: z does not depend on rho. */
	if (!(a->conf.rho > 0.0))
		a->rho = fmax(a->rho,
		    sqrt(up[SV_UP_WEIGHT]) / SV_ADMM_RHO_ROWS);
	a->view.rho = a->rho;
	for (size_t j = 0; j < a->conf.n; j++)
		gg += grad[j] * grad[j];
	size = sqrt(gg) / (double)a->conf.workers;
	a->least = LEAST * size;
	a->eps = FIRST * size;
}

static size_t
scalars(void *self, double gl[SV_METHOD_SCALARS])
{
	const struct sv_admm *a = self;

	gl[SV_GL_RHO] = a->rho;
	gl[SV_GL_RATIO] = a->ratio;
	gl[SV_GL_ALPHA] = a->conf.alpha;
	gl[SV_GL_EPS] = a->conf.tau > 0.0 ? a->eps : 0.0;
	/* One weight is 1, which goes without saying. */
	if (a->ntheta <= 1)
		return (SV_GL_N);
	memcpy(gl + SV_GL_N, a->theta, a->ntheta * sizeof(*a->theta));
	return (SV_GL_N + a->ntheta);
}

static const double *
point(void *self)
{

	return (((struct sv_admm *)self)->z);
}

static const double *
answer(void *self)
{

	return (((struct sv_admm *)self)->answer);
}

static const double *
slopes(void *self)
{
	const struct sv_admm *a = self;

	return (a->known ? a->slopes : NULL);
}

/*
 * The sum of the gradients at the x_i, rho sum (2 z - w_i - x_i), each x_i
 * being the answer to its subproblem, and their mean xbar.  With S as below,
 *	xbar = z + S / W	slopes = rho (W (z - wbar) - S)
 * Return the change of the mean gradient over that of xbar since the round
 * before; 0 where one of them is not known.
 */
static double
secant(struct sv_admm *a, const double *sum, const double *up)
{
	double W = (double)a->conf.workers, dx = 0.0, dy = 0.0;
	int before = a->known;

	a->known = !(up[SV_UP_FRESH] > 0.0);
	if (!a->known)
		return (0.0);
	for (size_t j = 0; j < a->conf.n; j++) {
		double S = (sum[j] - W * a->wbar[j]) / a->conf.alpha;
		double x = a->z[j] + S / W;
		double y = a->rho * (W * (a->z[j] - a->wbar[j]) - S);

		dx += (x - a->xbar[j]) * (x - a->xbar[j]);
		dy += (y - a->slopes[j]) * (y - a->slopes[j]);
		a->xbar[j] = x;
		a->slopes[j] = y;
	}
	return (before && dx > 0.0 ? sqrt(dy / dx) / W : 0.0);
}

/*
 * r and s from what the master has.  With S = sum (x_i - z), which is
 * W (cbar - wbar) / alpha, D = sum |x_i - z|^2 and e = z - z+:
 *	sum |x_i - z+|^2 = D + 2 e'S + W |e|^2
 *	sum |(alpha-1) (x_i - z) + e|^2 =
 *	    (alpha-1)^2 D + 2 (alpha-1) e'S + W |e|^2
 */
static void
residuals(struct sv_admm *a, const double *sum, const double *up)
{
	double W = (double)a->conf.workers, over = a->conf.alpha - 1.0;
	double D = up[SV_UP_DD], eS = 0.0, ee = 0.0, r2, s2;

	for (size_t j = 0; j < a->conf.n; j++) {
		double e = a->z[j] - a->answer[j];

		eS += e * (sum[j] - W * a->wbar[j]);
		ee += e * e;
	}
	eS /= a->conf.alpha;
	if (up[SV_UP_FRESH] > 0.0) {
		/* Without wbar there is no S: |e'S| <= sqrt(D W e'e). */
		a->view.primal = sqrt(D) + sqrt(W * ee);
		a->view.dual = a->rho * (over * sqrt(D) + sqrt(W * ee));
		return;
	}
	r2 = D + 2.0 * eS + W * ee;
	s2 = over * over * D + 2.0 * over * eS + W * ee;
	/* Below 0 by rounding; what is no number is to stay none. */
	a->view.primal = r2 <= 0.0 ? 0.0 : sqrt(r2);
	a->view.dual = s2 <= 0.0 ? 0.0 : a->rho * sqrt(s2);
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
			zz += a->answer[j] * a->answer[j];
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

/* rho sqrt(W) |z - z+|, and sqrt(W) |z+|. */
static void
moves(const struct sv_admm *a, double *move, double *size)
{
	double W = (double)a->conf.workers, ee = 0.0, zz = 0.0;

	for (size_t j = 0; j < a->conf.n; j++) {
		double e = a->z[j] - a->answer[j];

		ee += e * e;
		zz += a->answer[j] * a->answer[j];
	}
	*move = a->rho * sqrt(W * ee);
	*size = sqrt(W * zz);
}

/* How well the workers are to solve the coming round. */
static void
aim(struct sv_admm *a, double r, double move)
{
	double low = fmin(r, move), high = fmax(r, move);

	a->eps = a->conf.tau * fmax(low, UNEVEN * high) /
	    sqrt((double)a->conf.workers);
	a->eps = fmax(a->eps, a->least);
}

/* rho of the coming round, by the rule. */
static void
choose_rho(struct sv_admm *a, const double *up, double mean)
{
	struct sv_penalty_round k = {
		.rho = a->rho, .r = a->view.primal, .s = a->view.dual,
		.x = sqrt(up[SV_UP_XX]), .u = sqrt(up[SV_UP_UU]), .mean = mean
	};
	double rho;

	moves(a, &k.move, &k.z);
	if (mean > 0.0 && up[SV_UP_DX] > 0.0)
		k.each = sqrt(up[SV_UP_DY] / up[SV_UP_DX]);
	aim(a, a->rho * k.r, k.move);
	rho = a->rho * sv_penalty_factor(&a->penalty, &k);
	rho = fmin(fmax(rho, SV_ADMM_RHO_MIN), SV_ADMM_RHO_MAX);
	a->ratio = rho / a->rho;
	a->rho = rho;
}

/*
 * Where the workers go on from: w_i+ = sum theta_j c_i^j, in the mean, and z
 * that belongs to them.  After that, where rho becomes ratio rho, the scaled
 * duals w_i+ - z become (w_i+ - z) / ratio, which keeps z.
 */
static void
go_on(struct sv_admm *a, const double *up, double rho)
{
	double W = (double)a->conf.workers;

	sv_anderson_feed(a->anderson,
	    a->conf.memory > 0 ? up + SV_UP_STEP_N : NULL);
	a->ntheta = sv_anderson_weights(a->anderson, a->theta);
	sv_anderson_combine(a->anderson, a->theta, a->ntheta, a->wbar);
	if (a->ntheta > 1)
		sv_prox_apply(&a->conf.g, 1.0 / (W * rho), a->wbar, a->z,
		    a->conf.n);
	else
		memcpy(a->z, a->answer, a->conf.n * sizeof(*a->z));
	if (!(a->ratio < 1.0 || a->ratio > 1.0))
		return;
	for (size_t j = 0; j < a->conf.n; j++)
		a->wbar[j] = a->z[j] + (a->wbar[j] - a->z[j]) / a->ratio;
	sv_anderson_restart(a->anderson);
}

static int
feed(void *self, const double *sum, const double *up, char why[SV_WHY])
{
	struct sv_admm *a = self;
	double W = (double)a->conf.workers, rho = a->rho, mean;
	double *cbar = sv_anderson_slot(a->anderson);

	for (size_t j = 0; j < a->conf.n; j++)
		cbar[j] = sum[j] / W;
	sv_prox_apply(&a->conf.g, 1.0 / (W * rho), cbar, a->answer,
	    a->conf.n);
	residuals(a, sum, up);
	if (!isfinite(a->view.primal) || !isfinite(a->view.dual)) {
		snprintf(why, SV_WHY, "the residuals are not finite");
		return (-1);
	}
	mean = secant(a, sum, up);

	a->view.round++;
	a->view.rho = rho;
	a->view.split = up[SV_UP_FX] + sv_prox_value(&a->conf.g, a->answer,
	    a->conf.n);
	a->view.inner = up[SV_UP_INNER];
	a->view.passes = up[SV_UP_PASSES] / W;
	thresholds(a, up);

	choose_rho(a, up, mean);
	go_on(a, up, rho);
	return (0);
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
	struct sv_admm *a = self;

	a->conf.g = *g;
	sv_anderson_restart(a->anderson);
	sv_penalty_init(&a->penalty, a->conf.rule, a->conf.rho_factor,
	    a->conf.rho_ratio);
}

static int
begin(void *self, const double *z, const double *gl, size_t n)
{
	struct sv_admm *a = self;
	size_t size = a->conf.n * sizeof(*z);

	memcpy(a->z, z, size);
	memcpy(a->answer, z, size);
	/* Shards that know nothing: where their w_i are comes with c_i. */
	sv_anderson_restart(a->anderson);
	a->ntheta = 0;
	a->known = 0;
	a->ratio = 1.0;
	if (n < SV_GL_N)
		return (0);
	if (gl[SV_GL_RHO] >= SV_ADMM_RHO_MIN && gl[SV_GL_RHO] <= SV_ADMM_RHO_MAX)
		a->view.rho = a->rho = gl[SV_GL_RHO];
	if (gl[SV_GL_EPS] > 0.0 && gl[SV_GL_EPS] < a->eps)
		a->eps = fmax(gl[SV_GL_EPS], a->least);
	return (0);
}

static void
keep_view(struct sv_view *v, struct sv_keep *k)
{
	double *of[] = { &v->rho, &v->primal, &v->dual, &v->eps_primal,
	    &v->eps_dual, &v->split, &v->inner, &v->passes };

	sv_keep_count(k, "the number of rounds", &v->round, UINT32_MAX);
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		sv_keep_any(k, "what the last round showed", of[i]);
}

/* What has to be the same. */
static void
keep_options(const struct sv_admm *a, struct sv_keep *k)
{

	sv_keep_same(k, "the number of shards", a->conf.workers);
	sv_keep_same(k, "the number of elements", (double)a->conf.n);
	sv_keep_same(k, "--alpha", a->conf.alpha);
	sv_keep_same(k, "--memory", a->conf.memory);
	sv_keep_same(k, "--tau", a->conf.tau);
}

static void
keep(void *self, struct sv_keep *k)
{
	struct sv_admm *a = self;
	uint32_t ntheta = a->ntheta;
	size_t n = a->conf.n;

	keep_options(a, k);
	sv_keep_real(k, "rho", &a->rho, SV_ADMM_RHO_MIN, SV_ADMM_RHO_MAX);
	sv_keep_real(k, "the change of rho", &a->ratio, DBL_MIN, DBL_MAX);
	sv_keep_real(k, "the inner tolerance", &a->eps, 0.0, DBL_MAX);
	sv_keep_real(k, "the least tolerance", &a->least, 0.0, DBL_MAX);
	sv_keep_count(k, "the number of weights", &ntheta,
	    a->conf.memory + 1);
	if (k->bad)
		return;
	a->ntheta = ntheta;
	for (uint32_t i = 0; i < ntheta; i++)
		sv_keep_real(k, "a weight", &a->theta[i], -DBL_MAX, DBL_MAX);
	sv_keep_vector(k, "z", a->z, n);
	sv_keep_vector(k, "the answer", a->answer, n);
	sv_keep_vector(k, "the mean of w", a->wbar, n);
	sv_keep_flag(k, "what is known of x", &a->known);
	if (a->known && !k->bad) {
		sv_keep_vector(k, "the mean of x", a->xbar, n);
		sv_keep_vector(k, "the slopes", a->slopes, n);
	}
	keep_view(&a->view, k);
	sv_penalty_keep(&a->penalty, k);
	sv_anderson_keep(a->anderson, k);
}

static void
look(void *self, struct sv_view *view)
{

	*view = ((struct sv_admm *)self)->view;
}

const struct sv_method sv_admm_method = {
	.name = "admm", .op = SV_OP_STEP, .start = start, .scalars = scalars,
	.point = point, .feed = feed, .answer = answer, .merit = merit,
	.slopes = slopes, .met = met, .retarget = retarget, .begin = begin,
	.keep = keep, .look = look, .free = destroy
};
