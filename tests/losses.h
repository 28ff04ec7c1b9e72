#ifndef SV_TESTS_LOSSES_H
#define SV_TESTS_LOSSES_H

#include <math.h>

#include "loss.h"

/*
 * The losses beside their formulas in long double, for tests of what holds for
 * every loss.
 */

#define N 4003
#define DELTA 1.5

static inline long double
logistic(long double m, long double y)
{

	return (y * m < 0 ? -y * m + log1pl(expl(y * m)) : log1pl(expl(-y * m)));
}

static inline long double
squared(long double m, long double y)
{

	return ((m - y) * (m - y) / 2);
}

static inline long double
squared_hinge(long double m, long double y)
{

	return (y * m < 1 ? (1 - y * m) * (1 - y * m) : 0);
}

static inline long double
huber(long double m, long double y)
{
	long double r = fabsl(m - y);

	return (r <= DELTA ? r * r / 2 : DELTA * r - DELTA * DELTA / 2.0L);
}

static inline long double
poisson(long double m, long double y)
{

	return (expl(m) - y * m);
}

/* A loss, its formula, labels to try it with, and margins that it jumps at. */
static const struct subject {
	const char *name;
	long double (*f)(long double m, long double y);
	double label[4];
	double limit;		/* of the margins' size */
	int kinks;		/* of the second derivative */
	double kink[2];		/* times y, or plus y */
} subjects[] = {
	{ "logistic", logistic, { 1, -1, 1, -1 }, 600, 0, { 0 } },
	{ "squared", squared, { 1, -2.5, 0, 1e5 }, 1e6, 0, { 0 } },
	{ "squared_hinge", squared_hinge, { 1, -1, 1, -1 }, 1e6, 1, { 1, 1 } },
	{ "huber", huber, { 1, -2.5, 0, 1e5 }, 1e6, 2, { DELTA, -DELTA } },
	{ "poisson", poisson, { 1, 0, 3, 100 }, 700, 0, { 0 } }
};
#define NSUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

/* Margins over all of the subject's range, most of them small, and labels. */
static inline void
fill(const struct subject *s, double m[N], double y[N], double w[N])
{

	for (int j = 0; j < N; j++) {
		double u = (double)(j - N / 2) / (N / 2.0);

		m[j] = j % 3 == 0 ? s->limit * u : j % 3 == 1 ? 20.0 * u :
		    2.0 * u * u * u;
		y[j] = s->label[j % 4];
		w[j] = j % 7 == 0 ? 0.0 : 0.25 + j % 5 * 1.1;
	}
}

/* One row of weight 1; d[0] and d[1] are the derivatives. */
static inline double
one(const struct subject *s, double m, double y, double d[2])
{

	return (sv_loss_eval(sv_loss_find(s->name), sv_isa_pick(NULL), DELTA,
	    &m, &y, NULL, 1, &d[0], &d[1]));
}

#endif /* !SV_TESTS_LOSSES_H */
