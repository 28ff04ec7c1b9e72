#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "human.h"
#include "json.h"
#include "stats.h"
#include "utf8.h"

#define LABEL 14	/* columns of a label, with what surrounds it */
#define WIDTH 80u	/* of a terminal */
#define NAME 17u	/* columns of a run's name in a table */

#define N SV_COL_COUNT
#define S SV_COL_SECONDS
#define R SV_COL_REAL
#define T SV_COL_TEXT
#define B SV_COL_BYTES
#define H SV_COL_HIDDEN
#define O SV_COL_OWN

/* To a person several runs are lines of a table, with few columns. */
const struct sv_column summary_columns[] = {
	{ "run", NULL, T, H }, { "name", "run", T, SV_COL_PERSON },
	{ "workers", "W", N, 0 }, { "rounds", NULL, N, 0 },
	{ "other_rounds", NULL, N, H }, { "missing_rounds", NULL, N, H },
	{ "n_models", NULL, N, H }, { "status", NULL, T, 0 },
	{ "reason", NULL, T, H }, { "job", NULL, T, H },
	{ "objective", NULL, R, 0 }, { "optimality", NULL, SV_COL_SHORT, 0 },
	{ "primal", NULL, R, H }, { "dual", NULL, R, H }, { "rho", NULL, R, H },
	{ "nonzero", NULL, N, H }, { "gap", NULL, SV_COL_SHORT, H },
	{ "wall_s", "time", S, O }, { "total_s", "total", S, O },
	{ "round_s", NULL, S, H }, { "master_s", NULL, S, H },
	{ "cpu_s", NULL, S, H }, { "load_cpu_s", NULL, S, H },
	{ "comp_s", NULL, S, H }, { "idle_s", NULL, S, H },
	{ "delay_s", NULL, S, H }, { "communication_s", NULL, S, H },
	{ "queueing_s", NULL, S, H }, { "barrier_s", NULL, S, H },
	{ "bytes_up", NULL, B, H }, { "bytes_down", NULL, B, H },
	{ "n_invocations", NULL, N, H }, { "replaced", NULL, N, H },
	{ "lost", NULL, N, H }, { "shard_bytes", NULL, B, H },
	{ "rss_bytes", NULL, B, H }, { "rows", NULL, N, H },
	{ "features", NULL, N, H }, { "nonzeros", NULL, N, H },
	{ "cold_starts", NULL, N, H }, { "warm_starts", NULL, N, H },
	{ "cold_s", NULL, S, H }, { "cold_max_s", NULL, S, H },
	{ "clocks_disagree", NULL, N, H },
	{ "n_calls", NULL, N, H }, { "answered", NULL, N, H },
	{ "failed", NULL, N, H }, { "unanswered", NULL, N, H },
	{ "function_errors", NULL, N, H }, { "tries", NULL, N, H },
	{ "throttled", NULL, N, H }, { "retried", NULL, N, H },
	{ "n_billed", NULL, N, H }, { "n_estimated", NULL, N, H },
	{ "gb_seconds", NULL, R, H }, { "dollars", NULL, SV_COL_DOLLARS, H },
	{ "memory_mb", NULL, N, H }, { "max_memory_mb", NULL, N, H },
	{ "machine", NULL, T, H }, { "machine_source", NULL, T, H },
	{ "machine_cores", NULL, N, H }, { "machine_s", NULL, S, H },
	{ "machine_dollars", NULL, SV_COL_DOLLARS, H },
	{ "time_ratio", NULL, R, H }, { "dollar_ratio", NULL, R, H },
	{ "n_handovers", NULL, N, H }, { "handover_bytes", NULL, B, H },
	{ "handover_s", NULL, S, H }, { "handover_max_s", NULL, S, H },
	{ "successors", NULL, N, H }, { "overlap_s", NULL, S, H },
	{ "overlap_gb_seconds", NULL, R, H },
	{ "overlap_dollars", NULL, SV_COL_DOLLARS, H },
	{ "left", NULL, N, H }, { "away_s", NULL, S, H },
	{ "away_max_s", NULL, S, H }, { "cuts", NULL, N, H },
	{ "came_back", NULL, N, H }, { "refused", NULL, N, H },
	{ "denied", NULL, N, H }, { "strangers", NULL, N, H },
	{ "garbage", NULL, N, H }, { "foreign", NULL, N, H },
	{ "late", NULL, N, H }, { "saves", NULL, N, H },
	{ "saved_round", NULL, N, H }, { "saved_states", NULL, N, H },
	{ "saved_bytes", NULL, B, H }, { "checkpoints", NULL, N, H },
	{ "resumed_round", NULL, N, H }, { "resumed_state", NULL, T, H },
	{ "resumed_run", NULL, T, H }
};
const size_t summary_ncolumns =
    sizeof(summary_columns) / sizeof(summary_columns[0]);

