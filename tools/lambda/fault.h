#ifndef FAULT_H
#define FAULT_H

#include <stdint.h>

#include "rng.h"

/*
 * Faults that are asked for: what goes wrong on AWS now and then goes wrong
 * here as often as wanted, all from one seed.
 *
 *	fault.c		what happens to whom: drawing and counting
 *	fault_env.c	environments: killed, frozen, slow, late
 *	fault_request.c	requests that are not answered as they should be
 *	fault_option.c	--fault-...
 *
 * Each kind has a stream of random numbers of its own, and what happens to the
 * n-th request, call or environment depends on the seed, the kind and n only,
 * so that neither another kind nor the time changes it, but for a kind that
 * refuses requests, which are no calls then, and storms, which go by the clock.
 * Requests are counted as they come, calls as they get past such faults,
 * environments as they are begun: who calls in the same order meets the same
 * faults.  Times of kills and freezes are those for which an environment has
 * run, from its start and without the time between calls.
 */

struct lambda;
struct request;
struct env;
struct call;

enum fault {
	FAULT_KILL,
	FAULT_CRASH,
	FAULT_FREEZE,
	FAULT_DUPLICATE,
	FAULT_THROTTLE,
	FAULT_STORM,
	FAULT_ERROR,
	FAULT_SLOW,
	FAULT_LATE,
	FAULTS
};

/* What is asked for; 0: not.  Shares are from 0 to 1, times in s. */
struct fault_options {
	uint64_t seed;
	int seeded;	/* by the user */
	double kill;	/* a second of an environment that runs */
	double crash;	/* share of cold starts */
	double freeze;	/* a second of an environment that runs */
	double freeze_s;
	double duplicate;	/* share of calls */
	double duplicate_s;	/* until the second delivery, at most */
	double throttle;	/* share of requests */
	double storm_every, storm_s;
	double error;	/* share of requests */
	double slow;	/* share of environments */
	double slow_factor;
	double late;	/* share of cold starts */
	double late_s;
};

struct faults {
	const struct fault_options *o;
	struct sv_rng streams[FAULTS];
	uint64_t counts[FAULTS];	/* so far */
	uint64_t requests, calls;	/* so far */
	double began;	/* sv_clock_mono() */
};

/* --- fault.c: what happens to whom */

/**
 * fault_init(f, o):
 * Set ${f} to what ${o}, which it keeps, asks for.  0, or -1 with errno set.
 */
int fault_init(struct faults *f, const struct fault_options *o);

/**
 * fault_any(o):
 * Is anything asked for?
 */
int fault_any(const struct fault_options *o);

/**
 * fault_kill_after(f, n), fault_freeze_after(f, n, k):
 * How long environment ${n} runs until it is killed; and, after its start or
 * the last freeze, until the ${k}-th one, from 0 (at most 65535).  Both are
 * exponentially distributed, -log(1 - u) / rate; HUGE_VAL: for ever.
 */
double fault_kill_after(const struct faults *f, uint64_t n);
double fault_freeze_after(const struct faults *f, uint64_t n, unsigned k);

enum fault_crash {
	FAULT_NO_CRASH,
	FAULT_CRASH_START,	/* as soon as its process is there */
	FAULT_CRASH_NEXT,	/* when it asks for its first event */
	FAULT_CRASH_EVENT	/* when it has had it for a moment */
};

/**
 * fault_crash(f, n, after):
 * How environment ${n} dies when it is begun, each way in a third of those that
 * do; ${*after} is the moment, s.
 */
enum fault_crash fault_crash(const struct faults *f, uint64_t n,
    double *after);

/**
 * fault_slow(f, n), fault_late(f, n):
 * By which factor environment ${n} is slow, 1 if it is not; and by how many s
 * its start is late.
 */
double fault_slow(const struct faults *f, uint64_t n);
double fault_late(const struct faults *f, uint64_t n);

/**
 * fault_duplicate(f, n):
 * In how many s call ${n} is delivered once more, 0 for at once, which is half
 * of them; < 0: it is not.
 */
double fault_duplicate(const struct faults *f, uint64_t n);

/**
 * fault_storm(f, t):
 * Is there a storm ${t} s after the beginning?  Return for how long still, 0 if
 * there is none.  In each period [k every, (k + 1) every) one begins at
 * k every + u (every - length).
 */
double fault_storm(const struct faults *f, double t);

/* What a request to call a function is answered with. */
struct fault_answer {
	enum fault kind;	/* why */
	unsigned status;	/* 0: what it should; 429, 500 or 502 */
	int cut;	/* nothing: the connection is closed */
	int begun;	/* although the function is called */
	unsigned retry_after;	/* s; 0 says nothing */
};

/**
 * fault_answer(f, n, t, a):
 * What request ${n} is answered with, ${t} s after the beginning: a storm goes
 * before a throttle, a throttle before an error.  Of errors three in ten each
 * are 500 and 502 and nothing is called; in two the function is called and the
 * answer is 500, in two it is called and there is none.
 */
void fault_answer(const struct faults *f, uint64_t n, double t,
    struct fault_answer *a);

/**
 * fault_open(l), fault_close(l):
 * Begin, with a line that says the seed where the user has not; 0, or -1 after
 * a line.  End with a line that counts.  Without faults do nothing.
 */
int fault_open(struct lambda *l);
void fault_close(struct lambda *l);

/* --- fault_env.c: in env.h */

/* --- fault_request.c */

/**
 * fault_request(l, a):
 * One more request to call a function: see what it is answered with, count it.
 */
void fault_request(struct lambda *l, struct fault_answer *a);

/**
 * fault_reply(r, a):
 * Answer with that.
 */
void fault_reply(struct request *r, const struct fault_answer *a);

/**
 * fault_call(l, after), fault_called(c):
 * One more call, unless a limit refuses it: 1 if it is to be delivered again,
 * ${*after} s from now.  And such a second delivery is made: count it.
 */
int fault_call(struct lambda *l, double *after);
void fault_called(const struct call *c);

/* --- fault_option.c */

/* What getopt_long() has for each. */
enum {
	OPT_FAULT = 512,
	OPT_FAULT_SEED = OPT_FAULT,
	OPT_FAULT_KILL,
	OPT_FAULT_CRASH,
	OPT_FAULT_FREEZE,
	OPT_FAULT_DUPLICATE,
	OPT_FAULT_THROTTLE,
	OPT_FAULT_STORM,
	OPT_FAULT_ERROR,
	OPT_FAULT_SLOW,
	OPT_FAULT_LATE
};

/**
 * fault_option(o, c, arg):
 * One option.  0, or -1 after a line on stderr.
 */
int fault_option(struct fault_options *o, int c, const char *arg);

/**
 * fault_help():
 * Print the options, under a heading.
 */
void fault_help(void);

#endif /* !FAULT_H */
