#ifndef SV_TABLE_STATE_H
#define SV_TABLE_STATE_H

#include "human.h"
#include "table.h"

/* What a table is made of: for table.c and its faces only. */

struct sv_table_cell {
	double value;
	int about;	/* ~ before it */
	char *text;	/* owned; NULL: missing, or a number */
};

struct sv_table {
	const struct sv_column *column;
	size_t ncol;
	struct sv_table_cell *cell;
	size_t ncell;
	int failed;
};

/* How the numbers of a column are shown. */
struct sv_table_unit {
	double scale;
	const char *name;	/* "[ms]" or "" */
	int places;	/* after the point */
};

/**
 * sv_table_unit(t, c, rows, n):
 * Choose by the largest of the ${n} ${rows}: four significant digits of
 * seconds, eight of reals.
 */
struct sv_table_unit sv_table_unit(const struct sv_table *t, size_t c,
    const size_t *rows, size_t n);

/**
 * sv_table_show(col, cell, u, buf):
 * A cell as text for a person, in ${buf} or elsewhere.
 */
const char *sv_table_show(const struct sv_column *col,
    const struct sv_table_cell *cell, struct sv_table_unit u,
    char buf[SV_HUMAN]);

/**
 * sv_table_title(col):
 * What a column is called for a person.
 */
const char *sv_table_title(const struct sv_column *col);

/**
 * sv_table_every(t, rows, n):
 * Where ${*rows} is NULL, set it to all, ${*n}: a new array, which is returned
 * too, to be freed.  NULL where there is nothing to free; where memory is out
 * ${*rows} stays NULL.
 */
size_t *sv_table_every(const struct sv_table *t, const size_t **rows,
    size_t *n);

#endif /* !SV_TABLE_STATE_H */
