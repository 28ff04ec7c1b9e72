#include <math.h>
#include <string.h>

#include "bill.h"

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

void
sv_measure_bill(const struct sv_start *start, size_t n, struct sv_bill *bill)
{
	double most = sv_bill_memory(start, n);
	struct sv_bill_entry e;

	memset(bill, 0, sizeof(*bill));
	bill->max_memory_mb = bill->memory_mb = NAN;
	for (size_t i = 0; i < n; i++) {
		struct sv_bill_line *line;
		double taken = start[i].max_memory_mb;

		if (!sv_bill_entry(&start[i], most, &e))
			continue;
		if (taken >= 0 && !(taken <= bill->max_memory_mb)) {
			bill->max_memory_mb = taken;
			bill->memory_mb = e.mb;
		}
		line = &bill->line[e.source];
		line->requests += e.requests;
		line->seconds += e.seconds;
		line->gb_seconds += sv_bill_gb_seconds(&e);
	}
	for (int i = 0; i < SV_BILL_N; i++) {
		bill->all.requests += bill->line[i].requests;
		bill->all.seconds += bill->line[i].seconds;
		bill->all.gb_seconds += bill->line[i].gb_seconds;
	}
	if (bill->all.requests > 0 && isnan(bill->max_memory_mb))
		bill->memory_mb = most;
}
