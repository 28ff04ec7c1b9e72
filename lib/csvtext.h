#ifndef SV_CSVTEXT_H
#define SV_CSVTEXT_H

#include <jansson.h>
#include <stdint.h>

#include "bytes.h"
#include "csr.h"

struct sv_text_options;

/*
 * Rows from comma- or tab-separated text (RFC 4180), split by libcsv: a record
 * is a row, a line of text unless there are line ends within quotes.
 *
 * Fields may be in quotes, within which a quote is doubled, and delimiters and
 * line ends are text; blanks around other fields do not count.  Lines end with
 * LF, CRLF or CR, the last one perhaps without.  Empty lines are skipped, and
 * so is a byte order mark of UTF-8.  Each record has as many fields as the
 * first one, which is the header: names that differ, by which columns are
 * known; an empty one is called by its number, from 1.  Without a header all
 * are.
 *
 * What columns are is for options to say (text.h), whose lists of columns are
 * one record of comma-separated text, with quotes where a name needs them:
 *
 *   label	a finite number; or any text, where one is ${positive}, which
 *		becomes 1, all others -1 (sv_schema_same() tells)
 *   ignored	nothing is looked at
 *   category	text, hashed to a feature (schema.h)
 *   number	all others: a finite decimal number.  Where one is named for
 *		what is ${missing}, that is what an empty field counts as, and
 *		NA, N/A, NaN, nan, NULL, null, None and ?.
 *
 * Rows are sparse: zeros are left out, also where they are written.
 */

/* Longest field, and most that names take in all, in bytes. */
#define SV_CSVTEXT_FIELD ((size_t)16 << 20)

/* Opaque types. */
struct sv_csvtext;

/**
 * sv_csvtext_new(o, tsv):
 * Return a reader of texts that are tab-separated if ${tsv}.  Of ${o}, which
 * must outlive it, d (what the columns make, or 0) and all from positive on
 * matter.  NULL after a line on stderr.
 */
struct sv_csvtext *sv_csvtext_new(const struct sv_text_options *o, int tsv);

/**
 * sv_csvtext_begin(r, in, name):
 * Read the next text, which ${in} gives (it is copied), and messages call
 * ${name}, until sv_csvtext_next() says 0.  It must outlive that.  If the
 * columns are those of o->schema, a text with a header may have them in any
 * order, with others, which are ignored; otherwise all texts must have the same
 * header, or the same number of columns.
 */
void sv_csvtext_begin(struct sv_csvtext *r, const struct sv_bytes *in,
    const char *name);

/**
 * sv_csvtext_next(r, part):
 * Some more rows: ${part} has at least one, valid until the next call, with
 * cols what the columns make.  Return 1; 0 at the end of the text; or -1 after
 * a line on stderr, which names text, line (where the record begins) and
 * column, what was expected and what was found.  Takes memory for a block of
 * text and its rows, for the longest field, and for the columns.
 */
int sv_csvtext_next(struct sv_csvtext *r, struct sv_csr *part);

/**
 * sv_csvtext_line(r):
 * The line at which the record under way begins, from 1.
 */
uint64_t sv_csvtext_line(const struct sv_csvtext *r);

/**
 * sv_csvtext_schema(r):
 * How features and labels were made: what sv_schema_parse() takes, a new
 * reference; JSON's null before the first row, NULL when memory is out.
 * "negative" is right at the end of the last text.
 */
json_t *sv_csvtext_schema(const struct sv_csvtext *r);

/**
 * sv_csvtext_lacks(r):
 * At the end: what to say if no row had the positive label, a text that lives
 * as long as ${r}; or NULL, as there was one, or no label at all, or none is
 * asked for.
 */
const char *sv_csvtext_lacks(struct sv_csvtext *r);

/**
 * sv_csvtext_free(r):
 * Free the reader.
 */
void sv_csvtext_free(struct sv_csvtext *r);

#endif /* !SV_CSVTEXT_H */
