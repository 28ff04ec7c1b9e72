#ifndef SV_MEASURE_H
#define SV_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#include "run.h"

/*
 * The figures of a run, as Aytekin and Johansson (2019, Sections II-B and IV)
 * define them: pure functions of what run.h collected.  A figure that cannot be
 * known is NaN.
 */

/* Invocations that were asked for over HTTP: what became of the calls. */
struct sv_calls {
	uint64_t n;	/* each is one of the next four */
	uint64_t answered;	/* to the end, or accepted */
	uint64_t failed;
	uint64_t unanswered;	/* sent, but the answer was not waited for */
	uint64_t open;	/* not ended, as far as the run tells */
	uint64_t errors;	/* of the failed: the function's own fault */
	uint64_t tries;	/* that are known of */
	uint64_t throttled;	/* tries that were turned away with a 429 */
	uint64_t retried;	/* tries that failed otherwise, not the last */
};

/* From where the billed time of an invocation is known. */
enum sv_bill_source {
	SV_BILL_REPORT,	/* the provider's REPORT line */
	SV_BILL_ESTIMATE,	/* from the request to the end, in memory */
	SV_BILL_UNKNOWN,	/* not known: neither time nor memory */
	SV_BILL_N
};

struct sv_bill_line {
	uint64_t requests;
	double seconds;
	double gb_seconds;	/* MB / 1024, times seconds */
};

/* What functions took.  Nothing of it is dollars: price.h. */
struct sv_bill {
	struct sv_bill_line line[SV_BILL_N];
	struct sv_bill_line all;
	double max_memory_mb;	/* most that one took; NaN: not known */
	double memory_mb;	/* what that one was given, else the most given */
};

/* What handovers cost: for some time a shard has two workers. */
struct sv_overlap {
	uint64_t n;	/* successors that are billed, each a request */
	double seconds;	/* in which both it and its predecessor are */
	double gb_seconds;	/* of the successor in these */
};

/* How shards came from one worker to the next: see changes.h. */
struct sv_changes {
	uint64_t handovers;	/* in good time, with the whole state */
	uint64_t lost;	/* workers given up */
	uint64_t left;	/* ... that went in good order */
	uint64_t replaced;	/* of these two, by one that said hello */
	uint64_t successors;	/* said hello, asked for in good time */
	double bytes;	/* of a state handed over, mean; NaN of none */
	double took_s, took_max_s;	/* of a handover: mean, longest */
	double away_s, away_max_s;	/* without a worker: mean, longest */
	uint64_t cuts, backs;	/* connections cut under a worker; came back */
	uint64_t refused;	/* workers that were not needed */
	struct sv_overlap overlap;
};

/* What a run comes to.  Strings live as long as the run. */
struct sv_summary {
	uint64_t workers;
	uint64_t rounds;	/* STEP rounds (own in run.h), of all masters */
	uint64_t other_rounds;	/* GRAD and the rest */
	uint64_t missing;	/* rounds of which the stream has no TIMING */
	/* "converged", "limit", "done", "failed" or "unfinished" */
	const char *status;
	const char *reason;	/* END's, or "" */

	/* The last model's; without one the last that a TRACE frame knew. */
	double objective, optimality, primal, dual, rho, nonzero;
	double gap;	/* objective less a lower bound of the minimum */

	double wall_s;	/* first global sent -> last model */
	double total_s;	/* first request for a worker -> end */
	double round_s;	/* mean STEP round, global sent -> answer */
	double master_s;	/* of it the master: sum complete -> answer */
	double cpu_s;	/* all workers, in rounds */
	double load_cpu_s;	/* all workers, before their hello */
	double q[SV_Q_N];	/* means per worker and STEP round */
	double bytes_up, bytes_down;

	uint64_t invocations;	/* requested, or without request said hello */
	struct sv_changes changes;
	double shard_bytes;	/* largest */
	double rss_bytes;	/* largest peak of a worker */

	uint64_t cold, warm;	/* starts with a hello, by their environment */
	double cold_s;	/* median of the cold ones, request -> first hello */
	double cold_min_s;	/* the fastest */
	double cold_max_s;	/* the slowest */
	uint64_t clocks;	/* starts whose clock disagrees with ours */
	struct sv_calls calls;
	struct sv_bill bill;
};

/**
 * sv_measure_summary(run, s):
 * Fill ${s}.  Return 0, or -1 with errno set where memory is out.
 *
 * wall_s is read off the hub's clock where the last round has an answer, else
 * off the MODEL frame's time, with the hub's clock set against the calendar by
 * the TIMING frames; without TIMING frames it is the time between the first
 * GLOBAL and the last MODEL.
 */
int sv_measure_summary(const struct sv_run *run, struct sv_summary *s);

