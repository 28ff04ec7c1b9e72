#ifndef SV_TEXTOPT_H
#define SV_TEXTOPT_H

#include "text.h"

/*
 * The options that say how text is read (text.h), the same in every tool that
 * reads text:
 *
 *	--zero-based		indices of LIBSVM text begin with 0
 *	--positive LABEL	that label is 1, all others are -1
 *	--label COLUMN, --categorical COLUMNS, --hash N, --ignore COLUMNS,
 *	--missing NUMBER, --no-header	what columns of CSV and TSV are
 */

/* What getopt_long() returns for them. */
enum sv_textopt {
	SV_TEXTOPT_ZERO_BASED = 0x2000, SV_TEXTOPT_POSITIVE, SV_TEXTOPT_LABEL,
	SV_TEXTOPT_CATEGORICAL, SV_TEXTOPT_HASH, SV_TEXTOPT_IGNORE,
	SV_TEXTOPT_MISSING, SV_TEXTOPT_NO_HEADER
};

/* For the table of a tool; with getopt.h. */
#define SV_TEXTOPT_OPTIONS \
	{ "zero-based", no_argument, NULL, SV_TEXTOPT_ZERO_BASED }, \
	{ "positive", required_argument, NULL, SV_TEXTOPT_POSITIVE }, \
	{ "label", required_argument, NULL, SV_TEXTOPT_LABEL }, \
	{ "categorical", required_argument, NULL, SV_TEXTOPT_CATEGORICAL }, \
	{ "hash", required_argument, NULL, SV_TEXTOPT_HASH }, \
	{ "ignore", required_argument, NULL, SV_TEXTOPT_IGNORE }, \
	{ "missing", required_argument, NULL, SV_TEXTOPT_MISSING }, \
	{ "no-header", no_argument, NULL, SV_TEXTOPT_NO_HEADER }

/**
 * sv_textopt_take(t, c, arg):
 * Take the option that getopt_long() returned as ${c}, with its argument
 * ${arg}, which must outlive ${t}.  Return 0; 1 if it is none of these; -1
 * after a message.
 */
int sv_textopt_take(struct sv_text_options *t, int c, const char *arg);

/**
 * sv_textopt_format(t, option, arg):
 * ${arg} of ${option} is a format's name.  Return 0, or -1 after a message.
 */
int sv_textopt_format(struct sv_text_options *t, const char *option,
    const char *arg);

/**
 * sv_textopt_check(t):
 * Do they fit together?  Return 0, or -1 after a message.
 */
int sv_textopt_check(const struct sv_text_options *t);

/**
 * sv_textopt_help():
 * Print these options on stdout, as a part of a tool's help.
 */
void sv_textopt_help(void);

#endif /* !SV_TEXTOPT_H */
