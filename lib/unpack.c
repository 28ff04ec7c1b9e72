#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "unpack.h"

#define HEAD 4096u	/* first bytes, which tell what it is */

struct sv_unpack {
	int fd;
	const char *name;
	struct sv_bytes raw;	/* of the descriptor */
	uint64_t done;
	size_t begun, given;	/* bytes in head, and those given of them */
	int texts;	/* begun so far */
	char head[HEAD];
};

/* The bytes of the file, first those read already. */
static ssize_t
read_plain(void *ctx, void *buf, size_t len)
{
	struct sv_unpack *u = ctx;
	size_t left = u->begun - u->given;
	ssize_t n;

	if (left > 0) {
		if (len > left)
			len = left;
		memcpy(buf, u->head + u->given, len);
		u->given += len;
		return ((ssize_t)len);
	}
	if ((n = sv_bytes_read(&u->raw, buf, len)) > 0)
		u->done += (uint64_t)n;
	return (n);
}

struct sv_unpack *
sv_unpack_new(int fd, const char *name, const void *begin, size_t len)
{
	struct sv_unpack *u;

	if ((u = calloc(1, sizeof(*u))) == NULL) {
		sv_warn("%s", name);
		return (NULL);
	}
	u->fd = fd;
	u->name = name;
	sv_bytes_fd(&u->raw, &u->fd);
	u->begun = len < HEAD ? len : HEAD;
	if (len > 0)
		memcpy(u->head, begin, u->begun);
	u->done = u->begun;
	return (u);
}

int
sv_unpack_next(struct sv_unpack *u, struct sv_bytes *in)
{

	if (u->texts++ > 0)
		return (0);
	in->read = read_plain;
	in->why = NULL;
	in->ctx = u;
	return (1);
}

const char *
sv_unpack_name(const struct sv_unpack *u)
{

	return (u->name);
}

uint64_t
sv_unpack_done(const struct sv_unpack *u)
{

	return (u->done);
}

void
sv_unpack_free(struct sv_unpack *u)
{

	free(u);
}
