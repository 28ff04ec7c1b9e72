#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bill.h"
#include "chosen.h"
#include "figure.h"
#include "fuzz.h"
#include "histogram.h"
#include "measure.h"
#include "run.h"
#include "stats.h"

/*
 * Runs (lib/run.c), the figures made of them (lib/measure.c), and all that
 * sv-stats prints or draws: tables and figures as data.
 */

static void
measure(const struct sv_run *run)
{
	uint64_t bins[SV_RESPONSE_BINS];
	struct sv_stat send, master, round;
	struct sv_start *starts;
	struct sv_spread spread;
	const char *why;
	size_t n;

	for (int q = 0; q < SV_Q_N; q++)
		sv_measure_spread(run, (enum sv_quantity)q, &spread);
	sv_measure_hub(run, &send, &master, &round);
	sv_measure_response(run, bins);
	MUST(sv_measure_starts(run, &starts, &n) == 0);
	free(starts);
	n = (size_t)sv_measure_exit(run, &why);
	MUST(n <= 3);
}

/* Single values: what is kept is there, and a histogram counts each once. */
static void
look(const struct sv_run *run)
{
	const struct sv_rows *r = &run->rows;
	struct sv_quantiles p;
	struct sv_histogram h;
	double *values;
	uint64_t sum;
	size_t n;

	for (size_t k = 0; k < r->n; k++) {
		MUST(r->round[k] < run->nround);
		MUST(k == 0 || r->round[k] > r->round[k - 1]);
	}
	for (int q = 0; q < SV_Q_N; q++) {
		MUST(sv_measure_values(run, (enum sv_quantity)q, &values,
		    &n) == 0);
		MUST(n <= r->n * r->W);
		MUST(sv_histogram_make(&h, values, n, 30) == 0);
		sum = h.above + h.below;
		for (size_t i = 0; i < h.n; i++)
			sum += h.count[i];
		MUST(sum == h.total && h.total == n && h.n <= 30);
		sv_histogram_fini(&h);
		sv_measure_quantiles(values, n, &p);
		MUST(n == 0 || (p.median <= p.p95 && p.p95 <= p.p99) || n < 3);
		free(values);
	}
}

/* The bill by round has the sums of the bill, whatever the times. */
static void
bill(const struct stats *s)
{
	double seconds = 0, gb_seconds = 0, all = s->sum.bill.all.gb_seconds;
	struct sv_bill_entry *entry;
	struct sv_bill_row *row;
	struct sv_start *start;
	uint64_t requests = 0;
	size_t n, m;

	MUST(sv_measure_starts(s->run, &start, &n) == 0);
	MUST(sv_bill_list(start, n, &entry, &m) == 0);
	MUST(sv_bill_rounds(s->run, entry, m, &row, &n) == 0);
	for (size_t i = 0; i < n; i++) {
		MUST(row[i].seconds >= 0 && row[i].from <= row[i].to);
		requests += row[i].requests;
		seconds += row[i].seconds;
		gb_seconds += row[i].gb_seconds;
	}
	MUST(requests == s->sum.bill.all.requests);
	MUST(fabs(seconds - s->sum.bill.all.seconds) <= 1e-9 * (1 + seconds));
	MUST(fabs(gb_seconds - all) <= 1e-9 * (1 + all));
	free(row);
	free(entry);
	free(start);
}

/* All figures of the runs. */
static void
draw(const struct stats *s, size_t n)
{
	struct figure *f;

	for (int id = 0; id < FIGURE_N; id++) {
		MUST((f = figure_make((enum figure_id)id, s, n)) != NULL);
		MUST(f->npanel > 0);
		figure_free(f);
	}
}

/* A section in all formats; JSON must be JSON. */
static void
print(const struct stats *s, size_t n, enum section_id id, int all)
{
	char *text = NULL;
	size_t len = 0;
	json_t *o;
	FILE *f;

	MUST((f = open_memstream(&text, &len)) != NULL);
	write_text(f, s, n, id, all);
	write_tsv(f, s, n, id);
	MUST(fclose(f) == 0);
	free(text);
	MUST((f = open_memstream(&text, &len)) != NULL);
	if (write_json(f, s, n, id) == 0) {
		MUST(fflush(f) == 0);
		o = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
		MUST(o != NULL);
		json_decref(o);
	}
	MUST(fclose(f) == 0);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char * const lists[] = {
		NULL, "first,last", "1,slowest", "2"
	};
	struct stats_options o = { .rounds = lists[size % 4] };
	struct sv_run *runs = NULL;
	struct verdict_machine machine;
	struct sv_price price;
	struct stats *s;
	size_t n = 0;

	MUST(sv_price_builtin(&price) == 0);
	o.free_tier = size % 5 == 0;
	MUST(verdict_machine(&machine, &o, &price) == -1);
	/* Twice, so that there is always a comparison. */
	(void)sv_run_read(fuzz_fd(data, size), "fuzz", &runs, &n);
	(void)sv_run_read(fuzz_fd(data, size), "again", &runs, &n);
	MUST((s = calloc(n + 1, sizeof(*s))) != NULL);
	for (size_t i = 0; i < n; i++) {
		s[i].run = &runs[i];
		s[i].o = &o;
		s[i].price = &price;
		s[i].machine = &machine;
		s[i].set = i >= n / 2;
		s[i].label = i >= n / 2 ? "again" : "fuzz";
		MUST(sv_measure_summary(&runs[i], &s[i].sum) == 0);
		measure(&runs[i]);
		bill(&s[i]);
		look(&runs[i]);
	}
	if (n > 0) {
		draw(s, n);
		print(s, n, SECTION_ANY, 0);
		print(s, 1, (enum section_id)(size % SECTION_N),
		    size / SECTION_N % 2 == 1);
	}
	for (size_t i = 0; i < n; i++)
		sv_run_fini(&runs[i]);
	free(runs);
	free(s);
	return (0);
}
