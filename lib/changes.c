#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "changes.h"

#define CONNECTION "its connection"	/* so begins a reason */

/* What is told of one generation of one shard, apart from its change. */
enum fact_kind {
	FACT_WANTED,	/* value: s after the job began */
	FACT_REQUEST,	/* likewise */
	FACT_HELLO,	/* likewise */
	FACT_TAKEN,	/* value: the round of the state */
	FACT_STEPS,	/* ... and value: the steps made again */
	FACT_CUT,	/* its connection was; value: as above */
	FACT_BACK,	/* ... and it came back */
	FACT_GONE,	/* it was lost, or left; value: likewise */
	FACT_HANDOVER	/* it took over; the last of these */
};

struct fact {
	uint32_t shard;
	uint32_t generation;
	enum fact_kind kind;
	size_t order;	/* of what has happened twice the first counts */
	double value;
	int stands_in;	/* HELLO: for a worker that was lost, or left */
	int connection;	/* GONE: as that was cut, and for nothing else */
};

struct facts {
	struct fact *fact;
	size_t n;
};

static int
by_generation(const void *a, const void *b)
{
	const struct fact *x = a, *y = b;

	if (x->shard != y->shard)
		return (x->shard < y->shard ? -1 : 1);
	if (x->generation != y->generation)
		return (x->generation < y->generation ? -1 : 1);
	if (x->kind != y->kind)
		return (x->kind < y->kind ? -1 : 1);
	return (x->order < y->order ? -1 : x->order > y->order);
}

/* Seconds after the job began. */
static double
after(const struct sv_run *run, int64_t time)
{

	return (run->job_time == 0 ? NAN : sv_run_seconds(run->job_time, time));
}

static int
is(const struct sv_run_event *e, const char *event)
{

	return (strcmp(e->event, event) == 0);
}

static void
add(struct facts *f, uint32_t shard, uint32_t generation, enum fact_kind kind,
    double value)
{

	f->fact[f->n] = (struct fact){ shard, generation, kind, f->n, value,
	    0, 0 };
	f->n++;
}

/* Collect and sort what is told; -1 with errno set. */
static int
collect(const struct sv_run *run, struct facts *f)
{

	f->n = 0;
	f->fact = calloc(2 * run->nevent + run->nmark + 1, sizeof(*f->fact));
	if (f->fact == NULL)
		return (-1);
	for (size_t i = 0; i < run->nevent; i++) {
		const struct sv_run_event *e = &run->event[i];

		if (is(e, "wanted") && strcmp(e->why, "handover") == 0)
			add(f, e->shard, e->generation, FACT_WANTED,
			    after(run, e->time));
		else if (is(e, "taken")) {
			add(f, e->shard, e->generation, FACT_TAKEN, e->round);
			add(f, e->shard, e->generation, FACT_STEPS, e->steps);
		} else if (is(e, "handover"))
			add(f, e->shard, e->generation, FACT_HANDOVER, NAN);
		else if (is(e, "cut"))
			add(f, e->shard, e->generation, FACT_CUT,
			    after(run, e->time));
		else if (is(e, "back"))
			add(f, e->shard, e->generation, FACT_BACK, NAN);
		else if (is(e, "lost") || is(e, "left")) {
			add(f, e->shard, e->generation, FACT_GONE,
			    after(run, e->time));
			f->fact[f->n - 1].connection = strncmp(e->why,
			    CONNECTION, strlen(CONNECTION)) == 0;
		}
	}
	for (size_t i = 0; i < run->nmark; i++) {
		const struct sv_run_mark *m = &run->mark[i];

		if (m->moment == SV_RUN_REQUEST)
			add(f, m->shard, m->generation, FACT_REQUEST,
			    after(run, m->time));
		else if (m->moment == SV_RUN_HELLO)
			add(f, m->shard, m->generation, FACT_HELLO,
			    after(run, m->time));
	}
	qsort(f->fact, f->n, sizeof(*f->fact), by_generation);
	return (0);
}

