#include "config.h"

#include <math.h>

#include "err.h"
#include "stats.h"

#define N SV_COL_COUNT
#define S SV_COL_SECONDS
#define R SV_COL_REAL
#define E SV_COL_SHORT
#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* TRACE and TIMING frames come in the same order, but one may be missing. */
#define LOOK_AHEAD 64u

const struct sv_column trace_columns[] = {
	{ "round", NULL, N, 0 }, { "op", NULL, SV_COL_TEXT, 0 },
	{ "primal", NULL, E, 0 }, { "dual", NULL, E, 0 },
	{ "rho", NULL, E, 0 }, { "objective", NULL, R, 0 },
	{ "optimality", NULL, E, 0 }, { "inner", NULL, N, 0 },
	{ "passes", NULL, R, 0 }, { "time_s", NULL, S, 0 },
	{ "nonzero", NULL, N, 0 }, { "split", NULL, R, 0 },
	{ "eps_primal", NULL, E, 0 }, { "eps_dual", NULL, E, 0 },
	{ "bound", NULL, R, 0 }, { "gap", NULL, E, 0 }
};
const size_t trace_ncolumns = LEN(trace_columns);

static const struct sv_column person_columns[] = {
	{ "round", NULL, N, 0 }, { "primal", NULL, E, 0 },
	{ "dual", NULL, E, 0 }, { "rho", NULL, E, 0 },
	{ "objective", NULL, R, 0 }, { "optimality", NULL, E, 0 },
	{ "inner", "inner", N, 0 }, { "passes", NULL, SV_COL_RATIO, 0 },
	{ "time_s", "time", S, 0 }
};

/*
 * Seconds of the round that a TRACE frame tells of, NaN if there is no TIMING
 * frame for it.  The search goes on behind ${*at}.
 */
static double
seconds(const struct sv_run *run, const struct sv_run_trace *t, size_t *at)
{

	for (size_t i = *at; i < run->nround && i - *at < LOOK_AHEAD; i++) {
		if (run->round[i].op == t->op &&
		    run->round[i].round == t->round) {
			*at = i + 1;
			return (sv_measure_round(&run->round[i]));
		}
	}
	return (NAN);
}

void
trace_fill(struct sv_table *t, const struct stats *s)
{
	size_t at = 0;

	for (size_t i = 0; i < s->run->ntrace; i++) {
		const struct sv_run_trace *r = &s->run->trace[i];

		sv_table_real(t, r->round);
		sv_table_string(t, sv_frame_op_name(r->op));
		sv_table_real(t, r->value[SV_TR_PRIMAL]);
		sv_table_real(t, r->value[SV_TR_DUAL]);
		sv_table_real(t, r->value[SV_TR_RHO]);
		sv_table_real(t, r->value[SV_TR_OBJECTIVE]);
		sv_table_real(t, r->value[SV_TR_OPTIMALITY]);
		sv_table_real(t, r->value[SV_TR_INNER]);
		sv_table_real(t, r->value[SV_TR_PASSES]);
		sv_table_real(t, seconds(s->run, r, &at));
		sv_table_real(t, r->value[SV_TR_NONZERO]);
		sv_table_real(t, r->value[SV_TR_SPLIT]);
		sv_table_real(t, r->value[SV_TR_EPS_PRIMAL]);
		sv_table_real(t, r->value[SV_TR_EPS_DUAL]);
		sv_table_real(t, r->value[SV_TR_BOUND]);
		sv_table_real(t, r->value[SV_TR_GAP]);
	}
}

/* Is the next row the gradient at the end of this round? */
static int
joins(const struct sv_run *run, size_t i)
{
	const struct sv_run_trace *r = &run->trace[i];

	return (r->own && i + 1 < run->ntrace && !r[1].own &&
	    r[1].op == SV_OP_GRAD && r[1].round == r->round);
}

/* A value of this row, else of the one that joins it, if any. */
static double
either(const struct sv_run_trace *r, int joined, enum sv_trace_scalar column)
{

	if (isnan(r->value[column]) && joined)
		return (r[1].value[column]);
	return (r->value[column]);
}

struct sv_table *
trace_person(const struct stats *s, int *about)
{
	struct sv_table *t;
	size_t at = 0;

	*about = 0;
	if ((t = sv_table_new(person_columns, LEN(person_columns))) == NULL) {
		sv_warn("trace");
		return (NULL);
	}
	for (size_t i = 0; i < s->run->ntrace; i++) {
		const struct sv_run_trace *r = &s->run->trace[i];
		int joined = joins(s->run, i);
		double objective = either(r, joined, SV_TR_OBJECTIVE);
		double split = r->value[SV_TR_SPLIT], time, more;

		sv_table_real(t, r->round);
		sv_table_real(t, r->value[SV_TR_PRIMAL]);
		sv_table_real(t, r->value[SV_TR_DUAL]);
		sv_table_real(t, r->value[SV_TR_RHO]);
		if (isnan(objective) && !isnan(split)) {
			sv_table_about(t, split);
			*about = 1;
		} else
			sv_table_real(t, objective);
		sv_table_real(t, either(r, joined, SV_TR_OPTIMALITY));
		sv_table_real(t, r->value[SV_TR_INNER]);
		sv_table_real(t, r->value[SV_TR_PASSES]);
		time = seconds(s->run, r, &at);
		if (joined) {
			more = seconds(s->run, r + 1, &at);
			time += isnan(more) ? 0 : more;
			i++;
		}
		sv_table_real(t, time);
	}
	if (sv_table_failed(t)) {
		sv_warn("trace");
		sv_table_free(t);
		return (NULL);
	}
	return (t);
}
