#ifndef SV_LOSS_H
#define SV_LOSS_H

#include <stddef.h>
#include <stdint.h>

#include "isa.h"
#include "problem.h"

/*
 * Losses l(m) of a margin m = a'x + b against a label y:
 *   logistic		log(1 + exp(-y m)), y = -1 or 1
 *   squared		(m - y)^2 / 2
 *   squared_hinge	max(0, 1 - y m)^2, y = -1 or 1
 *   huber		r^2 / 2 where |r| <= delta, delta |r| - delta^2 / 2
 *			elsewhere, r = m - y (Huber, Ann. Math. Statist. 35(1),
 *			1964, 73-101); parameter delta > 0
 *   poisson		exp(m) - y m, y >= 0: a count with mean exp(m), less
 *			what does not depend on m
 * A loss is its value and its first two derivatives by m over a block of
 * margins, vectorised (loss_NAME.inc); its conjugate for bounds from the dual
 * (loss_NAME.c); and what it makes of the labels in a file.  The second
 * derivative is 0 beyond the kinks of squared_hinge and huber.  Sums over rows,
 * not means, everywhere.
 *
 * Conjugates l*(s) = sup over m of s m - l(m), from l' by inversion (Boyd and
 * Vandenberghe, Convex Optimization, 2004, section 3.3), with p = -y s,
 * t = s + y and 0 log 0 = 0:
 *   logistic		p log p + (1 - p) log(1 - p), 0 <= p <= 1
 *   squared		s^2 / 2 + s y
 *   squared_hinge	p^2 / 4 - p, p >= 0
 *   huber		s^2 / 2 + s y, |s| <= delta
 *   poisson		t log t - t, t >= 0
 * and infinite elsewhere.
 */

struct sv_loss {
	const char *name;	/* in a task and on a command line */
	enum sv_isa_loss id;	/* for the table of an instruction set */
	/* The label the loss works with, or NaN for one that it refuses. */
	double (*label)(double y);
	const char *labels;	/* what it takes, for messages */
	int classes;		/* 1: labels are -1 and 1; 0: numbers */
	double param;		/* what its parameter is by default; 0: none */
	/*
	 * l*(s) of one row of weight 1, INFINITY outside its domain, of which
	 * l'(m) is never outside.  w l* (theta / w) is the conjugate of a row of
	 * weight w > 0, but theta / w may be rounded out of the domain: keep
	 * s, not theta = w s.
	 */
	double (*conj)(double param, double y, double s);
};

extern const struct sv_loss sv_loss_logistic;
extern const struct sv_loss sv_loss_squared;
extern const struct sv_loss sv_loss_squared_hinge;
extern const struct sv_loss sv_loss_huber;
extern const struct sv_loss sv_loss_poisson;

/**
 * sv_loss_find(name):
 * The loss called ${name}, or NULL.
 */
const struct sv_loss *sv_loss_find(const char *name);

/**
 * sv_loss_nth(i):
 * Loss ${i} of them all, from 0, or NULL beyond the last.
 */
const struct sv_loss *sv_loss_nth(size_t i);

/**
 * sv_loss_names(names):
 * Their names with commas between, for help texts.
 */
#define SV_LOSS_NAMES 128u
void sv_loss_names(char names[SV_LOSS_NAMES]);

/**
 * sv_loss_sign(y), sv_loss_number(y):
 * Rules for labels: -1 for -1 and 0, 1 for 1; any finite number.  Others: NaN.
 */
double sv_loss_sign(double y);
double sv_loss_number(double y);

/**
 * sv_loss_labels(loss, label, n, y, why):
 * Set ${*y} to the ${n} labels that ${loss} works with: ${label} itself where
 * nothing changes, otherwise a new array for the caller to free.  A loss of
 * classes takes -1 and 1, or 0 and 1 (0 becomes -1), but not -1, 0 and 1.
 * Return 0, or -1 with a reason in ${why} that names the label and its row,
 * from 0.
 */
int sv_loss_labels(const struct sv_loss *loss, const double *label, uint64_t n,
    const double **y, char why[SV_WHY]);

/**
 * sv_loss_eval(loss, isa, param, m, y, w, n, d1, d2):
 * Return the sum of w_j l(m_j) over ${n} margins ${m}, labels ${y} and weights
 * ${w}, which are finite and not negative, or NULL: all 1.  Write the first
 * derivatives, times w_j, to ${d1} and the second ones to ${d2}.  ${d2}, or
 * both, may be NULL.  ${param} is the parameter of a loss that has one, finite.
 * The order of summation depends on ${n} only.  Any margin gives the right
 * limit; one that is not a number gives a sum that is none.  A row of weight 0
 * gives 0 whatever its margin and label are.
 */
double sv_loss_eval(const struct sv_loss *loss, const struct sv_isa *isa,
    double param, const double *m, const double *y, const double *w, size_t n,
    double *d1, double *d2);

#endif /* !SV_LOSS_H */
