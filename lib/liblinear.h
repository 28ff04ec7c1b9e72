#ifndef SV_LIBLINEAR_H
#define SV_LIBLINEAR_H

#include <stdio.h>

#include "bytes.h"
#include "model.h"

/*
 * Model files of LIBLINEAR 2 (Fan et al., JMLR 9, 2008, 1871-1874; its function
 * save_model()): words with blanks or line ends between,
 *
 *	solver_type L2R_LR
 *	nr_class 2
 *	label 1 -1
 *	nr_feature 123
 *	bias 1
 *	w
 *	0.5
 *	...
 *
 * nr_class is 2 for numbers as well, which have no label.  The margin is of the
 * first label.  Where bias is not negative there is one weight more, and what is
 * added to margins is bias times that; a ONECLASS_SVM has rho, which is taken
 * from them, and no label: it predicts 1 or -1.  An MCSVM_CS has a weight for
 * each class, of which LIBLINEAR uses the first one's if they are two.
 */

/**
 * sv_liblinear_read(m, in, name):
 * Make ${m} of the model file that ${in} gives; sv_model_fini() frees it.  The
 * loss is that of the solver, or NULL where we have none (SVM with an absolute
 * hinge, regression with an insensitive one); nothing tells the regulariser.
 * Return 0, or -1 after a line on stderr that calls the file ${name} and names
 * the line at fault.  Models of more than two classes are refused, as is what
 * LIBLINEAR would not have written.  Memory grows with what has been read.
 */
int sv_liblinear_read(struct sv_model *m, struct sv_bytes *in,
    const char *name);

/**
 * sv_liblinear_write(f, m, name):
 * Write ${m} as such a file, with all digits.  What it says of the fit is what is
 * needed to predict alike: L1R_LR or L2R_LR, L1R_L2LOSS_SVC or L2R_L2LOSS_SVC
 * for the squared hinge, L2R_L2LOSS_SVR for the squared and the Huber loss.
 * Labels that are no whole numbers become 1 and -1, and -1 (or 0, if that is the
 * first) is the second where it has no name.  Return 0; or -1 after a line on
 * stderr, that calls the model ${name}: for its loss there is no such file, or it
 * has 2^31 - 1 features or more.  Errors of ${f} are left to the caller.
 */
int sv_liblinear_write(FILE *f, const struct sv_model *m, const char *name);

#endif /* !SV_LIBLINEAR_H */