/* What fits of a run's name: its end, which tells runs apart. */
static const char *
short_name(char buf[NAME + 1], const char *name)
{
	size_t n = strlen(name);

	if (n <= NAME)
		return (name);
	snprintf(buf, NAME + 1, "..%s", name + n - (NAME - 2));
	/* Half a character is none. */
	for (char *p = buf + 2; ((unsigned char)*p & 0xc0) == 0x80; p++)
		*p = '.';
	return (buf);
}

static void
fill_outcome(struct sv_table *t, const struct stats *s)
{
	const struct sv_summary *m = &s->sum;
	char id[20], name[NAME + 1];

	sv_table_string(t, s->run->name);
	sv_table_string(t, short_name(name, s->run->name));
	sv_table_real(t, (double)m->workers);
	sv_table_real(t, (double)m->rounds);
	sv_table_real(t, (double)m->other_rounds);
	sv_table_real(t, (double)m->missing);
	sv_table_real(t, (double)s->run->nmodel);
	sv_table_string(t, m->status);
	sv_table_string(t, m->reason);
	snprintf(id, sizeof(id), "%016" PRIx64, s->run->id);
	sv_table_string(t, s->run->job != NULL ? id : NULL);
	sv_table_real(t, m->objective);
	sv_table_real(t, m->optimality);
	sv_table_real(t, m->primal);
	sv_table_real(t, m->dual);
	sv_table_real(t, m->rho);
	sv_table_real(t, m->nonzero);
	sv_table_real(t, m->gap);
}

/* Starts, calls and the bill. */
static void
fill_functions(struct sv_table *t, const struct stats *s)
{
	const struct sv_summary *m = &s->sum;
	const struct sv_calls *c = &m->calls;
	const struct sv_bill *b = &m->bill;

	sv_table_real(t, (double)m->cold);
	sv_table_real(t, (double)m->warm);
	sv_table_real(t, m->cold_s);
	sv_table_real(t, m->cold_max_s);
	sv_table_real(t, (double)m->clocks);
	sv_table_real(t, (double)c->n);
	sv_table_real(t, (double)c->answered);
	sv_table_real(t, (double)c->failed);
	sv_table_real(t, (double)c->unanswered);
	sv_table_real(t, (double)c->errors);
	sv_table_real(t, (double)c->tries);
	sv_table_real(t, (double)c->throttled);
	sv_table_real(t, (double)c->retried);
	sv_table_real(t, (double)b->all.requests);
	sv_table_real(t, (double)b->line[SV_BILL_ESTIMATE].requests);
	sv_table_real(t, b->all.gb_seconds);
	sv_table_real(t, bill_dollars(s));
	sv_table_real(t, b->memory_mb);
	sv_table_real(t, b->max_memory_mb);
	verdict_fill(t, s);
}

