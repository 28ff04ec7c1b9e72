#ifndef SV_HISTOGRAM_H
#define SV_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/*
 * A histogram with bins of equal width whose ends are round numbers: bin i
 * holds what is from lo + i width to lo + (i + 1) width, without that end.
 */
struct sv_histogram {
	double lo;	/* of the first bin: a multiple of the width */
	double width;	/* of each; 0: no value was finite */
	size_t n;	/* bins; none where no value was finite */
	uint64_t *count;	/* n, owned */
	uint64_t total;	/* finite values, outliers and all */
	uint64_t above;	/* of them those beyond the last bin: outliers */
	uint64_t below;	/* likewise before the first */
};

/**
 * sv_histogram_make(h, values, n, most):
 * Count the finite ones of ${n} values, to 1e300, in at most ${most} bins, or
 * two.  The width follows Freedman and Diaconis (Zeitschrift fuer
 * Wahrscheinlichkeitstheorie, 1981), 2 IQR n^(-1/3), but of few values that of
 * Sturges (Journal of the American Statistical Association, 1926) where it is
 * less, range / (log2 n + 1), rounded up to 1, 2 or 5 times a power of ten.  Of
 * 20 values or more those are outliers that are more than four times as far
 * above the median as nineteen of twenty, and likewise below: a few would empty
 * the rest of the picture.  No bin is narrower than a thousandth of the largest
 * value.  A value that would be the end of a bin, if it were not for the last
 * digits of floating point, is in the next.  Reorders ${values}.  Return 0, or
 * -1 with errno set.
 */
int sv_histogram_make(struct sv_histogram *h, double *values, size_t n,
    size_t most);

/**
 * sv_histogram_fini(h):
 * Free what ${h} holds; all zero is an empty one.
 */
void sv_histogram_fini(struct sv_histogram *h);

#endif /* !SV_HISTOGRAM_H */
