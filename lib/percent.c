#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "percent.h"

/* The value of a hexadecimal digit, or -1. */
static int
value(char c)
{

	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'A' && c <= 'F')
		return (c - 'A' + 10);
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	return (-1);
}

char *
sv_percent_decode(const char *text, size_t len)
{
	char *out, *p;
	int high, low;

	errno = ENOMEM;
	if (len == SIZE_MAX || (p = out = malloc(len + 1)) == NULL)
		return (NULL);
	for (size_t i = 0; i < len; i++) {
		*p = text[i];
		if (text[i] == '%') {
			high = len - i > 2 ? value(text[i + 1]) : -1;
			low = len - i > 2 ? value(text[i + 2]) : -1;
			if (high == -1 || low == -1)
				goto invalid;
			*p = (char)(high << 4 | low);
			i += 2;
		}
		if (*p++ == '\0')
			goto invalid;
	}
	*p = '\0';
	return (out);

invalid:
	free(out);
	errno = EINVAL;
	return (NULL);
}
