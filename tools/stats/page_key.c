#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "figures.h"
#include "html.h"
#include "page.h"
#include "utf8.h"
#include "verdict.h"

#define MOST_RUNS 100u	/* in the table of runs */
#define COLUMN 30u	/* characters of a set's label in a table */
#define LABEL 14	/* columns of a label in the summary's text */

#define N SV_COL_COUNT
#define S SV_COL_SECONDS
#define O SV_COL_OWN

static const struct sv_column key_columns[] = {
	{ "set", NULL, SV_COL_TEXT, 0 }, { "workers", "W", N, 0 },
	{ "runs", NULL, N, 0 }, { "rounds", NULL, SV_COL_PLAIN, 0 },
	{ "wall_s", "time", S, O },
	{ "speedup", NULL, SV_COL_RATIO, 0 },
	{ "efficiency", NULL, SV_COL_SHARE, 0 },
	{ "ratio", "against first set", SV_COL_RATIO, 0 },
	{ "round_s", "round", S, O }, { "comp_s", "computing", S, O },
	{ "idle_s", "idle", S, O },
	{ "cold_min_s", "fastest start", S, O },
	{ "cold_max_s", "slowest start", S, O },
	{ "dollars", "cost", SV_COL_DOLLARS, 0 }
};

#define KEYS (sizeof(key_columns) / sizeof(key_columns[0]))

/* Does the line's label count? */
static int
wanted(const char *label, size_t len, const char * const *labels)
{

	if (labels == NULL)
		return (1);
	for (; *labels != NULL; labels++)
		if (strlen(*labels) == len && memcmp(*labels, label, len) == 0)
			return (1);
	return (0);
}

/* Of a line's label, which has a column of its own. */
static size_t
label_length(const char *line)
{
	size_t len = strlen(line);

	for (len = len < LABEL ? len : LABEL; line[len - 1] == ' '; len--)
		;
	return (len - 2);
}

/*
 * The lines of the summary as a list of terms: "  label       text", and lines
 * that go on behind them.  ${text} is cut up.
 */
static void
put_facts(FILE *f, char *text, const char * const *labels)
{
	char *line, *next;
	size_t open = 0, n = 0;
	int problem = 0;

	for (line = text; *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		if (*next != '\0')
			*next++ = '\0';
		if (line[strspn(line, " ")] == '\0' || line[0] != ' ')
			continue;
		if (strspn(line, " ") > 2) {
			/* The problem's second line is another thing. */
			if (open)
				fputs(problem ? "; " : " ", f);
		} else {
			size_t len = label_length(line);

			fputs(open ? "</dd>\n" : "", f);
			open = wanted(line + 2, len, labels) != 0;
			problem = strncmp(line + 2, "problem", len) == 0;
			if (open) {
				fputs(n++ == 0 ? "<dl class=\"facts\">\n" : "",
				    f);
				fprintf(f, "<dt>%.*s</dt><dd>", (int)len,
				    line + 2);
			}
			line += 2 + len;
		}
		if (open)
			sv_html_text(f, line + strspn(line, " "));
	}
	fputs(open ? "</dd>\n" : "", f);
	fputs(n > 0 ? "</dl>\n" : "", f);
}

int
page_facts(FILE *f, const struct stats *s, const char * const *labels)
{
	char *text = NULL;
	size_t len;
	FILE *m;

	if ((m = open_memstream(&text, &len)) == NULL) {
		sv_warn("%s", s->run->name);
		return (-1);
	}
	summary_text(m, s);
	if (fclose(m) != 0) {
		sv_warn("%s", s->run->name);
		free(text);
		return (-1);
	}
	put_facts(f, text, labels);
	free(text);
	return (0);
}

/* The median cost of the set's runs with so many workers. */
static double
dollars_of(const struct stats *s, size_t n, size_t set, uint64_t workers,
    double *scratch)
{
	size_t m = 0;
	double v;

	for (size_t i = 0; i < n; i++) {
		if (s[i].set != set || s[i].sum.workers != workers ||
		    s[i].sum.bill.all.requests == 0)
			continue;
		v = bill_dollars(&s[i]);
		if (isfinite(v))
			scratch[m++] = v;
	}
	return (sv_stat_median(scratch, m));
}

/* A label that is so short that a table's column takes it. */
static void
shorten(char *buf, const char *label)
{
	char c[5];
	size_t n = 0;

	for (buf[0] = '\0'; *label != '\0'; n++) {
		if (n == COLUMN) {
			strcat(buf, "…");
			break;
		}
		label += sv_utf8_next(label, c);
		strcat(buf, c);
	}
}

