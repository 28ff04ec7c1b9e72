#ifndef FIGURES_H
#define FIGURES_H

#include <stddef.h>

#include "figure.h"
#include "human.h"
#include "stats.h"

/*
 * What the makers of figures share.  Each adds panels and a sentence to a new
 * figure; figure_make() finishes it.
 */
void figures_timing(struct figure *f, const struct stats *s, size_t n);
void figures_convergence(struct figure *f, const struct stats *s, size_t n);
void figures_scaling(struct figure *f, const struct stats *s, size_t n);
void figures_utilisation(struct figure *f, const struct stats *s, size_t n);
void figures_distribution(struct figure *f, const struct stats *s, size_t n);
void figures_starts(struct figure *f, const struct stats *s, size_t n);
void figures_response(struct figure *f, const struct stats *s, size_t n);
void figures_bill(struct figure *f, const struct stats *s, size_t n);

/* Names of runs: "W = 4", or with more than one set "uniform, W = 4". */
#define FIGURES_NAME 96

/*
 * Panels have one scale if the largest needs no more than so many times that of
 * the smallest.
 */
#define FIGURES_ALIKE 4

/*
 * What begins a sentence about one set: its label, where there are several.
 * For "%s%s".
 */
#define FIGURES_SET(sets, s) \
	(sets) > 1 ? (s)->label : "", (sets) > 1 ? ": " : ""

/* A run that stands for all of its set and number of workers. */
struct pick {
	const struct stats *s;
	size_t runs;	/* so many there are of that kind */
	char name[FIGURES_NAME];
};

/**
 * figures_pick(f, s, n, npick):
 * Return a new array of ${*npick} runs, those that figure_make() promises, set
 * by set, smallest W first; the caller frees it.  NULL where there are none, or
 * where memory was out, which ${f} remembers.
 */
struct pick *figures_pick(struct figure *f, const struct stats *s, size_t n,
    size_t *npick);

/**
 * figures_most(pick, i, n):
 * Is pick ${i} of ${n} the one with the most workers of its set?  Sentences are
 * of these.
 */
int figures_most(const struct pick *pick, size_t i, size_t n);

/**
 * figures_sets(s, n):
 * The number of sets in the ${n} runs ${s}.
 */
size_t figures_sets(const struct stats *s, size_t n);

/**
 * figures_set(s, n, i, m):
 * The first run of the ${i}-th set in the ${n} runs ${s}, and in ${*m} how many
 * runs it has; the runs of a set stand together.
 */
const struct stats *figures_set(const struct stats *s, size_t n, size_t i,
    size_t *m);

/**
 * figures_cut(run):
 * Does the record end before the run does?  Then nothing is known of what is
 * not in it.
 */
int figures_cut(const struct sv_run *run);

/**
 * figures_same(s, n):
 * Do the ${n} runs ${s} solve one problem, as far as they tell: rows and
 * features, loss and regulariser?
 */
int figures_same(const struct stats *s, size_t n);

/**
 * figures_scaling_of(f, s, n, sizes):
 * Return a new array of ${*sizes} entries, for the runs of one set that have
 * workers, by W; the caller frees it.  NULL where memory was out, which ${f}
 * remembers.
 */
struct sv_scaling *figures_scaling_of(struct figure *f, const struct stats *s,
    size_t n, size_t *sizes);

/**
 * figures_axis_w(p):
 * Make the x axis of ${p} that of numbers of workers.
 */
void figures_axis_w(struct panel *p, const char *y, enum quantity_unit unit,
    enum scale scale);

/**
 * figures_known(run, column):
 * Of how many rows of the trace the column is known.
 */
size_t figures_known(const struct sv_run *run, enum sv_trace_scalar column);

/**
 * figures_curve(p, pick, i, points):
 * Append to ${p} the series of pick ${i}, a line with its name; with dots, if
 * it will have few ${points}.
 */
struct series *figures_curve(struct panel *p, const struct pick *pick, size_t i,
    size_t points);

/**
 * figures_objective(f, pick, n):
 * Append the panel of the objective.  Of the models of a path, or of several
 * masters, each has an objective of its own.  Return how many values are not
 * there, because they are the best ones that the others are held against.
 */
size_t figures_objective(struct figure *f, const struct pick *pick, size_t n);

/**
 * figures_number(buf, v):
 * Two significant digits, or of ten and more a whole number, for a sentence.
 */
char *figures_number(char buf[SV_HUMAN], double v);

/**
 * figures_plural(n):
 * "" for one, else "s".
 */
const char *figures_plural(double n);

/**
 * figures_hands(f, pick):
 * Say, where shards of the run changed hands, that what is drawn of a worker is
 * a shard's, whoever held it.
 */
void figures_hands(struct figure *f, const struct pick *pick);

#endif /* !FIGURES_H */
