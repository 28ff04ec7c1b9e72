#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

/*
 * However far the goal seems, look at it when it has not been looked at for a
 * fifth of the rounds so far or LOOK_ROUNDS, if the rounds since then have made
 * LOOK_SHARE times the passes over the data that the look costs, or there were
 * LOOK_PATIENCE times as many.
 */
#define LOOK_ROUNDS 10u
#define LOOK_SHARE 20.0
#define LOOK_PATIENCE 4u

struct sv_judge {
	struct sv_judge_conf conf;
	struct sv_dual *dual;
	double rows, positive;
	double *z0;	/* the start ... */
	double *start;	/* ... the gradient there ... */
	double up[SV_UP_GRAD_N];	/* ... and what came with it */
	double scale;	/* optimality = V(z) scale */
	double lookpasses;	/* that a GRAD round costs */

	double *at;	/* z looked at last ... */
	double *grad;	/* ... and the gradient there */
	double objective, optimality;	/* at the last z; NaN: not known */
	double goal;	/* what the rule holds against the tolerance there */
	double merit_seen;	/* the method's at that look; NaN before */
	double merit;	/* ... now */
	uint32_t round;	/* rounds so far */
	uint32_t since;	/* ... since that look */
	uint32_t proof;	/* ... since the last certificate */
	double spent;	/* passes since that look */
	double tolerance;	/* of the certificate in hand */
	unsigned limit;	/* ... and the rounds it may still ask for */
	double gc[SV_GC_N];	/* its next round */
	const char *why;
};

struct sv_judge *
sv_judge_new(const struct sv_judge_conf *conf)
{
	struct sv_dual_conf dual = {
		.g = conf->g, .n = conf->n, .intercept = conf->intercept,
		.loss = conf->loss, .param = conf->param, .own = conf->own
	};
	struct sv_judge *j;

	if ((j = calloc(1, sizeof(*j))) == NULL)
		goto err0;
	j->conf = *conf;
	j->dual = sv_dual_new(&dual);
	j->start = calloc(conf->n, sizeof(*j->start));
	j->z0 = calloc(conf->n, sizeof(*j->z0));
	j->at = calloc(conf->n, sizeof(*j->at));
	j->grad = calloc(conf->n, sizeof(*j->grad));
	if (j->dual == NULL || j->start == NULL || j->z0 == NULL ||
	    j->at == NULL || j->grad == NULL)
		goto err1;
	j->objective = j->optimality = j->goal = j->merit_seen = NAN;
	return (j);

err1:
	sv_judge_free(j);
err0:
	return (NULL);
}

void
sv_judge_free(struct sv_judge *j)
{

	if (j == NULL)
		return;
	free(j->grad);
	free(j->at);
	free(j->z0);
	free(j->start);
	sv_dual_free(j->dual);
	free(j);
}

/*
 * What rounding leaves of an intercept's gradient at the start that is 0, as
 * that of classes whose weights balance them is.  The sum of the |w_j l'| is at
 * most that of the w_j (logistic), sqrt(4 sum w_j sum w_j l) (losses with
 * l'^2 <= 4 l), or twice that of the w_j (Poisson, where it is 0).
 */
static double
noise(const struct sv_judge *j)
{
	double weight = j->up[SV_UP_WEIGHT];

	return ((64.0 + sqrt(j->rows)) * DBL_EPSILON *
	    2.0 * (weight + sqrt(weight * fabs(j->up[SV_UP_FZ]))));
}

/* V(z) / V(start) as LIBLINEAR scales it: the factor of V(z). */
static void
set_scale(struct sv_judge *j)
{
	double v = sv_prox_violation(&j->conf.g, j->z0, j->start, j->conf.n);
	double few = fmin(j->positive, j->rows - j->positive);
	double slope = fabs(j->start[j->conf.n - 1]);

	if (j->conf.intercept && slope <= noise(j))
		v -= slope;
	j->scale = 0.0;
	if (v > 0.0 && isfinite(v))
		j->scale = (j->conf.loss->classes ?
		    j->rows / fmax(few, 1.0) : 1.0) / v;
}

