#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "isa.h"
#include "metrics.h"

__extension__ typedef unsigned __int128 u128;

#define BLOCK ((size_t)1024)	/* rows whose losses are summed at once */

/* A sum and what its roundings have lost. */
struct sum {
	double s, lost;
};

/* Margins of a class: one number each, or two, the second its weight. */
struct ranks {
	double *x;
	size_t n;	/* rows */
	size_t room;	/* numbers */
};

struct sv_metrics {
	struct sv_metrics_options o;
	const struct sv_isa *isa;
	int weighted;
	uint64_t rows;
	struct sum weight, loss, logloss;
	struct sum hits[2][2];	/* by label, by prediction; 1: positive */
	struct ranks ranks[2];	/* by label */
	struct sum square, absolute;	/* of p - y */
	double mean;	/* of y */
	double spread;	/* sum of w (y - mean)^2 */
};

static void
add(struct sum *t, double x)
{
	double s = t->s + x;

	t->lost += fabs(t->s) >= fabs(x) ? (t->s - s) + x : (x - s) + t->s;
	t->s = s;
}

/* Where the sum is infinite what was lost is no number. */
static double
total(const struct sum *t)
{

	return (isfinite(t->s) ? t->s + t->lost : t->s);
}

struct sv_metrics *
sv_metrics_new(const struct sv_metrics_options *options)
{
	struct sv_metrics *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	s->o = *options;
	s->isa = sv_isa_pick(NULL);
	return (s);
}

void
sv_metrics_free(struct sv_metrics *s)
{

	if (s == NULL)
		return;
	free(s->ranks[0].x);
	free(s->ranks[1].x);
	free(s);
}

/* Keep a margin, and its weight where rows have weights. */
static int
keep(struct sv_metrics *s, struct ranks *r, double m, double w)
{
	size_t each = s->weighted ? 2 : 1, used = r->n * each, room;
	double *x;

	if (r->room - used < each) {
		room = r->room + r->room / 4 + 1024;
		if (room > SIZE_MAX / sizeof(*x)) {
			errno = ENOMEM;
			return (-1);
		}
		if ((x = realloc(r->x, room * sizeof(*x))) == NULL)
			return (-1);
		r->x = x;
		r->room = room;
	}
	r->x[used] = m;
	if (s->weighted)
		r->x[used + 1] = w;
	r->n++;
	return (0);
}

static int
add_class(struct sv_metrics *s, double m, double y, double w)
{

	add(&s->hits[y > 0.0][m > 0.0], w);
	return (s->o.auc ? keep(s, &s->ranks[y > 0.0], m, w) : 0);
}

/* Mean and spread of labels after West (Comm. ACM 22, 1979, 532-535). */
static void
add_number(struct sv_metrics *s, double m, double y, double w)
{
	double p = s->o.loss == &sv_loss_poisson ? exp(m) : m;
	double r = p - y, before = y - s->mean;

	add(&s->square, w * r * r);
	add(&s->absolute, w * fabs(r));
	s->mean += before * (w / total(&s->weight));
	s->spread += w * before * (y - s->mean);
}

/* Add the losses of some rows. */
static void
add_losses(struct sv_metrics *s, const double *m, const double *y,
    const double *w, size_t n)
{
	double own[BLOCK];
	int even = s->o.weight[0] == 1.0 && s->o.weight[1] == 1.0;
	double sum;

	if (s->o.loss == NULL)
		return;
	sum = sv_loss_eval(s->o.loss, s->isa, s->o.param, m, y, w, n, NULL,
	    NULL);
	if (s->o.loss == &sv_loss_logistic)
		add(&s->logloss, sum);
	if (s->o.classes && !even) {
		for (size_t i = 0; i < n; i++)
			own[i] = (w != NULL ? w[i] : 1.0) *
			    s->o.weight[y[i] > 0.0];
		sum = sv_loss_eval(s->o.loss, s->isa, s->o.param, m, y, own, n,
		    NULL, NULL);
	}
	add(&s->loss, sum);
}

