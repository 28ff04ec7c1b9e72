#include <math.h>
#include <sodium.h>
#include <stdint.h>

#include "backoff.h"

#define LATE 0.05	/* s of what was not sent in time that may be made up for */

/* At random from [0, 1). */
static double
uniform(void)
{

	return ((double)randombytes_random() / 4294967296.0);
}

double
backoff_wait(unsigned failed, double after)
{
	double most = ldexp(BACKOFF_BASE, failed > 10 ? 10 : (int)failed - 1);

	if (!(after >= 0))
		after = 0;
	return (fmin(after, BACKOFF_AFTER) + uniform() *
	    fmin(most, BACKOFF_CAP));
}

/* How many may go now. */
static double
ready(const struct pace *p, double now)
{
	double most = fmax(1, LATE * p->rate);

	if (p->at <= 0)
		return (1);
	return (fmin(most, p->ready + p->rate * (now - p->at)));
}

int
pace_take(struct pace *p, double now)
{
	double n;

	if (p->rate <= 0)
		return (1);
	n = ready(p, now);
	if (n < 1)
		return (0);
	p->ready = n - 1;
	p->at = now;
	return (1);
}

double
pace_wait(const struct pace *p, double now)
{
	double n;

	if (p->rate <= 0)
		return (0);
	n = ready(p, now);
	return (n >= 1 ? 0 : (1 - n) / p->rate);
}
