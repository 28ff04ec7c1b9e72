#ifndef LIVE_H
#define LIVE_H

#include <stddef.h>
#include <stdint.h>

#include "estimate.h"
#include "run.h"
#include "spend.h"

/*
 * A run that is still going on, as one wants to see it: beside what run.h
 * collects, what its workers are at, and what happened lately.  Each frame
 * costs no more than what it holds; a TIMING frame of W workers is sorted.
 */

#define LIVE_ROUNDS 20u	/* that are "lately" */
#define LIVE_PACE 5u	/* ... that tell how fast rounds are now */
#define LIVE_WORKERS 0x100000u	/* shards beyond are not followed */

enum live_phase {
	LIVE_WAITING,	/* for the first frame */
	LIVE_ASKING,	/* there is a job, and no worker was asked for */
	LIVE_STARTING,	/* workers were, and have not all said hello */
	LIVE_COMPUTING,	/* rounds */
	LIVE_ENDING,	/* there is a model, and no round after it */
	LIVE_ENDED
};

enum live_state {
	LIVE_QUEUED,	/* not asked for yet */
	LIVE_CALLED,	/* asked for */
	LIVE_HERE,	/* has said hello */
	LIVE_LOST,
	LIVE_GONE,	/* has ended */
	LIVE_STATES
};

/* Who was among the slowest tenth of one round, with its excess. */
struct live_slow {
	uint32_t shard;
	double excess;	/* s, response above the round's median */
};

struct live_worker {
	enum live_state state;
	int came;	/* one of its generations has said hello */
	uint32_t generation;	/* the one at work, or to be; 0: none */
	uint32_t next;	/* its successor, asked for in good time; 0: none */
	int next_here;	/* ... which has said hello */
};

struct live {
	enum live_phase phase;
	int64_t began;	/* time of the first frame of the job */
	int64_t last;	/* ... and the latest of any */
	double heard;	/* monotonic clock when that came */

	struct live_worker *worker;
	size_t nworker;	/* shards heard of */
	uint64_t came;	/* ... and from */
	uint64_t lost, replaced, handovers, throttled;
	const char *stopping;	/* why no more rounds are wanted; the run's */
	int asked;	/* a global is out, and its round is not over */
	const char *op;	/* of the last round */
	uint32_t round;	/* its number */
	uint32_t seq;	/* the hub's count of globals, last seen */
	int seen_seq;
	uint64_t missing;	/* globals of which no TIMING came */
	size_t marks, events, traces, models, rounds;	/* of the run's, taken */

	struct trend primal, dual, measure;
	int fitted;	/* there is a model: what follows is another fit's */
	double target, eps_primal, eps_dual;
	double objective, gap;
	uint32_t looked;	/* round of these */
	double split;	/* what tends to it, of the last trace */
	uint32_t traced;	/* round of that */
	enum { LIVE_MEASURE, LIVE_OPTIMALITY, LIVE_GAP, LIVE_OWN } kind;

	struct live_slow *slow;	/* LIVE_ROUNDS times room */
	size_t room;
	size_t nslow[LIVE_ROUNDS];
	size_t known[LIVE_ROUNDS];	/* workers whose response is known */
	size_t at;	/* the next of those rounds */
	struct sv_timing_rank *rank;	/* scratch, nrank */
	size_t nrank;
	double comp[LIVE_ROUNDS], idle[LIVE_ROUNDS];	/* s, workers' means */

	struct sv_spend spend;
};

/**
 * live_init(l, price, arch, mono):
 * Nothing has come yet.  ${price} (outliving ${l}) and ${arch} are what
 * functions cost; ${mono} is sv_clock_mono().
 */
void live_init(struct live *l, const struct sv_price *price,
    enum sv_price_arch arch, double mono);
void live_fini(struct live *l);

/**
 * live_frame(l, run, f, mono):
 * After sv_run_frame(${run}, ${f}): what the frame means.  Another run than
 * that of the frame before needs another live.  Return 0, or -1 with errno set
 * where memory is out.
 */
int live_frame(struct live *l, const struct sv_run *run,
    const struct sv_frame *f, double mono);

/**
 * live_seconds(l, mono), live_time(l, mono):
 * Seconds since the job began; and the time on the clock of its frames, in
 * seconds since 1970, which goes on from the last frame, and ends with the run.
 */
double live_seconds(const struct live *l, double mono);
double live_time(const struct live *l, double mono);

/**
 * live_states(l, run, n):
 * Count the workers by their state; a successor that waits for its turn is not
 * one of them.
 */
void live_states(const struct live *l, const struct sv_run *run,
    uint64_t n[LIVE_STATES]);

/**
 * live_handing(l):
 * How many workers' successors have been asked for.
 */
uint64_t live_handing(const struct live *l);

/* Rounds lately; NaN: not known. */
struct live_pace {
	double round_s;	/* global sent to answer, median */
	double comp_s, idle_s;	/* of a worker, the median of means likewise */
	double per_s;	/* rounds of the method a second, as below */
	int steady;	/* they take as long as they took a moment ago */
	double next_s;	/* what a round lasts now ... */
	double change;	/* ... times this, each: 1, or less if not steady */
};

/**
 * live_pace(l, run, pace):
 * Over the last LIVE_PACE rounds of the method that have a TIMING frame.  A
 * round lasts until the next one is sent, so that looks at answers count with
 * the round before them.  Rounds are steady where the last LIVE_PACE lasted as
 * long as the LIVE_PACE before them, to a factor of 1.3: then per_s is that of
 * all of these, and each look has its part in it.  Otherwise, and of fewer
 * rounds, it is one over the median of the former.
 */
void live_pace(const struct live *l, const struct sv_run *run,
    struct live_pace *pace);

/**
 * live_left(pace, rounds):
 * How long so many rounds will last, s; NaN: not known.  Where rounds get
 * shorter they go on to do so, ever less: the damped trend of Gardner and
 * McKenzie (Management Science 31, 1985), on logarithms, with a slope by Theil
 * as in estimate.h, and 0.85 of it left after each round.
 */
double live_left(const struct live_pace *pace, double rounds);

/* A worker that is slow more often than chance has it. */
struct live_straggler {
	uint32_t shard;
	uint32_t rounds;	/* in so many of the last ${of} */
	double excess;	/* s above the median of those rounds, mean */
};

/**
 * live_stragglers(l, s, n, of):
 * Fill ${s} with at most ${n} workers, the most frequent first, that were among
 * the slowest tenth of ${*of} recent rounds, 10 at least, more often than four
 * standard deviations beyond what it would be if each were as likely as any;
 * return how many.
 */
size_t live_stragglers(const struct live *l, struct live_straggler *s, size_t n,
    uint32_t *of);

#endif /* !LIVE_H */
