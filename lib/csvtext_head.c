#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csvtext.h"
#include "csvtext_state.h"
#include "number.h"
#include "utf8.h"

/* A list of columns in an option. */
struct list {
	struct sv_csvtext *r;
	const char *option;
	enum sv_schema_use use;
};

/* The columns' names, for a message; room for ${size} bytes. */
static const char *
list_columns(const struct sv_schema *s, char *out, size_t size)
{
	char name[SV_CSVTEXT_CUT];
	size_t at = 0, i;
	int n;

	for (i = 0; i < s->ncolumns && at + SV_CSVTEXT_CUT + 60 < size; i++) {
		sv_utf8_cut(name, s->columns[i].name, SV_CSVTEXT_SHOWN);
		n = snprintf(out + at, size - at, "%s%s", i > 0 ? ", " : "",
		    name);
		at += (size_t)n;
	}
	if (i < s->ncolumns)
		snprintf(out + at, size - at, " and %zu more",
		    s->ncolumns - i);
	return (out);
}

/* There is no column ${name}. */
static int
no_column(struct sv_csvtext *r, const char *option, const char *name)
{
	const struct sv_schema *s = r->schema;
	char list[440], cut[SV_CSVTEXT_CUT];

	sv_utf8_cut(cut, name, SV_CSVTEXT_SHOWN);
	if (!s->header)
		return (sv_csvtext_fail(r, "%s: expected a column from 1 to"
		    " %zu, found '%s'", option, s->ncolumns, cut));
	return (sv_csvtext_fail(r, "%s: there is no column '%s'; there %s:"
	    " %s%s", option, cut, s->ncolumns == 1 ? "is only" : "are",
	    list_columns(s, list, sizeof(list)), s->ncolumns == 1 &&
	    strpbrk(s->columns[0].name, "\t;|,") != NULL ?
	    " (--format csv takes commas between fields, tsv tabs)" : ""));
}

/* libcsv says: one of the columns in a list. */
static void
on_listed(void *text, size_t len, void *ctx)
{
	struct list *l = ctx;
	struct sv_csvtext *r = l->r;
	struct sv_schema *s = r->schema;
	size_t i;

	(void)len;
	if (r->failed)
		return;
	i = sv_schema_find(s, text);
	if (i == s->ncolumns)
		no_column(r, l->option, text);
	else if (s->columns[i].as == SV_SCHEMA_NUMBER)
		s->columns[i].as = l->use;
	else if (s->columns[i].as != l->use)
		sv_csvtext_fail(r, "%s: column '%.*s' is in another option,"
		    " too", l->option, SV_CSVTEXT_SHOWN, (const char *)text);
}

/* Set what the columns in ${list}, if there is one, are for. */
static int
set_use(struct sv_csvtext *r, const char *option, const char *list,
    enum sv_schema_use use)
{
	struct list l = { r, option, use };
	struct csv_parser p;
	size_t n;

	if (list == NULL)
		return (0);
	csv_init(&p, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL);
	n = csv_parse(&p, list, strlen(list), on_listed, NULL, &l);
	if ((n < strlen(list) || csv_fini(&p, on_listed, NULL, &l) != 0) &&
	    !r->failed)
		sv_csvtext_fail(r, "%s: quotes are not where they should be",
		    option);
	csv_free(&p);
	return (r->failed ? -1 : 0);
}

/* The label's name is no list. */
static int
set_label(struct sv_csvtext *r)
{
	struct sv_schema *s = r->schema;
	const char *label = r->o->label;
	char list[440];
	size_t i;

	if (label == NULL && r->o->unlabelled)
		return (0);
	if (label == NULL && !s->header)
		return (sv_csvtext_fail(r, "which column is the label? --label"
		    " takes its number, from 1 to %zu", s->ncolumns));
	if (label == NULL)
		return (sv_csvtext_fail(r, "which column is the label? --label"
		    " takes one of: %s", list_columns(s, list, sizeof(list))));
	if ((i = sv_schema_find(s, label)) == s->ncolumns)
		return (no_column(r, "--label", label));
	s->columns[i].as = SV_SCHEMA_LABEL;
	return (0);
}

/*
 * A first record of numbers alone is a row, unless they count columns, as some
 * programs call them: 0, 1, 2 ...
 */
static int
is_row(const struct sv_csvtext *r)
{
	const char *name = r->names.text, *end;
	double first = 0, x;
	int counts = 1;

	for (size_t i = 0; i < r->names.n; i++, name += strlen(name) + 1) {
		x = sv_number_parse(name, &end);
		if (end == name || *end != '\0')
			return (0);
		if (i == 0)
			first = x;
		counts = counts && x == first + (double)i;
	}
	return (!counts || (first != 0 && first != 1));
}

