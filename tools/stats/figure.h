#ifndef FIGURE_H
#define FIGURE_H

#include <stddef.h>

#include "stats.h"

/*
 * The figures of a report, as data: what is drawn, not how.  figures.c and its
 * sisters make them of runs; gnuplot.c draws them; html.c puts them on a page.
 * Times are in seconds, shares fractions of 1; the one who draws chooses units.
 */

/* In the order of the paper's figures. */
enum figure_id {
	FIGURE_TIMING,	/* 2: lanes of workers in chosen rounds */
	FIGURE_CONVERGENCE,	/* 3: residuals, objective, gap, rho */
	FIGURE_SCALING,	/* 4: speedup and efficiency */
	FIGURE_UTILISATION,	/* 5: idle and computation against W */
	FIGURE_DISTRIBUTION,	/* 6, 7: histograms of four quantities */
	FIGURE_STARTS,	/* 8: cold starts against W */
	FIGURE_RESPONSE,	/* 9: responsiveness */
	FIGURE_BILL,	/* cost against time */
	FIGURE_N
};

/* How an axis counts. */
enum scale { SCALE_LINEAR, SCALE_LOG10, SCALE_LOG2 };

enum quantity_unit {
	UNIT_NONE,
	UNIT_SECONDS,	/* shown in s, ms or us */
	UNIT_SHARE,	/* shown in per cent */
	UNIT_DOLLARS,
	UNIT_COUNT	/* whole numbers: ticks at none else */
};

struct axis {
	const char *label;	/* without the unit; static */
	enum quantity_unit unit;
	enum scale scale;
	double lo, hi;	/* NaN: by what is drawn */
};

/* What is drawn at each point. */
enum mark {
	MARK_LINE,	/* a line through (x, y) */
	MARK_POINTS,	/* a dot at (x, y) */
	MARK_BOTH,	/* a line with dots */
	MARK_RANGE,	/* a line with dots, and a bar from lo to hi */
	MARK_BARS,	/* of a histogram: from x - lo to x + lo, y high */
	MARK_SPANS,	/* horizontal, in lane y, from x to hi */
	MARK_RULE	/* dashed, thin: what is expected, not measured */
};

/*
 * Colours by role, so that a figure and its neighbour agree: those of sets 0,
 * 1, 2, ..., and of the quantities of a worker's round.
 */
enum colour {
	COLOUR_SET = 0,	/* + number of the set, modulo 6 */
	COLOUR_COMPUTATION = 8,
	COLOUR_COMMUNICATION,
	COLOUR_QUEUEING,
	COLOUR_BARRIER,
	COLOUR_MASTER,
	COLOUR_IDLE,
	COLOUR_MUTED,	/* rules, the paper's points */
	COLOUR_N
};

/*
 * Points of a series are finite; of MARK_LINE and its like x does not go back.
 */
struct series {
	char *label;	/* owned; NULL: not in the key */
	enum mark mark;
	int colour;
	size_t n;	/* at least one, once the figure is made */
	double *x, *y, *lo, *hi;	/* n each, owned */
	size_t room;
	int failed;	/* memory was out */
};

/* No panel has more points than this: longer series keep their extremes. */
#define PANEL_POINTS 2000

/* A lane of a timing diagram: y = 0 is the topmost. */
struct lane {
	char *label;	/* owned */
};

struct panel {
	char *title;	/* owned; "" for none */
	struct axis x, y;
	struct series *series;
	size_t nseries;
	struct lane *lane;	/* of MARK_SPANS */
	size_t nlane;
	int wide;	/* as wide as the page, where there is room */
	char *empty;	/* owned: why there is nothing to see, or NULL */
	int failed;	/* memory was out */
};

struct figure {
	enum figure_id id;
	const char *name;	/* of files and anchors: "speedup" */
	const char *title;
	/* Owned: what to see, with this run's numbers; a line a statement. */
	char *sentence;
	struct panel *panel;
	size_t npanel;	/* at least one */
	int failed;	/* memory was out */
};

/**
 * figure_name(id):
 * "timing", "convergence", ...
 */
const char *figure_name(enum figure_id id);

/**
 * figure_make(id, s, n):
 * Return the figure ${id} of the ${n} runs ${s}, or NULL after a line on stderr
 * where memory is out.  A figure for which there are no data has one panel that
 * says why.
 *
 * Where a figure shows one run only, that is, of each set and of the smallest
 * and the largest W in it, the one whose wall_s is the median: of an even
 * number the faster one of the two in the middle, and those without wall_s
 * last.
 */
struct figure *figure_make(enum figure_id id, const struct stats *s, size_t n);
void figure_free(struct figure *f);

/*
 * For those who make figures.  Where memory is out the thing remembers it; NULL
 * is taken for a thing that could not be made, and nothing is done to it.  A
 * pointer to a panel or series is good until the next one is made.
 */

/**
 * figure_new(id):
 * Return a figure with a name and a title and no panel, or NULL.
 */
struct figure *figure_new(enum figure_id id);

/**
 * figure_panel(f, fmt, ...), panel_series(p, mark, colour, fmt, ...):
 * Append a panel with a title, or a series with a label, as printf() makes it;
 * a ${fmt} of NULL is no label.
 */
struct panel *figure_panel(struct figure *f, const char *fmt, ...);
struct series *panel_series(struct panel *p, enum mark mark, int colour,
    const char *fmt, ...);

/**
 * panel_axes(p, x, xunit, xscale, y, yunit, yscale):
 * Name the axes; their ranges are left to what is drawn.
 */
void panel_axes(struct panel *p, const char *x, enum quantity_unit xunit,
    enum scale xscale, const char *y, enum quantity_unit yunit,
    enum scale yscale);

/**
 * panel_lane(p, fmt, ...):
 * Append a lane, the next below.
 */
void panel_lane(struct panel *p, const char *fmt, ...);

/**
 * panel_points(p):
 * How many points all its series have.
 */
size_t panel_points(const struct panel *p);

/**
 * panel_empty(p, fmt, ...):
 * Say why there is nothing to see; the first reason counts.
 */
void panel_empty(struct panel *p, const char *fmt, ...);

/**
 * figure_tell(f, fmt, ...), figure_say(f, fmt, ...):
 * Append to what is said, in a line of its own, or after a space.
 */
void figure_tell(struct figure *f, const char *fmt, ...);
void figure_say(struct figure *f, const char *fmt, ...);

/**
 * series_add(s, x, y, lo, hi):
 * Append a point, unless x or y is not finite.  For lo or hi that is not finite
 * y stands; of MARK_SPANS one without hi is none.
 */
void series_add(struct series *s, double x, double y, double lo, double hi);

/**
 * figure_finish(f):
 * Make ${f} such as figure_make() promises: what a logarithmic axis cannot show
 * is taken out, and said; series without points go, long ones are thinned; a
 * panel without series says why; there is a panel, and a sentence.  Return 0,
 * or -1 where memory was out.
 */
int figure_finish(struct figure *f);

#endif /* !FIGURE_H */
