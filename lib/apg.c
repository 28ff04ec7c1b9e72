#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apg.h"

#define GROW (1.0 / 0.9)	/* of the step, in a round */
#define STEEP 1e3	/* shorter, where the curvature overflows */
#define PROBE 1e-3	/* cautious: the first change of f, per weight */
#define REACH 4.0	/* cautious: how much further than ever before */
#define RECOVER 4.0	/* ... how fast a step grows that was rejected */
#define HALVINGS 200
/* Differences below this share of their operands say nothing. */
#define NOISE 1e-12
/* Momentum that has not halved the residual in so many rounds is dropped ... */
#define PATIENCE 100u
/* ... if the residual is by this factor above its least. */
#define WORSE 10.0

/* A point and what a round has told of it. */
struct spot {
	double *x, *g;	/* g: the gradient of f */
	double f;
};

struct sv_apg {
	struct sv_apg_conf conf;
	double t;	/* step of the coming x+, if that is within reach */
	double told;	/* ... of x */
	double a;	/* momentum's sequence */
	double reach;	/* how far the next point may be; INFINITY: anywhere */
	double *x, *xo;	/* the last prox output, and the one before */
	double *y;	/* where the coming round is made */
	struct spot last;	/* where the one before was; x is its x+ */
	struct spot best;	/* of the points without momentum */
	int pending;	/* x and y are not made from last yet */
	int plain;	/* y is x */
	int first;	/* no curvature was measured yet */
	int recovers;	/* no curvature was as large as the step allows yet */
	double moved;	/* |x - last.x| */
	double size;	/* of the gradient at the start, squared */
	double least;	/* residual since momentum was dropped */
	uint32_t since;	/* rounds since then, or since half of that */
	uint32_t restarts, rejected;
	double passes;
};

void
sv_apg_conf_init(struct sv_apg_conf *conf)
{

	memset(conf, 0, sizeof(*conf));
	sv_prox_none(&conf->g);
	conf->workers = 1;
}

static void
destroy(void *self)
{
	struct sv_apg *s = self;

	if (s == NULL)
		return;
	free(s->best.g);
	free(s->best.x);
	free(s->last.g);
	free(s->last.x);
	free(s->y);
	free(s->xo);
	free(s->x);
	free(s);
}

struct sv_apg *
sv_apg_new(const struct sv_apg_conf *conf)
{
	size_t n = conf->n > 0 ? conf->n : 1;
	struct sv_apg *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	s->conf = *conf;
	s->x = calloc(n, sizeof(*s->x));
	s->xo = calloc(n, sizeof(*s->xo));
	s->y = calloc(n, sizeof(*s->y));
	s->last.x = calloc(n, sizeof(*s->last.x));
	s->last.g = calloc(n, sizeof(*s->last.g));
	s->best.x = calloc(n, sizeof(*s->best.x));
	s->best.g = calloc(n, sizeof(*s->best.g));
	if (s->x == NULL || s->xo == NULL || s->y == NULL ||
	    s->last.x == NULL || s->last.g == NULL || s->best.x == NULL ||
	    s->best.g == NULL) {
		destroy(s);
		errno = ENOMEM;
		return (NULL);
	}
	sv_prox_apply(&s->conf.g, 1.0, s->x, s->x, conf->n);
	memcpy(s->y, s->x, conf->n * sizeof(*s->y));
	s->t = s->told = s->a = 1.0;
	s->reach = s->least = INFINITY;
	s->first = s->plain = 1;
	return (s);
}

