#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "chosen.h"
#include "err.h"
#include "figures.h"
#include "html.h"
#include "page.h"

/* Rows of all tables together, and of one of them at least and at most. */
#define ALL_ROWS 6000u
#define LEAST_ROWS 32u
#define MOST_ROWS 512u

void
page_table(FILE *f, const struct sv_table *t, const char *caption, size_t most)
{
	size_t n = sv_table_rows(t), *rows = NULL;

	if (most > 0 && n > most) {
		if ((rows = calloc(most, sizeof(*rows))) == NULL)
			return;
		for (size_t i = 0; i < most; i++)
			rows[i] = i;
	}
	/* What scrolls can be reached by keys, and has a name. */
	fputs("<div class=\"scroll\" role=\"region\" tabindex=\"0\""
	    " aria-label=\"", f);
	sv_html_text(f, caption);
	fputs("\">\n", f);
	sv_table_html(t, f, caption, rows, most);
	fputs("</div>\n", f);
	if (rows != NULL)
		fprintf(f, "<p class=\"lead\">The first %zu of %zu rows;"
		    " <code>sv-stats -f tsv</code> prints all.</p>\n", most,
		    n);
	free(rows);
}

/* The tables of one run. */
static int
put_run(FILE *f, const struct pick *p, size_t most)
{
	struct sv_table *t;

	fputs("<details>\n<summary>", f);
	sv_html_text(f, p->name);
	fputs(": ", f);
	sv_html_text(f, p->s->run->name);
	fputs("</summary>\n", f);
	for (int id = 0; id < SECTION_N; id++) {
		if (id == SECTION_SUMMARY ||
		    !write_shown((enum section_id)id, p->s, 1))
			continue;
		/* The figure has said so. */
		if (id == SECTION_TIMING &&
		    !chosen_known(p->s->run, p->s->o->rounds))
			continue;
		if ((t = section_table((enum section_id)id, p->s, 1)) == NULL)
			return (-1);
		if (sv_table_rows(t) > 0)
			page_table(f, t, write_heading((enum section_id)id),
			    most);
		sv_table_free(t);
	}
	fputs("</details>\n", f);
	return (0);
}

int
page_picks(const struct stats *s, size_t n, struct pick **pick, size_t *m)
{
	/* Which remembers whether memory was out. */
	struct figure *f = figure_new(FIGURE_TIMING);
	int failed = 1;

	*pick = NULL;
	*m = 0;
	if (f != NULL) {
		*pick = figures_pick(f, s, n, m);
		failed = f->failed;
	}
	figure_free(f);
	if (failed)
		sv_warnx("the page: out of memory");
	return (failed ? -1 : 0);
}

int
page_numbers(FILE *f, const struct stats *s, size_t n)
{
	struct pick *pick;
	size_t most, m;
	int rc = 0;

	if (page_picks(s, n, &pick, &m) == -1)
		return (-1);
	most = m > 0 ? ALL_ROWS / (4 * m) : 0;
	most = most < LEAST_ROWS ? LEAST_ROWS : most > MOST_ROWS ? MOST_ROWS :
	    most;
	fputs("<section id=\"numbers\">\n<h2>Numbers</h2>\n", f);
	if (m == 0)
		fputs("<p>Of no run is there anything.</p>\n", f);
	for (size_t i = 0; i < m && rc == 0; i++)
		rc = put_run(f, &pick[i], most);
	fputs("</section>\n", f);
	free(pick);
	return (rc);
}
