#ifndef SV_SHARD_JOB_H
#define SV_SHARD_JOB_H

#include "options.h"

/**
 * job_run(o):
 * Read all rows, write all files or none, and then the problem frame.  Return
 * the exit status.
 */
int job_run(const struct options *o);

#endif /* !SV_SHARD_JOB_H */
