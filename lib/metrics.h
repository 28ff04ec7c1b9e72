#ifndef SV_METRICS_H
#define SV_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "loss.h"

/*
 * How well margins m_i fit labels y_i, of rows that pass by, with weights w_i
 * (1 where there are none).  A row is predicted positive where m > 0, as
 * LIBLINEAR does; with TP, FP, TN, FN the sums of the weights of rows that are
 * predicted positive rightly and wrongly, negative rightly and wrongly:
 *
 *	accuracy	(TP + TN) / (TP + FP + TN + FN)
 *	precision	TP / (TP + FP)
 *	recall		TP / (TP + FN)
 *	F1		2 TP / (2 TP + FP + FN)
 *	log-loss	sum w log(1 + exp(-y m)) / sum w, of the logistic loss
 *			only: of others 1 / (1 + exp(-m)) is no probability.
 *			It is not clipped: infinite for m = -y inf.
 *	AUC		P(m_i > m_j) + P(m_i = m_j) / 2 of a positive row i and
 *			a negative row j, drawn by weight: the Mann-Whitney
 *			statistic (Hanley and McNeil, Radiology 143, 1982,
 *			29-36) by sorting, exact but for one rounding where rows
 *			have no weights
 *
 * and where the prediction is a number p (m; of the Poisson loss exp(m))
 *
 *	MSE, MAE	sum w (p - y)^2 / sum w, sum w |p - y| / sum w
 *	R2		1 - sum w (p - y)^2 / sum w (y - mean of y)^2
 *
 * In each case the objective sum w c l(m, y) + g, c the weight of the row's
 * class and g the regulariser's value: sums, not means, as solvers minimise.
 * What is not defined (a quotient 0 / 0, AUC where one class is missing) is NaN.
 *
 * Sums are compensated (Neumaier, ZAMM 54, 1974, 39-51).  Memory is that of
 * sums, but with AUC 8 bytes a row, 16 with weights, and at the end the same
 * again of the larger class, to sort.
 */

struct sv_metrics_options {
	int classes;	/* labels are 1 and -1; 0: numbers */
	const struct sv_loss *loss;	/* NULL: no sum of losses */
	double param;	/* of the loss */
	double weight[2];	/* c of negative and of positive rows */
	double penalty;	/* g; NAN: not known */
	int auc;	/* wanted */
};

struct sv_metrics_values {
	uint64_t rows;
	double weight;	/* sum of w */
	double loss, penalty, objective;
	/* Of classes; otherwise NaN. */
	double tp, fp, tn, fn;
	double accuracy, precision, recall, f1, logloss, auc;
	/* Of numbers; otherwise NaN. */
	double mse, mae, r2;
};

/* Opaque types. */
struct sv_metrics;

/**
 * sv_metrics_new(options):
 * Nothing has been seen yet.  NULL with errno set.
 */
struct sv_metrics *sv_metrics_new(const struct sv_metrics_options *options);

/**
 * sv_metrics_add(s, m, y, w, n):
 * Take ${n} rows with margins ${m}, not NaN, labels ${y} and weights ${w},
 * finite and not negative, or NULL.  Rows of weight 0 count as rows and for
 * nothing else.  Either all calls have weights or none.  Return 0, or -1 with
 * errno set.
 */
int sv_metrics_add(struct sv_metrics *s, const double *m, const double *y,
    const double *w, size_t n);

/**
 * sv_metrics_get(s, v):
 * What is to be said of all rows so far.
 */
void sv_metrics_get(struct sv_metrics *s, struct sv_metrics_values *v);

void sv_metrics_free(struct sv_metrics *s);

#endif /* !SV_METRICS_H */
