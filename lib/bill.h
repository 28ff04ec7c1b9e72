#ifndef SV_BILL_H
#define SV_BILL_H

#include <stddef.h>
#include <stdint.h>

#include "measure.h"

/*
 * The bill of a run taken apart: by invocation, by worker and by round.  All
 * three have the same sums, those of sv_measure_bill(); what they are in
 * dollars is price.h's.
 */

/* One invocation that is billed. */
struct sv_bill_entry {
	uint32_t shard;
	uint32_t generation;
	enum sv_bill_source source;
	uint32_t requests;	/* one, and more where there are REPORT lines */
	double seconds;	/* billed, in whole milliseconds; 0: not known */
	double mb;	/* configured; NaN: not known */
	double from;	/* when it began, s after the run's first mark; NaN */
};

/**
 * sv_bill_memory(start, n):
 * The most MB that one of the ${n} invocations ${start} was given, which those
 * that never told are taken to have; NaN where none did.
 */
double sv_bill_memory(const struct sv_start *start, size_t n);

/**
 * sv_bill_entry(start, most, e):
 * Fill ${e} and return 1 if the invocation is a function's and began, else 0.
 * ${most} is sv_bill_memory() of all.
 *
 * Where there are REPORT lines the seconds are theirs.  They are taken to end
 * with the invocation, but to begin with its last try at the earliest: what a
 * call took beyond them came before, when the platform was not ready.  An
 * estimate begins with the last try.  REPORT lines of tries before the last are
 * added, though the call may have come to nothing then.
 */
int sv_bill_entry(const struct sv_start *start, double most,
    struct sv_bill_entry *e);

/**
 * sv_bill_gb_seconds(e):
 * GB-seconds of an entry: MB / 1024, times seconds.
 */
double sv_bill_gb_seconds(const struct sv_bill_entry *e);

/**
 * sv_bill_list(start, n, entry, m):
 * Set ${*entry} to a new array of those ${*m} of the ${n} invocations ${start}
 * that are billed, in their order; the caller frees it.  Return 0, or -1 with
 * errno set.
 */
int sv_bill_list(const struct sv_start *start, size_t n,
    struct sv_bill_entry **entry, size_t *m);

/* What one stretch of the run's time cost. */
enum sv_bill_part { SV_BILL_BEFORE, SV_BILL_ROUND, SV_BILL_AFTER };

struct sv_bill_row {
	enum sv_bill_part part;
	size_t round;	/* index in the run's rounds */
	double from, to;	/* s after the run's first mark; or infinite */
	uint64_t requests;	/* that began in it */
	double seconds;	/* billed, of all workers */
	double gb_seconds;
};

/**
 * sv_bill_rounds(run, entry, m, row, n):
 * Set ${*row} to a new array of ${*n} rows: before the first round, each round
 * in the order of the stream, and after the last; the caller frees it.  A round
 * lasts from its first global to that of the round that comes next, and the
 * last one until its answer.  An entry belongs to a round as far as the one
 * overlaps the other: its GB-seconds are cut at the rounds' ends, so that the
 * rows' sum is that of the entries, but for rounding.  A request belongs to the
 * row that it began in; what has no time is in the first.  Without rounds
 * everything is in the first row, and there is no other.  Return 0, or -1 with
 * errno set.
 */
int sv_bill_rounds(const struct sv_run *run, const struct sv_bill_entry *entry,
    size_t m, struct sv_bill_row **row, size_t *n);

#endif /* !SV_BILL_H */
