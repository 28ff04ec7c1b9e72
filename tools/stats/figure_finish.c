#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"

static void
move(struct series *s, size_t to, size_t from)
{

	s->x[to] = s->x[from];
	s->y[to] = s->y[from];
	s->lo[to] = s->lo[from];
	s->hi[to] = s->hi[from];
}

/* The least that an axis can show; a logarithm needs more than nothing. */
static double
least(const struct axis *a)
{

	return (a->scale == SCALE_LINEAR ? -HUGE_VAL : 0);
}

/*
 * Take out what a logarithmic axis cannot show; return how many points.  A
 * range that reaches below it ends at its point.
 */
static size_t
take_out(const struct panel *p, struct series *s)
{
	double x = least(&p->x), y = least(&p->y);
	size_t n = 0, out;

	for (size_t i = 0; i < s->n; i++) {
		if (s->x[i] <= x || s->y[i] <= y)
			continue;
		move(s, n, i);
		if (s->mark == MARK_RANGE && s->lo[n] <= y)
			s->lo[n] = s->y[n];
		n++;
	}
	out = s->n - n;
	s->n = n;
	return (out);
}

/*
 * Leave at most ${most} points: of each of most / 4 stretches of equal length
 * the first, the last, the least and the greatest, in their order.
 */
static void
thin(struct series *s, size_t most)
{
	size_t parts = most / 4, n = 0;

	if (s->n <= most || parts == 0)
		return;
	for (size_t k = 0; k < parts; k++) {
		size_t from = k * s->n / parts, to = (k + 1) * s->n / parts;
		size_t low = from, high = from;

		for (size_t i = from; i < to; i++) {
			low = s->y[i] < s->y[low] ? i : low;
			high = s->y[i] > s->y[high] ? i : high;
		}
		for (size_t i = from; i < to; i++)
			if (i == from || i == low || i == high || i == to - 1)
				move(s, n++, i);
	}
	s->n = n;
}

/* Series without points are in no key. */
static void
drop_series(struct panel *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->nseries; i++) {
		struct series *s = &p->series[i];

		if (s->n > 0) {
			p->series[n++] = *s;
			continue;
		}
		free(s->label);
		free(s->x);
		free(s->y);
		free(s->lo);
		free(s->hi);
	}
	p->nseries = n;
}

/* Has the panel more than what is expected? */
static int
measured(const struct panel *p)
{

	for (size_t i = 0; i < p->nseries; i++)
		if (p->series[i].mark != MARK_RULE &&
		    p->series[i].colour != COLOUR_MUTED)
			return (1);
	return (0);
}

static int
finish_panel(struct figure *f, struct panel *p)
{
	size_t out = 0, most;

	for (size_t i = 0; i < p->nseries; i++) {
		if (p->series[i].failed)
			return (-1);
		out += take_out(p, &p->series[i]);
	}
	drop_series(p);
	if (out > 0 && p->nseries > 0)
		figure_tell(f, "%s: %zu value%s that %s not positive %s not on "
		    "the logarithmic axis.", p->title, out, out == 1 ? "" : "s",
		    out == 1 ? "is" : "are", out == 1 ? "is" : "are");
	if (!measured(p))
		panel_empty(p, out > 0 ?
		    "No value is positive, and the axis is logarithmic." :
		    "No value is known.");
	most = p->nseries > 0 ? PANEL_POINTS / p->nseries : PANEL_POINTS;
	for (size_t i = 0; i < p->nseries; i++)
		thin(&p->series[i], most);
	return (p->failed ? -1 : 0);
}

int
figure_finish(struct figure *f)
{

	if (f->npanel == 0)
		panel_empty(figure_panel(f, "%s", ""), "There is no run.");
	for (size_t i = 0; i < f->npanel; i++)
		if (finish_panel(f, &f->panel[i]) == -1)
			f->failed = 1;
	if (f->sentence == NULL && f->npanel > 0 && f->panel[0].empty != NULL)
		figure_say(f, "%s", f->panel[0].empty);
	if (f->sentence == NULL)
		figure_say(f, "%s", "All that is known of it is in the picture.");
	return (f->failed ? -1 : 0);
}