/**
 * sv_measure_exit(run, why):
 * The exit status that a viewer of ${run} owes: that of the END frame, or
 * SV_EXIT_FAILED where the stream was damaged, where frames made no sense, or
 * where a run that began has no end.  A stream that never had a job, as a
 * master writes it by itself, ends with its model.  ${*why} is set to a reason
 * if it has not been said on stderr before, else to NULL.
 */
int sv_measure_exit(const struct sv_run *run, const char **why);

/**
 * sv_measure_offset(run):
 * What to add to the hub's clock to have seconds after the first TIMING frame's
 * time.  Such a frame is sealed soon after the last moment it tells of: the
 * least difference seen is the best estimate.  NaN without TIMING frames.
 */
double sv_measure_offset(const struct sv_run *run);

/**
 * sv_measure_wall(run, master):
 * Seconds from the first global of one master, counted from 0, sent to its
 * model, off the hub's clock as wall_s above.
 */
double sv_measure_wall(const struct sv_run *run, uint32_t master);

/**
 * sv_measure_model(run, i):
 * Seconds that model ${i} took: the same, or since the model before where both
 * are of one master, as those of a path are.
 */
double sv_measure_model(const struct sv_run *run, size_t i);

/**
 * sv_measure_round(r):
 * Seconds of one round: global sent -> master's answer, or where none came the
 * complete sum.
 */
double sv_measure_round(const struct sv_run_round *r);

/* A quantity over all workers and STEP rounds. */
struct sv_spread {
	double mean;	/* over rounds first, then over workers */
	double sd_workers;	/* standard deviation of the workers' means */
	double sd_rounds;	/* mean of the workers' over rounds */
	double min, max;	/* extremes of the workers' means */
};

/**
 * sv_measure_spread(run, q, s):
 * The utilisation quantity ${q}: averages over rounds and then over workers,
 * and the standard deviation among workers (paper, Figure 5).
 */
void sv_measure_spread(const struct sv_run *run, enum sv_quantity q,
    struct sv_spread *s);

/**
 * sv_measure_hub(run, send, master, round):
 * Statistics over STEP rounds of what only the hub sees: from the first worker
 * to the last sent the global; from the complete sum to the master's answer;
 * the whole round.
 */
void sv_measure_hub(const struct sv_run *run, struct sv_stat *send,
    struct sv_stat *master, struct sv_stat *round);

/**
 * sv_measure_values(run, q, values, n):
 * Set ${*values} to a new array of the ${*n} known values of the quantity ${q},
 * of every worker in every STEP round whose rows are kept (rows.h); the caller
 * frees it.  They are rounded to a power of ten that is no less than 2e-7 of
 * the length of the round, or to 1 ns.  Return 0, or -1 with errno set.
 */
int sv_measure_values(const struct sv_run *run, enum sv_quantity q,
    double **values, size_t *n);

/* What only the hub sees of a round, as above. */
enum sv_hub_time { SV_HUB_SEND, SV_HUB_MASTER, SV_HUB_ROUND };

/**
 * sv_measure_hub_values(run, which, values, n):
 * The same of the hub's times, one for each STEP round, whether its rows are
 * kept or not.
 */
int sv_measure_hub_values(const struct sv_run *run, enum sv_hub_time which,
    double **values, size_t *n);

/* As stat.h defines them; NaN of none. */
struct sv_quantiles {
	double median;
	double p95;	/* no fewer than 95 in 100 are as small */
	double p99;
};

/**
 * sv_measure_quantiles(values, n, p):
 * Fill ${p} from ${n} values.  Reorders them.
 */
void sv_measure_quantiles(double *values, size_t n, struct sv_quantiles *p);

/* What came of an invocation, the last that is known. */
enum sv_answer {
	SV_ANSWER_NONE,	/* nothing was heard */
	SV_ANSWER_DONE,	/* ended well, or accepted */
	SV_ANSWER_FAILED,
	SV_ANSWER_MISSING	/* sent, but the answer was not waited for */
};

/* One invocation: its start and its end. */
struct sv_start {
	uint32_t shard;
	uint32_t generation;
	enum sv_run_how how;
	double at;	/* s after the run's first request (or hello) */
	int hello;	/* it said hello */
	int warm;	/* ... in an environment that another has left */
	int clocks;	/* the worker's clock disagrees with ours */

	double queued;	/* waited in sv-spawn before the request */
	double total;	/* request -> first hello */
	double request;	/* its parts: request -> the process runs; */
	double start;	/* what is neither request nor load; */
	double load;	/* reading the shard */

	/* A function's: request is the first two, start the others. */
	double retry;	/* request -> the last try of it */
	double platform;	/* last try -> the process runs */
	double init;	/* the process runs -> it is ready for an event */
	double invoke;	/* ready -> the event is there */
	double join;	/* shard read -> hello received */

