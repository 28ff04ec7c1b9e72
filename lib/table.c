#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "human.h"
#include "json.h"
#include "jsonout.h"
#include "table_state.h"
#include "utf8.h"

#define WIDTH 80	/* of a terminal */
#define INDENT 2
#define GAP 2	/* between columns */

struct sv_table *
sv_table_new(const struct sv_column *columns, size_t n)
{
	struct sv_table *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return (NULL);
	t->column = columns;
	t->ncol = n;
	return (t);
}

void
sv_table_free(struct sv_table *t)
{

	if (t == NULL)
		return;
	for (size_t i = 0; i < t->ncell; i++)
		free(t->cell[i].text);
	free(t->cell);
	free(t);
}

/* The next cell, or NULL. */
static struct sv_table_cell *
next(struct sv_table *t)
{
	struct sv_table_cell *c = t->cell;

	/* Room is doubled whenever the count is a power of two. */
	if ((t->ncell & (t->ncell - 1)) == 0) {
		c = realloc(c, (t->ncell == 0 ? 1 : 2 * t->ncell) * sizeof(*c));
		if (c == NULL) {
			t->failed = 1;
			return (NULL);
		}
		t->cell = c;
	}
	c += t->ncell++;
	c->value = NAN;
	c->text = NULL;
	c->about = 0;
	return (c);
}

void
sv_table_real(struct sv_table *t, double value)
{
	struct sv_table_cell *c;

	if ((c = next(t)) != NULL)
		c->value = value;
}

void
sv_table_about(struct sv_table *t, double value)
{
	struct sv_table_cell *c;

	if ((c = next(t)) != NULL) {
		c->value = value;
		c->about = 1;
	}
}

void
sv_table_string(struct sv_table *t, const char *text)
{
	struct sv_table_cell *c;

	if ((c = next(t)) == NULL || text == NULL)
		return;
	if ((c->text = strdup(text)) == NULL)
		t->failed = 1;
}

size_t
sv_table_rows(const struct sv_table *t)
{

	return (t->ncell / t->ncol);
}

int
sv_table_failed(const struct sv_table *t)
{

	return (t->failed);
}

/* The largest magnitude in the columns that share the unit of column ${c}. */
static double
largest(const struct sv_table *t, size_t c, const size_t *rows, size_t n)
{
	const struct sv_column *col = &t->column[c];
	int own = col->kind != SV_COL_SECONDS || (col->flags & SV_COL_OWN);
	double most = 0, v;

	for (size_t k = 0; k < t->ncol; k++) {
		if (own ? k != c : t->column[k].kind != SV_COL_SECONDS ||
		    (t->column[k].flags & (SV_COL_HIDDEN | SV_COL_OWN)))
			continue;
		for (size_t i = 0; i < n; i++) {
			v = fabs(t->cell[rows[i] * t->ncol + k].value);
			if (isfinite(v) && v > most)
				most = v;
		}
	}
	return (most);
}

struct sv_table_unit
sv_table_unit(const struct sv_table *t, size_t c, const size_t *rows, size_t n)
{
	struct sv_table_unit u = { 1, "", 0 };
	double most;

	if (t->column[c].kind != SV_COL_SECONDS &&
	    t->column[c].kind != SV_COL_REAL)
		return (u);
	most = largest(t, c, rows, n);
	u.places = t->column[c].kind == SV_COL_SECONDS ? 3 : 7;
	if (t->column[c].kind == SV_COL_SECONDS) {
		u.name = "[s]";
		if (most > 0 && most < 0.9999995e-3) {
			u.scale = 1e6;
			u.name = "[us]";
		} else if (most > 0 && most < 0.9999995) {
			u.scale = 1e3;
			u.name = "[ms]";
		}
	}
	for (double v = most * u.scale; v >= 9.9995 && u.places > 0; v /= 10)
		u.places--;
	return (u);
}

const char *
sv_table_show(const struct sv_column *col, const struct sv_table_cell *cell,
    struct sv_table_unit u, char buf[SV_HUMAN])
{
	double v = cell->value;

