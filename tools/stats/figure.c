#include "config.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"

/* Names are those of files and anchors. */
static const struct {
	const char *name;
	const char *title;
} figures[FIGURE_N] = {
	[FIGURE_TIMING] = { "timing", "Timing of chosen rounds" },
	[FIGURE_CONVERGENCE] = { "convergence", "Convergence" },
	[FIGURE_SCALING] = { "scaling", "Speedup and efficiency" },
	[FIGURE_UTILISATION] = { "utilisation", "Utilisation" },
	[FIGURE_DISTRIBUTION] = { "distribution", "Distributions of times" },
	[FIGURE_STARTS] = { "starts", "Cold starts" },
	[FIGURE_RESPONSE] = { "responsiveness", "Responsiveness" },
	[FIGURE_BILL] = { "bill", "Bill" }
};

const char *
figure_name(enum figure_id id)
{

	return (figures[id].name);
}

struct figure *
figure_new(enum figure_id id)
{
	struct figure *f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return (NULL);
	f->id = id;
	f->name = figures[id].name;
	f->title = figures[id].title;
	return (f);
}

static void
panel_fini(struct panel *p)
{

	for (size_t i = 0; i < p->nseries; i++) {
		free(p->series[i].label);
		free(p->series[i].x);
		free(p->series[i].y);
		free(p->series[i].lo);
		free(p->series[i].hi);
	}
	for (size_t i = 0; i < p->nlane; i++)
		free(p->lane[i].label);
	free(p->series);
	free(p->lane);
	free(p->title);
	free(p->empty);
}

void
figure_free(struct figure *f)
{

	if (f == NULL)
		return;
	for (size_t i = 0; i < f->npanel; i++)
		panel_fini(&f->panel[i]);
	free(f->panel);
	free(f->sentence);
	free(f);
}

/* A new string, or NULL where memory is out. */
static char *
format(const char *fmt, va_list ap)
{
	va_list again;
	char *s;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0 || (s = malloc((size_t)n + 1)) == NULL)
		return (NULL);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	return (s);
}

/*
 * Room for one more behind the ${n} elements of ${size} bytes at ${p}, all
 * zero, doubled when n is a power of two.  NULL where memory is out, and ${p}
 * as it was.
 */
static void *
room(void *p, size_t n, size_t size)
{
	size_t want = n == 0 ? 1 : 2 * n;
	char *new;

	if (n == 0 || (n & (n - 1)) == 0) {
		if (want > SIZE_MAX / 2 / size ||
		    (new = realloc(p, want * size)) == NULL)
			return (NULL);
		p = new;
	}
	memset((char *)p + n * size, 0, size);
	return (p);
}

struct panel *
figure_panel(struct figure *f, const char *fmt, ...)
{
	struct panel *p;
	va_list ap;

	if (f == NULL)
		return (NULL);
	if ((p = room(f->panel, f->npanel, sizeof(*p))) == NULL) {
		f->failed = 1;
		return (NULL);
	}
	f->panel = p;
	p += f->npanel++;
	p->x.label = p->y.label = "";
	p->x.lo = p->x.hi = p->y.lo = p->y.hi = NAN;
	va_start(ap, fmt);
	p->title = format(fmt, ap);
	va_end(ap);
	p->failed = p->title == NULL;
	return (p);
}

void
panel_axes(struct panel *p, const char *x, enum quantity_unit xunit,
    enum scale xscale, const char *y, enum quantity_unit yunit,
    enum scale yscale)
{

	if (p == NULL)
		return;
	p->x.label = x;
	p->x.unit = xunit;
	p->x.scale = xscale;
	p->y.label = y;
	p->y.unit = yunit;
	p->y.scale = yscale;
}

struct series *
panel_series(struct panel *p, enum mark mark, int colour, const char *fmt, ...)
{
	struct series *s;
	va_list ap;

	if (p == NULL)
		return (NULL);
	if ((s = room(p->series, p->nseries, sizeof(*s))) == NULL) {
		p->failed = 1;
		return (NULL);
	}
	p->series = s;
	s += p->nseries++;
	s->mark = mark;
	s->colour = colour;
	if (fmt != NULL) {
		va_start(ap, fmt);
		s->label = format(fmt, ap);
		va_end(ap);
		s->failed = s->label == NULL;
	}
	return (s);
}

void
panel_lane(struct panel *p, const char *fmt, ...)
{
	struct lane *l;
	va_list ap;

	if (p == NULL)
		return;
	if ((l = room(p->lane, p->nlane, sizeof(*l))) == NULL) {
		p->failed = 1;
		return;
	}
	p->lane = l;
	l += p->nlane++;
	va_start(ap, fmt);
	l->label = format(fmt, ap);
	va_end(ap);
	p->failed |= l->label == NULL;
}

size_t
panel_points(const struct panel *p)
{
	size_t n = 0;

	for (size_t i = 0; p != NULL && i < p->nseries; i++)
		n += p->series[i].n;
	return (n);
}

void
panel_empty(struct panel *p, const char *fmt, ...)
{
	va_list ap;

	if (p == NULL || p->empty != NULL)
		return;
	va_start(ap, fmt);
	p->empty = format(fmt, ap);
	va_end(ap);
	p->failed |= p->empty == NULL;
}

/* Append what is formatted, behind ${between}. */
static void
append(struct figure *f, char between, const char *fmt, va_list ap)
{
	size_t have, more;
	char *s, *all;

	if ((s = format(fmt, ap)) == NULL) {
		f->failed = 1;
		return;
	}
	if (f->sentence == NULL) {
		f->sentence = s;
		return;
	}
	have = strlen(f->sentence);
	more = strlen(s);
	if ((all = realloc(f->sentence, have + more + 2)) == NULL)
		f->failed = 1;
	else {
		f->sentence = all;
		all[have] = between;
		memcpy(all + have + 1, s, more + 1);
	}
	free(s);
}

void
figure_tell(struct figure *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	append(f, '\n', fmt, ap);
	va_end(ap);
}

void
figure_say(struct figure *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	append(f, ' ', fmt, ap);
	va_end(ap);
}

/* Room for one more point in all four arrays. */
static int
grow(struct series *s)
{
	double **column[] = { &s->x, &s->y, &s->lo, &s->hi };
	size_t want = s->room == 0 ? 16 : 2 * s->room;

	if (s->n < s->room)
		return (0);
	for (size_t i = 0; i < sizeof(column) / sizeof(column[0]); i++) {
		double *p = realloc(*column[i], want * sizeof(*p));

		if (p == NULL)
			return (-1);
		*column[i] = p;
	}
	s->room = want;
	return (0);
}

void
series_add(struct series *s, double x, double y, double lo, double hi)
{

	if (s == NULL || !isfinite(x) || !isfinite(y) ||
	    (s->mark == MARK_SPANS && !isfinite(hi)))
		return;
	if (grow(s) == -1) {
		s->failed = 1;
		return;
	}
	lo = isfinite(lo) ? lo : y;
	hi = isfinite(hi) ? hi : y;
	s->x[s->n] = x;
	s->y[s->n] = y;
	s->lo[s->n] = lo;
	s->hi[s->n] = hi;
	s->n++;
}
