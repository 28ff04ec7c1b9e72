#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gnuplot.h"
#include "ruler.h"
#include "tone.h"
#include "utf8.h"

#define LABEL 44	/* characters of a label in a picture's key */
#define LETTER 7.5	/* pixels of one in a panel's title, about */
#define LINE 46	/* ... of a line of text in an empty panel */
#define LANE 0.42	/* half a lane's height */
#define NEXT 20.0	/* pixels from a line of text to the next */
#define HEAD 26.0	/* pixels for a panel's title */

void
gnuplot_string(FILE *f, const char *s, size_t most)
{
	char c[5];
	size_t n = 0;

	fputc('\'', f);
	while (*s != '\0') {
		if (n++ == most) {
			fputs("…", f);
			break;
		}
		s += sv_utf8_next(s, c);
		fputs(strcmp(c, "'") == 0 ? "’" : c, f);
	}
	fputc('\'', f);
}

/* The rules that all that fits on the axes is drawn with. */
struct layout {
	struct ruler x, y;
	double w, h;
};

static void
layout_make(struct layout *l, const struct panel *p, double w, double h)
{

	/* What text takes at the sides is about this. */
	ruler_x(&l->x, p, fmax(w - 90, 60));
	ruler_y(&l->y, p, fmax(h - 80, 60));
	l->w = w;
	l->h = h;
}

/* One point, in the columns that its mark wants. */
static void
put_point(FILE *f, const struct series *s, size_t i, const struct layout *l)
{
	double fx = l->x.factor, fy = l->y.factor;
	double x = s->x[i] * fx, y = s->y[i] * fy;

	if (!isfinite(x) || !isfinite(y))
		return;
	switch (s->mark) {
	case MARK_RANGE:
		fprintf(f, "%.9g %.9g %.9g %.9g\n", x, y, s->lo[i] * fy,
		    s->hi[i] * fy);
		break;
	case MARK_BARS:
		fprintf(f, "%.9g %.9g %.9g %.9g %.9g %.9g\n", x, y,
		    x - s->lo[i] * fx, x + s->lo[i] * fx,
		    l->y.base > 0 ? l->y.lo : 0, y);
		break;
	case MARK_SPANS:
		fprintf(f, "%.9g %.9g %.9g %.9g %.9g %.9g\n", x, y, x,
		    s->hi[i] * fx, y - LANE, y + LANE);
		break;
	default:
		fprintf(f, "%.9g %.9g\n", x, y);
	}
}

void
gnuplot_data(FILE *f, const struct panel *p, size_t number)
{
	struct layout l;

	layout_make(&l, p, 420, 300);
	for (size_t i = 0; i < p->nseries; i++) {
		fprintf(f, "# %s, %s\n", l.x.label, l.y.label);
		fprintf(f, "$p%zus%zu << EOD\n", number, i);
		for (size_t k = 0; k < p->series[i].n; k++)
			put_point(f, &p->series[i], k, &l);
		fputs("EOD\n", f);
	}
}

static void
put_colour(FILE *f, const struct tone *t)
{

	fprintf(f, " rgb '#%06x'", (unsigned)t->light);
}

/* Where there are many dots all of them are small. */
static double
dot_size(const struct panel *p)
{
	size_t most = 0;

	for (size_t i = 0; i < p->nseries; i++)
		if (p->series[i].mark != MARK_LINE && p->series[i].n > most)
			most = p->series[i].n;
	return (most > 20 ? 0.45 : 0.7);
}

/* How one series is drawn. */
static void
put_style(FILE *f, const struct panel *p, size_t i, int faint)
{
	const struct tone_style *style = tone_style(p, i);
	const struct series *s = &p->series[i];
	const struct tone *tone = tone_of(s->colour);

	switch (s->mark) {
	case MARK_POINTS:
		fprintf(f, "1:2 with points pt %d ps %g", style->point,
		    dot_size(p));
		break;
	case MARK_BOTH:
		fprintf(f, "1:2 with linespoints dt %d lw 1.6 pt %d ps %g",
		    style->dash, style->point, dot_size(p));
		break;
	case MARK_RANGE:
		fprintf(f, "1:2:3:4 with yerrorlines dt %d lw 1.6 pt %d ps %g",
		    style->dash, style->point, dot_size(p));
		break;
	case MARK_BARS:
		fputs("1:2:3:4:5:6 with boxxyerror lw 1.2 lc", f);
		put_colour(f, tone);
		fprintf(f, " fs transparent solid %.2f border",
		    faint ? 0.25 : tone_opacity(s));
		break;
	case MARK_SPANS:
		fprintf(f, "1:2:3:4:5:6 with boxxyerror fs transparent solid"
		    " %.2f noborder", tone_opacity(s));
		break;
	case MARK_RULE:
		fputs("1:2 with lines dt 2 lw 1.2", f);
		break;
	default:
		fprintf(f, "1:2 with lines dt %d lw 1.6", style->dash);
	}
	if (s->mark == MARK_BARS)
		return;
	fputs(" lc", f);
	put_colour(f, tone);
}

/* Marks alone are formats: a % is %%. */
static void
put_mark(FILE *f, const char *label)
{
	char twice[2 * RULER_TEXT + 1];
	size_t n = 0;

	for (; *label != '\0' && n + 2 < sizeof(twice); label++) {
		if (*label == '%')
			twice[n++] = '%';
		twice[n++] = *label;
	}
	twice[n] = '\0';
	gnuplot_string(f, twice, sizeof(twice));
}

