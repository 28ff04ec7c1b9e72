#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "ask.h"
#include "budget.h"
#include "err.h"
#include "human.h"
#include "quote.h"
#include "spend.h"

/*
 * Bytes of a worker without rows and vectors, as worker/star.c has it; and how
 * many vectors of d numbers it keeps at most, with the default solver and the
 * acceleration of sv-admm: 33 were measured.
 */
#define PROGRAM ((uint64_t)8 << 20)
#define VECTORS UINT64_C(36)
#define TIGHT 0.9	/* of a function's memory */

/* The rows of the largest shard, in bytes; 0: it does not say. */
static uint64_t
largest(const struct sv_problem *p, uint32_t W)
{
	uint64_t most = 0, bytes;
	json_t *share;

	for (uint32_t i = 0; i < W; i++) {
		if ((share = sv_problem_share(p, i, W)) == NULL)
			return (0);
		bytes = sv_share_bytes(share);
		json_decref(share);
		if (bytes > most)
			most = bytes;
	}
	return (most);
}

/* Can a function hold it? */
static void
weigh(struct quote *q)
{
	uint64_t vectors = VECTORS * 8 * q->p->d;
	double all = q->facts.memory_mb * 1024 * 1024;

	q->rows = largest(q->p, q->o->workers);
	q->need = q->rows < UINT64_MAX - vectors - PROGRAM ?
	    q->rows + vectors + PROGRAM : UINT64_MAX;
	if (q->rows == 0 || !(all > 0))
		q->fit = QUOTE_UNKNOWN;
	else if ((double)q->rows + (double)PROGRAM >= all)
		q->fit = QUOTE_TOO_LARGE;
	else
		q->fit = (double)q->need > TIGHT * all ? QUOTE_TIGHT :
		    QUOTE_FITS;
}

/* Would Lambda start a worker?  -1 after a line on stderr: it was not asked. */
static int
try(struct quote *q)
{
	struct outcome out;

	if (q->o->function == NULL)
		return (0);
	if (ask(q->o, TARGET_TRIAL, "{}", &out) == -1)
		return (-1);
	json_decref(out.members);
	q->trial = out.status / 100 == 2 ? QUOTE_ACCEPTED : QUOTE_REFUSED;
	if (q->trial == QUOTE_REFUSED)
		snprintf(q->why, sizeof(q->why), "%.0d%s%.*s", out.status,
		    out.status != 0 ? " " : "", (int)sizeof(q->why) - 16,
		    out.why);
	return (0);
}

/* How long, and so how much. */
static int
estimate(struct quote *q)
{
	const struct spawn_options *o = q->o;
	double s;

	q->dollars = NAN;
	q->seconds = o->seconds > 0 ? o->seconds : NAN;
	if (o->like != NULL) {
		if (like_estimate(&q->like, o->like, q->p, o->workers,
		    q->facts.memory_mb) == -1)
			return (-1);
		q->have_like = 1;
		q->seconds = q->like.seconds;
	}
	/* Each is billed in whole milliseconds. */
	s = q->seconds + q->like.beyond;
	if (!isnan(s))
		q->dollars = q->requests + q->rate *
		    sv_spend_milliseconds(s) / 1e3;
	q->most = q->requests + q->rate * q->facts.timeout;
	q->lasts = o->budget > 0 && q->rate > 0 ? (o->budget - q->requests) /
	    q->rate : NAN;
	return (0);
}

/* Would the job fail, as far as one can know?  Then say why. */
static int
verdict(const struct quote *q)
{
	char rows[SV_HUMAN];

	if (q->trial == QUOTE_REFUSED) {
		sv_warnx("-l %s: an invocation would be refused: %s",
		    q->o->function, q->why);
		return (SV_EXIT_FAILED);
	}
	if (q->fit == QUOTE_TOO_LARGE) {
		sv_warnx("a shard's rows take %s, which functions of %.0f MB "
		    "have no room for: more workers, or more memory",
		    sv_human_bytes(rows, (double)q->rows), q->facts.memory_mb);
		return (SV_EXIT_FAILED);
	}
	if (q->lasts < BUDGET_FIRST + (q->o->reserve > 0 ? q->o->reserve :
	    BUDGET_RESERVE)) {
		sv_warnx("--budget: it does not pay for the first second and "
		    "what is kept back for the end");
		return (SV_EXIT_FAILED);
	}
	return (SV_EXIT_DONE);
}

/* What functions cost, as far as is known of them. */
static int
find_prices(struct quote *q)
{
	const struct spawn_options *o = q->o;
	double W = (double)o->workers;

	q->facts.memory_mb = o->memory > 0 ? o->memory : NAN;
	q->facts.timeout = NAN;
	q->requests = q->rate = o->command != NULL ? 0 : NAN;
	if (sv_price_read(&q->price, o->prices) == -1 || try(q) == -1 ||
	    (q->trial != QUOTE_REFUSED && facts_find(o, &q->facts) == -1))
		return (-1);
	if (o->command == NULL && q->facts.memory_mb > 0) {
		q->requests = sv_price_requests(&q->price, W, 0);
		q->rate = W * sv_price_rate(&q->price, q->facts.arch,
		    q->facts.memory_mb);
	}
	return (0);
}

int
dryrun(const struct spawn_options *o, const struct sv_problem *problem)
{
	struct quote q = { .o = o, .p = problem, .how = "exec",
	    .what = o->command };
	struct target *t = NULL;
	int status = SV_EXIT_FAILED;

	if (o->command == NULL) {
		if ((t = target_new(o, TARGET_WORKER)) == NULL)
			return (status);
		q.how = o->url != NULL ? "url" : o->async ? "lambda-async" :
		    "lambda";
		q.what = t->name;	/* no secret is in it */
	}
	if (find_prices(&q) == 0) {
		weigh(&q);
		if (estimate(&q) == 0 &&
		    (o->json ? quote_json(&q) : quote_text(&q)) == 0)
			status = verdict(&q);
	}
	target_free(t);
	return (status);
}
