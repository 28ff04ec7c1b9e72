#ifndef SV_LOSS_H
#define SV_LOSS_H

#include <stddef.h>
#include <stdint.h>

#include "isa.h"
#include "problem.h"

/*
 * Losses of a margin m (and, to come, an intercept) against a label y:
 *   logistic	log(1 + exp(-y m)), y = -1 or +1
 * A loss is its value and its first two derivatives by m over a block of
 * margins, vectorised (isa-body.inc), and what it makes of the labels in a
 * file.  Sums over rows, not means, everywhere.
 */

struct sv_loss {
	const char *name;	/* in a task and on a command line */
	enum sv_isa_loss id;	/* its row in the table of an instruction set */
	/* The label the loss works with, or NaN for one that it refuses. */
	double (*label)(double y);
	const char *labels;	/* what it takes, for messages */
};

/**
 * sv_loss_find(name):
 * The loss called ${name}, or NULL.
 */
const struct sv_loss *sv_loss_find(const char *name);

/**
 * sv_loss_labels(loss, label, n, y, why):
 * Set ${*y} to the ${n} labels that ${loss} works with: ${label} itself where
 * nothing changes, otherwise a new array for the caller to free.  Logistic
 * takes -1 and 1, or 0 and 1 (0 becomes -1), but not -1, 0 and 1.  Return 0,
 * or -1 with a reason in ${why} that names the label and its row, from 0.
 */
int sv_loss_labels(const struct sv_loss *loss, const double *label, uint64_t n,
    const double **y, char why[SV_WHY]);

/**
 * sv_loss_eval(loss, isa, param, m, y, w, n, d1, d2):
 * Return the sum of the loss over ${n} margins ${m} and labels ${y}; write its
 * first derivatives to ${d1} and the second ones to ${d2}.  ${d2}, or both,
 * may be NULL.  The order of summation depends on ${n} only.  Any margin gives
 * the right limit; one that is not a number gives a sum that is none.
 */
double sv_loss_eval(const struct sv_loss *loss, const struct sv_isa *isa,
    double param, const double *m, const double *y, const double *w, size_t n,
    double *d1, double *d2);

#endif /* !SV_LOSS_H */
