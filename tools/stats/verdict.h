#ifndef VERDICT_H
#define VERDICT_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "options.h"
#include "price.h"
#include "table.h"

/*
 * What one machine would have taken and cost, beside what the run did.  The
 * time is measured in a run on that machine, or given, or else estimated: the
 * CPU seconds of all workers over the machine's cores.  That is a bound: it
 * takes all cores to be busy all the time, the master to take none, and a CPU
 * second to be worth the same on both.  Both sides' times are from the first
 * request to the end, or where one does not have that, from the first global to
 * the model.  Of a run that failed, or has no end, there is no verdict.
 */

struct stats;

enum verdict_source { VERDICT_ESTIMATED, VERDICT_GIVEN, VERDICT_MEASURED };

/* One machine. */
struct verdict_machine {
	int asked;	/* --machine was given */
	char name[SV_PRICE_NAME];	/* "": there is none */
	double cores;	/* NaN: not known */
	double hour;	/* dollars; NaN: not known */
	enum verdict_source source;
	double total_s, wall_s;	/* given, or those of its run; NaN */
	json_t *problem;	/* of its run; owned; NULL: none */
};

/* The machine beside one run. */
struct verdict {
	int shown;	/* to a person: there is a bill, or it was asked for; and
			   the run has come to an end */
	double machine_s;	/* NaN: not known */
	double machine_dollars;
	double run_s, run_dollars;	/* NaN: not known, or no bill */
};

/**
 * verdict_machine(m, o, price):
 * Fill ${m} from the option --machine, and from the first machine of the table
 * without it.  The run that it names is read.  Return -1 to go on, or an exit
 * status after a line on stderr.  verdict_fini(m) in either case.
 */
int verdict_machine(struct verdict_machine *m, const struct stats_options *o,
    const struct sv_price *price);
void verdict_fini(struct verdict_machine *m);

/**
 * verdict_of(v, s):
 * Fill ${v} for the run ${s}, whose machine is s->machine.
 */
void verdict_of(struct verdict *v, const struct stats *s);

/**
 * verdict_source(source):
 * "estimate", "given" or "measured".
 */
const char *verdict_source(enum verdict_source source);

/**
 * verdict_text(f, s), verdict_note(f, s):
 * Print two lines of the summary, if there is something to say; and below the
 * bill, what the machine's time is worth.
 */
void verdict_text(FILE *f, const struct stats *s);
void verdict_note(FILE *f, const struct stats *s);

/**
 * verdict_fill(t, s):
 * Fill seven cells of the summary's table: machine, machine_source,
 * machine_cores, machine_s, machine_dollars, time_ratio and dollar_ratio, the
 * last two the run's part over the machine's.
 */
void verdict_fill(struct sv_table *t, const struct stats *s);

/**
 * verdict_remark(s, n):
 * Say where one of the ${n} runs ${s} solves another problem than the machine
 * did.
 */
void verdict_remark(const struct stats *s, size_t n);

#endif /* !VERDICT_H */
