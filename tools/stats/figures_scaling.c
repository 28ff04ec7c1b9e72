#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "human.h"

/*
 * Speedup and efficiency against the number of workers (paper, Figure 4): of
 * whole runs, and of one round, in which it does not matter how many rounds a
 * method takes with other shards.
 */

/*
 * Of the paper only what its text says (Section IV): the efficiency with 16 and
 * 64 times the workers that it began with, which were 4.
 */
#define PAPER_FIRST 4
static const struct {
	double times;
	double efficiency;
} paper[] = { { 16, 0.74 }, { 64, 0.26 } };
#define NPAPER (sizeof(paper) / sizeof(paper[0]))

/* One set. */
struct scaled {
	const struct stats *s;	/* its runs */
	size_t m;
	struct sv_scaling *size;	/* n, by W */
	size_t n;
	int same;	/* they solve one problem */
};

struct scales {
	struct scaled *set;
	size_t n;
	uint64_t most;	/* workers */
	const struct scaled *first;	/* the first set that can be shown */
};

static int
shown(const struct scaled *c)
{

	return (c->same && c->n > 1);
}

static void
scales_fini(struct scales *all)
{

	for (size_t i = 0; all->set != NULL && i < all->n; i++)
		free(all->set[i].size);
	free(all->set);
}

static int
scales_init(struct scales *all, struct figure *f, const struct stats *s,
    size_t n)
{

	*all = (struct scales){ .n = figures_sets(s, n) };
	if ((all->set = calloc(all->n + 1, sizeof(*all->set))) == NULL) {
		f->failed = 1;
		return (-1);
	}
	for (size_t i = 0; i < all->n; i++) {
		struct scaled *c = &all->set[i];

		c->s = figures_set(s, n, i, &c->m);
		c->same = figures_same(c->s, c->m);
		c->size = figures_scaling_of(f, c->s, c->m, &c->n);
		if (c->size == NULL)
			return (-1);
		if (!shown(c))
			continue;
		if (all->first == NULL)
			all->first = c;
		if (c->size[c->n - 1].workers > all->most)
			all->most = c->size[c->n - 1].workers;
	}
	return (0);
}

/* Extremes of a round over the runs of one W. */
static void
round_range(const struct scaled *c, uint64_t workers, double *min, double *max)
{
	struct sv_stat t = { 0 };

	for (size_t i = 0; i < c->m; i++)
		if (c->s[i].sum.workers == workers)
			sv_stat_add(&t, c->s[i].sum.round_s);
	*min = sv_stat_min(&t);
	*max = sv_stat_max(&t);
}

/* A set's line: medians, with the slowest and the fastest run as range. */
static void
add_set(struct panel *p, const struct scaled *c, const char *label,
    int efficiency, int round)
{
	const struct sv_scaling *z = c->size;
	struct series *s;
	double t0 = round ? z[0].round_s : z[0].wall_s;

	s = panel_series(p, MARK_RANGE, COLOUR_SET + (int)(c->s->set % 6),
	    "%s", label);
	for (size_t i = 0; i < c->n; i++) {
		double W = (double)z[i].workers;
		double share = efficiency ? (double)z[0].workers / W : 1;
		double t = round ? z[i].round_s : z[i].wall_s;
		double min = z[i].wall_min_s, max = z[i].wall_max_s;

		if (round)
			round_range(c, z[i].workers, &min, &max);
		series_add(s, W, t0 / t * share, t0 / max * share,
		    t0 / min * share);
	}
}

/* S = W / W0 and E = 1 for each W0 among the sets, as far as the paper's go. */
static void
add_ideal(struct panel *p, const struct scales *all, int efficiency)
{
	double most = fmax((double)all->most,
	    paper[NPAPER - 1].times * (double)all->first->size[0].workers);
	double last = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct series *s;
		double first;

		if (!shown(&all->set[i]))
			continue;
		first = (double)all->set[i].size[0].workers;
		if (first == last || (efficiency && last != 0))
			continue;
		s = panel_series(p, MARK_RULE, COLOUR_MUTED,
		    last == 0 ? "ideal" : NULL);
		series_add(s, first, 1, NAN, NAN);
		series_add(s, most, efficiency ? 1 : most / first, NAN, NAN);
		last = first;
	}
}

/* The paper's points, moved to where the first set begins. */
static void
add_paper(struct panel *p, const struct scales *all, int efficiency)
{
	double first = (double)all->first->size[0].workers;
	struct series *s;

	s = panel_series(p, MARK_POINTS, COLOUR_MUTED,
	    first == PAPER_FIRST ? "paper" : "paper, moved from W = 4");
	for (size_t i = 0; i < NPAPER; i++)
		series_add(s, first * paper[i].times, paper[i].efficiency *
		    (efficiency ? 1 : paper[i].times), NAN, NAN);
}

/* Why there is nothing to see, of the sets together. */
static void
say_why(struct panel *p, const struct scales *all)
{
	size_t different = 0, with = 0;

	for (size_t i = 0; i < all->n; i++) {
		different += !all->set[i].same;
		with += all->set[i].n > 0;
	}
	if (with == 0)
		panel_empty(p, "No run had workers.");
	else if (different > 0)
		panel_empty(p, "The runs solve different problems, whose times "
		    "cannot be compared.");
	else if (all->n == 1 && all->set[0].m == 1)
		panel_empty(p, "There is one run only, with %" PRIu64
		    " worker%s; this compares different numbers of them.",
		    all->set[0].size[0].workers,
		    figures_plural((double)all->set[0].size[0].workers));
	else if (all->n == 1)
		panel_empty(p, "All runs have %" PRIu64 " worker%s; this "
		    "compares different numbers of them.",
		    all->set[0].size[0].workers,
		    figures_plural((double)all->set[0].size[0].workers));
	else
		panel_empty(p, "In no set are there different numbers of "
		    "workers to compare.");
}

