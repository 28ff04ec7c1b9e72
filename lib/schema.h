#ifndef SV_SCHEMA_H
#define SV_SCHEMA_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"

/*
 * How features and labels were made of text: a JSON object, which a problem
 * frame keeps as "schema", so that other text can be read in the same way, and
 * features have names.  There is in it only what is not the default:
 *
 *   {"format":"csv","columns":[{"name":"age"},{"name":"job","as":"category"},
 *    {"name":"id","as":"ignored"},{"name":"income","as":"label"}],
 *    "header":false,"hash":"xxh3-64","buckets":1024,"missing":0,
 *    "positive":">50K","negative":"<=50K"}
 *   {"format":"libsvm","zero_based":true,"positive":"3"}
 *
 * format: "csv", "tsv" (tabs between fields) or "libsvm", of
 * which only the first two have what follows up to "missing".
 * columns: as in the file, in its order, with different names.  Without a
 * header ("header":false) a column's name is its number, from 1.
 * hash, buckets: there are both if there are categories, otherwise neither.
 * missing: what fields without a number count as; not there: they are errors.
 * positive: the text of the label that became 1, all others -1.
 * negative: the text of the others, if it is only one.
 *
 * Features are numbered from 0: the m columns that are neither category, nor
 * ignored, nor label, in their order, 0 to m - 1; then ${buckets} for the
 * categories of all columns together.  A field of such a column adds 1 to
 * feature
 *
 *	m + XXH3_64bits(name "=" value) mod buckets
 *
 * with seed 0, over the bytes of both as UTF-8 (or whatever the file has),
 * quotes undone; XXH3 is Y. Collet's, version 0.8 of the library, whose values
 * are fixed.  So two categories of a row in one bucket give 2.  An empty field
 * is a category as well.  (Weinberger et al., Feature hashing for large scale
 * multitask learning, ICML 2009; without their sign, so that a feature is a
 * count.)
 */

#define SV_SCHEMA_COLUMNS ((size_t)1 << 20)	/* most of a file */
#define SV_SCHEMA_BUCKETS 1024u	/* if nobody says another number */

enum sv_schema_format { SV_SCHEMA_LIBSVM, SV_SCHEMA_CSV, SV_SCHEMA_TSV };

enum sv_schema_use {
	SV_SCHEMA_NUMBER, SV_SCHEMA_CATEGORY, SV_SCHEMA_IGNORED, SV_SCHEMA_LABEL
};

struct sv_schema_column {
	char *name;
	enum sv_schema_use as;
	uint32_t feature;	/* SV_SCHEMA_NUMBER: which it is, from 0 */
};

struct sv_schema {
	enum sv_schema_format format;
	int zero_based;	/* LIBSVM: indices from 0 */
	int header;	/* columns are called by the first line */
	struct sv_schema_column *columns;
	size_t ncolumns;
	size_t label;	/* its column, or ncolumns: there is none */
	uint64_t numbers;	/* features that are columns: m */
	uint64_t buckets;	/* features of categories; 0: there are none */
	int fills;	/* missing numbers are allowed: */
	double missing;
	char *positive, *negative;	/* or NULL */
	size_t *sorted;	/* columns by name */
	size_t *numbered;	/* numbers: the column of each feature */
};

/**
 * sv_schema_new(format):
 * A schema without columns, with a header, for sv_schema_add() and
 * sv_schema_settle(); NULL when memory is out.
 */
struct sv_schema *sv_schema_new(enum sv_schema_format format);

/**
 * sv_schema_add(s, name, len):
 * Append a column of numbers, whose ${name} of ${len} bytes is copied.  Return
 * 0, or -1 with a reason in ${why}: no UTF-8, a control character other than
 * blanks and line ends, more columns than SV_SCHEMA_COLUMNS.
 */
int sv_schema_add(struct sv_schema *s, const char *name, size_t len,
    char why[SV_WHY]);

/**
 * sv_schema_sort(s, why):
 * All columns are there: sv_schema_find() works from now on.  Return 0, or -1
 * with a reason in ${why}: two have the same name.
 */
int sv_schema_sort(struct sv_schema *s, char why[SV_WHY]);

/**
 * sv_schema_find(s, name):
 * The column of that name, or s->ncolumns.
 */
size_t sv_schema_find(const struct sv_schema *s, const char *name);

/**
 * sv_schema_settle(s, why):
 * What each column is for has been set, and s->buckets if there are categories
 * (without them it becomes 0): check that, and number the features.  Return 0,
 * or -1 with a reason in ${why}: no feature at all, too many, a second label.
 */
int sv_schema_settle(struct sv_schema *s, char why[SV_WHY]);

/**
 * sv_schema_parse(o, why):
 * The schema that ${o} says, which may come from anywhere, or NULL with a
 * reason in ${why}.
 */
struct sv_schema *sv_schema_parse(const json_t *o, char why[SV_WHY]);

/**
 * sv_schema_json(s):
 * The same as an object, for the caller, or NULL when memory is out.
 */
json_t *sv_schema_json(const struct sv_schema *s);

/**
 * sv_schema_features(s):
 * How many features rows have; 0: it does not say (LIBSVM text).
 */
uint64_t sv_schema_features(const struct sv_schema *s);

/**
 * sv_schema_feature(s, j, buf, len):
 * The name of feature ${j}: that of its column, or "hash:b" of bucket b, from
 * 0, which is written to ${buf} of ${len} > 0 bytes.  NULL: it has none.
 */
const char *sv_schema_feature(const struct sv_schema *s, uint64_t j, char *buf,
    size_t len);

/**
 * sv_schema_category(s, pair, len):
 * The feature of the category ${pair}, "name=value" of ${len} bytes; there must
 * be categories.
 */
uint32_t sv_schema_category(const struct sv_schema *s, const char *pair,
    size_t len);

/**
 * sv_schema_same(a, b):
 * Are two texts the same label: equal as numbers if both are numbers, otherwise
 * byte by byte?
 */
int sv_schema_same(const char *a, const char *b);

/**
 * sv_schema_free(s):
 * Free the schema.
 */
void sv_schema_free(struct sv_schema *s);

#endif /* !SV_SCHEMA_H */