/* The rows of the set that the run ${one} is in. */
static int
fill_set(struct sv_table *t, const struct stats *s, size_t n,
    const struct stats *one, double *scratch)
{
	char label[4 * COLUMN + 4];
	struct sv_scaling *c, *first;
	size_t m, nfirst;

	if (comparison_scaling(s, n, s[0].set, &first, &nfirst) == -1)
		return (-1);
	if (comparison_scaling(s, n, one->set, &c, &m) == -1) {
		free(first);
		return (-1);
	}
	shorten(label, one->label);
	for (size_t i = 0; i < m; i++) {
		sv_table_string(t, label);
		sv_table_real(t, (double)c[i].workers);
		sv_table_real(t, (double)c[i].runs);
		sv_table_real(t, c[i].rounds);
		sv_table_real(t, c[i].wall_s);
		sv_table_real(t, c[i].speedup);
		sv_table_real(t, c[i].efficiency);
		sv_table_real(t, comparison_ratio(&c[i], first, nfirst));
		sv_table_real(t, c[i].round_s);
		sv_table_real(t, c[i].comp_s);
		sv_table_real(t, c[i].idle_s);
		sv_table_real(t, c[i].cold_min_s);
		sv_table_real(t, c[i].cold_max_s);
		sv_table_real(t, dollars_of(s, n, one->set, c[i].workers,
		    scratch));
	}
	free(c);
	free(first);
	return (0);
}

/* Is the run the first of its set? */
static int
first(const struct stats *s, size_t i)
{

	return (i == 0 || s[i].set != s[i - 1].set);
}

static int
put_key(FILE *f, const struct stats *s, size_t n)
{
	struct sv_column columns[KEYS];
	struct sv_table *t;
	double *scratch;
	int rc = -1;

	/* What tells sets apart is not for one of them. */
	memcpy(columns, key_columns, sizeof(columns));
	for (size_t i = 0; i < KEYS && s[0].set == s[n - 1].set; i++)
		if (strcmp(columns[i].key, "set") == 0 ||
		    strcmp(columns[i].key, "ratio") == 0)
			columns[i].flags |= SV_COL_HIDDEN;
	t = sv_table_new(columns, KEYS);
	scratch = calloc(n + 1, sizeof(*scratch));
	if (t == NULL || scratch == NULL)
		goto done;
	for (size_t i = 0; i < n; i++)
		if (first(s, i) && fill_set(t, s, n, &s[i], scratch) == -1)
			goto done;
	if (sv_table_failed(t))
		goto done;
	page_table(f, t, "Medians over runs", 0);
	rc = 0;
done:
	if (rc == -1)
		sv_warn("key figures");
	sv_table_free(t);
	free(scratch);
	return (rc);
}

/* Is there a bill, or a machine to compare with? */
static int
has_bill(const struct stats *s)
{
	struct verdict v;

	verdict_of(&v, s);
	return (v.shown || s->sum.bill.all.requests > 0);
}

/*
 * The bill and the verdict of the set's run with the most workers, the one that
 * the figures show.
 */
static int
put_verdict(FILE *f, const struct stats *s, size_t n)
{
	static const char * const labels[] = {
		"bill", "one machine", "verdict", NULL
	};
	struct pick *pick;
	size_t m;
	int rc = 0;

	if (page_picks(s, n, &pick, &m) == -1)
		return (-1);
	if (m > 0 && has_bill(pick[m - 1].s)) {
		fputs("<p class=\"lead\">With the most workers, ", f);
		sv_html_text(f, pick[m - 1].s->run->name);
		fputs(":</p>\n", f);
		rc = page_facts(f, pick[m - 1].s, labels);
	}
	free(pick);
	return (rc);
}

/* What one set is made of. */
static int
put_set(FILE *f, const struct stats *s, size_t n, int several)
{
	static const char * const labels[] = { "problem", "model", NULL };
	uint64_t workers = 0;
	size_t m = 0;

	if (several) {
		fputs("<h3>", f);
		sv_html_text(f, s->label);
		fputs("</h3>\n", f);
	}
	if (page_facts(f, s, labels) == -1)
		return (-1);
	fputs("<dl class=\"facts\">\n<dt>runs</dt><dd>", f);
	while (m < n && s[m].set == s->set)
		m++;
	for (size_t i = 0; i < m && i < MOST_RUNS; i++) {
		fprintf(f, "%s<span>", i > 0 ? ", " : "");
		sv_html_text(f, s[i].run->name);
		fputs("</span>", f);
		if (s[i].sum.workers != workers)
			fprintf(f, " (W = %" PRIu64 ")", s[i].sum.workers);
		workers = s[i].sum.workers;
	}
	fprintf(f, "%s</dd>\n</dl>\n", m > MOST_RUNS ? ", ..." : "");
	return (put_verdict(f, s, m));
}

