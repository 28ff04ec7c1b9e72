#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "histogram.h"
#include "human.h"

/*
 * Histograms of computation, idle time, delay and communication, each value one
 * worker's in one round (paper, Figures 6 and 7).
 */

#define BINS 40	/* as many as one can still tell apart */

static const struct {
	enum sv_quantity q;
	const char *title;
	int colour;
} quantities[] = {
	{ SV_Q_COMP, "Computation", COLOUR_COMPUTATION },
	{ SV_Q_IDLE, "Idle time", COLOUR_IDLE },
	{ SV_Q_DELAY, "Delay", COLOUR_QUEUEING },
	{ SV_Q_COMM, "Communication", COLOUR_COMMUNICATION }
};
#define NQUANTITY (sizeof(quantities) / sizeof(quantities[0]))

/* What is said of one quantity of one run. */
struct shape {
	size_t n;	/* values */
	double mean;
	double low, high;	/* half of the values lie between these */
	uint64_t out;	/* not on the axis */
	double *v;	/* n; owned, until all panels of the quantity are */
	double from, width;	/* of the bins */
	size_t bins;
};

static void
add_bars(struct panel *p, const struct sv_histogram *h, int colour)
{
	struct series *s;

	s = panel_series(p, MARK_BARS, colour, NULL);
	for (size_t i = 0; i < h->n; i++)
		if (h->count[i] > 0)
			series_add(s, h->lo + ((double)i + 0.5) * h->width,
			    (double)h->count[i] / (double)h->total,
			    h->width / 2, NAN);
}

static const char *
why_empty(const struct sv_run *run, enum sv_quantity q)
{

	if (run->rows.n == 0)
		return ("There are no records of how workers spent their "
		    "time.");
	if (q == SV_Q_IDLE && run->steps < 2)
		return ("Of one round no idle time is known: it lies between "
		    "two.");
	return ("It is known of no round.");
}

static int
add_panel(struct figure *f, const struct pick *pick, size_t which,
    struct shape *shape)
{
	const struct sv_run *run = pick->s->run;
	struct sv_histogram h = { 0 };
	struct sv_stat mean = { 0 };
	struct panel *p;
	double *v;

	*shape = (struct shape){ .mean = NAN, .low = NAN, .high = NAN };
	p = figure_panel(f, "%s, %s", quantities[which].title, pick->name);
	panel_axes(p, "time", UNIT_SECONDS, SCALE_LINEAR,
	    "share of workers and rounds", UNIT_SHARE, SCALE_LINEAR);
	if (sv_measure_values(run, quantities[which].q, &v, &shape->n) == -1)
		return (-1);
	for (size_t i = 0; i < shape->n; i++)
		sv_stat_add(&mean, v[i]);
	shape->mean = sv_stat_mean(&mean);
	shape->low = sv_stat_quantile(v, shape->n, 0.25);
	shape->high = sv_stat_quantile(v, shape->n, 0.75);
	if (sv_histogram_make(&h, v, shape->n, BINS) == -1) {
		free(v);
		return (-1);
	}
	shape->out = h.above + h.below;
	shape->v = v;
	shape->from = h.lo;
	shape->width = h.width;
	shape->bins = h.n;
	if (p != NULL)
		p->y.lo = 0;
	if (shape->n > 0)
		add_bars(p, &h, quantities[which].colour);
	else
		panel_empty(p, "%s", why_empty(run, quantities[which].q));
	sv_histogram_fini(&h);
	return (0);
}

/* ", half of all values lie between 9 ms and 10 ms", or nothing of one. */
static const char *
half(char buf[120], const struct shape *v, const char *whose)
{
	char a[SV_HUMAN], b[SV_HUMAN];

	sv_human_seconds(a, v->low);
	sv_human_seconds(b, v->high);
	buf[0] = '\0';
	if (v->n > 1 && strcmp(a, b) == 0)
		snprintf(buf, 120, ", and half of the values are %s", a);
	else if (v->n > 1)
		snprintf(buf, 120, ", half%s between %s and %s", whose, a, b);
	return (buf);
}

/* "computation takes 9.0 ms on average, half of all values lie between ..." */
static void
say(struct figure *f, const struct pick *pick, const struct shape *comp,
    const struct shape *idle)
{
	char a[SV_HUMAN], text[120];

	if (comp->n == 0)
		return;
	figure_tell(f, "%s: computation takes %s%s%s%s", pick->name,
	    sv_human_seconds(a, comp->mean), comp->n > 1 ? " on average" : "",
	    half(text, comp, " of all values lie"), idle->n == 0 ? "." : ";");
	if (idle->n > 0)
		figure_say(f, "idle time is %s%s.",
		    sv_human_seconds(a, idle->mean), half(text, idle, ""));
}

