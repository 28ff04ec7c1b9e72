#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "json.h"
#include "rounds.h"
#include "stats.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

#define N SV_COL_COUNT
#define S SV_COL_SECONDS
#define R SV_COL_REAL
#define E SV_COL_SHORT
#define T SV_COL_TEXT
#define P SV_COL_SHARE
#define H SV_COL_HIDDEN
#define O SV_COL_OWN

static const struct sv_column models_columns[] = {
	{ "model", NULL, N, 0 }, { "status", NULL, T, 0 },
	{ "method", NULL, T, H }, { "loss", NULL, T, H },
	{ "l1", NULL, SV_COL_PLAIN, 0 }, { "l2", NULL, SV_COL_PLAIN, H },
	{ "intercept", NULL, R, H },
	{ "rounds", NULL, N, 0 }, { "wall_s", "time", S, 0 },
	{ "objective", NULL, R, 0 }, { "optimality", NULL, E, 0 },
	{ "primal", NULL, E, H }, { "dual", NULL, E, H }, { "rho", NULL, E, H },
	{ "nonzero", NULL, N, 0 }, { "gap", NULL, SV_COL_SHORT, 0 }
};

static const struct sv_column utilisation_columns[] = {
	{ "quantity", "", T, 0 }, { "mean_s", "mean", S, 0 },
	{ "sd_workers_s", "sd workers", S, 0 },
	{ "sd_rounds_s", "sd rounds", S, 0 },
	{ "min_s", "least", S, H }, { "median_s", "median", S, 0 },
	{ "p95_s", "95 %", S, 0 }, { "p99_s", "99 %", S, H },
	{ "max_s", "most", S, 0 }, { "share", NULL, P, 0 }
};

static const struct sv_column shards_columns[] = {
	{ "shard", "worker", N, 0 }, { "generation", "gen", N, 0 },
	{ "changes", NULL, N, H }, { "rounds", NULL, N, H },
	{ "comp_s", "comp", S, 0 }, { "comp_sd_s", "+-", S, 0 },
	{ "idle_s", "idle", S, 0 }, { "idle_sd_s", "+-", S, 0 },
	{ "delay_s", "delay", S, 0 }, { "delay_sd_s", NULL, S, H },
	{ "communication_s", "commun", S, 0 },
	{ "communication_sd_s", NULL, S, H },
	{ "queueing_s", "queue", S, 0 }, { "queueing_sd_s", NULL, S, H },
	{ "barrier_s", "barrier", S, 0 }, { "barrier_sd_s", NULL, S, H },
	{ "cpu_s", NULL, S, H }, { "slow", NULL, P, 0 }
};

static const struct sv_column responsiveness_columns[] = {
	{ "from", NULL, P, 0 }, { "to", NULL, P, 0 },
	{ "workers", NULL, N, 0 }, { "bar", "", SV_COL_BAR, SV_COL_PERSON }
};

static const struct sv_column events_columns[] = {
	{ "at_s", "at", S, 0 }, { "shard", "worker", N, 0 },
	{ "generation", "gen", N, 0 }, { "event", NULL, T, 0 },
	{ "why", NULL, T, 0 }
};

static void
fill_models(struct sv_table *t, const struct stats *s)
{
	static const char * const name[] = { "method", "loss" };
	static const char * const setting[] = { "l1", "l2", "intercept" };
	static const char * const key[] = {
		"objective", "optimality", "primal", "dual", "rho", "nonzero",
		"gap"
	};

	for (size_t i = 0; i < s->run->nmodel; i++) {
		const struct sv_run_model *m = &s->run->model[i];
		const char *string;
		double v;

		sv_table_real(t, (double)i + 1);
		sv_table_string(t, sv_json_string(m->text, "status", &string) ==
		    0 ? string : NULL);
		for (size_t k = 0; k < LEN(name); k++)
			sv_table_string(t, sv_json_string(m->text, name[k],
			    &string) == 0 ? string : NULL);
		for (size_t k = 0; k < LEN(setting); k++)
			sv_table_real(t, sv_json_double(m->text, setting[k],
			    &v) == 0 ? v : NAN);
		sv_table_real(t, sv_json_double(m->text, "rounds", &v) == 0 ?
		    v : m->round);
		sv_table_real(t, sv_measure_model(s->run, i));
		for (size_t k = 0; k < LEN(key); k++)
			sv_table_real(t, sv_json_double(m->text, key[k], &v) ==
			    0 ? v : NAN);
	}
}

