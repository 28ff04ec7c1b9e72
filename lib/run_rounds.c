#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "run_state.h"

#define MOST_SECONDS 1e9	/* nothing honest is larger */
#define MOST_BYTES 0x1p60

/*
 * A number from ${least} to ${most}, or NaN; ${*odd} is set where it was
 * neither.
 */
static double
within(double v, double least, double most, int *odd)
{

	if (v >= least && v <= most)
		return (v);
	*odd |= !isnan(v);
	return (NAN);
}

/*
 * Replace what cannot be in one row by NaN: a moment before the one it follows,
 * or after the sum was complete, and no durations below zero.
 */
static void
clean_row(double *row, double lastin, int *odd)
{
	static const int moments[] = {
		SV_TM_SENT, SV_TM_RECEIVED, SV_TM_TAKEN, SV_TM_SUMMED
	};
	double before = -MOST_SECONDS;
	double last = isnan(lastin) ? MOST_SECONDS : lastin;

	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		double *v = &row[moments[i]];

		*v = within(*v, before, last, odd);
		before = isnan(*v) ? before : *v;
	}
	row[SV_TM_COMP] = within(row[SV_TM_COMP], 0, MOST_SECONDS, odd);
	row[SV_TM_IDLE] = within(row[SV_TM_IDLE], 0, MOST_SECONDS, odd);
	row[SV_TM_CPU] = within(row[SV_TM_CPU], 0, MOST_SECONDS, odd);
	row[SV_TM_GENERATION] = within(row[SV_TM_GENERATION], 0,
	    UINT32_MAX - 1.0, odd);
}

/*
 * Which master's a round is: its rounds never go back, and each STEP is one
 * round further, so a round that does not follow is the next master's.
 */
static uint32_t
master_of(const struct sv_run *run, const struct sv_frame *f)
{
	const struct sv_run_round *last;

	if (run->nround == 0)
		return (0);
	last = &run->round[run->nround - 1];
	if (f->round < last->round ||
	    (f->op == SV_OP_STEP && f->round == last->round))
		return (last->master + 1);
	return (last->master);
}

/*
 * Is a round one of a method's?  ${before}: the number of the one before; of
 * the first one that is the last round of the run that it goes on from, or 0.
 */
static int
own_round(const struct sv_frame *f, uint32_t before)
{

	return (f->op == SV_OP_STEP || (f->round != 0 && f->round != before));
}

/* Room for the statistics of ${W} shards. */
static int
grow_shards(struct sv_run *run, size_t W)
{
	struct sv_run_shard *s;
	struct sv_timing_rank *k;

	if (W <= run->nshard)
		return (0);
	if ((s = realloc(run->shard, W * sizeof(*s))) == NULL)
		return (-1);
	run->shard = s;
	memset(s + run->nshard, 0, (W - run->nshard) * sizeof(*s));
	if ((k = realloc(run->rank, W * sizeof(*k))) == NULL)
		return (-1);
	run->rank = k;
	run->nshard = W;
	return (0);
}

/* Who computed a row, and what it took. */
static void
add_shard(struct sv_run_shard *s, const double *row)
{
	uint32_t g;

	if (!isnan(row[SV_TM_CPU]))
		s->cpu += row[SV_TM_CPU];
	if (isnan(row[SV_TM_GENERATION]))
		return;
	g = (uint32_t)row[SV_TM_GENERATION];
	s->changes += s->generation != 0 && s->generation != g;
	s->generation = g;
}

/* Count one round's rows into the round's own figures. */
static void
sum_rows(struct sv_run_round *r, const double *rows, size_t W)
{
	double q[SV_Q_N], sum[SV_Q_N] = { 0 };
	size_t n[SV_Q_N] = { 0 };

	r->max_comp = NAN;
	r->cpu = 0;
	for (size_t i = 0; i < W; i++, rows += SV_TM_N) {
		sv_timing_row(rows, r->lastin, q);
		for (int k = 0; k < SV_Q_N; k++) {
			if (isnan(q[k]))
				continue;
			sum[k] += q[k];
			n[k]++;
		}
		r->max_comp = fmax(r->max_comp, q[SV_Q_COMP]);
		if (!isnan(rows[SV_TM_CPU]))
			r->cpu += rows[SV_TM_CPU];
	}
	for (int k = 0; k < SV_Q_N; k++)
		r->mean[k] = n[k] > 0 ? sum[k] / (double)n[k] : NAN;
}

/* Count one round's rows into the statistics of their shards. */
static void
add_rows(struct sv_run *run, struct sv_run_round *r, const double *rows,
    size_t W)
{
	double q[SV_Q_N];
	size_t known, slow;

	slow = sv_timing_slowest(rows, W, run->rank, &known);
	r->known = (uint32_t)known;
	r->slowest = known > 0 ? (uint32_t)run->rank[0].worker : 0;
	r->response = known > 0 ? run->rank[0].response : NAN;
	for (size_t i = 0; i < W; i++) {
		struct sv_run_shard *s = &run->shard[i];

		add_shard(s, rows + i * SV_TM_N);
		if (!r->own)
			continue;
		sv_timing_row(rows + i * SV_TM_N, r->lastin, q);
		for (int k = 0; k < SV_Q_N; k++)
			sv_stat_add(&s->q[k], q[k]);
	}
	for (size_t i = 0; r->own && i < known; i++) {
		run->shard[run->rank[i].worker].ranked++;
		run->shard[run->rank[i].worker].slow += i < slow;
	}
}

