#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "worker.h"

#define MARGIN_S 2.0	/* before the deadline at which work stops, ... */
#define MARGIN 0.1	/* ... or this part of the time, where that is less */

void
worker_live(struct worker_options *o, double left)
{

	o->deadline = sv_clock_mono() + left;
	o->margin = fmin(MARGIN_S, MARGIN * left);
}

void
worker_resolver(void)
{

	setenv("RES_OPTIONS", "timeout:1 attempts:2", 0);
}