static double
dot(const double *a, const double *b, size_t n)
{
	double sum = 0.0;

	for (size_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	return (sum);
}

static double
distance(const double *a, const double *b, size_t n)
{
	double sum = 0.0;

	for (size_t i = 0; i < n; i++)
		sum += (a[i] - b[i]) * (a[i] - b[i]);
	return (sqrt(sum));
}

static void
set_spot(const struct sv_apg *s, struct spot *to, const double *x,
    const double *g, double f)
{
	size_t size = s->conf.n * sizeof(*x);

	memcpy(to->x, x, size);
	memcpy(to->g, g, size);
	to->f = f;
}

static double
clip(double t)
{

	return (fmin(fmax(t, SV_APG_STEP_MIN), SV_APG_STEP_MAX));
}

/* x+ = prox_{t g}(y - t v), y and v of the last spot; how far that is. */
static double
descend(const struct sv_apg *s, double t, double *next)
{

	for (size_t i = 0; i < s->conf.n; i++)
		next[i] = s->last.x[i] - t * s->last.g[i];
	sv_prox_apply(&s->conf.g, t, next, next, s->conf.n);
	return (distance(next, s->last.x, s->conf.n));
}

/*
 * Take that step, shorter if it leads out of reach; x becomes xo.  From a y
 * outside the domain no step may be short enough: then it is as it was.
 * Returns the step.
 */
static double
advance(struct sv_apg *s)
{
	double *next = s->xo, t = s->t;

	s->moved = descend(s, t, next);
	for (int k = 0; k < HALVINGS && s->moved > s->reach; k++)
		s->moved = descend(s, t /= 2.0, next);
	if (s->moved > s->reach)
		s->moved = descend(s, t = s->t, next);
	s->xo = s->x;
	s->x = next;
	return (t);
}

/*
 * Does momentum, (y - x+)'(x+ - x) > 0, or a long wait say to drop it?
 * ${residual} is |x+ - y| / t.
 */
static int
stray(struct sv_apg *s, double residual)
{
	double up = 0.0;

	for (size_t i = 0; i < s->conf.n; i++)
		up += (s->last.x[i] - s->x[i]) * (s->x[i] - s->xo[i]);
	if (residual < s->least / 2.0)
		s->since = 0;
	s->least = fmin(s->least, residual);
	s->since++;
	return (up > 0.0 ||
	    (s->since > PATIENCE && residual > WORSE * s->least));
}

/* The next point, x and y, from the last spot, ${fresh}: without momentum. */
static void
leap(struct sv_apg *s, int fresh)
{
	double a, beta = 0.0, far, t;

	s->pending = 0;
	t = advance(s);
	if (!fresh && stray(s, s->moved / t)) {
		fresh = 1;
		s->restarts++;
	}
	a = (1.0 + sqrt(1.0 + 4.0 * s->told / t * s->a * s->a)) / 2.0;
	if (fresh) {
		a = 1.0;
		s->since = 0;
		s->least = s->moved / t;
	} else {
		beta = (s->a - 1.0) / a;
		far = beta * distance(s->x, s->xo, s->conf.n);
		if (far > s->reach)
			beta *= s->reach / far;
	}
	s->a = a;
	s->told = t;
	for (size_t i = 0; i < s->conf.n; i++)
		s->y[i] = s->x[i] + beta * (s->x[i] - s->xo[i]);
	s->plain = !(beta > 0.0);
}

static void
start(void *self, const double *grad, const double *up)
{
	struct sv_apg *s = self;
	double f = up[SV_UP_FZ];
	double gain = s->conf.cautious ? PROBE * up[SV_UP_WEIGHT] : f;

	set_spot(s, &s->last, s->x, grad, f);
	set_spot(s, &s->best, s->x, grad, f);
	s->size = dot(grad, grad, s->conf.n);
	s->t = s->conf.step;
	if (!(s->t > 0.0))
		s->t = s->size > 0.0 && gain > 0.0 ? gain / s->size : 1.0;
	s->t = clip(s->t);
	if (s->conf.cautious)
		s->reach = s->t * sqrt(s->size);
	s->pending = 1;
}

static size_t
scalars(void *self, double gl[SV_METHOD_SCALARS])
{

	(void)self;
	(void)gl;
	return (0);
}

static const double *
point(void *self)
{
	struct sv_apg *s = self;

	if (s->pending)
		leap(s, 1);
	return (s->y);
}

/* What the last round says of the function between its point and the last. */
struct change {
	double dy;	/* |y+ - y| */
	double curvature;	/* |dv|^2 / dv'dy; 0 if it cannot be told */
	double excess;	/* 2 D / |dy|^2; 0 if it cannot be told */
};

static struct change
measure(const struct sv_apg *s, const double *grad, double f)
{
	const struct spot *last = &s->last;
	struct change c = { .curvature = 0.0, .excess = 0.0 };
	double dd = 0.0, gg = 0.0, dg = 0.0, linear = 0.0, D, floor;

	for (size_t i = 0; i < s->conf.n; i++) {
		double e = s->y[i] - last->x[i], h = grad[i] - last->g[i];

		dd += e * e;
		gg += h * h;
		dg += e * h;
		linear += last->g[i] * e;
	}
	c.dy = sqrt(dd);
	floor = NOISE * NOISE * fmax(s->size, dot(grad, grad, s->conf.n));
	if (dg > 0.0 && gg > floor)
		c.curvature = gg / dg;
	D = f - last->f - linear;
	if (dd > 0.0 && D > NOISE * (fabs(f) + fabs(last->f)))
		c.excess = 2.0 * D / dd;
	return (c);
}

/* F of a spot whose x is a prox output. */
static double
value(const struct sv_apg *s, const double *x, double f)
{

	return (f + sv_prox_value(&s->conf.g, x, s->conf.n));
}

/* From the last spot again, more carefully. */
static void
reject(struct sv_apg *s, const struct change *c)
{
	double steep = fmax(c->excess, c->curvature);

	s->rejected++;
	s->t = clip(s->told / (isfinite(steep) ? fmax(2.0, s->told * steep) :
	    STEEP));
	if (s->conf.cautious) {
		s->reach = c->dy / REACH;
		s->recovers = 1;
	}
	leap(s, 1);
}

/* The step after a round that was as expected. */
static void
set_step(struct sv_apg *s, const struct change *c)
{
	double t = s->t * (s->recovers ? RECOVER : GROW);

	if (c->curvature > 0.0 && isfinite(c->curvature))
		t = s->first ? 1.0 / c->curvature :
		    fmin(t, 1.0 / c->curvature);
	s->recovers &= t >= s->t * RECOVER;
	s->first = 0;
	s->t = clip(t);
	if (s->conf.cautious)
		s->reach = fmax(s->reach, REACH * c->dy);
}

static int
feed(void *self, const double *sum, const double *up, char why[SV_WHY])
{
	struct sv_apg *s = self;
	double f = up[SV_UP_FZ], F, best;
	struct change c = measure(s, sum, f);

	s->passes = up[SV_UP_GPASSES] / (double)s->conf.workers;
	if (f >= SV_UP_OVERFLOW) {
		snprintf(why, SV_WHY, "the loss overflows: a smaller --step, "
		    "or features of another scale, may help");
		return (-1);
	}
	if (c.excess > 2.0 / s->told) {
		if (s->told <= SV_APG_STEP_MIN) {
			snprintf(why, SV_WHY, "no step is short enough: the "
			    "features are too large, or the gradient is not "
			    "that of the loss");
			return (-1);
		}
		reject(s, &c);
		return (0);
	}
	if (s->plain) {
		F = value(s, s->y, f);
		best = value(s, s->best.x, s->best.f);
		if (F > best + NOISE * (fabs(f) + fabs(s->best.f))) {
			set_spot(s, &s->last, s->best.x, s->best.g, s->best.f);
			c.curvature = c.excess = 0.0;
			reject(s, &c);
			return (0);
		}
		set_spot(s, &s->best, s->y, sum, f);
	}
	set_spot(s, &s->last, s->y, sum, f);
	set_step(s, &c);
	leap(s, 0);
	return (0);
}

static const double *
answer(void *self)
{

	return (((struct sv_apg *)self)->x);
}

static double
merit(void *self)
{
	struct sv_apg *s = self;

	return (s->moved / s->told);
}

static const double *
slopes(void *self)
{

	(void)self;
	return (NULL);
}

static int
met(void *self)
{

	(void)self;
	return (0);
}

static void
retarget(void *self, const struct sv_prox *g)
{
	struct sv_apg *s = self;

	s->conf.g = *g;
	s->pending = 1;
}

static int
begin(void *self, const double *z, const double *gl, size_t n)
{
	struct sv_apg *s = self;

	(void)gl;
	(void)n;
	memcpy(s->x, z, s->conf.n * sizeof(*z));
	memcpy(s->y, z, s->conf.n * sizeof(*z));
	s->t = s->told = s->a = 1.0;
	s->reach = s->least = INFINITY;
	s->first = s->plain = 1;
	return (1);
}

static void
keep_spot(struct sv_apg *s, struct spot *at, struct sv_keep *k)
{

	sv_keep_vector(k, "a point", at->x, s->conf.n);
	sv_keep_vector(k, "a gradient", at->g, s->conf.n);
	sv_keep_real(k, "a loss", &at->f, -DBL_MAX, DBL_MAX);
}

static void
keep(void *self, struct sv_keep *k)
{
	struct sv_apg *s = self;

	sv_keep_same(k, "the number of shards", s->conf.workers);
	sv_keep_same(k, "the number of elements", (double)s->conf.n);
	sv_keep_same(k, "the caution of the steps", s->conf.cautious);
	sv_keep_real(k, "the step", &s->t, SV_APG_STEP_MIN, SV_APG_STEP_MAX);
	sv_keep_real(k, "the last step", &s->told, DBL_MIN, DBL_MAX);
	sv_keep_real(k, "the momentum", &s->a, 0.0, DBL_MAX);
	sv_keep_real(k, "the reach", &s->reach, 0.0, INFINITY);
	/* xo is a place for the next x+. */
	sv_keep_vector(k, "x", s->x, s->conf.n);
	sv_keep_vector(k, "y", s->y, s->conf.n);
	keep_spot(s, &s->last, k);
	keep_spot(s, &s->best, k);
	sv_keep_flag(k, "pending", &s->pending);
	sv_keep_flag(k, "plain", &s->plain);
	sv_keep_flag(k, "first", &s->first);
	sv_keep_flag(k, "recovers", &s->recovers);
	sv_keep_real(k, "the last move", &s->moved, 0.0, INFINITY);
	sv_keep_real(k, "the size of the gradient", &s->size, 0.0, INFINITY);
	sv_keep_real(k, "the least residual", &s->least, 0.0, INFINITY);
	sv_keep_count(k, "the age of the momentum", &s->since, UINT32_MAX);
	sv_keep_count(k, "the number of restarts", &s->restarts, UINT32_MAX);
	sv_keep_count(k, "rejected points", &s->rejected, UINT32_MAX);
	sv_keep_any(k, "passes", &s->passes);
}

static void
look(void *self, struct sv_view *view)
{
	struct sv_apg *s = self;

	view->rho = 1.0 / s->told;
	view->primal = s->moved;
	view->dual = s->moved / s->told;
	view->passes = s->passes;
}

uint32_t
sv_apg_restarts(const struct sv_apg *s)
{

	return (s->restarts);
}

uint32_t
sv_apg_rejected(const struct sv_apg *s)
{

	return (s->rejected);
}

const struct sv_method sv_apg_method = {
	.name = "fista", .op = SV_OP_GRAD, .start = start, .scalars = scalars,
	.point = point, .feed = feed, .answer = answer, .merit = merit,
	.slopes = slopes, .met = met, .retarget = retarget, .begin = begin,
	.keep = keep, .look = look, .free = destroy
};
