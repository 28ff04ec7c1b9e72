#include "config.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"

/* What is written at a time. */
#ifdef PIPE_BUF
#define PIECE ((size_t)PIPE_BUF)
#else
#define PIECE ((size_t)_POSIX_PIPE_BUF)
#endif

struct waiting {
	struct sv_blob *b;
	struct waiting *next;
};

struct output {
	int fd;
	int is_socket;
	struct waiting *head;
	struct waiting **tail;
	uint64_t done;	/* bytes of the head that are written */
	uint64_t bytes;	/* of all that wait, the head's whole */
};

struct output *
output_new(int fd)
{
	struct output *o;
	struct stat st;

	if (fstat(fd, &st) == -1 || (o = calloc(1, sizeof(*o))) == NULL)
		return (NULL);
	o->fd = fd;
	o->is_socket = S_ISSOCK(st.st_mode);
	o->tail = &o->head;
	return (o);
}

static void
drop_head(struct output *o)
{
	struct waiting *w = o->head;

	o->bytes -= sv_blob_size(w->b);
	o->done = 0;
	if ((o->head = w->next) == NULL)
		o->tail = &o->head;
	sv_blob_unref(w->b);
	free(w);
}

void
output_free(struct output *o)
{

	if (o == NULL)
		return;
	while (o->head != NULL)
		drop_head(o);
	free(o);
}

int
output_push(struct output *o, struct sv_blob *b)
{
	struct waiting *w;

	if (o->bytes > OUTPUT_MAX) {
		errno = ENOBUFS;
		return (-1);
	}
	if ((w = malloc(sizeof(*w))) == NULL)
		return (-1);
	w->b = sv_blob_ref(b);
	w->next = NULL;
	*o->tail = w;
	o->tail = &w->next;
	o->bytes += sv_blob_size(b);
	return (0);
}

/* The next bytes to write. */
static const uint8_t *
piece(const struct output *o, size_t *len)
{
	const struct sv_frame *f = sv_blob_frame(o->head->b);
	const uint8_t *p = sv_blob_header(o->head->b) + o->done;
	uint64_t left = SV_FRAME_HEADER - o->done;

	if (o->done >= SV_FRAME_HEADER) {
		p = f->payload + (o->done - SV_FRAME_HEADER);
		left = SV_FRAME_HEADER + f->length - o->done;
	}
	*len = left < PIECE ? (size_t)left : PIECE;
	return (p);
}

/* May some bytes be written at once? */
static int
is_ready(int fd)
{
	struct pollfd p = { fd, POLLOUT, 0 };

	return (poll(&p, 1, 0) == 1);
}

int
output_flush(struct output *o)
{
	const uint8_t *p;
	ssize_t n;
	size_t len;

	while (o->head != NULL && is_ready(o->fd)) {
		p = piece(o, &len);
		n = o->is_socket ? send(o->fd, p, len, MSG_DONTWAIT |
		    MSG_NOSIGNAL) : write(o->fd, p, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (errno == EAGAIN || errno == EWOULDBLOCK ? 0 :
			    -1);
		o->done += (uint64_t)n;
		if (o->done == sv_blob_size(o->head->b))
			drop_head(o);
	}
	return (0);
}

int
output_pending(const struct output *o)
{

	return (o->head != NULL);
}
