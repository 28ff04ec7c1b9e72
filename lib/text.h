#ifndef SV_TEXT_H
#define SV_TEXT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "csr.h"

/*
 * Rows from the text files of a user: LIBSVM (libsvm.h), CSV or TSV (csvtext.h),
 * one file after the other, plain or packed in any way that unpack.h knows; with
 * the labels that a loss wants.
 */

/* AUTO: by the end of a file's (or member's) name, .csv or .tsv; else LIBSVM. */
enum sv_text_format {
	SV_TEXT_AUTO, SV_TEXT_LIBSVM, SV_TEXT_CSV, SV_TEXT_TSV
};

struct sv_text_options {
	enum sv_text_format format;
	uint64_t d;	/* features; 0: as many as come */
	int zero_based;	/* LIBSVM: indices from 0 */
	const char *positive;	/* label that becomes 1, others -1; or NULL */
	/* CSV and TSV; a column is named by the header, or by number from 1. */
	int no_header;
	const char *label;	/* column; NULL: missing */
	const char *categorical;	/* columns, commas between; or NULL */
	const char *ignore;	/* the same */
	uint64_t buckets;	/* features of all categories; 0: 1024 */
	const char *missing;	/* number that an empty field is; NULL: error */
	/*
	 * Instead of all from zero_based on: what sv_text_schema() said of an
	 * earlier reading, so that features and labels mean the same.
	 */
	const json_t *schema;
	const char *named;	/* option that says the format; NULL: -f */
	/*
	 * A CSV's label column may be missing, and where ${schema} knows two
	 * labels others may come: labels are NaN then.
	 */
	int unlabelled;
};

/* Opaque types. */
struct sv_text;

/**
 * sv_text_new(o, names, n):
 * Return a reader of the files ${names} in order; "-" is standard input, and
 * without names it is standard input alone.  Names and what ${o} points to must
 * outlive it.  Return NULL after a line on stderr: files that are not there, and
 * options that make no sense, are seen here.
 */
struct sv_text *sv_text_new(const struct sv_text_options *o,
    char *const *names, size_t n);

/**
 * sv_text_fd(o, fd, name, begin, len):
 * The same of the descriptor ${fd}, which is not closed, and of which the first
 * ${len} <= 4096 bytes have been read into ${begin} already.
 */
struct sv_text *sv_text_fd(const struct sv_text_options *o, int fd,
    const char *name, const void *begin, size_t len);

/**
 * sv_text_next(t, part):
 * Some more rows, through all files: ${part} has at least one, valid until the
 * next call, with cols the largest index so far (LIBSVM) or what the columns
 * make (CSV).  Return 1; 0 at the end; or -1 after one line on stderr, which
 * names file (and member of an archive), line, what was expected and what was
 * found.  Takes memory for a block of text and its rows, and for the longest
 * row, but not for the files.
 */
int sv_text_next(struct sv_text *t, struct sv_csr *part);

/**
 * sv_text_progress(t, done, total):
 * Bytes as they lie in the files: those read so far, and those there are in all;
 * ${*total} is 0 where that is not known.
 */
void sv_text_progress(const struct sv_text *t, uint64_t *done,
    uint64_t *total);

/**
 * sv_text_name(t):
 * The file (or member) that the last rows are of, for messages.
 */
const char *sv_text_name(const struct sv_text *t);

/**
 * sv_text_schema(t):
 * How features and labels were made of the text (schema.h): a new reference, or
 * JSON's null where there is nothing to say; NULL when memory is out.  To be
 * asked for at the end of the rows.
 */
json_t *sv_text_schema(const struct sv_text *t);

/**
 * sv_text_lacks(t):
 * At the end: what is to be said where a label was named as positive and no row
 * had it, without a name of the text; it lives as long as ${t}.  Else NULL.
 */
const char *sv_text_lacks(struct sv_text *t);

/**
 * sv_text_free(t):
 * Close the files that sv_text_new() opened, and free ${t}.
 */
void sv_text_free(struct sv_text *t);

#endif /* !SV_TEXT_H */
