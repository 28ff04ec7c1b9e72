#include <string.h>

#include "fetch_head.h"

/* Lower case, of ASCII and nothing else. */
static char
lower(char c)
{

	return (c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
}

/* Do the bytes from ${*p} to ${end} begin so, whatever the case?  Go past it. */
static int
skip_word(const char **p, const char *end, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(end - *p) < n)
		return (0);
	for (size_t i = 0; i < n; i++)
		if (lower((*p)[i]) != word[i])
			return (0);
	*p += n;
	return (1);
}

/* A number below 2^63; -1 where there is none. */
static int
number(const char **p, const char *end, uint64_t *x)
{
	const char *begin = *p;

	for (*x = 0; *p < end && **p >= '0' && **p <= '9'; ++*p) {
		if (*x > (INT64_MAX - 9) / 10)
			return (-1);
		*x = 10 * *x + (uint64_t)(**p - '0');
	}
	return (*p > begin ? 0 : -1);
}

/* "bytes 0-99/1000" or "bytes * /1000", without the blank. */
static void
content_range(struct sv_fetch_head *h, const char *p, const char *end)
{
	uint64_t from = 0, last = 0, size;
	int some;

	h->ranged = 0;
	if (!skip_word(&p, end, "bytes") || p == end || *p != ' ')
		return;
	while (p < end && *p == ' ')
		p++;
	some = p < end && *p != '*';
	if (!some && p < end)
		p++;
	if (some && (number(&p, end, &from) == -1 || p == end || *p++ != '-' ||
	    number(&p, end, &last) == -1))
		return;
	if (p == end || *p++ != '/' || number(&p, end, &size) == -1 ||
	    p != end || (some && (last < from || last >= size)))
		return;
	h->ranged = 1;
	h->from = from;
	h->to = some ? last + 1 : from;
	h->size = size;
}

int
sv_fetch_etag_ok(const char *etag, size_t n)
{

	if (n < 2 || n >= SV_FETCH_ETAG || etag[0] != '"' ||
	    etag[n - 1] != '"')
		return (0);
	for (size_t i = 1; i < n - 1; i++)
		if (etag[i] <= ' ' || etag[i] >= 0x7f || etag[i] == '"')
			return (0);
	return (1);
}

void
sv_fetch_head_line(struct sv_fetch_head *h, const char *line, size_t n)
{
	const char *p = line, *end = line + n;
	uint64_t length;

	while (end > p && (end[-1] == '\n' || end[-1] == '\r' ||
	    end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (skip_word(&p, end, "http/")) {
		memset(h, 0, sizeof(*h));
		return;
	}
	n = 0;
	while (p + n < end && p[n] != ':')
		n++;
	if (p + n == end)
		return;
	line = p + n + 1;
	while (line < end && (*line == ' ' || *line == '\t'))
		line++;
	if (n == 13 && skip_word(&p, end, "content-range")) {
		content_range(h, line, end);
	} else if (n == 14 && skip_word(&p, end, "content-length")) {
		h->sized = number(&line, end, &length) == 0 && line == end;
		h->length = h->sized ? length : 0;
	} else if (n == 4 && skip_word(&p, end, "etag")) {
		h->etag[0] = '\0';
		if (!sv_fetch_etag_ok(line, (size_t)(end - line)))
			return;
		memcpy(h->etag, line, (size_t)(end - line));
		h->etag[end - line] = '\0';
	}
}
