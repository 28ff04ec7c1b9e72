#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "err.h"
#include "fault.h"
#include "lambda.h"

#define CRASH_WITHIN 0.1	/* s that an event is had before a crash */
#define FREEZES 65536u	/* of an environment, numbers for them */

/* How a kind is counted, in words, and its stream. */
static const struct {
	const char *words;
	const char *stream;
} kinds[FAULTS] = {
	[FAULT_KILL] = { "killed", "sv-lambda kill" },
	[FAULT_CRASH] = { "crashed", "sv-lambda crash" },
	[FAULT_FREEZE] = { "frozen", "sv-lambda freeze" },
	[FAULT_DUPLICATE] = { "duplicated", "sv-lambda duplicate" },
	[FAULT_THROTTLE] = { "throttled", "sv-lambda throttle" },
	[FAULT_STORM] = { "in storms", "sv-lambda storm" },
	[FAULT_ERROR] = { "errors", "sv-lambda error" },
	[FAULT_SLOW] = { "slow", "sv-lambda slow" },
	[FAULT_LATE] = { "late", "sv-lambda late" }
};

int
fault_init(struct faults *f, const struct fault_options *o)
{

	memset(f, 0, sizeof(*f));
	f->o = o;
	for (size_t i = 0; i < FAULTS; i++)
		if (sv_rng_init(&f->streams[i], kinds[i].stream,
		    o->seed) == -1)
			return (-1);
	return (0);
}

/* How much of a kind is asked for; 0: nothing. */
static double
wanted(const struct fault_options *o, enum fault kind)
{
	const double rates[FAULTS] = {
		[FAULT_KILL] = o->kill, [FAULT_CRASH] = o->crash,
		[FAULT_FREEZE] = o->freeze, [FAULT_DUPLICATE] = o->duplicate,
		[FAULT_THROTTLE] = o->throttle, [FAULT_STORM] = o->storm_s,
		[FAULT_ERROR] = o->error, [FAULT_SLOW] = o->slow,
		[FAULT_LATE] = o->late
	};

	return (rates[kind]);
}

int
fault_any(const struct fault_options *o)
{
	int any = 0;

	for (int i = 0; i < FAULTS; i++)
		any |= wanted(o, (enum fault)i) > 0;
	return (any);
}

/* Numbers in [0, 1) for the n-th of a kind. */
static void
roll(const struct faults *f, enum fault kind, uint64_t n,
    double u[SV_RNG_WORDS])
{
	uint64_t words[SV_RNG_WORDS];

	sv_rng_blocks(&f->streams[kind], n, 1, words);
	for (size_t i = 0; i < SV_RNG_WORDS; i++)
		u[i] = (double)(words[i] >> 11) * 0x1p-53;
}

/* Likewise: does it happen to the n-th?  u[0] is used then. */
static int
happens(const struct faults *f, enum fault kind, uint64_t n,
    double u[SV_RNG_WORDS])
{
	double share = wanted(f->o, kind);

	if (share <= 0)
		return (0);
	roll(f, kind, n, u);
	return (u[0] < share);
}

/* Until the next of events that come at a rate. */
static double
gap(const struct faults *f, enum fault kind, uint64_t n)
{
	double rate = wanted(f->o, kind), u[SV_RNG_WORDS];

	if (rate <= 0)
		return (HUGE_VAL);
	roll(f, kind, n, u);
	return (-log1p(-u[0]) / rate);
}

double
fault_kill_after(const struct faults *f, uint64_t n)
{

	return (gap(f, FAULT_KILL, n));
}

double
fault_freeze_after(const struct faults *f, uint64_t n, unsigned k)
{

	return (gap(f, FAULT_FREEZE, n * FREEZES + k % FREEZES));
}

enum fault_crash
fault_crash(const struct faults *f, uint64_t n, double *after)
{
	double u[SV_RNG_WORDS];

	*after = 0;
	if (!happens(f, FAULT_CRASH, n, u))
		return (FAULT_NO_CRASH);
	if (u[1] < 1.0 / 3)
		return (FAULT_CRASH_START);
	if (u[1] < 2.0 / 3)
		return (FAULT_CRASH_NEXT);
	*after = CRASH_WITHIN * u[2];
	return (FAULT_CRASH_EVENT);
}

double
fault_slow(const struct faults *f, uint64_t n)
{
	double u[SV_RNG_WORDS];

	return (happens(f, FAULT_SLOW, n, u) ? f->o->slow_factor : 1);
}

double
fault_late(const struct faults *f, uint64_t n)
{
	double u[SV_RNG_WORDS];

	return (happens(f, FAULT_LATE, n, u) ? f->o->late_s : 0);
}

double
fault_duplicate(const struct faults *f, uint64_t n)
{
	double u[SV_RNG_WORDS];

	if (!happens(f, FAULT_DUPLICATE, n, u))
		return (-1);
	return (u[1] < 0.5 ? 0 : f->o->duplicate_s * u[2]);
}

double
fault_storm(const struct faults *f, double t)
{
	double every = f->o->storm_every, length = f->o->storm_s;
	double k, begin, u[SV_RNG_WORDS];

	if (length <= 0 || t < 0)
		return (0);
	k = floor(t / every);
	roll(f, FAULT_STORM, (uint64_t)k, u);
	begin = k * every + u[0] * (every - length);
	return (t >= begin && t < begin + length ? begin + length - t : 0);
}

/* The ways in which the service itself fails. */
static void
fail_somehow(struct fault_answer *a, double u)
{

	a->kind = FAULT_ERROR;
	a->status = u >= 0.3 && u < 0.6 ? 502 : 500;
	a->begun = u >= 0.6;
	a->cut = u >= 0.8;
}

void
fault_answer(const struct faults *f, uint64_t n, double t,
    struct fault_answer *a)
{
	double u[SV_RNG_WORDS], left = fault_storm(f, t);

	memset(a, 0, sizeof(*a));
	if (left > 0) {
		/* One in two is told for how long. */
		a->kind = FAULT_STORM;
		a->status = 429;
		a->retry_after = n % 2 == 0 ? (unsigned)ceil(left) : 0;
	} else if (happens(f, FAULT_THROTTLE, n, u)) {
		a->kind = FAULT_THROTTLE;
		a->status = 429;
		a->retry_after = u[1] < 0.5 ? 1 : 0;
	} else if (happens(f, FAULT_ERROR, n, u))
		fail_somehow(a, u[1]);
}

int
fault_open(struct lambda *l)
{
	const struct fault_options *o = l->o->faults;

	if (!fault_any(o))
		return (0);
	if (fault_init(l->faults, o) == -1) {
		sv_warn("cannot start");
		return (-1);
	}
	l->faults->began = sv_clock_mono();
	/* Also if it is to be quiet: it could not be had again otherwise. */
	if (!o->seeded)
		sv_warnx("faults: --fault-seed %" PRIu64, o->seed);
	return (0);
}

void
fault_close(struct lambda *l)
{
	const struct faults *f = l->faults;
	char text[512] = "";
	size_t n = 0;

	if (f->o == NULL || l->o->quiet)
		return;
	for (size_t i = 0; i < FAULTS; i++)
		if (wanted(f->o, (enum fault)i) > 0 && n < sizeof(text))
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s%" PRIu64 " %s", n > 0 ? ", " : "",
			    f->counts[i], kinds[i].words);
	sv_warnx("faults: %s", text);
}
