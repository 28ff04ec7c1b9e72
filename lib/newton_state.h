#ifndef SV_NEWTON_STATE_H
#define SV_NEWTON_STATE_H

#include "hess.h"
#include "local.h"
#include "pairs.h"

/*
 * What newton.h and newtoncg.h share: what the solver remembers, and one call of
 * it.  x^ is the last point where f was evaluated, p the step from there.
 */

/* Where steps come from. */
struct sv_newton_shape {
	const char *name;	/* of the solver */
	size_t pairs;	/* that are kept */
	int matrix;	/* there is to be one */
	int cg;	/* of conjugate gradients; no pairs, no matrix */
};

struct sv_newton_state {
	struct sv_newton_shape shape;
	size_t rows;
	size_t n;
	double *m, *h, *q;	/* rows: margins and w l'' at x^; A p */
	double *qd;	/* rows, with cg: A d */
	double *x;	/* n: x^ */
	double *answer;	/* n: of the last call */
	double *gf;	/* n: grad f(x^) */
	double *gn;	/* n: the next one */
	double *g;	/* n: grad phi(x^) */
	double *p;	/* n: the step */
	double *e;	/* n, with cg: what is left of -g - H p */
	double f;	/* f(x^) */
	int known;	/* all that is known of x^ is */
	struct sv_pairs *pairs;
	struct sv_hess *hess;	/* NULL: it would cost too much */
	double price;	/* of the matrix, in passes; 0: not known yet */
	double spent;	/* passes since it was made */
	int made;	/* there is one; -1: it was no use */
	double error;	/* of its last step, over |p|; infinite: unknown */
};

/* One call. */
struct sv_newton_run {
	struct sv_newton_state *S;
	const struct sv_local_problem *p;
	const struct sv_local_options *o;
	struct sv_local_report *report;
	const struct sv_isa *isa;
	double tolerance;	/* of |g| */
	uint64_t k;	/* iterations made */
	double gg, ev;	/* |g|^2, |x^ - v|^2 */
	double norm0;	/* |g| where the call began */
	double phi, last;	/* phi(x^), and one iteration before */
	double gp, pp, vp;	/* <g,p>, |p|^2, <x^ - v, p> */
	double t;	/* of the step taken */
	int near, over;	/* a tolerance is met; kmax is reached */
	int model;	/* p comes from the matrix */
	int steepest;	/* pairs and matrix are gone: they led nowhere */
};

/**
 * sv_newton_new(shape, rows, n):
 * Return memory for shards of ${rows} rows and vectors of ${n} elements; NULL
 * with errno set.  It takes sv_newton_bytes() of memory.
 */
void *sv_newton_new(const struct sv_newton_shape *shape, uint64_t rows,
    size_t n);
size_t sv_newton_bytes(const struct sv_newton_shape *shape, uint64_t rows,
    size_t n);

/* The other functions of a struct sv_local, for every shape. */
void sv_newton_reset(void *state);
enum sv_local_end sv_newton_solve(void *state,
    const struct sv_local_problem *p, const struct sv_local_options *o,
    struct sv_local_report *report, char why[SV_WHY]);
void sv_newton_keep(void *state, struct sv_keep *k);
void sv_newton_free(void *state);

/**
 * sv_newton_augment(r):
 * Find the gradient of phi at x^, and phi.  Return 0, or -1 where they are not
 * finite.
 */
int sv_newton_augment(struct sv_newton_run *r);

/**
 * sv_newton_direction(r):
 * Set p = -B g, and the products that go with it.  Return 0, or -1 where poll()
 * says stop.
 */
int sv_newton_direction(struct sv_newton_run *r);

/**
 * sv_newton_cg(r):
 * Set p to -g times the inverse of the Hessian of phi at x^, as newtoncg.h says,
 * and q = A p.  Return 0, or -1 where poll() says stop.
 */
int sv_newton_cg(struct sv_newton_run *r);

/**
 * sv_newton_step(r):
 * Take a step along p.  Return 0, or -1 if none decreases phi: x^ is where it
 * was then.
 */
int sv_newton_step(struct sv_newton_run *r);

#endif /* !SV_NEWTON_STATE_H */
