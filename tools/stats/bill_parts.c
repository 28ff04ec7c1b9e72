#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bill.h"
#include "stats.h"

#define N SV_COL_COUNT
#define S SV_COL_SECONDS
#define T SV_COL_TEXT
#define D SV_COL_DOLLARS
#define P SV_COL_PLAIN
#define H SV_COL_HIDDEN

const struct sv_column bill_shards_columns[] = {
	{ "shard", "worker", N, 0 }, { "invocations", NULL, N, 0 },
	{ "requests", NULL, N, 0 }, { "billed_s", "billed", S, 0 },
	{ "memory_mb", "MB", N, 0 }, { "gb_seconds", "GB-seconds", P, 0 },
	{ "dollars", NULL, D, 0 }, { "source", NULL, T, 0 }
};
const size_t bill_shards_ncolumns =
    sizeof(bill_shards_columns) / sizeof(bill_shards_columns[0]);

const struct sv_column bill_rounds_columns[] = {
	{ "part", NULL, T, 0 }, { "round", NULL, N, 0 }, { "op", NULL, T, 0 },
	{ "master", NULL, N, H }, { "at_s", "at", S, SV_COL_OWN },
	{ "lasts_s", "lasts", S, 0 }, { "requests", NULL, N, 0 },
	{ "billed_s", "billed", S, SV_COL_OWN },
	{ "gb_seconds", "GB-seconds", SV_COL_SHORT, 0 },
	{ "dollars", NULL, D, 0 }
};
const size_t bill_rounds_ncolumns =
    sizeof(bill_rounds_columns) / sizeof(bill_rounds_columns[0]);

/* The invocations that are billed; -1 with errno set. */
static int
entries(const struct stats *s, struct sv_bill_entry **entry, size_t *n)
{
	struct sv_start *start;
	size_t nstart;
	int rc;

	if (sv_measure_starts(s->run, &start, &nstart) == -1)
		return (-1);
	rc = sv_bill_list(start, nstart, entry, n);
	free(start);
	return (rc);
}

/* One worker's, whoever held its shard; return how many entries those are. */
static size_t
fill_shard(struct sv_table *t, const struct stats *s,
    const struct sv_bill_entry *e, size_t n)
{
	struct sv_bill_entry sum = *e;
	double gb_seconds = 0, most = NAN;
	int mixed = 0;
	size_t i;

	sum.requests = 0;
	sum.seconds = 0;
	for (i = 0; i < n && e[i].shard == sum.shard; i++) {
		sum.requests += e[i].requests;
		sum.seconds += e[i].seconds;
		gb_seconds += sv_bill_gb_seconds(&e[i]);
		most = fmax(most, e[i].mb);
		mixed |= e[i].source != sum.source;
	}
	sv_table_real(t, sum.shard);
	sv_table_real(t, (double)i);
	sv_table_real(t, sum.requests);
	sv_table_real(t, sum.seconds);
	sv_table_real(t, most);
	sv_table_real(t, gb_seconds);
	sv_table_real(t, bill_share(s, sum.requests, gb_seconds));
	sv_table_string(t, mixed ? "mixed" : bill_source(sum.source));
	return (i);
}

int
bill_shards_fill(struct sv_table *t, const struct stats *s)
{
	struct sv_bill_entry *entry;
	size_t n;

	if (entries(s, &entry, &n) == -1)
		return (-1);
	for (size_t i = 0; i < n; )
		i += fill_shard(t, s, entry + i, n - i);
	free(entry);
	return (0);
}

static void
fill_round(struct sv_table *t, const struct stats *s,
    const struct sv_bill_row *row)
{
	static const char * const part[] = {
		[SV_BILL_BEFORE] = "start-up", [SV_BILL_ROUND] = "round",
		[SV_BILL_AFTER] = "end"
	};
	const struct sv_run_round *r = row->part == SV_BILL_ROUND ?
	    &s->run->round[row->round] : NULL;
	double lasts = row->to - row->from;

	sv_table_string(t, part[row->part]);
	sv_table_real(t, r != NULL ? (double)r->round : NAN);
	sv_table_string(t, r != NULL ? sv_frame_op_name(r->op) : NULL);
	sv_table_real(t, r != NULL ? (double)r->master + 1 : NAN);
	sv_table_real(t, isfinite(row->from) ? row->from : NAN);
	sv_table_real(t, isfinite(lasts) ? lasts : NAN);
	sv_table_real(t, (double)row->requests);
	sv_table_real(t, row->seconds);
	sv_table_real(t, row->gb_seconds);
	sv_table_real(t, bill_share(s, (double)row->requests,
	    row->gb_seconds));
}

int
bill_rounds_fill(struct sv_table *t, const struct stats *s)
{
	struct sv_bill_entry *entry;
	struct sv_bill_row *row;
	size_t n, m;
	int rc;

	if (entries(s, &entry, &n) == -1)
		return (-1);
	rc = sv_bill_rounds(s->run, entry, n, &row, &m);
	for (size_t i = 0; rc == 0 && n > 0 && i < m; i++)
		fill_round(t, s, &row[i]);
	if (rc == 0)
		free(row);
	free(entry);
	return (rc);
}
