#ifndef SV_KERNEL_H
#define SV_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "isa.h"
#include "loss.h"
#include "matrix.h"

/*
 * Passes over a shard: f(x) = sum of w_j l(a_j'x + b, y_j) over its rows a_j.
 * Vectors have sv_kernel_dim() elements: one for each column, and where
 * ${intercept} is not 0, b as the last.  Rows are taken in blocks that stay in
 * cache (margins, then the loss, then the columns) so that a gradient or a
 * Hessian-vector product reads the shard once.  A pass is both halves: margins
 * (A x + b) and scatter (A'r).  Sums are f64, in an order that depends on the
 * shard only: the same bits on every machine.
 */

struct sv_kernel {
	const struct sv_matrix *A;
	const double *y;	/* labels as the loss wants them */
	const double *w;	/* weights of the rows; NULL: all 1 */
	const struct sv_loss *loss;
	double param;		/* of the loss */
	const struct sv_isa *isa;
	int intercept;		/* vectors have one element more, the last */
	/*
	 * Called now and then in a long pass, which ends where it returns
	 * anything but 0: what the pass was to find is of no use then.  May be
	 * NULL.
	 */
	int (*poll)(void *ctx);
	void *ctx;
};

/**
 * sv_kernel_dim(K):
 * Elements of vectors: columns, and the intercept if there is one.
 */
size_t sv_kernel_dim(const struct sv_kernel *K);

/**
 * sv_kernel_margins(K, x, m):
 * m = A x + b, one number a row.  Half a pass.
 */
void sv_kernel_margins(const struct sv_kernel *K, const double *x, double *m);

/**
 * sv_kernel_scatter(K, r, g):
 * g = A'r, ${r} one number a row; the intercept's element is the sum of ${r}.
 * Half a pass.
 */
void sv_kernel_scatter(const struct sv_kernel *K, const double *r, double *g);

/**
 * sv_kernel_gradient(K, x, m, h, g):
 * Set ${g} to the gradient of f at ${x} and return f(${x}); write the margins
 * to ${m} and the second derivatives w_j l''(m_j, y_j) to ${h} where these are
 * not NULL.  One pass.
 */
double sv_kernel_gradient(const struct sv_kernel *K, const double *x,
    double *m, double *h, double *g);

/**
 * sv_kernel_at(K, m, h, g):
 * The same at the point whose margins are ${m}.  Half a pass.
 */
double sv_kernel_at(const struct sv_kernel *K, const double *m, double *h,
    double *g);

/**
 * sv_kernel_hessian(K, h, p, q, Hp):
 * Set ${Hp} to A' diag(${h}) A ${p}, A with a column of ones for the intercept:
 * with ${h} of a gradient, the product of f's Hessian there and ${p}.  Write
 * A ${p}, one number a row, to ${q} where it is not NULL.  One pass.
 */
void sv_kernel_hessian(const struct sv_kernel *K, const double *h,
    const double *p, double *q, double *Hp);

/**
 * sv_kernel_diagonal(K, h, D):
 * D_k = sum of h_j a_jk^2, the diagonal of that matrix.  Half a pass.
 */
void sv_kernel_diagonal(const struct sv_kernel *K, const double *h, double *D);

/*
 * The margins of an accelerated method, one number a row each.  Since y and
 * the next iterate are combinations of vectors whose margins are known, an
 * iteration costs one pass and any number of trial steps none.
 */
struct sv_kernel_flow {
	double *m;	/* of x, the last iterate */
	double *my;	/* of y, the extrapolated point */
	double *q;	/* of g, the direction of the step from y */
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
 * Return the sum of w_j l''(m_j, y_j) q_j^2: the second derivative of f along
 * the vector whose margins are ${q}.  Reads no row.
 */
double sv_kernel_curvature(const struct sv_kernel *K, const double *m,
    const double *q);

#endif /* !SV_KERNEL_H */
