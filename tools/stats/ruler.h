#ifndef RULER_H
#define RULER_H

#include "figure.h"

/*
 * Axes as they are drawn: the range, the unit, and where it is marked.  All of
 * it is decided here and not by who draws, so that units read well (ms, %, $),
 * counts have marks at whole numbers only, and one point alone has an axis,
 * too.
 */

#define RULER_TICKS 24
#define RULER_TEXT 24
#define RULER_LABEL 80

struct tick {
	double at;	/* as drawn */
	char label[RULER_TEXT];
};

struct ruler {
	double factor;	/* what is drawn is the value times this */
	double lo, hi;	/* as drawn; lo < hi, on a logarithmic axis 0 < lo */
	double base;	/* of logarithms; 0: linear */
	char label[RULER_LABEL];	/* with the unit: "time [ms]" */
	struct tick tick[RULER_TICKS];
	size_t ntick;
};

/**
 * ruler_x(r, p, pixels), ruler_y(r, p, pixels):
 * Make ${r} the axis of the panel ${p} that is ${pixels} long.  What a
 * logarithmic axis cannot show does not count.  Lanes are the panel's, with as
 * many marks as there is room for lines of text.
 *
 * Marks of linear axes are at multiples of 1, 2 or 5 times a power of ten
 * (Heckbert, Nice numbers for graph labels, in Graphics Gems, 1990), those of
 * logarithmic ones at powers, or where the powers are few at the multiples 2
 * and 5.
 */
void ruler_x(struct ruler *r, const struct panel *p, double pixels);
void ruler_y(struct ruler *r, const struct panel *p, double pixels);

/**
 * ruler_empty(p):
 * Has the panel nothing that its axes can show?
 */
int ruler_empty(const struct panel *p);

#endif /* !RULER_H */
