#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "err.h"
#include "master.h"

#define HUGE_LAMBDA 1e150	/* no feature is worth that */
#define LEAST 1e-3	/* of the largest weight, the last one of --path */

/*
 * The k-th of the path's weights: as given, or equal steps of its logarithm
 * from the least one that gives 0.
 */
static double
weight(const struct choice *c, double top, uint32_t k)
{

	if (c->nlambda != 0)
		return (c->lambda[k]);
	return (top * pow(LEAST, (double)k / (double)(c->path - 1)));
}

uint32_t
path_weights(const struct choice *c)
{

	return (c->nlambda != 0 ? c->nlambda : c->path);
}

/* Another weight for the regulariser; what the judge says of the start. */
static enum sv_judge_next
turn_to(struct master *m, double lambda)
{

	m->g.lambda = lambda;
	m->g.ridge = m->base.ridge * (lambda / m->base.lambda);
	m->first = m->round;
	m->method->retarget(m->self, &m->g);
	return (sv_judge_retarget(m->judge, &m->g));
}

enum sv_judge_next
path_turn(struct master *m)
{
	struct place *p = &m->place;
	enum sv_judge_next next;

	next = turn_to(m, !p->top_is_known ? HUGE_LAMBDA :
	    weight(m->choice, p->top, p->at));
	m->first -= p->before < m->first ? p->before : m->first;
	p->before = 0;
	return (next);
}

/* A fit for the place, or the rest of it. */
static enum master_end
fit(struct master *m)
{

	if (m->enter == MASTER_ROUND)
		return (master_fit(m, path_turn(m)));
	return (master_fit(m, SV_JUDGE_ON));
}

/*
 * The least weight for which all features are 0.  An intercept is fitted first,
 * with nothing beside it.
 */
static enum master_end
find_top(struct master *m)
{
	struct place *p = &m->place;
	enum master_end end = MASTER_CONVERGED;

	if (m->enter == MASTER_ROUND)
		p->top = sv_judge_lambda_max(m->judge);
	if (m->enter != MASTER_ROUND ||
	    (isfinite(p->top) && m->choice->task.intercept)) {
		p->top = 0.0;
		end = fit(m);
		p->top = sv_judge_lambda_max(m->judge);
	}
	p->top_is_known = 1;
	if (end == MASTER_LIMIT)
		sv_warnx("--path: the intercept alone has not converged after "
		    "%" PRIu32 " rounds: the largest weight is a guess",
		    m->choice->max_rounds);
	if (end == MASTER_FAILED || isfinite(p->top))
		return (end);
	sv_warnx("--path: no weight makes all coefficients 0 here; name those "
	    "wanted with --lambdas");
	return (MASTER_FAILED);
}

enum master_end
master_path(struct master *m)
{
	uint32_t n = path_weights(m->choice);
	struct place *p = &m->place;
	enum master_end end;

	if (!(m->base.lambda > 0.0)) {
		sv_warnx("%s: this regulariser has no weight to change",
		    m->choice->nlambda != 0 ? "--lambdas" : "--path");
		return (MASTER_FAILED);
	}
	if (!p->top_is_known)
		p->worst = find_top(m);
	if (p->worst == MASTER_FAILED)
		return (MASTER_FAILED);
	if (p->worst == MASTER_UNBOUNDED && p->at == 0) {
		/* So it is with any weight: the one given will do. */
		(void)turn_to(m, m->base.lambda);
		return (master_conclude(m, p->worst) == 0 ? p->worst :
		    MASTER_FAILED);
	}
	/* After a stop there is the model under way, and one at least. */
	for (; p->at < n; p->at++) {
		end = fit(m);
		if (end == MASTER_FAILED || master_conclude(m, end) == -1)
			return (MASTER_FAILED);
		if (end != MASTER_CONVERGED)
			p->worst = end;
		if (session_stopped(m->session))
			return (p->at + 1 < n ? MASTER_STOPPED : p->worst);
	}
	return (p->worst);
}
