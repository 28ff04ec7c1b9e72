#ifndef SV_JSONOUT_H
#define SV_JSONOUT_H

#include <jansson.h>
#include <stdio.h>

/**
 * sv_jsonout_write(f, value):
 * Write ${value} on ${f} as compact JSON, in which each real has 15 digits if
 * those give the same bits when they are read, otherwise 17: jansson can write
 * all reals with 15, which loses bits, or with 17, which makes 0.1 into
 * 0.10000000000000001.  Members come in the order in which they were set.
 * Return 0, or -1 with errno set.
 */
int sv_jsonout_write(FILE *f, const json_t *value);

#endif /* !SV_JSONOUT_H */
