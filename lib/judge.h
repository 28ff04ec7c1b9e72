#ifndef SV_JUDGE_H
#define SV_JUDGE_H

#include <stddef.h>
#include <stdint.h>

#include "dual.h"
#include "frame.h"
#include "keep.h"
#include "loss.h"
#include "method.h"
#include "prox.h"

/*
 * How good is an answer?  The judge looks at z with rounds of its own, GRAD and
 * where a certificate is wanted CONJ (dual.h), and knows from them F(z), its
 * relative optimality
 *
 *	V(z) / V(0) * N / max(min(P, N - P), 1),
 *
 * with V the violation of prox.h, N rows, P of them positive, and for losses
 * that are not for two classes V(z) / V(0); and a lower bound on F*.  For l1
 * and logistic this is what LIBLINEAR's solver 6 holds against its -e
 * (train_one() and solve_l1r_lr() of linear.cpp; Yuan, Ho, Lin 2012, section
 * 5).  Where g does not allow 0 the start prox(0) stands in its place.  Where
 * V(0) = 0, but for what rounding leaves of an intercept's gradient, it is the
 * answer, and its optimality is 0.
 *
 * No descriptors, no clocks: like a method it says what to ask and is fed with
 * the answers.
 */

enum sv_judge_rule {
	SV_JUDGE_OPT,	/* done where optimality <= tolerance */
	SV_JUDGE_GAP,	/* done where gap <= tolerance |F| */
	SV_JUDGE_OWN	/* the method says when it is done */
};

struct sv_judge_conf {
	struct sv_prox g;
	size_t n;	/* elements of z */
	uint32_t workers;
	const struct sv_loss *loss;
	double param;	/* of the loss */
	int intercept;
	enum sv_judge_rule rule;
	double tolerance;
	uint32_t every;	/* a certificate every so many rounds; 0: none */
	int certify;	/* one at the end */
	int own;	/* shards have x_i of their own (dual.h) */
	double least;	/* no row weighs less; 0: not known */
};

enum sv_judge_next {
	SV_JUDGE_ON,	/* no more to ask; not done */
	SV_JUDGE_DONE,	/* no more to ask; done */
	SV_JUDGE_CONJ,	/* ask for a CONJ round */
	SV_JUDGE_UNBOUNDED	/* F has no minimum: sv_judge_why() */
};



/* Opaque types. */
struct sv_judge;

/**
 * sv_judge_new(conf):
 * Return a judge, or NULL with errno set.
 */
struct sv_judge *sv_judge_new(const struct sv_judge_conf *conf);
void sv_judge_free(struct sv_judge *j);

/**
 * sv_judge_start(j, z, grad, up):
 * The answers to a GRAD at the start ${z}, which is prox(0), before anything
 * else: ${grad} of n elements, and SV_UP_GRAD_N scalars.  DONE: the start is
 * the answer.
 */
enum sv_judge_next sv_judge_start(struct sv_judge *j, const double *z,
    const double *grad, const double *up);

/**
 * sv_judge_retarget(j, g):
 * Another regulariser, judged against the same start, which is its prox(0),
 * too.  DONE: the start is the answer.
 */
enum sv_judge_next sv_judge_retarget(struct sv_judge *j,
    const struct sv_prox *g);

/**
 * sv_judge_lambda_max(j):
 * The least lambda for which the z looked at last, whose features are 0, is
 * the answer to g = lambda |x|_1, or lambda times the norms of groups, but for
 * the intercept: infinite where there is none, as for l2.
 */
double sv_judge_lambda_max(const struct sv_judge *j);

/**
 * sv_judge_due(j, merit, passes):
 * After each round: does it pay to look at the method's answer?  ${merit} is
 * the method's (method.h), ${passes} over the data it cost.  A look is due
 * where the merit promises that the rule holds, in proportion to the one at the
 * last look; however far that seems, now and then; and every so many rounds for
 * a certificate.
 */
int sv_judge_due(struct sv_judge *j, double merit, double passes);

/**
 * sv_judge_guess(j, merit):
 * What a look would find of that which the rule holds against its tolerance,
 * optimality or gap / |F|, where the method's merit is ${merit}: in proportion
 * to the last look.  NaN where nothing is known yet, or the rule is the
 * method's.
 */
double sv_judge_guess(const struct sv_judge *j, double merit);

/**
 * sv_judge_grad(j, z, slopes, grad, up, last):
 * The answers to a GRAD at ${z}, n elements; ${slopes} are the method's, or
 * NULL.  ${last}: no rounds follow this look, so that the certificate of the
 * end is made.  Where the loss overflows z is no answer, and that is all.
 */
enum sv_judge_next sv_judge_grad(struct sv_judge *j, const double *z,
    const double *slopes, const double *grad, const double *up, int last);

/**
 * sv_judge_ask(j, gc):
 * The scalars of the CONJ round wanted; it is made at the z of the last
 * sv_judge_grad().
 */
void sv_judge_ask(const struct sv_judge *j, double gc[SV_GC_N]);

/**
 * sv_judge_conj(j, sum, up):
 * The answers to that round.
 */
enum sv_judge_next sv_judge_conj(struct sv_judge *j, const double *sum,
    const double *up);

/**
 * sv_judge_skip(j):
 * In the place of that round: there will be none.  What follows from all that
 * is known: never CONJ.
 */
enum sv_judge_next sv_judge_skip(struct sv_judge *j);

/**
 * sv_judge_at(j):
 * The z looked at last, n elements.
 */
const double *sv_judge_at(const struct sv_judge *j);

/**
 * sv_judge_look(j, view):
 * Set objective and optimality of the last z looked at, the best bound so far,
 * and the gap of that z: how far F(z) is from F* at most.
 */
void sv_judge_look(const struct sv_judge *j, struct sv_view *view);

/**
 * sv_judge_keep(j, k):
 * Save or restore (keep.h) all that it knows between two rounds of the method,
 * so that it will look when it would have looked.  The rule and the tolerance
 * may be others; under another rule what was seen says nothing.
 */
void sv_judge_keep(struct sv_judge *j, struct sv_keep *k);

/* Of the first GRAD: rows, and how many of them have a positive label. */
uint64_t sv_judge_rows(const struct sv_judge *j);
uint64_t sv_judge_positive(const struct sv_judge *j);

/* Why F has no minimum. */
const char *sv_judge_why(const struct sv_judge *j);

#endif /* !SV_JUDGE_H */
