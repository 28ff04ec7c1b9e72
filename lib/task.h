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
 *   {"task":1,"loss":"logistic","solver":"fista","kmin":1,"kmax":1000,
 *    "eps_g":1e-6,"eps_f":1e-9}
 */

struct sv_task {
	const struct sv_loss *loss;
	const struct sv_local *solver;
	struct sv_local_options options;
};

/**
 * sv_task_parse(task, text, len, why):
 * Read and check ${len} bytes of ${text}.  All members must be there, and no
 * other: an answer to another question than the one asked would be worse than
 * none.  Return 0, or -1 with a reason in ${why}.
 */
int sv_task_parse(struct sv_task *task, const char *text, size_t len,
    char why[SV_WHY]);

#endif /* !SV_TASK_H */
