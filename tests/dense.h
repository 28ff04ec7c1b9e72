#ifndef DENSE_H
#define DENSE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Logistic regression on a few dense rows, written the plain way and sharing
 * nothing with the library: what tests hold the library against.
 */

#define DENSE_N 60
#define DENSE_D 6

struct dense {
	double a[DENSE_N][DENSE_D];
	double y[DENSE_N];
};

static inline double
dense_uniform(unsigned *seed)
{

	*seed = *seed * 1103515245u + 12345u;
	return ((double)((*seed >> 8) & 0xffff) / 65536.0 - 0.5);
}

static inline void
dense_make(struct dense *D, unsigned seed)
{

	for (int j = 0; j < DENSE_N; j++) {
		double s = 0.8 * dense_uniform(&seed);

		for (int i = 0; i < DENSE_D; i++) {
			D->a[j][i] = 4.0 * dense_uniform(&seed) * (i + 1);
			s += (i < 3 ? 0.3 : 0.0) * D->a[j][i];
		}
		D->y[j] = s > 0.2 ? 1.0 : -1.0;
	}
}

/* f over rows from .. to - 1; gradient and Hessian where not NULL. */
static inline double
dense_loss(const struct dense *D, int from, int to, const double *x, double *g,
    double H[DENSE_D][DENSE_D])
{
	double f = 0.0;

	if (g != NULL)
		memset(g, 0, DENSE_D * sizeof(*g));
	if (H != NULL)
		memset(H, 0, DENSE_D * sizeof(*H));
	for (int j = from; j < to; j++) {
		double m = 0.0, p;

		for (int i = 0; i < DENSE_D; i++)
			m += D->a[j][i] * x[i];
		m *= D->y[j];
		f += m > 0.0 ? log1p(exp(-m)) : log1p(exp(m)) - m;
		p = 1.0 / (1.0 + exp(m));
		for (int i = 0; i < DENSE_D; i++) {
			if (g != NULL)
				g[i] -= p * D->y[j] * D->a[j][i];
			for (int k = 0; H != NULL && k < DENSE_D; k++)
				H[i][k] += p * (1.0 - p) * D->a[j][i] * D->a[j][k];
		}
	}
	return (f);
}

/* Solve H s = g by Gauss elimination; H is positive definite. */
static inline void
dense_eliminate(double H[DENSE_D][DENSE_D], double *g)
{

	for (int k = 0; k < DENSE_D; k++)
		for (int i = k + 1; i < DENSE_D; i++) {
			double q = H[i][k] / H[k][k];

			for (int j = k; j < DENSE_D; j++)
				H[i][j] -= q * H[k][j];
			g[i] -= q * g[k];
		}
	for (int k = DENSE_D - 1; k >= 0; k--) {
		for (int j = k + 1; j < DENSE_D; j++)
			g[k] -= H[k][j] * g[j];
		g[k] /= H[k][k];
	}
}

/* x = argmin f(x) + (rho / 2) |x - v|^2, by Newton's method with halving. */
static inline double
dense_local(const struct dense *D, int from, int to, double rho,
    const double *v, double *x)
{
	double H[DENSE_D][DENSE_D], g[DENSE_D], t[DENSE_D], f, ft, step;

	for (int it = 0; it < 100; it++) {
		double size = 0.0;

		f = dense_loss(D, from, to, x, g, H);
		for (int i = 0; i < DENSE_D; i++) {
			f += rho / 2.0 * (x[i] - v[i]) * (x[i] - v[i]);
			g[i] += rho * (x[i] - v[i]);
			H[i][i] += rho;
		}
		for (int i = 0; i < DENSE_D; i++)
			size += g[i] * g[i];
		if (size < 1e-24)
			break;
		dense_eliminate(H, g);
		for (step = 1.0; step > 1e-10; step /= 2.0) {
			for (int i = 0; i < DENSE_D; i++)
				t[i] = x[i] - step * g[i];
			ft = dense_loss(D, from, to, t, NULL, NULL);
			for (int i = 0; i < DENSE_D; i++)
				ft += rho / 2.0 * (t[i] - v[i]) * (t[i] - v[i]);
			if (ft <= f)
				break;
		}
		if (ft > f)
			break;
		memcpy(x, t, sizeof(t));
	}
	return (dense_loss(D, from, to, x, NULL, NULL));
}

/* min f(x) + lambda |x|_1 by proximal gradient steps; the least value. */
static inline double
dense_solve(const struct dense *D, double lambda, double *x)
{
	double g[DENSE_D], L = 0.0, F;

	for (int j = 0; j < DENSE_N; j++)
		for (int i = 0; i < DENSE_D; i++)
			L += D->a[j][i] * D->a[j][i] / 4.0;
	memset(x, 0, DENSE_D * sizeof(*x));
	for (int it = 0; it < 50000; it++) {
		dense_loss(D, 0, DENSE_N, x, g, NULL);
		for (int i = 0; i < DENSE_D; i++) {
			double t = x[i] - g[i] / L, cut = lambda / L;

			x[i] = fabs(t) <= cut ? 0.0 : t > 0.0 ? t - cut : t + cut;
		}
	}
	F = dense_loss(D, 0, DENSE_N, x, NULL, NULL);
	for (int i = 0; i < DENSE_D; i++)
		F += lambda * fabs(x[i]);
	return (F);
}

#endif /* !DENSE_H */