/*
 * A free intercept has no best value where it can take all the loss away:
 * labels of one kind, or counts that are all 0 (then the sum of the losses'
 * derivatives at margins of 0, where z is 0, is that of the weights).
 */
static const char *
no_intercept(const struct sv_judge *j)
{
	size_t n = j->conf.n;
	int zero = 1;

	if (!j->conf.intercept || j->rows < 1.0)
		return (NULL);
	for (size_t i = 0; i < n; i++)
		zero &= !(j->z0[i] < 0.0 || j->z0[i] > 0.0);
	if (strcmp(j->conf.loss->name, "logistic") == 0 &&
	    (j->positive < 1.0 || j->positive > j->rows - 1.0))
		return ("all rows have the same label: there is no best "
		    "intercept, the further from 0 the better");
	if (strcmp(j->conf.loss->name, "poisson") == 0 && zero &&
	    j->start[n - 1] >= j->up[SV_UP_WEIGHT] - noise(j))
		return ("all counts are 0: there is no best intercept, the "
		    "smaller the better");
	return (NULL);
}

/*
 * With all losses below log 2 every row is on its side of the plane: a logistic
 * loss that nothing holds goes to 0 along z, and has no minimum.
 */
static const char *
separated(const struct sv_judge *j, const double *up)
{
	const char *g = j->conf.g.name;

	if (strcmp(j->conf.loss->name, "logistic") == 0 &&
	    up[SV_UP_FZ] < 0.69314718 * j->conf.least && j->rows > 0.0 &&
	    (strcmp(g, "none") == 0 || strcmp(g, "nonneg") == 0))
		return ("the classes can be told apart without an error and "
		    "nothing keeps the coefficients small: there is no "
		    "minimum, F falls to 0");
	return (NULL);
}

/* The start is z; how good is that? */
static enum sv_judge_next
begin(struct sv_judge *j)
{
	size_t n = j->conf.n;

	memcpy(j->at, j->z0, n * sizeof(*j->at));
	memcpy(j->grad, j->start, n * sizeof(*j->grad));
	set_scale(j);
	sv_dual_grad(j->dual, j->z0, j->start, j->up);
	j->objective = sv_dual_value(j->dual);
	j->optimality = sv_prox_violation(&j->conf.g, j->z0, j->start, n) *
	    j->scale;
	j->why = no_intercept(j);
	if (j->why != NULL)
		return (SV_JUDGE_UNBOUNDED);
	return (j->scale > 0.0 ? SV_JUDGE_ON : SV_JUDGE_DONE);
}

enum sv_judge_next
sv_judge_start(struct sv_judge *j, const double *z, const double *grad,
    const double *up)
{
	size_t n = j->conf.n;

	j->rows = up[SV_UP_ROWS];
	j->positive = up[SV_UP_POS];
	j->lookpasses = up[SV_UP_GPASSES] / (double)j->conf.workers;
	memcpy(j->start, grad, n * sizeof(*grad));
	memcpy(j->z0, z, n * sizeof(*z));
	memcpy(j->up, up, sizeof(j->up));
	return (begin(j));
}

enum sv_judge_next
sv_judge_retarget(struct sv_judge *j, const struct sv_prox *g)
{

	j->conf.g = *g;
	sv_dual_retarget(j->dual, g);
	j->goal = j->merit_seen = NAN;
	j->round = j->since = j->proof = 0;
	j->spent = 0.0;
	return (begin(j));
}

double
sv_judge_lambda_max(const struct sv_judge *j)
{
	struct sv_prox g = j->conf.g;
	size_t d = g.d < j->conf.n ? g.d : j->conf.n;
	double lo = 0.0, hi = 1.0;

	/* It is the answer where V = 0; monotone in lambda. */
	if (!(g.lambda > 0.0))
		return (INFINITY);
	for (g.lambda = hi; g.violation(&g, j->at, j->grad, d) > 0.0;
	    g.lambda = hi) {
		if (hi > 1e300)
			return (INFINITY);
		lo = hi;
		hi *= 2.0;
	}
	for (int i = 0; i < 100; i++) {
		g.lambda = lo + (hi - lo) / 2.0;
		if (g.violation(&g, j->at, j->grad, d) > 0.0)
			lo = g.lambda;
		else
			hi = g.lambda;
	}
	return (hi);
}

