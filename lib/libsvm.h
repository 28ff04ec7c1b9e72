#ifndef SV_LIBSVM_H
#define SV_LIBSVM_H

#include <stdint.h>
#include <stdio.h>

#include "bytes.h"
#include "csr.h"

/*
 * LIBSVM text: a line is a row, "label index:value index:value ...", indices
 * from 1 (or 0) and ascending.  Fields are separated by blanks (a carriage
 * return is one).  A field that begins with # begins a comment, which the line's
 * end ends.  Lines without a field are skipped, and so is a byte order mark of
 * UTF-8 at the text's beginning.
 */

/* Opaque types. */
struct sv_libsvm;

/**
 * sv_libsvm_new(in, name, d):
 * Return a reader of the text that ${in} gives, which is copied, or NULL with
 * errno set.  ${name} is what messages call it, and must outlive the reader.
 * With more than ${d} features a row is an error; 0 is the same as 2^32 - 1, the
 * most there can be.
 */
struct sv_libsvm *sv_libsvm_new(const struct sv_bytes *in, const char *name,
    uint64_t d);

/*
 * Before the first sv_libsvm_next():
 *
 * sv_libsvm_zero_based(r):	index i is feature i + 1, and not i
 * sv_libsvm_at(r, offset):	the text is the rest of another, from this byte on:
 *				messages name the byte at fault instead of the line
 * sv_libsvm_quiet(r):	print nothing; sv_libsvm_why() has the reason
 */
void sv_libsvm_zero_based(struct sv_libsvm *r);
void sv_libsvm_at(struct sv_libsvm *r, uint64_t offset);
void sv_libsvm_quiet(struct sv_libsvm *r);

/**
 * sv_libsvm_why(r):
 * Why sv_libsvm_next() has just returned -1, without the name; it lives as long
 * as the reader.
 */
const char *sv_libsvm_why(const struct sv_libsvm *r);

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
