#include "config.h"

#include <stdlib.h>

#include "lambda.h"

static int
hex(char c)
{

	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (c - 'A' + 10);
	return (-1);
}

char *
http_decode(const char *text, size_t len)
{
	char *out, *p;
	int high, low;

	if (len == SIZE_MAX || (out = malloc(len + 1)) == NULL)
		return (NULL);
	p = out;
	for (size_t i = 0; i < len; i++) {
		*p = text[i];
		if (text[i] == '%') {
			high = len - i > 2 ? hex(text[i + 1]) : -1;
			low = len - i > 2 ? hex(text[i + 2]) : -1;
			if (high == -1 || low == -1)
				goto bad;
			*p = (char)(high << 4 | low);
			i += 2;
		}
		if (*p++ == '\0')
			goto bad;
	}
	*p = '\0';
	return (out);

bad:
	free(out);
	return (NULL);
}
