#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "changes.h"
#include "err.h"
#include "json.h"
#include "measure.h"

double
sv_measure_round(const struct sv_run_round *r)
{

	return ((isnan(r->answer) ? r->lastin : r->answer) - r->sent);
}

double
sv_measure_offset(const struct sv_run *run)
{
	double least = NAN;

	for (size_t i = 0; i < run->nround; i++) {
		const struct sv_run_round *r = &run->round[i];
		double last = isnan(r->answer) ? r->lastin : r->answer;
		double d = sv_run_seconds(run->round[0].time, r->time) - last;

		if (isnan(least) || d < least)
			least = d;
	}
	return (least);
}

/* From the global sent at ${sent}, hub's clock, to model ${m}. */
static double
wall_from(const struct sv_run *run, double sent, const struct sv_run_model *m)
{
	double answer = NAN;

	for (size_t i = run->nround; i > 0; i--) {
		if (run->round[i - 1].master == m->master) {
			answer = run->round[i - 1].answer;
			break;
		}
	}
	if (!isnan(answer))
		return (answer - sent);
	return (sv_run_seconds(run->round[0].time, m->time) - sv_measure_offset(run) -
	    sent);
}

double
sv_measure_wall(const struct sv_run *run, uint32_t master)
{
	const struct sv_run_model *m = NULL;

	for (size_t i = 0; i < run->nmodel; i++)
		if (run->model[i].master == master)
			m = &run->model[i];
	for (size_t i = 0; m != NULL && i < run->nround; i++)
		if (run->round[i].master == master)
			return (wall_from(run, run->round[i].sent, m));
	return (NAN);
}

double
sv_measure_model(const struct sv_run *run, size_t i)
{
	const struct sv_run_model *m = &run->model[i];

	double s = NAN;

	if (i > 0 && m[-1].master == m->master)
		return (sv_run_seconds(m[-1].time, m->time));
	for (size_t k = 0; k < run->nround && isnan(s); k++)
		if (run->round[k].master == m->master)
			s = sv_run_seconds(run->round[0].time, m->time) -
			    sv_measure_offset(run) - run->round[k].sent;
	/* One that was there before is that of a run that this one goes on. */
	return (run->origin.known && s < 0 ? NAN : s);
}

static double
whole_wall(const struct sv_run *run)
{
	const struct sv_run_model *m;

	if (run->nmodel == 0)
		return (NAN);
	m = &run->model[run->nmodel - 1];
	if (run->nround > 0)
		return (wall_from(run, run->round[0].sent, m));
	if (run->first_global == 0)
		return (NAN);
	return (sv_run_seconds(run->first_global, m->time));
}

static double
whole_total(const struct sv_run *run)
{
	int64_t first = 0;
	int seen = 0;

	for (size_t i = 0; i < run->nmark; i++) {
		if (run->mark[i].moment != SV_RUN_REQUEST)
			continue;
		if (!seen || run->mark[i].time < first)
			first = run->mark[i].time;
		seen = 1;
	}
	if (run->end == NULL || !seen)
		return (NAN);
	return (sv_run_seconds(first, run->end_time));
}

/* A number in the text of the last model, else in the last TRACE to know it. */
static double
outcome(const struct sv_run *run, const char *key, enum sv_trace_scalar column)
{
	double v;

	if (run->nmodel > 0)
		return (sv_json_double(run->model[run->nmodel - 1].text, key,
		    &v) == 0 ? v : NAN);
	for (size_t i = run->ntrace; i > 0; i--)
		if (!isnan(run->trace[i - 1].value[column]))
			return (run->trace[i - 1].value[column]);
	return (NAN);
}

static const char *
string_of(const json_t *o, const char *key, const char *otherwise)
{
	const char *s;

	return (sv_json_string(o, key, &s) == 0 ? s : otherwise);
}

