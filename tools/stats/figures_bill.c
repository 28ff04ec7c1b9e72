#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "bill.h"
#include "figures.h"
#include "human.h"

/*
 * What runs cost against the time they took; of a single run, what it had cost
 * at each moment.
 */

#define STEPS 200	/* moments of a single run */

static double
bill_time(const struct stats *s)
{

	return (isfinite(s->sum.total_s) ? s->sum.total_s : s->sum.wall_s);
}

static int
billed(const struct stats *s)
{

	return (s->sum.bill.all.requests > 0 && s->price != NULL);
}

static void
empty(struct panel *p, const struct stats *s)
{

	if (s->price == NULL)
		panel_empty(p, "There is no table of prices.");
	else
		panel_empty(p, figures_cut(s->run) ? "The record ends early; "
		    "until then no function was asked for." :
		    "No function was asked for: there is no bill.");
}

/* When the last of it is billed, or the run ends. */
static double
last_moment(const struct stats *s, const struct sv_bill_entry *e, size_t n)
{
	double last = isfinite(s->sum.total_s) ? s->sum.total_s : 0;

	for (size_t i = 0; i < n; i++)
		if (isfinite(e[i].from + e[i].seconds))
			last = fmax(last, e[i].from + e[i].seconds);
	return (last);
}

/*
 * Dollars until ${t}: an entry's request when it begins, and its GB-seconds as
 * its seconds go by; one of which it is not known when it began is there from
 * the first.
 */
static double
dollars_until(const struct stats *s, const struct sv_bill_entry *e, size_t n,
    double t)
{
	int share = s->o != NULL && s->o->free_tier;
	double requests = 0, gb_seconds = 0;

	for (size_t i = 0; i < n; i++) {
		double all = sv_bill_gb_seconds(&e[i]), part = 1;

		if (isfinite(e[i].from)) {
			if (t < e[i].from)
				continue;
			if (t < e[i].from + e[i].seconds)
				part = (t - e[i].from) / e[i].seconds;
		}
		requests += e[i].requests;
		gb_seconds += isfinite(all) ? all * part : 0;
	}
	return (sv_price_requests(s->price, requests, share) +
	    sv_price_duration(s->price, s->arch, gb_seconds, share));
}

static int
add_course(struct series *line, const struct stats *s)
{
	struct sv_bill_entry *entry = NULL;
	struct sv_start *start;
	size_t n, m;
	double last;
	int rc;

	if (sv_measure_starts(s->run, &start, &n) == -1)
		return (-1);
	if ((rc = sv_bill_list(start, n, &entry, &m)) == 0) {
		last = last_moment(s, entry, m);
		for (size_t i = 0; i <= STEPS; i++) {
			double t = last * (double)i / STEPS;

			series_add(line, t, dollars_until(s, entry, m, t), NAN,
			    NAN);
		}
	}
	free(entry);
	free(start);
	return (rc);
}

static void
say_run(struct figure *f, const struct stats *s)
{
	const struct sv_bill *b = &s->sum.bill;
	char dollars[SV_HUMAN], time[SV_HUMAN], requests[SV_HUMAN];

	sv_human_count(requests, (double)b->all.requests);
	figure_tell(f, "The run costs %s%s: %s request%s and %.6g GB-seconds%s",
	    sv_human_dollars(dollars, bill_dollars(s)),
	    s->o != NULL && s->o->free_tier ?
	    " beyond the month's free share" : "", requests,
	    figures_plural((double)b->all.requests), b->all.gb_seconds,
	    isfinite(bill_time(s)) ? "" : ".");
	if (isfinite(bill_time(s)))
		figure_say(f, "in %s.", sv_human_seconds(time, bill_time(s)));
	if (b->line[SV_BILL_ESTIMATE].requests > 0)
		figure_tell(f, "The time of %" PRIu64 " of them is estimated, "
		    "for no report of it came.",
		    b->line[SV_BILL_ESTIMATE].requests);
}

static void
one_run(struct figure *f, const struct stats *s)
{
	struct panel *p;

	p = figure_panel(f, "%s", "Cost while it ran");
	panel_axes(p, "time after the first request", UNIT_SECONDS,
	    SCALE_LINEAR, "cost", UNIT_DOLLARS, SCALE_LINEAR);
	if (p == NULL)
		return;
	p->x.lo = p->y.lo = 0;
	if (!billed(s)) {
		empty(p, s);
		return;
	}
	if (add_course(panel_series(p, MARK_LINE, COLOUR_SET +
	    (int)(s->set % 6), NULL), s) == -1)
		f->failed = 1;
	say_run(f, s);
}

