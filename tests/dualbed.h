#ifndef DUALBED_H
#define DUALBED_H

#include <math.h>
#include <string.h>

#include "frame.h"
#include "loss.h"
#include "prox.h"

/*
 * What workers answer to GRAD and CONJ for a few dense rows with weights, of
 * any loss, written the plain way and sharing nothing with the library but the
 * regulariser; and proximal gradient steps to the answer.
 */

#define DUALBED_ROWS 48
#define DUALBED_D 6
#define DUALBED_N (DUALBED_D + 1)
#define DUALBED_W 4	/* shards: row i is of shard i % 4 */

struct dualbed {
	const struct sv_loss *loss;
	int intercept;
	int n;	/* elements of a vector */
	double a[DUALBED_ROWS][DUALBED_N];
	double y[DUALBED_ROWS], w[DUALBED_ROWS];
	double x[DUALBED_W][DUALBED_N];	/* the shards' own */
};

static inline double
dualbed_uniform(unsigned *seed)
{

	*seed = *seed * 1103515245u + 12345u;
	return ((double)((*seed >> 8) & 0xffff) / 65536.0 - 0.5);
}

static inline void
dualbed_make(struct dualbed *b, const struct sv_loss *loss, int intercept,
    unsigned seed)
{

	memset(b, 0, sizeof(*b));
	b->loss = loss;
	b->intercept = intercept;
	b->n = DUALBED_D + intercept;
	for (int i = 0; i < DUALBED_ROWS; i++) {
		double s = 0.6 + 1.2 * dualbed_uniform(&seed);

		for (int j = 0; j < DUALBED_D; j++) {
			b->a[i][j] = 2.0 * dualbed_uniform(&seed) * (1 + j % 3);
			s += (j < 4 ? 0.5 : 0.0) * b->a[i][j];
		}
		b->a[i][DUALBED_D] = 1.0;
		b->w[i] = i % 5 == 0 ? 2.5 : i % 7 == 0 ? 0.0 : 1.0;
		if (loss->classes)
			b->y[i] = s > 0.2 ? 1.0 : -1.0;
		else if (loss == &sv_loss_poisson)
			b->y[i] = floor(fmax(2.0 * s, 0.0));
		else
			b->y[i] = 3.0 * s + (i % 11 == 0 ? 10.0 : 0.0);
	}
}

/* l(m), and l'(m) in *d1. */
static inline double
dualbed_loss(const struct dualbed *b, double m, double y, double *d1)
{
	double r;

	if (b->loss == &sv_loss_logistic) {
		*d1 = -y / (1.0 + exp(y * m));
		return (y * m > 0.0 ? log1p(exp(-y * m)) :
		    log1p(exp(y * m)) - y * m);
	}
	if (b->loss == &sv_loss_squared_hinge) {
		r = fmax(1.0 - y * m, 0.0);
		*d1 = -2.0 * y * r;
		return (r * r);
	}
	if (b->loss == &sv_loss_poisson) {
		*d1 = exp(m) - y;
		return (exp(m) - y * m);
	}
	r = m - y;
	if (b->loss == &sv_loss_huber && fabs(r) > b->loss->param) {
		*d1 = r > 0.0 ? b->loss->param : -b->loss->param;
		return (b->loss->param * (fabs(r) - b->loss->param / 2.0));
	}
	*d1 = r;
	return (r * r / 2.0);
}

static inline double
dualbed_xlogx(double x)
{

	return (x > 0.0 ? x * log(x) : 0.0);
}

/* l*(s) */
static inline double
dualbed_star(const struct dualbed *b, double y, double s)
{
	double p = -y * s;

	if (b->loss == &sv_loss_logistic)
		return (p < 0.0 || p > 1.0 ? (double)INFINITY :
		    dualbed_xlogx(p) + dualbed_xlogx(1.0 - p));
	if (b->loss == &sv_loss_squared_hinge)
		return (p < 0.0 ? (double)INFINITY : p * p / 4.0 - p);
	if (b->loss == &sv_loss_poisson)
		return (s + y < 0.0 ? (double)INFINITY :
		    dualbed_xlogx(s + y) - (s + y));
	if (b->loss == &sv_loss_huber && fabs(s) > b->loss->param)
		return (INFINITY);
	return (s * s / 2.0 + s * y);
}

static inline double
dualbed_margin(const struct dualbed *b, int i, const double *x)
{
	double m = 0.0;

	for (int j = 0; j < b->n; j++)
		m += b->a[i][j] * x[j];
	return (m);
}

/* f(z) and its gradient. */
static inline double
dualbed_f(const struct dualbed *b, const double *z, double *v)
{
	double f = 0.0, d1;

	memset(v, 0, (size_t)b->n * sizeof(*v));
	for (int i = 0; i < DUALBED_ROWS; i++) {
		f += b->w[i] * dualbed_loss(b, dualbed_margin(b, i, z), b->y[i],
		    &d1);
		for (int j = 0; j < b->n; j++)
			v[j] += b->w[i] * d1 * b->a[i][j];
	}
	return (f);
}

