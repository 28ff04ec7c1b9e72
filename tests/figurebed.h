#ifndef FIGUREBED_H
#define FIGUREBED_H

#include <stddef.h>
#include <stdint.h>

#include "figure.h"
#include "stats.h"

/*
 * Runs whose every time is known by hand, in memory, and a look at the figures
 * made of them.  In round k (from 1) of worker i (from 0), in seconds on the
 * hub's clock, with B = 1 in the first round and whatever stands in struct bed:
 *
 *	sent		B + 0.001 i
 *	comp		comp + comp_worker i + comp_round (k - 1)
 *	received	sent + comp + 0.004
 *	taken		received + 0.002
 *	summed		taken + 0.001
 *	idle		idle + idle_worker i; none in the first round
 *	allsent		B + 0.001 (W - 1)
 *	lastin		last summed + 0.003
 *	answer		lastin + 0.01, and the next B
 *
 * so that the worker with the longest computation is the last if it has the
 * highest number.  Workers are asked for at 0, and say hello at start +
 * start_worker i; the process begins 0.05 after it was asked for and loads for
 * 0.1.  A function is ready after 0.03 and has its event 0.02 later; it is of
 * 1024 MB, is billed 10 + i s, and ends at 10 + i.  The run's end is 0.5 after
 * the last answer, or with functions at 20.
 */
struct bed {
	uint32_t W;	/* 0: there is neither a job nor TIMING */
	uint32_t rounds;
	uint32_t masters;	/* 0: one */
	double comp, comp_worker, comp_round;
	double idle, idle_worker;
	double start, start_worker;	/* 0: nobody was asked for */
	int functions;
	int unknown;	/* every clock reading of workers is NaN */
	int alone;	/* a master without a hub: no TIMING */
	int no_model;
	int limit;	/* it ends without converging */
	int rotate;	/* comp is that of worker (i + k) mod W */
	int no_report;	/* of functions it is not told what was billed */
	double outlier;	/* comp of worker 0 in round 2; 0: as the others */
	uint64_t n;	/* rows of the problem; 0: 1000 */
};

/* The paper's quantities in round numbers. */
#define BED_PLAIN .comp = 0.1, .comp_worker = 0.01, .comp_round = 0.02, \
	.idle = 0.03, .idle_worker = 0.005, .start = 0.5, .start_worker = 0.1

/* A set's runs, and what sv-stats makes of them. */
#define BED_RUNS 16
struct table_of_runs {
	struct sv_run run[BED_RUNS];
	struct stats s[BED_RUNS];
	size_t n;
	struct stats_options o;
};

/**
 * bed_run(t, b, set, label):
 * Make a run and append it; bed_trace() adds to it what its master saw.
 */
struct sv_run *bed_run(struct table_of_runs *t, const struct bed *b, size_t set,
    const char *label);

/**
 * bed_trace(run, own, round, n, column, value, ...):
 * Add a TRACE frame with ${n} pairs of column and value, all else NaN; ${own}:
 * it is of a step, else of a look.
 */
void bed_trace(struct sv_run *run, int own, uint32_t round, int n, ...);

/**
 * bed_model(run, round):
 * Add a model that was done in that round, as those of a path are; the run is
 * to have none of its own.
 */
void bed_model(struct sv_run *run, uint32_t round);

/**
 * bed_measure(t), bed_fini(t):
 * Fill the summaries, when all traces are there; free all.
 */
void bed_measure(struct table_of_runs *t);
void bed_fini(struct table_of_runs *t);

/**
 * bed_figure(t, id):
 * Make the figure and check what every figure promises.
 */
struct figure *bed_figure(struct table_of_runs *t, enum figure_id id);

/**
 * bed_series(p, label):
 * The series of that label (NULL: the first without one); it must be there.
 */
const struct series *bed_series(const struct panel *p, const char *label);

/* A number, a point of a series, and the end of a span. */
void bed_near(double value, double expect);
void bed_point(const struct series *s, size_t i, double x, double y);
void bed_span(const struct series *s, size_t i, double lane, double from,
    double to);

#endif /* !FIGUREBED_H */
