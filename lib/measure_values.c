#include <math.h>
#include <stdlib.h>

#include "measure.h"

/* The quantity ${q} of one worker, as sv_timing_row() has it. */
static double
quantity(const float *row, double lastin, enum sv_quantity q)
{
	double sent = row[SV_RW_SENT], received = row[SV_RW_RECEIVED];

	switch (q) {
	case SV_Q_COMP:
		return (row[SV_RW_COMP]);
	case SV_Q_IDLE:
		return (row[SV_RW_IDLE]);
	case SV_Q_DELAY:
		return (row[SV_RW_TAKEN] - sent);
	case SV_Q_COMM:
		return (received - sent - row[SV_RW_COMP]);
	case SV_Q_QUEUE:
		return (row[SV_RW_TAKEN] - received);
	case SV_Q_BARRIER:
		return (lastin - row[SV_RW_SUMMED]);
	default:
		return (NAN);
	}
}

/*
 * The power of ten, in parts of a second, to which differences of moments in a
 * round of so many seconds are sure: what was equal is equal again.
 */
static double
sure(double seconds)
{
	double unit = 1e9;

	while (unit > 1 && 2e-7 * seconds * unit > 1)
		unit /= 10;
	return (unit);
}

int
sv_measure_values(const struct sv_run *run, enum sv_quantity q,
    double **values, size_t *n)
{
	const struct sv_rows *r = &run->rows;
	double v;

	*n = 0;
	if ((*values = malloc((r->n * r->W + 1) * sizeof(**values))) == NULL)
		return (-1);
	for (size_t k = 0; k < r->n; k++) {
		const struct sv_run_round *of = &run->round[r->round[k]];
		double unit = sure(sv_measure_round(of));

		for (size_t i = 0; of->own && i < r->W; i++) {
			v = quantity(sv_rows_at(r, k, i), of->lastin - of->sent,
			    q);
			if (!isnan(v))
				(*values)[(*n)++] = round(v * unit) / unit;
		}
	}
	return (0);
}

/* Put ${v} into its place among the values known, in no order. */
static void
keep(double *values, size_t *n, double v)
{

	if (!isnan(v))
		values[(*n)++] = v;
}

int
sv_measure_hub_values(const struct sv_run *run, enum sv_hub_time which,
    double **values, size_t *n)
{

	*n = 0;
	if ((*values = malloc((run->nround + 1) * sizeof(**values))) == NULL)
		return (-1);
	for (size_t i = 0; i < run->nround; i++) {
		const struct sv_run_round *r = &run->round[i];

		if (!r->own)
			continue;
		keep(*values, n, which == SV_HUB_SEND ? r->allsent - r->sent :
		    which == SV_HUB_MASTER ? r->answer - r->lastin :
		    sv_measure_round(r));
	}
	return (0);
}

void
sv_measure_quantiles(double *values, size_t n, struct sv_quantiles *p)
{

	/* The last first: what is below it stays below. */
	p->p99 = sv_stat_quantile(values, n, 0.99);
	p->p95 = sv_stat_quantile(values, n, 0.95);
	p->median = sv_stat_median(values, n);
}