/* From the lowest to the highest end of a bar; 0 where there is none. */
static int
extent(const struct panel *p, double *lo, double *hi)
{

	*lo = INFINITY;
	*hi = -INFINITY;
	for (size_t i = 0; i < p->nseries; i++) {
		const struct series *s = &p->series[i];

		for (size_t k = 0; k < s->n; k++) {
			*lo = fmin(*lo, s->x[k] - s->lo[k]);
			*hi = fmax(*hi, s->x[k] + s->lo[k]);
		}
	}
	return (*lo < *hi);
}

/*
 * Of the last ${m} panels, one of each pick, those with one number of workers
 * are there to be compared: they have one scale, if there is one to read all
 * on.  Return 0 if there is none.
 */
static int
align(struct figure *f, const struct pick *pick, size_t m)
{
	struct panel *p;
	int alike = 1;

	if (f->npanel < m)
		return (1);
	p = &f->panel[f->npanel - m];
	for (size_t i = 0; i < m; i++) {
		double lo = INFINITY, hi = 0, least = INFINITY, a, b;

		for (size_t k = 0; k < m; k++) {
			if (pick[k].s->sum.workers != pick[i].s->sum.workers ||
			    !extent(&p[k], &a, &b))
				continue;
			lo = fmin(lo, a);
			hi = fmax(hi, b);
			least = fmin(least, b);
		}
		if (hi > FIGURES_ALIKE * least)
			alike = 0;
		else if (lo < hi) {
			p[i].x.lo = lo;
			p[i].x.hi = hi;
		}
	}
	return (alike);
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y ? -1 : x > y);
}

/* Which bin the value is in, as if they went on; see histogram.h for ends. */
static double
bin_of(const struct shape *shape, double v)
{

	return (floor((v - shape->from) / shape->width + 1e-9));
}

/*
 * Values beyond the bins that the axis reaches, since another panel needs it,
 * have bars, too.
 */
static void
add_far(struct panel *p, struct shape *shape)
{
	double *v = shape->v, bin;
	size_t m = 0;

	if (p->nseries == 0 || !(shape->width > 0) || isnan(p->x.hi))
		return;
	for (size_t i = 0; i < shape->n; i++) {
		bin = bin_of(shape, v[i]);
		if ((bin < 0 || bin >= (double)shape->bins) &&
		    v[i] >= p->x.lo && v[i] <= p->x.hi)
			v[m++] = v[i];
	}
	qsort(v, m, sizeof(*v), by_value);
	for (size_t i = 0, k; i < m; i = k) {
		bin = bin_of(shape, v[i]);
		for (k = i + 1; k < m && bin_of(shape, v[k]) <= bin; )
			k++;
		series_add(&p->series[0], shape->from +
		    (bin + 0.5) * shape->width, (double)(k - i) /
		    (double)shape->n, shape->width / 2, NAN);
	}
	shape->out -= m;
}

/* What is missing in the pictures. */
static void
say_out(struct figure *f, uint64_t out, uint64_t all, int thinned, int alike)
{
	char a[SV_HUMAN], b[SV_HUMAN];

	if (out > 0)
		figure_tell(f, "%s of %s values %s too far from the others to "
		    "be on the axes.", sv_human_count(a, (double)out),
		    sv_human_count(b, (double)all), out == 1 ? "is" : "are");
	if (!alike)
		figure_tell(f, "The panels' scales differ.");
	if (thinned)
		figure_tell(f, "Of the longest runs not every round is counted "
		    "here.");
}

void
figures_distribution(struct figure *f, const struct stats *s, size_t n)
{
	struct shape (*shape)[NQUANTITY];
	struct pick *pick;
	uint64_t out = 0, all = 0;
	int thinned = 0, alike = 1;
	size_t m;

	if ((pick = figures_pick(f, s, n, &m)) == NULL)
		return;
	if ((shape = calloc(m + 1, sizeof(*shape))) == NULL)
		f->failed = 1;
	for (size_t q = 0; shape != NULL && q < NQUANTITY; q++) {
		for (size_t i = 0; i < m; i++) {
			if (add_panel(f, &pick[i], q, &shape[i][q]) == -1)
				f->failed = 1;
			all += shape[i][q].n;
			thinned |= pick[i].s->run->rows.every > 1;
		}
		alike &= align(f, pick, m);
		for (size_t i = 0; i < m; i++) {
			if (f->npanel >= m)
				add_far(&f->panel[f->npanel - m + i],
				    &shape[i][q]);
			out += shape[i][q].out;
			free(shape[i][q].v);
		}
	}
	for (size_t i = 0; shape != NULL && i < m; i++)
		if (figures_most(pick, i, m))
			say(f, &pick[i], &shape[i][0], &shape[i][1]);
	say_out(f, out, all, thinned, alike);
	free(shape);
	free(pick);
}
