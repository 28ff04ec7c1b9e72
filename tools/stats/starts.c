#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"

#define N SV_COL_COUNT
#define S SV_COL_SECONDS
#define T SV_COL_TEXT
#define B SV_COL_BYTES
#define H SV_COL_HIDDEN

const struct sv_column starts_columns[] = {
	{ "part", "", T, 0 }, { "n", NULL, N, 0 },
	{ "mean_s", "mean", S, H }, { "sd_s", "sd", S, H },
	{ "min_s", "fastest", S, 0 }, { "min_shard", "worker", N, 0 },
	{ "median_s", "median", S, 0 }, { "p90_s", "p90", S, 0 },
	{ "max_s", "slowest", S, 0 }, { "max_shard", "worker", N, 0 }
};
const size_t starts_ncolumns =
    sizeof(starts_columns) / sizeof(starts_columns[0]);

const struct sv_column invocations_columns[] = {
	{ "shard", "worker", N, 0 }, { "generation", "gen", N, 0 },
	{ "how", NULL, T, H }, { "kind", NULL, T, 0 },
	{ "at_s", "at", S, 0 }, { "queued_s", NULL, S, H },
	{ "total_s", "hello", S, 0 }, { "request_s", "request", S, 0 },
	{ "start_s", NULL, S, H }, { "load_s", "load", S, 0 },
	{ "retry_s", NULL, S, H }, { "platform_s", NULL, S, H },
	{ "init_s", NULL, S, H }, { "invoke_s", NULL, S, H },
	{ "join_s", NULL, S, H }, { "load_cpu_s", NULL, S, H },
	{ "shard_bytes", NULL, B, H }, { "rss_bytes", "peak", B, 0 },
	{ "cpu_s", "cpu", S, 0 }, { "status", "exit", N, 0 },
	{ "signal", "sig", N, 0 }, { "answer", NULL, T, H },
	{ "tries", NULL, N, H }, { "throttled", NULL, N, H },
	{ "billed_s", NULL, S, H }, { "memory_mb", NULL, N, H },
	{ "max_memory_mb", NULL, N, H }
};
const size_t invocations_ncolumns =
    sizeof(invocations_columns) / sizeof(invocations_columns[0]);

/* Those starts whose parts go into one row. */
enum which { ALL, COLD, COLD_PLAIN, COLD_FUNCTION, WARM };

static int
belongs(const struct sv_start *s, enum which which)
{
	int function = !isnan(s->init);

	switch (which) {
	case ALL:
		return (1);
	case COLD:
		return (!s->warm);
	case COLD_PLAIN:
		return (!s->warm && !function);
	case COLD_FUNCTION:
		return (!s->warm && function);
	default:
		return (s->warm);
	}
}

/* A row of the table: a double in struct sv_start. */
struct row {
	const char *name;
	enum which which;
	size_t offset;
};

/* ${some} has room for ${n}.  A row of which nothing is known is left out. */
static int
fill_row(struct sv_table *t, const struct row *row,
    const struct sv_start *start, size_t n, struct sv_start *some)
{
	struct sv_part p;
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		if (belongs(&start[i], row->which))
			some[m++] = start[i];
	if (sv_measure_part(some, m, row->offset, &p) == -1)
		return (-1);
	if (p.stat.n == 0 || (row->offset == offsetof(struct sv_start, retry) &&
	    p.stat.max == 0))
		return (0);
	sv_table_string(t, row->name);
	sv_table_real(t, (double)p.stat.n);
	sv_table_real(t, sv_stat_mean(&p.stat));
	sv_table_real(t, sv_stat_sd(&p.stat));
	sv_table_real(t, sv_stat_min(&p.stat));
	sv_table_real(t, section_shard(p.fastest));
	sv_table_real(t, p.median);
	sv_table_real(t, p.p90);
	sv_table_real(t, sv_stat_max(&p.stat));
	sv_table_real(t, section_shard(p.slowest));
	return (0);
}

