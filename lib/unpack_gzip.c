#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unpack_state.h"

#define GZIP_ONLY (MAX_WBITS + 16)	/* inflateInit2(): no other format */
#define MAXOUT ((size_t)1 << 30)	/* bytes at once: zlib counts by uInt */

int
sv_unpack_gzip_begin(struct sv_unpack_layer *l)
{

	if ((l->gzip = calloc(1, sizeof(*l->gzip))) == NULL)
		return (sv_unpack_layer_fail(l, strerror(ENOMEM)));
	if (inflateInit2(l->gzip, GZIP_ONLY) != Z_OK) {
		free(l->gzip);
		l->gzip = NULL;
		return (sv_unpack_layer_fail(l, strerror(ENOMEM)));
	}
	l->between = 0;
	return (0);
}

/* See that there are bytes to unpack: 1, 0 at their end, -1 with l->why. */
static int
more(struct sv_unpack_layer *l)
{
	ssize_t n;

	if (l->gzip->avail_in > 0)
		return (1);
	n = sv_bytes_read(&l->in, l->piece, SV_UNPACK_PIECE);
	if (n == -1)
		return (sv_unpack_layer_fail(l, sv_bytes_why(&l->in)));
	l->gzip->next_in = (unsigned char *)l->piece;
	l->gzip->avail_in = (uInt)n;
	return (n > 0);
}

/* One step: 1, 0 at the end of all streams, -1 with l->why. */
static int
step(struct sv_unpack_layer *l)
{
	int rc;

	if ((rc = more(l)) == -1)
		return (-1);
	if (rc == 0 && l->between)
		return (0);
	if (rc == 0)
		return (sv_unpack_layer_fail(l, "it ends in the middle"));
	/* Zeros fill a tape's last block; gzip(1) passes over them, too. */
	if (l->between && l->gzip->next_in[0] == 0) {
		l->gzip->next_in++;
		l->gzip->avail_in--;
		return (1);
	}
	if (l->between && l->gzip->next_in[0] != 0x1f)
		return (sv_unpack_layer_fail(l,
		    "there are other bytes behind its end"));
	if (l->between && inflateReset(l->gzip) != Z_OK)
		return (sv_unpack_layer_fail(l, NULL));
	l->between = 0;
	rc = inflate(l->gzip, Z_NO_FLUSH);
	if (rc == Z_STREAM_END)
		l->between = 1;
	else if (rc != Z_OK && rc != Z_BUF_ERROR)
		return (sv_unpack_layer_fail(l, rc == Z_NEED_DICT ?
		    "it needs a dictionary" : l->gzip->msg != NULL ?
		    l->gzip->msg : "no such gzip"));
	return (1);
}

ssize_t
sv_unpack_gzip_read(struct sv_unpack_layer *l, void *buf, size_t len)
{
	uInt room = (uInt)(len < MAXOUT ? len : MAXOUT);
	int rc = 1;

	if (l->over)
		return (0);
	l->gzip->next_out = buf;
	l->gzip->avail_out = room;
	while (rc == 1 && l->gzip->avail_out == room)
		rc = step(l);
	if (rc == -1)
		return (-1);
	l->over = rc == 0;
	return ((ssize_t)(room - l->gzip->avail_out));
}

void
sv_unpack_gzip_end(struct sv_unpack_layer *l)
{

	if (l->gzip != NULL)
		inflateEnd(l->gzip);
	free(l->gzip);
	l->gzip = NULL;
}
