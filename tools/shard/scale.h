#ifndef SV_SHARD_SCALE_H
#define SV_SHARD_SCALE_H

#include <stdint.h>

#include "csr.h"

/*
 * Features brought to a common size: element x_j becomes (x_j - shift_j)
 * factor_j.  With n rows, their zeros included:
 *
 * maxabs: factor_j = 1 / max |x_j|, no shift: all within [-1, 1].
 * standard: factor_j = 1 / sigma_j, the standard deviation of all n rows
 * (their number below the fraction, not n - 1); shift_j is the mean where at
 * least half of the rows are not zero there, otherwise 0, so that rows stay
 * sparse.
 *
 * A feature without an element is left alone, and by standard one that is the
 * same in all rows.  Rows' weights do not count.
 *
 * Means and sums of squared deviations M of the c non-zeros of a feature are
 * updated one by one (B. P. Welford, Technometrics 4, 1962),
 *	m += (x - m) / c,  M += (x - m before) (x - m after),
 * and the n - c zeros, whose mean and sum are 0, are joined at the end (T. F.
 * Chan, G. H. Golub and R. J. LeVeque, The American Statistician 37, 1983):
 *	M += m^2 c (n - c) / n,  m *= c / n.
 */

enum scale_how { SCALE_NONE, SCALE_MAXABS, SCALE_STANDARD };

/* Opaque types. */
struct scale;

/**
 * scale_new(how):
 * Begin with no rows.  Return NULL after a line on stderr on failure.
 */
struct scale *scale_new(enum scale_how how);

/**
 * scale_add(s, part, i):
 * Take row ${i} of ${part} into account.  Return 0, or -1 after a line on
 * stderr.
 */
int scale_add(struct scale *s, const struct sv_csr *part, uint64_t i);

/**
 * scale_settle(s, d):
 * There are ${d} features, and no more rows.  Return 0, or -1 after a line on
 * stderr: a feature's numbers are too large.
 */
int scale_settle(struct scale *s, uint64_t d);

/**
 * scale_row(s, part, i):
 * Row ${i} of ${part}, scaled: one row, valid until the next call, with an
 * element for each feature that has a shift.  NULL with errno set where memory
 * is out.
 */
const struct sv_csr *scale_row(struct scale *s, const struct sv_csr *part,
    uint64_t i);

/**
 * scale_factor(s), scale_shift(s), scale_shifted(s), scale_alone(s):
 * d factors; d shifts, or NULL: all 0; how many features have one; how many are
 * left alone, because they are constant.
 */
const double *scale_factor(const struct scale *s);
const double *scale_shift(const struct scale *s);
uint64_t scale_shifted(const struct scale *s);
uint64_t scale_alone(const struct scale *s);

/**
 * scale_name(how):
 * "maxabs" or "standard".
 */
const char *scale_name(enum scale_how how);

/**
 * scale_free(s):
 * Free ${s}.
 */
void scale_free(struct scale *s);

#endif /* !SV_SHARD_SCALE_H */
