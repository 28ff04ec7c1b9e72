#include <math.h>
#include <stdlib.h>

#include "stat.h"

void
sv_stat_add(struct sv_stat *s, double value)
{
	double before;

	if (isnan(value))
		return;
	if (s->n == 0 || value < s->min)
		s->min = value;
	if (s->n == 0 || value > s->max)
		s->max = value;
	before = value - s->mean;
	s->mean += before / (double)++s->n;
	s->m2 += before * (value - s->mean);
}

double
sv_stat_mean(const struct sv_stat *s)
{

	return (s->n > 0 ? s->mean : NAN);
}

double
sv_stat_sd(const struct sv_stat *s)
{

	return (s->n > 1 ? sqrt(s->m2 / (double)(s->n - 1)) : NAN);
}

double
sv_stat_min(const struct sv_stat *s)
{

	return (s->n > 0 ? s->min : NAN);
}

double
sv_stat_max(const struct sv_stat *s)
{

	return (s->n > 0 ? s->max : NAN);
}

double
sv_stat_sum(const struct sv_stat *s)
{

	return (s->mean * (double)s->n);
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

/*
 * Put the value that would be the ${k}-th, from 0, of ${n} sorted ones into its
 * place, none larger before it and none smaller behind: Hoare (Communications
 * of the ACM, 1961).  Where the pivots are bad too often, the rest is sorted.
 */
static void
place(double *v, size_t n, size_t k)
{
	size_t lo = 0, hi = n - 1, i, j;
	int tries = 0;

	for (size_t m = n; m > 0; m /= 2)
		tries += 3;
	while (lo < hi) {
		double a = v[lo], b = v[lo + (hi - lo) / 2], c = v[hi];
		double pivot, t;

		if (tries-- == 0) {
			qsort(v + lo, hi - lo + 1, sizeof(*v), ascending);
			return;
		}
		pivot = a < b ? (b < c ? b : a < c ? c : a) :
		    (a < c ? a : b < c ? c : b);
		i = lo;
		j = hi;
		for (;;) {
			while (v[i] < pivot)
				i++;
			while (v[j] > pivot)
				j--;
			if (i >= j)
				break;
			t = v[i];
			v[i++] = v[j];
			v[j--] = t;
		}
		/* Nothing up to j is larger, nothing behind it smaller. */
		if (i == j && v[j] == pivot && j == k)
			return;
		if (k <= j)
			hi = j;
		else
			lo = j + 1;
	}
}

/* Is there a value, and no NaN among them? */
static int
are_known(const double *values, size_t n)
{

	for (size_t i = 0; i < n; i++)
		if (isnan(values[i]))
			return (0);
	return (n > 0);
}

double
sv_stat_median(double *values, size_t n)
{
	double before;

	if (!are_known(values, n))
		return (NAN);
	place(values, n, n / 2);
	if (n % 2 == 1)
		return (values[n / 2]);
	before = values[0];
	for (size_t i = 1; i < n / 2; i++)
		before = values[i] > before ? values[i] : before;
	return ((before + values[n / 2]) / 2);
}

double
sv_stat_quantile(double *values, size_t n, double p)
{
	double rank = ceil(p * (double)n);
	size_t k;

	if (!are_known(values, n))
		return (NAN);
	if (!(rank >= 1))
		rank = 1;
	k = rank < (double)n ? (size_t)rank - 1 : n - 1;
	place(values, n, k);
	return (values[k]);
}
