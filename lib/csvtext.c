#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csvtext.h"
#include "csvtext_state.h"
#include "err.h"
#include "number.h"
#include "utf8.h"

/* libcsv's buffer grows by this, and by half of what it is. */
#define GROWTH ((size_t)1 << 16)

int
sv_csvtext_fail(struct sv_csvtext *r, const char *fmt, ...)
{
	char text[SV_CSVTEXT_FAULT + 100];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sv_warnx("%s: line %" PRIu64 ": %s", r->name, r->begin, text);
	r->failed = 1;
	return (-1);
}

/* Options that can be judged without a text: 0, or -1 after a message. */
static int
check_options(const struct sv_text_options *o)
{
	json_t *text;
	const char *end;
	double x;

	if (o->missing != NULL) {
		x = sv_number_parse(o->missing, &end);
		if (end == o->missing || *end != '\0' || !isfinite(x)) {
			sv_warnx("--missing %s: expected a finite number",
			    o->missing);
			return (-1);
		}
	}
	if (o->positive != NULL) {
		if ((text = json_string(o->positive)) == NULL) {
			sv_warnx("--positive: the label is not UTF-8 text");
			return (-1);
		}
		json_decref(text);
	}
	return (0);
}

/* The columns of an earlier reading.  Return 0, or -1 after a message. */
static int
take_schema(struct sv_csvtext *r, const json_t *o)
{
	char why[SV_WHY];

	r->given = 1;
	if ((r->schema = sv_schema_parse(o, why)) == NULL) {
		sv_warnx("schema: %s", why);
		return (-1);
	}
	if (r->schema->format == SV_SCHEMA_LIBSVM) {
		sv_warnx("the features are those of LIBSVM text: columns of"
		    " others cannot be told");
		return (-1);
	}
	return (0);
}

static void
begin_parser(struct sv_csvtext *r, unsigned char delim)
{

	/* All it does is to set members. */
	csv_init(&r->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL);
	csv_set_delim(&r->parser, delim);
	csv_set_blk_size(&r->parser, GROWTH);
	r->idle = r->parser.pstate;
}

struct sv_csvtext *
sv_csvtext_new(const struct sv_text_options *o, int tsv)
{
	struct sv_csvtext *r;

	if ((r = calloc(1, sizeof(*r))) == NULL) {
		sv_warn("csv");
		return (NULL);
	}
	r->o = o;
	begin_parser(r, tsv ? CSV_TAB : CSV_COMMA);
	if (o->schema != NULL && !json_is_null(o->schema) ?
	    take_schema(r, o->schema) == -1 : check_options(o) == -1) {
		sv_csvtext_free(r);
		return (NULL);
	}
	return (r);
}

void
sv_csvtext_begin(struct sv_csvtext *r, const struct sv_bytes *in,
    const char *name)
{
	unsigned char delim = csv_get_delim(&r->parser);

	csv_free(&r->parser);
	begin_parser(r, delim);
	r->in = *in;
	r->name = name;
	r->line = r->begin = 1;
	r->have = 0;
	r->begun = r->eof = r->over = r->failed = r->headed = 0;
	r->names.n = r->names.len = 0;
	r->field = r->ncategories = 0;
	r->survey = 0;
	r->fault[0] = '\0';
}

/* Keep a field of the first record. */
static int
keep_name(struct sv_csvtext *r, const char *text, size_t len)
{
	struct sv_csvtext_names *k = &r->names;
	size_t room = k->room;
	void *p;

	if (len >= SV_CSVTEXT_FIELD - k->len || k->n == SV_SCHEMA_COLUMNS)
		return (sv_csvtext_fail(r, "expected a record of at most %zu"
		    " columns and %zu MB, found a longer one: is this"
		    " comma-separated text?", SV_SCHEMA_COLUMNS,
		    SV_CSVTEXT_FIELD >> 20));
	if (room - k->len <= len) {
		room = k->len + len + 1 + room / 2;
		if ((p = realloc(k->text, room)) == NULL)
			return (sv_csvtext_fail(r, "%s", strerror(errno)));
		k->text = p;
		k->room = room;
	}
	memcpy(k->text + k->len, text, len + 1);
	k->len += len + 1;
	k->n++;
	return (0);
}

/* libcsv says: a field, with its end. */
static void
on_field(void *text, size_t len, void *ctx)
{
	struct sv_csvtext *r = ctx;

	if (r->failed)
		return;
	if (r->headed)
		sv_csvtext_take(r, text, len);
	else
		keep_name(r, text, len);
}

/* And: the end of a record. */
static void
on_record(int c, void *ctx)
{
	struct sv_csvtext *r = ctx;

	(void)c;
	if (r->failed)
		return;
	if (r->headed)
		sv_csvtext_row(r);
	else if (sv_csvtext_head(r) == 0)
		r->headed = 1;
	r->field = 0;
	/* Where lines end with CR alone the next one is in the same piece. */
	r->ends++;
	if (!r->failed)
		r->begin++;
}

/* libcsv did not like the byte at ${p}. */
static int
bad_quote(struct sv_csvtext *r, const char *p)
{
	char where[SV_CSVTEXT_WHERE], found[2] = { *p, '\0' }, cut[8];
	size_t i = r->headed ? r->field : r->names.n;

	if (csv_error(&r->parser) != CSV_EPARSE)
		return (sv_csvtext_fail(r, "%s",
		    csv_strerror(csv_error(&r->parser))));
	sv_csvtext_where(r, i, where);
	sv_utf8_cut(cut, found, 1);
	if (r->parser.quoted)
		return (sv_csvtext_fail(r, "%s: expected the field to end with"
		    " its closing quote, found '%s' behind it (quotes within"
		    " are doubled)", where, cut));
	return (sv_csvtext_fail(r, "%s: found a quote within a field that does"
	    " not begin with one (put it in quotes, and double those within)",
	    where));
}

