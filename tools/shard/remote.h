#ifndef SV_SHARD_REMOTE_H
#define SV_SHARD_REMOTE_H

#include <stdint.h>

#include "frame.h"

/*
 * A problem of byte ranges of one LIBSVM text that lies on a web server, in S3
 * or on a disk that workers share (kind "ranges" of problem.h): nothing is
 * written but the problem.
 */

struct remote_options {
	const char *url;	/* http, https, s3 or file */
	uint32_t workers;
	uint64_t d;	/* 0: not given: the text is read through */
	int zero_based;
	const char *positive;	/* label, or NULL */
	enum sv_elem elem;	/* of values in memory */
	int verbose;
	int quiet;	/* no progress */
};

/**
 * remote_run(o):
 * Write the problem on standard output.  Return the exit status.
 */
int remote_run(const struct remote_options *o);

#endif /* !SV_SHARD_REMOTE_H */