/* The hub's own moments; those that cannot be are NaN, and set ${*odd}. */
static void
fill_round(struct sv_run_round *r, const double *ts, int *odd)
{

	r->sent = ts[SV_TS_SENT];
	r->allsent = within(ts[SV_TS_ALLSENT], r->sent, MOST_SECONDS, odd);
	r->lastin = within(ts[SV_TS_LASTIN], r->sent, MOST_SECONDS, odd);
	r->answer = within(ts[SV_TS_ANSWER], isnan(r->lastin) ? r->sent :
	    r->lastin, MOST_SECONDS, odd);
	r->bytes_down = within(ts[SV_TS_DOWN], 0, MOST_BYTES, odd);
	r->bytes_up = within(ts[SV_TS_UP], 0, MOST_BYTES, odd);
}

/*
 * What keeps the frame from being a row for each worker, with the hub's clock
 * above them, of a round that has not been there; or NULL.
 */
static const char *
wrong(const struct sv_run *run, const struct sv_frame *f)
{
	uint64_t n = sv_frame_nelem(f), W = n / SV_TM_N;
	size_t other = run->W != 0 ? run->W : run->nshard;

	if (f->elem != SV_F64 || f->nscalar < SV_TS_N || W == 0 ||
	    n % SV_TM_N != 0 || W >= UINT32_MAX || (other != 0 && W != other))
		return ("not a row for each worker");
	if (!(fabs(sv_frame_scalars(f)[SV_TS_SENT]) <= MOST_SECONDS))
		return ("it began at no time");
	if (run->job != NULL && f->job != run->id)
		return ("it is of another job");
	/* The hub counts its globals, and its clock never goes back. */
	if (run->nround > 0 && sv_frame_scalars(f)[SV_TS_SENT] <
	    run->round[run->nround - 1].sent)
		return ("it began before the round before it");
	if (f->seq != 0 && run->nround > 0 &&
	    f->seq <= run->round[run->nround - 1].seq)
		return ("it comes after a later one");
	return (NULL);
}

/* Count the rows, which are ours to change. */
static int
take_rows(struct sv_run *run, struct sv_run_round *r, double *rows, size_t W,
    int *odd)
{

	for (size_t i = 0; i < W; i++)
		clean_row(rows + i * SV_TM_N, r->lastin, odd);
	sum_rows(r, rows, W);
	add_rows(run, r, rows, W);
	return (sv_rows_add(&run->rows, (size_t)(r - run->round), r->sent,
	    rows, W));
}

int
sv_run_timing(struct sv_run *run, const struct sv_frame *f)
{
	size_t W = (size_t)(sv_frame_nelem(f) / SV_TM_N);
	struct sv_run_round *r;
	const char *why = wrong(run, f);
	double *rows;
	int odd = 0, rc;

	if (why != NULL) {
		sv_run_unread(run, f, why);
		return (0);
	}
	if (grow_shards(run, W) == -1 ||
	    (rows = malloc(W * SV_TM_N * sizeof(*rows))) == NULL)
		return (-1);
	memcpy(rows, sv_frame_elems(f), W * SV_TM_N * sizeof(*rows));
	r = sv_run_room(run->round, run->nround, sizeof(*r));
	if (r == NULL) {
		free(rows);
		return (-1);
	}
	run->round = r;
	r += run->nround;
	memset(r, 0, sizeof(*r));
	r->op = f->op;
	r->round = f->round;
	r->seq = f->seq;
	r->time = f->time;
	r->master = master_of(run, f);
	r->own = own_round(f, run->nround > 0 ? r[-1].round :
	    run->origin.round);
	fill_round(r, sv_frame_scalars(f), &odd);
	run->nround++;
	run->steps += (uint64_t)r->own;
	run->bytes_up += isnan(r->bytes_up) ? 0 : r->bytes_up;
	run->bytes_down += isnan(r->bytes_down) ? 0 : r->bytes_down;
	rc = take_rows(run, r, rows, W, &odd);
	free(rows);
	if (odd)
		sv_run_unread(run, f, "times that cannot be");
	return (rc);
}

int
sv_run_trace(struct sv_run *run, const struct sv_frame *f)
{
	struct sv_run_trace *t;

	if ((t = sv_run_room(run->trace, run->ntrace, sizeof(*t))) == NULL)
		return (-1);
	run->trace = t;
	t += run->ntrace;
	t->op = f->op;
	t->round = f->round;
	t->own = own_round(f, run->ntrace > 0 ? t[-1].round :
	    run->origin.round);
	run->ntrace++;
	for (uint32_t i = 0; i < SV_TR_N; i++)
		t->value[i] = i < f->nscalar &&
		    isfinite(sv_frame_scalars(f)[i]) ?
		    sv_frame_scalars(f)[i] : NAN;
	return (0);
}