/* Bytes of the directory that all runs are in, with its slash. */
static size_t
common_directory(const struct stats *s, size_t n)
{
	const char *first = s[0].run->name, *slash = strrchr(first, '/');
	size_t len = slash != NULL ? (size_t)(slash - first) + 1 : 0;

	for (size_t i = 1; i < n && len > 0; i++)
		while (len > 0 && strncmp(s[i].run->name, first, len) != 0)
			for (len--; len > 0 && first[len - 1] != '/'; len--)
				;
	return (len);
}

/* The summary's table, with whole names, and sets where there are several. */
static int
put_runs(FILE *f, const struct stats *s, size_t n, int several)
{
	size_t m = summary_ncolumns + 1, cut = common_directory(s, n);
	struct sv_column *columns;
	struct sv_table *t = NULL;
	int rc = -1;

	if ((columns = calloc(m, sizeof(*columns))) == NULL)
		goto done;
	columns[0] = (struct sv_column){ "set", NULL, SV_COL_TEXT,
	    several ? 0 : SV_COL_HIDDEN };
	memcpy(columns + 1, summary_columns, (m - 1) * sizeof(*columns));
	for (size_t c = 1; c < m; c++)
		if (strcmp(columns[c].key, "run") == 0)
			columns[c].flags &= ~SV_COL_HIDDEN;
		else if (strcmp(columns[c].key, "name") == 0)
			columns[c].flags |= SV_COL_HIDDEN;
	if ((t = sv_table_new(columns, m)) == NULL)
		goto done;
	for (size_t i = 0; i < n; i++) {
		struct sv_run run = *s[i].run;
		struct stats one = s[i];

		run.name += cut;
		one.run = &run;
		sv_table_string(t, one.label);
		summary_fill(t, &one);
	}
	if (sv_table_failed(t))
		goto done;
	fputs("<details><summary>Each run</summary>\n", f);
	page_table(f, t, "Runs", MOST_RUNS);
	fputs("</details>\n", f);
	rc = 0;
done:
	if (rc == -1)
		sv_warn("runs");
	sv_table_free(t);
	free(columns);
	return (rc);
}

/* By set and workers; of equals the one given first. */
static int
by_workers(const void *a, const void *b)
{
	const struct stats *x = *(const struct stats * const *)a;
	const struct stats *y = *(const struct stats * const *)b;

	if (x->set != y->set)
		return (x->set < y->set ? -1 : 1);
	if (x->sum.workers != y->sum.workers)
		return (x->sum.workers < y->sum.workers ? -1 : 1);
	return (x < y ? -1 : 1);
}

/* The runs in the order in which they are listed, or NULL. */
static struct stats *
sort_runs(const struct stats *s, size_t n)
{
	const struct stats **order = calloc(n, sizeof(*order));
	struct stats *sorted = calloc(n, sizeof(*sorted));

	if (order == NULL || sorted == NULL) {
		sv_warn("runs");
		free(order);
		free(sorted);
		return (NULL);
	}
	for (size_t i = 0; i < n; i++)
		order[i] = &s[i];
	qsort(order, n, sizeof(*order), by_workers);
	for (size_t i = 0; i < n; i++)
		sorted[i] = *order[i];
	free(order);
	return (sorted);
}

int
page_key(FILE *f, const struct stats *given, size_t n)
{
	struct stats *s;
	int several, rc = 0;

	fputs("<section id=\"key\">\n<h2>Key figures</h2>\n", f);
	if (n == 1) {
		if (page_facts(f, given, NULL) == -1)
			return (-1);
		fputs("</section>\n", f);
		return (0);
	}
	if ((s = sort_runs(given, n)) == NULL)
		return (-1);
	several = s[0].set != s[n - 1].set;
	for (size_t i = 0; i < n && rc == 0; i++)
		if (first(s, i))
			rc = put_set(f, &s[i], n - i, several);
	if (rc == 0)
		rc = put_key(f, s, n);
	if (rc == 0)
		rc = put_runs(f, s, n, several);
	fputs("</section>\n", f);
	free(s);
	return (rc);
}
