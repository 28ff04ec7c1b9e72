#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "human.h"

/*
 * Residuals, objective, optimality, gap and rho of each round (paper, Figure
 * 3).  Rounds of several masters, or of the models of a path, are counted on.
 */

/* Rows of the trace that count: those of the method, or all. */
enum rows { ROWS_OWN, ROWS_ALL };

struct curve {
	enum sv_trace_scalar column;
	enum rows rows;
};

static size_t
known_all(const struct pick *p, size_t n, enum sv_trace_scalar column)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += figures_known(p[i].s->run, column);
	return (sum);
}

static void
add_curve(struct panel *panel, const struct pick *p, size_t i,
    const struct curve *c)
{
	const struct sv_run *run = p[i].s->run;
	struct series *s;
	size_t round = 0;

	s = figures_curve(panel, p, i, figures_known(run, c->column));
	for (size_t k = 0; k < run->ntrace; k++) {
		const struct sv_run_trace *t = &run->trace[k];

		round += t->own != 0;
		if (t->own || c->rows == ROWS_ALL)
			series_add(s, (double)round, t->value[c->column], NAN,
			    NAN);
	}
}

/* What a residual is held against, where it changes. */
static void
add_tolerance(struct panel *panel, const struct sv_run *run,
    enum sv_trace_scalar column, const char *label)
{
	double last = NAN, v = NAN;
	size_t round = 0;
	struct series *s;

	if (figures_known(run, column) == 0)
		return;
	s = panel_series(panel, MARK_RULE, COLOUR_MUTED,
	    label != NULL ? "%s" : NULL, label);
	for (size_t k = 0; k < run->ntrace; k++) {
		const struct sv_run_trace *t = &run->trace[k];

		round += t->own != 0;
		if (!t->own)
			continue;
		v = t->value[column];
		if (v != last)
			series_add(s, (double)round, v, NAN, NAN);
		last = v;
	}
	series_add(s, (double)round, v, NAN, NAN);
}

static void
add_residual(struct figure *f, const struct pick *p, size_t n,
    const char *title, enum sv_trace_scalar column,
    enum sv_trace_scalar tolerance)
{
	const struct curve c = { column, ROWS_OWN };
	struct panel *panel;
	int rules = 0;

	panel = figure_panel(f, "%s", title);
	panel_axes(panel, "round", UNIT_COUNT, SCALE_LINEAR, "norm", UNIT_NONE,
	    SCALE_LOG10);
	for (size_t i = 0; i < n; i++)
		add_curve(panel, p, i, &c);
	for (size_t i = 0; i < n; i++) {
		add_tolerance(panel, p[i].s->run, tolerance,
		    rules > 0 ? NULL : "tolerance");
		rules += figures_known(p[i].s->run, tolerance) > 0;
	}
	if (known_all(p, n, column) == 0)
		panel_empty(panel, "No round has a %s: the method has none, or "
		    "the records are missing.", column == SV_TR_PRIMAL ?
		    "primal residual" : "dual residual");
}

/* A panel of one column. */
struct plain {
	const char *title, *axis;
	struct curve curve;
	enum sv_trace_scalar target;	/* a rule, or SV_TR_N */
	const char *empty;	/* NULL: then there is no panel */
};

static const struct plain plains[] = {
	{ "Optimality", "relative to zero weights",
	{ SV_TR_OPTIMALITY, ROWS_ALL }, SV_TR_N, NULL },
	{ "Gap", "objective less bound", { SV_TR_GAP, ROWS_ALL }, SV_TR_N,
	"No round has a lower bound of the objective, and so no gap; a master "
	"with --gap looks for one." },
	{ "What decides when to stop", "measure",
	{ SV_TR_MEASURE, ROWS_OWN }, SV_TR_TARGET, NULL },
	{ "Penalty parameter", "rho", { SV_TR_RHO, ROWS_OWN }, SV_TR_N,
	"No round has a penalty parameter: the method has none, or the "
	"records are missing." }
};

