#ifndef SV_METHOD_H
#define SV_METHOD_H

#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "keep.h"
#include "problem.h"
#include "prox.h"

/*
 * What the masters have in common.  A method minimises sum f_i(x) + g(x) over
 * vectors of n elements (features, and the intercept where there is one) in
 * rounds: it says what to send to the workers, is fed with the sum of their
 * answers, and has an answer of its own at any time.  No descriptors, no
 * clocks, no randomness: a function of what it is fed.
 */

/* Scalars of a GLOBAL: room for those of any method. */
#define SV_METHOD_SCALARS 128u

/* What is known after the last round; NaN where it is not. */
struct sv_view {
	uint32_t round;		/* rounds fed */
	double rho;		/* penalty of the last of them; a step's inverse */
	double primal, dual;	/* residuals r and s */
	double eps_primal, eps_dual;	/* what the stopping rule asks of them */
	double objective;	/* F at the answer, if it was looked at */
	double optimality;	/* ... and its relative optimality (judge.h) */
	double bound, gap;	/* F* >= bound; F(z) - bound */
	double measure;		/* what the rule looks at, or a guess of it */
	double target;		/* ... and what it must come down to */
	double split;		/* sum f_i(x_i) + g(z) */
	double inner;		/* inner iterations of all workers, last round */
	double passes;		/* passes over the data, last round */
	uint64_t nonzero;	/* elements of the answer */
};

struct sv_method {
	const char *name;
	enum sv_op op;	/* of its rounds */

	/*
	 * Once, before the first round: the sum of the gradients at the first
	 * answer, which is prox(0), and the SV_UP_GRAD_N scalars that came with
	 * it.
	 */
	void (*start)(void *self, const double *grad, const double *up);

	/* Scalars of the coming GLOBAL into gl; returns how many. */
	size_t (*scalars)(void *self, double gl[SV_METHOD_SCALARS]);
	/* ... and its n elements. */
	const double *(*point)(void *self);

	/*
	 * The sum of the answers and their scalars, all finite.  0, or -1 with
	 * a reason in why: it cannot go on.
	 */
	int (*feed)(void *self, const double *sum, const double *up,
	    char why[SV_WHY]);

	/* n elements, a prox output, valid until the next feed(). */
	const double *(*answer)(void *self);
	/*
	 * The size of the gradient of F left at the answer, as far as it can
	 * be guessed without another round.
	 */
	double (*merit)(void *self);
	/*
	 * n elements, about the sum of the gradients of the f_i at the
	 * shards' own x_i, for a certificate (sv_dual_guess() in dual.h);
	 * NULL where they have none, or it is not known.
	 */
	const double *(*slopes)(void *self);
	/* Does its own stopping rule hold?  0 where it has none. */
	int (*met)(void *self);

	/* Another regulariser from now on, starting from where it is. */
	void (*retarget)(void *self, const struct sv_prox *g);

	/*
	 * To go on where another one of an earlier run was, after start():
	 * from that one's point() ${z} and the ${n} scalars that went with it,
	 * 0 where they are not known.  Return 1 if start() is to be called
	 * once more, with the gradients at ${z}, else 0.
	 */
	int (*begin)(void *self, const double *z, const double *gl, size_t n);

	/*
	 * Save its state after a feed(), or restore it in one just made: all
	 * that follows is bit for bit what it would have been.  The options
	 * that the state depends on are part of it, and must be the same.
	 */
	void (*keep)(void *self, struct sv_keep *k);

	/* Set what it knows: all but objective, optimality, bound and gap. */
	void (*look)(void *self, struct sv_view *view);
	void (*free)(void *self);	/* of NULL: nothing */
};

#endif /* !SV_METHOD_H */
