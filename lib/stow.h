#ifndef SV_STOW_H
#define SV_STOW_H

#include <stddef.h>
#include <stdint.h>

#include "problem.h"

/*
 * What an agent and its solver remember, as bytes.  There is one function for
 * both ways, so that what is read is what was written: it names each item in
 * turn, and the stow counts its bytes, writes it, or reads and checks it.
 *
 *	offset	bytes
 *	0	8	"svstate" and the version, 1
 *	8	8	bytes of all of it
 *	16	...	items, each: 8 bytes of name, padded with zeros; u64,
 *			how many numbers or bytes; those, padded with zeros to
 *			a multiple of 8
 *	end-8	8	XXH3-64 of all before
 *
 * Numbers are little-endian.  After the first failure nothing more is written
 * or read, and only sv_stow_end() or sv_stow_fail() tells, so that callers need
 * not look in between unless they use what was read as a length or an index.
 */

enum sv_stow_way { SV_STOW_COUNT, SV_STOW_WRITE, SV_STOW_READ };

struct sv_stow {
	enum sv_stow_way way;
	uint8_t *out;	/* written: len bytes, of which at are done */
	const uint8_t *in;	/* read; likewise */
	size_t len;	/* counting: 0 */
	size_t at;
	int failed;
	char why[SV_WHY];	/* of the failure */
};

/**
 * sv_stow_count(s), sv_stow_write(s, bytes, len):
 * Begin to find out how many bytes there will be, or to write them: those
 * ${len} that sv_stow_end() has returned after the same items were counted.
 */
void sv_stow_count(struct sv_stow *s);
void sv_stow_write(struct sv_stow *s, uint8_t *bytes, size_t len);

/**
 * sv_stow_read(s, bytes, len):
 * Begin to read.  Version, length and checksum are looked at here.
 */
void sv_stow_read(struct sv_stow *s, const uint8_t *bytes, size_t len);

/**
 * sv_stow_end(s):
 * There is no more item.  Return the number of bytes, 0 where something has
 * failed: s->why says what.  Bytes that are left over are a failure.
 */
size_t sv_stow_end(struct sv_stow *s);

/**
 * sv_stow_whole(s, name, value, most):
 * One whole number; a ${*value} above ${most} is not read: it becomes 0.
 */
void sv_stow_whole(struct sv_stow *s, const char *name, uint64_t *value,
    uint64_t most);

/**
 * sv_stow_same(s, name, value):
 * A number that the reader knows; another one is a failure.
 */
void sv_stow_same(struct sv_stow *s, const char *name, uint64_t value);

/**
 * sv_stow_numbers(s, name, x, n):
 * ${n} finite numbers.
 */
void sv_stow_numbers(struct sv_stow *s, const char *name, double *x, size_t n);

/**
 * sv_stow_positive(s, name, x):
 * One number from 0 to infinity, this included.
 */
void sv_stow_positive(struct sv_stow *s, const char *name, double *x);

/**
 * sv_stow_text(s, name, text, n, most):
 * The ${*n} bytes at ${*text}.  Reading: a malloc()ed copy, which is the
 * caller's; NULL for none, for more than ${most}, and for a failure.
 */
void sv_stow_text(struct sv_stow *s, const char *name, char **text,
    uint32_t *n, uint32_t most);

/**
 * sv_stow_fail(s, fmt, ...):
 * Fail for a reason of the caller's, unless something has failed before.
 */
void sv_stow_fail(struct sv_stow *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * sv_stow_reads(s):
 * Is it reading, and has nothing failed so far?
 */
int sv_stow_reads(const struct sv_stow *s);

#endif /* !SV_STOW_H */
