#ifndef SV_HISTOGRAM_H
#define SV_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/*
 * A histogram with bins of equal width whose ends are round numbers.
 */
struct sv_histogram {
	double lo;	/* of the first bin */
	double width;	/* of each; 0: no value was finite */
	size_t n;	/* bins */
	uint64_t *count;	/* n, owned */
	uint64_t total;	/* values counted */
	uint64_t above;	/* of them those beyond the last bin: outliers */
};

/**
 * sv_histogram_make(h, values, n, most):
 * Count the finite ones of ${n} values in at most ${most} bins.  The width follows
 * Freedman and Diaconis (Zeitschrift fuer Wahrscheinlichkeitstheorie, 1981), 2 IQR
 * n^(-1/3), rounded up to 1, 2 or 5 times a power of ten; where a few outliers
 * would empty the rest of the picture they are counted in ${above}.  Reorders
 * ${values}.  Return 0, or -1 with errno set.
 */
int sv_histogram_make(struct sv_histogram *h, double *values, size_t n,
    size_t most);
void sv_histogram_fini(struct sv_histogram *h);

#endif /* !SV_HISTOGRAM_H */
