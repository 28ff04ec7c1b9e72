#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csvtext_state.h"
#include "number.h"
#include "utf8.h"

/* Categories that are sorted by insertion. */
#define FEW 24

const char *
sv_csvtext_where(const struct sv_csvtext *r, size_t i,
    char out[SV_CSVTEXT_WHERE])
{
	char name[SV_CSVTEXT_CUT];

	if (r->headed && r->schema->header && i < r->nfields &&
	    r->fields[i].column < r->schema->ncolumns) {
		sv_utf8_cut(name, r->schema->columns[r->fields[i].column].name,
		    SV_CSVTEXT_SHOWN);
		snprintf(out, SV_CSVTEXT_WHERE, "column '%s'", name);
	} else
		snprintf(out, SV_CSVTEXT_WHERE, "column %zu", i + 1);
	return (out);
}

/* The first fault of a record is said when all of it is there. */
static void __attribute__((format(printf, 3, 4)))
fault(struct sv_csvtext *r, size_t i, const char *fmt, ...)
{
	char where[SV_CSVTEXT_WHERE];
	va_list ap;
	int n;

	if (r->fault[0] != '\0')
		return;
	r->faultline = r->begin;
	n = snprintf(r->fault, sizeof(r->fault), "%s: ",
	    sv_csvtext_where(r, i, where));
	va_start(ap, fmt);
	vsnprintf(r->fault + n, sizeof(r->fault) - (size_t)n, fmt, ap);
	va_end(ap);
}

/* What others write where a number is missing. */
static int
is_missing(const char *text)
{
	static const char *const words[] = {
		"", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "?"
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(text, words[i]) == 0)
			return (1);
	return (0);
}

static int
is_infinite(const char *text)
{

	text += *text == '+' || *text == '-';
	return (strcmp(text, "inf") == 0 || strcmp(text, "Inf") == 0 ||
	    strcmp(text, "Infinity") == 0 || strcmp(text, "infinity") == 0);
}

/* Is it digits with a comma, as numbers of other places have one? */
static int
has_comma(const char *text)
{

	return (strchr(text, ',') != NULL &&
	    text[strspn(text, "0123456789+-.,")] == '\0');
}

/* A field of a column of numbers that is none. */
static double
no_number(struct sv_csvtext *r, size_t i, const char *text)
{
	const char *name = r->schema->columns[r->fields[i].column].name;
	char found[SV_CSVTEXT_CUT + 2], column[SV_CSVTEXT_CUT];

	if (is_missing(text) && r->schema->fills)
		return (r->schema->missing);
	found[0] = '\'';
	sv_utf8_cut(found + 1, text, SV_CSVTEXT_SHOWN);
	strcat(found, "'");
	if (is_missing(text))
		fault(r, i, "expected a number, found %s%s", *text == '\0' ?
		    "nothing" : found, r->given ? "" :
		    " (--missing 0 makes it 0)");
	else if (is_infinite(text) || isinf(strtod(text, NULL)))
		fault(r, i, "expected a finite number, found %s", found);
	else if (has_comma(text))
		fault(r, i, "expected a number, found %s (numbers have a point,"
		    " and no commas)", found);
	else if (r->given)
		fault(r, i, "expected a number, found %s", found);
	else {
		sv_utf8_cut(column, name, SV_CSVTEXT_SHOWN);
		fault(r, i, "expected a number, found %s (--categorical %s"
		    " hashes it, --ignore %s leaves it out)", found, column,
		    column);
	}
	return (0);
}

/* Add the category to those of the row. */
static void
take_category(struct sv_csvtext *r, const char *name, const char *text,
    size_t len)
{
	size_t n = strlen(name), need = n + 1 + len;
	void *p;

	if (need > r->pairroom) {
		if ((p = realloc(r->pair, need + need / 2)) == NULL) {
			sv_csvtext_fail(r, "%s", strerror(errno));
			return;
		}
		r->pair = p;
		r->pairroom = need + need / 2;
	}
	memcpy(r->pair, name, n);
	r->pair[n] = '=';
	memcpy(r->pair + n + 1, text, len);
	r->category[r->ncategories++] = sv_schema_category(r->schema, r->pair,
	    need);
}

/* A label that was not seen before. */
static int
new_label(struct sv_csvtext *r, const char *text, size_t len)
{
	struct sv_csvtext_labels *l = &r->labels;
	int positive = r->schema->positive != NULL &&
	    sv_schema_same(r->schema->positive, text);
	json_t *utf8;

	if (l->n < SV_CSVTEXT_LABELS && len < SV_CSVTEXT_LABEL) {
		strcpy(l->text[l->n], text);
		l->positive[l->n++] = positive;
	}
	if (positive) {
		l->positives = 1;
		return (1);
	}
	utf8 = json_string(text);
	if (len >= SV_CSVTEXT_LABEL || utf8 == NULL)
		l->several = 1;
	else if (!l->negatives)
		strcpy(l->negative, text);
	else if (!sv_schema_same(l->negative, text))
		l->several = 1;
	l->negatives = 1;
	json_decref(utf8);
	return (0);
}

/* Is it the positive label? */
static int
is_positive(struct sv_csvtext *r, const char *text, size_t len)
{
	const struct sv_csvtext_labels *l = &r->labels;

	for (unsigned i = 0; i < l->n; i++)
		if (strcmp(l->text[i], text) == 0)
			return (l->positive[i]);
	return (new_label(r, text, len));
}