	if (col->kind == SV_COL_TEXT)
		return (cell->text != NULL && cell->text[0] != '\0' ?
		    cell->text : "-");
	if (isnan(v))
		return ("-");
	switch (col->kind) {
	case SV_COL_REAL:
		if (v != 0 && (fabs(v) < 1e-3 || fabs(v) >= 1e12)) {
			snprintf(buf, SV_HUMAN, "%s%.8g",
			    cell->about ? "~" : "", v);
			break;
		}
		/* FALLTHROUGH */
	case SV_COL_SECONDS:
		if (fabs(v) >= 1e15)
			return (">1e15");
		snprintf(buf, SV_HUMAN, "%s%.*f", cell->about ? "~" : "",
		    u.places, v * u.scale);
		/* Nothing below zero is left of it. */
		if (strspn(buf, "-0.") == strlen(buf) && buf[0] == '-')
			memmove(buf, buf + 1, strlen(buf));
		break;
	case SV_COL_BYTES:
		return (sv_human_bytes(buf, v));
	case SV_COL_DOLLARS:
		return (sv_human_dollars(buf, v));
	case SV_COL_SHARE:
		snprintf(buf, SV_HUMAN, "%.0f %%", v * 100);
		break;
	case SV_COL_PLAIN:
		snprintf(buf, SV_HUMAN, "%.8g", v);
		break;
	case SV_COL_SHORT:
		snprintf(buf, SV_HUMAN, "%.3g", v);
		break;
	case SV_COL_RATIO:
		snprintf(buf, SV_HUMAN, "%.2f", v);
		break;
	default:
		return (sv_human_count(buf, v));
	}
	return (buf);
}

const char *
sv_table_title(const struct sv_column *col)
{

	return (col->title != NULL ? col->title : col->key);
}

/*
 * Print a cell in its column.  Blanks wait in ${*blanks} until something
 * follows them, so that no line ends with one.
 */
static void
put(const struct sv_table *t, FILE *f, size_t c, int width, const char *s,
    int *blanks)
{
	int left = t->column[c].kind == SV_COL_TEXT ||
	    t->column[c].kind == SV_COL_BAR;
	int pad = width - (int)sv_utf8_columns(s, SIZE_MAX);

	if (!left)
		*blanks += pad;
	if (*s != '\0') {
		fprintf(f, "%*s", *blanks, "");
		*blanks = 0;
	}
	/* A terminal is not to obey what a stream says. */
	sv_utf8_print(f, s, SIZE_MAX);
	*blanks += (left ? pad : 0) + GAP;
}

/* A bar of as many # as fit, at least one for what is there. */
static void
put_bar(const struct sv_table *t, FILE *f, size_t c, int used, double v,
    double most, int *blanks)
{
	char bar[WIDTH];
	double room = WIDTH - 1 - used;
	size_t n;

	n = most > room ? (size_t)ceil(v / most * room) : (size_t)v;
	n = n < sizeof(bar) - 1 ? n : sizeof(bar) - 1;
	memset(bar, '#', n);
	bar[n] = '\0';
	put(t, f, c, (int)n, bar, blanks);
}

struct layout {
	struct sv_table_unit *unit;
	int *width;
	int used;	/* by all columns but the bar */
	double most;	/* longest bar */
	int units;	/* a line of units is needed */
};

static void
measure(const struct sv_table *t, const size_t *rows, size_t n,
    struct layout *l)
{
	char buf[SV_HUMAN];

	l->used = INDENT;
	for (size_t c = 0; c < t->ncol; c++) {
		const struct sv_column *col = &t->column[c];
		size_t w = strlen(sv_table_title(col)), len;

		if (col->flags & SV_COL_HIDDEN)
			continue;
		l->unit[c] = sv_table_unit(t, c, rows, n);
		len = strlen(l->unit[c].name);
		w = len > w ? len : w;
		l->units |= len > 0;
		for (size_t i = 0; i < n; i++) {
			const struct sv_table_cell *cell =
			    &t->cell[rows[i] * t->ncol + c];

			if (col->kind == SV_COL_BAR) {
				l->most = fmax(l->most, cell->value);
				continue;
			}
			len = sv_utf8_columns(sv_table_show(col, cell,
			    l->unit[c], buf), SIZE_MAX);
			w = len > w ? len : w;
		}
		l->width[c] = (int)w;
		if (col->kind != SV_COL_BAR)
			l->used += (int)w + GAP;
	}
}

static void
print(const struct sv_table *t, FILE *f, const size_t *rows, size_t n,
    const struct layout *l)
{
	char buf[SV_HUMAN];
	const struct sv_table_cell *cell;
	int blanks;

	/* Line -2: titles, line -1: units. */
	for (size_t i = 0; i < n + 2; i++) {
		if (i == 1 && !l->units)
			continue;
		blanks = INDENT;
		for (size_t c = 0; c < t->ncol; c++) {
			const struct sv_column *col = &t->column[c];

			if (col->flags & SV_COL_HIDDEN)
				continue;
			if (i < 2) {
				put(t, f, c, l->width[c], i == 0 ?
				    sv_table_title(col) : l->unit[c].name,
				    &blanks);
				continue;
			}
			cell = &t->cell[rows[i - 2] * t->ncol + c];
			if (col->kind == SV_COL_BAR)
				put_bar(t, f, c, l->used, cell->value, l->most,
				    &blanks);
			else
				put(t, f, c, l->width[c], sv_table_show(col,
				    cell, l->unit[c], buf), &blanks);
		}
		fputc('\n', f);
	}
}

