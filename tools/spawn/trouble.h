#ifndef SV_TROUBLE_H
#define SV_TROUBLE_H

#include <stdint.h>

#include "problem.h"

/*
 * What goes wrong with many workers in the same way is said in one line.
 */

#define TROUBLE_KINDS 8u	/* that are told apart */
#define TROUBLE_WHY (SV_WHY + 16u)	/* room for a reason */

struct trouble {
	struct {
		char why[TROUBLE_WHY];
		uint32_t times;
		uint32_t tries;	/* of the last one */
	} kind[TROUBLE_KINDS];
	uint32_t kinds;
	uint32_t others;	/* times, of kinds beyond these */
};

/**
 * trouble_note(t, why, tries):
 * One more of the kind ${why}, after so many tries.  Return how many there have
 * been with this one.
 */
uint32_t trouble_note(struct trouble *t, const char *why, uint32_t tries);

/**
 * trouble_tell(t, of):
 * Say how many of ${of} workers could not be started and why, a line for each
 * kind, unless it is one worker, which whoever wanted it will name.
 */
void trouble_tell(struct trouble *t, uint32_t of);

#endif /* !SV_TROUBLE_H */
