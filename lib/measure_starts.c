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

/* The marks of one invocation that count; NULL: there is none. */
struct marks {
	const struct sv_run_mark *request, *retry, *hello, *exit;
	int accepted, unanswered;
};

/* The parts of a function's start that its own clock tells. */
static void
take_function(struct sv_start *s, const struct sv_run_mark *hello)
{

	s->init = hello->init;
	if (hello->start != 0)
		s->invoke = sv_run_seconds(hello->start, hello->event) -
		    hello->init;
	if (s->invoke < 0)
		s->invoke = NAN;
}

/* Take the start apart; each part is the worker's or the hub's to know. */
static void
take_apart(struct sv_start *s, const struct marks *m)
{
	const struct sv_run_mark *hello = m->hello;
	int function = hello->event != 0 && !isnan(hello->init);
	double before, rest, platform, join;

	s->hello = 1;
	s->warm = hello->warm;
	s->load = hello->load;
	s->load_cpu = hello->load_cpu;
	s->shard_bytes = hello->shard_bytes;
	s->rss = fmax(s->rss, hello->rss);
	if (function)
		take_function(s, hello);
	if (m->request == NULL)
		return;
	s->total = sv_run_seconds(m->request->time, hello->time);
	if (s->total < 0)
		s->total = NAN;
	if (!(s->retry <= s->total))
		s->retry = NAN;
	if (hello->start == 0)
		return;
	before = sv_run_seconds(m->request->time, hello->start);
	rest = s->total - s->load - before;
	platform = function ? before - s->retry : NAN;
	join = function ? rest - s->init - s->invoke : NAN;
	s->clocks = before < 0 || rest < 0 || platform < 0 || join < 0;
	if (s->clocks)
		return;
	s->platform = platform;
	s->join = join;
	if (before >= 0 && rest >= 0) {
		s->request = before;
		s->start = rest;
	}
}

/* When an invocation was no longer needed, where the run says so. */
struct over {
	uint32_t shard;
	uint32_t generation;
	int64_t time;
};

static int
by_over(const void *a, const void *b)
{
	const struct over *x = a, *y = b;

	if (x->shard != y->shard)
		return (x->shard < y->shard ? -1 : 1);
	return (x->generation < y->generation ? -1 :
	    x->generation > y->generation);
}

/* Those of all, sorted; NULL with errno set. */
static struct over *
overs(const struct sv_run *run, size_t *n)
{
	struct over *over = calloc(run->nevent + 1, sizeof(*over));

	*n = 0;
	for (size_t i = 0; over != NULL && i < run->nevent; i++) {
		const struct sv_run_event *e = &run->event[i];

		if (strcmp(e->event, "left") == 0)
			over[(*n)++] = (struct over){ e->shard, e->generation,
			    e->time };
		else if (strcmp(e->event, "handover") == 0 && !isnan(e->from))
			over[(*n)++] = (struct over){ e->shard,
			    (uint32_t)e->from, e->time };
	}
	if (over != NULL)
		qsort(over, *n, sizeof(*over), by_over);
	return (over);
}

/* When it ended; 0 with ${*known} unset where nothing tells. */
static int64_t
end_of(const struct sv_run *run, const struct marks *m, const struct over *over,
    int *known)
{

	*known = 1;
	if (m->exit != NULL)
		return (m->exit->time);
	if (over != NULL)
		return (over->time);
	*known = run->end != NULL;
	return (run->end_time);
}

/* How long it lived: not longer than it was allowed to, on its own clock. */
static double
lifetime(const struct sv_start *s, const struct marks *m, int64_t end)
{
	double v, most;

	if (m->request == NULL)
		return (NAN);
	v = sv_run_seconds(m->request->time, end);
	if (!isnan(s->retry))
		v -= s->retry;
	if (m->hello != NULL && m->hello->event != 0 &&
	    m->hello->deadline > m->hello->event) {
		most = sv_run_seconds(m->hello->event, m->hello->deadline);
		if (!isnan(m->hello->init))
			most += m->hello->init;
		v = fmin(v, most);
	}
	return (v >= 0 ? v : NAN);
}

/* Was the run over before it was called again? */
static int
not_called(const struct sv_start *s, const struct marks *m,
    const struct sv_run *run)
{

	return (m->request != NULL && m->retry != NULL && run->end != NULL &&
	    s->retry > sv_run_seconds(m->request->time, run->end_time));
}

/* What came of it, from all that was heard. */
static void
conclude(struct sv_start *s, const struct marks *m, const struct sv_run *run)
{
	double http = m->exit != NULL ? m->exit->http : NAN;

	if (m->exit != NULL && (s->status > 0 || s->signal > 0))
		s->answer = SV_ANSWER_FAILED;
	else if ((m->exit != NULL && s->status == 0) || m->accepted)
		s->answer = SV_ANSWER_DONE;
	else if (m->unanswered)
		s->answer = SV_ANSWER_MISSING;
	s->error = m->exit != NULL && m->exit->error;
	/* A proxy says 502 of a function that failed. */
	s->began = m->hello != NULL || s->reports > 0 || s->error ||
	    m->accepted || m->unanswered ||
	    (m->exit == NULL && !not_called(s, m, run)) ||
	    (http >= 200 && http < 300) ||
	    (s->how == SV_RUN_URL && http >= 500);
}

/* Count what a REPORT line says, if there is one. */
static void
report(struct sv_start *s, const struct sv_run_mark *m)
{

	s->max_memory_mb = fmax(s->max_memory_mb, m->max_memory_mb);
	if (isnan(m->billed))
		return;
	if (m->early) {
		s->early++;
		s->early_billed += m->billed;
	} else {
		s->reports++;
		s->billed += m->billed;
	}
}