size_t *
sv_table_every(const struct sv_table *t, const size_t **rows, size_t *n)
{
	size_t *every;

	if (*rows != NULL)
		return (NULL);
	*n = sv_table_rows(t);
	if ((every = calloc(*n + 1, sizeof(*every))) != NULL)
		for (size_t i = 0; i < *n; i++)
			every[i] = i;
	*rows = every;
	return (every);
}

void
sv_table_text(const struct sv_table *t, FILE *f, const size_t *rows, size_t n)
{
	struct layout l = { .width = NULL };
	size_t *every = sv_table_every(t, &rows, &n);

	if (rows == NULL)
		return;
	l.width = calloc(t->ncol, sizeof(*l.width));
	l.unit = calloc(t->ncol, sizeof(*l.unit));
	if (l.width != NULL && l.unit != NULL) {
		measure(t, rows, n, &l);
		print(t, f, rows, n, &l);
	}
	free(l.unit);
	free(l.width);
	free(every);
}

static void
tsv_text(FILE *f, const char *s)
{

	for (; s != NULL && *s != '\0'; s++)
		fputc(*s == '\t' || *s == '\n' || *s == '\r' ? ' ' : *s, f);
}

void
sv_table_tsv(const struct sv_table *t, FILE *f, const char *name, int header)
{

	const char *sep = "";

	if (header && name != NULL) {
		fputs("run", f);
		sep = "\t";
	}
	for (size_t c = 0; header && c < t->ncol; c++) {
		if (t->column[c].flags & SV_COL_PERSON)
			continue;
		fprintf(f, "%s%s", sep, t->column[c].key);
		sep = "\t";
	}
	if (header)
		fputc('\n', f);
	for (size_t i = 0; i < sv_table_rows(t); i++) {
		const struct sv_table_cell *row = t->cell + i * t->ncol;

		tsv_text(f, name);
		sep = name != NULL ? "\t" : "";
		for (size_t c = 0; c < t->ncol; c++) {
			if (t->column[c].flags & SV_COL_PERSON)
				continue;
			fputs(sep, f);
			sep = "\t";
			if (t->column[c].kind == SV_COL_TEXT)
				tsv_text(f, row[c].text);
			else if (isnan(row[c].value))
				fputs("nan", f);
			else
				fprintf(f, "%.15g", row[c].value);
		}
		fputc('\n', f);
	}
}

static json_t *
json_cell(const struct sv_column *col, const struct sv_table_cell *cell)
{

	json_t *o = NULL;

	switch (col->kind) {
	case SV_COL_TEXT:
		/* A file's name need not be UTF-8. */
		if (cell->text != NULL)
			o = json_string(cell->text);
		return (o != NULL ? o : json_null());
	case SV_COL_COUNT:
	case SV_COL_BAR:
	case SV_COL_BYTES:
		if (fabs(cell->value) < 0x1p53 &&
		    cell->value == trunc(cell->value))
			return (json_integer((json_int_t)cell->value));
		/* FALLTHROUGH */
	default:
		return (sv_json_real(cell->value));
	}
}

json_t *
sv_table_object(const struct sv_table *t, size_t row)
{
	const struct sv_table_cell *cell = t->cell + row * t->ncol;
	json_t *o = json_object();

	for (size_t c = 0; c < t->ncol; c++) {
		if (!(t->column[c].flags & SV_COL_PERSON) &&
		    json_object_set_new(o, t->column[c].key,
		    json_cell(&t->column[c], &cell[c])) == -1) {
			json_decref(o);
			return (NULL);
		}
	}
	return (o);
}

int
sv_table_json(const struct sv_table *t, FILE *f)
{
	json_t *o;
	int rc = 0;

	fputc('[', f);
	for (size_t i = 0; rc == 0 && i < sv_table_rows(t); i++) {
		if (i > 0)
			fputc(',', f);
		if ((o = sv_table_object(t, i)) == NULL) {
			errno = ENOMEM;
			return (-1);
		}
		rc = sv_jsonout_write(f, o);
		json_decref(o);
	}
	return (rc == -1 || fputc(']', f) == EOF ? -1 : 0);
}
