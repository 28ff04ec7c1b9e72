#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "stow.h"

#define HEAD 16u	/* bytes before the first item, */
#define ITEM 16u	/* ... before an item's contents, */
#define TAIL 8u	/* ... after the last one */
#define NAME 8u

static const uint8_t magic[8] = { 's', 'v', 's', 't', 'a', 't', 'e', 1 };

void
sv_stow_fail(struct sv_stow *s, const char *fmt, ...)
{
	va_list ap;

	if (s->failed)
		return;
	s->failed = 1;
	va_start(ap, fmt);
	vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
}

void
sv_stow_count(struct sv_stow *s)
{

	memset(s, 0, sizeof(*s));
	s->way = SV_STOW_COUNT;
	s->at = HEAD;
}

void
sv_stow_write(struct sv_stow *s, uint8_t *bytes, size_t len)
{
	uint64_t n = len;

	memset(s, 0, sizeof(*s));
	s->way = SV_STOW_WRITE;
	s->out = bytes;
	s->len = len;
	s->at = HEAD;
	memcpy(bytes, magic, sizeof(magic));
	memcpy(bytes + sizeof(magic), &n, sizeof(n));
}

void
sv_stow_read(struct sv_stow *s, const uint8_t *bytes, size_t len)
{
	uint64_t n, sum;

	memset(s, 0, sizeof(*s));
	s->way = SV_STOW_READ;
	s->in = bytes;
	s->len = len;
	s->at = HEAD;
	if (len < HEAD + TAIL || len % 8 != 0 ||
	    memcmp(bytes, magic, sizeof(magic) - 1) != 0) {
		sv_stow_fail(s, "not a saved state");
		return;
	}
	if (bytes[7] != magic[7]) {
		sv_stow_fail(s, "of version %d, known here is %d", bytes[7],
		    magic[7]);
		return;
	}
	memcpy(&n, bytes + sizeof(magic), sizeof(n));
	memcpy(&sum, bytes + len - TAIL, sizeof(sum));
	if (n != len || sum != sv_frame_sum(bytes, len - TAIL))
		sv_stow_fail(s, "damaged");
}

int
sv_stow_reads(const struct sv_stow *s)
{

	return (s->way == SV_STOW_READ && !s->failed);
}

size_t
sv_stow_end(struct sv_stow *s)
{
	uint64_t sum;

	if (s->way != SV_STOW_COUNT && !s->failed && s->at != s->len - TAIL)
		sv_stow_fail(s, "it has more than it should");
	if (s->failed)
		return (0);
	if (s->way == SV_STOW_WRITE) {
		sum = sv_frame_sum(s->out, s->at);
		memcpy(s->out + s->at, &sum, sizeof(sum));
	}
	return (s->at + TAIL);
}

/* ${n} bytes in whole numbers. */
static size_t
padded(size_t n)
{

	return ((n + 7) / 8 * 8);
}

/*
 * The head of the item ${name}, of ${*n} numbers or bytes of ${size} bytes each;
 * reading: there are no more than ${most}.  Return 0, or -1 where that has
 * failed; room for the contents is certain.
 */
static int
head(struct sv_stow *s, const char *name, uint64_t *n, uint64_t most,
    size_t size)
{
	uint8_t tag[NAME] = { 0 };
	size_t left = s->len - TAIL - s->at;

	if (s->failed)
		return (-1);
	memcpy(tag, name, strlen(name) < NAME ? strlen(name) : NAME);
	if (s->way == SV_STOW_COUNT) {
		s->at += ITEM;
		return (0);
	}
	if (left < ITEM || (s->way == SV_STOW_READ &&
	    memcmp(s->in + s->at, tag, NAME) != 0)) {
		sv_stow_fail(s, "there is no \"%s\" where one should be", name);
		return (-1);
	}
	left -= ITEM;
	if (s->way == SV_STOW_WRITE) {
		memcpy(s->out + s->at, tag, NAME);
		memcpy(s->out + s->at + NAME, n, sizeof(*n));
	} else {
		memcpy(n, s->in + s->at + NAME, sizeof(*n));
	}
	/* What is left is whole numbers: padding fits where contents do. */
	if (*n > most || *n > left / size) {
		sv_stow_fail(s, "\"%s\" is of the wrong length", name);
		return (-1);
	}
	s->at += ITEM;
	return (0);
}

/* The contents: ${n} bytes at ${p}. */
static void
body(struct sv_stow *s, void *p, size_t n)
{

	if (n > 0 && s->way == SV_STOW_WRITE) {
		memcpy(s->out + s->at, p, n);
		memset(s->out + s->at + n, 0, padded(n) - n);
	} else if (n > 0 && s->way == SV_STOW_READ) {
		memcpy(p, s->in + s->at, n);
	}
	s->at += padded(n);
}

/* ${n} numbers of 8 bytes.  Return 0, or -1 where that has failed. */
static int
eights(struct sv_stow *s, const char *name, void *p, size_t n)
{
	uint64_t count = n;

	if (head(s, name, &count, n, sizeof(uint64_t)) == -1)
		return (-1);
	if (count != n) {
		sv_stow_fail(s, "\"%s\" is of the wrong length", name);
		return (-1);
	}
	body(s, p, n * sizeof(uint64_t));
	return (0);
}

void
sv_stow_whole(struct sv_stow *s, const char *name, uint64_t *value,
    uint64_t most)
{

	if (eights(s, name, value, 1) == 0 && *value > most)
		sv_stow_fail(s, "\"%s\" is out of range", name);
	if (s->failed && s->way == SV_STOW_READ)
		*value = 0;
}

void
sv_stow_same(struct sv_stow *s, const char *name, uint64_t value)
{
	uint64_t was = value;

	if (eights(s, name, &was, 1) == 0 && was != value)
		sv_stow_fail(s, "its \"%s\" is %" PRIu64 ", and %" PRIu64
		    " here", name, was, value);
}

void
sv_stow_numbers(struct sv_stow *s, const char *name, double *x, size_t n)
{

	if (eights(s, name, x, n) == -1 || s->way != SV_STOW_READ)
		return;
	for (size_t j = 0; j < n; j++)
		if (!isfinite(x[j]))
			sv_stow_fail(s, "number %zu of \"%s\" is not finite",
			    j, name);
}

void
sv_stow_positive(struct sv_stow *s, const char *name, double *x)
{

	if (eights(s, name, x, 1) == 0 && !(*x >= 0.0))
		sv_stow_fail(s, "\"%s\" is out of range", name);
}

void
sv_stow_text(struct sv_stow *s, const char *name, char **text, uint32_t *n,
    uint32_t most)
{
	uint64_t count = *n;

	if (s->way == SV_STOW_READ) {
		*text = NULL;
		*n = 0;
	}
	if (head(s, name, &count, most, 1) == -1)
		return;
	if (s->way == SV_STOW_READ && count > 0) {
		if ((*text = malloc((size_t)count)) == NULL) {
			sv_stow_fail(s, "out of memory");
			return;
		}
		*n = (uint32_t)count;
	}
	body(s, *text, (size_t)count);
}
