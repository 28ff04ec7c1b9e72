#ifndef SV_LINES_H
#define SV_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

/*
 * A text cut into sections of whole lines: wherever it is to be cut, the cut is
 * before the first line that begins there or behind, so that a line belongs to
 * the section in which its first byte lies.  A line ends with a newline, or with
 * the text.
 *
 * For the lines that begin in [from, to) with from > 0: read from byte from - 1
 * on, which may be the newline that ends the line before, pass over the section
 * up to ${from}, and take the one up to ${to}.
 */

struct sv_lines {
	struct sv_bytes in;
	uint64_t at;	/* byte of the text that comes next */
	uint64_t to;	/* where this section is to end */
	int fresh;	/* a line begins there */
	int done;	/* it has ended */
	size_t used;	/* bytes of text that have been given on */
	size_t have;	/* bytes in text */
	char text[1 << 16];
};

/**
 * sv_lines_init(l, in, at):
 * Begin with byte ${at} of the text, which is the first that ${in}, copied,
 * gives.  There is no section yet.
 */
void sv_lines_init(struct sv_lines *l, const struct sv_bytes *in, uint64_t at);

/**
 * sv_lines_to(l, to):
 * The section before is at its end: begin one up to the first line that begins
 * at byte ${to} or behind.  It is empty where that line is the next one.
 */
void sv_lines_to(struct sv_lines *l, uint64_t to);

/**
 * sv_lines_read(l, buf, len):
 * As sv_bytes_read(), of this section.
 */
ssize_t sv_lines_read(struct sv_lines *l, void *buf, size_t len);

/**
 * sv_lines_skip(l):
 * Read the section to its end.  Return 0, or -1 as sv_bytes_read().
 */
int sv_lines_skip(struct sv_lines *l);

/**
 * sv_lines_bytes(l, out):
 * Make ${out} the bytes of the sections, each with its end.
 */
void sv_lines_bytes(struct sv_lines *l, struct sv_bytes *out);

#endif /* !SV_LINES_H */
