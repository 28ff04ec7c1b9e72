#ifndef SV_TASK_H
#define SV_TASK_H

#include <stddef.h>
#include <stdint.h>

#include "local.h"
#include "loss.h"
#include "problem.h"

/*
 * What is to be done with the rows: the text of every GLOBAL frame, written by
 * the master, read by workers.
 *   {"task":1,"loss":"huber","param":1.0,"intercept":true,
 *    "weights":[1.0,2.0],"memory":8,
 *    "solver":"newton","kmin":1,"kmax":50,"eps_g":1e-6,"eps_f":0.0}
 * "param" is the loss's parameter, where it has one.  "weights" multiply those
 * of the rows: of rows with a negative label, of rows with a positive one; a
 * loss that is not for two classes has none.  "memory" is how many rounds back
 * a shard keeps what the acceleration needs.  These four may be absent: the
 * loss's own parameter, no intercept, [1,1], 0.
 */

#define SV_TASK_MEMORY 60u	/* "memory" at most */

struct sv_task {
	const struct sv_loss *loss;
	double param;		/* of the loss; 0 where it has none */
	int intercept;		/* vectors have one element more, the last */
	double weight[2];	/* of rows with a negative, a positive label */
	uint32_t memory;
	const struct sv_local *solver;
	struct sv_local_options options;
};

/**
 * sv_task_parse(task, text, len, why):
 * Read and check ${len} bytes of ${text}.  All members but those named above
 * must be there, and no other: an answer to another question than the one
 * asked would be worse than none.  Return 0, or -1 with a reason in ${why}.
 */
int sv_task_parse(struct sv_task *task, const char *text, size_t len,
    char why[SV_WHY]);

/**
 * sv_task_solver(name):
 * The solver called ${name}, or NULL.
 */
const struct sv_local *sv_task_solver(const char *name);

/**
 * sv_task_text(task):
 * The text of ${task}: a string for the caller to free, or NULL when memory is
 * out.
 */
char *sv_task_text(const struct sv_task *task);

#endif /* !SV_TASK_H */
