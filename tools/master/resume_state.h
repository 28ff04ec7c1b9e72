#ifndef RESUME_STATE_H
#define RESUME_STATE_H

#include "journal.h"
#include "master.h"
#include "same.h"

/* What resume.c and resume_find.c share. */

enum resume_kind {
	RESUME_EXACT,	/* all that there was */
	RESUME_GLOBALS,	/* a vector, of the same function */
	RESUME_WARM,	/* ... of another one */
	RESUME_OVER,	/* a model that was good enough */
	RESUME_ALL	/* all models of a path */
};

struct resume {
	struct master *m;
	char *name;	/* of the file that is read */
	int fd;
	struct journal j;
	enum same same;
	char why[SAME_WHY];	/* ... not the same */
	enum resume_kind kind;
	uint32_t round;
	double *z;	/* where to begin */
	double gl[SV_METHOD_SCALARS];	/* of the global that it is from */
	size_t ngl;
};

/**
 * resume_find(r):
 * Where to go on from, with the master's state set where it was saved.  Return
 * 0, or -1 after a message.
 */
int resume_find(struct resume *r);

#endif /* !RESUME_STATE_H */
