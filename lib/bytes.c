#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"

static ssize_t
read_fd(void *ctx, void *buf, size_t len)
{
	const int *fd = ctx;

	return (read(*fd, buf, len));
}

void
sv_bytes_fd(struct sv_bytes *b, const int *fd)
{

	b->read = read_fd;
	b->why = NULL;
	/* Only read_fd() sees it, which does not write there. */
	b->ctx = (void *)(uintptr_t)fd;
}

ssize_t
sv_bytes_read(struct sv_bytes *b, void *buf, size_t len)
{
	ssize_t n;

	do {
		n = b->read(b->ctx, buf, len);
	} while (n == -1 && errno == EINTR);
	return (n);
}

ssize_t
sv_bytes_fill(struct sv_bytes *b, void *buf, size_t len)
{
	char *p = buf;
	size_t have = 0;
	ssize_t n;

	while (have < len) {
		if ((n = sv_bytes_read(b, p + have, len - have)) == -1)
			return (-1);
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return ((ssize_t)have);
}

const char *
sv_bytes_why(const struct sv_bytes *b)
{

	return (b->why != NULL ? b->why(b->ctx) : strerror(errno));
}