/* A row of the utilisation; ${values} are all there are, and freed. */
static void
fill_spread(struct sv_table *t, const char *name,
    const struct sv_spread *spread, double *values, size_t n, double share)
{
	struct sv_quantiles p;

	sv_measure_quantiles(values, n, &p);
	free(values);
	sv_table_string(t, name);
	sv_table_real(t, spread->mean);
	sv_table_real(t, spread->sd_workers);
	sv_table_real(t, spread->sd_rounds);
	sv_table_real(t, spread->min);
	sv_table_real(t, p.median);
	sv_table_real(t, p.p95);
	sv_table_real(t, p.p99);
	sv_table_real(t, spread->max);
	sv_table_real(t, share);
}

/* What only the hub sees has rounds, and no workers. */
static int
fill_hub(struct sv_table *t, const struct sv_run *run, const char *name,
    enum sv_hub_time which, const struct sv_stat *s)
{
	struct sv_spread spread = { sv_stat_mean(s), NAN, sv_stat_sd(s), NAN,
	    NAN };
	double *values;
	size_t n;

	if (s->n == 0)
		return (0);
	if (sv_measure_hub_values(run, which, &values, &n) == -1)
		return (-1);
	fill_spread(t, name, &spread, values, n, NAN);
	return (0);
}

static int
fill_utilisation(struct sv_table *t, const struct stats *s)
{
	double busy = s->sum.q[SV_Q_COMP], idle = s->sum.q[SV_Q_IDLE], *values;
	struct sv_stat send, master, round;
	struct sv_spread spread;
	size_t n;

	for (int q = 0; q < SV_Q_N && s->run->steps > 0; q++) {
		sv_measure_spread(s->run, (enum sv_quantity)q, &spread);
		if (sv_measure_values(s->run, (enum sv_quantity)q, &values,
		    &n) == -1)
			return (-1);
		/* Computation and idle time make up the whole. */
		fill_spread(t, sv_timing_name((enum sv_quantity)q), &spread,
		    values, n, q == SV_Q_COMP || q == SV_Q_IDLE ?
		    spread.mean / (busy + idle) : NAN);
	}
	sv_measure_hub(s->run, &send, &master, &round);
	if (fill_hub(t, s->run, "send", SV_HUB_SEND, &send) == -1 ||
	    fill_hub(t, s->run, "master", SV_HUB_MASTER, &master) == -1)
		return (-1);
	return (fill_hub(t, s->run, "round", SV_HUB_ROUND, &round));
}

static void
fill_shards(struct sv_table *t, const struct stats *s)
{

	for (size_t i = 0; i < s->run->nshard; i++) {
		const struct sv_run_shard *w = &s->run->shard[i];

		sv_table_real(t, (double)i);
		sv_table_real(t, w->generation);
		sv_table_real(t, w->changes);
		sv_table_real(t, (double)w->ranked);
		for (int q = 0; q < SV_Q_N; q++) {
			sv_table_real(t, sv_stat_mean(&w->q[q]));
			sv_table_real(t, sv_stat_sd(&w->q[q]));
		}
		sv_table_real(t, w->cpu);
		sv_table_real(t, w->ranked == 0 ? NAN :
		    (double)w->slow / (double)w->ranked);
	}
}

static void
fill_responsiveness(struct sv_table *t, const struct stats *s)
{
	uint64_t bins[SV_RESPONSE_BINS];

	if (s->run->steps == 0)
		return;
	sv_measure_response(s->run, bins);
	for (int i = 0; i < SV_RESPONSE_BINS; i++) {
		sv_table_real(t, (double)i / SV_RESPONSE_BINS);
		sv_table_real(t, (i + 1.0) / SV_RESPONSE_BINS);
		sv_table_real(t, (double)bins[i]);
		sv_table_real(t, (double)bins[i]);
	}
}

static void
fill_events(struct sv_table *t, const struct stats *s)
{

	for (size_t i = 0; i < s->run->nevent; i++) {
		const struct sv_run_event *e = &s->run->event[i];

		sv_table_real(t, s->run->job_time == 0 ? NAN :
		    sv_run_seconds(s->run->job_time, e->time));
		sv_table_real(t, section_shard(e->shard));
		sv_table_real(t, e->generation > 0 ?
		    (double)e->generation : NAN);
		sv_table_string(t, e->event);
		sv_table_string(t, e->why);
	}
}

