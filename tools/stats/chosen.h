#ifndef CHOSEN_H
#define CHOSEN_H

#include <stddef.h>

#include "run.h"

/*
 * The rounds that --rounds chooses, for the timing diagram and the section
 * `timing`: a list, separated by commas, of numbers of the master's count and
 * of "first", "last", "median" and "slowest".  They are STEP rounds (own in
 * run.h).  A number is the first master's that has one of it.  The median round
 * is the one whose duration is (of an even number the shorter one in the
 * middle), and of equally slow ones the first is the slowest.  Of very long
 * runs not every round's rows are kept (rows.h): names choose among those that
 * are.
 */
struct chosen {
	size_t round;	/* place in run->round */
	size_t k;	/* place in run->rows */
	const char *why;	/* "median", ...; "" of a number; static */
};

/* What is shown where no list is given. */
#define CHOSEN_DEFAULT "median,slowest"

/**
 * chosen_check(list):
 * Is ${list} one?  Return 0, or -1 after a line on stderr that says what is
 * wrong.
 */
int chosen_check(const char *list);

/**
 * chosen_rounds(run, list, chosen, n):
 * Set ${*chosen} to a new array of the ${*n} rounds of ${run} that ${list}
 * (NULL: CHOSEN_DEFAULT) chooses, in its order, each once; the caller frees it.
 * Names choose nothing in a run without rounds.  Return 0, or -1 after a line
 * on stderr: there is no round of that number, its rows are not kept, or memory
 * is out.
 */
int chosen_rounds(const struct sv_run *run, const char *list,
    struct chosen **chosen, size_t *n);

/**
 * chosen_known(run, list):
 * Are all of the rounds there that ${list} numbers?  Says nothing.
 */
int chosen_known(const struct sv_run *run, const char *list);

#endif /* !CHOSEN_H */
