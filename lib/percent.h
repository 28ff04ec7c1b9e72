#ifndef SV_PERCENT_H
#define SV_PERCENT_H

#include <stddef.h>

/*
 * Percent-encoding (RFC 3986, section 2.1).
 */

/**
 * sv_percent_decode(text, len):
 * Decode ${len} bytes of ${text} into a string for the caller to free.  Return
 * NULL with errno set: EINVAL where a % begins no byte, or a byte is zero.
 */
char *sv_percent_decode(const char *text, size_t len);

#endif /* !SV_PERCENT_H */