/* A column for each field of the first record. */
static int
add_columns(struct sv_csvtext *r)
{
	struct sv_schema *s = r->schema;
	const char *name = r->names.text;
	char number[24], why[SV_WHY];

	if (s->header && is_row(r))
		return (sv_csvtext_fail(r, "expected a header with the columns'"
		    " names, found numbers alone (--no-header calls columns by"
		    " number)"));
	for (size_t i = 0; i < r->names.n; i++, name += strlen(name) + 1) {
		*sv_number_uint(number, i + 1) = '\0';
		if (sv_schema_add(s, s->header && *name != '\0' ? name : number,
		    strlen(s->header && *name != '\0' ? name : number),
		    why) == -1)
			return (sv_csvtext_fail(r, "%s%s", why, s->header ?
			    ": is this a header?" : ""));
	}
	if (sv_schema_sort(s, why) == -1)
		return (sv_csvtext_fail(r, "%s%s", why, s->header ?
		    " (is this a header? --no-header calls columns by"
		    " number)" : ""));
	return (0);
}

/* The columns of the first text, by the options. */
static int
make_schema(struct sv_csvtext *r)
{
	const struct sv_text_options *o = r->o;
	const char *end;
	char why[SV_WHY];
	struct sv_schema *s;

	s = sv_schema_new(csv_get_delim(&r->parser) == CSV_TAB ?
	    SV_SCHEMA_TSV : SV_SCHEMA_CSV);
	if ((r->schema = s) == NULL || (r->first = strdup(r->name)) == NULL ||
	    (o->positive != NULL &&
	    (s->positive = strdup(o->positive)) == NULL))
		return (sv_csvtext_fail(r, "%s", strerror(errno)));
	s->header = !o->no_header;
	s->fills = o->missing != NULL;
	if (o->missing != NULL)
		s->missing = sv_number_parse(o->missing, &end);
	s->buckets = o->buckets > 0 ? o->buckets : SV_SCHEMA_BUCKETS;
	if (add_columns(r) == -1 || set_label(r) == -1 ||
	    set_use(r, "--categorical", o->categorical,
	    SV_SCHEMA_CATEGORY) == -1 ||
	    set_use(r, "--ignore", o->ignore, SV_SCHEMA_IGNORED) == -1)
		return (-1);
	if (sv_schema_settle(s, why) == -1)
		return (sv_csvtext_fail(r, "%s", why));
	if (o->d > 0 && o->d != sv_schema_features(s))
		return (sv_csvtext_fail(r, "expected columns that make %" PRIu64
		    " features, found columns that make %" PRIu64
		    " (--features is not needed)", o->d,
		    sv_schema_features(s)));
	return (0);
}

/* Field ${i} is column ${c} of the schema. */
static void
set_field(struct sv_csvtext *r, size_t i, size_t c)
{
	struct sv_csvtext_field *f = &r->fields[i];

	f->column = c;
	f->as = SV_SCHEMA_IGNORED;
	if (c == r->schema->ncolumns)
		return;
	f->as = r->schema->columns[c].as;
	f->feature = r->schema->columns[c].feature;
	if (f->as == SV_SCHEMA_LABEL)
		r->labelled = i;
}

/* The same columns as in the text that came first. */
static int
match_first(struct sv_csvtext *r)
{
	const struct sv_schema *s = r->schema;
	const char *name = r->names.text;
	char cut[SV_CSVTEXT_CUT], want[SV_CSVTEXT_CUT], number[24];

	if (r->nfields != s->ncolumns)
		return (sv_csvtext_fail(r, "expected %zu columns, as in %s,"
		    " found %zu", s->ncolumns, r->first, r->nfields));
	for (size_t i = 0; i < r->nfields; i++, name += strlen(name) + 1) {
		set_field(r, i, i);
		*sv_number_uint(number, i + 1) = '\0';
		if (!s->header || strcmp(*name != '\0' ? name : number,
		    s->columns[i].name) == 0)
			continue;
		sv_utf8_cut(cut, name, SV_CSVTEXT_SHOWN);
		sv_utf8_cut(want, s->columns[i].name, SV_CSVTEXT_SHOWN);
		return (sv_csvtext_fail(r, "column %zu: expected the header of"
		    " %s, where it is '%s', found '%s'", i + 1, r->first, want,
		    cut));
	}
	return (0);
}

