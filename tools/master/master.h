#ifndef MASTER_H
#define MASTER_H

#include "choice.h"
#include "method.h"
#include "session.h"

/*
 * The loop of every master: rounds of a method, looks of the judge (judge.h),
 * models.  A tool is its options, and a function that makes its method.
 */

struct master {
	struct choice *choice;
	const struct sv_method *method;
	/*
	 * The method's state for regulariser g and vectors of n elements, or
	 * NULL with errno set.
	 */
	void *(*make)(const void *options, const struct sv_prox *g, size_t n,
	    uint32_t workers);
	const void *options;
	int own;	/* the method has a stopping rule, and it is wanted */

	/* From here on it is master_run()'s. */
	struct session *session;
	struct sv_prox g;
	struct sv_judge *judge;
	void *self;	/* of the method */
	uint32_t round;	/* rounds asked for, of the whole path */
	uint32_t first;	/* ... before this model's own */
};

/* How a fit ended. */
enum master_end {
	MASTER_FAILED,	/* said */
	MASTER_CONVERGED,
	MASTER_LIMIT,	/* not converged within max_rounds */
	MASTER_STOPPED,	/* ... before it was told to conclude */
	MASTER_UNBOUNDED	/* there is no minimum */
};

/**
 * master_ready(argc, argv, name):
 * What the tool called ${name} does after its options, which are in order: see
 * that there is nothing after them, and that frames do not go to a terminal.
 * Return SV_EXIT_DONE, or the exit status after a message.
 */
int master_ready(int argc, char *argv[], const char *name);

/**
 * master_run(m):
 * Fit the model, or those of a path, to the problem on stdin: globals to
 * stdout, updates from stdin, a model frame each to stdout.  The first five
 * members of ${m} are given, the others zero.  Return the exit status; what
 * went wrong was said.
 */
int master_run(struct master *m);

/**
 * master_fit(m, next):
 * One fit with m->g, from where the method is; ${next} is what the judge says
 * of the start.  A stop (session.h) ends it after the question under way, and
 * where that was no look at the answer, one look, without a certificate.
 */
enum master_end master_fit(struct master *m, enum sv_judge_next next);

/**
 * master_path(m):
 * Fits for all the weights of the path, after the first look at the start; a
 * stop ends it after the model under way.
 */
enum master_end master_path(struct master *m);

/**
 * master_trace(m, op, looked):
 * Tell the run and the person what a round of ${op} has brought, ${looked}: one
 * of the judge's.  Return 0, or -1 after a message.
 */
int master_trace(const struct master *m, enum sv_op op, int looked);

/**
 * master_conclude(m, end):
 * Write the model of a fit that ended thus, the z that was looked at last, and
 * a line about it for the person.  Return 0, or -1 after a message.
 */
int master_conclude(const struct master *m, enum master_end end);

#endif /* !MASTER_H */
