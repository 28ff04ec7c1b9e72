#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"

void
live_init(struct live *l, const struct sv_price *price,
    enum sv_price_arch arch, double mono)
{

	memset(l, 0, sizeof(*l));
	l->heard = mono;
	l->op = "";
	l->target = l->eps_primal = l->eps_dual = NAN;
	l->objective = l->gap = NAN;
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

/* The worker of ${shard}, or NULL; ${*failed} is set where memory is out. */
static struct live_worker *
worker(struct live *l, const struct sv_run *run, uint32_t shard, int *failed)
{
	size_t n = l->nworker == 0 ? 16 : l->nworker;
	struct live_worker *w;

	if (shard >= LIVE_WORKERS || (run->W != 0 && shard >= run->W))
		return (NULL);
	while (n <= shard)
		n *= 2;
	if (n > l->nworker) {
		if ((w = realloc(l->worker, n * sizeof(*w))) == NULL) {
			*failed = 1;
			return (NULL);
		}
		memset(w + l->nworker, 0, (n - l->nworker) * sizeof(*w));
		l->worker = w;
		l->nworker = n;
	}
	return (&l->worker[shard]);
}

/* What a moment in the life of an invocation means. */
static int
take_mark(struct live *l, const struct sv_run *run, const struct sv_run_mark *m)
{
	struct live_worker *w;
	int failed = 0;

	if (sv_spend_mark(&l->spend, run->how, m) == -1)
		return (-1);
	l->throttled += m->moment == SV_RUN_RETRY && m->http == 429;
	if ((w = worker(l, run, m->shard, &failed)) == NULL)
		return (failed ? -1 : 0);
	if (m->generation < w->generation)
		return (0);
	switch (m->moment) {
	case SV_RUN_REQUEST:
		w->state = LIVE_CALLED;
		w->generation = m->generation;
		if (l->phase < LIVE_STARTING)
			l->phase = LIVE_STARTING;
		break;
	case SV_RUN_HELLO:
		(void)sv_price_arch_parse(m->arch, &l->spend.arch);
		l->replaced += m->generation > 1 && w->state != LIVE_HERE;
		w->state = LIVE_HERE;
		w->generation = m->generation;
		l->came += !w->came;
		w->came = 1;
		if (l->phase < LIVE_STARTING)
			l->phase = LIVE_STARTING;
		if (l->asked && l->came >= run->W)
			l->phase = LIVE_COMPUTING;
		break;
	case SV_RUN_EXIT:
		if (w->state != LIVE_LOST)
			w->state = LIVE_GONE;
		break;
	default:
		break;
	}
	return (0);
}

static int
take_event(struct live *l, const struct sv_run *run,
    const struct sv_run_event *e)
{
	struct live_worker *w;
	int failed = 0;

	if (strcmp(e->event, "stop") == 0)
		l->stopping = e->why;
	if (strcmp(e->event, "lost") != 0 && strcmp(e->event, "left") != 0)
		return (0);
	l->lost += e->event[1] == 'o';
	if ((w = worker(l, run, e->shard, &failed)) == NULL)
		return (failed ? -1 : 0);
	if (e->generation >= w->generation)
		w->state = e->event[1] == 'o' ? LIVE_LOST : LIVE_GONE;
	return (0);
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
	if (l->fitted || (run->ntrace > 1 && t->round < t[-1].round))
		memset(&l->measure, 0, sizeof(l->measure));
	l->fitted = 0;
	trend_add(&l->primal, k, v[SV_TR_PRIMAL]);
	trend_add(&l->dual, k, v[SV_TR_DUAL]);
	trend_add(&l->measure, k, v[SV_TR_MEASURE]);
	l->target = v[SV_TR_TARGET];
	l->eps_primal = v[SV_TR_EPS_PRIMAL];
	l->eps_dual = v[SV_TR_EPS_DUAL];
	if (!isnan(v[SV_TR_OBJECTIVE])) {
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
		rc = take_mark(l, run, &run->mark[l->marks]);
	for (; rc == 0 && l->events < run->nevent; l->events++)
		rc = take_event(l, run, &run->event[l->events]);
	if (l->traces < run->ntrace) {
		l->traces = run->ntrace;
		take_trace(l, run);
	}
	if (l->models < run->nmodel) {
		l->models = run->nmodel;
		l->fitted = 1;
		if (l->phase < LIVE_ENDING)
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

void
live_states(const struct live *l, const struct sv_run *run,
    uint64_t n[LIVE_STATES])
{
	uint64_t W = run->W != 0 ? run->W : run->nshard, known = 0;

	memset(n, 0, LIVE_STATES * sizeof(*n));
	for (size_t i = 0; i < l->nworker; i++) {
		if (l->worker[i].generation == 0)
			continue;
		n[l->worker[i].state]++;
		known++;
	}
	n[LIVE_QUEUED] = W > known ? W - known : 0;
}

/* How many of the last rounds tell of the pace: a third, which is still so. */
static size_t
recent(const struct sv_run *run)
{
	uint64_t n = run->steps / 3;

	n = n < LIVE_PACE ? LIVE_PACE : n > LIVE_ROUNDS ? LIVE_ROUNDS : n;
	return ((size_t)(n < run->steps ? n : run->steps));
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

void
live_pace(const struct live *l, const struct sv_run *run,
    struct live_pace *pace)
{
	const struct sv_run_round *first = NULL, *last = NULL;
	double s[LIVE_ROUNDS], rounds, time;
	size_t n = 0, most = recent(run);

	for (size_t i = run->nround; i > 0 && n < most; i--) {
		const struct sv_run_round *r = &run->round[i - 1];

		if (last != NULL && r->master != last->master)
			break;
		if (!r->own)
			continue;
		if (last == NULL)
			last = r;
		first = r;
		s[n++] = (isnan(r->answer) ? r->lastin : r->answer) - r->sent;
	}
	pace->round_s = middle(s, n);
	unroll(s, l->comp, l->at, most);
	pace->comp_s = middle(s, most);
	unroll(s, l->idle, l->at, most);
	pace->idle_s = middle(s, most);
	pace->per_s = NAN;
	if (first == last)
		return;
	/* By their numbers: some records may be missing between them. */
	rounds = (double)last->round - (double)first->round;
	time = last->sent - first->sent;
	if (rounds > 0.0 && time > 0.0)
		pace->per_s = rounds / time;
}
