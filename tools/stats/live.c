#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "live_workers.h"

#define STEADY 1.3	/* times as long is as long */
#define DAMPED 0.85	/* part of a trend that is left after a round */

void
live_init(struct live *l, const struct sv_price *price,
    enum sv_price_arch arch, double mono)
{

	memset(l, 0, sizeof(*l));
	l->heard = mono;
	l->op = "";
	l->target = l->eps_primal = l->eps_dual = NAN;
	l->objective = l->gap = l->split = NAN;
	sv_spend_init(&l->spend, price, arch, NAN);
}

void
live_fini(struct live *l)
{

	sv_spend_fini(&l->spend);
	free(l->worker);
	free(l->slow);
	free(l->rank);
}

static void
take_trace(struct live *l, const struct sv_run *run)
{
	const struct sv_run_trace *t = &run->trace[run->ntrace - 1];
	const double *v = t->value;
	double k = (double)t->round;

	if (run->ntrace > 1 && t->round < t[-1].round) {
		/* Another master begins at its start. */
		memset(&l->primal, 0, sizeof(l->primal));
		memset(&l->dual, 0, sizeof(l->dual));
	}
	if (l->fitted || (run->ntrace > 1 && t->round < t[-1].round)) {
		memset(&l->measure, 0, sizeof(l->measure));
		l->objective = l->gap = NAN;
	}
	l->fitted = 0;
	trend_add(&l->primal, k, v[SV_TR_PRIMAL]);
	trend_add(&l->dual, k, v[SV_TR_DUAL]);
	trend_add(&l->measure, k, v[SV_TR_MEASURE]);
	l->target = v[SV_TR_TARGET];
	l->eps_primal = v[SV_TR_EPS_PRIMAL];
	l->eps_dual = v[SV_TR_EPS_DUAL];
	l->split = v[SV_TR_SPLIT];
	l->traced = t->round;
	if (!isnan(v[SV_TR_OBJECTIVE])) {
		l->looked = t->round;
		l->objective = v[SV_TR_OBJECTIVE];
		l->gap = v[SV_TR_GAP];
		/* A look says which of them it was. */
		if (fabs(v[SV_TR_MEASURE] - v[SV_TR_OPTIMALITY]) <=
		    1e-12 * v[SV_TR_OPTIMALITY])
			l->kind = LIVE_OPTIMALITY;
		else if (fabs(v[SV_TR_MEASURE] * fabs(l->objective) - l->gap) <=
		    1e-12 * l->gap)
			l->kind = LIVE_GAP;
	}
	if (!isnan(l->eps_primal) && fabs(l->target - 1.0) < 1e-12)
		l->kind = LIVE_OWN;
	l->round = t->round;
}

/* Room for ${W} workers, a tenth of them in each of the last rounds. */
static int
grow(struct live *l, size_t W)
{
	size_t room = W / 10 + 2;
	struct sv_timing_rank *rank;
	struct live_slow *slow;

	if (W > l->nrank) {
		rank = realloc(l->rank, W * sizeof(*rank));
		if (rank == NULL)
			return (-1);
		l->rank = rank;
		l->nrank = W;
	}
	if (room <= l->room)
		return (0);
	/* What has been of fewer workers is forgotten. */
	if ((slow = calloc(room, LIVE_ROUNDS * sizeof(*slow))) == NULL)
		return (-1);
	free(l->slow);
	l->slow = slow;
	l->room = room;
	memset(l->nslow, 0, sizeof(l->nslow));
	memset(l->known, 0, sizeof(l->known));
	return (0);
}