static void
add_plain(struct figure *f, const struct pick *p, size_t n,
    const struct plain *plain)
{
	struct panel *panel;
	int rules = 0;

	if (known_all(p, n, plain->curve.column) == 0 && plain->empty == NULL)
		return;
	panel = figure_panel(f, "%s", plain->title);
	panel_axes(panel, "round", UNIT_COUNT, SCALE_LINEAR, plain->axis,
	    UNIT_NONE, SCALE_LOG10);
	for (size_t i = 0; i < n; i++)
		add_curve(panel, p, i, &plain->curve);
	for (size_t i = 0; i < n && plain->target != SV_TR_N; i++) {
		add_tolerance(panel, p[i].s->run, plain->target,
		    rules > 0 ? NULL : "target");
		rules += figures_known(p[i].s->run, plain->target) > 0;
	}
	if (known_all(p, n, plain->curve.column) == 0)
		panel_empty(panel, "%s", plain->empty);
}

/* How a residual went: its first and its last value, and what it is to be. */
struct course {
	size_t rounds;
	size_t known;	/* of so many of them */
	double first, last, tolerance;
};

static void
follow(const struct sv_run *run, enum sv_trace_scalar column,
    enum sv_trace_scalar tolerance, struct course *c)
{

	c->rounds = c->known = 0;
	c->first = c->last = c->tolerance = NAN;
	for (size_t i = 0; i < run->ntrace; i++) {
		const struct sv_run_trace *t = &run->trace[i];

		c->rounds += t->own != 0;
		if (!t->own || !isfinite(t->value[column]))
			continue;
		if (c->known++ == 0)
			c->first = t->value[column];
		c->last = t->value[column];
		c->tolerance = t->value[tolerance];
	}
}

#define WORDS 64

/* "went from 4 to 2", "stayed at 0", and of one round "is 1". */
static const char *
words(char buf[WORDS], const struct course *c)
{
	char first[SV_HUMAN], last[SV_HUMAN];

	snprintf(first, sizeof(first), "%.3g", c->first);
	snprintf(last, sizeof(last), "%.3g", c->last);
	if (c->known == 1)
		snprintf(buf, WORDS, "is %s", last);
	else if (strcmp(first, last) == 0)
		snprintf(buf, WORDS, "stayed at %s", last);
	else
		snprintf(buf, WORDS, "went from %.3g to %.3g", c->first,
		    c->last);
	return (buf);
}

static void
say_residuals(struct figure *f, const struct pick *p)
{
	char count[SV_HUMAN], a[WORDS], b[WORDS];
	struct course primal, dual;
	int above;

	follow(p->s->run, SV_TR_PRIMAL, SV_TR_EPS_PRIMAL, &primal);
	follow(p->s->run, SV_TR_DUAL, SV_TR_EPS_DUAL, &dual);
	if (isnan(primal.last) || isnan(dual.last))
		return;
	sv_human_count(count, (double)primal.rounds);
	if (isnan(primal.tolerance) || isnan(dual.tolerance)) {
		figure_tell(f, "%s: %s %s round%s the primal residual %s and "
		    "the dual one %s.", p->name, primal.known == 1 ? "after" :
		    "in", count, figures_plural((double)primal.rounds),
		    words(a, &primal), words(b, &dual));
		return;
	}
	above = (primal.last > primal.tolerance) +
	    2 * (dual.last > dual.tolerance);
	if (above == 0)
		figure_tell(f, "%s: after %s round%s both residuals are within "
		    "their tolerances, the primal one at %.3g and the dual one "
		    "at %.3g.", p->name, count,
		    figures_plural((double)primal.rounds), primal.last,
		    dual.last);
	else
		figure_tell(f, "%s: after %s round%s %s above %s, primal %.3g "
		    "against %.3g and dual %.3g against %.3g.", p->name, count,
		    figures_plural((double)primal.rounds), above == 3 ?
		    "both residuals are" : above == 1 ?
		    "the primal residual is" : "the dual residual is",
		    above == 3 ? "their tolerances" : "its tolerance",
		    primal.last, primal.tolerance, dual.last, dual.tolerance);
}

/* The last row of the trace in which the objective is known, or NULL. */
static const struct sv_run_trace *
last_look(const struct sv_run *run)
{

	for (size_t i = run->ntrace; i > 0; i--)
		if (isfinite(run->trace[i - 1].value[SV_TR_OBJECTIVE]))
			return (&run->trace[i - 1]);
	return (NULL);
}

