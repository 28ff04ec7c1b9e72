#include <math.h>
#include <string.h>

#include "measure.h"
#include "spend.h"

void
sv_measure_calls(const struct sv_start *start, size_t n,
    struct sv_calls *calls)
{

	memset(calls, 0, sizeof(*calls));
	for (size_t i = 0; i < n; i++) {
		const struct sv_start *s = &start[i];

		if (s->how == SV_RUN_UNKNOWN || s->how == SV_RUN_EXEC)
			continue;
		calls->n++;
		calls->answered += s->answer == SV_ANSWER_DONE;
		calls->failed += s->answer == SV_ANSWER_FAILED;
		calls->unanswered += s->answer == SV_ANSWER_MISSING;
		calls->open += s->answer == SV_ANSWER_NONE;
		calls->errors += s->answer == SV_ANSWER_FAILED && s->error;
		if (!isnan(s->tries))
			calls->tries += (uint64_t)s->tries;
		calls->throttled += s->throttled;
		calls->retried += s->retried;
	}
}

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

static void
add(struct sv_bill_line *line, uint32_t requests, double seconds, double mb)
{

	line->requests += requests;
	if (isnan(seconds) || isnan(mb))
		return;
	line->seconds += seconds;
	line->gb_seconds += mb / 1024 * seconds;
}

void
sv_measure_bill(const struct sv_start *start, size_t n, struct sv_bill *bill)
{
	double most = NAN, mb;

	memset(bill, 0, sizeof(*bill));
	bill->max_memory_mb = bill->memory_mb = NAN;
	for (size_t i = 0; i < n; i++)
		if (says_so(&start[i]))
			most = fmax(most, start[i].memory_mb);
	for (size_t i = 0; i < n; i++) {
		const struct sv_start *s = &start[i];

		if (!is_function(s, most) || !s->began)
			continue;
		mb = isnan(s->memory_mb) ? most : s->memory_mb;
		if (s->max_memory_mb >= 0 &&
		    !(s->max_memory_mb <= bill->max_memory_mb)) {
			bill->max_memory_mb = s->max_memory_mb;
			bill->memory_mb = mb;
		}
		if (isnan(mb) || (s->reports == 0 && isnan(s->lived)))
			add(&bill->line[SV_BILL_UNKNOWN], 1, NAN, NAN);
		else if (s->reports == 0)
			add(&bill->line[SV_BILL_ESTIMATE], 1,
			    sv_spend_milliseconds(s->lived) / 1000, mb);
		else
			add(&bill->line[SV_BILL_REPORT], s->reports, s->billed,
			    mb);
	}
	for (int i = 0; i < SV_BILL_N; i++) {
		bill->all.requests += bill->line[i].requests;
		bill->all.seconds += bill->line[i].seconds;
		bill->all.gb_seconds += bill->line[i].gb_seconds;
	}
	if (bill->all.requests > 0 && isnan(bill->max_memory_mb))
		bill->memory_mb = most;
}
