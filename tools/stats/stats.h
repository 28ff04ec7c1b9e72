#ifndef STATS_H
#define STATS_H

#include <jansson.h>
#include <stdio.h>

#include "measure.h"
#include "options.h"
#include "run.h"
#include "sections.h"
#include "table.h"
#include "verdict.h"

/*
 * sv-stats inside.  A run is read and measured (lib/run.h, lib/measure.h); each
 * section is a table made from it, and a table has four faces (lib/table.h);
 * each figure is data made from it, which gnuplot draws.
 *
 *	main.c		reads the runs, measures and writes
 *	options.c	what was asked for
 *	sections.c	sections as tables, most of them; the others:
 *	summary.c	  what the run came to; more than a table to a person
 *	trace.c		  rounds as the master saw them
 *	rounds.c	  rounds as the hub saw them, and workers in some
 *	chosen.c	  which those are
 *	distributions.c	  histograms
 *	starts.c	  starts, and all invocations
 *	changes.c	  handovers and losses, and their part of the summary
 *	comparison.c	  several runs, and sets of them
 *	bill.c		  what the functions cost
 *	bill_parts.c	    by worker and by round
 *	reports.c	    REPORT lines of logs, for it
 *	verdict.c	    what one machine would have cost
 *	write.c		the sections as text and TSV
 *	write_json.c	the same as JSON
 *
 *	figure.c	figures: what they are made of
 *	figure_finish.c	  what all of them promise
 *	figures.c	  what their makers share; which runs stand for others
 *	figures_*.c	  one figure each, and figures_objective.c a panel
 *	ruler.c		axes as they are drawn: units and marks
 *	tone.c		colours, dashes and dots
 *	gnuplot.c	a panel as a script
 *	gnuplot_run.c	gnuplot as a child
 *	plot.c		--plot: figures as files
 *	html.c		--html: its pictures, cut out of what gnuplot draws
 *	svg.c		  such a picture, made fit for the page
 *	save.c		  files that are there as a whole or not at all
 *	page.c		  the page itself: head, contents and words
 *	page_key.c	    its key figures
 *	page_figure.c	    a figure and its sentence
 *	page_numbers.c	    its tables
 *	page_style.c	    its style
 *
 *	follow.c	--follow: reads a run that goes on
 *	live.c		  what is known of it now
 *	live_workers.c	    what workers are at
 *	live_slow.c	    who is slow
 *	estimate.c	    when it will be done
 *	view.c		  the same in a few lines; view_say.c: phrases
 *	sparkline.c	    a curve in a line
 *	screen.c	  the last rows of a terminal
 */

struct stats {
	const struct sv_run *run;
	struct sv_summary sum;
	const struct stats_options *o;
	const struct sv_price *price;
	enum sv_price_arch arch;	/* of the functions, for the bill */
	const struct verdict_machine *machine;	/* to compare with */
	size_t set;	/* which one it belongs to, from 0 */
	const char *label;	/* of that set; never NULL */
};

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

/**
 * starts_fill(t, s), invocations_fill(t, s):
 * Fill the table of the starts, a row for each part, cold and warm apart; or
 * that of all invocations.  Return 0, or -1 with errno set.  Their columns.
 */
extern const struct sv_column starts_columns[], invocations_columns[];
extern const size_t starts_ncolumns, invocations_ncolumns;
int starts_fill(struct sv_table *t, const struct stats *s);
int invocations_fill(struct sv_table *t, const struct stats *s);

/**
 * starts_note(f, s):
 * Print below the table what a person must know to read it.
 */
void starts_note(FILE *f, const struct stats *s);

/**
 * changes_fill(t, s), changes_text(f, s), changes_origin(f, s):
 * What befell the workers: fill the summary's last cells, from n_handovers on;
 * print its lines, and the one that tells from which run this one goes on.
 */
void changes_fill(struct sv_table *t, const struct stats *s);
void changes_text(FILE *f, const struct stats *s);
void changes_origin(FILE *f, const struct stats *s);

/**
 * handovers_fill(t, s), losses_fill(t, s):
 * Fill the tables of handovers, and of workers that were lost or left.  Return
 * 0, or -1 with errno set.  Their columns.
 */
extern const struct sv_column handovers_columns[], losses_columns[];
extern const size_t handovers_ncolumns, losses_ncolumns;
int handovers_fill(struct sv_table *t, const struct stats *s);
int losses_fill(struct sv_table *t, const struct stats *s);

