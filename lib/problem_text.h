#ifndef SV_PROBLEM_TEXT_H
#define SV_PROBLEM_TEXT_H

#include <jansson.h>

#include "frame.h"
#include "problem.h"
#include "recipe.h"

/*
 * Members of both problems and shares; no interface of the module.
 */

/**
 * sv_problem_elem(o, elem):
 * "values" of ${o}.  Return 0, or -1 if it makes no sense.
 */
int sv_problem_elem(const json_t *o, enum sv_elem *elem);

/**
 * sv_problem_weighted(o, weighted):
 * "weighted" of ${o}.  Return 0, or -1 if it makes no sense.
 */
int sv_problem_weighted(const json_t *o, int *weighted);

/**
 * sv_problem_positive(o, mapped, positive):
 * "positive" of ${o}: set ${*mapped} where it is there.  Return 0, or -1 if it
 * makes no sense.
 */
int sv_problem_positive(const json_t *o, int *mapped, double *positive);

/**
 * sv_problem_relabel(label, n, positive):
 * Make ${n} labels of a file those that workers see: 1 where it is ${positive},
 * otherwise -1.
 */
void sv_problem_relabel(double *label, uint64_t n, double positive);

/**
 * sv_problem_ranges(p):
 * Fill ${p} from the members of a problem of kind "ranges", but for its labels.
 * Return NULL, or what is wrong: the name of a member.
 */
const char *sv_problem_ranges(struct sv_problem *p);

/**
 * sv_problem_scale(p, f):
 * Fill factor and shift from the elements of the frame ${f}.  Return 0, or -1
 * after a line on stderr.
 */
int sv_problem_scale(struct sv_problem *p, const struct sv_frame *f);

/**
 * sv_problem_recipe_of(o, r):
 * Fill ${r} from the members of ${o}.  Return NULL, or the name of the one at
 * fault.
 */
const char *sv_problem_recipe_of(const json_t *o, struct sv_recipe *r);

/**
 * sv_problem_recipe_rows(share, r, from, to):
 * The recipe of ${share}, and which of its rows: [${*from}, ${*to}).  Return
 * NULL, or the name of the member at fault.
 */
const char *sv_problem_recipe_rows(const json_t *share, struct sv_recipe *r,
    uint64_t *from, uint64_t *to);

/**
 * sv_problem_recipe_shape(shape, r, n):
 * Set ${shape} to that of ${n} rows.
 */
void sv_problem_recipe_shape(struct sv_matrix_shape *shape,
    const struct sv_recipe *r, uint64_t n);

#endif /* !SV_PROBLEM_TEXT_H */
