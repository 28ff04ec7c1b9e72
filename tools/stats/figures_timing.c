#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chosen.h"
#include "figures.h"
#include "human.h"
#include "rows.h"

/*
 * Chosen rounds as diagrams of lanes (paper, Figure 2): one of the hub with its
 * master, one for each worker, or where these are too many, for some of them.
 */

/* As many workers as one can still read. */
#define LANES 16

/* In the order of the key. */
enum span {
	SPAN_COMPUTATION,
	SPAN_COMMUNICATION,
	SPAN_QUEUEING,
	SPAN_BARRIER,
	SPAN_MASTER,
	SPAN_WAITING,
	SPAN_N
};

static const struct {
	const char *name;
	int colour;
} spans[SPAN_N] = {
	[SPAN_COMPUTATION] = { "computation", COLOUR_COMPUTATION },
	[SPAN_COMMUNICATION] = { "communication", COLOUR_COMMUNICATION },
	[SPAN_QUEUEING] = { "queueing", COLOUR_QUEUEING },
	[SPAN_BARRIER] = { "barrier", COLOUR_BARRIER },
	[SPAN_MASTER] = { "sum, master", COLOUR_MASTER },
	[SPAN_WAITING] = { "hub waits", COLOUR_MUTED }
};

/* A worker and when its update was received; NaN: never. */
struct rank {
	size_t worker;
	double received;
};

/* One round of one run. */
struct diagram {
	const struct pick *pick;
	const struct chosen *chosen;
	const struct sv_run_round *round;
	double allsent, lastin, answer;	/* after the round's global */
	size_t W;
	struct rank *rank;	/* W */
	size_t lanes;
};

static int
slowest_first(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;

	if (isnan(x->received) != isnan(y->received))
		return (isnan(x->received) ? -1 : 1);
	if (!isnan(x->received) && x->received != y->received)
		return (x->received > y->received ? -1 : 1);
	return (x->worker < y->worker ? -1 : 1);
}

/*
 * All workers in their order; or of too many the slowest, the fastest, and
 * others evenly from between, slowest first.
 */
static void
choose_lanes(struct diagram *d)
{
	const struct sv_rows *rows = &d->pick->s->run->rows;

	for (size_t i = 0; i < d->W; i++)
		d->rank[i] = (struct rank){ i, (double)sv_rows_at(rows,
		    d->chosen->k, i)[SV_RW_RECEIVED] };
	d->lanes = d->W;
	if (d->W <= LANES)
		return;
	d->lanes = LANES;
	qsort(d->rank, d->W, sizeof(*d->rank), slowest_first);
	for (size_t i = 1; i < LANES; i++)
		d->rank[i] = d->rank[i * (d->W - 1) / (LANES - 1)];
}

/* From ${from} to ${to}, unless one is not known or nothing is between. */
static void
add_span(struct panel *p, enum span span, double lane, double from, double to)
{

	if (p->nseries == SPAN_N && to > from)
		series_add(&p->series[span], from, lane, NAN, to);
}

static void
add_hub(struct panel *p, const struct diagram *d)
{

	panel_lane(p, "hub");
	add_span(p, SPAN_COMMUNICATION, 0, 0, d->allsent);
	add_span(p, SPAN_WAITING, 0, d->allsent, d->lastin);
	add_span(p, SPAN_MASTER, 0, d->lastin, d->answer);
}

static void
add_worker(struct panel *p, const struct diagram *d, size_t i)
{
	const struct sv_rows *rows = &d->pick->s->run->rows;
	double y = (double)(i + 1);
	struct sv_lane l;

	sv_rows_lane(sv_rows_at(rows, d->chosen->k, d->rank[i].worker), &l);
	panel_lane(p, "%zu%s", d->rank[i].worker, isnan(l.received) ?
	    " (no answer)" : "");
	add_span(p, SPAN_COMMUNICATION, y, l.sent, l.begin);
	add_span(p, SPAN_COMPUTATION, y, l.begin, l.end);
	add_span(p, SPAN_COMMUNICATION, y, l.end, l.received);
	add_span(p, SPAN_QUEUEING, y, l.received, l.taken);
	add_span(p, SPAN_MASTER, y, l.taken, l.summed);
	add_span(p, SPAN_BARRIER, y, l.summed, d->lastin);
}

/* ", the slowest", and ${end}; nothing of a number. */
static const char *
why(char buf[32], const struct diagram *d, const char *end)
{

	buf[0] = '\0';
	if (d->chosen->why[0] != '\0')
		snprintf(buf, 32, ", the %s%s", d->pick->s->run->steps == 1 ?
		    "only one" : d->chosen->why, end);
	return (buf);
}

/* "W = 4, round 7, the slowest"; with several masters "round 7 of master 2" */
static struct panel *
add_panel(struct figure *f, const struct diagram *d)
{
	const struct sv_run *run = d->pick->s->run;
	char master[40] = "", some[64] = "", reason[32];
	struct panel *p;

	if (run->round[run->nround - 1].master > 0)
		snprintf(master, sizeof(master), " of master %" PRIu64,
		    (uint64_t)d->round->master + 1);
	if (d->lanes < d->W)
		snprintf(some, sizeof(some), ": %zu of %zu workers", d->lanes,
		    d->W);
	p = figure_panel(f, "%s, round %" PRIu32 "%s%s%s", d->pick->name,
	    d->round->round, master, why(reason, d, ""), some);
	panel_axes(p, "time after the global was sent", UNIT_SECONDS,
	    SCALE_LINEAR, "worker", UNIT_NONE, SCALE_LINEAR);
	if (p == NULL)
		return (NULL);
	p->wide = 1;
	p->x.lo = 0;
	p->x.hi = fmax(d->lastin, d->answer);
	for (int i = 0; i < SPAN_N; i++)
		(void)panel_series(p, MARK_SPANS, spans[i].colour, "%s",
		    spans[i].name);
	return (p);
}

