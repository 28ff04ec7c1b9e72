#ifndef MASTER_H
#define MASTER_H

#include <stdint.h>

#include "admm.h"
#include "loss.h"

/* What the command line asks for. */
struct master_options {
	struct sv_admm_conf conf;	/* g, d and workers as yet unknown */
	double l1;		/* weight of |x|_1 */
	uint32_t workers;	/* 0: the job frame tells */
	const struct sv_loss *loss;
	/* Of the workers' solver, as in task.h. */
	uint64_t kmin, kmax;
	double eps_g, eps_f;
	int verbose;		/* 0 errors only, 1 the result, 2 each round */
};

/**
 * master_run(o):
 * Fit the model to the problem on stdin: globals to stdout, updates from stdin,
 * the model to stdout.  Return the exit status; what went wrong was said.
 */
int master_run(const struct master_options *o);

#endif /* !MASTER_H */