/* The status in the END frame; one out of range is a failure. */
static int
end_status(const struct sv_run *run)
{
	uint32_t v;

	if (sv_json_u32(run->end, "status", 0, SV_EXIT_LIMIT, &v) == -1)
		return (SV_EXIT_FAILED);
	return ((int)v);
}

static const char *
model_status(const struct sv_run *run, const char *otherwise)
{

	if (run->nmodel == 0)
		return (otherwise);
	return (string_of(run->model[run->nmodel - 1].text, "status",
	    otherwise));
}

/* Status 3 with another reason than this one is a stop (sv-frame(5)). */
static int
was_stopped(const struct sv_run *run)
{
	const char *why = string_of(run->end, "reason", "");

	return (why[0] != '\0' && strcmp(why, "stopped without converging") !=
	    0);
}

static const char *
run_status(const struct sv_run *run)
{

	if (run->end == NULL)
		return (run->job != NULL ? "unfinished" :
		    model_status(run, "unfinished"));
	switch (end_status(run)) {
	case SV_EXIT_DONE:
		return (model_status(run, "done"));
	case SV_EXIT_LIMIT:
		/* A path may be stopped behind a model that has converged. */
		return (was_stopped(run) ? "stopped" : model_status(run,
		    "limit"));
	default:
		return ("failed");
	}
}

int
sv_measure_exit(const struct sv_run *run, const char **why)
{
	const char *last;

	*why = NULL;
	if (run->damaged)
		return (SV_EXIT_FAILED);
	if (run->end == NULL && (run->job != NULL || run->nmodel == 0)) {
		*why = "the run has no end";
		return (SV_EXIT_FAILED);
	}
	if (run->unread > 0)
		return (SV_EXIT_FAILED);
	if (run->end != NULL)
		return (end_status(run));
	last = model_status(run, "");
	return (strcmp(last, "limit") == 0 || strcmp(last, "stopped") == 0 ?
	    SV_EXIT_LIMIT : SV_EXIT_DONE);
}

void
sv_measure_hub(const struct sv_run *run, struct sv_stat *send,
    struct sv_stat *master, struct sv_stat *round)
{

	memset(send, 0, sizeof(*send));
	memset(master, 0, sizeof(*master));
	memset(round, 0, sizeof(*round));
	for (size_t i = 0; i < run->nround; i++) {
		const struct sv_run_round *r = &run->round[i];

		if (!r->own)
			continue;
		sv_stat_add(send, r->allsent - r->sent);
		sv_stat_add(master, r->answer - r->lastin);
		sv_stat_add(round, sv_measure_round(r));
	}
}

static void
count_rounds(const struct sv_run *run, struct sv_summary *s)
{
	struct sv_stat send, master, round;
	uint32_t rounds;
	uint64_t last;

	sv_measure_hub(run, &send, &master, &round);
	s->round_s = sv_stat_mean(&round);
	s->master_s = sv_stat_mean(&master);
	s->rounds = run->steps;
	s->other_rounds = run->nround - run->steps;
	if (run->nround > 0) {
		/* The hub counts its globals from 1. */
		last = run->round[run->nround - 1].seq;
		s->missing = last > run->nround ? last - run->nround : 0;
		return;
	}
	/* No hub wrote this: the master's own records tell. */
	for (size_t i = 0; i < run->ntrace; i++) {
		if (run->trace[i].own)
			s->rounds++;
		else
			s->other_rounds++;
	}
	if (run->ntrace == 0 && run->nmodel > 0 &&
	    sv_json_u32(run->model[run->nmodel - 1].text, "rounds", 0,
	    UINT32_MAX, &rounds) == 0)
		s->rounds = rounds;
}