/* "Round 7, the slowest, took 45.0 ms: worker 3 answered last, ..." */
static void
say(struct figure *f, const struct diagram *d, size_t last)
{
	const struct sv_rows *rows = &d->pick->s->run->rows;
	struct sv_stat barrier = { 0 };
	char a[SV_HUMAN], b[SV_HUMAN], c[SV_HUMAN], reason[32];
	const float *row;
	struct sv_lane l;

	for (size_t i = 0; i < d->W; i++) {
		sv_rows_lane(sv_rows_at(rows, d->chosen->k, i), &l);
		sv_stat_add(&barrier, d->lastin - l.summed);
	}
	row = sv_rows_at(rows, d->chosen->k, last);
	sv_human_seconds(b, (double)row[SV_RW_COMP]);
	figure_tell(f, "%s: round %" PRIu32 "%s took %s%s", d->pick->name,
	    d->round->round, why(reason, d, ","),
	    sv_human_seconds(a, sv_measure_round(d->round)),
	    isnan(row[SV_RW_RECEIVED]) || d->W > 1 ? ";" : ",");
	if (isnan(row[SV_RW_RECEIVED]))
		figure_say(f, "no worker's answer is recorded.");
	else if (d->W == 1)
		figure_say(f, "with %s of computation.", b);
	else
		figure_say(f, "worker %zu answered last, after %s of "
		    "computation, and on average a worker waited %s at the "
		    "barrier.", last, b, sv_human_seconds(c,
		    sv_stat_mean(&barrier)));
}

/* The worker whose answer was received last; the first without any. */
static size_t
last_worker(const struct diagram *d)
{
	const struct sv_rows *rows = &d->pick->s->run->rows;
	double latest = -1;
	size_t last = 0;

	for (size_t i = 0; i < d->W; i++) {
		double t = (double)sv_rows_at(rows, d->chosen->k,
		    i)[SV_RW_RECEIVED];

		if (t > latest) {
			latest = t;
			last = i;
		}
	}
	return (last);
}

static void
add_round(struct figure *f, const struct pick *pick, const struct chosen *c,
    int tell)
{
	const struct sv_run_round *r = &pick->s->run->round[c->round];
	struct diagram d = {
		.pick = pick, .chosen = c, .round = r,
		.allsent = r->allsent - r->sent, .lastin = r->lastin - r->sent,
		.answer = r->answer - r->sent, .W = pick->s->run->rows.W
	};
	struct panel *p;

	if ((d.rank = calloc(d.W + 1, sizeof(*d.rank))) == NULL) {
		f->failed = 1;
		return;
	}
	choose_lanes(&d);
	if ((p = add_panel(f, &d)) != NULL) {
		add_hub(p, &d);
		for (size_t i = 0; i < d.lanes; i++)
			add_worker(p, &d, i);
	}
	if (tell)
		say(f, &d, last_worker(&d));
	free(d.rank);
}

/* The rounds of one run; ${tell}: of the last of them in words, too. */
static void
add_run(struct figure *f, const struct pick *pick, int tell)
{
	const struct sv_run *run = pick->s->run;
	const char *list = pick->s->o != NULL ? pick->s->o->rounds : NULL;
	struct chosen *chosen = NULL;
	size_t n = 0;

	errno = 0;
	if (run->rows.n > 0 &&
	    chosen_rounds(run, list, &chosen, &n) == -1) {
		f->failed |= errno == ENOMEM;
		panel_empty(figure_panel(f, "%s", pick->name), "Of the rounds "
		    "%s not all are in this run.",
		    list != NULL ? list : CHOSEN_DEFAULT);
		return;
	}
	for (size_t i = 0; i < n; i++)
		add_round(f, pick, &chosen[i], tell && i == n - 1);
	if (n > 0 && tell)
		figures_hands(f, pick);
	if (n == 0)
		panel_empty(figure_panel(f, "%s", pick->name), "There are no "
		    "records of how workers spent the time of a round%s.",
		    run->nround > 0 ? "" : figures_cut(run) ?
		    ": the record ends early" : ": no hub wrote this run");
	free(chosen);
}

void
figures_timing(struct figure *f, const struct stats *s, size_t n)
{
	struct pick *pick;
	int many = 0;
	size_t m;

	if ((pick = figures_pick(f, s, n, &m)) == NULL)
		return;
	for (size_t i = 0; i < m; i++)
		add_run(f, &pick[i], figures_most(pick, i, m));
	for (size_t i = 0; i < m; i++)
		many |= pick[i].s->run->rows.W > LANES;
	if (f->sentence != NULL && many)
		figure_tell(f, "Of more than %d workers only %d are drawn, the "
		    "slowest first.", LANES, LANES);
	if (f->sentence != NULL)
		figure_tell(f, "What is on the way is drawn half before and "
		    "half after the computation: only the sum is known.");
	free(pick);
}
