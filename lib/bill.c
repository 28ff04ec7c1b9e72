#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bill.h"
#include "spend.h"

/*
 * Does the worker itself tell that it is a function?  A command may be one that
 * calls a function; that takes more than a number to believe.
 */
static int
says_so(const struct sv_start *s)
{

	return (s->memory_mb > 0 &&
	    (s->how != SV_RUN_EXEC || (s->hello && !isnan(s->init))));
}

/* Is the invocation one of AWS Lambda?  ${memory}: others of the run are. */
static int
is_function(const struct sv_start *s, double memory)
{

	if (s->how == SV_RUN_LAMBDA || s->how == SV_RUN_ASYNC || says_so(s))
		return (1);
	/* Those behind a URL that never spoke are what the others are. */
	return (s->how == SV_RUN_URL && !s->hello && memory > 0);
}

double
sv_bill_memory(const struct sv_start *start, size_t n)
{
	double most = NAN;

	for (size_t i = 0; i < n; i++)
		if (says_so(&start[i]))
			most = fmax(most, start[i].memory_mb);
	return (most);
}

int
sv_bill_entry(const struct sv_start *s, double most, struct sv_bill_entry *e)
{

	if (!is_function(s, most) || !(s->began || s->early > 0))
		return (0);
	memset(e, 0, sizeof(*e));
	e->shard = s->shard;
	e->generation = s->generation;
	e->mb = isnan(s->memory_mb) ? most : s->memory_mb;
	e->from = s->at + (isnan(s->retry) ? 0 : s->retry);
	e->requests = s->reports > 0 ? s->reports : (uint32_t)s->began;
	if (isnan(e->mb) || (s->reports == 0 && s->began && isnan(s->lived)))
		e->source = SV_BILL_UNKNOWN;
	else if (s->reports == 0 && s->began) {
		e->source = SV_BILL_ESTIMATE;
		e->seconds = sv_spend_milliseconds(s->lived) / 1000;
	} else {
		e->source = SV_BILL_REPORT;
		e->seconds = s->billed;
		if (s->ended - s->billed > e->from)
			e->from = s->ended - s->billed;
	}
	e->requests += s->early;
	e->seconds += s->early_billed;
	return (1);
}

double
sv_bill_gb_seconds(const struct sv_bill_entry *e)
{

	return (isnan(e->mb) ? 0 : e->mb / 1024 * e->seconds);
}

int
sv_bill_list(const struct sv_start *start, size_t n,
    struct sv_bill_entry **entry, size_t *m)
{
	double most = sv_bill_memory(start, n);

	*m = 0;
	if ((*entry = calloc(n + 1, sizeof(**entry))) == NULL)
		return (-1);
	for (size_t i = 0; i < n; i++)
		*m += (size_t)sv_bill_entry(&start[i], most, &(*entry)[*m]);
	return (0);
}

/* The calendar's time of the run's first mark, as invocations count from. */
static int64_t
first_mark(const struct sv_run *run)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < run->nmark; i++)
		if (run->mark[i].time < first)
			first = run->mark[i].time;
	return (first);
}

/*
 * Set the rows' bounds.  Times of a damaged or made-up stream may go back; then
 * a round ends when it begins, and the one before lasts longer.
 */
static void
set_bounds(const struct sv_run *run, struct sv_bill_row *row, size_t n)
{
	/* What to add to the hub's clock. */
	double plus = sv_measure_offset(run) + sv_run_seconds(first_mark(run),
	    run->round[0].time);
	double at = -INFINITY, last = NAN;

	for (size_t i = 0; i < n; i++) {
		const struct sv_run_round *r = &run->round[i > 0 ? i - 1 : 0];

		row[i].part = i == 0 ? SV_BILL_BEFORE : i == n - 1 ?
		    SV_BILL_AFTER : SV_BILL_ROUND;
		row[i].round = i > 0 && i < n - 1 ? i - 1 : 0;
		if (i > 0 && isnan(plus))
			at = INFINITY;	/* no answer tells when they were */
		else if (i > 0 && i < n - 1) {
			at = fmax(at, r->sent + plus);
			last = isnan(r->answer) ? r->lastin : r->answer;
		} else if (i == n - 1)
			at = fmax(at, last + plus);
		row[i].from = at;
	}
	for (size_t i = 0; i < n; i++)
		row[i].to = i < n - 1 ? row[i + 1].from : INFINITY;
}

/* The last row that begins at ${at} or before. */
static size_t
find_row(const struct sv_bill_row *row, size_t n, double at)
{
	size_t lo = 0, hi = n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (row[mid].from <= at)
			lo = mid;
		else
			hi = mid;
	}
	return (lo);
}

/* Cut one entry at the rows' ends; what is left of it is the last row's. */
static void
cut(struct sv_bill_row *row, size_t n, const struct sv_bill_entry *e)
{
	size_t i = isnan(e->from) ? 0 : find_row(row, n, e->from);
	double at = e->from, left = e->seconds;
	double gb = isnan(e->mb) ? 0 : e->mb / 1024;

	row[i].requests += e->requests;
	for (; left > 0; i++) {
		double part = left;

		if (i < n - 1 && row[i].to - at < left)
			part = row[i].to - at;
		row[i].seconds += part;
		row[i].gb_seconds += gb * part;
		left -= part;
		at = row[i].to;
	}
}

int
sv_bill_rounds(const struct sv_run *run, const struct sv_bill_entry *entry,
    size_t m, struct sv_bill_row **row, size_t *n)
{

	*n = run->nround > 0 ? run->nround + 2 : 1;
	if ((*row = calloc(*n, sizeof(**row))) == NULL)
		return (-1);
	if (run->nround > 0)
		set_bounds(run, *row, *n);
	else {
		(*row)[0].from = -INFINITY;
		(*row)[0].to = INFINITY;
	}
	for (size_t i = 0; i < m; i++)
		cut(*row, *n, &entry[i]);
	return (0);
}
