#include "config.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "rounds.h"
#include "stats.h"
#include "utf8.h"

/* Rows that a person is shown of a long table. */
#define TRACE_ROWS 24
#define SHARD_ROWS 16
#define EVENT_ROWS 10
#define TIMING_ROWS 12	/* of each round */
#define ENDS 5	/* first and last rows of the trace, all shown */

/*
 * Choose ${most} of ${n} rows: the first and the last few, and between them
 * some at even distances.  Return how many.
 */
static size_t
choose_ends(size_t *rows, size_t n, size_t most)
{
	size_t m = 0, middle = most - 2 * ENDS;

	for (size_t i = 0; i < ENDS; i++)
		rows[m++] = i;
	for (size_t i = 1; i <= middle; i++)
		rows[m++] = ENDS - 1 + i * (n - 2 * ENDS + 1) / (middle + 1);
	for (size_t i = n - ENDS; i < n; i++)
		rows[m++] = i;
	return (m);
}

struct busy {
	double comp;
	size_t shard;
};

static int
by_comp(const void *a, const void *b)
{
	const struct busy *x = a, *y = b;

	if (x->comp != y->comp)
		return (x->comp > y->comp ? -1 : 1);
	return (x->shard < y->shard ? -1 : 1);
}

/* Choose the workers that compute longest and shortest. */
static size_t
choose_busy(size_t *rows, const struct sv_run *run, size_t most)
{
	struct busy *b;
	size_t n = run->nshard;

	if ((b = calloc(n, sizeof(*b))) == NULL)
		return (0);
	for (size_t i = 0; i < n; i++) {
		b[i].comp = sv_stat_mean(&run->shard[i].q[SV_Q_COMP]);
		if (isnan(b[i].comp))
			b[i].comp = -1;
		b[i].shard = i;
	}
	qsort(b, n, sizeof(*b), by_comp);
	for (size_t i = 0; i < most; i++)
		rows[i] = b[i < most / 2 ? i : n - most + i].shard;
	free(b);
	return (most);
}

/* Choose the bins that are not empty. */
static size_t
choose_bins(size_t *rows, const struct sv_run *run)
{
	uint64_t bins[SV_RESPONSE_BINS];
	size_t n = 0;

	sv_measure_response(run, bins);
	for (size_t i = 0; i < SV_RESPONSE_BINS; i++)
		if (bins[i] > 0)
			rows[n++] = i;
	return (n);
}

/* Choose the first events that no other table tells of; ${*more}: not all. */
static size_t
choose_events(size_t *rows, const struct sv_run *run, size_t most, int *more)
{
	size_t n = 0;

	*more = 0;
	for (size_t i = 0; i < run->nevent; i++) {
		if (changes_event(&run->event[i]))
			continue;
		if (n < most)
			rows[n++] = i;
		else
			*more = 1;
	}
	return (n);
}

/* Choose rows of a table for a person; ${*which} says what they are. */
static size_t
choose(size_t *rows, size_t n, enum section_id id, const struct stats *s,
    const char **which)
{
	size_t m;
	int more;

	for (size_t i = 0; i < n; i++)
		rows[i] = i;
	if ((id == SECTION_TRACE || id == SECTION_ROUNDS ||
	    id == SECTION_BILL_SHARDS || id == SECTION_BILL_ROUNDS) &&
	    n > TRACE_ROWS) {
		*which = "the first, the last and some between";
		return (choose_ends(rows, n, TRACE_ROWS));
	}
	if (id == SECTION_SHARDS && n > SHARD_ROWS) {
		*which = "those that compute longest and shortest";
		return (choose_busy(rows, s->run, SHARD_ROWS));
	}
	if (id == SECTION_TIMING && s->run->rows.W > TIMING_ROWS) {
		*which = "of each round those that answer first and last";
		return (timing_choose(rows, s, TIMING_ROWS));
	}
	if ((id == SECTION_LOSSES || id == SECTION_HANDOVERS) &&
	    n > EVENT_ROWS) {
		*which = "the first";
		return (EVENT_ROWS);
	}
	if (id == SECTION_EVENTS && s->o->only != SECTION_EVENTS) {
		m = choose_events(rows, s->run, EVENT_ROWS, &more);
		*which = more ? "the first that no other table has" : "";
		return (m);
	}
	if (id == SECTION_EVENTS && n > EVENT_ROWS) {
		*which = "the first";
		return (EVENT_ROWS);
	}
	if (id == SECTION_RESPONSIVENESS && n > 0)
		return (choose_bins(rows, s->run));
	return (n);
}

