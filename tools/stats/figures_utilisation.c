#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "human.h"

/*
 * Idle time and computation of a round against the number of workers (paper,
 * Figure 5): means over rounds and then over workers, with one standard
 * deviation among workers; of several runs medians.
 */

/* Of one number of workers. */
struct level {
	double idle, idle_sd;
	double comp, comp_sd;
};

struct levels {
	const struct stats *s;	/* runs of the set */
	size_t m;
	struct sv_scaling *size;	/* n */
	size_t n;
	struct level *level;	/* n */
};

/*
 * The median of the means over the runs that have ${workers}, or if ${sd} of
 * the deviations among them; room for c->m is at ${v}.
 */
static double
quantity(const struct levels *c, uint64_t workers, enum sv_quantity q, int sd,
    double *v)
{
	struct sv_spread spread;
	size_t n = 0;

	for (size_t i = 0; i < c->m; i++) {
		if (c->s[i].sum.workers != workers)
			continue;
		sv_measure_spread(c->s[i].run, q, &spread);
		v[n] = sd ? spread.sd_workers : spread.mean;
		n += isfinite(v[n]) ? 1 : 0;
	}
	return (sv_stat_median(v, n));
}

static int
levels_init(struct levels *c, struct figure *f, const struct stats *s,
    size_t m)
{
	double *v;

	*c = (struct levels){ .s = s, .m = m };
	if ((c->size = figures_scaling_of(f, s, m, &c->n)) == NULL)
		return (-1);
	c->level = calloc(c->n + 1, sizeof(*c->level));
	v = calloc(m + 1, sizeof(*v));
	if (c->level == NULL || v == NULL) {
		f->failed = 1;
		free(v);
		return (-1);
	}
	for (size_t i = 0; i < c->n; i++) {
		struct level *l = &c->level[i];
		uint64_t W = c->size[i].workers;

		l->idle = quantity(c, W, SV_Q_IDLE, 0, v);
		l->idle_sd = quantity(c, W, SV_Q_IDLE, 1, v);
		l->comp = quantity(c, W, SV_Q_COMP, 0, v);
		l->comp_sd = quantity(c, W, SV_Q_COMP, 1, v);
	}
	free(v);
	return (0);
}

static void
levels_fini(struct levels *c)
{

	free(c->size);
	free(c->level);
}

static void
add_series(struct panel *p, const struct levels *c, int idle)
{
	struct series *s;

	s = panel_series(p, MARK_RANGE, idle ? COLOUR_IDLE :
	    COLOUR_COMPUTATION, idle ? "idle" : "computation");
	for (size_t i = 0; i < c->n; i++) {
		const struct level *l = &c->level[i];
		double y = idle ? l->idle : l->comp;
		double sd = idle ? l->idle_sd : l->comp_sd;

		series_add(s, (double)c->size[i].workers, y, y - sd, y + sd);
	}
}

/* Of one round there is computation, and no idle time. */
static void
say_computation(struct figure *f, const struct levels *c, size_t sets)
{
	char a[SV_HUMAN];

	for (size_t i = c->n; i > 0; i--) {
		if (isnan(c->level[i - 1].comp))
			continue;
		figure_tell(f, "%s%s%cith %" PRIu64 " worker%s a round is %s "
		    "of computation; idle time lies between two rounds, and "
		    "none is known.", FIGURES_SET(sets, c->s),
		    sets > 1 ? 'w' : 'W',
		    c->size[i - 1].workers,
		    figures_plural((double)c->size[i - 1].workers),
		    sv_human_seconds(a, c->level[i - 1].comp));
		return;
	}
}

/*
 * Is there no telling which is longer: are both the same in print, or nearer
 * than a standard deviation among workers?
 */
static int
alike(const struct level *l)
{
	char a[SV_HUMAN], b[SV_HUMAN];

	return (strcmp(sv_human_seconds(a, l->idle),
	    sv_human_seconds(b, l->comp)) == 0 ||
	    fabs(l->idle - l->comp) < fmax(l->idle_sd, l->comp_sd));
}

/* "at W = 8 computation takes 9.00 ms", against idle time or the other way. */
static void
say_longer(struct figure *f, const struct levels *c, size_t sets, size_t i,
    const char *how)
{
	const struct level *l = &c->level[i];
	char a[SV_HUMAN], b[SV_HUMAN];

	figure_tell(f, "%s%s%ct W = %" PRIu64 " computation takes %s idle "
	    "time: %s against %s.", FIGURES_SET(sets, c->s),
	    sets > 1 ? 'a' : 'A', c->size[i].workers, how,
	    sv_human_seconds(b, l->comp), sv_human_seconds(a, l->idle));
}