/* How the workers spent a round of the method, and who was slow. */
static int
take_rows(struct live *l, const struct sv_frame *f)
{
	size_t W = (size_t)(sv_frame_nelem(f) / SV_TM_N), known, n, at = l->at;
	const double *rows = sv_frame_elems(f);
	struct sv_stat comp = { .n = 0 }, idle = { .n = 0 };
	struct live_slow *slow;

	if (grow(l, W) == -1)
		return (-1);
	for (size_t i = 0; i < W; i++) {
		sv_stat_add(&comp, rows[i * SV_TM_N + SV_TM_COMP]);
		sv_stat_add(&idle, rows[i * SV_TM_N + SV_TM_IDLE]);
	}
	l->comp[at] = sv_stat_mean(&comp);
	l->idle[at] = sv_stat_mean(&idle);
	n = sv_timing_slowest(rows, W, l->rank, &known);
	n = n < l->room ? n : l->room;
	slow = l->slow + at * l->room;
	for (size_t i = 0; i < n; i++) {
		slow[i].shard = (uint32_t)l->rank[i].worker;
		slow[i].excess = l->rank[i].response -
		    l->rank[known / 2].response;
	}
	l->nslow[at] = n;
	l->known[at] = known;
	l->at = (at + 1) % LIVE_ROUNDS;
	return (0);
}

/* A round is over. */
static int
take_timing(struct live *l, const struct sv_run *run, const struct sv_frame *f)
{
	const struct sv_run_round *r = &run->round[run->nround - 1];

	if (l->seen_seq && r->seq > l->seq)
		l->missing += r->seq - l->seq - 1;
	l->seq = r->seq;
	l->seen_seq = 1;
	l->asked = 0;
	l->round = r->round;
	return (r->own ? take_rows(l, f) : 0);
}

/* What has no list in the run. */
static void
take_type(struct live *l, const struct sv_run *run, const struct sv_frame *f)
{

	switch (f->type) {
	case SV_JOB:
		l->began = run->job_time;
		/* FALLTHROUGH */
	case SV_PROBLEM:
		if (l->phase < LIVE_ASKING)
			l->phase = LIVE_ASKING;
		break;
	case SV_GLOBAL:
		/* The first one is there before all workers are. */
		if (l->phase > LIVE_STARTING || l->came >= run->W)
			l->phase = LIVE_COMPUTING;
		l->asked = 1;
		l->op = sv_frame_op_name(f->op);
		l->round = f->round;
		break;
	case SV_TIMING:
	case SV_TRACE:
		if (l->phase < LIVE_COMPUTING)
			l->phase = LIVE_COMPUTING;
		break;
	case SV_END:
		if (run->end != NULL) {
			l->phase = LIVE_ENDED;
			l->asked = 0;
			sv_spend_finish(&l->spend, (double)f->time * 1e-9);
		}
		break;
	default:
		break;
	}
}

int
live_frame(struct live *l, const struct sv_run *run, const struct sv_frame *f,
    double mono)
{
	int rc = 0;

	if (l->began == 0)
		l->began = f->time;
	if (f->time > l->last) {
		l->last = f->time;
		l->heard = mono;
	}
	take_type(l, run, f);
	for (; rc == 0 && l->marks < run->nmark; l->marks++)
		rc = live_mark(l, run, &run->mark[l->marks]);
	for (; rc == 0 && l->events < run->nevent; l->events++)
		rc = live_event(l, run, &run->event[l->events]);
	if (l->traces < run->ntrace) {
		l->traces = run->ntrace;
		take_trace(l, run);
	}
	if (l->models < run->nmodel) {
		l->models = run->nmodel;
		l->fitted = 1;
		/* What another run has fitted comes before all else. */
		if (l->phase < LIVE_ENDING &&
		    (run->nround > 0 || !run->origin.known))
			l->phase = LIVE_ENDING;
	}
	if (rc == 0 && l->rounds < run->nround) {
		l->rounds = run->nround;
		rc = take_timing(l, run, f);
	}
	return (rc);
}

double
live_seconds(const struct live *l, double mono)
{
	double s = sv_run_seconds(l->began, l->last);

	return (l->phase == LIVE_ENDED ? s : s + (mono - l->heard));
}

double
live_time(const struct live *l, double mono)
{

	return ((double)l->last * 1e-9 +
	    (l->phase == LIVE_ENDED ? 0.0 : mono - l->heard));
}