void
summary_fill(struct sv_table *t, const struct stats *s)
{
	const struct sv_summary *m = &s->sum;

	fill_outcome(t, s);
	sv_table_real(t, m->wall_s);
	sv_table_real(t, m->total_s);
	sv_table_real(t, m->round_s);
	sv_table_real(t, m->master_s);
	sv_table_real(t, m->cpu_s);
	sv_table_real(t, m->load_cpu_s);
	for (int q = 0; q < SV_Q_N; q++)
		sv_table_real(t, m->q[q]);
	sv_table_real(t, m->bytes_up);
	sv_table_real(t, m->bytes_down);
	sv_table_real(t, (double)m->invocations);
	sv_table_real(t, (double)m->changes.replaced);
	sv_table_real(t, (double)m->changes.lost);
	sv_table_real(t, m->shard_bytes);
	sv_table_real(t, m->rss_bytes);
	sv_table_real(t, summary_number(s->run, "n"));
	sv_table_real(t, summary_number(s->run, "d"));
	sv_table_real(t, summary_nonzeros(s->run));
	fill_functions(t, s);
	changes_fill(t, s);
}

void
summary_label(FILE *f, const char *name)
{

	fprintf(f, "  %-11s ", name);
}

/*
 * Print a sentence of the stream's behind the labels, in lines of 80 columns.
 * What a stream says is shown, but a terminal is not to obey it.
 */
void
summary_sentence(FILE *f, const char *s)
{
	int column = LABEL;

	while (*s != '\0') {
		size_t word = strcspn(s, " ");
		size_t columns = sv_utf8_columns(s, word);

		if (column > LABEL && column + (int)columns >= 79) {
			fprintf(f, "\n%*s", LABEL, "");
			column = LABEL;
		} else if (column > LABEL)
			fputc(' ', f);
		sv_utf8_print(f, s, columns);
		column += (int)(columns < WIDTH ? columns : WIDTH) + 1;
		s += word + strspn(s + word, " ");
	}
	fputc('\n', f);
}

/* A word of the stream's, or the first of it. */
static void
print_string(FILE *f, const char *s)
{

	sv_utf8_print(f, s, 48);
}

static void
print_workers(FILE *f, const struct stats *s)
{
	const struct sv_summary *m = &s->sum;
	const char *how, *command;
	int none = s->run->job != NULL && m->invocations == 0 &&
	    m->rounds + m->other_rounds == 0;

	summary_label(f, "workers");
	fprintf(f, "%" PRIu64 "%s", m->workers, none ? " asked for" : "");
	if (sv_json_string(s->run->job, "how", &how) == 0) {
		fputs(", by ", f);
		print_string(f, how);
	}
	if (sv_json_string(s->run->job, "command", &command) == 0) {
		fputs(" of ", f);
		print_string(f, command);
	}
	if (none)
		fputs("; none started", f);
	else if (m->changes.lost == 0 && m->changes.replaced == 0)
		fputs("; none lost", f);
	else {
		fprintf(f, "; %" PRIu64 " lost", m->changes.lost);
		if (m->changes.left > 0)
			fprintf(f, ", %" PRIu64 " left", m->changes.left);
		fprintf(f, ", %" PRIu64 " replaced", m->changes.replaced);
	}
	fputc('\n', f);
}

/* Append to ${text}: ", 3 throttled tries", or nothing for none. */
static void
append(char *text, size_t size, uint64_t n, const char *one, const char *more)
{
	size_t len = strlen(text);

	if (n > 0)
		snprintf(text + len, size - len, ", %" PRIu64 " %s", n,
		    n == 1 ? one : more);
}

/* "invocations 16: 16 answered, 3 throttled tries, none failed" */
static void
print_calls(FILE *f, const struct sv_summary *m)
{
	const struct sv_calls *c = &m->calls;
	char text[320], a[SV_HUMAN], b[SV_HUMAN];
	size_t len;

	if (c->n == 0)
		return;
	snprintf(text, sizeof(text), "%" PRIu64 ": %" PRIu64 " answered", c->n,
	    c->answered);
	append(text, sizeof(text), c->unanswered, "unanswered", "unanswered");
	append(text, sizeof(text), c->open, "not ended", "not ended");
	append(text, sizeof(text), c->throttled, "throttled try",
	    "throttled tries");
	append(text, sizeof(text), c->retried, "other try again",
	    "other tries again");
	append(text, sizeof(text), c->failed, "failed", "failed");
	len = strlen(text);
	if (c->failed == 0)
		snprintf(text + len, sizeof(text) - len, ", none failed");
	else if (c->errors > 0)
		snprintf(text + len, sizeof(text) - len, " (%" PRIu64
		    " in the function)", c->errors);
	summary_label(f, "invocations");
	summary_sentence(f, text);
	if (m->cold + m->warm == 0)
		return;
	summary_label(f, "starts");
	fprintf(f, "%" PRIu64 " cold", m->cold);
	if (!isnan(m->cold_s))
		fprintf(f, " (median %s, slowest %s)",
		    sv_human_seconds(a, m->cold_s),
		    sv_human_seconds(b, m->cold_max_s));
	fprintf(f, ", %" PRIu64 " warm", m->warm);
	if (m->changes.successors > 0)
		fprintf(f, "; %" PRIu64 " in good time",
		    m->changes.successors);
	fputc('\n', f);
}

