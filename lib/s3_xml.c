#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3.h"

/* The ${len} bytes of ${what} in the bytes from ${p} to ${end}, or NULL. */
static const char *
find(const char *p, const char *end, const char *what, size_t len)
{

	for (; (size_t)(end - p) >= len; p++) {
		if ((p = memchr(p, what[0], (size_t)(end - p) - len + 1)) ==
		    NULL)
			return (NULL);
		if (memcmp(p, what, len) == 0)
			return (p);
	}
	return (NULL);
}

/* The character that the entity of ${len} bytes means; -1: none is known. */
static int
entity(const char *s, size_t len)
{
	static const struct {
		const char *name;
		char c;
	} known[] = {
		{ "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' },
		{ "apos", '\'' }
	};
	char digits[8];
	int hex;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].name) == len &&
		    memcmp(known[i].name, s, len) == 0)
			return (known[i].c);
	if (len < 2 || len > sizeof(digits) || s[0] != '#')
		return (-1);
	hex = s[1] == 'x';
	memcpy(digits, s + 1 + hex, len - 1 - (size_t)hex);
	digits[len - 1 - (size_t)hex] = '\0';
	if (digits[0] == '\0' || digits[strspn(digits, hex ?
	    "0123456789abcdefABCDEF" : "0123456789")] != '\0')
		return (-1);
	return (strtol(digits, NULL, hex ? 16 : 10) < 0x7f ?
	    (int)strtol(digits, NULL, hex ? 16 : 10) : ' ');
}

/* The text from ${p} to ${end} into ${to}; -1 where there is no room. */
static int
copy_text(const char *p, const char *end, char *to, size_t room)
{
	const char *semicolon;
	size_t n = 0;
	int c;

	while (p < end) {
		c = (unsigned char)*p++;
		if (c == '&' && (semicolon = memchr(p, ';',
		    (size_t)(end - p))) != NULL &&
		    (c = entity(p, (size_t)(semicolon - p))) != -1)
			p = semicolon + 1;
		else if (c == -1)
			c = '&';
		if (n + 1 >= room)
			return (-1);
		to[n++] = c < ' ' || c > '~' ? ' ' : (char)c;
	}
	to[n] = '\0';
	return (0);
}

int
sv_s3_element(const char *body, size_t len, const char *name, char *to,
    size_t room)
{
	const char *end = body + len, *p = body, *close;
	char tag[SV_S3_CODE + 2];
	int n = snprintf(tag, sizeof(tag), "<%s>", name);

	if (room > 0)
		to[0] = '\0';
	if (room == 0 || len == 0 || n < 0 || (size_t)n >= sizeof(tag) ||
	    (p = find(body, end, tag, (size_t)n)) == NULL)
		return (-1);
	p += n;
	if ((close = memchr(p, '<', (size_t)(end - p))) == NULL ||
	    (size_t)(end - close) < (size_t)n + 1 || close[1] != '/' ||
	    memcmp(close + 2, name, (size_t)n - 2) != 0 ||
	    close[n] != '>')
		return (-1);
	if (copy_text(p, close, to, room) == 0)
		return (0);
	to[0] = '\0';
	return (-1);
}

int
sv_s3_error(struct sv_s3_error *e, const char *body, size_t len)
{

	memset(e, 0, sizeof(*e));
	if (len == 0 || find(body, body + len, "<Error", 6) == NULL ||
	    sv_s3_element(body, len, "Code", e->code, sizeof(e->code)) == -1)
		return (-1);
	sv_s3_element(body, len, "Message", e->message, sizeof(e->message));
	sv_s3_element(body, len, "Region", e->region, sizeof(e->region));
	return (0);
}
