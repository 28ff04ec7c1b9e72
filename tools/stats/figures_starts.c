#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "human.h"

/*
 * Cold starts (paper, Figure 8): from the request for a worker to its first
 * hello, of the fastest and the slowest worker against the number of workers,
 * medians over runs; and what the starts of the largest run are made of.
 */

/* As many starts as one can still read. */
#define LANES 16

/* Parts of a start, in their order; NaN where a start has no such part. */
struct part {
	const char *name;
	int colour;
	size_t offset;
};

#define AT(member) offsetof(struct sv_start, member)
static const struct part plain[] = {
	{ "request", COLOUR_COMMUNICATION, AT(request) },
	{ "start", COLOUR_MASTER, AT(start) },
	{ "load", COLOUR_COMPUTATION, AT(load) }
};

/* Those of a function; load lies between invoke and join. */
static const struct part function[] = {
	{ "retries", COLOUR_BARRIER, AT(retry) },
	{ "platform", COLOUR_COMMUNICATION, AT(platform) },
	{ "init", COLOUR_MASTER, AT(init) },
	{ "invoke", COLOUR_QUEUEING, AT(invoke) },
	{ "load", COLOUR_COMPUTATION, AT(load) },
	{ "join", COLOUR_IDLE, AT(join) }
};
#undef AT
#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void
add_lines(struct figure *f, const struct stats *s, size_t n)
{
	size_t sets = figures_sets(s, n);
	struct panel *p;

	p = figure_panel(f, "%s", "First response after the request");
	figures_axis_w(p, "time", UNIT_SECONDS, SCALE_LINEAR);
	if (p == NULL)
		return;
	p->y.lo = 0;
	for (size_t i = 0; i < sets; i++) {
		struct sv_scaling *c;
		size_t m, sizes;
		const struct stats *first = figures_set(s, n, i, &m);

		if ((c = figures_scaling_of(f, first, m, &sizes)) == NULL)
			return;
		for (int slow = 1; slow >= 0; slow--) {
			struct series *line;

			line = panel_series(p, MARK_BOTH, COLOUR_SET +
			    (int)((2 * i + (size_t)slow) % 6), "%s%s%s",
			    sets > 1 ? first->label : "", sets > 1 ? ", " : "",
			    slow ? "slowest" : "fastest");
			for (size_t k = 0; k < sizes; k++)
				series_add(line, (double)c[k].workers, slow ?
				    c[k].cold_max_s : c[k].cold_min_s, NAN,
				    NAN);
		}
		free(c);
	}
	if (panel_points(p) == 0)
		panel_empty(p, "In no run did a worker that was asked for "
		    "start cold and say hello.");
}

static int
by_total(const void *a, const void *b)
{
	const struct sv_start *x = a, *y = b;

	if (x->total != y->total)
		return (x->total < y->total ? -1 : 1);
	return (x->shard < y->shard ? -1 : x->shard > y->shard);
}

/* Keep the cold starts that came to a hello, fastest first; return how many. */
static size_t
cold_ones(struct sv_start *start, size_t n)
{
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		if (start[i].hello && !start[i].warm &&
		    isfinite(start[i].total))
			start[m++] = start[i];
	if (m > 0)
		qsort(start, m, sizeof(*start), by_total);
	return (m);
}

static double
member(const struct sv_start *s, size_t offset)
{

	return (*(const double *)(const void *)((const char *)s + offset));
}

/* The parts of one start in its lane, behind one another from the request. */
static void
add_parts(struct panel *p, const struct part *part, size_t nparts,
    const struct sv_start *s, double lane)
{
	double at = 0;

	for (size_t i = 0; i < nparts; i++) {
		double t = member(s, part[i].offset);

		/* One that is not known, for clocks disagree, is left out. */
		if (isnan(t) || t <= 0)
			continue;
		for (size_t k = 0; k < p->nseries; k++)
			if (p->series[k].colour == part[i].colour)
				series_add(&p->series[k], at, lane, NAN,
				    at + t);
		at += t;
	}
}

