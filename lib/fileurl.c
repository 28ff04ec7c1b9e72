#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fileurl.h"

static const char scheme[] = "file://";
static const char hex[] = "0123456789ABCDEF";
/* What a path may hold as it is; of the rest, every byte is encoded. */
static const char plain[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";

char *
sv_fileurl_make(const char *path)
{
	size_t n = strlen(path);
	char *url, *q;

	if (path[0] != '/') {
		errno = EINVAL;
		return (NULL);
	}
	if ((url = malloc(sizeof(scheme) + 3 * n)) == NULL)
		return (NULL);
	memcpy(url, scheme, sizeof(scheme) - 1);
	q = url + sizeof(scheme) - 1;
	for (const char *p = path; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (strchr(plain, *p) != NULL) {
			*q++ = *p;
			continue;
		}
		*q++ = '%';
		*q++ = hex[c >> 4];
		*q++ = hex[c & 15];
	}
	*q = '\0';
	return (url);
}

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
sv_fileurl_path(const char *url)
{
	const char *p = url + sizeof(scheme) - 1;
	char *path, *q;
	int hi, lo;

	if (strncmp(url, scheme, sizeof(scheme) - 1) != 0)
		goto invalid;
	if (strncmp(p, "localhost/", 10) == 0)
		p += 9;
	if (*p != '/')
		goto invalid;
	if ((path = q = malloc(strlen(p) + 1)) == NULL)
		return (NULL);
	for (; *p != '\0'; p++) {
		if (*p != '%') {
			*q++ = *p;
			continue;
		}
		hi = value(p[1]);
		lo = hi == -1 ? -1 : value(p[2]);
		/* No path holds a NUL. */
		if (lo == -1 || (hi == 0 && lo == 0)) {
			free(path);
			goto invalid;
		}
		*q++ = (char)(hi << 4 | lo);
		p += 2;
	}
	*q = '\0';
	return (path);

invalid:
	errno = EINVAL;
	return (NULL);
}