/**
 * changes_event(e):
 * Is the event told elsewhere, in these tables or the summary?
 */
int changes_event(const struct sv_run_event *e);

/**
 * reports_apply(o, run, n):
 * Read the logs that the options name, and give their REPORT lines to the ${n}
 * runs ${run} before those are measured; say how many were of no use, if that
 * is wanted.  Return 0, or -1 after a line on stderr.
 */
int reports_apply(const struct stats_options *o, struct sv_run *run, size_t n);

/**
 * bill_fill(t, s), bill_note(f, s), bill_text(f, s):
 * Fill the bill's table, with no row where no function was invoked; print what
 * a person must know to read it; print the bill's lines in the summary.  Its
 * columns.
 */
extern const struct sv_column bill_columns[];
extern const size_t bill_ncolumns;
void bill_fill(struct sv_table *t, const struct stats *s);
void bill_note(FILE *f, const struct stats *s);
void bill_text(FILE *f, const struct stats *s);

/**
 * bill_shards_fill(t, s), bill_rounds_fill(t, s):
 * Fill the bill by worker and by round; no row where no function was invoked.
 * Return 0, or -1 with errno set.  Their columns.
 */
extern const struct sv_column bill_shards_columns[], bill_rounds_columns[];
extern const size_t bill_shards_ncolumns, bill_rounds_ncolumns;
int bill_shards_fill(struct sv_table *t, const struct stats *s);
int bill_rounds_fill(struct sv_table *t, const struct stats *s);

/**
 * bill_dollars(s), bill_share(s, requests, gb_seconds):
 * What the run costs, as far as it is known; and the part of it that so many of
 * its requests and GB-seconds are, so that parts add up to the whole with a
 * free tier, too.
 */
double bill_dollars(const struct stats *s);
double bill_share(const struct stats *s, double requests, double gb_seconds);

/**
 * bill_source(source):
 * From where the time is known, in words.
 */
const char *bill_source(enum sv_bill_source source);

/**
 * bill_arch(s, told):
 * The architecture of the run's functions: what the first worker to tell says,
 * and ${*told} is set; else that of the options.
 */
enum sv_price_arch bill_arch(const struct stats *s, int *told);

/**
 * comparison_scaling(s, n, set, scaling, m):
 * sv_measure_scaling() of those of the ${n} runs ${s} that are in ${set}.
 */
int comparison_scaling(const struct stats *s, size_t n, size_t set,
    struct sv_scaling **scaling, size_t *m);

/**
 * comparison_ratio(c, first, n):
 * How many times as fast as that of the ${n} sizes ${first} that has as many
 * workers; NaN where none has.
 */
double comparison_ratio(const struct sv_scaling *c,
    const struct sv_scaling *first, size_t n);

/**
 * comparison_fill(t, s, n):
 * Fill the comparison's table, a row for each set and number of workers in it.
 * Return 0, or -1 with errno set.  Its columns.
 */
extern const struct sv_column comparison_columns[];
extern const size_t comparison_ncolumns;
int comparison_fill(struct sv_table *t, const struct stats *s, size_t n);

/**
 * comparison_text(f, s, n):
 * Print the comparison for a person: a table for each set.  Return 0, or -1
 * with errno set.
 */
int comparison_text(FILE *f, const struct stats *s, size_t n);

/**
 * summary_label(f, name), summary_sentence(f, s):
 * Print the label of a line of the summary; and behind it a sentence, in as
 * many lines as it needs.
 */
void summary_label(FILE *f, const char *name);
void summary_sentence(FILE *f, const char *s);

/**
 * summary_number(run, key), summary_nonzeros(run):
 * A number of the problem's text; its non-zeros, of which a recipe gives those
 * of a row.  NaN: it does not say.
 */
double summary_number(const struct sv_run *run, const char *key);
double summary_nonzeros(const struct sv_run *run);

/**
 * summary_problem(f, run), summary_model(f, s):
 * Print what was fitted to, and what was fitted, for a person.
 */
void summary_problem(FILE *f, const struct sv_run *run);
void summary_model(FILE *f, const struct stats *s);

/**
 * write_heading(id), write_shown(id, s, all):
 * What a section is called for a person; whether the overview of one run shows
 * it: not where there is nothing to see.
 */
const char *write_heading(enum section_id id);
int write_shown(enum section_id id, const struct stats *s, int all);

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