/* How far the last z is from the optimum, at most. */
static double
gap(const struct sv_judge *j)
{

	return (fmax(j->objective - sv_dual_bound(j->dual), 0.0));
}

/* What the rule holds against its tolerance at the last z. */
static double
goal(const struct sv_judge *j)
{

	if (j->conf.rule == SV_JUDGE_GAP && isfinite(j->objective))
		return (gap(j) / fmax(fabs(j->objective), 1e-300));
	return (j->optimality);
}

/*
 * What a look would find.  The last one tells what a merit is worth; before the
 * first one a norm of n elements has to do for their sum, which is not more
 * than sqrt(n) times as much, and hardly ever less than a tenth of that.
 */
static double
guess(const struct sv_judge *j, double merit)
{

	if (!isnan(j->merit_seen))
		return (j->goal * merit / j->merit_seen);
	if (j->conf.rule == SV_JUDGE_GAP)
		return (0.0);
	return (0.1 * sqrt((double)j->conf.n) * merit * j->scale);
}

double
sv_judge_guess(const struct sv_judge *j, double merit)
{

	/* Before the first look it would be more than rough. */
	if (j->conf.rule == SV_JUDGE_OWN || isnan(j->merit_seen))
		return (NAN);
	return (guess(j, merit));
}

int
sv_judge_due(struct sv_judge *j, double merit, double passes)
{
	uint32_t patience = j->round / 5 + 1;

	j->round++;
	j->since++;
	j->proof++;
	j->spent += passes;
	j->merit = merit;
	if (j->conf.every != 0 && j->proof >= j->conf.every)
		return (1);
	if (j->conf.rule == SV_JUDGE_OWN)
		return (0);
	if (guess(j, merit) <= j->conf.tolerance)
		return (1);
	if (patience > LOOK_ROUNDS)
		patience = LOOK_ROUNDS;
	return (j->since >= patience &&
	    (j->spent >= LOOK_SHARE * j->lookpasses ||
	    j->since >= LOOK_PATIENCE * patience));
}

/* What follows from all that is known of this z. */
static enum sv_judge_next
verdict(struct sv_judge *j)
{

	j->goal = goal(j);
	j->merit_seen = j->merit;
	j->since = 0;
	j->spent = 0.0;
	if (j->why != NULL)
		return (SV_JUDGE_UNBOUNDED);
	return (j->conf.rule != SV_JUDGE_OWN && j->goal <= j->conf.tolerance ?
	    SV_JUDGE_DONE : SV_JUDGE_ON);
}

/* Go on with the certificate, or be done with this z. */
static enum sv_judge_next
proceed(struct sv_judge *j)
{
	double gc[SV_GC_N];

	if (j->limit > 0 && sv_dual_ask(j->dual, j->tolerance, gc)) {
		j->limit--;
		memcpy(j->gc, gc, sizeof(gc));
		return (SV_JUDGE_CONJ);
	}
	return (verdict(j));
}

enum sv_judge_next
sv_judge_grad(struct sv_judge *j, const double *z, const double *slopes,
    const double *grad, const double *up, int last)
{
	size_t n = j->conf.n;
	int proof;

	memcpy(j->at, z, n * sizeof(*z));
	memcpy(j->grad, grad, n * sizeof(*grad));
	if (up[SV_UP_FZ] >= SV_UP_OVERFLOW) {
		j->why = NULL;
		j->objective = j->optimality = INFINITY;
		j->limit = 0;
		return (verdict(j));
	}
	sv_dual_grad(j->dual, z, grad, up);
	if (slopes != NULL)
		sv_dual_guess(j->dual, slopes);
	j->objective = sv_dual_value(j->dual);
	j->optimality = sv_prox_violation(&j->conf.g, z, grad, n) * j->scale;
	j->why = separated(j, up);

	/* At the end, every so many rounds, and where the gap is the goal. */
	proof = j->conf.every != 0 && j->proof >= j->conf.every;
	proof |= j->conf.certify && (last || j->why != NULL ||
	    (j->conf.rule == SV_JUDGE_OPT &&
	    j->optimality <= j->conf.tolerance));
	proof |= j->conf.rule == SV_JUDGE_GAP;
	j->limit = 0;
	if (proof) {
		j->proof = 0;
		/* Nobody waits for the last bit of a bound not asked for. */
		j->limit = j->conf.rule == SV_JUDGE_GAP || j->conf.every != 0 ?
		    UINT_MAX : 2u + (j->conf.intercept != 0);
		j->tolerance = j->conf.rule == SV_JUDGE_GAP ?
		    j->conf.tolerance : 0.0;
	}
	return (proceed(j));
}

