#ifndef SV_STAT_H
#define SV_STAT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Mean, spread and extremes of numbers that pass by one at a time, after
 * Welford (Technometrics, 1962).  A value that is NaN is missing: it is not
 * counted.  All zero is an empty statistic.
 */
struct sv_stat {
	uint64_t n;	/* values that were there */
	double mean;
	double m2;	/* sum of squared distances from the mean */
	double min;
	double max;
};

/**
 * sv_stat_add(s, value):
 * Count ${value}, unless it is NaN.
 */
void sv_stat_add(struct sv_stat *s, double value);

/*
 * What is known now: the mean, the sample standard deviation (divisor n - 1),
 * the extremes and the sum.  NaN where too few values were there: none, or for
 * the deviation one.  The sum of none is 0.
 */
double sv_stat_mean(const struct sv_stat *s);
double sv_stat_sd(const struct sv_stat *s);
double sv_stat_min(const struct sv_stat *s);
double sv_stat_max(const struct sv_stat *s);
double sv_stat_sum(const struct sv_stat *s);

/**
 * sv_stat_median(values, n):
 * The median of ${n} values, the mean of the two in the middle where ${n} is
 * even; NaN of none, or where one is NaN.  Reorders ${values}.
 */
double sv_stat_median(double *values, size_t n);

/**
 * sv_stat_quantile(values, n, p):
 * The least of ${n} values that is no smaller than a share ${p} of them, with
 * 0 < ${p} <= 1 (Hyndman and Fan, The American Statistician, 1996, definition
 * 1); NaN of none, or where one is NaN.  Reorders ${values}.
 */
double sv_stat_quantile(double *values, size_t n, double p);

#endif /* !SV_STAT_H */
