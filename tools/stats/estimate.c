#include <math.h>

#include "estimate.h"
#include "stat.h"

#define PAIRS (TREND_FIT * (TREND_FIT - 1) / 2)
#define ONE_IN_20 1.645	/* standard deviations that a normal number exceeds */

void
trend_add(struct trend *t, double x, double y)
{

	if (!(y > 0.0) || !isfinite(y) || !isfinite(x) ||
	    (t->n > 0 && x < t->point[t->n - 1].x))
		return;
	if (t->n > 0 && x <= t->point[t->n - 1].x) {
		t->point[t->n - 1].y = y;
		return;
	}
	if (t->stride == 0)
		t->stride = 1;
	/* The latest may be more than those that are kept for good. */
	if (t->n > 0 && (t->seen - 1) % t->stride != 0)
		t->n--;
	t->point[t->n].x = x;
	t->point[t->n].y = y;
	t->n++;
	t->seen++;
	if (t->n < TREND_POINTS)
		return;
	for (size_t i = 0; i < TREND_POINTS / 2; i++)
		t->point[i] = t->point[2 * i];
	/* The latest has an odd place. */
	t->point[TREND_POINTS / 2] = t->point[TREND_POINTS - 1];
	t->n = TREND_POINTS / 2 + 1;
	t->stride *= 2;
}

double
trend_last(const struct trend *t)
{

	return (t->n > 0 ? t->point[t->n - 1].y : NAN);
}

/*
 * The points of the latest third, TREND_FIT of them at most and evenly, with
 * the logarithms of y; how many.
 */
static size_t
recent(const struct trend *t, struct trend_point p[TREND_FIT])
{
	double last = t->point[t->n - 1].x;
	double from = last - (last - t->point[0].x) / 3.0;
	size_t i = t->n, n, step, m = 0;

	while (i > 0 && t->point[i - 1].x >= from)
		i--;
	n = t->n - i;
	if (n < 2 * TREND_LEAST)
		n = t->n < 2 * TREND_LEAST ? t->n : 2 * TREND_LEAST;
	step = (n + TREND_FIT - 1) / TREND_FIT;
	/* Backwards, so that the last is among them. */
	for (i = 0; i < n && m < TREND_FIT; i += step) {
		p[m] = t->point[t->n - 1 - i];
		p[m].y = log(p[m].y);
		m++;
	}
	return (m);
}

/* Rounds from ${above} the target to it, at ${slope} a round. */
static double
way(double above, double slope)
{

	return (slope < 0.0 ? above / -slope : INFINITY);
}

/* Slopes of all pairs; return how many fall less how many rise. */
static double
slopes(const struct trend_point *p, size_t m, double *slope, size_t *n)
{
	double sign = 0.0;

	*n = 0;
	for (size_t i = 0; i < m; i++) {
		for (size_t k = i + 1; k < m; k++) {
			double s = (p[i].y - p[k].y) / (p[i].x - p[k].x);

			sign += (s < 0.0) - (s > 0.0);
			slope[(*n)++] = s;
		}
	}
	return (sign);
}

void
estimate_make(const struct trend *t, double target, struct estimate *e)
{
	struct trend_point p[TREND_FIT];
	double slope[PAIRS], rest[TREND_FIT], b, above, width, sign;
	size_t m, n;

	e->kind = ESTIMATE_UNKNOWN;
	e->rounds = e->least = e->most = NAN;
	if (t->n == 0 || !(target > 0.0) || !isfinite(target))
		return;
	if (trend_last(t) <= target) {
		e->kind = ESTIMATE_THERE;
		e->rounds = e->least = e->most = 0.0;
		return;
	}
	if (t->n < TREND_LEAST)
		return;
	m = recent(t, p);
	sign = slopes(p, m, slope, &n);
	/* The deviation of that sum if there is no trend: Mann 1945. */
	width = ONE_IN_20 * sqrt((double)m * ((double)m - 1.0) *
	    (2.0 * (double)m + 5.0) / 18.0);
	e->kind = ESTIMATE_STUCK;
	if (sign <= width)
		return;
	b = sv_stat_median(slope, n);
	for (size_t i = 0; i < m; i++)
		rest[i] = p[i].y - b * (p[i].x - p[0].x);
	above = fmax(sv_stat_median(rest, m) - log(target), 0.0);
	if (!(b < 0.0))
		return;
	e->kind = ESTIMATE_ROUNDS;
	e->rounds = fmax(ceil(way(above, b)), 1.0);
	/* Sen 1968, section 6. */
	width = fmin(width / (double)n, 1.0);
	e->least = fmax(ceil(way(above, sv_stat_quantile(slope, n,
	    fmax((1.0 - width) / 2.0, 1.0 / (double)n)))), 1.0);
	e->most = fmax(ceil(way(above, sv_stat_quantile(slope, n,
	    fmin((1.0 + width) / 2.0, 1.0)))), e->rounds);
	e->least = fmin(e->least, e->rounds);
}
