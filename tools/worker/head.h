#ifndef HEAD_H
#define HEAD_H

#include <stddef.h>
#include <stdint.h>

/*
 * What the headers of an answer of the Runtime API say.  What is missing, too
 * long, or made of characters that it should not have is empty, or 0.
 */

#define HEAD_ID 128u
#define HEAD_TRACE 1024u

struct head {
	char id[HEAD_ID + 1];	/* of the request; letters, digits, - and _ */
	char extension[HEAD_ID + 1];	/* of the extension; likewise */
	char trace[HEAD_TRACE + 1];	/* for X-Ray; what can be printed */
	int64_t deadline_ms;	/* of the request, since 1970 */
};

/**
 * head_line(h, line, n):
 * Take in one line, ${n} bytes with its end; the last of the same name counts.
 * Names are known in upper and lower case.
 */
void head_line(struct head *h, const char *line, size_t n);

/**
 * head_word(s, len, more):
 * Are the ${len} bytes at ${s}, of which there must be one, letters, digits and
 * characters of ${more} only?
 */
int head_word(const char *s, size_t len, const char *more);

#endif /* !HEAD_H */
