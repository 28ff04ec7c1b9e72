#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "figures.h"

/* Lines with no more points than this have dots. */
#define DOTS 60

/*
 * What an objective is held against, so that a logarithm can show it.  A bound
 * that is not tight would hide how F still falls.
 */
enum base {
	BASE_BOUND,	/* the model's best lower bound, if it is tight */
	BASE_BEST,	/* the least one seen of this model, in any run */
	BASE_NONE	/* nothing: it is the sum of what the workers have */
};

/* A bound is tight that is so near the end, of the way that F has come. */
#define TIGHT 1e-5

size_t
figures_known(const struct sv_run *run, enum sv_trace_scalar column)
{
	size_t n = 0;

	for (size_t i = 0; i < run->ntrace; i++)
		n += isfinite(run->trace[i].value[column]) ? 1 : 0;
	return (n);
}

struct series *
figures_curve(struct panel *p, const struct pick *pick, size_t i, size_t points)
{

	return (panel_series(p, points > DOTS ? MARK_LINE : MARK_BOTH,
	    COLOUR_SET + (int)(i % 6), "%s", pick[i].name));
}

/*
 * The model that row ${k} of the trace works at, where that of the row before
 * is ${model}: the next one where another master's rounds begin, or those of a
 * path are beyond the last of this model.  Less than the number of rows.
 */
static size_t
model_of(const struct sv_run *run, size_t k, size_t model)
{
	const struct sv_run_trace *t = &run->trace[k];

	if (k == 0)
		return (0);
	if (t->round < t[-1].round ||
	    (t->op == SV_OP_STEP && t->round == t[-1].round))
		return (model + 1);
	return (model + (model < run->nmodel &&
	    t->round > run->model[model].round && t->round > t[-1].round));
}

/* Is each model's objective at its end near the bound, of the way it came? */
static int
tight(const struct sv_run *run)
{
	double first = NAN, last = NAN, bound = NAN;
	size_t model = 0;

	for (size_t k = 0; k < run->ntrace; k++) {
		const double *v = run->trace[k].value;
		size_t next = model_of(run, k, model);

		if (next != model) {
			if (!(last - bound <= TIGHT * (first - last)))
				return (0);
			first = last = bound = NAN;
			model = next;
		}
		bound = fmax(bound, v[SV_TR_BOUND]);
		if (!isfinite(v[SV_TR_OBJECTIVE]))
			continue;
		first = isnan(first) ? v[SV_TR_OBJECTIVE] : first;
		last = v[SV_TR_OBJECTIVE];
	}
	return (last - bound <= TIGHT * (first - last));
}

static enum base
choose_base(const struct pick *p, size_t n)
{
	size_t all = 0;
	int bounds = 1;

	for (size_t i = 0; i < n; i++) {
		size_t known = figures_known(p[i].s->run, SV_TR_OBJECTIVE);

		all += known;
		bounds &= known == 0 || tight(p[i].s->run);
	}
	return (all == 0 ? BASE_NONE : bounds ? BASE_BOUND : BASE_BEST);
}

/* Let ${base}, with room for ${room} models, have what ${run} knows of them. */
static void
take_bases(double *base, size_t room, const struct sv_run *run, enum base kind)
{
	size_t model = 0;

	for (size_t k = 0; k < run->ntrace; k++) {
		const double *v = run->trace[k].value;

		model = model_of(run, k, model);
		if (model >= room)
			return;
		if (kind == BASE_BOUND && isfinite(v[SV_TR_BOUND]))
			base[model] = fmax(base[model], v[SV_TR_BOUND]);
		if (kind == BASE_BEST && isfinite(v[SV_TR_OBJECTIVE]))
			base[model] = fmin(base[model], v[SV_TR_OBJECTIVE]);
	}
}

/* The base of each model of pick ${i}, in a new array. */
static double *
find_bases(const struct pick *p, size_t n, size_t i, enum base kind)
{
	size_t room = p[i].s->run->ntrace + 1;
	double *base;

	if ((base = malloc(room * sizeof(*base))) == NULL)
		return (NULL);
	for (size_t k = 0; k < room; k++)
		base[k] = NAN;
	for (size_t k = 0; k < n; k++) {
		const struct stats two[] = { *p[i].s, *p[k].s };

		if (k == i || (kind == BASE_BEST && figures_same(two, 2)))
			take_bases(base, room, p[k].s->run, kind);
	}
	return (base);
}

/*
 * The objective of each round in which it was looked at, or what the workers
 * have.  Points that are the best themselves are not there, but in ${*best}.
 */
static int
add_line(struct panel *panel, const struct pick *p, size_t n, size_t i,
    enum base kind, size_t *best)
{
	const struct sv_run *run = p[i].s->run;
	enum sv_trace_scalar column = kind == BASE_NONE ? SV_TR_SPLIT :
	    SV_TR_OBJECTIVE;
	size_t model = 0, round = 0;
	struct series *s;
	double *base;

	if ((base = find_bases(p, n, i, kind)) == NULL)
		return (-1);
	s = figures_curve(panel, p, i, figures_known(run, column));
	for (size_t k = 0; k < run->ntrace; k++) {
		const struct sv_run_trace *t = &run->trace[k];
		double v = t->value[column];

		model = model_of(run, k, model);
		round += t->own != 0;
		if (kind == BASE_NONE && !t->own)
			continue;
		if (kind != BASE_NONE)
			v -= base[model];
		if (kind == BASE_BEST && v <= 0)
			++*best;
		else
			series_add(s, (double)round, v, NAN, NAN);
	}
	free(base);
	return (0);
}

size_t
figures_objective(struct figure *f, const struct pick *p, size_t n)
{
	static const char * const title[] = {
		[BASE_BOUND] = "Objective above its best lower bound",
		[BASE_BEST] = "Objective above the best one seen",
		[BASE_NONE] = "Objective as the workers have it"
	};
	static const char * const axis[] = {
		[BASE_BOUND] = "objective less bound",
		[BASE_BEST] = "objective less the best",
		[BASE_NONE] = "objective"
	};
	enum base kind = choose_base(p, n);
	struct panel *panel;
	size_t best = 0;

	panel = figure_panel(f, "%s", title[kind]);
	panel_axes(panel, "round", UNIT_COUNT, SCALE_LINEAR, axis[kind],
	    UNIT_NONE, kind == BASE_NONE ? SCALE_LINEAR : SCALE_LOG10);
	for (size_t i = 0; i < n; i++)
		if (add_line(panel, p, n, i, kind, &best) == -1)
			f->failed = 1;
	if (panel_points(panel) > 0)
		return (best);
	panel_empty(panel, kind == BASE_NONE ?
	    "The objective is known of no round." :
	    "The objective is known of one round only, the best one seen.");
	return (0);
}