int
sv_metrics_add(struct sv_metrics *s, const double *m, const double *y,
    const double *w, size_t n)
{
	double one;

	s->weighted = w != NULL;
	for (size_t i = 0; i < n; i++) {
		one = w != NULL ? w[i] : 1.0;
		s->rows++;
		if (!(one > 0.0))
			continue;
		add(&s->weight, one);
		if (!s->o.classes)
			add_number(s, m[i], y[i], one);
		else if (add_class(s, m[i], y[i], one) == -1)
			return (-1);
	}
	for (size_t i = 0, k; i < n; i += k) {
		k = n - i < BLOCK ? n - i : BLOCK;
		add_losses(s, m + i, y + i, w != NULL ? w + i : NULL, k);
	}
	return (0);
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

/*
 * Twice the number of pairs of a positive and a negative row in which the
 * positive one has the larger margin, and once those in which they are equal,
 * over twice the number of pairs: with whole numbers, one rounding.
 */
static double
auc_counted(const struct ranks *neg, const struct ranks *pos)
{
	size_t below = 0, upto = 0;
	u128 twice = 0;

	for (size_t i = 0; i < pos->n; i++) {
		while (below < neg->n && neg->x[below] < pos->x[i])
			below++;
		if (upto < below)
			upto = below;
		while (upto < neg->n && neg->x[upto] <= pos->x[i])
			upto++;
		twice += (u128)below + upto;
	}
	return ((double)twice / 2.0 / ((double)pos->n * (double)neg->n));
}

/* The same with weights. */
static double
auc_weighted(const struct ranks *neg, const struct ranks *pos)
{
	struct sum less = { 0.0, 0.0 }, upto = { 0.0, 0.0 }, all = { 0.0, 0.0 };
	struct sum won = { 0.0, 0.0 };
	const double *n = neg->x, *p = pos->x;
	size_t below = 0, to = 0;

	for (size_t i = 0; i < pos->n; i++) {
		for (; below < neg->n && n[2 * below] < p[2 * i]; below++)
			add(&less, n[2 * below + 1]);
		for (; to < neg->n && n[2 * to] <= p[2 * i]; to++)
			add(&upto, n[2 * to + 1]);
		add(&won, p[2 * i + 1] * (total(&less) + total(&upto)) / 2.0);
		add(&all, p[2 * i + 1]);
	}
	for (; to < neg->n; to++)
		add(&upto, n[2 * to + 1]);
	return (total(&won) / total(&all) / total(&upto));
}

static double
auc(struct sv_metrics *s)
{
	struct ranks *r = s->ranks;
	size_t each = s->weighted ? 2 : 1;

	if (r[0].n == 0 || r[1].n == 0)
		return ((double)NAN);
	for (size_t i = 0; i < 2; i++)
		qsort(r[i].x, r[i].n, each * sizeof(*r[i].x), ascending);
	return (s->weighted ? auc_weighted(&r[0], &r[1]) :
	    auc_counted(&r[0], &r[1]));
}

static void
get_classes(struct sv_metrics *s, struct sv_metrics_values *v)
{

	v->tp = total(&s->hits[1][1]);
	v->fp = total(&s->hits[0][1]);
	v->tn = total(&s->hits[0][0]);
	v->fn = total(&s->hits[1][0]);
	v->accuracy = (v->tp + v->tn) / v->weight;
	v->precision = v->tp / (v->tp + v->fp);
	v->recall = v->tp / (v->tp + v->fn);
	v->f1 = 2.0 * v->tp / (2.0 * v->tp + v->fp + v->fn);
	if (s->o.loss == &sv_loss_logistic)
		v->logloss = total(&s->logloss) / v->weight;
	if (s->o.auc)
		v->auc = auc(s);
}

static void
get_numbers(const struct sv_metrics *s, struct sv_metrics_values *v)
{

	v->mse = total(&s->square) / v->weight;
	v->mae = total(&s->absolute) / v->weight;
	if (s->spread > 0.0)
		v->r2 = 1.0 - total(&s->square) / s->spread;
}

void
sv_metrics_get(struct sv_metrics *s, struct sv_metrics_values *v)
{

	*v = (struct sv_metrics_values){ .rows = s->rows,
	    .weight = total(&s->weight), .loss = NAN, .objective = NAN,
	    .penalty = s->o.penalty, .tp = NAN, .fp = NAN, .tn = NAN,
	    .fn = NAN, .accuracy = NAN, .precision = NAN, .recall = NAN,
	    .f1 = NAN, .logloss = NAN, .auc = NAN, .mse = NAN, .mae = NAN,
	    .r2 = NAN };
	if (s->o.loss != NULL) {
		v->loss = total(&s->loss);
		v->objective = v->loss + v->penalty;
	}
	if (s->o.classes)
		get_classes(s, v);
	else
		get_numbers(s, v);
}