	double load_cpu;	/* CPU seconds until the hello */
	double shard_bytes;
	double rss;	/* peak bytes, the latest that is known */
	double cpu;	/* CPU seconds, whole life */
	double status, signal;	/* how it ended */

	enum sv_answer answer;
	int error;	/* failed by the function's own fault */
	int began;	/* it ran, as far as one can know */
	double tries;	/* calls made, at least; NaN: not over HTTP */
	uint32_t throttled;	/* those turned away with a 429 */
	uint32_t retried;	/* those that failed otherwise, not the last */
	double memory_mb;	/* given */
	double max_memory_mb;	/* taken at most */
	uint32_t reports;	/* REPORT lines */
	double billed;	/* s, sum of those */
	uint32_t early;	/* such lines of tries before, or of a second one */
	double early_billed;	/* s, sum of those */
	double lived;	/* s, last try -> exit or the run's end */
	double ended;	/* s, on the scale of at; its exit or the run's end */
};

/**
 * sv_measure_starts(run, starts, n):
 * Set ${*starts} to a new array of ${*n} invocations, by shard and generation;
 * the caller frees it.  The first request counts, and the first hello.  Return
 * 0, or -1 with errno set.
 *
 * The moment the process began is on the worker's clock.  Where a part that
 * follows from it is negative the clocks disagree, and what needs both, request
 * and start, platform and join, is NaN.  init, invoke and load need one clock
 * and are known all the same.  lived ends with the function's time limit at the
 * latest.  What has no exit, as it was called and not waited for, ended when
 * another took over from it, or it left; else with the run.  Where a call was
 * delivered twice and the exit is that of the one who was refused, the other's
 * is not known.
 */
int sv_measure_starts(const struct sv_run *run, struct sv_start **starts,
    size_t *n);

/* One part of the starts. */
struct sv_part {
	struct sv_stat stat;
	double median;
	double p90;	/* nine of ten are no larger */
	uint32_t fastest, slowest;	/* shards */
};

/**
 * sv_measure_part(start, n, offset, p):
 * Fill ${p} with what is known of the double at ${offset} in the ${n} starts
 * ${start}.  Return 0, or -1 with errno set.
 */
int sv_measure_part(const struct sv_start *start, size_t n, size_t offset,
    struct sv_part *p);

/**
 * sv_measure_calls(start, n, calls):
 * Count what became of the calls among the ${n} invocations ${start}.
 */
void sv_measure_calls(const struct sv_start *start, size_t n,
    struct sv_calls *calls);

/**
 * sv_measure_bill(start, n, bill):
 * What the functions among the ${n} invocations ${start} took: those asked of
 * AWS Lambda, and those asked for otherwise whose hello says that they run
 * there.  Each that began is a request, as the provider counts them; a call
 * turned away is none.  Where no REPORT line came, the time is estimated as
 * lived, and the memory is that in the hello, or else the most that another of
 * the run was given.
 */
void sv_measure_bill(const struct sv_start *start, size_t n,
    struct sv_bill *bill);

/* Bins of the responsiveness histogram: [i, i + 1) / 20, the last with 1. */
#define SV_RESPONSE_BINS 20

/**
 * sv_measure_response(run, bins):
 * Count the workers by the share of STEP rounds in which they were among the
 * slowest tenth (paper, Figure 9).
 */
void sv_measure_response(const struct sv_run *run,
    uint64_t bins[SV_RESPONSE_BINS]);

/*
 * Several runs of one number of workers: medians over those of which a figure
 * is known.
 */
struct sv_scaling {
	uint64_t workers;
	uint64_t runs;
	double rounds;
	double wall_s;
	double wall_min_s, wall_max_s;	/* extremes, not medians */
	double round_s;	/* of a STEP round */
	double total_s, cpu_s;
	double comp_s, idle_s;
	double cold_min_s, cold_max_s;	/* the fastest and the slowest start */
	double speedup;	/* T(W0) / T(W), T = wall_s */
	double efficiency;	/* S(W) W0 / W */
	double round_speedup;	/* the same with T = round_s */
	double round_efficiency;
};

/**
 * sv_measure_scaling(s, n, scaling, m):
 * Set ${*scaling} to a new array of ${*m} entries, one for each number of
 * workers among the ${n} summaries ${s}, ascending; the caller frees it.  W0 is
 * the smallest number.  Where rounds differ in number, because a method takes
 * more or fewer of them with other shards, speedup has that in it, and
 * round_speedup has not.  Return 0, or -1 with errno set.
 */
int sv_measure_scaling(const struct sv_summary * const *s, size_t n,
    struct sv_scaling **scaling, size_t *m);

#endif /* !SV_MEASURE_H */
