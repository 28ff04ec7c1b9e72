#ifndef SV_KERNEL_H
#define SV_KERNEL_H

#include <stdint.h>

#include "csr.h"
#include "isa.h"
#include "loss.h"

/*
 * Passes over a shard: f(x) = sum of l(a_j'x, y_j) over its rows a_j.  Rows are
 * taken in blocks that stay in cache (margins, then the loss, then the columns)
 * so that a gradient reads the shard once.  A pass is both halves: margins
 * (A x) and scatter (A'v).  f64 throughout, summed in an order that depends on
 * the shard only: the same bits on every machine.
 */

struct sv_kernel {
	const struct sv_csr *A;
	const double *y;	/* labels as the loss wants them */
	const double *w;	/* weights of the rows; NULL: all 1 */
	const struct sv_loss *loss;
	double param;		/* of the loss */
	const struct sv_isa *isa;
	int intercept;		/* vectors have one element more, the last */
};

/**
 * sv_kernel_margins(K, x, m):
 * m = A x, one number a row.  Half a pass.
 */
void sv_kernel_margins(const struct sv_kernel *K, const double *x, double *m);

/**
 * sv_kernel_gradient(K, x, m, h, g):
 * Set ${g} to the gradient of f at ${x} and return f(${x}); write the margins
 * to ${m} and the second derivatives w_j l''(m_j, y_j) to ${h} where these are
 * not NULL.  One pass.
 */
double sv_kernel_gradient(const struct sv_kernel *K, const double *x,
    double *m, double *h, double *g);

/*
 * The margins of an accelerated method, one number a row each.  Since y and
 * the next iterate are combinations of vectors whose margins are known, an
 * iteration costs one pass and any number of trial steps none.
 */
struct sv_kernel_flow {
	double *m;	/* A x, x the last iterate */
	double *my;	/* A y, y the extrapolated point */
	double *q;	/* A g, g the direction of the step from y */
};

/**
 * sv_kernel_trial(K, F, s):
 * Return f(y + ${s} g).  Reads no row.
 */
double sv_kernel_trial(const struct sv_kernel *K,
    const struct sv_kernel_flow *F, double s);

/**
 * sv_kernel_advance(K, F, s, beta, g):
 * Take the step, x+ = y + ${s} g, and extrapolate, y = x+ + ${beta} (x+ - x),
 * in the margins of ${F}; then set ${g} to the gradient of f at the new y and
 * return f(y).  Half a pass.
 */
double sv_kernel_advance(const struct sv_kernel *K,
    const struct sv_kernel_flow *F, double s, double beta, double *g);

/**
 * sv_kernel_curvature(K, m, q):
 * Return the sum of l''(m_j, y_j) q_j^2: the second derivative of f along the
 * vector whose margins are ${q}.  Reads no row.
 */
double sv_kernel_curvature(const struct sv_kernel *K, const double *m,
    const double *q);

#endif /* !SV_KERNEL_H */
