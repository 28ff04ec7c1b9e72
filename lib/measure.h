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

/* What a run comes to.  Strings live as long as the run. */
struct sv_summary {
	uint64_t workers;
	uint64_t rounds;	/* STEP rounds, of all masters */
	uint64_t other_rounds;	/* GRAD and the rest */
	uint64_t missing;	/* rounds of which the stream has no TIMING */
	/* "converged", "limit", "done", "failed" or "unfinished" */
	const char *status;
	const char *reason;	/* END's, or "" */

	/* The last model's; without one the last that a TRACE frame knew. */
	double objective, optimality, primal, dual, rho, nonzero;

	double wall_s;	/* first global sent -> last model */
	double total_s;	/* first request for a worker -> end */
	double round_s;	/* mean STEP round, global sent -> answer */
	double master_s;	/* of it the master: sum complete -> answer */
	double cpu_s;	/* all workers, in rounds */
	double load_cpu_s;	/* all workers, before their hello */
	double q[SV_Q_N];	/* means per worker and STEP round */
	double bytes_up, bytes_down;

	uint64_t invocations;	/* requested, or without request said hello */
	uint64_t replaced;	/* shards' later generations that said hello */
	uint64_t lost;	/* EVENT frames that say so */
	double shard_bytes;	/* largest */
	double rss_bytes;	/* largest peak of a worker */
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
 * sv_measure_wall(run, master):
 * Seconds from the first global of one master, counted from 0, sent to its
 * model, off the hub's clock as wall_s above.
 */
double sv_measure_wall(const struct sv_run *run, uint32_t master);

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

/* One invocation: the cold start and the end. */
struct sv_start {
	uint32_t shard;
	uint32_t generation;
	double at;	/* s after the run's first request (or hello) */
	double total;	/* cold start: request -> first hello */
	double request;	/* its parts: request -> the process runs; */
	double start;	/* what is neither request nor load; */
	double load;	/* reading the shard */
	double load_cpu;	/* CPU seconds until the hello */
	double shard_bytes;
	double rss;	/* peak bytes, the latest that is known */
	double cpu;	/* CPU seconds, whole life */
	double status, signal;	/* how it ended */
	int hello;	/* it said hello */
};

/**
 * sv_measure_starts(run, starts, n):
 * Set ${*starts} to a new array of ${*n} invocations, by shard and generation;
 * the caller frees it.  The first request counts, and the first hello.  The
 * moment the process began is on the worker's clock: where it does not lie
 * between request and hello the clocks disagree, and request and start are
 * NaN.  Return 0, or -1 with errno set.
 */
int sv_measure_starts(const struct sv_run *run, struct sv_start **starts,
    size_t *n);

/* Bins of the responsiveness histogram: [i, i + 1) / 20, the last with 1. */
#define SV_RESPONSE_BINS 20

/**
 * sv_measure_response(run, bins):
 * Count the workers by the share of STEP rounds in which they were among the
 * slowest tenth (paper, Figure 9).
 */
void sv_measure_response(const struct sv_run *run,
    uint64_t bins[SV_RESPONSE_BINS]);

/* Several runs of one number of workers. */
struct sv_scaling {
	uint64_t workers;
	uint64_t runs;
	double wall_s;	/* median over the runs, as all that follow */
	double rounds;
	double total_s, cpu_s;
	double comp_s, idle_s;
	double speedup;	/* T(W0) / T(W) */
	double efficiency;	/* S(W) W0 / W */
};

/**
 * sv_measure_scaling(s, n, scaling, m):
 * Set ${*scaling} to a new array of ${*m} entries, one for each number of
 * workers among the ${n} summaries ${s}, ascending; the caller frees it.  W0 is
 * the smallest number.  Return 0, or -1 with errno set.
 */
int sv_measure_scaling(const struct sv_summary *s, size_t n,
    struct sv_scaling **scaling, size_t *m);

#endif /* !SV_MEASURE_H */
