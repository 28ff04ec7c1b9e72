#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "histogram.h"
#include "human.h"
#include "rounds.h"

#define N SV_COL_COUNT
#define S SV_COL_SECONDS
#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define BINS 30

/* Those of the paper, Figures 6 and 7. */
static const enum sv_quantity shown[] = {
	SV_Q_COMP, SV_Q_IDLE, SV_Q_DELAY, SV_Q_COMM
};

const struct sv_column distributions_columns[] = {
	{ "quantity", NULL, SV_COL_TEXT, 0 }, { "from_s", "from", S, 0 },
	{ "to_s", "to", S, 0 }, { "n", NULL, N, 0 },
	{ "share", NULL, SV_COL_SHARE, 0 }
};
const size_t distributions_ncolumns = LEN(distributions_columns);

/* Of one quantity, for a person. */
static const struct sv_column person_columns[] = {
	{ "from_s", "from", S, 0 }, { "to_s", "to", S, 0 },
	{ "n", NULL, N, 0 }, { "share", NULL, SV_COL_SHARE, 0 },
	{ "bar", "", SV_COL_BAR, 0 }
};

/* The histogram of a quantity, and its quantiles; -1 with errno set. */
static int
make(const struct stats *s, enum sv_quantity q, struct sv_histogram *h,
    struct sv_quantiles *p)
{
	double *values;
	size_t n;
	int rc;

	if (sv_measure_values(s->run, q, &values, &n) == -1)
		return (-1);
	rc = sv_histogram_make(h, values, n, BINS);
	sv_measure_quantiles(values, n, p);
	free(values);
	return (rc);
}

/* A row; for a person, ${name} being NULL, with a bar. */
static void
fill_row(struct sv_table *t, const char *name, double from, double to,
    uint64_t n, uint64_t total)
{

	if (name != NULL)
		sv_table_string(t, name);
	sv_table_real(t, from);
	sv_table_real(t, to);
	sv_table_real(t, (double)n);
	sv_table_real(t, (double)n / (double)total);
	if (name == NULL)
		sv_table_real(t, (double)n);
}

static void
fill_histogram(struct sv_table *t, const char *name,
    const struct sv_histogram *h)
{
	double hi = h->lo + (double)h->n * h->width;

	if (h->below > 0)
		fill_row(t, name, NAN, h->lo, h->below, h->total);
	for (size_t i = 0; i < h->n; i++)
		fill_row(t, name, h->lo + (double)i * h->width,
		    h->lo + ((double)i + 1) * h->width, h->count[i], h->total);
	if (h->above > 0)
		fill_row(t, name, hi, NAN, h->above, h->total);
}

int
distributions_fill(struct sv_table *t, const struct stats *s)
{
	struct sv_histogram h;
	struct sv_quantiles p;

	for (size_t i = 0; i < LEN(shown); i++) {
		if (make(s, shown[i], &h, &p) == -1)
			return (-1);
		fill_histogram(t, sv_timing_name(shown[i]), &h);
		sv_histogram_fini(&h);
	}
	return (0);
}

/* One quantity: a line that says the most, and its histogram. */
static int
text_one(FILE *f, const char *name, const struct sv_histogram *h,
    const struct sv_quantiles *p)
{
	char a[SV_HUMAN], b[SV_HUMAN], c[SV_HUMAN];
	struct sv_table *t;
	int failed;

	if ((t = sv_table_new(person_columns, LEN(person_columns))) == NULL)
		return (-1);
	fill_histogram(t, NULL, h);
	if ((failed = sv_table_failed(t)) == 0) {
		fprintf(f, "  %s: median %s, 95 %% within %s, 99 %% within "
		    "%s\n", name, sv_human_seconds(a, p->median),
		    sv_human_seconds(b, p->p95), sv_human_seconds(c, p->p99));
		sv_table_text(t, f, NULL, 0);
	}
	sv_table_free(t);
	return (failed ? -1 : 0);
}

int
distributions_text(FILE *f, const struct stats *s)
{
	struct sv_histogram h;
	struct sv_quantiles p;
	size_t printed = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < LEN(shown); i++) {
		if (make(s, shown[i], &h, &p) == -1)
			return (-1);
		if (h.total > 0 && printed++ > 0)
			fputc('\n', f);
		if (h.total > 0)
			rc = text_one(f, sv_timing_name(shown[i]), &h, &p);
		sv_histogram_fini(&h);
	}
	if (printed == 0)
		fputs("  nothing was recorded\n", f);
	else if (s->run->rows.every > 1)
		fprintf(f, "  (of so long a run one round in %zu is counted)\n",
		    s->run->rows.every);
	return (rc);
}