static void
add_lanes(struct panel *p, const struct sv_start *start, size_t n)
{
	size_t lanes = n < LANES ? n : LANES;
	int functions = 0;

	if (p == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		functions |= !isnan(start[i].init);
	for (size_t i = 0; i < (functions ? LEN(function) : LEN(plain)); i++)
		(void)panel_series(p, MARK_SPANS, functions ?
		    function[i].colour : plain[i].colour, "%s", functions ?
		    function[i].name : plain[i].name);
	for (size_t i = 0; i < lanes; i++) {
		size_t k = lanes > 1 ? i * (n - 1) / (lanes - 1) : 0;
		int is = !isnan(start[k].init);

		panel_lane(p, "%" PRIu32 "%s", start[k].shard,
		    start[k].generation > 1 ? " again" : "");
		add_parts(p, is ? function : plain, is ? LEN(function) :
		    LEN(plain), &start[k], (double)i);
	}
	p->x.lo = 0;
}

/* "With 16 workers the slowest start took 0.70 s, 3.1 times the fastest." */
static void
say(struct figure *f, const struct pick *pick, size_t sets,
    const struct sv_start *start, size_t n)
{
	double fast = start[0].total, slow = start[n - 1].total;
	double comp = pick->s->sum.q[SV_Q_COMP];
	uint64_t W = pick->s->sum.workers;
	char a[SV_HUMAN], b[SV_HUMAN], times[SV_HUMAN];

	figure_tell(f, "%s%s%s %" PRIu64 " worker%s",
	    FIGURES_SET(sets, pick->s), sets > 1 ? "with" : "With", W,
	    figures_plural((double)W));
	sv_human_seconds(a, slow);
	sv_human_seconds(b, comp);
	if (n == 1)
		figure_say(f, "the only cold start took %s.", a);
	else if (fast > 0 && slow < 1.05 * fast)
		figure_say(f, "the slowest start took %s, hardly longer "
		    "than the fastest.", a);
	else if (fast > 0)
		figure_say(f, "the slowest start took %s, %s times the "
		    "fastest.", a, figures_number(times, slow / fast));
	else
		figure_say(f, "the slowest start took %s.", a);
	if (!isfinite(comp) || comp <= 0)
		return;
	figures_number(times, slow / comp);
	figure_say(f, "A worker computes %s a round, so that is the "
	    "computation of %s round%s.", b, times,
	    strcmp(times, "1") == 0 ? "" : "s");
}

/* Of each set the run with the most workers. */
static void
add_run(struct figure *f, const struct pick *pick, size_t sets)
{
	struct sv_start *start;
	struct panel *p;
	size_t n, all;

	if (sv_measure_starts(pick->s->run, &start, &all) == -1) {
		f->failed = 1;
		return;
	}
	n = cold_ones(start, all);
	if (n > LANES)
		p = figure_panel(f, "Parts of %d of %zu starts, %s", LANES, n,
		    pick->name);
	else
		p = figure_panel(f, "Parts of the starts, %s", pick->name);
	panel_axes(p, "time after the request", UNIT_SECONDS, SCALE_LINEAR,
	    "worker", UNIT_NONE, SCALE_LINEAR);
	if (p != NULL)
		p->wide = 1;
	if (n > 0) {
		add_lanes(p, start, n);
		say(f, pick, sets, start, n);
	} else
		panel_empty(p, all == 0 && figures_cut(pick->s->run) ?
		    "The record ends early; until then no worker was asked "
		    "for." : all == 0 ? "No worker was asked for here." :
		    "No worker that was asked for in this run started cold and "
		    "said hello.");
	free(start);
}

void
figures_starts(struct figure *f, const struct stats *s, size_t n)
{
	size_t m, sets = figures_sets(s, n);
	struct pick *pick;

	add_lines(f, s, n);
	if ((pick = figures_pick(f, s, n, &m)) == NULL)
		return;
	for (size_t i = 0; i < m; i++)
		if (figures_most(pick, i, m))
			add_run(f, &pick[i], sets);
	free(pick);
}
