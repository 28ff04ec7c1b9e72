#ifndef SV_SHARD_WEIGHTS_H
#define SV_SHARD_WEIGHTS_H

#include <stdint.h>

/*
 * The weights of rows: text with a line for each row, which holds one decimal
 * number, finite and not negative.  Blanks and empty lines do not count, and a
 * field that begins with # begins a comment, as in LIBSVM text.
 */

/* Opaque types. */
struct weights;

/**
 * weights_open(name):
 * Open the file ${name}, or standard input where that is "-".  Return NULL
 * after a line on stderr on failure.
 */
struct weights *weights_open(const char *name);

/**
 * weights_next(w, n):
 * The weights of the next ${n} rows, valid until the next call, or NULL after a
 * line on stderr.
 */
double *weights_next(struct weights *w, uint64_t n);

/**
 * weights_end(w):
 * All rows have been seen.  Return 0 if the text is at its end too, or -1 after
 * a line on stderr.
 */
int weights_end(struct weights *w);

/**
 * weights_free(w):
 * Close the file and free ${w}.
 */
void weights_free(struct weights *w);

#endif /* !SV_SHARD_WEIGHTS_H */
