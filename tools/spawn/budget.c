#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "budget.h"
#include "clock.h"
#include "err.h"
#include "facts.h"
#include "human.h"
#include "json.h"
#include "run.h"
#include "spend.h"

#define ROUNDS 2.5	/* the header says more */
#define WORKERS_END 0.5	/* s */
#define OVERDUE 1.0	/* s, for a hub that does not do as it is told */

struct budget {
	const struct spawn_options *o;
	struct sv_price price;
	struct sv_spend spend;
	enum sv_run_how how;
	double memory_mb;
	double pace;	/* s, the longest of the last rounds */
	int refused;	/* a worker that was too much */
	double until;	/* the job is over by then; 0: no stop yet */
};

/* Seconds that are kept back for the end. */
static double
reserve(const struct budget *b)
{

	if (b->o->reserve > 0)
		return (b->o->reserve);
	return (BUDGET_RESERVE + ROUNDS * b->pace);
}

/* Is there enough for a beginning? */
static int
check(const struct budget *b, enum sv_price_arch arch)
{
	double W = (double)b->o->workers, s = reserve(b), cost;
	char have[SV_HUMAN], need[SV_HUMAN];

	cost = sv_price_requests(&b->price, W, 0) +
	    (BUDGET_FIRST + s) * sv_price_rate(&b->price, arch,
	    W * b->memory_mb);
	if (cost <= b->o->budget)
		return (0);
	sv_warnx("--budget: %s is not enough for %.0f functions of %.0f MB: "
	    "their first second, and the %.3g s that are kept back for the "
	    "end, cost %s", sv_human_dollars(have, b->o->budget), W,
	    b->memory_mb, s, sv_human_dollars(need, cost));
	return (-1);
}

int
budget_new(const struct spawn_options *o, struct budget **to)
{
	struct budget *b;
	struct facts f;

	*to = NULL;
	if (!(o->budget > 0))
		return (0);
	if ((b = calloc(1, sizeof(*b))) == NULL) {
		sv_warn("cannot start");
		return (-1);
	}
	b->o = o;
	b->how = o->url != NULL ? SV_RUN_URL : o->async ? SV_RUN_ASYNC :
	    SV_RUN_LAMBDA;
	if (sv_price_read(&b->price, o->prices) == -1 ||
	    facts_find(o, &f) == -1) {
		free(b);
		return (-1);
	}
	b->memory_mb = f.memory_mb;
	sv_spend_init(&b->spend, &b->price, f.arch, f.memory_mb);
	if (!isnan(f.timeout))
		b->spend.limit = f.timeout;
	if (check(b, f.arch) == -1) {
		budget_free(b);
		return (-1);
	}
	*to = b;
	return (0);
}

void
budget_free(struct budget *b)
{

	if (b == NULL)
		return;
	sv_spend_fini(&b->spend);
	free(b);
}

/* Now, to the nanosecond, as frames count. */
static int64_t
now_ns(void)
{

	return ((int64_t)(1e9 * sv_clock_mono()));
}

static double
now(void)
{

	return ((double)now_ns() / 1e9);
}

int
budget_note(struct budget *b, uint32_t shard, uint32_t generation,
    const json_t *record)
{
	struct sv_run_mark m;
	struct sv_frame f;

	if (b == NULL)
		return (0);
	memset(&f, 0, sizeof(f));
	f.type = SV_SPAWN;
	f.shard = shard;
	f.generation = generation;
	f.time = now_ns();
	if (sv_run_mark(&m, &f, record) != 1)
		return (0);
	m.time = f.time;
	if (sv_spend_mark(&b->spend, b->how, &m) == -1) {
		sv_warn("--budget");
		return (-1);
	}
	/* What is behind a URL has not said it itself. */
	sv_spend_memory(&b->spend, shard, generation, b->memory_mb);
	return (0);
}

void
budget_hear(struct budget *b, const struct sv_frame *f)
{
	json_t *o = b == NULL ? NULL : sv_json_of(f);
	const char *event;
	double s;

	if (o != NULL && sv_json_string(o, "event", &event) == 0 &&
	    strcmp(event, "pace") == 0 &&
	    sv_json_double(o, "round_s", &s) == 0 && s >= 0)
		b->pace = s;
	json_decref(o);
}

int
budget_due(struct budget *b, char why[SV_WHY], double *within)
{
	char budget[SV_HUMAN], spent[SV_HUMAN], rate[SV_HUMAN];
	double cost, r, s;

	if (b == NULL || b->until > 0)
		return (0);
	cost = sv_spend_now(&b->spend, now());
	r = sv_spend_rate(&b->spend);
	s = reserve(b);
	if ((cost + r * s < b->o->budget && !b->refused) || !(cost > 0))
		return (0);
	*within = s - WORKERS_END > 0.1 ? s - WORKERS_END : 0.1;
	b->until = now() + s;
	snprintf(why, SV_WHY, "the budget of %s is nearly spent: %s until now, "
	    "and %s a second", sv_human_dollars(budget, b->o->budget),
	    sv_human_dollars(spent, cost), sv_human_dollars(rate, r));
	return (1);
}

int
budget_allows(struct budget *b, int first)
{
	double more;

	if (b == NULL)
		return (1);
	if (b->until > 0)
		return (0);
	if (first)
		return (1);
	more = sv_price_requests(&b->price, 1, 0) + reserve(b) *
	    (sv_spend_rate(&b->spend) + sv_price_rate(&b->price, b->spend.arch,
	    b->memory_mb));
	b->refused = sv_spend_now(&b->spend, now()) + more >= b->o->budget;
	return (!b->refused);
}

int
budget_is_over(const struct budget *b)
{

	return (b != NULL && b->until > 0 && now() > b->until + OVERDUE);
}

void
budget_tell(const struct budget *b)
{
	char spent[SV_HUMAN], budget[SV_HUMAN];

	if (b == NULL || b->o->quiet || b->spend.n == 0)
		return;
	sv_warnx("spent %s of %s", sv_human_dollars(spent,
	    sv_spend_now(&b->spend, now())), sv_human_dollars(budget,
	    b->o->budget));
}
