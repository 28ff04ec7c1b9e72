#ifndef SV_TABLE_H
#define SV_TABLE_H

#include <jansson.h>
#include <stdio.h>

/*
 * A table, written for a person (aligned, with units; the same for a browser),
 * for awk (a header line and tabs) or for jq (an array of objects): one table,
 * four faces.  Columns are fixed by the caller; cells are numbers or texts; a
 * NaN is a missing value, shown as "-", as "nan" and as null.
 */

enum sv_column_kind {
	SV_COL_TEXT,	/* left-aligned */
	SV_COL_COUNT,	/* whole number */
	SV_COL_SECONDS,	/* s; for a person s, ms or us, in all columns */
	SV_COL_BYTES,	/* bytes; for a person kB, MB ... (powers of 1000) */
	SV_COL_SHARE,	/* fraction of 1; for a person per cent */
	SV_COL_REAL,	/* for a person aligned, eight digits at most */
	SV_COL_PLAIN,	/* %.8g for a person */
	SV_COL_SHORT,	/* %.3g for a person: residuals and the like */
	SV_COL_RATIO,	/* two places for a person */
	SV_COL_DOLLARS,	/* US dollars; for a person as human.h has them */
	SV_COL_BAR	/* count; for a person a bar of # */
};

#define SV_COL_HIDDEN 1u	/* not for a person, whose 80 columns are few */
#define SV_COL_PERSON 2u	/* for a person only */
#define SV_COL_OWN 4u	/* of SECONDS: in a unit of its own */

struct sv_column {
	const char *key;	/* in TSV's header and JSON's objects */
	const char *title;	/* for a person; NULL: the key */
	enum sv_column_kind kind;
	unsigned flags;
};

/* Opaque types. */
struct sv_table;

/**
 * sv_table_new(columns, n):
 * Return an empty table with ${n} columns, an array that must outlive it, or
 * NULL with errno set.
 */
struct sv_table *sv_table_new(const struct sv_column *columns, size_t n);

/**
 * sv_table_real(t, value), sv_table_about(t, value), sv_table_string(t, text):
 * Fill the next cell, row after row, left to right.  A value that is only
 * about right has a ~ before it for a person.  The text is copied; NULL is a
 * missing value.  Where memory is out the table remembers it, and
 * sv_table_failed() says so.
 */
void sv_table_real(struct sv_table *t, double value);
void sv_table_about(struct sv_table *t, double value);
void sv_table_string(struct sv_table *t, const char *text);

/**
 * sv_table_rows(t), sv_table_failed(t):
 * Complete rows; whether one could not be kept.
 */
size_t sv_table_rows(const struct sv_table *t);
int sv_table_failed(const struct sv_table *t);

/**
 * sv_table_text(t, f, rows, n):
 * Print the table on ${f} for a person, each line indented by two.  ${rows}
 * chooses ${n} rows, in that order; NULL is all of them.
 */
void sv_table_text(const struct sv_table *t, FILE *f, const size_t *rows,
    size_t n);

/**
 * sv_table_html(t, f, caption, rows, n):
 * Write the table on ${f} as HTML's <table>: the columns and units of
 * sv_table_text(), without bars; all that is text is escaped.  ${rows} chooses
 * as there.  Numbers stand in cells of class "n".  A key of seconds in a title's
 * place is without the _s at its end.
 */
void sv_table_html(const struct sv_table *t, FILE *f, const char *caption,
    const size_t *rows, size_t n);

/**
 * sv_table_tsv(t, f, name, header):
 * Print the table on ${f}, tab-separated; tabs and line ends in texts become
 * spaces.  With a ${name}, each line begins with it, in a column "run".  The
 * header line is left out where ${header} is 0.
 */
void sv_table_tsv(const struct sv_table *t, FILE *f, const char *name,
    int header);

/**
 * sv_table_json(t, f):
 * Print the table on ${f} as an array of objects.  Return 0, or -1 with errno
 * set.
 */
int sv_table_json(const struct sv_table *t, FILE *f);

/**
 * sv_table_object(t, row):
 * Return a row as a new object, or NULL where memory is out.
 */
json_t *sv_table_object(const struct sv_table *t, size_t row);

void sv_table_free(struct sv_table *t);

#endif /* !SV_TABLE_H */
