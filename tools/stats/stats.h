#ifndef STATS_H
#define STATS_H

#include <jansson.h>
#include <stdio.h>

#include "measure.h"
#include "run.h"
#include "table.h"

/*
 * sv-stats: a run is read and measured (lib/run.h, lib/measure.h), each section
 * is a table made from it (sections.c), and a table has three faces
 * (lib/table.h).  Only the summary is more than a table to a person
 * (summary.c).
 */

enum section_id {
	SECTION_SUMMARY,
	SECTION_MODELS,
	SECTION_TRACE,
	SECTION_UTILISATION,
	SECTION_SHARDS,
	SECTION_STARTS,
	SECTION_INVOCATIONS,
	SECTION_RESPONSIVENESS,
	SECTION_EVENTS,
	SECTION_COMPARISON,
	SECTION_N,
	SECTION_ANY = SECTION_N	/* none was asked for */
};

struct stats {
	const struct sv_run *run;
	struct sv_summary sum;
};

/**
 * section_name(id), section_parse(name):
 * "summary", ...; the section called ${name}, or SECTION_ANY.
 */
const char *section_name(enum section_id id);
enum section_id section_parse(const char *name);

/**
 * section_table(id, s, n):
 * Return a new table of the section ${id}: of the run ${s}, or for the
 * comparison of the ${n} runs ${s}.  NULL after a line on stderr.
 */
struct sv_table *section_table(enum section_id id, const struct stats *s,
    size_t n);

/**
 * summary_fill(t, s):
 * Fill the one row of the summary's table.  Its columns.
 */
extern const struct sv_column summary_columns[];
extern const size_t summary_ncolumns;
void summary_fill(struct sv_table *t, const struct stats *s);

/**
 * summary_text(f, s):
 * Print the summary for a person.
 */
void summary_text(FILE *f, const struct stats *s);

/**
 * trace_fill(t, s):
 * Fill the trace's table, a row for each TRACE frame.  Its columns.
 */
extern const struct sv_column trace_columns[];
extern const size_t trace_ncolumns;
void trace_fill(struct sv_table *t, const struct stats *s);

/**
 * trace_person(s, about):
 * Return a new table of the trace for a person: a step and the gradient at its
 * end are one row; where the objective is not known, the sum of what the
 * workers have, which tends to it, stands in its place, and ${*about} is set.
 * NULL after a line on stderr.
 */
struct sv_table *trace_person(const struct stats *s, int *about);

/*
 * Write ${n} runs on ${f}: all that belongs into an overview, or ${only} one
 * section.  ${all}: no row is left out.  Return 0, or -1 after a line on
 * stderr.
 */
int write_text(FILE *f, const struct stats *s, size_t n, enum section_id only,
    int all);
int write_tsv(FILE *f, const struct stats *s, size_t n, enum section_id only);
int write_json(FILE *f, const struct stats *s, size_t n, enum section_id only);

#endif /* !STATS_H */