/* Is the section about what functions cost? */
static int
about_bill(enum section_id id)
{

	return (id == SECTION_BILL || id == SECTION_BILL_SHARDS ||
	    id == SECTION_BILL_ROUNDS);
}

static int
text_table(FILE *f, enum section_id id, const struct stats *s, size_t n,
    int all)
{
	const char *which = "";
	struct sv_table *t;
	size_t *rows, total, m;
	int about = 0;

	t = id == SECTION_TRACE ? trace_person(s, &about) :
	    section_table(id, s, n);
	if (t == NULL)
		return (-1);
	total = m = sv_table_rows(t);
	if ((rows = calloc(total + 1, sizeof(*rows))) == NULL) {
		sv_warn("%s", section_name(id));
		sv_table_free(t);
		return (-1);
	}
	if (!all)
		m = choose(rows, total, id, s, &which);
	if (total == 0)
		fputs(about_bill(id) ? "  no functions were invoked\n" :
		    "  nothing was recorded\n", f);
	else
		sv_table_text(t, f, all ? NULL : rows, m);
	if (which[0] != '\0')
		fprintf(f, "  (%zu of %zu: %s; --all shows all)\n", m, total,
		    which);
	if (about)
		fputs("  (~ the workers' own objectives, whose sum tends to"
		    " it)\n", f);
	if (id == SECTION_STARTS)
		starts_note(f, s);
	if (id == SECTION_BILL)
		bill_note(f, s);
	free(rows);
	sv_table_free(t);
	return (0);
}

static const char * const headings[SECTION_N] = {
	[SECTION_SUMMARY] = "Runs",
	[SECTION_MODELS] = "Models",
	[SECTION_TRACE] = "Trace: one row a round, as the master saw it",
	[SECTION_ROUNDS] = "Rounds: one row each, as the hub saw it",
	[SECTION_TIMING] =
	    "Timing: each worker in chosen rounds, since the global was sent",
	[SECTION_DISTRIBUTIONS] =
	    "Distributions: of all workers in all STEP rounds",
	[SECTION_UTILISATION] =
	    "Utilisation: a worker's time in a STEP round, on average",
	[SECTION_SHARDS] =
	    "Workers: means over STEP rounds, +- one standard deviation",
	[SECTION_STARTS] = "Cold starts: request made to first hello",
	[SECTION_INVOCATIONS] = "Invocations",
	[SECTION_BILL] = "Bill",
	[SECTION_BILL_SHARDS] = "Bill by worker",
	[SECTION_BILL_ROUNDS] = "Bill by round: what was billed until the next",
	[SECTION_RESPONSIVENESS] =
	    "Responsiveness: workers by share of rounds in the slowest 10 %",
	[SECTION_HANDOVERS] =
	    "Handovers: a successor asked for in good time takes over",
	[SECTION_LOSSES] =
	    "Losses: workers that were given up, and those that left",
	[SECTION_EVENTS] = "Events"
};

const char *
write_heading(enum section_id id)
{

	return (headings[id]);
}

/* One section of a run, or of ${n} runs at once. */
static int
text_section(FILE *f, enum section_id id, const struct stats *s, size_t n,
    int all)
{

	if (id == SECTION_SUMMARY && n == 1) {
		summary_text(f, s);
		return (0);
	}
	if (id == SECTION_COMPARISON) {
		if (comparison_text(f, s, n) == 0)
			return (0);
		sv_warn("comparison");
		return (-1);
	}
	fprintf(f, "%s\n", headings[id]);
	if (id == SECTION_DISTRIBUTIONS) {
		if (distributions_text(f, s) == 0)
			return (0);
		sv_warn("distributions");
		return (-1);
	}
	return (text_table(f, id, s, n, all));
}