/* A line, or as much of it as there is. */
static int
feed_line(struct sv_csvtext *r, const char *p, size_t len)
{
	int ended = len > 0 && p[len - 1] == '\n';
	char where[SV_CSVTEXT_WHERE];
	size_t n;

	r->ends = 0;
	if (r->parser.pstate == r->idle)
		r->begin = r->line;
	if (memchr(p, '\0', len) != NULL) {
		r->begin = r->line;
		return (sv_csvtext_fail(r, "expected text, found a byte of"
		    " value 0"));
	}
	n = csv_parse(&r->parser, p, len, on_field, on_record, r);
	if (r->failed)
		return (-1);
	if (n < len)
		return (r->survey ? sv_csvtext_survey(r) : bad_quote(r, p + n));
	if (r->parser.entry_pos > SV_CSVTEXT_FIELD)
		return (sv_csvtext_fail(r, "%s: expected a field of at most"
		    " %zu MB, found a longer one%s", sv_csvtext_where(r,
		    r->headed ? r->field : r->names.n, where),
		    SV_CSVTEXT_FIELD >> 20, r->parser.quoted ?
		    " (is its closing quote missing?)" : ""));
	r->line += r->ends > (unsigned)ended ? r->ends : (unsigned)ended;
	return (0);
}

static int
feed(struct sv_csvtext *r, const char *p, const char *end)
{
	const char *newline;
	size_t len;

	while (p < end) {
		newline = memchr(p, '\n', (size_t)(end - p));
		len = (size_t)((newline != NULL ? newline + 1 : end) - p);
		if (feed_line(r, p, len) == -1)
			return (-1);
		p += len;
	}
	return (r->survey ? sv_csvtext_survey(r) : 0);
}

/* How long is a mark before the first line? */
static size_t
mark(struct sv_csvtext *r)
{

	if (r->begun)
		return (0);
	r->begun = 1;
	return (r->have >= 3 && memcmp(r->text, "\xef\xbb\xbf", 3) == 0 ?
	    3 : 0);
}

/* Read a block, and parse it.  Return 0, or -1 after a message. */
static int
read_block(struct sv_csvtext *r)
{
	size_t keep;
	ssize_t n;

	n = sv_bytes_fill(&r->in, r->text + r->have,
	    SV_CSVTEXT_BLOCK - r->have);
	if (n == -1) {
		sv_warnx("%s: %s", r->name, sv_bytes_why(&r->in));
		r->failed = 1;
		return (-1);
	}
	r->eof = (size_t)n < SV_CSVTEXT_BLOCK - r->have;
	r->have += (size_t)n;
	csv_set_blk_size(&r->parser,
	    GROWTH + csv_get_buffer_size(&r->parser) / 2);
	/* Is it the CR of a CRLF? */
	keep = !r->eof && r->text[r->have - 1] == '\r';
	if (feed(r, r->text + mark(r), r->text + r->have - keep) == -1)
		return (-1);
	r->text[0] = '\r';
	r->have = keep;
	return (0);
}

/* The text is over: so is its last record. */
static int
finish(struct sv_csvtext *r)
{
	char where[SV_CSVTEXT_WHERE];

	r->over = 1;
	if (r->parser.pstate != r->idle &&
	    csv_fini(&r->parser, on_field, on_record, r) != 0 && !r->failed)
		return (sv_csvtext_fail(r, "%s: expected a closing quote, found"
		    " the end of the text", sv_csvtext_where(r,
		    r->headed ? r->field : r->names.n, where)));
	if (r->failed)
		return (-1);
	if (r->survey)
		return (sv_csvtext_survey(r));
	if (!r->headed)
		return (sv_csvtext_fail(r, "expected %s, found nothing: the"
		    " text is empty", (r->given ? r->schema->header :
		    !r->o->no_header) ? "a header with the columns' names" :
		    "a row"));
	return (0);
}

int
sv_csvtext_next(struct sv_csvtext *r, struct sv_csr *part)
{

	r->rows = r->nnz = 0;
	while (!r->failed && r->rows == 0 && !r->over) {
		if (!r->eof)
			read_block(r);
		else
			finish(r);
	}
	if (r->failed)
		return (-1);
	if (r->rows == 0)
		return (0);
	r->start[r->rows] = r->nnz;
	part->rows = r->rows;
	part->cols = sv_schema_features(r->schema);
	part->nnz = r->nnz;
	part->start = r->start;
	part->col = r->col;
	part->val = r->val;
	part->label = r->y;
	part->weight = NULL;
	return (1);
}

uint64_t
sv_csvtext_line(const struct sv_csvtext *r)
{

	return (r->begin);
}

json_t *
sv_csvtext_schema(const struct sv_csvtext *r)
{
	const struct sv_csvtext_labels *l = &r->labels;
	json_t *o;

	if (r->schema == NULL)
		return (json_null());
	if ((o = sv_schema_json(r->schema)) == NULL || r->given ||
	    r->schema->positive == NULL || l->several || !l->negatives)
		return (o);
	if (json_object_set_new(o, "negative",
	    json_string(l->negative)) == -1) {
		json_decref(o);
		return (NULL);
	}
	return (o);
}

void
sv_csvtext_free(struct sv_csvtext *r)
{

	if (r == NULL)
		return;
	csv_free(&r->parser);
	sv_schema_free(r->schema);
	free(r->first);
	free(r->names.text);
	free(r->fields);
	free(r->value);
	free(r->category);
	free(r->pair);
	free(r->start);
	free(r->y);
	free(r->col);
	free(r->val);
	free(r);
}
