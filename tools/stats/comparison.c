#include "config.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "stats.h"
#include "utf8.h"

#define N SV_COL_COUNT
#define S SV_COL_SECONDS
#define P SV_COL_SHARE
#define R SV_COL_RATIO
#define H SV_COL_HIDDEN
#define O SV_COL_OWN

/* To a person each set is a table of its own; the first has no ratio. */
#define COLUMNS(cpu, ratio) { \
	{ "workers", "W", N, 0 }, { "runs", NULL, N, 0 }, \
	{ "rounds", NULL, SV_COL_PLAIN, 0 }, { "wall_s", "time", S, O }, \
	{ "wall_min_s", NULL, S, H }, { "wall_max_s", NULL, S, H }, \
	{ "speedup", NULL, R, 0 }, { "efficiency", "effic.", P, 0 }, \
	{ "round_s", "round", S, O }, { "round_speedup", NULL, R, H }, \
	{ "round_efficiency", "effic.", P, 0 }, \
	{ "comp_s", "comp", S, O }, { "idle_s", "idle", S, O }, \
	{ "cpu_s", "cpu", S, (cpu) | O }, { "total_s", NULL, S, H }, \
	{ "cold_min_s", NULL, S, H }, { "cold_max_s", NULL, S, H }, \
	{ "set", NULL, SV_COL_TEXT, H }, { "ratio", NULL, R, ratio } \
}

const struct sv_column comparison_columns[] = COLUMNS(0, H);
static const struct sv_column against_columns[] = COLUMNS(H, 0);
const size_t comparison_ncolumns =
    sizeof(comparison_columns) / sizeof(comparison_columns[0]);

/* One number of workers. */
static void
fill_row(struct sv_table *t, const struct sv_scaling *c, const char *label,
    double ratio)
{

	sv_table_real(t, (double)c->workers);
	sv_table_real(t, (double)c->runs);
	sv_table_real(t, c->rounds);
	sv_table_real(t, c->wall_s);
	sv_table_real(t, c->wall_min_s);
	sv_table_real(t, c->wall_max_s);
	sv_table_real(t, c->speedup);
	sv_table_real(t, c->efficiency);
	sv_table_real(t, c->round_s);
	sv_table_real(t, c->round_speedup);
	sv_table_real(t, c->round_efficiency);
	sv_table_real(t, c->comp_s);
	sv_table_real(t, c->idle_s);
	sv_table_real(t, c->cpu_s);
	sv_table_real(t, c->total_s);
	sv_table_real(t, c->cold_min_s);
	sv_table_real(t, c->cold_max_s);
	sv_table_string(t, label);
	sv_table_real(t, ratio);
}

double
comparison_ratio(const struct sv_scaling *c, const struct sv_scaling *first,
    size_t n)
{

	for (size_t i = 0; i < n; i++)
		if (first[i].workers == c->workers)
			return (first[i].wall_s / c->wall_s);
	return (NAN);
}

int
comparison_scaling(const struct stats *s, size_t n, size_t set,
    struct sv_scaling **scaling, size_t *m)
{
	const struct sv_summary **sum;
	size_t k = 0;
	int rc;

	if ((sum = calloc(n + 1, sizeof(*sum))) == NULL)
		return (-1);
	for (size_t i = 0; i < n; i++)
		if (s[i].set == set)
			sum[k++] = &s[i].sum;
	rc = sv_measure_scaling(sum, k, scaling, m);
	free(sum);
	return (rc);
}

/* The rows of one set; ${first}, of ${nfirst}, is the first set's. */
static int
fill_set(struct sv_table *t, const struct stats *s, size_t n, size_t set,
    const struct sv_scaling *first, size_t nfirst)
{
	const char *label = NULL;
	struct sv_scaling *c;
	size_t m;

	for (size_t i = n; i > 0; i--)
		if (s[i - 1].set == set)
			label = s[i - 1].label;
	if (comparison_scaling(s, n, set, &c, &m) == -1)
		return (-1);
	for (size_t i = 0; i < m; i++)
		fill_row(t, &c[i], label, comparison_ratio(&c[i], first,
		    nfirst));
	free(c);
	return (0);
}

int
comparison_fill(struct sv_table *t, const struct stats *s, size_t n)
{
	struct sv_scaling *first;
	size_t m;
	int rc = 0;

	if (comparison_scaling(s, n, s[0].set, &first, &m) == -1)
		return (-1);
	for (size_t set = s[0].set; set <= s[n - 1].set && rc == 0; set++)
		rc = fill_set(t, s, n, set, first, m);
	free(first);
	return (rc);
}

/* Print one set's table; ${first}, of ${nfirst}, is the first set's. */
static int
print_set(FILE *f, const struct stats *s, size_t n, size_t set,
    const struct sv_scaling *first, size_t nfirst)
{
	struct sv_table *t;
	int rc;

	t = sv_table_new(set == s[0].set ? comparison_columns :
	    against_columns, comparison_ncolumns);
	rc = t == NULL ? -1 : fill_set(t, s, n, set, first, nfirst);
	if (rc == 0 && sv_table_failed(t))
		rc = -1;
	if (rc == 0)
		sv_table_text(t, f, NULL, sv_table_rows(t));
	sv_table_free(t);
	return (rc);
}

int
comparison_text(FILE *f, const struct stats *s, size_t n)
{
	struct sv_scaling *first;
	size_t m;
	int rc = 0;

	if (comparison_scaling(s, n, s[0].set, &first, &m) == -1)
		return (-1);
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (i > 0 && s[i].set == s[i - 1].set)
			continue;
		fputs(i > 0 ? "\nComparison" : "Comparison", f);
		if (s[n - 1].set > 0) {
			fputs(", ", f);
			sv_utf8_print(f, s[i].label, SIZE_MAX);
		}
		fputs(": medians over runs of W workers\n", f);
		rc = print_set(f, s, n, s[i].set, first, m);
	}
	free(first);
	if (rc == -1)
		return (-1);
	fputs("  (speedup and efficiency are relative to the fewest workers, first"
	    " of the whole\n  time, then of a round", f);
	if (s[n - 1].set > s[0].set) {
		fputs("; ratio: times as fast as ", f);
		sv_utf8_print(f, s[0].label, SIZE_MAX);
	}
	fputs(")\n", f);
	return (0);
}
