#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "human.h"
#include "stats.h"

#define D SV_COL_DOLLARS

const struct sv_column bill_columns[] = {
	{ "source", "", SV_COL_TEXT, 0 },
	{ "requests", NULL, SV_COL_COUNT, 0 },
	{ "billed_s", "billed", SV_COL_SECONDS, 0 },
	{ "gb_seconds", "GB-seconds", SV_COL_PLAIN, 0 },
	{ "request_dollars", NULL, D, SV_COL_HIDDEN },
	{ "duration_dollars", "duration", D, 0 },
	{ "dollars", "with requests", D, 0 }
};
const size_t bill_ncolumns = sizeof(bill_columns) / sizeof(bill_columns[0]);

/* Dollars of the whole run: for requests, and for GB-seconds. */
static double
for_requests(const struct stats *s)
{

	return (sv_price_requests(s->price, (double)s->sum.bill.all.requests,
	    s->o->free_tier));
}

static double
for_duration(const struct stats *s)
{

	return (sv_price_duration(s->price, s->arch,
	    s->sum.bill.all.gb_seconds, s->o->free_tier));
}

double
bill_dollars(const struct stats *s)
{

	return (for_requests(s) + for_duration(s));
}

/* ${part} of ${whole} dollars; nothing of nothing. */
static double
share(double whole, double part, double of)
{

	return (of > 0 ? whole * (part / of) : 0);
}

double
bill_share(const struct stats *s, double requests, double gb_seconds)
{

	return (share(for_requests(s), requests,
	    (double)s->sum.bill.all.requests) + share(for_duration(s),
	    gb_seconds, s->sum.bill.all.gb_seconds));
}

const char *
bill_source(enum sv_bill_source source)
{
	static const char * const name[SV_BILL_N] = {
		[SV_BILL_REPORT] = "reported", [SV_BILL_ESTIMATE] = "estimate",
		[SV_BILL_UNKNOWN] = "not known"
	};

	return (name[source]);
}

static void
fill_line(struct sv_table *t, const struct stats *s, const char *source,
    const struct sv_bill_line *line, int known)
{
	double requests = (double)line->requests;

	if (line->requests == 0)
		return;
	sv_table_string(t, source);
	sv_table_real(t, requests);
	sv_table_real(t, known ? line->seconds : NAN);
	sv_table_real(t, known ? line->gb_seconds : NAN);
	sv_table_real(t, bill_share(s, requests, 0));
	sv_table_real(t, known ? bill_share(s, 0, line->gb_seconds) : NAN);
	sv_table_real(t, known ? bill_share(s, requests, line->gb_seconds) :
	    NAN);
}

void
bill_fill(struct sv_table *t, const struct stats *s)
{

	for (int i = 0; i < SV_BILL_N; i++)
		fill_line(t, s, bill_source((enum sv_bill_source)i),
		    &s->sum.bill.line[i], i != SV_BILL_UNKNOWN);
	fill_line(t, s, "all", &s->sum.bill.all, 1);
}

enum sv_price_arch
bill_arch(const struct stats *s, int *told)
{
	enum sv_price_arch arch;

	*told = 0;
	for (size_t i = 0; i < s->run->nmark; i++) {
		if (s->run->mark[i].moment == SV_RUN_HELLO &&
		    sv_price_arch_parse(s->run->mark[i].arch, &arch) == 0) {
			*told = 1;
			return (arch);
		}
	}
	return (s->o->arch);
}

/*
 * Memory as the provider counts it, MB of 2^20 bytes; where it did not, what
 * the workers know of themselves.  Return 0 where there is nothing to say.
 */
static int
print_memory(FILE *f, const struct stats *s, const char *before)
{
	const struct sv_bill *b = &s->sum.bill;
	double taken = b->max_memory_mb;

	if (isnan(taken))
		taken = s->sum.rss_bytes / 0x1p20;
	if (b->all.requests == 0 || isnan(taken))
		return (0);
	fprintf(f, "%s%.0f MB at the largest", before, taken);
	if (!isnan(b->memory_mb))
		fprintf(f, " of %.0f MB", b->memory_mb);
	return (1);
}

