#ifndef SV_UTF8_H
#define SV_UTF8_H

#include <stddef.h>
#include <stdio.h>

/*
 * Text from outside, for files that others read, and for terminals: names of
 * files and strings of frames need not be UTF-8, and may hold what moves a
 * cursor.
 */

/**
 * sv_utf8_next(s, out):
 * Copy the first character of ${s}, which must not be empty, into ${out} as a
 * string, and return how many bytes of ${s} it is.  Tabs and line ends become
 * blanks.  What is not UTF-8 (RFC 3629: too long, a surrogate, beyond U+10FFFF;
 * then byte by byte), what XML 1.0 does not allow, other control characters and
 * those that turn the direction of writing become U+FFFD.
 */
size_t sv_utf8_next(const char *s, char out[5]);

/**
 * sv_utf8_print(f, s, most):
 * Print ${s}, of at most ${most} characters, so that a terminal shows it and
 * does not obey it: as sv_utf8_next() has it, but ? for what is no text, and
 * for tabs and line ends.
 */
void sv_utf8_print(FILE *f, const char *s, size_t most);

/**
 * sv_utf8_cut(out, s, most):
 * The same into ${out}, with room for 4 ${most} + 4 bytes: "..." behind it says
 * that ${s} goes on.
 */
void sv_utf8_cut(char *out, const char *s, size_t most);

/**
 * sv_utf8_columns(s, bytes):
 * How many characters that are of ${s}, or of its first ${bytes}.
 */
size_t sv_utf8_columns(const char *s, size_t bytes);

#endif /* !SV_UTF8_H */