/* Columns of an earlier reading, which may lack the label. */
static int
match_numbers(struct sv_csvtext *r)
{
	const struct sv_schema *s = r->schema;
	size_t most = s->ncolumns, c = 0;
	int without = r->o->unlabelled && s->label < most &&
	    r->nfields == most - 1;

	if (r->nfields != most && !without)
		return (sv_csvtext_fail(r, "expected %zu fields, as the model"
		    " was made of, found %zu", most, r->nfields));
	for (size_t i = 0; i < r->nfields; i++, c++) {
		if (without && c == s->label)
			c++;
		set_field(r, i, c);
	}
	return (0);
}

/* All that features are made of must be there, once. */
static int
match_names(struct sv_csvtext *r)
{
	const struct sv_schema *s = r->schema;
	const char *name = r->names.text;
	size_t *seen = calloc(s->ncolumns + 1, sizeof(*seen)), c;
	char number[24], cut[SV_CSVTEXT_CUT];
	int rc = -1;

	if (seen == NULL)
		return (sv_csvtext_fail(r, "%s", strerror(errno)));
	for (size_t i = 0; i < r->nfields; i++, name += strlen(name) + 1) {
		*sv_number_uint(number, i + 1) = '\0';
		c = sv_schema_find(s, *name != '\0' ? name : number);
		set_field(r, i, c);
		if (r->fields[i].as != SV_SCHEMA_IGNORED && seen[c] != 0) {
			sv_utf8_cut(cut, name, SV_CSVTEXT_SHOWN);
			sv_csvtext_fail(r, "columns %zu and %zu are both called"
			    " '%s'", seen[c], i + 1, cut);
			goto out;
		}
		seen[c] = i + 1;
	}
	for (c = 0; c < s->ncolumns; c++) {
		if (seen[c] != 0 || s->columns[c].as == SV_SCHEMA_IGNORED ||
		    (c == s->label && r->o->unlabelled))
			continue;
		sv_utf8_cut(cut, s->columns[c].name, SV_CSVTEXT_SHOWN);
		sv_csvtext_fail(r, "expected a column '%s', found none of that"
		    " name", cut);
		goto out;
	}
	rc = 0;
out:
	free(seen);
	return (rc);
}

/* What the fields of this text are. */
static int
match(struct sv_csvtext *r)
{
	const struct sv_schema *s = r->schema;
	size_t n = r->names.n;

	free(r->fields);
	r->fields = calloc(n, sizeof(*r->fields));
	free(r->value);
	r->value = calloc(s->numbers + 1, sizeof(*r->value));
	free(r->category);
	r->category = calloc(n, sizeof(*r->category));
	if (r->fields == NULL || r->value == NULL || r->category == NULL)
		return (sv_csvtext_fail(r, "%s", strerror(errno)));
	r->nfields = r->labelled = n;
	if (!r->given)
		return (match_first(r));
	return (s->header ? match_names(r) : match_numbers(r));
}

int
sv_csvtext_head(struct sv_csvtext *r)
{
	const char *name = r->names.text;

	r->firstline = r->begin;
	if ((r->schema == NULL && make_schema(r) == -1) || match(r) == -1)
		return (-1);
	if (r->labelled == r->nfields) {
		if (!r->o->unlabelled)
			return (sv_csvtext_fail(r, "no column is the label"));
		r->label = NAN;
	}
	/* Messages know columns from now on. */
	r->headed = 1;
	if (r->schema->header)
		return (0);
	for (size_t i = 0; i < r->nfields; i++, name += strlen(name) + 1)
		sv_csvtext_take(r, name, strlen(name));
	return (sv_csvtext_row(r));
}

const char *
sv_csvtext_lacks(struct sv_csvtext *r)
{
	const struct sv_csvtext_labels *l = &r->labels;
	char cut[SV_CSVTEXT_CUT];
	size_t at;

	if (r->schema == NULL || r->schema->positive == NULL || l->positives ||
	    !l->negatives)
		return (NULL);
	sv_utf8_cut(cut, r->schema->positive, SV_CSVTEXT_SHOWN / 2);
	at = (size_t)snprintf(r->lacks, sizeof(r->lacks), "no row has the label"
	    " '%s': labels are", cut);
	for (unsigned i = 0; i < l->n && at + sizeof(cut) + 10 <
	    sizeof(r->lacks); i++) {
		sv_utf8_cut(cut, l->text[i], 10);
		at += (size_t)snprintf(r->lacks + at, sizeof(r->lacks) - at,
		    "%s '%s'", i > 0 ? "," : "", cut);
	}
	return (r->lacks);
}
