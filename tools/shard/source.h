#ifndef SV_SHARD_SOURCE_H
#define SV_SHARD_SOURCE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "csr.h"
#include "problem.h"
#include "text.h"

/*
 * Where the rows come from: text (text.h), or a frame stream with a problem
 * frame, told apart by the first bytes.
 */

struct source_options {
	struct sv_text_options text;	/* problems: d, positive */
	const char *only_text;	/* an option that only text has; NULL */
	char *const *names;	/* files; "-" is standard input */
	size_t n;		/* 0: standard input alone */
	const char *weights;	/* their file, or NULL */
};

/* What becomes of some rows; 0 to go on, or -1 after a line on stderr. */
typedef int source_fn(void *ctx, const struct sv_csr *part);

/* Opaque types. */
struct source;

/**
 * source_new(o):
 * Open what ${o} says, which must outlive it.  Frames before the problem frame
 * are passed on to standard output.  Return NULL after a line on stderr on
 * failure.
 */
struct source *source_new(const struct source_options *o);

/**
 * source_rows(s, fn, ctx):
 * Give all rows to ${fn}, with weights of their own or with those of the file
 * of weights, which must be as many.  Return 0, or -1 after a line on stderr.
 */
int source_rows(struct source *s, source_fn *fn, void *ctx);

/**
 * source_name(s):
 * What messages call the input.
 */
const char *source_name(const struct source *s);

/**
 * source_features(s):
 * After source_rows(): the number of features, 0 where there is none.
 */
uint64_t source_features(const struct source *s);

/**
 * source_problem(s):
 * The problem that the rows are of, or NULL: they are of text.
 */
const struct sv_problem *source_problem(const struct source *s);

/**
 * source_schema(s, schema):
 * After source_rows(): how rows were made of text (schema.h): a new reference
 * in ${*schema}, or NULL: nothing is to be said.  Return 0, or -1 after a line
 * on stderr.
 */
int source_schema(struct source *s, json_t **schema);

/**
 * source_progress(s, done, total):
 * What has been read and what there is in all (0: not known), in bytes; of a
 * problem nothing is known.
 */
void source_progress(const struct source *s, uint64_t *done, uint64_t *total);

/**
 * source_rest(s):
 * Pass on the frames that come after the problem frame.  Return 0, or -1 after
 * a line on stderr.
 */
int source_rest(struct source *s);

/**
 * source_free(s):
 * Close and free ${s}.
 */
void source_free(struct source *s);

#endif /* !SV_SHARD_SOURCE_H */