static void
put_axis(FILE *f, char axis, const struct ruler *r, int turned)
{
	double lo = turned ? r->hi : r->lo, hi = turned ? r->lo : r->hi;

	fprintf(f, "set %crange [%.9g:%.9g]\n", axis, lo, hi);
	if (r->base > 0)
		fprintf(f, "set logscale %c %g\n", axis, r->base);
	fprintf(f, "set %clabel ", axis);
	gnuplot_string(f, r->label, RULER_LABEL);
	fputs(" noenhanced tc", f);
	put_colour(f, &tones[TONE_SOFT]);
	fprintf(f, "\nset %ctics (", axis);
	for (size_t i = 0; i < r->ntick; i++) {
		fputs(i > 0 ? ", " : "", f);
		put_mark(f, r->tick[i].label);
		fprintf(f, " %.9g", r->tick[i].at);
	}
	fputs(") nomirror out scale 0.5 noenhanced tc", f);
	put_colour(f, &tones[TONE_INK]);
	fputc('\n', f);
}

/* Why there is nothing, in lines in the middle. */
static void
put_empty(FILE *f, const char *why, const struct place *at)
{
	char line[4 * (LINE + 5) + 1] = "", c[5];
	size_t n = 0, label = 1, lines = strlen(why) / LINE;
	double y = at->y + (at->h + NEXT * (double)lines - HEAD) / 2;

	fputs("unset border\nunset xtics\nunset ytics\nunset grid\n"
	    "unset xlabel\nunset ylabel\nset xrange [0:1]\nset yrange [0:1]\n"
	    "unset logscale\n", f);
	for (;;) {
		if (*why == '\0' || (n >= LINE - 10 && *why == ' ') ||
		    n >= LINE + 4) {
			fprintf(f, "set label %zu ", label++);
			gnuplot_string(f, line, sizeof(line));
			fprintf(f, " at screen %.6g,%.6g center noenhanced tc",
			    (at->x + at->w / 2) / at->width, y / at->height);
			put_colour(f, &tones[TONE_SOFT]);
			fputc('\n', f);
			line[0] = '\0';
			n = 0;
			y -= NEXT;
			if (*why == '\0')
				break;
			why += *why == ' ';
			continue;
		}
		why += sv_utf8_next(why, c);
		strcat(line, c);
		n++;
	}
	fputs("plot 1/0 notitle\n", f);
}

/* Which are drawn first: what would hide the others. */
static int
layer(enum mark mark)
{

	return (mark == MARK_BARS || mark == MARK_SPANS ? 0 :
	    mark == MARK_RULE ? 1 : 2);
}

static void
put_plot(FILE *f, const struct panel *p, size_t number)
{
	size_t bars = 0, n = 0;

	for (size_t i = 0; i < p->nseries; i++)
		bars += p->series[i].mark == MARK_BARS;
	fputs("plot ", f);
	for (int k = 0; k < 3; k++) {
		for (size_t i = 0; i < p->nseries; i++) {
			if (layer(p->series[i].mark) != k)
				continue;
			fprintf(f, "%s$p%zus%zu using ", n++ > 0 ?
			    ", \\\n    " : "", number, i);
			put_style(f, p, i, bars > 1);
			if (p->series[i].label == NULL) {
				fputs(" notitle", f);
				continue;
			}
			fputs(" title ", f);
			gnuplot_string(f, p->series[i].label, LABEL);
		}
	}
	fputc('\n', f);
}

static void
put_frame(FILE *f, const struct panel *p, const struct place *at)
{
	double title = at->bare || p->title[0] == '\0' ? 0 : HEAD;

	fprintf(f, "set origin %.6g,%.6g\nset size %.6g,%.6g\n",
	    at->x / at->width, at->y / at->height, at->w / at->width,
	    (at->h - title) / at->height);
	fputs("set border 3 lw 1 lc", f);
	put_colour(f, &tones[TONE_SOFT]);
	fputs("\nset grid x", f);
	if (p->nlane == 0)
		fputs(" y", f);
	fputs(" back lt 1 lw 0.6 lc", f);
	put_colour(f, &tones[TONE_GRID]);
	fputs(at->bare ? "\nset key off\n" :
	    "\nset key outside top center horizontal noenhanced samplen 2 tc",
	    f);
	if (at->bare)
		return;
	put_colour(f, &tones[TONE_INK]);
	/* Above the key, where gnuplot's own title would be below it. */
	fputs("\nset label 99 ", f);
	gnuplot_string(f, p->title, (size_t)(at->w / LETTER));
	fprintf(f, " at screen %.6g,%.6g center noenhanced tc",
	    (at->x + at->w / 2) / at->width,
	    (at->y + at->h - title * 0.4) / at->height);
	put_colour(f, &tones[TONE_INK]);
	fputc('\n', f);
}

void
gnuplot_panel(FILE *f, const struct panel *p, size_t number,
    const struct place *at)
{
	struct layout l;

	fputs("reset\n", f);
	put_frame(f, p, at);
	if (p->empty != NULL || ruler_empty(p)) {
		put_empty(f, p->empty != NULL ? p->empty :
		    "No value is known that could be drawn.", at);
		return;
	}
	layout_make(&l, p, at->w, at->h);
	put_axis(f, 'x', &l.x, 0);
	put_axis(f, 'y', &l.y, p->nlane > 0);
	put_plot(f, p, number);
}