/* How many numbers of workers there are in all sets. */
static size_t
count_kinds(const struct stats *s, size_t n)
{
	size_t kinds = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < i && (s[k].set != s[i].set ||
		    s[k].sum.workers != s[i].sum.workers))
			k++;
		kinds += k == i;
	}
	return (kinds);
}

/* Points of one set, of ${workers} or all, in a colour. */
static void
add_points(struct panel *p, const struct stats *s, size_t n, uint64_t workers,
    int colour, int sets)
{
	struct series *points;

	if (workers > 0)
		points = panel_series(p, MARK_POINTS, colour, "%s%sW = %"
		    PRIu64, sets ? s->label : "", sets ? ", " : "", workers);
	else
		points = panel_series(p, MARK_POINTS, colour, sets ? "%s" :
		    NULL, s->label);
	for (size_t i = 0; i < n; i++)
		if (billed(&s[i]) && (workers == 0 ||
		    s[i].sum.workers == workers))
			series_add(points, bill_time(&s[i]),
			    bill_dollars(&s[i]), NAN, NAN);
}

/* Numbers of workers are told apart as long as there are colours for them. */
static void
add_all(struct figure *f, struct panel *p, const struct stats *s, size_t n)
{
	size_t sets = figures_sets(s, n), kinds = count_kinds(s, n), m, sizes;
	int colour = COLOUR_SET;

	for (size_t i = 0; i < sets; i++) {
		const struct stats *first = figures_set(s, n, i, &m);
		struct sv_scaling *c;

		if (kinds > 6) {
			add_points(p, first, m, 0, COLOUR_SET +
			    (int)(first->set % 6), sets > 1);
			continue;
		}
		if ((c = figures_scaling_of(f, first, m, &sizes)) == NULL)
			return;
		for (size_t k = 0; k < sizes; k++)
			add_points(p, first, m, c[k].workers, colour++,
			    sets > 1);
		free(c);
	}
}

/* Of each set its fewest and its most workers. */
static void
say_picks(struct figure *f, const struct pick *pick, size_t n)
{
	char dollars[SV_HUMAN], time[SV_HUMAN];

	for (size_t i = 0; i < n; i++) {
		const struct stats *s = pick[i].s;
		const struct stats *before = i > 0 && billed(pick[i - 1].s) &&
		    pick[i - 1].s->set == s->set ? pick[i - 1].s : NULL;
		double t = bill_time(s);

		if (!billed(s) || !isfinite(t))
			continue;
		figure_tell(f, "%s: %s in %s%s", pick[i].name,
		    sv_human_dollars(dollars, bill_dollars(s)),
		    sv_human_seconds(time, t), before == NULL ||
		    bill_dollars(before) <= 0 || t <= 0 ? "." : ",");
		if (before != NULL && bill_dollars(before) > 0 && t > 0)
			figure_say(f, "%s times the money for %s times the "
			    "speed.", figures_number(dollars, bill_dollars(s) /
			    bill_dollars(before)), figures_number(time,
			    bill_time(before) / t));
	}
}

/* The same of those runs only that have a bill. */
static void
say_billed(struct figure *f, const struct stats *s, size_t n)
{
	struct pick *pick;
	struct stats *some;
	size_t m = 0, npick;

	if ((some = calloc(n + 1, sizeof(*some))) == NULL) {
		f->failed = 1;
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (billed(&s[i]))
			some[m++] = s[i];
	if ((pick = figures_pick(f, some, m, &npick)) != NULL)
		say_picks(f, pick, npick);
	free(pick);
	free(some);
	if (m < n)
		figure_tell(f, "%zu run%s without functions cost%s nothing and "
		    "%s left out.", n - m, figures_plural((double)(n - m)),
		    n - m == 1 ? "s" : "", n - m == 1 ? "is" : "are");
}

static void
all_runs(struct figure *f, const struct stats *s, size_t n)
{
	struct panel *p;
	size_t with = 0;

	p = figure_panel(f, "%s", "Cost and time of each run");
	panel_axes(p, "time from the first request to the end", UNIT_SECONDS,
	    SCALE_LINEAR, "cost", UNIT_DOLLARS, SCALE_LINEAR);
	if (p == NULL)
		return;
	p->x.lo = p->y.lo = 0;
	add_all(f, p, s, n);
	for (size_t i = 0; i < n; i++)
		with += billed(&s[i]) != 0;
	if (with == 0) {
		empty(p, s);
		return;
	}
	if (panel_points(p) == 0)
		panel_empty(p, "Of no run with functions is it known how long "
		    "it took.");
	say_billed(f, s, n);
}

void
figures_bill(struct figure *f, const struct stats *s, size_t n)
{

	if (n == 1)
		one_run(f, s);
	else
		all_runs(f, s, n);
}
