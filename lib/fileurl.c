#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fileurl.h"
#include "percent.h"

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

char *
sv_fileurl_path(const char *url)
{
	const char *p = url + sizeof(scheme) - 1;

	if (strncmp(url, scheme, sizeof(scheme) - 1) != 0)
		goto invalid;
	if (strncmp(p, "localhost/", 10) == 0)
		p += 9;
	if (*p != '/')
		goto invalid;
	return (sv_percent_decode(p, strlen(p)));

invalid:
	errno = EINVAL;
	return (NULL);
}
