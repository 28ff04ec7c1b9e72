#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "table_state.h"

/* Is the column for a browser? */
static int
shown(const struct sv_column *col)
{

	return (!(col->flags & SV_COL_HIDDEN) && col->kind != SV_COL_BAR);
}

static const char *
class_of(const struct sv_column *col)
{

	return (col->kind == SV_COL_TEXT ? "" : " class=\"n\"");
}

/* The column's title; a key that stands for it without the unit at its end. */
static void
title(const struct sv_column *col, FILE *f)
{
	const char *name = sv_table_title(col);
	size_t len = strlen(name);
	char buf[40];

	if (col->title == NULL && col->kind == SV_COL_SECONDS && len > 2 &&
	    len < sizeof(buf) && strcmp(name + len - 2, "_s") == 0) {
		memcpy(buf, name, len - 2);
		buf[len - 2] = '\0';
		name = buf;
	}
	sv_html_text(f, name);
}

static void
head(const struct sv_table *t, FILE *f, const struct sv_table_unit *u)
{

	fputs("<thead><tr>", f);
	for (size_t c = 0; c < t->ncol; c++) {
		if (!shown(&t->column[c]))
			continue;
		fprintf(f, "<th scope=\"col\"%s>", class_of(&t->column[c]));
		title(&t->column[c], f);
		if (u[c].name[0] != '\0')
			fprintf(f, "<br>%s", u[c].name);
		fputs("</th>", f);
	}
	fputs("</tr></thead>\n<tbody>\n", f);
}

static void
line(const struct sv_table *t, FILE *f, const struct sv_table_unit *u,
    size_t row)
{
	char buf[SV_HUMAN];

	fputs("<tr>", f);
	for (size_t c = 0; c < t->ncol; c++) {
		const struct sv_column *col = &t->column[c];

		if (!shown(col))
			continue;
		fprintf(f, "<td%s>", class_of(col));
		sv_html_text(f, sv_table_show(col,
		    &t->cell[row * t->ncol + c], u[c], buf));
		fputs("</td>", f);
	}
	fputs("</tr>\n", f);
}

void
sv_table_html(const struct sv_table *t, FILE *f, const char *caption,
    const size_t *rows, size_t n)
{
	size_t *every = sv_table_every(t, &rows, &n);
	struct sv_table_unit *u;

	if (rows == NULL)
		return;
	if ((u = calloc(t->ncol, sizeof(*u))) != NULL) {
		for (size_t c = 0; c < t->ncol; c++)
			u[c] = sv_table_unit(t, c, rows, n);
		fputs("<table>\n<caption>", f);
		sv_html_text(f, caption);
		fputs("</caption>\n", f);
		head(t, f, u);
		for (size_t i = 0; i < n; i++)
			line(t, f, u, rows[i]);
		fputs("</tbody>\n</table>\n", f);
	}
	free(u);
	free(every);
}
