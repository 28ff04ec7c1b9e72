#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "number.h"
#include "weights.h"

#define MAXFIELD 400u	/* bytes of a number's text, and its end */
#define SHOWN 40	/* of them in messages */

struct weights {
	FILE *file;
	const char *name;
	uint64_t line;		/* the one being read, from 1 */
	uint64_t rows;		/* weights read */
	double *value;
	uint64_t room;		/* elements of value */
};

enum found { FOUND_WEIGHT, FOUND_END, FOUND_FAULT };

struct weights *
weights_open(const char *name)
{
	int standard = strcmp(name, "-") == 0;
	struct weights *w;

	if ((w = calloc(1, sizeof(*w))) == NULL) {
		sv_warn("%s", name);
		return (NULL);
	}
	w->name = standard ? "standard input" : name;
	w->line = 1;
	if ((w->file = standard ? stdin : fopen(name, "re")) == NULL) {
		sv_warn("%s", name);
		free(w);
		return (NULL);
	}
	return (w);
}

void
weights_free(struct weights *w)
{

	if (w == NULL)
		return;
	if (w->file != stdin)
		fclose(w->file);
	free(w->value);
	free(w);
}

static int
is_blank(int c)
{

	return (c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f');
}

/* The first byte that counts; EOF at the end. */
static int
skip(struct weights *w)
{
	int c;

	while ((c = getc(w->file)) != EOF) {
		if (c == '#')
			while ((c = getc(w->file)) != '\n' && c != EOF)
				;
		if (c == '\n')
			w->line++;
		else if (!is_blank(c))
			break;
	}
	return (c);
}

/* Read the field that begins with ${c} as a string. */
static void
read_field(struct weights *w, int c, char field[MAXFIELD])
{
	size_t n = 0;

	for (; c != EOF && c != '\n' && !is_blank(c); c = getc(w->file))
		if (n < MAXFIELD - 1)
			field[n++] = (char)(c != '\0' ? c : '?');
	field[n] = '\0';
	/* One that was cut off is no number. */
	if (n == MAXFIELD - 1)
		field[n - 1] = '?';
	if (c != EOF)
		ungetc(c, w->file);
}

static enum found
bad_field(const struct weights *w, const char *what, char *field)
{
	size_t n = strlen(field);

	for (size_t i = 0; i < n; i++)
		if (field[i] < ' ' || field[i] > '~')
			field[i] = '?';
	sv_warnx("%s: line %" PRIu64 ": expected %s, found '%.*s%s'", w->name,
	    w->line, what, SHOWN, field, n > SHOWN ? "..." : "");
	return (FOUND_FAULT);
}

/* Nothing but a comment may follow a weight in its line. */
static enum found
end_line(struct weights *w)
{
	char field[MAXFIELD];
	int c;

	while (is_blank(c = getc(w->file)))
		;
	if (c == EOF || c == '\n' || c == '#') {
		if (c != EOF)
			ungetc(c, w->file);
		return (FOUND_WEIGHT);
	}
	read_field(w, c, field);
	return (bad_field(w, "the line's end", field));
}

static enum found
read_weight(struct weights *w, double *x)
{
	char field[MAXFIELD];
	const char *end;
	int c = skip(w);

	if (c != EOF) {
		read_field(w, c, field);
		*x = sv_number_parse(field, &end);
		if (end == field || *end != '\0')
			return (bad_field(w, "a weight", field));
		if (!isfinite(*x) || *x < 0.0)
			return (bad_field(w, "a finite weight that is not"
			    " negative", field));
		w->rows++;
		return (end_line(w));
	}
	if (!ferror(w->file))
		return (FOUND_END);
	sv_warn("%s", w->name);
	return (FOUND_FAULT);
}

double *
weights_next(struct weights *w, uint64_t n)
{
	enum found found;
	double *p;

	if (n > w->room) {
		if ((p = realloc(w->value, (size_t)n * sizeof(*p))) == NULL) {
			sv_warn("%s", w->name);
			return (NULL);
		}
		w->value = p;
		w->room = n;
	}
	for (uint64_t i = 0; i < n; i++) {
		found = read_weight(w, &w->value[i]);
		if (found == FOUND_END)
			sv_warnx("%s: line %" PRIu64 ": the end after %" PRIu64
			    " weights, and there are more rows", w->name,
			    w->line, w->rows);
		if (found != FOUND_WEIGHT)
			return (NULL);
	}
	return (w->value);
}

int
weights_end(struct weights *w)
{
	double x;

	switch (read_weight(w, &x)) {
	case FOUND_END:
		return (0);
	case FOUND_WEIGHT:
		sv_warnx("%s: line %" PRIu64 ": a weight too many: there are"
		    " only %" PRIu64 " rows", w->name, w->line, w->rows - 1);
		break;
	case FOUND_FAULT:
		break;
	}
	return (-1);
}