/* The sum of the answers to a GRAD round. */
static inline void
dualbed_grad(const struct dualbed *b, const double *z, double *v, double *up)
{

	up[SV_UP_FZ] = dualbed_f(b, z, v);
	up[SV_UP_ROWS] = DUALBED_ROWS;
	up[SV_UP_POS] = up[SV_UP_WEIGHT] = 0.0;
	for (int i = 0; i < DUALBED_ROWS; i++) {
		up[SV_UP_POS] += b->y[i] > 0.0;
		up[SV_UP_WEIGHT] += b->w[i];
	}
	up[SV_UP_GPASSES] = DUALBED_W;
}

/* ... to a CONJ round: theta = w (kappa l' - shift). */
static inline void
dualbed_conj(const struct dualbed *b, const double *z, const double *gc,
    double *sum, double *up)
{

	memset(sum, 0, (size_t)b->n * sizeof(*sum));
	up[SV_UP_CONJ] = up[SV_UP_CPOSITIVE] = 0.0;
	up[SV_UP_CPASSES] = DUALBED_W;
	for (int i = 0; i < DUALBED_ROWS; i++) {
		const double *at = gc[SV_GC_OWN] > 0.0 ? b->x[i % DUALBED_W] :
		    z;
		double s;

		dualbed_loss(b, dualbed_margin(b, i, at), b->y[i], &s);
		s = gc[b->y[i] > 0.0 ? SV_GC_POSITIVE : SV_GC_OTHER] * s -
		    gc[SV_GC_SHIFT];
		for (int j = 0; j < b->n; j++)
			sum[j] += b->w[i] * s * b->a[i][j];
		if (b->y[i] > 0.0)
			up[SV_UP_CPOSITIVE] += b->w[i] * s;
		if (b->w[i] > 0.0)
			up[SV_UP_CONJ] += b->w[i] *
			    dualbed_star(b, b->y[i], s);
	}
	up[SV_UP_CONJ] = fmin(up[SV_UP_CONJ], 1e300);
}

/* The shards' own x_i are about as far as this from z. */
static inline void
dualbed_spread(struct dualbed *b, const double *z, double far)
{
	unsigned seed = 5;

	for (int i = 0; i < DUALBED_W; i++)
		for (int j = 0; j < b->n; j++)
			b->x[i][j] = z[j] + far * dualbed_uniform(&seed);
}

/* Accelerated proximal gradient steps with a line search and restarts. */
struct dualpath {
	const struct dualbed *bed;
	const struct sv_prox *g;
	double z[DUALBED_N], y[DUALBED_N];
	double t, L;
	int steps;
};

static inline void
dualpath_init(struct dualpath *p, const struct dualbed *b,
    const struct sv_prox *g)
{

	memset(p, 0, sizeof(*p));
	p->bed = b;
	p->g = g;
	p->t = 1.0;
	p->L = 1.0;
	sv_prox_apply(g, 1.0, p->z, p->z, (size_t)b->n);
	memcpy(p->y, p->z, sizeof(p->y));
}

static inline void
dualpath_step(struct dualpath *p)
{
	double v[DUALBED_N], next[DUALBED_N], w[DUALBED_N], f, q, t, back = 0.0;
	int n = p->bed->n;

	f = dualbed_f(p->bed, p->y, v);
	for (;;) {
		for (int j = 0; j < n; j++)
			next[j] = p->y[j] - v[j] / p->L;
		sv_prox_apply(p->g, 1.0 / p->L, next, next, (size_t)n);
		q = f + 1e-13 * fabs(f);
		for (int j = 0; j < n; j++) {
			double e = next[j] - p->y[j];

			q += v[j] * e + p->L * e * e / 2.0;
		}
		if (dualbed_f(p->bed, next, w) <= q)
			break;
		p->L *= 1.5;
	}
	for (int j = 0; j < n; j++)
		back += (p->y[j] - next[j]) * (next[j] - p->z[j]);
	if (back > 0.0)
		p->t = 1.0;
	t = (1.0 + sqrt(1.0 + 4.0 * p->t * p->t)) / 2.0;
	for (int j = 0; j < n; j++) {
		p->y[j] = next[j] + (p->t - 1.0) / t * (next[j] - p->z[j]);
		p->z[j] = next[j];
	}
	p->t = t;
	p->steps++;
}

/* The least F seen in so many steps, or until no other is seen for long. */
static inline double
dualpath_least(const struct dualbed *b, const struct sv_prox *g, int steps)
{
	struct dualpath p;
	double v[DUALBED_N], F, least = INFINITY;
	int since = 0;

	dualpath_init(&p, b, g);
	while (p.steps < steps && since < 1000) {
		dualpath_step(&p);
		F = dualbed_f(b, p.z, v) + sv_prox_value(g, p.z, (size_t)b->n);
		since = F < least ? 0 : since + 1;
		least = F < least ? F : least;
	}
	return (least);
}

#endif /* !DUALBED_H */