static void
take_label(struct sv_csvtext *r, size_t i, const char *text, size_t len)
{
	char found[SV_CSVTEXT_CUT];
	const char *end;

	if (len == 0) {
		if (r->o->unlabelled)
			r->label = NAN;
		else
			fault(r, i, "expected a label, found nothing");
		return;
	}
	if (r->schema->positive != NULL) {
		r->label = is_positive(r, text, len) ? 1 : -1;
		/* A model of two labels knows nothing of a third one. */
		if (r->label < 0 && r->o->unlabelled && r->given &&
		    r->schema->negative != NULL &&
		    !sv_schema_same(r->schema->negative, text))
			r->label = NAN;
		return;
	}
	r->label = sv_number_parse(text, &end);
	if (end == text + len && isfinite(r->label))
		return;
	sv_utf8_cut(found, text, SV_CSVTEXT_SHOWN);
	if (end == text + len || is_missing(text) || is_infinite(text) ||
	    r->given) {
		fault(r, i, "expected a finite number as label, found '%s'",
		    found);
	} else if (r->fault[0] == '\0') {
		/* Which other labels there are helps to say which is which. */
		fault(r, i, "expected a number as label, found '%s'", found);
		r->survey = 1;
	}
	if (r->survey)
		is_positive(r, text, len);
}

int
sv_csvtext_survey(struct sv_csvtext *r)
{
	char other[SV_CSVTEXT_CUT];

	r->begin = r->faultline;
	if (r->labels.n < 2)
		return (sv_csvtext_fail(r, "%s (--positive LABEL makes that"
		    " label 1, and others -1)", r->fault));
	sv_utf8_cut(other, r->labels.text[1], SV_CSVTEXT_SHOWN);
	return (sv_csvtext_fail(r, "%s, and '%s' in others (--positive LABEL"
	    " makes that label 1, and others -1)", r->fault, other));
}

void
sv_csvtext_take(struct sv_csvtext *r, const char *text, size_t len)
{
	size_t i = r->field++;
	const struct sv_csvtext_field *f;
	const char *end;
	double x;

	if (i == 0)
		r->ncategories = r->again = 0;
	/* Too many are said at the record's end. */
	if (i >= r->nfields)
		return;
	f = &r->fields[i];
	r->again += r->again == i && f->column < r->schema->ncolumns &&
	    strcmp(r->schema->columns[f->column].name, text) == 0;
	switch (f->as) {
	case SV_SCHEMA_NUMBER:
		x = sv_number_parse(text, &end);
		if (len == 0 || end != text + len || !isfinite(x))
			x = no_number(r, i, text);
		r->value[f->feature] = x;
		break;
	case SV_SCHEMA_CATEGORY:
		take_category(r, r->schema->columns[f->column].name, text, len);
		break;
	case SV_SCHEMA_LABEL:
		take_label(r, i, text, len);
		break;
	case SV_SCHEMA_IGNORED:
		break;
	}
}

/* Room for one more row of ${nnz} pairs, at most. */
static int
reserve(struct sv_csvtext *r, uint64_t nnz)
{
	uint64_t room;
	void *p;

	if (r->rows == r->rows_room) {
		room = r->rows_room + r->rows_room / 2 + 1024;
		if ((p = realloc(r->start, (room + 1) *
		    sizeof(*r->start))) == NULL)
			return (-1);
		r->start = p;
		if ((p = realloc(r->y, room * sizeof(*r->y))) == NULL)
			return (-1);
		r->y = p;
		r->rows_room = room;
	}
	if (r->nnz_room - r->nnz < nnz) {
		room = r->nnz + nnz + r->nnz_room / 2 + 4096;
		if ((p = realloc(r->col, room * sizeof(*r->col))) == NULL)
			return (-1);
		r->col = p;
		if ((p = realloc(r->val, room * sizeof(*r->val))) == NULL)
			return (-1);
		r->val = p;
		r->nnz_room = room;
	}
	return (0);
}

static int
by_feature(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return ((x > y) - (x < y));
}

static void
sort(uint32_t *x, size_t n)
{

	if (n > FEW) {
		qsort(x, n, sizeof(*x), by_feature);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		uint32_t v = x[i];
		size_t j;

		for (j = i; j > 0 && x[j - 1] > v; j--)
			x[j] = x[j - 1];
		x[j] = v;
	}
}

/* Append the pairs of the record; equal categories are one. */
static void
append(struct sv_csvtext *r)
{
	uint64_t n = r->nnz, m = r->schema->numbers;

	for (uint64_t j = 0; j < m; j++) {
		r->col[n] = (uint32_t)j;
		r->val[n] = r->value[j];
		n += r->value[j] != 0;
	}
	sort(r->category, r->ncategories);
	for (size_t k = 0; k < r->ncategories; k++) {
		if (k > 0 && r->category[k] == r->category[k - 1]) {
			r->val[n - 1]++;
			continue;
		}
		r->col[n] = r->category[k];
		r->val[n++] = 1;
	}
	r->nnz = n;
}

int
sv_csvtext_row(struct sv_csvtext *r)
{

	if (r->schema->header && r->again == r->nfields &&
	    r->field == r->nfields)
		return (sv_csvtext_fail(r, "the names of the columns once more:"
		    " files that were put together are better given one by"
		    " one"));
	if (r->survey)
		return (r->labels.n > 1 ? sv_csvtext_survey(r) : 0);
	if (r->field != r->nfields)
		return (sv_csvtext_fail(r, "expected %zu field%s, as in line %"
		    PRIu64 ", found %zu", r->nfields, r->nfields > 1 ? "s" : "",
		    r->firstline, r->field));
	if (r->fault[0] != '\0')
		return (sv_csvtext_fail(r, "%s", r->fault));
	/* One more, as each pair is written before it is counted. */
	if (reserve(r, r->schema->numbers + r->ncategories + 1) == -1)
		return (sv_csvtext_fail(r, "%s", strerror(errno)));
	r->start[r->rows] = r->nnz;
	r->y[r->rows++] = r->label;
	append(r);
	return (0);
}
