#ifndef SAME_H
#define SAME_H

#include <jansson.h>
#include <stddef.h>

/* Is it the same that an earlier run was about? */

/* From the best to the worst. */
enum same {
	SAME,	/* all of it */
	SAME_F,	/* the same function, but made up or minimised in another way */
	SAME_ROWS,	/* another function of the same rows */
	SAME_NOT
};

#define SAME_WHY 256u

/**
 * same_problem(then, now, why):
 * Compare the texts of two PROBLEM frames, the first of which may be any
 * object.  Where a file lies does not matter.  What differs is in ${why}.
 */
enum same same_problem(const json_t *then, const json_t *now,
    char why[SAME_WHY]);

/**
 * same_about(then, now, why):
 * Compare what is fitted, as checkpoint_about() has it; what the first of them
 * does not say is taken to be the same.
 */
enum same same_about(const json_t *then, const json_t *now,
    char why[SAME_WHY]);

#endif /* !SAME_H */
