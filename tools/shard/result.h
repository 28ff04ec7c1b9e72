#ifndef SV_SHARD_RESULT_H
#define SV_SHARD_RESULT_H

#include <stdint.h>

#include "cut.h"
#include "holdout.h"
#include "labels.h"
#include "names.h"
#include "scale.h"
#include "source.h"
#include "upload.h"

/*
 * A cut that is complete, as the problem frame says it.
 */

struct result {
	uint64_t d;
	enum sv_elem elem;
	int weighted;
	struct cut *cut;
	struct names *names;
	struct source *source;
	const struct labels *labels;	/* of the rows in the shards */
	const double *positive;	/* label that workers make 1; NULL: none */
	const struct holdout *holdout;	/* NULL: nothing was held out */
	const struct scale *scale;	/* NULL: as the source has it */
	enum scale_how how;
	const struct upload *upload;	/* NULL: files lie where they are */
};

/**
 * result_write(r):
 * Write the problem frame on standard output.  Return 0, or -1 after a line on
 * stderr.
 */
int result_write(const struct result *r);

#endif /* !SV_SHARD_RESULT_H */
