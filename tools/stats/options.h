#ifndef OPTIONS_H
#define OPTIONS_H

#include <stddef.h>

#include "price.h"
#include "sections.h"

/* What sv-stats was asked for. */

enum stats_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_TSV };

/* Runs that belong together: those before and after each --against. */
struct stats_set {
	const char *label;	/* --label, or NULL */
	char **file;	/* names, or "-"; the array is owned */
	size_t n;
};

struct stats_options {
	enum stats_format format;
	const char *output;	/* NULL: stdout */
	enum section_id only;	/* SECTION_ANY: what belongs in an overview */
	int all;	/* every row of long tables */

	struct stats_set *set;	/* one at least */
	size_t nset;

	const char *plot;	/* directory for pictures, or NULL */
	const char *html;	/* page, or NULL */
	const char *title;	/* of the page, or NULL */
	const char *rounds;	/* for the timing diagram: "1,5,last", or NULL */

	int follow;
	double wait;	/* s, for a file to come or to grow; 0: not given */

	const char *prices;	/* table, or NULL: the one compiled in */
	enum sv_price_arch arch;
	int arch_given;
	int free_tier;	/* take the month's free share off */
	const char *machine;	/* what to compare the bill with, or NULL */
	char **report;	/* files with REPORT lines; the array is owned */
	size_t nreport;

	int quiet;
	int verbose;
};

/**
 * options_read(o, argc, argv):
 * Fill ${o}.  Return -1 to go on, or an exit status: help was printed, or
 * something made no sense.  options_fini() in either case.
 */
int options_read(struct stats_options *o, int argc, char **argv);
void options_fini(struct stats_options *o);

#endif /* !OPTIONS_H */