static const struct {
	const char *name;
	const struct sv_column *columns;
	size_t ncolumns;
} sections[SECTION_N] = {
	[SECTION_SUMMARY] = { "summary", summary_columns, 0 },
	[SECTION_MODELS] = { "models", models_columns, LEN(models_columns) },
	[SECTION_TRACE] = { "trace", trace_columns, 0 },
	[SECTION_ROUNDS] = { "rounds", rounds_columns, 0 },
	[SECTION_TIMING] = { "timing", timing_columns, 0 },
	[SECTION_DISTRIBUTIONS] = { "distributions", distributions_columns, 0 },
	[SECTION_UTILISATION] = { "utilisation", utilisation_columns,
	    LEN(utilisation_columns) },
	[SECTION_SHARDS] = { "shards", shards_columns, LEN(shards_columns) },
	[SECTION_STARTS] = { "starts", starts_columns, 0 },
	[SECTION_INVOCATIONS] = { "invocations", invocations_columns, 0 },
	[SECTION_BILL] = { "bill", bill_columns, 0 },
	[SECTION_BILL_SHARDS] = { "bill-shards", bill_shards_columns, 0 },
	[SECTION_BILL_ROUNDS] = { "bill-rounds", bill_rounds_columns, 0 },
	[SECTION_RESPONSIVENESS] = { "responsiveness", responsiveness_columns,
	    LEN(responsiveness_columns) },
	[SECTION_HANDOVERS] = { "handovers", handovers_columns, 0 },
	[SECTION_LOSSES] = { "losses", losses_columns, 0 },
	[SECTION_EVENTS] = { "events", events_columns, LEN(events_columns) },
	[SECTION_COMPARISON] = { "comparison", comparison_columns, 0 }
};

double
section_shard(uint32_t shard)
{

	return (shard == SV_FRAME_NOSHARD ? NAN : (double)shard);
}

const char *
section_name(enum section_id id)
{

	return (sections[id].name);
}

enum section_id
section_parse(const char *name)
{

	for (int i = 0; i < SECTION_N; i++)
		if (strcmp(sections[i].name, name) == 0)
			return ((enum section_id)i);
	return (SECTION_ANY);
}

/* Return 0; -1 with errno set; or 1 after a line on stderr. */
static int
fill(struct sv_table *t, enum section_id id, const struct stats *s, size_t n)
{

	switch (id) {
	case SECTION_SUMMARY:
		for (size_t i = 0; i < n; i++)
			summary_fill(t, &s[i]);
		return (0);
	case SECTION_MODELS:
		fill_models(t, s);
		return (0);
	case SECTION_TRACE:
		trace_fill(t, s);
		return (0);
	case SECTION_ROUNDS:
		rounds_fill(t, s);
		return (0);
	case SECTION_TIMING:
		return (timing_fill(t, s));
	case SECTION_UTILISATION:
		return (fill_utilisation(t, s));
	case SECTION_DISTRIBUTIONS:
		return (distributions_fill(t, s));
	case SECTION_SHARDS:
		fill_shards(t, s);
		return (0);
	case SECTION_STARTS:
		return (starts_fill(t, s));
	case SECTION_INVOCATIONS:
		return (invocations_fill(t, s));
	case SECTION_BILL:
		bill_fill(t, s);
		return (0);
	case SECTION_BILL_SHARDS:
		return (bill_shards_fill(t, s));
	case SECTION_BILL_ROUNDS:
		return (bill_rounds_fill(t, s));
	case SECTION_RESPONSIVENESS:
		fill_responsiveness(t, s);
		return (0);
	case SECTION_HANDOVERS:
		return (handovers_fill(t, s));
	case SECTION_LOSSES:
		return (losses_fill(t, s));
	case SECTION_EVENTS:
		fill_events(t, s);
		return (0);
	default:
		return (comparison_fill(t, s, n));
	}
}

/* How many columns; those of other files say so beside them. */
static size_t
columns_of(enum section_id id)
{

	switch (id) {
	case SECTION_SUMMARY:
		return (summary_ncolumns);
	case SECTION_TRACE:
		return (trace_ncolumns);
	case SECTION_ROUNDS:
		return (rounds_ncolumns);
	case SECTION_TIMING:
		return (timing_ncolumns);
	case SECTION_DISTRIBUTIONS:
		return (distributions_ncolumns);
	case SECTION_STARTS:
		return (starts_ncolumns);
	case SECTION_INVOCATIONS:
		return (invocations_ncolumns);
	case SECTION_BILL:
		return (bill_ncolumns);
	case SECTION_BILL_SHARDS:
		return (bill_shards_ncolumns);
	case SECTION_BILL_ROUNDS:
		return (bill_rounds_ncolumns);
	case SECTION_HANDOVERS:
		return (handovers_ncolumns);
	case SECTION_LOSSES:
		return (losses_ncolumns);
	case SECTION_COMPARISON:
		return (comparison_ncolumns);
	default:
		return (sections[id].ncolumns);
	}
}

struct sv_table *
section_table(enum section_id id, const struct stats *s, size_t n)
{
	struct sv_table *t;
	int rc = -1;

	t = sv_table_new(sections[id].columns, columns_of(id));
	if (t != NULL)
		rc = fill(t, id, s, n);
	if (rc != 0 || sv_table_failed(t)) {
		/* What is not a matter of memory has been said. */
		if (rc != 1)
			sv_warn("%s", sections[id].name);
		sv_table_free(t);
		return (NULL);
	}
	return (t);
}
