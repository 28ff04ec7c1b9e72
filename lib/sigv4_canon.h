#ifndef SV_SIGV4_CANON_H
#define SV_SIGV4_CANON_H

#include <stddef.h>

#include "sigv4.h"

/*
 * What signing and verifying share: the canonical request and the signature of
 * it.  For sigv4.c and sigv4_verify.c.
 */

#define SV_SIGV4_HEX 65u	/* room for a sum in hexadecimal digits */
#define SV_SIGV4_DATE 17u	/* room for YYYYMMDDThhmmssZ */
#define SV_SIGV4_METHOD "AWS4-HMAC-SHA256"

/* Text that grows, and is overwritten when it moves or is freed. */
struct sv_sigv4_text {
	char *s;	/* NULL until something is added; then a string */
	size_t len;
	size_t room;
	int failed;	/* memory was out; what is added is dropped */
};

/* Add bytes, or a string; free the text. */
void sv_sigv4_text_add(struct sv_sigv4_text *t, const void *data, size_t len);
void sv_sigv4_text_adds(struct sv_sigv4_text *t, const char *s);
void sv_sigv4_text_fini(struct sv_sigv4_text *t);

/**
 * sv_sigv4_same(a, b):
 * Are these the same header's names?
 */
int sv_sigv4_same(const char *a, const char *b);

/**
 * sv_sigv4_find(r, name):
 * The value of the first header of that name, or NULL.
 */
const char *sv_sigv4_find(const struct sv_sigv4_request *r, const char *name);

/**
 * sv_sigv4_sum(hex, data, len):
 * The SHA-256 of ${len} bytes in lower-case hexadecimal digits.
 */
void sv_sigv4_sum(char hex[SV_SIGV4_HEX], const void *data, size_t len);

/**
 * sv_sigv4_signature(hex, r, names, hash, keys, scope, date):
 * The signature of ${r} made at ${date}, of which ${names}, lower-case names in
 * ascending order with semicolons between them, are signed, and ${hash} is the
 * body's.  Return 0, or -1 if memory is out.
 */
int sv_sigv4_signature(char hex[SV_SIGV4_HEX], const struct sv_sigv4_request *r,
    const char *names, const char *hash, const struct sv_sigv4_keys *keys,
    const struct sv_sigv4_scope *scope, const char date[SV_SIGV4_DATE]);

#endif /* !SV_SIGV4_CANON_H */
