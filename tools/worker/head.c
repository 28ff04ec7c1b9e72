#include "config.h"

#include <string.h>
#include <strings.h>

#include "head.h"

int
head_word(const char *s, size_t len, const char *more)
{

	for (size_t i = 0; i < len; i++) {
		int c = (unsigned char)s[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') ||
		    (c != '\0' && strchr(more, c) != NULL)))
			return (0);
	}
	return (len > 0);
}

static int
printable(const char *s, size_t len)
{

	for (size_t i = 0; i < len; i++)
		if (s[i] < ' ' || s[i] > '~')
			return (0);
	return (len > 0);
}

/* Keep ${len} bytes of ${value} in ${to}, which has room for ${max} and a 0. */
static void
keep(char *to, size_t max, const char *value, size_t len, int good)
{

	if (!good || len > max)
		len = 0;
	memcpy(to, value, len);
	to[len] = '\0';
}

/* Milliseconds since 1970, or 0 for what cannot be a time. */
static int64_t
milliseconds(const char *s, size_t len)
{
	int64_t ms = 0;

	if (len == 0 || len > 15)
		return (0);
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return (0);
		ms = ms * 10 + (s[i] - '0');
	}
	return (ms);
}

void
head_line(struct head *h, const char *line, size_t n)
{
	const char *v = memchr(line, ':', n);
	size_t name, len;

	if (v == NULL)
		return;
	name = (size_t)(v - line);
	for (v++; v < line + n && (*v == ' ' || *v == '\t'); v++)
		continue;
	len = (size_t)(line + n - v);
	while (len > 0 && memchr(" \t\r\n", v[len - 1], 4) != NULL)
		len--;
#define IS(s) (name == sizeof(s) - 1 && strncasecmp(line, s, name) == 0)
	if (IS("Lambda-Runtime-Aws-Request-Id"))
		keep(h->id, HEAD_ID, v, len, head_word(v, len, "-_"));
	else if (IS("Lambda-Runtime-Deadline-Ms"))
		h->deadline_ms = milliseconds(v, len);
	else if (IS("Lambda-Runtime-Trace-Id"))
		keep(h->trace, HEAD_TRACE, v, len, printable(v, len));
	else if (IS("Lambda-Extension-Identifier"))
		keep(h->extension, HEAD_ID, v, len, head_word(v, len, "-_"));
#undef IS
}