static int
count_starts(const struct sv_run *run, struct sv_summary *s)
{
	struct sv_start *start;
	struct sv_part cold;
	size_t n;
	int rc;

	if (sv_measure_starts(run, &start, &n) == -1)
		return (-1);
	s->invocations = n;
	sv_measure_calls(start, n, &s->calls);
	sv_measure_bill(start, n, &s->bill);
	rc = sv_changes_count(run, start, n, &s->changes);
	s->shard_bytes = s->rss_bytes = NAN;
	for (size_t i = 0; i < n; i++) {
		if (!isnan(start[i].load_cpu))
			s->load_cpu_s += start[i].load_cpu;
		s->shard_bytes = fmax(s->shard_bytes, start[i].shard_bytes);
		s->rss_bytes = fmax(s->rss_bytes, start[i].rss);
		s->clocks += start[i].clocks != 0;
		s->warm += start[i].warm != 0;
		s->cold += start[i].hello && !start[i].warm;
		/* What is not cold is to be in no figure of those. */
		if (start[i].warm)
			start[i].total = NAN;
	}
	if (sv_measure_part(start, n, offsetof(struct sv_start, total), &cold) ==
	    -1)
		rc = -1;
	s->cold_s = cold.median;
	s->cold_min_s = sv_stat_min(&cold.stat);
	s->cold_max_s = sv_stat_max(&cold.stat);
	free(start);
	return (rc);
}

int
sv_measure_summary(const struct sv_run *run, struct sv_summary *s)
{
	struct sv_spread spread;
	uint32_t W;

	memset(s, 0, sizeof(*s));
	s->workers = run->W != 0 ? run->W : run->nshard;
	if (s->workers == 0 && run->nmodel > 0 &&
	    sv_json_u32(run->model[run->nmodel - 1].text, "workers", 1,
	    UINT32_MAX, &W) == 0)
		s->workers = W;
	s->status = run_status(run);
	s->reason = string_of(run->end, "reason", "");
	s->objective = outcome(run, "objective", SV_TR_OBJECTIVE);
	s->optimality = outcome(run, "optimality", SV_TR_OPTIMALITY);
	s->primal = outcome(run, "primal", SV_TR_PRIMAL);
	s->dual = outcome(run, "dual", SV_TR_DUAL);
	s->rho = outcome(run, "rho", SV_TR_RHO);
	s->gap = outcome(run, "gap", SV_TR_GAP);
	s->nonzero = outcome(run, "nonzero", SV_TR_NONZERO);
	s->wall_s = whole_wall(run);
	s->total_s = whole_total(run);
	count_rounds(run, s);
	for (size_t i = 0; i < run->nshard; i++)
		s->cpu_s += run->shard[i].cpu;
	for (int q = 0; q < SV_Q_N; q++) {
		sv_measure_spread(run, (enum sv_quantity)q, &spread);
		s->q[q] = spread.mean;
	}
	s->bytes_up = run->bytes_up;
	s->bytes_down = run->bytes_down;
	return (count_starts(run, s));
}

void
sv_measure_spread(const struct sv_run *run, enum sv_quantity q,
    struct sv_spread *s)
{
	struct sv_stat means = { 0 }, deviations = { 0 };

	for (size_t i = 0; i < run->nshard; i++) {
		sv_stat_add(&means, sv_stat_mean(&run->shard[i].q[q]));
		sv_stat_add(&deviations, sv_stat_sd(&run->shard[i].q[q]));
	}
	s->mean = sv_stat_mean(&means);
	s->sd_workers = sv_stat_sd(&means);
	s->sd_rounds = sv_stat_mean(&deviations);
	s->min = sv_stat_min(&means);
	s->max = sv_stat_max(&means);
}

void
sv_measure_response(const struct sv_run *run, uint64_t bins[SV_RESPONSE_BINS])
{

	memset(bins, 0, SV_RESPONSE_BINS * sizeof(*bins));
	for (size_t i = 0; i < run->nshard; i++) {
		const struct sv_run_shard *s = &run->shard[i];
		uint64_t bin;

		if (s->ranked == 0)
			continue;
		bin = s->slow * SV_RESPONSE_BINS / s->ranked;
		bins[bin < SV_RESPONSE_BINS ? bin : SV_RESPONSE_BINS - 1]++;
	}
}
