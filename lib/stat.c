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

/* Sort ${n} values; return -1 where there is none, or one is NaN. */
static int
sort(double *values, size_t n)
{

	for (size_t i = 0; i < n; i++)
		if (isnan(values[i]))
			return (-1);
	if (n == 0)
		return (-1);
	qsort(values, n, sizeof(*values), ascending);
	return (0);
}

double
sv_stat_median(double *values, size_t n)
{

	if (sort(values, n) == -1)
		return (NAN);
	if (n % 2 == 1)
		return (values[n / 2]);
	return ((values[n / 2 - 1] + values[n / 2]) / 2);
}

double
sv_stat_quantile(double *values, size_t n, double p)
{
	double rank = ceil(p * (double)n);

	if (sort(values, n) == -1)
		return (NAN);
	if (!(rank >= 1))
		rank = 1;
	return (values[rank < (double)n ? (size_t)rank - 1 : n - 1]);
}
