#ifndef SV_PROBLEM_TEXT_H
#define SV_PROBLEM_TEXT_H

#include <jansson.h>

#include "frame.h"
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
 * sv_problem_recipe_of(o, r):
 * Fill ${r} from the members of ${o}.  Return NULL, or the name of the one at
 * fault.
 */
const char *sv_problem_recipe_of(const json_t *o, struct sv_recipe *r);

#endif /* !SV_PROBLEM_TEXT_H */
