#ifndef SECTIONS_H
#define SECTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "table.h"

/* What sv-stats can print: each section is a table. */

struct stats;

enum section_id {
	SECTION_SUMMARY,
	SECTION_MODELS,
	SECTION_TRACE,
	SECTION_ROUNDS,
	SECTION_TIMING,
	SECTION_UTILISATION,
	SECTION_DISTRIBUTIONS,
	SECTION_SHARDS,
	SECTION_STARTS,
	SECTION_INVOCATIONS,
	SECTION_BILL,
	SECTION_BILL_SHARDS,
	SECTION_BILL_ROUNDS,
	SECTION_RESPONSIVENESS,
	SECTION_HANDOVERS,
	SECTION_LOSSES,
	SECTION_EVENTS,
	SECTION_COMPARISON,
	SECTION_N,
	SECTION_ANY = SECTION_N	/* none was asked for */
};

/**
 * section_name(id), section_parse(name):
 * "summary", ...; the section called ${name}, or SECTION_ANY.
 */
const char *section_name(enum section_id id);
enum section_id section_parse(const char *name);

/**
 * section_shard(shard):
 * A shard's number for a cell; NaN for what belongs to none.
 */
double section_shard(uint32_t shard);

/**
 * section_table(id, s, n):
 * Return a new table of the section ${id}: of the run ${s}, or for the
 * comparison of the ${n} runs ${s}.  NULL after a line on stderr.
 */
struct sv_table *section_table(enum section_id id, const struct stats *s,
    size_t n);

#endif /* !SECTIONS_H */
