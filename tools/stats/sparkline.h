#ifndef SPARKLINE_H
#define SPARKLINE_H

#include <stddef.h>

#include "estimate.h"

/*
 * A curve in one line of text, on a logarithmic scale (Tufte, Beautiful
 * Evidence, 2006, "Sparklines").
 */

#define SPARKLINE_WIDTH 60u	/* columns at most */
#define SPARKLINE_TEXT (3 * SPARKLINE_WIDTH + 1)	/* bytes, with the last 0 */

/**
 * sparkline(buf, width, t, floor, utf8):
 * Write ${t} into ${buf} in at most ${width} columns, which are equal numbers
 * of rounds, from the first round to the last; a column with several points is
 * their geometric mean, one without any is as the one before.  The scale goes
 * from the least point, or from ${floor} where that is less (NaN: none), to the
 * largest.  Steps are the eight blocks of Unicode, or the characters _.-~=+*#
 * of ASCII.  Return the columns written.
 */
size_t sparkline(char buf[SPARKLINE_TEXT], size_t width, const struct trend *t,
    double floor, int utf8);

#endif /* !SPARKLINE_H */
