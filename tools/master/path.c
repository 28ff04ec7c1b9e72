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

/* Another weight for the regulariser; what the judge says of the start. */
static enum sv_judge_next
turn_to(struct master *m, const struct sv_prox *base, double lambda)
{

	m->g.lambda = lambda;
	m->g.ridge = base->ridge * (lambda / base->lambda);
	m->first = m->round;
	m->method->retarget(m->self, &m->g);
	return (sv_judge_retarget(m->judge, &m->g));
}

/*
 * The least weight for which all features are 0.  An intercept is fitted first,
 * with nothing beside it.
 */
static enum master_end
find_top(struct master *m, const struct sv_prox *base, double *top)
{
	enum master_end end = MASTER_CONVERGED;

	*top = sv_judge_lambda_max(m->judge);
	if (isfinite(*top) && m->choice->task.intercept) {
		end = master_fit(m, turn_to(m, base, HUGE_LAMBDA));
		*top = sv_judge_lambda_max(m->judge);
	}
	if (end == MASTER_LIMIT)
		sv_warnx("--path: the intercept alone has not converged after "
		    "%" PRIu32 " rounds: the largest weight is a guess",
		    m->choice->max_rounds);
	if (end == MASTER_FAILED || isfinite(*top))
		return (end);
	sv_warnx("--path: no weight makes all coefficients 0 here; name those "
	    "wanted with --lambdas");
	return (MASTER_FAILED);
}

enum master_end
master_path(struct master *m)
{
	const struct choice *c = m->choice;
	uint32_t n = c->nlambda != 0 ? c->nlambda : c->path;
	enum master_end end, worst = MASTER_CONVERGED;
	struct sv_prox base = m->g;
	double top = 0.0;

	if (!(base.lambda > 0.0)) {
		sv_warnx("%s: this regulariser has no weight to change",
		    c->nlambda != 0 ? "--lambdas" : "--path");
		return (MASTER_FAILED);
	}
	if (c->nlambda == 0)
		worst = find_top(m, &base, &top);
	if (worst == MASTER_FAILED)
		return (MASTER_FAILED);
	if (worst == MASTER_UNBOUNDED) {
		/* So it is with any weight: the one given will do. */
		(void)turn_to(m, &base, base.lambda);
		return (master_conclude(m, worst) == 0 ? worst : MASTER_FAILED);
	}
	/* After a stop there is the model under way, and one at least. */
	for (uint32_t k = 0; k < n; k++) {
		end = master_fit(m, turn_to(m, &base, weight(c, top, k)));
		if (end == MASTER_FAILED || master_conclude(m, end) == -1)
			return (MASTER_FAILED);
		if (end != MASTER_CONVERGED)
			worst = end;
		if (session_stopped(m->session))
			return (k + 1 < n ? MASTER_STOPPED : worst);
	}
	return (worst);
}
