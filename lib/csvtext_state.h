#ifndef SV_CSVTEXT_STATE_H
#define SV_CSVTEXT_STATE_H

#include <csv.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "problem.h"
#include "schema.h"
#include "text.h"

/*
 * What the files of csvtext share; no interface of the module.
 */

#define SV_CSVTEXT_BLOCK ((size_t)1 << 18)	/* bytes of text at once */
#define SV_CSVTEXT_LABELS 8	/* texts of labels that are remembered */
#define SV_CSVTEXT_LABEL 256	/* longest of them, with its end */
#define SV_CSVTEXT_WHERE 200	/* room for a column, in words */
#define SV_CSVTEXT_FAULT 700	/* room for what is wrong with it */
#define SV_CSVTEXT_SHOWN 40	/* characters of a text that messages show */
#define SV_CSVTEXT_CUT (4 * SV_CSVTEXT_SHOWN + 4)	/* room for them */

/* What becomes of a field of the text at hand. */
struct sv_csvtext_field {
	enum sv_schema_use as;
	uint32_t feature;	/* of a number */
	size_t column;	/* of the schema, or its ncolumns: not there */
};

/* Texts of labels, to say which there are. */
struct sv_csvtext_labels {
	char text[SV_CSVTEXT_LABELS][SV_CSVTEXT_LABEL];
	int positive[SV_CSVTEXT_LABELS];
	unsigned n;
	int positives, negatives;	/* there are such labels */
	char negative[SV_CSVTEXT_LABEL];	/* the first one */
	int several;	/* negative ones that differ, or cannot be kept */
};

/* Fields of a first record, one behind the other, each with its end. */
struct sv_csvtext_names {
	char *text;
	size_t len, room;
	size_t n;
};

struct sv_csvtext {
	const struct sv_text_options *o;
	int given;	/* the schema is that of an earlier reading */
	struct sv_schema *schema;	/* NULL before the first record */
	char *first;	/* what the first text was called */

	/* The text at hand. */
	struct sv_bytes in;
	const char *name;
	uint64_t line;	/* being fed */
	uint64_t begin;	/* where the record begins */
	size_t have;
	int begun, eof, over, failed;
	int headed;	/* its columns are known */
	struct csv_parser parser;
	int idle;	/* parser's state between records */
	unsigned ends;	/* of records, in the piece being fed */
	struct sv_csvtext_names names;
	struct sv_csvtext_field *fields;
	size_t nfields;
	size_t labelled;	/* the label's field, or nfields */
	uint64_t firstline;	/* where the first record began */

	/* The record at hand. */
	size_t field;	/* fields so far */
	size_t again;	/* ... that say what the columns are called */
	double label;
	double *value;	/* one for each number */
	uint32_t *category;	/* features of categories */
	size_t ncategories;
	char fault[SV_CSVTEXT_FAULT];	/* the first one; "": none */
	uint64_t faultline;
	int survey;	/* it is about a label: see which others there are */

	/* "name=value" of a category. */
	char *pair;
	size_t pairroom;

	struct sv_csvtext_labels labels;
	char lacks[SV_WHY];

	/* Rows since the last call. */
	uint64_t rows, nnz, rows_room, nnz_room;
	uint64_t *start;	/* rows_room + 1 */
	double *y;
	uint32_t *col;
	double *val;

	char text[SV_CSVTEXT_BLOCK];
};

/**
 * sv_csvtext_head(r):
 * The first record of a text is in r->names: find out what its fields are.
 * Return 0, or -1 after a message.
 */
int sv_csvtext_head(struct sv_csvtext *r);

/**
 * sv_csvtext_survey(r):
 * Where r->survey: say which label was no number, and which there are; return
 * -1.
 */
int sv_csvtext_survey(struct sv_csvtext *r);

/**
 * sv_csvtext_fail(r, fmt, ...):
 * Say what is wrong with the record at hand; return -1.
 */
int sv_csvtext_fail(struct sv_csvtext *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * sv_csvtext_take(r, text, len):
 * The next field of a record whose columns are known.
 */
void sv_csvtext_take(struct sv_csvtext *r, const char *text, size_t len);

/**
 * sv_csvtext_row(r):
 * The record is complete: append it to the rows.  Return 0, or -1 after a
 * message.
 */
int sv_csvtext_row(struct sv_csvtext *r);

/**
 * sv_csvtext_where(r, i, out):
 * Call field ${i} "column 'job'", or by its number, in ${out}.
 */
const char *sv_csvtext_where(const struct sv_csvtext *r, size_t i,
    char out[SV_CSVTEXT_WHERE]);

#endif /* !SV_CSVTEXT_STATE_H */