void
sv_judge_ask(const struct sv_judge *j, double gc[SV_GC_N])
{

	memcpy(gc, j->gc, sizeof(j->gc));
}

enum sv_judge_next
sv_judge_conj(struct sv_judge *j, const double *sum, const double *up)
{

	sv_dual_feed(j->dual, sum, up);
	return (proceed(j));
}

enum sv_judge_next
sv_judge_skip(struct sv_judge *j)
{

	j->limit = 0;
	return (verdict(j));
}

const double *
sv_judge_at(const struct sv_judge *j)
{

	return (j->at);
}

void
sv_judge_look(const struct sv_judge *j, struct sv_view *view)
{

	view->objective = j->objective;
	view->optimality = j->optimality;
	view->bound = sv_dual_bound(j->dual);
	view->gap = gap(j);
	if (!isfinite(view->bound) || !isfinite(view->gap))
		view->bound = view->gap = NAN;
}

/* Since the last look. */
static void
keep_look(struct sv_judge *j, struct sv_keep *k)
{
	uint32_t rule = j->conf.rule;

	sv_keep_count(k, "the rule", &rule, SV_JUDGE_OWN);
	sv_keep_any(k, "the objective", &j->objective);
	sv_keep_any(k, "the optimality", &j->optimality);
	sv_keep_any(k, "the last look", &j->goal);
	sv_keep_any(k, "the last look's merit", &j->merit_seen);
	sv_keep_any(k, "the merit", &j->merit);
	sv_keep_count(k, "the judge's rounds", &j->round, UINT32_MAX);
	sv_keep_count(k, "rounds since the look", &j->since, UINT32_MAX);
	sv_keep_count(k, "rounds since the proof", &j->proof, UINT32_MAX);
	sv_keep_any(k, "passes since the look", &j->spent);
	if (rule != (uint32_t)j->conf.rule)
		j->goal = j->merit_seen = NAN;
}

void
sv_judge_keep(struct sv_judge *j, struct sv_keep *k)
{
	size_t n = j->conf.n;

	sv_keep_real(k, "the number of rows", &j->rows, 0.0, DBL_MAX);
	sv_keep_real(k, "the positive rows", &j->positive, 0.0, DBL_MAX);
	for (size_t i = 0; i < SV_UP_GRAD_N; i++)
		sv_keep_real(k, "what came of the start", &j->up[i], -DBL_MAX,
		    DBL_MAX);
	sv_keep_real(k, "the price of a look", &j->lookpasses, 0.0, DBL_MAX);
	sv_keep_vector(k, "the gradient at the start", j->start, n);
	if (k->way == SV_KEEP_RESTORE && !k->bad) {
		memset(j->z0, 0, n * sizeof(*j->z0));
		sv_prox_apply(&j->conf.g, 1.0, j->z0, j->z0, n);
		/* Of the scale, and of what a path asks first. */
		(void)begin(j);
	}
	keep_look(j, k);
	sv_dual_keep(j->dual, k);
}

/* A count that came as a number, whatever that is. */
static uint64_t
count(double number)
{

	return (number < 0x1p53 ? (uint64_t)number : (uint64_t)1 << 53);
}

uint64_t
sv_judge_rows(const struct sv_judge *j)
{

	return (count(j->rows));
}

uint64_t
sv_judge_positive(const struct sv_judge *j)
{

	return (count(j->positive));
}

const char *
sv_judge_why(const struct sv_judge *j)
{

	return (j->why);
}