static void
say_objective(struct figure *f, const struct pick *p)
{
	const struct sv_run_trace *look = last_look(p->s->run);
	double objective, gap, optimality;

	if (look == NULL)
		return;
	objective = look->value[SV_TR_OBJECTIVE];
	gap = look->value[SV_TR_GAP];
	optimality = look->value[SV_TR_OPTIMALITY];
	if (!isnan(gap))
		figure_tell(f, "%s: the objective ends at %.8g, at most %.2g "
		    "above the minimum.", p->name, objective, gap);
	else if (!isnan(optimality))
		figure_tell(f, "%s: the objective ends at %.8g, its optimality "
		    "at %.2g of that of zero weights.", p->name, objective,
		    optimality);
	else
		figure_tell(f, "%s: the objective ends at %.8g.", p->name,
		    objective);
}

/* What the run's measure is (sv-frame(5)), if a look tells, or NULL. */
static const char *
decides(const struct sv_run *run)
{
	const char *what = NULL;

	for (size_t i = 0; i < run->ntrace; i++) {
		const double *v = run->trace[i].value;
		double m = v[SV_TR_MEASURE];

		if (!isfinite(m))
			continue;
		if (!isnan(v[SV_TR_EPS_PRIMAL]) &&
		    fabs(v[SV_TR_TARGET] - 1) < 1e-12)
			what = "the larger residual, each over its "
			    "tolerance,";
		else if (fabs(m - v[SV_TR_OPTIMALITY]) <=
		    1e-12 * v[SV_TR_OPTIMALITY])
			what = "the optimality";
		else if (fabs(m * fabs(v[SV_TR_OBJECTIVE]) - v[SV_TR_GAP]) <=
		    1e-12 * v[SV_TR_GAP])
			what = "the gap, relative to the objective,";
	}
	return (what);
}

/* Where runs have different measures, which they are. */
static void
say_measures(struct figure *f, const struct pick *p, size_t n)
{
	const char *first = NULL, *what;
	int differ = 0;

	for (size_t i = 0; i < n; i++) {
		if ((what = decides(p[i].s->run)) == NULL)
			continue;
		first = first == NULL ? what : first;
		differ |= strcmp(what, first) != 0;
	}
	for (size_t i = 0; differ && i < n; i++)
		if ((what = decides(p[i].s->run)) != NULL)
			figure_tell(f, "%s: %s decides when to stop.",
			    p[i].name, what);
}

static void
say(struct figure *f, const struct pick *p, size_t n, size_t best)
{
	size_t models = 0;

	for (size_t i = 0; i < n; i++) {
		if (!figures_most(p, i, n))
			continue;
		say_residuals(f, &p[i]);
		say_objective(f, &p[i]);
	}
	say_measures(f, p, n);
	if (best > 0)
		figure_tell(f, "Objective above the best one seen: %zu "
		    "value%s not on the logarithmic axis.", best, best == 1 ?
		    " that is the best itself is" :
		    "s that are the best themselves are");
	for (size_t i = 0; i < n; i++)
		models = p[i].s->run->nmodel > models ? p[i].s->run->nmodel :
		    models;
	if (models > 1)
		figure_tell(f, "Rounds are counted on over all %zu models.",
		    models);
}

void
figures_convergence(struct figure *f, const struct stats *s, size_t n)
{
	struct pick *p;
	size_t m, best;

	if ((p = figures_pick(f, s, n, &m)) == NULL)
		return;
	add_residual(f, p, m, "Primal residual", SV_TR_PRIMAL,
	    SV_TR_EPS_PRIMAL);
	add_residual(f, p, m, "Dual residual", SV_TR_DUAL, SV_TR_EPS_DUAL);
	best = figures_objective(f, p, m);
	for (size_t i = 0; i < sizeof(plains) / sizeof(plains[0]); i++)
		add_plain(f, p, m, &plains[i]);
	say(f, p, m, best);
	if (!figures_same(s, n))
		figure_tell(f, "The runs solve different problems.");
	free(p);
}
