#include <stdint.h>
#include <string.h>

#include "utf8.h"

/* How many bytes follow the first, or -1; ${*code} gets the first's bits. */
static int
lead(unsigned char c, uint32_t *code)
{

	if (c < 0x80) {
		*code = c;
		return (0);
	}
	if (c >= 0xc2 && c < 0xe0) {
		*code = c & 0x1fu;
		return (1);
	}
	if (c >= 0xe0 && c < 0xf0) {
		*code = c & 0x0fu;
		return (2);
	}
	if (c >= 0xf0 && c < 0xf5) {
		*code = c & 0x07u;
		return (3);
	}
	return (-1);
}

/* May the character stand in a text that somebody else shows? */
static int
harmless(uint32_t c)
{

	if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)
		return (0);
	if (c == 0x061c || c == 0x200e || c == 0x200f ||
	    (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
		return (0);
	return ((c & 0xfffe) != 0xfffe);
}

size_t
sv_utf8_next(const char *s, char out[5])
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	uint32_t code;
	size_t n = 1;
	int more;

	if (*s == '\t' || *s == '\n' || *s == '\r') {
		memcpy(out, " ", 2);
		return (1);
	}
	if ((more = lead((unsigned char)*s, &code)) == -1)
		goto bad;
	for (; n <= (size_t)more; n++) {
		if (((unsigned char)s[n] & 0xc0) != 0x80) {
			n = 1;
			goto bad;
		}
		code = code << 6 | ((unsigned char)s[n] & 0x3fu);
	}
	if (code < least[more] || code > 0x10ffff ||
	    (code >= 0xd800 && code < 0xe000)) {
		n = 1;
		goto bad;
	}
	if (!harmless(code))
		goto bad;
	memcpy(out, s, n);
	out[n] = '\0';
	return (n);
bad:
	memcpy(out, "\xef\xbf\xbd", 4);
	return (n);
}

/* The next character of ${*s}, or ? for what moves a cursor or is no text. */
static const char *
shown(const char **s, char c[5])
{
	int blank = **s == '\t' || **s == '\n' || **s == '\r';

	*s += sv_utf8_next(*s, c);
	return (blank || strcmp(c, "\xef\xbf\xbd") == 0 ? "?" : c);
}

void
sv_utf8_print(FILE *f, const char *s, size_t most)
{
	char c[5];

	for (size_t n = 0; *s != '\0' && n < most; n++)
		fputs(shown(&s, c), f);
}

void
sv_utf8_cut(char *out, const char *s, size_t most)
{
	char c[5];
	const char *one;

	for (size_t n = 0; *s != '\0' && n < most; n++) {
		one = shown(&s, c);
		memcpy(out, one, strlen(one));
		out += strlen(one);
	}
	strcpy(out, *s != '\0' ? "..." : "");
}

size_t
sv_utf8_columns(const char *s, size_t bytes)
{
	char c[5];
	size_t n = 0;

	for (size_t at = 0; at < bytes && s[at] != '\0'; n++)
		at += sv_utf8_next(s + at, c);
	return (n);
}
