#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "fault.h"
#include "opt.h"

#define RATE_MAX 1e6
#define TIME_MAX 86400.0

/* "A" or "A,B" within their limits; ${b} stays as it is without the second. */
static int
pair(const char *name, const char *arg, double a_max, double *a, double b_min,
    double b_max, double *b)
{
	const char *comma = strchr(arg, ',');
	char first[64];
	size_t len;

	if (comma == NULL)
		return (sv_opt_double(name, arg, 0, a_max, a));
	len = (size_t)(comma - arg);
	if (len >= sizeof(first))
		len = sizeof(first) - 1;
	memcpy(first, arg, len);
	first[len] = '\0';
	if (sv_opt_double(name, first, 0, a_max, a) == -1)
		return (-1);
	return (sv_opt_double(name, comma + 1, b_min, b_max, b));
}

static int
storm(struct fault_options *o, const char *arg)
{
	double every = 0, length = 0;

	if (pair("--fault-storm", arg, TIME_MAX, &every, 0, TIME_MAX,
	    &length) == -1)
		return (-1);
	if (every <= 0 || length <= 0 || length > every) {
		sv_warnx("--fault-storm %s: expected EVERY,LENGTH in seconds, "
		    "the second not more than the first", arg);
		return (-1);
	}
	o->storm_every = every;
	o->storm_s = length;
	return (0);
}

int
fault_option(struct fault_options *o, int c, const char *arg)
{

	switch (c) {
	case OPT_FAULT_SEED:
		o->seeded = 1;
		return (sv_opt_u64("--fault-seed", arg, 0, UINT64_MAX,
		    &o->seed));
	case OPT_FAULT_KILL:
		return (sv_opt_double("--fault-kill", arg, 0, RATE_MAX,
		    &o->kill));
	case OPT_FAULT_CRASH:
		return (sv_opt_double("--fault-crash", arg, 0, 1, &o->crash));
	case OPT_FAULT_FREEZE:
		return (pair("--fault-freeze", arg, RATE_MAX, &o->freeze, 0,
		    TIME_MAX, &o->freeze_s));
	case OPT_FAULT_DUPLICATE:
		return (pair("--fault-duplicate", arg, 1, &o->duplicate, 0,
		    TIME_MAX, &o->duplicate_s));
	case OPT_FAULT_THROTTLE:
		return (sv_opt_double("--fault-throttle", arg, 0, 1,
		    &o->throttle));
	case OPT_FAULT_STORM:
		return (storm(o, arg));
	case OPT_FAULT_ERROR:
		return (sv_opt_double("--fault-error", arg, 0, 1, &o->error));
	case OPT_FAULT_SLOW:
		return (pair("--fault-slow", arg, 1, &o->slow, 1, 1000,
		    &o->slow_factor));
	case OPT_FAULT_LATE:
		return (pair("--fault-late", arg, 1, &o->late, 0, TIME_MAX,
		    &o->late_s));
	default:
		return (-1);
	}
}

void
fault_help(void)
{

	printf("Faults:\n"
	    "      --fail-rate P           kill a share P of all calls (0)\n"
	    "  -s, --seed N            which calls those are (0)\n"
	    "      --fault-seed N          of all that follows (by the clock, and printed)\n"
	    "      --fault-kill RATE       kill environments, each RATE times a second that\n"
	    "                          it runs\n"
	    "      --fault-crash P         let a share P of cold starts die at their start\n"
	    "      --fault-freeze RATE[,S] stop environments at that rate, for S seconds (5)\n"
	    "      --fault-duplicate P[,S] deliver a share P of calls twice, at once or\n"
	    "                          within S seconds (5)\n"
	    "      --fault-throttle P      refuse a share P of requests for calls with 429\n"
	    "      --fault-storm EVERY,LENGTH\n"
	    "                          refuse all of them for LENGTH of EVERY seconds\n"
	    "      --fault-error P         answer a share P with 500, 502, or not at all\n"
	    "      --fault-slow P[,X]      give a share P of them 1/X of their CPU (4)\n"
	    "      --fault-late P[,S]      let a share P of cold starts take S s more (10)\n");
}
