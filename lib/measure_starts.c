#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

/* By shard, by generation, and as they came. */
static int
by_invocation(const void *a, const void *b)
{
	const struct sv_run_mark *x = *(const struct sv_run_mark * const *)a;
	const struct sv_run_mark *y = *(const struct sv_run_mark * const *)b;

	if (x->shard != y->shard)
		return (x->shard < y->shard ? -1 : 1);
	if (x->generation != y->generation)
		return (x->generation < y->generation ? -1 : 1);
	return (x->order < y->order ? -1 : 1);
}

/* Take the cold start apart; each part is the worker's or the hub's to know. */
static void
take_apart(struct sv_start *s, const struct sv_run_mark *request,
    const struct sv_run_mark *hello)
{
	double before, rest;

	s->hello = 1;
	s->load = hello->load;
	s->load_cpu = hello->load_cpu;
	s->shard_bytes = hello->shard_bytes;
	s->rss = fmax(s->rss, hello->rss);
	if (request == NULL)
		return;
	s->total = sv_run_seconds(request->time, hello->time);
	if (hello->start == 0)
		return;
	before = sv_run_seconds(request->time, hello->start);
	rest = s->total - s->load - before;
	if (before >= 0 && rest >= 0) {
		s->request = before;
		s->start = rest;
	}
}

/* One invocation from its marks; return how many marks those are. */
static size_t
merge(struct sv_run_mark * const *mark, size_t n, int64_t first,
    struct sv_start *s)
{
	const struct sv_run_mark *request = NULL, *hello = NULL;
	size_t i;

	memset(s, 0, sizeof(*s));
	s->shard = mark[0]->shard;
	s->generation = mark[0]->generation;
	s->at = sv_run_seconds(first, mark[0]->time);
	s->total = s->request = s->start = s->load = s->load_cpu = NAN;
	s->shard_bytes = s->rss = s->cpu = s->status = s->signal = NAN;
	for (i = 0; i < n && mark[i]->shard == s->shard &&
	    mark[i]->generation == s->generation; i++) {
		switch (mark[i]->moment) {
		case SV_RUN_REQUEST:
			if (request == NULL)
				request = mark[i];
			break;
		case SV_RUN_HELLO:
			if (hello == NULL)
				hello = mark[i];
			break;
		case SV_RUN_EXIT:
			s->rss = fmax(s->rss, mark[i]->rss);
			s->cpu = mark[i]->cpu;
			s->status = mark[i]->status;
			s->signal = mark[i]->signal;
			break;
		}
	}
	if (hello != NULL)
		take_apart(s, request, hello);
	return (i);
}

int
sv_measure_starts(const struct sv_run *run, struct sv_start **starts, size_t *n)
{
	struct sv_run_mark **mark = NULL;
	int64_t first = INT64_MAX;

	*starts = NULL;
	*n = 0;
	if (run->nmark == 0)
		return (0);
	if ((mark = calloc(run->nmark, sizeof(*mark))) == NULL ||
	    (*starts = calloc(run->nmark, sizeof(**starts))) == NULL) {
		free(mark);
		return (-1);
	}
	for (size_t i = 0; i < run->nmark; i++) {
		mark[i] = &run->mark[i];
		if (mark[i]->time < first)
			first = mark[i]->time;
	}
	qsort(mark, run->nmark, sizeof(*mark), by_invocation);
	for (size_t i = 0; i < run->nmark; )
		i += merge(mark + i, run->nmark - i, first, &(*starts)[(*n)++]);
	free(mark);
	return (0);
}
