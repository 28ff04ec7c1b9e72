#ifndef MASTER_H
#define MASTER_H

#include "choice.h"
#include "method.h"
#include "session.h"

/*
 * The loop of every master: rounds of a method, looks of the judge (judge.h),
 * models.  A tool is its options, and a function that makes its method.
 */

/* How a fit ended. */
enum master_end {
	MASTER_FAILED,	/* said */
	MASTER_CONVERGED,
	MASTER_LIMIT,	/* not converged within max_rounds */
	MASTER_STOPPED,	/* ... before it was told to conclude */
	MASTER_UNBOUNDED	/* there is no minimum */
};

/* Where a fit begins. */
enum master_enter {
	MASTER_ROUND,	/* with a round */
	MASTER_AFTER,	/* a round has just been fed */
	MASTER_LOOK	/* with a look at the answer, which had been good enough */
};

/* How far a path has come. */
struct place {
	int top_is_known;	/* ... or need not be */
	double top;	/* the largest weight of --path */
	uint32_t at;	/* models that there are */
	uint32_t before;	/* rounds that the next one had in another run */
	enum master_end worst;	/* of them */
};

struct resume;

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
	struct resume *resume;	/* NULL: this is a run of its own */
	struct sv_prox base;	/* as the options have it */
	struct sv_prox g;	/* ... and with the weight under way */
	struct sv_judge *judge;
	void *self;	/* of the method */
	uint32_t round;	/* rounds asked for, of the whole path */
	uint32_t first;	/* ... before this model's own */
	enum master_enter enter;	/* of the next fit */
	struct place place;
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
 * master_make(m):
 * Judge and method for the problem that has come, in the place of those that
 * there may be.  Return 0, or -1 after a message.
 */
int master_make(struct master *m);

/**
 * master_fit(m, next):
 * One fit with m->g, from where the method is, beginning as m->enter says;
 * ${next} is what the judge says of the start, if it begins with a round.  A
 * stop (session.h) ends it after the question under way, and where that was no
 * look at the answer, one look, without a certificate.
 */
enum master_end master_fit(struct master *m, enum sv_judge_next next);

/**
 * master_path(m):
 * Fits for all the weights of the path that are left, after the first look at
 * the start, or in the middle of one of them (m->enter); a stop ends it after
 * the model under way.
 */
enum master_end master_path(struct master *m);

/**
 * path_weights(c), path_turn(m):
 * How many weights a path has.  Turn method and judge to the regulariser that
 * belongs to m->place; returns what the judge says of the start.
 */
uint32_t path_weights(const struct choice *c);
enum sv_judge_next path_turn(struct master *m);

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
