#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

static int
by_workers(const void *a, const void *b)
{
	const struct sv_summary *x = *(const struct sv_summary * const *)a;
	const struct sv_summary *y = *(const struct sv_summary * const *)b;

	return ((x->workers > y->workers) - (x->workers < y->workers));
}

/* The median of one figure over some summaries; a missing one is left out. */
static double
median_of(const struct sv_summary * const *s, size_t n, size_t offset,
    double *scratch)
{
	size_t m = 0;
	double v;

	for (size_t i = 0; i < n; i++) {
		memcpy(&v, (const char *)s[i] + offset, sizeof(v));
		if (!isnan(v))
			scratch[m++] = v;
	}
	return (sv_stat_median(scratch, m));
}

static void
one_size(const struct sv_summary * const *s, size_t n, struct sv_scaling *c,
    double *scratch)
{

	struct sv_stat wall = { 0 };

	c->workers = s[0]->workers;
	c->runs = n;
	for (size_t i = 0; i < n; i++)
		sv_stat_add(&wall, s[i]->wall_s);
	c->wall_min_s = sv_stat_min(&wall);
	c->wall_max_s = sv_stat_max(&wall);
	for (size_t i = 0; i < n; i++)
		scratch[i] = (double)s[i]->rounds;
	c->rounds = sv_stat_median(scratch, n);
#define MEDIAN(member) \
	median_of(s, n, offsetof(struct sv_summary, member), scratch)
	c->wall_s = MEDIAN(wall_s);
	c->round_s = MEDIAN(round_s);
	c->total_s = MEDIAN(total_s);
	c->cpu_s = MEDIAN(cpu_s);
	c->comp_s = MEDIAN(q[SV_Q_COMP]);
	c->idle_s = MEDIAN(q[SV_Q_IDLE]);
	c->cold_min_s = MEDIAN(cold_min_s);
	c->cold_max_s = MEDIAN(cold_max_s);
#undef MEDIAN
}

/* Speedup and efficiency of ${c}, relative to ${first}. */
static void
relate(const struct sv_scaling *first, struct sv_scaling *c)
{
	double share = (double)first->workers / (double)c->workers;

	c->speedup = first->wall_s / c->wall_s;
	c->efficiency = c->speedup * share;
	c->round_speedup = first->round_s / c->round_s;
	c->round_efficiency = c->round_speedup * share;
}

int
sv_measure_scaling(const struct sv_summary * const *s, size_t n,
    struct sv_scaling **scaling, size_t *m)
{
	const struct sv_summary **sorted;
	struct sv_scaling *c;
	double *scratch;
	size_t i, j;

	*m = 0;
	sorted = calloc(n + 1, sizeof(*sorted));
	scratch = calloc(n + 1, sizeof(*scratch));
	c = *scaling = calloc(n + 1, sizeof(*c));
	if (sorted == NULL || scratch == NULL || c == NULL) {
		free(sorted);
		free(scratch);
		free(c);
		return (-1);
	}
	for (i = 0; i < n; i++)
		sorted[i] = s[i];
	qsort(sorted, n, sizeof(*sorted), by_workers);
	for (i = 0; i < n; i = j) {
		for (j = i; j < n && sorted[j]->workers == sorted[i]->workers; )
			j++;
		one_size(sorted + i, j - i, &c[*m], scratch);
		relate(&c[0], &c[*m]);
		(*m)++;
	}
	free(sorted);
	free(scratch);
	return (0);
}