/* Is the section about all runs together? */
static int
joint(enum section_id id)
{

	return (id == SECTION_SUMMARY || id == SECTION_COMPARISON);
}

/* Did any worker say hello? */
static int
greeted(const struct sv_run *run)
{

	for (size_t i = 0; i < run->nmark; i++)
		if (run->mark[i].moment == SV_RUN_HELLO)
			return (1);
	return (0);
}

/* Did anything happen that no other section tells of?  ${all}: or at all? */
static int
other_events(const struct sv_run *run, int all)
{

	for (size_t i = 0; i < run->nevent; i++)
		if (all || !changes_event(&run->event[i]))
			return (1);
	return (0);
}

int
write_shown(enum section_id id, const struct stats *s, int all)
{

	switch (id) {
	case SECTION_SUMMARY:
		return (1);
	case SECTION_MODELS:
		return (s->run->nmodel > 1);
	case SECTION_TRACE:
		return (s->run->ntrace > 0);
	case SECTION_ROUNDS:
	case SECTION_TIMING:
	case SECTION_DISTRIBUTIONS:
		return (all && s->run->steps > 0);
	case SECTION_STARTS:
		return (greeted(s->run));
	case SECTION_INVOCATIONS:
		return (all && s->run->nmark > 0);
	case SECTION_BILL:
		return (s->sum.bill.all.requests > 0);
	case SECTION_BILL_SHARDS:
	case SECTION_BILL_ROUNDS:
		return (all && s->sum.bill.all.requests > 0);
	case SECTION_HANDOVERS:
		return (all && s->sum.changes.handovers > 0);
	case SECTION_LOSSES:
		return (s->sum.changes.lost + s->sum.changes.left > 0);
	case SECTION_EVENTS:
		return (other_events(s->run, all));
	case SECTION_COMPARISON:
		return (0);
	default:
		return (s->run->steps > 0);
	}
}

int
write_text(FILE *f, const struct stats *s, size_t n, enum section_id only,
    int all)
{

	if (only == SECTION_ANY && n > 1) {
		if (text_section(f, SECTION_SUMMARY, s, n, all) == -1)
			return (-1);
		fputc('\n', f);
		return (text_section(f, SECTION_COMPARISON, s, n, all));
	}
	if (only != SECTION_ANY && (n == 1 || joint(only)))
		return (text_section(f, only, s, n, all));
	for (size_t i = 0; only != SECTION_ANY && i < n; i++) {
		fputs(i > 0 ? "\n" : "", f);
		sv_utf8_print(f, s[i].run->name, SIZE_MAX);
		fputs(": ", f);
		if (text_section(f, only, &s[i], 1, all) == -1)
			return (-1);
	}
	for (int id = 0; only == SECTION_ANY && id < SECTION_N; id++) {
		if (!write_shown((enum section_id)id, s, all))
			continue;
		if (id > 0)
			fputc('\n', f);
		if (text_section(f, (enum section_id)id, s, 1, all) == -1)
			return (-1);
	}
	return (0);
}

int
write_tsv(FILE *f, const struct stats *s, size_t n, enum section_id only)
{
	struct sv_table *t;

	if (only == SECTION_ANY)
		only = n > 1 ? SECTION_COMPARISON : SECTION_SUMMARY;
	if (joint(only)) {
		if ((t = section_table(only, s, n)) == NULL)
			return (-1);
		sv_table_tsv(t, f, NULL, 1);
		sv_table_free(t);
		return (0);
	}
	for (size_t i = 0; i < n; i++) {
		if ((t = section_table(only, &s[i], 1)) == NULL)
			return (-1);
		sv_table_tsv(t, f, n > 1 ? s[i].run->name : NULL, i == 0);
		sv_table_free(t);
	}
	return (0);
}
