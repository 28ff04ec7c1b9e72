#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "live_workers.h"

/* The worker of ${shard}, or NULL; ${*failed} is set where memory is out. */
static struct live_worker *
worker(struct live *l, const struct sv_run *run, uint32_t shard, int *failed)
{
	size_t n = l->nworker == 0 ? 16 : l->nworker;
	struct live_worker *w;

	if (shard >= LIVE_WORKERS || (run->W != 0 && shard >= run->W))
		return (NULL);
	while (n <= shard)
		n *= 2;
	if (n > l->nworker) {
		if ((w = realloc(l->worker, n * sizeof(*w))) == NULL) {
			*failed = 1;
			return (NULL);
		}
		memset(w + l->nworker, 0, (n - l->nworker) * sizeof(*w));
		l->worker = w;
		l->nworker = n;
	}
	return (&l->worker[shard]);
}

/* A worker's request; of one who has a worker, it is that of a successor. */
static void
take_request(struct live *l, struct live_worker *w, uint32_t generation)
{

	if (l->phase < LIVE_STARTING)
		l->phase = LIVE_STARTING;
	if (w->state == LIVE_HERE && generation > w->generation) {
		w->next_here &= w->next == generation;
		w->next = generation;
		return;
	}
	w->state = LIVE_CALLED;
	w->generation = generation;
}

static void
take_hello(struct live *l, const struct sv_run *run, struct live_worker *w,
    const struct sv_run_mark *m)
{

	(void)sv_price_arch_parse(m->arch, &l->spend.arch);
	l->came += !w->came;
	w->came = 1;
	if (w->next == m->generation && w->state == LIVE_HERE &&
	    m->generation > w->generation) {
		w->next_here = 1;
		return;
	}
	l->replaced += m->generation > 1 && w->state != LIVE_HERE;
	w->state = LIVE_HERE;
	w->generation = m->generation;
	if (l->phase < LIVE_STARTING)
		l->phase = LIVE_STARTING;
	if (l->asked && l->came >= run->W)
		l->phase = LIVE_COMPUTING;
}

int
live_mark(struct live *l, const struct sv_run *run, const struct sv_run_mark *m)
{
	struct live_worker *w;
	int failed = 0;

	if (sv_spend_mark(&l->spend, run->how, m) == -1)
		return (-1);
	l->throttled += m->moment == SV_RUN_RETRY && m->http == 429;
	if ((w = worker(l, run, m->shard, &failed)) == NULL)
		return (failed ? -1 : 0);
	if (m->generation < w->generation)
		return (0);
	switch (m->moment) {
	case SV_RUN_REQUEST:
		take_request(l, w, m->generation);
		break;
	case SV_RUN_HELLO:
		take_hello(l, run, w, m);
		break;
	case SV_RUN_EXIT:
		/* A second instance was refused: the first one is here. */
		if (m->refused && w->state == LIVE_HERE)
			break;
		if (m->generation == w->generation && w->state != LIVE_LOST)
			w->state = LIVE_GONE;
		break;
	default:
		break;
	}
	return (0);
}

/* The successor of ${w} has its place. */
static void
pass(struct live_worker *w)
{

	w->generation = w->next;
	w->state = w->next_here ? LIVE_HERE : LIVE_CALLED;
	w->next = 0;
	w->next_here = 0;
}

/* A worker has gone, for good reasons or others. */
static void
take_loss(struct live *l, struct live_worker *w, uint32_t generation, int lost)
{

	if (w->next != 0 && generation == w->next) {
		w->next = 0;
		w->next_here = 0;
	} else if (generation >= w->generation && w->next != 0) {
		/* What was to be a handover takes its place. */
		l->replaced += w->next_here != 0;
		pass(w);
	} else if (generation >= w->generation)
		w->state = lost ? LIVE_LOST : LIVE_GONE;
}

int
live_event(struct live *l, const struct sv_run *run,
    const struct sv_run_event *e)
{
	int lost = strcmp(e->event, "lost") == 0, failed = 0;
	int left = strcmp(e->event, "left") == 0;
	int handover = strcmp(e->event, "handover") == 0;
	struct live_worker *w;

	if (strcmp(e->event, "stop") == 0)
		l->stopping = e->why;
	if (!lost && !left && !handover)
		return (0);
	l->lost += lost != 0;
	l->handovers += handover != 0;
	if (handover && !isnan(e->from))
		sv_spend_over(&l->spend, e->shard, (uint32_t)e->from,
		    (double)e->time * 1e-9);
	if (left)
		sv_spend_over(&l->spend, e->shard, e->generation,
		    (double)e->time * 1e-9);
	if ((w = worker(l, run, e->shard, &failed)) == NULL)
		return (failed ? -1 : 0);
	if (!handover)
		take_loss(l, w, e->generation, lost);
	else if (e->generation > w->generation) {
		w->next = e->generation;
		w->next_here = 1;
		pass(w);
	}
	return (0);
}

void
live_states(const struct live *l, const struct sv_run *run,
    uint64_t n[LIVE_STATES])
{
	uint64_t W = run->W != 0 ? run->W : run->nshard, known = 0;

	memset(n, 0, LIVE_STATES * sizeof(*n));
	for (size_t i = 0; i < l->nworker; i++) {
		if (l->worker[i].generation == 0)
			continue;
		n[l->worker[i].state]++;
		known++;
	}
	n[LIVE_QUEUED] = W > known ? W - known : 0;
}

uint64_t
live_handing(const struct live *l)
{
	uint64_t n = 0;

	for (size_t i = 0; i < l->nworker; i++)
		n += l->worker[i].next != 0;
	return (n);
}
