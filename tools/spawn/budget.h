#ifndef SV_BUDGET_H
#define SV_BUDGET_H

#include <jansson.h>
#include <stdint.h>

#include "frame.h"
#include "problem.h"
#include "spawn.h"

/*
 * --budget: what the job has cost until now (spend.h), and when it must be told
 * to stop, so that its end is still paid for.
 *
 * It is told to when what is spent, and what all that run will cost during the
 * reserve, make the budget.  The reserve is --budget-reserve, or else
 *
 *	1.5 s + 2.5 * the longest of the last rounds:
 *
 * the round under way and a look at the answer, each perhaps a quarter longer
 * than what the hub has told; and the ticks, and messages, between.  All but
 * half a second of it is granted to hub and master; that half is for the
 * workers' own ends.
 */

#define BUDGET_RESERVE 1.5	/* s, before any round */
#define BUDGET_FIRST 1.0	/* s that are a beginning */

/* Opaque types. */
struct budget;

/**
 * budget_new(o, b):
 * Set ${*b} to what watches over the budget of ${o}, or to NULL where there is
 * none.  Lambda may be asked for the function's memory.  Return 0, or -1 after a
 * line on stderr: also where the budget does not pay for all workers' first
 * second.
 */
int budget_new(const struct spawn_options *o, struct budget **b);
void budget_free(struct budget *b);

/*
 * In what follows ${b} may be NULL, where nothing is spent and all is allowed.
 */

/**
 * budget_note(b, shard, generation, record):
 * What became of a worker just now, as its SPAWN frame tells it.  Return 0, or
 * -1 after a line on stderr: memory is out.
 */
int budget_note(struct budget *b, uint32_t shard, uint32_t generation,
    const json_t *record);

/**
 * budget_hear(b, f):
 * An EVENT of the hub: it may say how long the longest of the last rounds took.
 */
void budget_hear(struct budget *b, const struct sv_frame *f);

/**
 * budget_due(b, why, within):
 * Must the job stop now?  Once: then ${why} is the reason in words, and
 * ${*within} the seconds that it may take.
 */
int budget_due(struct budget *b, char why[SV_WHY], double *within);

/**
 * budget_allows(b, first):
 * May another worker be started?  If not, it is time to stop.  For those that
 * are ${first} for their shards budget_new() has seen to it.
 */
int budget_allows(struct budget *b, int first);

/**
 * budget_is_over(b):
 * Was the job told to stop, and has not in its time and a second more?
 */
int budget_is_over(const struct budget *b);

/**
 * budget_tell(b):
 * At the end say what was spent.
 */
void budget_tell(const struct budget *b);

#endif /* !SV_BUDGET_H */