static void
print_times(FILE *f, const struct sv_summary *m)
{
	char a[SV_HUMAN], b[SV_HUMAN], c[SV_HUMAN];

	if (!isnan(m->wall_s)) {
		summary_label(f, "time");
		fprintf(f, "%s from the first global to the model\n",
		    sv_human_seconds(a, m->wall_s));
	}
	if (!isnan(m->total_s)) {
		summary_label(f, "in all");
		fprintf(f, "%s from the first request to the end\n",
		    sv_human_seconds(a, m->total_s));
	}
	if (!isnan(m->round_s)) {
		summary_label(f, "per round");
		fprintf(f, "%s; a worker computes %s, is idle %s\n",
		    sv_human_seconds(a, m->round_s),
		    sv_human_seconds(b, m->q[SV_Q_COMP]),
		    sv_human_seconds(c, m->q[SV_Q_IDLE]));
	}
	if (m->cpu_s > 0 || m->load_cpu_s > 0) {
		summary_label(f, "CPU");
		fprintf(f, "%s in rounds, %s to load, all workers\n",
		    sv_human_seconds(a, m->cpu_s),
		    sv_human_seconds(b, m->load_cpu_s));
	}
}

static void
print_bytes(FILE *f, const struct sv_summary *m)
{
	char a[SV_HUMAN], b[SV_HUMAN];

	if (m->bytes_up > 0 || m->bytes_down > 0) {
		summary_label(f, "traffic");
		fprintf(f, "%s down to workers, %s up to the hub\n",
		    sv_human_bytes(a, m->bytes_down),
		    sv_human_bytes(b, m->bytes_up));
	}
	/* Of functions it comes with the bill. */
	if (!isnan(m->rss_bytes) && m->bill.all.requests == 0) {
		summary_label(f, "memory");
		fprintf(f, "%s at the largest worker",
		    sv_human_bytes(a, m->rss_bytes));
		if (!isnan(m->shard_bytes))
			fprintf(f, ", %s of it the shard",
			    sv_human_bytes(b, m->shard_bytes));
		fputc('\n', f);
	}
}

void
summary_text(FILE *f, const struct stats *s)
{
	const struct sv_summary *m = &s->sum;

	fputs("Summary\n", f);
	summary_label(f, "status");
	print_string(f, m->status);
	fprintf(f, " after %" PRIu64 " round%s%s", m->rounds,
	    m->rounds == 1 ? "" : "s",
	    s->run->origin.known ? " of its own" : "");
	if (m->other_rounds > 0)
		fprintf(f, " and %" PRIu64 " for gradients", m->other_rounds);
	fputc('\n', f);
	if ((strcmp(m->status, "failed") == 0 ||
	    strcmp(m->status, "stopped") == 0) && m->reason[0] != '\0') {
		summary_label(f, "reason");
		summary_sentence(f, m->reason);
	}
	changes_origin(f, s);
	summary_problem(f, s->run);
	summary_model(f, s);
	print_workers(f, s);
	changes_text(f, s);
	print_calls(f, m);
	print_times(f, m);
	print_bytes(f, m);
	bill_text(f, s);
	verdict_text(f, s);
	if (m->missing > 0) {
		summary_label(f, "missing");
		fprintf(f, "the records of %" PRIu64 " rounds\n", m->missing);
	}
}
