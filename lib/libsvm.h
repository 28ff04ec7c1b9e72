#ifndef SV_LIBSVM_H
#define SV_LIBSVM_H

#include <stdint.h>
#include <stdio.h>

#include "csr.h"

/*
 * LIBSVM text: a line is a row, "label index:value index:value ...", indices
 * from 1 and ascending.  Fields are separated by blanks (a carriage return is
 * one).  A field that begins with # begins a comment, which the line's end ends.
 * Lines without a field are skipped.
 */

/* Opaque types. */
struct sv_libsvm;

/**
 * sv_libsvm_new(fd, name, d):
 * Return a reader of the text on ${fd}, or NULL with errno set.  ${name} is
 * what messages call it, and must outlive the reader, as must the descriptor,
 * which is not closed.  Indices above ${d} are errors; 0 is the same as
 * 2^32 - 1, the most there can be.
 */
struct sv_libsvm *sv_libsvm_new(int fd, const char *name, uint64_t d);

/**
 * sv_libsvm_feed(r, data, len):
 * Before the first sv_libsvm_next(): take ${len} <= 4096 bytes that were read
 * from the descriptor already as the beginning of the text.
 */
void sv_libsvm_feed(struct sv_libsvm *r, const void *data, size_t len);

/**
 * sv_libsvm_next(r, part):
 * Parse some more rows: ${part} has at least one, valid until the next call,
 * with cols the largest index so far.  Return 1; 0 at the end of the text; or
 * -1 after one line on stderr, which names the line at fault and what was
 * expected there.  Takes memory for a block of text and its rows, and for the
 * longest row, but not for its text.
 */
int sv_libsvm_next(struct sv_libsvm *r, struct sv_csr *part);

/**
 * sv_libsvm_line(r):
 * The number of the line being read, from 1.
 */
uint64_t sv_libsvm_line(const struct sv_libsvm *r);

/**
 * sv_libsvm_free(r):
 * Free the reader.
 */
void sv_libsvm_free(struct sv_libsvm *r);

/**
 * sv_libsvm_write(out, A):
 * Write the rows of ${A} as text: label and values as sv_number_format() does,
 * so that reading them gives the same bits, but the label 1 as "+1"; explicit
 * zeros are kept.  Return 0, or -1 with errno set.
 */
int sv_libsvm_write(FILE *out, const struct sv_csr *A);

#endif /* !SV_LIBSVM_H */
