#ifndef SV_SHARD_OPTIONS_H
#define SV_SHARD_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "scale.h"
#include "source.h"

/*
 * The command line of sv-shard.
 */

struct options {
	struct source_options source;
	uint32_t workers;	/* 0: not given */
	const char *output;	/* directory or URL; NULL: not given */
	uint64_t seed;
	enum sv_elem elem;	/* of the values */
	enum scale_how scale;
	double holdout;		/* share of the rows; 0: none */
	int zstd;
	int info;	/* not shards are to be made, but looked at ... */
	const char *format;	/* ... in this form; NULL: not given */
	const char *remote;	/* or a text that stays where it is; NULL */
	int verbose;
	int quiet;
};

/**
 * options_read(o, argc, argv):
 * Fill ${o} from the command line, and see that it makes sense.  Return -1 to
 * go on, otherwise the exit status.
 */
int options_read(struct options *o, int argc, char **argv);

#endif /* !SV_SHARD_OPTIONS_H */