static void
add_panel(struct figure *f, const struct scales *all, int efficiency, int round)
{
	struct panel *p;

	p = figure_panel(f, "%s of %s", efficiency ? "Efficiency" : "Speedup",
	    round ? "one round" : "whole runs");
	figures_axis_w(p, efficiency ? "efficiency" : "speedup",
	    efficiency ? UNIT_SHARE : UNIT_NONE,
	    efficiency ? SCALE_LINEAR : SCALE_LOG2);
	if (p == NULL)
		return;
	if (all->first == NULL) {
		say_why(p, all);
		return;
	}
	if (efficiency)
		p->y.lo = 0;
	for (size_t i = 0; i < all->n; i++)
		if (shown(&all->set[i]))
			add_set(p, &all->set[i], all->n > 1 ?
			    all->set[i].s->label : "measured", efficiency,
			    round);
	if (panel_points(p) == 0) {
		panel_empty(p, round ? "The time of a round is not known with "
		    "the fewest workers, to which the others are compared." :
		    "No run with the fewest workers came to a model, and the "
		    "others are compared to those.");
		return;
	}
	add_ideal(p, all, efficiency);
	add_paper(p, all, efficiency);
}

static void
say_set(struct figure *f, const struct scales *all, const struct scaled *c)
{
	const struct sv_scaling *a = &c->size[0], *b = &c->size[c->n - 1];
	char x[SV_HUMAN], y[SV_HUMAN], s[SV_HUMAN], e[SV_HUMAN];

	if (!isnan(b->efficiency))
		figure_tell(f, "%s%s%" PRIu64 " workers take %s where %" PRIu64
		    " take%s %s: %s times as fast, an efficiency of %s %%.",
		    FIGURES_SET(all->n, c->s), b->workers,
		    sv_human_seconds(x, b->wall_s), a->workers,
		    a->workers == 1 ? "s" : "", sv_human_seconds(y, a->wall_s),
		    figures_number(s, b->speedup),
		    figures_number(e, 100 * b->efficiency));
	if (isnan(b->round_efficiency))
		return;
	figures_number(e, 100 * b->round_efficiency);
	if (isnan(b->efficiency)) {
		figure_tell(f, "%s%s%" PRIu64 " workers have an efficiency of "
		    "%s %% in one round.", FIGURES_SET(all->n, c->s),
		    b->workers, e);
		return;
	}
	figure_say(f, "Of one round the efficiency is %s %%%s", e,
	    a->rounds == b->rounds ? "." : "");
	if (a->rounds != b->rounds)
		figure_say(f, "(the runs take %g round%s with %" PRIu64
		    " workers and %g with %" PRIu64 ").", b->rounds,
		    figures_plural(b->rounds), b->workers, a->rounds,
		    a->workers);
}

/* Runs that came to a model, but not to the end of their method. */
static size_t
count_early(const struct scaled *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->m; i++)
		n += isfinite(c->s[i].sum.wall_s) &&
		    strcmp(c->s[i].sum.status, "converged") != 0 &&
		    strcmp(c->s[i].sum.status, "done") != 0;
	return (n);
}

static void
say(struct figure *f, const struct scales *all)
{
	size_t runs = 0, early = 0;
	uint64_t first;

	for (size_t i = 0; i < all->n; i++) {
		const struct scaled *c = &all->set[i];

		if (shown(c))
			say_set(f, all, c);
		else if (all->first != NULL)
			figure_tell(f, "%s%s%s", FIGURES_SET(all->n, c->s),
			    !c->same ? "its runs solve different problems and "
			    "are left out." : "its runs have one number of "
			    "workers and are left out.");
		early += shown(c) ? count_early(c) : 0;
		for (size_t k = 0; k < c->n; k++)
			runs = c->size[k].runs > runs ? c->size[k].runs : runs;
	}
	if (all->first == NULL)
		return;
	if (runs > 1)
		figure_tell(f, "Points are medians of up to %zu runs, bars "
		    "reach from the slowest to the fastest.", runs);
	if (early > 0)
		figure_tell(f, "%zu run%s ended without converging: %s "
		    "of the same answer.", early, figures_plural((double)early),
		    early == 1 ? "its time is not that" :
		    "their times are not those");
	first = all->first->size[0].workers;
	figure_tell(f, "The paper has 74 %% with 16 times the workers and 26 "
	    "%% with 64 times%s.", first == PAPER_FIRST ? "" :
	    ", beginning with 4; its points stand where they would with this "
	    "beginning");
}

void
figures_scaling(struct figure *f, const struct stats *s, size_t n)
{
	struct scales all;

	if (scales_init(&all, f, s, n) == 0) {
		for (int round = 0; round < 2; round++)
			for (int efficiency = 0; efficiency < 2; efficiency++)
				add_panel(f, &all, efficiency, round);
		say(f, &all);
	}
	scales_fini(&all);
}
