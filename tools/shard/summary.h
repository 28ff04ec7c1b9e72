#ifndef SV_SHARD_SUMMARY_H
#define SV_SHARD_SUMMARY_H

#include <stdint.h>

#include "labels.h"
#include "scale.h"

/*
 * What was cut, as -v says it.
 */

struct summary {
	const char *input;
	const char *output;
	uint32_t shards;
	uint64_t d;
	uint64_t rows;		/* in the shards */
	uint64_t nnz;
	uint64_t bytes;		/* of their files */
	int weighted;
	const struct labels *labels;
	int positive;		/* labels 1 and 2 become -1 and 1 */
	uint64_t held;		/* rows held out */
	const struct scale *scale;	/* or NULL */
	enum scale_how how;
	uint64_t all;		/* rows read */
	uint64_t read;		/* bytes of text, as they lie; 0: not text */
	double seconds;
};

/**
 * summary_say(s):
 * Print it on stderr, a few lines.
 */
void summary_say(const struct summary *s);

#endif /* !SV_SHARD_SUMMARY_H */
