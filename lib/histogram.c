#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "stat.h"

#define STRETCH 4	/* what is farther away is an outlier */
#define MOST 1e300	/* larger numbers have no round ones beside them */
#define FEW 20u	/* values of which none is an outlier */
#define ROUNDING 1e-9	/* of a bin: a value so near its end is at its end */
#define FINEST 1e-3	/* width of a bin, of the largest value */

/* The least of 1, 2, 5 times a power of ten that is no less than ${w}. */
static double
round_up(double w)
{
	static const double nice[] = { 1, 2, 5 };
	double power = pow(10, floor(log10(w)));

	for (size_t i = 0; i < sizeof(nice) / sizeof(nice[0]); i++)
		if (nice[i] * power >= w * (1 - ROUNDING))
			return (nice[i] * power);
	return (10 * power);
}

/* Which bin a value is in, if bins are counted from 0. */
static double
bin_of(double v, double width)
{

	return (floor(v / width + ROUNDING));
}

/*
 * Freedman and Diaconis: 2 IQR n^(-1/3), but no wider than Sturges has it,
 * which is also what there is where half of the values are one; where all are,
 * a tenth of it.
 */
static double
choose_width(double lo, double hi, double iqr, size_t n, size_t most)
{
	double w = 2 * iqr / cbrt((double)n);
	double large = fmax(fabs(lo), fabs(hi));
	double sturges = hi / (ceil(log2((double)n)) + 1) -
	    lo / (ceil(log2((double)n)) + 1);

	if (!(w > 0) || !isfinite(w) || w > sturges)
		w = sturges;
	if (!(w > 0))
		w = large > 0 ? large / 10 : 1;
	/* No finer than can be read, and no more bins than most. */
	w = fmax(w, fmax(large * FINEST, 1e-300));
	w = fmax(w, hi / (double)most - lo / (double)most);
	w = round_up(w);
	while (bin_of(hi, w) - bin_of(lo, w) + 1 > (double)most &&
	    bin_of(hi, w) > bin_of(lo, w))
		w = round_up(1.5 * w);
	return (w);
}

/*
 * Leave out what is more than STRETCH times as far from the median as 19 of 20
 * values on that side of it or nearer: the ends are those of the others.
 */
static void
cut_outliers(double *lo, double *hi, double *values, size_t n)
{
	double low, high, middle, first = *hi, last = *lo;

	if (n < FEW)
		return;
	low = sv_stat_quantile(values, n, 0.05);
	high = sv_stat_quantile(values, n, 0.95);
	middle = sv_stat_median(values, n);
	low = low < middle ? middle - STRETCH * (middle - low) : *lo;
	high = high > middle ? middle + STRETCH * (high - middle) : *hi;
	for (size_t i = 0; i < n; i++) {
		if (values[i] >= low && values[i] < first)
			first = values[i];
		if (values[i] <= high && values[i] > last)
			last = values[i];
	}
	*lo = first;
	*hi = last;
}

static void
count(struct sv_histogram *h, const double *values, size_t n)
{
	double first = bin_of(h->lo, h->width);

	for (size_t i = 0; i < n; i++) {
		double bin = bin_of(values[i], h->width) - first;

		if (bin < 0)
			h->below++;
		else if (bin >= (double)h->n)
			h->above++;
		else
			h->count[(size_t)bin]++;
	}
}

int
sv_histogram_make(struct sv_histogram *h, double *values, size_t n, size_t most)
{
	double lo = INFINITY, hi = -INFINITY, iqr;
	size_t m = 0;

	memset(h, 0, sizeof(*h));
	for (size_t i = 0; i < n; i++) {
		double v = values[i];

		if (!(fabs(v) <= MOST))
			continue;
		lo = fmin(lo, v);
		hi = fmax(hi, v);
		values[i] = values[m];
		values[m++] = v;
	}
	if (m == 0)
		return (0);
	most = most > 2 ? most : 2;
	cut_outliers(&lo, &hi, values, m);
	iqr = sv_stat_quantile(values, m, 0.75) -
	    sv_stat_quantile(values, m, 0.25);
	h->total = m;
	h->width = choose_width(lo, hi, iqr, m, most);
	h->lo = bin_of(lo, h->width) * h->width;
	h->n = (size_t)(bin_of(hi, h->width) - bin_of(lo, h->width)) + 1;
	if (h->n > most)
		h->n = most;
	if ((h->count = calloc(h->n, sizeof(*h->count))) == NULL)
		return (-1);
	count(h, values, m);
	return (0);
}

void
sv_histogram_fini(struct sv_histogram *h)
{

	free(h->count);
	memset(h, 0, sizeof(*h));
}
