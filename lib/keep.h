#ifndef SV_KEEP_H
#define SV_KEEP_H

#include <stddef.h>
#include <stdint.h>

#include "problem.h"

/*
 * A state on its way into a frame, a master's CHECKPOINT or what an agent saves
 * (agent.h), and out of it again.  Whoever has a state has one function that
 * visits all of it in order, in both directions: what is written and what is
 * read cannot differ then.  Numbers become scalars of the frame, bit for bit,
 * vectors its elements.
 *
 *	count	how much room is needed: nscalar and nelem grow
 *	save	into the room, which is as large as counting said
 *	restore	from sections that may hold anything: all is checked
 *
 * After the first fault of a restoration nothing more is read: why is set, and
 * the state that was being restored is of no use.
 */

enum sv_keep_way { SV_KEEP_COUNT, SV_KEEP_SAVE, SV_KEEP_RESTORE };

struct sv_keep {
	enum sv_keep_way way;
	double *scalar, *elem;	/* the caller's */
	size_t nscalar, nelem;	/* how many there are */
	size_t scalars, elems;	/* ... and have been used */
	int bad;
	char why[SV_WHY];	/* of bad */
};

/**
 * sv_keep_init(k, way, scalar, nscalar, elem, nelem):
 * Begin; for counting there are none.
 */
void sv_keep_init(struct sv_keep *k, enum sv_keep_way way, double *scalar,
    size_t nscalar, double *elem, size_t nelem);

/**
 * sv_keep_end(k):
 * Return 0 if all went well and nothing is left over; otherwise -1, with a
 * reason in k->why.
 */
int sv_keep_end(struct sv_keep *k);

/**
 * sv_keep_bad(k, what, problem):
 * Restoring, and ${what} has a ${problem}: "is not finite".
 */
void sv_keep_bad(struct sv_keep *k, const char *what, const char *problem);

/**
 * sv_keep_restores(k):
 * Is it restoring, and without a fault so far?
 */
int sv_keep_restores(const struct sv_keep *k);

/*
 * sv_keep_real(k, what, x, lo, hi):
 * A number from ${lo} to ${hi}, which is never NaN.
 *
 * sv_keep_any(k, what, x):
 * Any number, also none, or an infinite one.
 *
 * sv_keep_count(k, what, x, most), sv_keep_flag(k, what, x):
 * A whole number up to ${most}; 0 or 1.
 *
 * sv_keep_vector(k, what, x, n):
 * ${n} finite numbers.
 *
 * sv_keep_same(k, what, x):
 * Something that has to be the same on both sides: an option.
 */
void sv_keep_real(struct sv_keep *k, const char *what, double *x, double lo,
    double hi);
void sv_keep_any(struct sv_keep *k, const char *what, double *x);
void sv_keep_count(struct sv_keep *k, const char *what, uint32_t *x,
    uint32_t most);
void sv_keep_flag(struct sv_keep *k, const char *what, int *x);
void sv_keep_vector(struct sv_keep *k, const char *what, double *x, size_t n);
void sv_keep_same(struct sv_keep *k, const char *what, double x);

#endif /* !SV_KEEP_H */
