#ifndef CAT_H
#define CAT_H

#include <stdio.h>

#include "frame.h"
#include "model.h"

/*
 * sv-cat: each frame of each stream goes to one writer, chosen by -f.  A
 * writer says on stderr what is wrong and returns -1.
 */

enum format {
	FORMAT_JSON,
	FORMAT_TSV,
	FORMAT_FRAMES,
	FORMAT_NPY,
	FORMAT_LIBLINEAR,
	FORMAT_LIBSVM,
	FORMAT_WEIGHTS,
	FORMAT_N
};

struct cat {
	enum format format;
	FILE *out;
	const char *out_name;	/* for messages */
	int full;	/* all elements */
	int model;	/* the model is written, not frames or rows */
	int any_type;	/* all types are selected */
	unsigned char type[256];	/* selected */

	/* What one stream has shown so far. */
	const char *name;
	int job, end;
	int status;	/* END's */
	int header;	/* TSV's has been written */
	int printed;	/* LIBSVM, WEIGHTS: rows have been */
	struct sv_model_source source;	/* of the model; and which is meant */
};

/**
 * write_json(c, f), write_tsv(c, f):
 * Write a frame as a line.
 */
int write_json(struct cat *c, const struct sv_frame *f);
int write_tsv(struct cat *c, const struct sv_frame *f);

/**
 * write_model(c):
 * At the end of a stream, write the model that c->source holds.
 */
int write_model(struct cat *c);

/**
 * write_rows(c, f):
 * Write the rows of a PROBLEM frame, the first of a stream, or their weights.
 */
int write_rows(struct cat *c, const struct sv_frame *f);

/**
 * write_time(buf, ns):
 * The time as 2026-01-31T23:59:59.123456789Z in ${buf}, which is returned.
 */
#define TIME_LEN 40
char *write_time(char buf[TIME_LEN], int64_t ns);

#endif /* !CAT_H */
