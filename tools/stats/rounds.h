#ifndef ROUNDS_H
#define ROUNDS_H

#include <stdio.h>

#include "stats.h"

/* The sections about single rounds, and about single workers in them. */

/**
 * rounds_fill(t, s):
 * Fill the table of the rounds, a row for each TIMING frame.  Its columns.
 */
extern const struct sv_column rounds_columns[];
extern const size_t rounds_ncolumns;
void rounds_fill(struct sv_table *t, const struct stats *s);

/**
 * timing_fill(t, s):
 * Fill the table of the rounds that --rounds chooses, a row for each worker.
 * Its columns.  Return 0; -1 with errno set; or 1 after a line on stderr where
 * there is no such round.
 */
extern const struct sv_column timing_columns[];
extern const size_t timing_ncolumns;
int timing_fill(struct sv_table *t, const struct stats *s);

/**
 * timing_choose(rows, s, most):
 * Choose for a person, of each round in the table that timing_fill() has
 * filled, ${most} workers: those that respond first and last.  ${rows} has room
 * for all of them.  Return how many.
 */
size_t timing_choose(size_t *rows, const struct stats *s, size_t most);

/**
 * distributions_fill(t, s):
 * Fill the table of the histograms, a row for each bin.  Return 0, or -1 with
 * errno set.  Its columns.
 */
extern const struct sv_column distributions_columns[];
extern const size_t distributions_ncolumns;
int distributions_fill(struct sv_table *t, const struct stats *s);

/**
 * distributions_text(f, s):
 * Print the same for a person, each quantity apart, in units of its own.
 * Return 0, or -1 with errno set.
 */
int distributions_text(FILE *f, const struct stats *s);

#endif /* !ROUNDS_H */
