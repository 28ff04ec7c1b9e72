#ifndef SV_PROX_H
#define SV_PROX_H

#include <stddef.h>

/*
 * The regulariser g of min sum f_i(x) + g(x): what the master needs to know of
 * it is three functions (Parikh and Boyd, "Proximal Algorithms", 2014, section
 * 6).  A new regulariser is a new initialiser; nobody else learns its name.
 */
struct sv_prox {
	double lambda;	/* its weight, where it has one */

	/* g(x) */
	double (*value)(const struct sv_prox *g, const double *x, size_t d);

	/* x = argmin t g(x) + |x - v|^2 / 2; x and v may be the same. */
	void (*apply)(const struct sv_prox *g, double t, const double *v,
	    double *x, size_t d);

	/*
	 * 1-norm of the shortest element of grad + (subdifferential of g at x):
	 * 0 exactly where x is optimal for f + g, grad being f's gradient there.
	 */
	double (*violation)(const struct sv_prox *g, const double *x,
	    const double *grad, size_t d);
};

/**
 * sv_prox_none(g):
 * g(x) = 0.
 */
void sv_prox_none(struct sv_prox *g);

/**
 * sv_prox_l1(g, lambda):
 * g(x) = ${lambda} |x|_1, ${lambda} >= 0; its prox is soft thresholding.
 */
void sv_prox_l1(struct sv_prox *g, double lambda);

#endif /* !SV_PROX_H */