/* "computation 9.00 ms and idle time 12.0 ms" */
static void
say_set(struct figure *f, const struct levels *c, size_t sets)
{
	char a[SV_HUMAN], b[SV_HUMAN];
	size_t n = 0, longer = 0, last = 0, at = 0;
	int over = 0;
	uint64_t W;

	/* From which size on idle time is longer; how many are known. */
	for (size_t i = 0; i < c->n; i++) {
		const struct level *l = &c->level[i];

		if (isnan(l->idle) || isnan(l->comp))
			continue;
		n++;
		longer += l->comp > l->idle && !alike(l);
		if (l->comp >= l->idle || alike(l))
			over = 0;
		else if (!over++)
			at = i;
		last = i;
	}
	if (n == 0) {
		say_computation(f, c, sets);
		return;
	}
	at = over ? at : last;
	W = c->size[at].workers;
	sv_human_seconds(a, c->level[at].idle);
	sv_human_seconds(b, c->level[at].comp);
	if (n == 1)
		figure_tell(f, "%s%s%cith %" PRIu64 " worker%s a round is %s "
		    "of computation and %s of idle time.",
		    FIGURES_SET(sets, c->s), sets > 1 ? 'w' : 'W', W,
		    figures_plural((double)W), b, a);
	else if (over)
		figure_tell(f, "%s%s%cdle time %s W = %" PRIu64 "%s: %s "
		    "against %s.", FIGURES_SET(sets, c->s), sets > 1 ? 'i' :
		    'I', (size_t)over == n ? "exceeds computation from" :
		    "overtakes computation at", W, (size_t)over == n ? " on" :
		    "", a, b);
	else if (longer == n)
		figure_tell(f, "%s%s%c" "omputation takes longer than idle "
		    "time with every number of workers: at W = %" PRIu64 " it is "
		    "%s against %s.", FIGURES_SET(sets, c->s),
		    sets > 1 ? 'c' : 'C', W, b, a);
	else
		say_longer(f, c, sets, at, alike(&c->level[at]) ?
		    "about as long as" : "longer than");
}

/* The largest number of workers that both have, and where they have it. */
static uint64_t
common(const struct levels *a, const struct levels *b, size_t *i, size_t *k)
{

	for (*i = a->n; *i > 0; --*i)
		for (*k = b->n; *k > 0; --*k)
			if (a->size[*i - 1].workers == b->size[*k - 1].workers)
				return (a->size[*i - 1].workers);
	return (0);
}

/* Loads differ in mean and spread of computation (paper, Section IV). */
static void
compare(struct figure *f, const struct levels *a, const struct levels *b)
{
	char x[SV_HUMAN], y[SV_HUMAN];
	const struct level *l, *m;
	int shares;
	size_t i, k;
	uint64_t W;

	if ((W = common(a, b, &i, &k)) == 0)
		return;
	l = &a->level[i - 1];
	m = &b->level[k - 1];
	if (isnan(l->comp) || isnan(m->comp))
		return;
	shares = !isnan(l->comp_sd) && !isnan(m->comp_sd) && l->comp > 0 &&
	    m->comp > 0;
	figure_tell(f, "At W = %" PRIu64 " computation takes %s a round in %s "
	    "and %s in %s%s", W, sv_human_seconds(x, l->comp), a->s->label,
	    sv_human_seconds(y, m->comp), b->s->label, shares ? "," : ".");
	if (shares)
		figure_say(f, "with a standard deviation among workers of "
		    "%s %% and %s %% of it.",
		    figures_number(x, 100 * l->comp_sd / l->comp),
		    figures_number(y, 100 * m->comp_sd / m->comp));
}

/* The highest end of a bar. */
static double
highest(const struct panel *p)
{
	double hi = 0;

	for (size_t k = 0; k < p->nseries; k++)
		for (size_t j = 0; j < p->series[k].n; j++)
			hi = fmax(hi, p->series[k].hi[j]);
	return (hi);
}

/* Panels beside one another have one scale, if there is one to read all on. */
static void
align(struct figure *f)
{
	double most = 0, least = INFINITY;

	for (size_t i = 0; i < f->npanel; i++) {
		double hi = highest(&f->panel[i]);

		if (hi > 0) {
			most = fmax(most, hi);
			least = fmin(least, hi);
		}
	}
	if (f->npanel < 2 || !(most > 0))
		return;
	if (most > FIGURES_ALIKE * least) {
		figure_tell(f, "The panels' scales differ.");
		return;
	}
	for (size_t i = 0; i < f->npanel; i++)
		f->panel[i].y.hi = 1.05 * most;
}

void
figures_utilisation(struct figure *f, const struct stats *s, size_t n)
{
	size_t sets = figures_sets(s, n);
	struct levels *all;

	if ((all = calloc(sets + 1, sizeof(*all))) == NULL) {
		f->failed = 1;
		return;
	}
	for (size_t i = 0; i < sets; i++) {
		const struct stats *first;
		struct panel *p;
		size_t m;

		first = figures_set(s, n, i, &m);
		p = figure_panel(f, "%s", sets > 1 ? first->label :
		    "Idle time and computation");
		figures_axis_w(p, "time per round", UNIT_SECONDS, SCALE_LINEAR);
		if (p == NULL || levels_init(&all[i], f, first, m) == -1)
			break;
		p->y.lo = 0;
		add_series(p, &all[i], 0);
		add_series(p, &all[i], 1);
		if (all[i].n == 0)
			panel_empty(p, "No run had workers.");
		else if (panel_points(p) == 0)
			panel_empty(p, "There are no records of how workers "
			    "spent their time.");
		say_set(f, &all[i], sets);
	}
	for (size_t i = 1; i < sets && all[i].level != NULL; i++)
		compare(f, &all[0], &all[i]);
	align(f);
	if (!figures_same(s, n))
		figure_tell(f, "The runs solve different problems.");
	for (size_t i = 0; i < sets; i++)
		levels_fini(&all[i]);
	free(all);
}