/* The last ${n} values of a ring whose next place is ${at}. */
static void
unroll(double *value, const double ring[LIVE_ROUNDS], size_t at, size_t n)
{

	for (size_t i = 0; i < n; i++)
		value[i] = ring[(at + LIVE_ROUNDS - 1 - i) % LIVE_ROUNDS];
}

/* The median of what is known of ${n} values; NaN where nothing is. */
static double
middle(const double *value, size_t n)
{
	double known[LIVE_ROUNDS];
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		if (!isnan(value[i]))
			known[m++] = value[i];
	return (sv_stat_median(known, m));
}

/* How long each of ${n} rounds, the latest first, lasted; one less. */
static size_t
lasted(double *s, const struct sv_run_round **r, size_t n)
{
	size_t m = 0;

	for (size_t i = 0; i + 1 < n; i++) {
		/* By their numbers: some records may be missing between. */
		double rounds = (double)r[i]->round - (double)r[i + 1]->round;
		double time = r[i]->sent - r[i + 1]->sent;

		if (rounds > 0.0 && time > 0.0)
			s[m++] = time / rounds;
	}
	return (m);
}

/* Where rounds get shorter: the last one's length, and by how much each. */
static void
follow(const double *s, size_t n, struct live_pace *pace)
{
	double slope[LIVE_PACE * (2 * LIVE_PACE - 1)], rest[2 * LIVE_PACE], b;
	size_t m = 0;

	/* s[0] is the latest. */
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			slope[m++] = log(s[i] / s[k]) / (double)(k - i);
	b = sv_stat_median(slope, m);
	if (!(b < 0.0))
		return;
	for (size_t i = 0; i < n; i++)
		rest[i] = log(s[i]) + b * (double)i;
	pace->next_s = exp(sv_stat_median(rest, n));
	pace->change = exp(b);
}

void
live_pace(const struct live *l, const struct sv_run *run,
    struct live_pace *pace)
{
	const struct sv_run_round *r[2 * LIVE_PACE + 1];
	double s[2 * LIVE_PACE], now = 0.0, then = 0.0;
	size_t n = 0, m, few;

	for (size_t i = run->nround; i > 0 && n < 2 * LIVE_PACE + 1; i--) {
		if (n > 0 && run->round[i - 1].master != r[0]->master)
			break;
		if (run->round[i - 1].own)
			r[n++] = &run->round[i - 1];
	}
	few = n < LIVE_PACE ? n : LIVE_PACE;
	for (size_t i = 0; i < few; i++)
		s[i] = (isnan(r[i]->answer) ? r[i]->lastin : r[i]->answer) -
		    r[i]->sent;
	pace->round_s = middle(s, few);
	unroll(s, l->comp, l->at, few);
	pace->comp_s = middle(s, few);
	unroll(s, l->idle, l->at, few);
	pace->idle_s = middle(s, few);
	m = lasted(s, r, n);
	pace->per_s = 1.0 / middle(s, m < LIVE_PACE ? m : LIVE_PACE);
	pace->steady = 0;
	pace->next_s = 1.0 / pace->per_s;
	pace->change = 1.0;
	for (size_t i = 0; m == 2 * LIVE_PACE && i < m; i++)
		*(i < LIVE_PACE ? &now : &then) += s[i];
	pace->steady = now > 0.0 && fmax(now, then) <= STEADY * fmin(now, then);
	if (pace->steady) {
		pace->per_s = ((double)r[0]->round - (double)r[n - 1]->round) /
		    (r[0]->sent - r[n - 1]->sent);
		pace->next_s = 1.0 / pace->per_s;
	} else if (m >= LIVE_PACE)
		follow(s, m, pace);
}

double
live_left(const struct live_pace *pace, double rounds)
{
	double sum = 0.0, log_of = 0.0, step = log(pace->change), k;

	/* A trend that is damped comes to its end. */
	for (k = 0.0; k < rounds && fabs(step) > 1e-6; k++) {
		step *= DAMPED;
		log_of += step;
		sum += exp(log_of);
	}
	return (pace->next_s * (sum + (rounds - k) * exp(log_of)));
}