/* The first fact that is ${key} or behind it; may be the end. */
static size_t
lower(const struct facts *f, const struct fact *key)
{
	size_t lo = 0, hi = f->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (by_generation(&f->fact[mid], key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

/* The fact, or NULL. */
static struct fact *
find(const struct facts *f, uint32_t shard, uint32_t generation,
    enum fact_kind kind)
{
	struct fact key = { shard, generation, kind, 0, NAN, 0, 0 };
	size_t i = lower(f, &key);

	if (i == f->n || f->fact[i].shard != shard ||
	    f->fact[i].generation != generation || f->fact[i].kind != kind)
		return (NULL);
	return (&f->fact[i]);
}

static double
value(const struct facts *f, uint32_t shard, uint32_t generation,
    enum fact_kind kind)
{
	const struct fact *fact = find(f, shard, generation, kind);

	return (fact != NULL ? fact->value : NAN);
}

/*
 * Was ${c}'s worker a successor that waited for its turn?  Then another one was
 * at work: none before it went while it was there.
 */
static int
waited(const struct facts *f, const struct sv_change *c)
{
	const struct fact *wanted = find(f, c->shard, c->generation,
	    FACT_WANTED);
	struct fact key = { c->shard, 0, FACT_WANTED, 0, NAN, 0, 0 };

	if (wanted == NULL ||
	    find(f, c->shard, c->generation, FACT_HANDOVER) != NULL)
		return (0);
	for (size_t i = lower(f, &key); &f->fact[i] < wanted; i++)
		if (f->fact[i].kind == FACT_GONE && f->fact[i].value <= c->at &&
		    f->fact[i].value >= wanted->value)
			return (0);
	return (1);
}

/*
 * Who came after ${c}'s worker: the first later generation that said hello, and
 * was not gone by then, or else that was asked for; 0: none was.
 */
static uint32_t
next_of(const struct facts *f, const struct sv_change *c, int away)
{
	struct fact key = { c->shard, c->generation, FACT_HANDOVER, SIZE_MAX,
	    NAN, 0, 0 };
	uint32_t asked = 0;

	for (size_t i = lower(f, &key); i < f->n &&
	    f->fact[i].shard == c->shard; i++) {
		struct fact *fact = &f->fact[i];

		if (value(f, fact->shard, fact->generation, FACT_GONE) <= c->at)
			continue;
		if (asked == 0)
			asked = fact->generation;
		if (fact->kind == FACT_HELLO) {
			fact->stands_in |= away;
			return (fact->generation);
		}
	}
	return (asked);
}

/* Since when ${c}'s worker was away: from when its connection was cut at last. */
static double
away_since(const struct facts *f, const struct sv_change *c)
{
	struct fact key = { c->shard, c->generation, FACT_CUT, 0, NAN, 0, 0 };
	uint64_t cuts = 0, backs = 0;
	double since = c->at;

	for (size_t i = lower(f, &key); i < f->n &&
	    f->fact[i].shard == c->shard &&
	    f->fact[i].generation == c->generation; i++) {
		cuts += f->fact[i].kind == FACT_CUT;
		backs += f->fact[i].kind == FACT_BACK;
		if (f->fact[i].kind == FACT_CUT)
			since = fmin(c->at, f->fact[i].value);
	}
	return (cuts > backs ? since : c->at);
}

/* What the event ${e} is as a change; 0: none. */
static int
change_of(struct sv_change *c, const struct sv_run *run,
    const struct sv_run_event *e, const struct facts *f)
{
	int away = 0;

	*c = (struct sv_change){ .shard = e->shard, .why = e->why,
	    .generation = e->generation, .at = after(run, e->time),
	    .took = NAN, .bytes = NAN, .away = NAN, .saved = NAN,
	    .steps = NAN };
	if (is(e, "handover")) {
		c->kind = SV_CHANGE_HANDOVER;
		c->next = e->generation;
		c->generation = isnan(e->from) ? 0 : (uint32_t)e->from;
		c->took = e->took;
		c->bytes = e->bytes;
	} else if (is(e, "lost") || is(e, "left")) {
		c->kind = is(e, "lost") ? SV_CHANGE_LOST : SV_CHANGE_LEFT;
		away = !waited(f, c);
		c->next = next_of(f, c, away);
	} else
		return (0);
	c->wanted = value(f, c->shard, c->next, FACT_WANTED);
	c->called = value(f, c->shard, c->next, FACT_REQUEST);
	c->hello = value(f, c->shard, c->next, FACT_HELLO);
	if (away) {
		/* One that is there already waits until it may. */
		c->away = isnan(c->hello) ? NAN : fmax(c->hello, c->at) -
		    away_since(f, c);
		c->saved = value(f, c->shard, c->next, FACT_TAKEN);
		c->steps = value(f, c->shard, c->next, FACT_STEPS);
	}
	return (1);
}

static int
list(const struct sv_run *run, const struct facts *f,
    struct sv_change **change, size_t *n)
{

	*n = 0;
	if ((*change = calloc(run->nevent + 1, sizeof(**change))) == NULL)
		return (-1);
	for (size_t i = 0; i < run->nevent; i++)
		*n += (size_t)change_of(&(*change)[*n], run, &run->event[i],
		    f);
	return (0);
}

int
sv_changes_list(const struct sv_run *run, struct sv_change **change, size_t *n)
{
	struct facts f;
	int rc;

	*n = 0;
	*change = NULL;
	if (collect(run, &f) == -1)
		return (-1);
	rc = list(run, &f, change, n);
	free(f.fact);
	return (rc);
}

int
sv_changes_overlap(const struct sv_run *run, const struct sv_bill_entry *entry,
    size_t n, struct sv_overlap *o)
{
	double until = NAN;	/* this shard's earlier workers are billed */
	struct facts f;

	memset(o, 0, sizeof(*o));
	if (collect(run, &f) == -1)
		return (-1);
	for (size_t i = 0; i < n; i++) {
		const struct sv_bill_entry *e = &entry[i];
		double end = e->from + e->seconds, both;

		if (i == 0 || e->shard != e[-1].shard)
			until = NAN;
		if (find(&f, e->shard, e->generation, FACT_WANTED) != NULL) {
			o->n++;
			both = fmin(end, until) - e->from;
			if (until > e->from && both > 0) {
				o->seconds += both;
				o->gb_seconds += isnan(e->mb) ? 0 :
				    e->mb / 1024 * both;
			}
		}
		until = fmax(until, end);
	}
	free(f.fact);
	return (0);
}

/* Means and extremes of the changes. */
static void
count_changes(struct sv_changes *c, const struct sv_change *change, size_t n)
{
	struct sv_stat bytes = { .n = 0 }, took = { .n = 0 }, away = { .n = 0 };

	for (size_t i = 0; i < n; i++) {
		c->handovers += change[i].kind == SV_CHANGE_HANDOVER;
		c->lost += change[i].kind == SV_CHANGE_LOST;
		c->left += change[i].kind == SV_CHANGE_LEFT;
		sv_stat_add(&bytes, change[i].bytes);
		sv_stat_add(&took, change[i].took);
		sv_stat_add(&away, change[i].away);
	}
	c->bytes = sv_stat_mean(&bytes);
	c->took_s = sv_stat_mean(&took);
	c->took_max_s = sv_stat_max(&took);
	c->away_s = sv_stat_mean(&away);
	c->away_max_s = sv_stat_max(&away);
}

/* Those that came for one that had gone, and those that came in time. */
static void
count_hellos(struct sv_changes *c, const struct facts *f)
{

	for (size_t i = 0; i < f->n; i++) {
		const struct fact *x = &f->fact[i];
		int wanted;

		if (x->kind != FACT_HELLO || x->generation <= 1 ||
		    find(f, x->shard, x->generation, FACT_HELLO) != x)
			continue;
		wanted = find(f, x->shard, x->generation, FACT_WANTED) != NULL;
		c->successors += wanted != 0;
		c->replaced += find(f, x->shard, x->generation,
		    FACT_HANDOVER) == NULL && (x->stands_in || !wanted);
	}
}

/* Who dies has its connection cut, too: that is no loss of it. */
static void
count_cuts(struct sv_changes *c, const struct facts *f)
{
	uint64_t cuts, backs;
	int gone;

	for (size_t i = 0, k = 0; i < f->n; i = k) {
		cuts = backs = 0;
		gone = 0;
		for (; k < f->n && f->fact[k].shard == f->fact[i].shard &&
		    f->fact[k].generation == f->fact[i].generation; k++) {
			cuts += f->fact[k].kind == FACT_CUT;
			backs += f->fact[k].kind == FACT_BACK;
			gone |= f->fact[k].kind == FACT_GONE &&
			    !f->fact[k].connection;
		}
		c->cuts += cuts - (gone && cuts > backs);
		c->backs += backs < cuts ? backs : cuts;
	}
}

static int
count_overlap(const struct sv_run *run, const struct sv_start *start, size_t n,
    struct sv_changes *c)
{
	struct sv_bill_entry *entry;
	size_t m;
	int rc;

	if (sv_bill_list(start, n, &entry, &m) == -1)
		return (-1);
	rc = sv_changes_overlap(run, entry, m, &c->overlap);
	free(entry);
	return (rc);
}

int
sv_changes_count(const struct sv_run *run, const struct sv_start *start,
    size_t nstart, struct sv_changes *c)
{
	struct sv_change *change = NULL;
	struct facts f;
	size_t n;
	int rc;

	memset(c, 0, sizeof(*c));
	if (collect(run, &f) == -1)
		return (-1);
	if ((rc = list(run, &f, &change, &n)) == 0) {
		count_changes(c, change, n);
		count_hellos(c, &f);
		count_cuts(c, &f);
		rc = count_overlap(run, start, nstart, c);
	}
	for (size_t i = 0; i < run->nevent; i++)
		c->refused += is(&run->event[i], "refused") != 0;
	/* Not each of them need have an event. */
	if (run->peers.refused > (double)c->refused)
		c->refused = (uint64_t)run->peers.refused;
	free(change);
	free(f.fact);
	return (rc);
}