int
starts_fill(struct sv_table *t, const struct stats *s)
{
#define AT(member) offsetof(struct sv_start, member)
	static const struct row rows[] = {
		{ "queued", ALL, AT(queued) },
		{ "cold start", COLD, AT(total) },
		{ "request", COLD_PLAIN, AT(request) },
		{ "start", COLD_PLAIN, AT(start) },
		{ "retries", COLD_FUNCTION, AT(retry) },
		{ "platform", COLD_FUNCTION, AT(platform) },
		{ "init", COLD_FUNCTION, AT(init) },
		{ "invoke", COLD_FUNCTION, AT(invoke) },
		{ "load", COLD, AT(load) },
		{ "join", COLD_FUNCTION, AT(join) },
		{ "warm start", WARM, AT(total) },
		{ "warm retries", WARM, AT(retry) },
		{ "warm platform", WARM, AT(platform) },
		{ "warm load", WARM, AT(load) },
		{ "warm join", WARM, AT(join) }
	};
#undef AT
	struct sv_start *start, *some;
	size_t n;
	int rc = 0;

	if (sv_measure_starts(s->run, &start, &n) == -1)
		return (-1);
	if ((some = calloc(n + 1, sizeof(*some))) == NULL)
		rc = -1;
	for (size_t i = 0; rc == 0 && i < sizeof(rows) / sizeof(rows[0]); i++)
		rc = fill_row(t, &rows[i], start, n, some);
	free(some);
	free(start);
	return (rc);
}

void
starts_note(FILE *f, const struct stats *s)
{

	if (s->sum.cold > 0 && s->sum.bill.all.requests > 0)
		fputs("  (platform: until the process runs, init: until it is "
		    "ready for its event,\n   invoke: until it has it, load: "
		    "of the rows, join: until the hub knows it)\n", f);
	if (s->sum.clocks > 0)
		fprintf(f, "  (the clocks of %" PRIu64 " worker%s disagree "
		    "with ours: what needs both is not counted)\n",
		    s->sum.clocks, s->sum.clocks == 1 ? "" : "s");
}

static const char *
how_name(enum sv_run_how how)
{
	static const char * const names[] = {
		[SV_RUN_UNKNOWN] = NULL, [SV_RUN_EXEC] = "exec",
		[SV_RUN_URL] = "url", [SV_RUN_LAMBDA] = "lambda",
		[SV_RUN_ASYNC] = "lambda-async"
	};

	return (names[how]);
}

static const char *
answer_name(enum sv_answer answer)
{
	static const char * const names[] = {
		[SV_ANSWER_NONE] = NULL, [SV_ANSWER_DONE] = "answered",
		[SV_ANSWER_FAILED] = "failed",
		[SV_ANSWER_MISSING] = "unanswered"
	};

	return (names[answer]);
}

static void
fill_invocation(struct sv_table *t, const struct sv_start *s)
{

	sv_table_real(t, section_shard(s->shard));
	sv_table_real(t, s->generation);
	sv_table_string(t, how_name(s->how));
	sv_table_string(t, !s->hello ? NULL : s->warm ? "warm" : "cold");
	sv_table_real(t, s->at);
	sv_table_real(t, s->queued);
	sv_table_real(t, s->total);
	sv_table_real(t, s->request);
	sv_table_real(t, s->start);
	sv_table_real(t, s->load);
	sv_table_real(t, s->retry);
	sv_table_real(t, s->platform);
	sv_table_real(t, s->init);
	sv_table_real(t, s->invoke);
	sv_table_real(t, s->join);
	sv_table_real(t, s->load_cpu);
	sv_table_real(t, s->shard_bytes);
	sv_table_real(t, s->rss);
	sv_table_real(t, s->cpu);
	sv_table_real(t, s->status);
	sv_table_real(t, s->signal);
	sv_table_string(t, answer_name(s->answer));
	sv_table_real(t, s->tries);
	sv_table_real(t, s->throttled);
	sv_table_real(t, s->reports > 0 ? s->billed : NAN);
	sv_table_real(t, s->memory_mb);
	sv_table_real(t, s->max_memory_mb);
}

int
invocations_fill(struct sv_table *t, const struct stats *s)
{
	struct sv_start *start;
	size_t n;

	if (sv_measure_starts(s->run, &start, &n) == -1)
		return (-1);
	for (size_t i = 0; i < n; i++)
		fill_invocation(t, &start[i]);
	free(start);
	return (0);
}