/* Count one mark of an invocation. */
static void
count(struct sv_start *s, const struct sv_run_mark *m, struct marks *marks)
{

	s->memory_mb = fmax(s->memory_mb, m->memory_mb > 0 ? m->memory_mb :
	    NAN);
	s->tries = fmax(s->tries, m->tries);
	switch (m->moment) {
	case SV_RUN_REQUEST:
		if (marks->request != NULL)
			break;
		marks->request = m;
		s->queued = m->queued;
		if (m->how != SV_RUN_UNKNOWN)
			s->how = m->how;
		break;
	case SV_RUN_RETRY:
		if (m->http == 429)
			s->throttled++;
		else
			s->retried++;
		if (marks->hello == NULL)
			marks->retry = m;
		break;
	case SV_RUN_ACCEPTED:
		marks->accepted = 1;
		break;
	case SV_RUN_UNANSWERED:
		marks->unanswered = 1;
		break;
	case SV_RUN_HELLO:
		if (marks->hello == NULL)
			marks->hello = m;
		break;
	case SV_RUN_REPORT:
		report(s, m);
		break;
	case SV_RUN_EXIT:
		/* It was delivered twice, and the other one goes on. */
		if (m->refused && marks->hello != NULL) {
			s->early += isnan(m->billed) ? 0 : 1;
			s->early_billed += isnan(m->billed) ? 0 : m->billed;
			break;
		}
		marks->exit = m;
		s->rss = fmax(s->rss, m->rss);
		s->cpu = m->cpu;
		s->status = m->status;
		s->signal = m->signal;
		s->throttled += m->http == 429;
		report(s, m);
		break;
	}
}

/* One invocation from its marks, at ${first} the earliest; return how many. */
static size_t
merge(struct sv_run_mark * const *mark, size_t n, const struct sv_run *run,
    int64_t first, const struct over *over, size_t nover, struct sv_start *s)
{
	struct over key = { mark[0]->shard, mark[0]->generation, 0 };
	struct marks m = { .request = NULL };
	int64_t end;
	size_t i;
	int known;

	memset(s, 0, sizeof(*s));
	s->shard = mark[0]->shard;
	s->generation = mark[0]->generation;
	s->how = run->how;
	s->at = sv_run_seconds(first, mark[0]->time);
	s->ended = NAN;
	s->queued = s->total = s->request = s->start = s->load = NAN;
	s->platform = s->init = s->invoke = s->join = s->load_cpu = NAN;
	s->shard_bytes = s->rss = s->cpu = s->status = s->signal = NAN;
	s->tries = s->memory_mb = s->max_memory_mb = NAN;
	for (i = 0; i < n && mark[i]->shard == s->shard &&
	    mark[i]->generation == s->generation; i++)
		count(s, mark[i], &m);
	if (m.request != NULL && m.retry != NULL) {
		s->retry = sv_run_seconds(m.request->time, m.retry->time) +
		    (isnan(m.retry->wait) ? 0 : m.retry->wait);
		if (s->retry < 0)
			s->retry = NAN;
	}
	if (m.hello != NULL)
		take_apart(s, &m);
	end = end_of(run, &m, bsearch(&key, over, nover, sizeof(*over),
	    by_over), &known);
	s->lived = known ? lifetime(s, &m, end) : NAN;
	if (known)
		s->ended = sv_run_seconds(first, end);
	conclude(s, &m, run);
	if (s->how == SV_RUN_UNKNOWN || s->how == SV_RUN_EXEC)
		s->tries = NAN;
	else
		s->tries = fmax(s->tries, (m.request != NULL) + s->retried +
		    (double)s->throttled - (m.exit != NULL &&
		    m.exit->http == 429));
	return (i);
}

int
sv_measure_starts(const struct sv_run *run, struct sv_start **starts, size_t *n)
{
	struct sv_run_mark **mark = NULL;
	struct over *over = NULL;
	int64_t first = INT64_MAX;
	size_t nover;

	*starts = NULL;
	*n = 0;
	if (run->nmark == 0)
		return (0);
	if ((mark = calloc(run->nmark, sizeof(*mark))) == NULL ||
	    (over = overs(run, &nover)) == NULL ||
	    (*starts = calloc(run->nmark, sizeof(**starts))) == NULL) {
		free(mark);
		free(over);
		return (-1);
	}
	for (size_t i = 0; i < run->nmark; i++) {
		mark[i] = &run->mark[i];
		if (mark[i]->time < first)
			first = mark[i]->time;
	}
	qsort(mark, run->nmark, sizeof(*mark), by_invocation);
	for (size_t i = 0; i < run->nmark; (*n)++) {
		struct sv_start *s = &(*starts)[*n];
		i += merge(mark + i, run->nmark - i, run, first, over, nover,
		    s);
	}
	free(mark);
	free(over);
	return (0);
}

int
sv_measure_part(const struct sv_start *start, size_t n, size_t offset,
    struct sv_part *p)
{
	double v, *known;
	size_t m = 0;

	memset(p, 0, sizeof(*p));
	if ((known = calloc(n + 1, sizeof(*known))) == NULL)
		return (-1);
	for (size_t i = 0; i < n; i++) {
		memcpy(&v, (const char *)&start[i] + offset, sizeof(v));
		if (isnan(v))
			continue;
		if (m == 0 || v < p->stat.min)
			p->fastest = start[i].shard;
		if (m == 0 || v > p->stat.max)
			p->slowest = start[i].shard;
		sv_stat_add(&p->stat, v);
		known[m++] = v;
	}
	p->median = sv_stat_median(known, m);
	p->p90 = sv_stat_quantile(known, m, 0.9);
	free(known);
	return (0);
}
