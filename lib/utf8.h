#ifndef SV_UTF8_H
#define SV_UTF8_H

#include <stddef.h>

/*
 * Text from outside, for files that others read: names of files and strings of
 * frames need not be UTF-8, and may hold what moves a cursor.
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

#endif /* !SV_UTF8_H */