void
bill_note(FILE *f, const struct stats *s)
{
	const struct sv_bill *b = &s->sum.bill;
	char n[SV_HUMAN], gb[SV_HUMAN];

	if (b->all.requests == 0)
		return;
	fprintf(f, "  (%s, %s in %s, prices of %s)\n", s->price->provider,
	    sv_price_arch_name(s->arch), s->price->region, s->price->date);
	if (s->o->free_tier)
		fprintf(f, "  (without the month's free %s requests and %s "
		    "GB-seconds)\n",
		    sv_human_count(n, s->price->free_requests),
		    sv_human_count(gb, s->price->free_gb_seconds));
	else
		fputs("  (the free tier is not subtracted)\n", f);
	if (b->line[SV_BILL_ESTIMATE].requests > 0)
		fputs("  (estimate: no REPORT line came; from the request to "
		    "the end)\n", f);
	if (print_memory(f, s, "  (memory: "))
		fputs(")\n", f);
	/* Of all sections, the summary has it. */
	if (s->o->only == SECTION_BILL)
		verdict_text(f, s);
	verdict_note(f, s);
}

/* GB-seconds: three significant digits, whole numbers at most. */
static const char *
gb_seconds(char buf[SV_HUMAN], double v)
{

	if (v >= 999.5)
		return (sv_human_count(buf, v));
	snprintf(buf, SV_HUMAN, "%.3g", v);
	return (buf);
}

/* What handovers cost: a request each, and the time with two workers. */
static void
print_overlap(FILE *f, const struct stats *s)
{
	const struct sv_overlap *o = &s->sum.changes.overlap;
	double part = bill_share(s, (double)o->n, o->gb_seconds);
	char n[SV_HUMAN], each[SV_HUMAN], gb[SV_HUMAN], sum[SV_HUMAN];
	char text[240];

	if (o->n == 0)
		return;
	if (o->n == 1)
		snprintf(text, sizeof(text), "%s GB-seconds of it: a successor "
		    "beside its predecessor, %s; %s with its request",
		    gb_seconds(gb, o->gb_seconds),
		    sv_human_seconds(each, o->seconds),
		    sv_human_dollars(sum, part));
	else
		snprintf(text, sizeof(text), "%s GB-seconds of it: %s "
		    "successors beside their predecessors, %s each on average; "
		    "%s with their requests", gb_seconds(gb, o->gb_seconds),
		    sv_human_count(n, (double)o->n),
		    sv_human_seconds(each, o->seconds / (double)o->n),
		    sv_human_dollars(sum, part));
	if (bill_dollars(s) > 0)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    " (%.2g %%)", 100 * part / bill_dollars(s));
	summary_label(f, "overlap");
	summary_sentence(f, text);
}

void
bill_text(FILE *f, const struct stats *s)
{
	const struct sv_bill *b = &s->sum.bill;
	char n[SV_HUMAN], gb[SV_HUMAN], sum[SV_HUMAN], some[SV_HUMAN];
	uint64_t guessed = b->line[SV_BILL_ESTIMATE].requests;
	uint64_t unknown = b->line[SV_BILL_UNKNOWN].requests;
	char text[320];
	size_t len;

	if (b->all.requests == 0)
		return;
	if (print_memory(f, s, "  memory      ")) {
		if (!isnan(s->sum.shard_bytes))
			fprintf(f, ", %s of it the shard",
			    sv_human_bytes(sum, s->sum.shard_bytes));
		fputc('\n', f);
	}
	snprintf(text, sizeof(text), "%s request%s, %s GB-seconds: %s",
	    sv_human_count(n, (double)b->all.requests),
	    b->all.requests == 1 ? "" : "s",
	    gb_seconds(gb, b->all.gb_seconds),
	    sv_human_dollars(sum, bill_dollars(s)));
	len = strlen(text);
	if (guessed > 0)
		snprintf(text + len, sizeof(text) - len, " (an estimate for "
		    "%s)", guessed == b->all.requests ? "all" :
		    sv_human_count(some, (double)guessed));
	len = strlen(text);
	if (unknown > 0)
		snprintf(text + len, sizeof(text) - len, " (the time of %s is "
		    "not known)", sv_human_count(some, (double)unknown));
	summary_label(f, "bill");
	summary_sentence(f, text);
	print_overlap(f, s);
}
