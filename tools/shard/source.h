#ifndef SV_SHARD_SOURCE_H
#define SV_SHARD_SOURCE_H

#include <stdint.h>

#include "cut.h"
#include "io.h"
#include "weights.h"

/*
 * Where the rows come from: LIBSVM text, or a frame stream with a problem
 * frame, told apart by the first bytes.
 */
struct source {
	int fd;
	const char *name;	/* in messages */
	uint64_t d;		/* features: expected, 0 any; then what they are */
	enum sv_elem elem;	/* of values in memory; f32 if a problem's are */
	struct weights *weights;	/* or NULL; the caller's */
	struct sv_reader *reader;	/* of a frame stream */
};

/**
 * source_rows(s, c):
 * Give all rows to cut_rows(), with weights of their own, or with those of
 * s->weights, which must be as many.  Frames before the problem frame are
 * passed on to standard output.  Return 0, or -1 after a line on stderr.
 */
int source_rows(struct source *s, struct cut *c);

/**
 * source_rest(s):
 * Pass on the frames that come after the problem frame.  Return 0, or -1 after
 * a line on stderr.
 */
int source_rest(struct source *s);

/**
 * source_fini(s):
 * Free what ${s} holds.
 */
void source_fini(struct source *s);

#endif /* !SV_SHARD_SOURCE_H */
