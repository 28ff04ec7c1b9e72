#ifndef SV_CHANGES_H
#define SV_CHANGES_H

#include <stddef.h>
#include <stdint.h>

#include "bill.h"
#include "measure.h"

/*
 * How shards came from one worker to the next: handed over in good time, with
 * all of their state, or lost and replaced.  Pure functions of a run.
 */

enum sv_change_kind {
	SV_CHANGE_HANDOVER,	/* between two rounds, nothing lost */
	SV_CHANGE_LOST,	/* given up */
	SV_CHANGE_LEFT,	/* went in good order, and nobody had its state */
	SV_CHANGE_N
};

/* One of them; times are s after the job began, and NaN where not known. */
struct sv_change {
	enum sv_change_kind kind;
	uint32_t shard;
	uint32_t generation;	/* who went */
	uint32_t next;	/* who came, or is to; 0: nobody was asked for */
	double at;	/* the next one took over; this one was given up */
	const char *why;	/* of LOST and LEFT; the run's */
	double wanted;	/* the next one was asked for in good time */
	double called;	/* ... its request was made */
	double hello;	/* ... it was there */
	/*
	 * LOST, LEFT: s from then, or from when its connection was cut, until
	 * there was another one and could begin; NaN of a successor that had
	 * not taken over yet.
	 */
	double away;
	double took;	/* HANDOVER: s, from asking for the state to taking over */
	double bytes;	/* HANDOVER: of the state */
	double saved;	/* LOST, LEFT: round whose saved state the next one got */
	double steps;	/* ... and how many steps it made again */
};

/**
 * sv_changes_list(run, change, n):
 * Set ${*change} to a new array of the run's ${*n} changes, in their order; the
 * caller frees it.  Return 0, or -1 with errno set.
 */
int sv_changes_list(const struct sv_run *run, struct sv_change **change,
    size_t *n);

#define SV_CHANGES_WHY 80u	/* room for a reason, with its end */

/* One reason of many. */
struct sv_changes_reason {
	char text[SV_CHANGES_WHY];
	uint64_t n;
};

/**
 * sv_changes_reasons(run, event, reason, n):
 * Set ${*reason} to a new array of the ${*n} reasons that the run's events
 * called ${event} have, the most frequent first, and of equals the one that
 * came first; the caller frees it.  Reasons that differ in a number of seconds
 * only are one: "no update within 7 to 8.5 s"; ids of requests, as a platform
 * puts them before its errors, are left out.  What is too long is cut.  Return
 * 0, or -1 with errno set.
 */
int sv_changes_reasons(const struct sv_run *run, const char *event,
    struct sv_changes_reason **reason, size_t *n);

/**
 * sv_changes_overlap(run, entry, n, overlap):
 * What those of the ${n} billed invocations ${entry} that were asked for in
 * good time have in common with the one before them.  Return 0, or -1 with
 * errno set.
 */
int sv_changes_overlap(const struct sv_run *run,
    const struct sv_bill_entry *entry, size_t n, struct sv_overlap *overlap);

/**
 * sv_changes_count(run, start, n, c):
 * Fill ${c} for the run, whose ${n} invocations are ${start}.  Return 0, or -1
 * with errno set.
 */
int sv_changes_count(const struct sv_run *run, const struct sv_start *start,
    size_t n, struct sv_changes *c);

#endif /* !SV_CHANGES_H */
