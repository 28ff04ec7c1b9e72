#ifndef CHOICE_H
#define CHOICE_H

#include <stdint.h>

#include "judge.h"
#include "regular.h"
#include "task.h"

/*
 * The options that are the same in every master: what is fitted to the rows,
 * and when that is good enough.
 */

/* What getopt_long() returns for them; below 256 and from 0x1000 are others'. */
enum choice_option {
	CHOICE_LOSS = 0x200, CHOICE_DELTA, CHOICE_INTERCEPT, CHOICE_POSITIVE,
	CHOICE_NEGATIVE, CHOICE_STOP_GAP, CHOICE_GAP, CHOICE_MAX_ROUNDS,
	CHOICE_PATH, CHOICE_LAMBDAS, CHOICE_RESUME
};

#define CHOICE_OPTIONS \
	{ "loss", required_argument, NULL, CHOICE_LOSS }, \
	{ "delta", required_argument, NULL, CHOICE_DELTA }, \
	{ "intercept", no_argument, NULL, CHOICE_INTERCEPT }, \
	{ "positive-weight", required_argument, NULL, CHOICE_POSITIVE }, \
	{ "negative-weight", required_argument, NULL, CHOICE_NEGATIVE }, \
	SV_REGULAR_OPTIONS, \
	{ "tolerance", required_argument, NULL, 'e' }, \
	{ "stop-gap", required_argument, NULL, CHOICE_STOP_GAP }, \
	{ "gap", required_argument, NULL, CHOICE_GAP }, \
	{ "max-rounds", required_argument, NULL, CHOICE_MAX_ROUNDS }, \
	{ "path", required_argument, NULL, CHOICE_PATH }, \
	{ "lambdas", required_argument, NULL, CHOICE_LAMBDAS }, \
	{ "resume", required_argument, NULL, CHOICE_RESUME }, \
	{ "workers", required_argument, NULL, 'w' }

/* ... and their letters. */
#define CHOICE_LETTERS "w:e:vqhV"

#define CHOICE_MODELS 1000u	/* of a path, at most */

struct choice {
	struct sv_task task;	/* of the workers */
	double delta;		/* as typed; 0: not given */
	struct sv_regular regular;
	enum sv_judge_rule rule;
	double tolerance;	/* of optimality */
	double gap;		/* of the relative gap */
	uint32_t every;		/* rounds between certificates; 0: none */
	int certify;		/* one at the end */
	uint32_t max_rounds;	/* for each weight of a path */
	uint32_t workers;	/* 0: the job frame tells */
	uint32_t path;		/* weights of a path to choose; 0: none */
	uint32_t nlambda;	/* ... or these, descending */
	double lambda[CHOICE_MODELS];
	const char *resume;	/* run file to go on from; NULL: none */
	int verbose;	/* 0 errors only, 1 the result, 2 each round */
};

/**
 * choice_init(c):
 * The defaults.
 */
void choice_init(struct choice *c);

/**
 * choice_option(c, option, arg):
 * Take the option that getopt_long() returned.  Return 0; 1 if it is none of
 * these; -1 after a message.
 */
int choice_option(struct choice *c, int option, const char *arg);

/**
 * choice_check(c):
 * After the last option: return 0, or -1 after a message if they have no
 * meaning together.
 */
int choice_check(struct choice *c);
void choice_fini(struct choice *c);

/* Is it a path of models that is wanted? */
int choice_is_path(const struct choice *c);

/**
 * choice_help(c):
 * Print these options, with their defaults as in ${c}, on stdout: what is
 * fitted, and when to stop.
 */
void choice_help(const struct choice *c);

#endif /* !CHOICE_H */
