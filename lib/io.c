#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "err.h"
#include "io.h"
#include "json.h"

/* First allocation for a payload; doubled as bytes arrive. */
#define CHUNK ((uint64_t)1 << 20)

struct sv_reader {
	struct sv_bytes in;
	int fd;			/* of in, where it is one */
	const char *name;
	int quiet;
	int grows;
	uint64_t offset;	/* of the frame being read */
	uint8_t header[SV_FRAME_HEADER];
	uint64_t got;		/* bytes of header and payload so far */
	struct sv_frame f;	/* valid once the header is complete */
	uint64_t room;		/* bytes allocated for the payload */
	char why[160];
};

struct sv_reader *
sv_reader_new(int fd, const char *name)
{
	struct sv_reader *r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (NULL);
	r->fd = fd;
	sv_bytes_fd(&r->in, &r->fd);
	r->name = name;
	return (r);
}

struct sv_reader *
sv_reader_of(const struct sv_bytes *in, const char *name)
{
	struct sv_reader *r;

	if ((r = sv_reader_new(-1, name)) != NULL)
		r->in = *in;
	return (r);
}

void
sv_reader_feed(struct sv_reader *r, const void *data, size_t len)
{

	if (len >= SV_FRAME_HEADER)
		len = SV_FRAME_HEADER - 1;
	memcpy(r->header, data, len);
	r->got = len;
}

static enum sv_io
fail(struct sv_reader *r, const char *what)
{

	snprintf(r->why, sizeof(r->why), "frame at byte %" PRIu64 ": %s",
	    r->offset, what);
	if (!r->quiet)
		sv_warnx("%s: %s", r->name, r->why);
	return (SV_IO_ERROR);
}

/* Read once; SV_IO_FRAME means some bytes came. */
static enum sv_io
fill(struct sv_reader *r, uint8_t *p, uint64_t len)
{
	size_t want = len < CHUNK ? (size_t)len : (size_t)CHUNK;
	ssize_t n;

	if ((n = sv_bytes_read(&r->in, p, want)) == -1) {
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return (SV_IO_AGAIN);
		return (fail(r, sv_bytes_why(&r->in)));
	}
	if (n == 0) {
		if (r->got == 0)
			return (SV_IO_EOF);
		if (r->grows)
			return (SV_IO_AGAIN);
		return (fail(r, "the stream ends in the middle of it"));
	}
	r->got += (uint64_t)n;
	return (SV_IO_FRAME);
}

/* Make room for more of the payload, at most doubling what has arrived. */
static int
grow(struct sv_reader *r, uint64_t have)
{
	uint64_t room = r->room == 0 ? CHUNK : r->room * 2;
	uint8_t *p;

	if (have < r->room)
		return (0);
	if (room > r->f.length)
		room = r->f.length;
	if ((p = realloc(r->f.payload, room)) == NULL) {
		fail(r, strerror(errno));
		return (-1);
	}
	r->f.payload = p;
	r->room = room;
	return (0);
}

enum sv_io
sv_reader_next(struct sv_reader *r, struct sv_frame *f)
{
	const char *why;
	enum sv_io rc;
	uint64_t have;

	while (r->got < SV_FRAME_HEADER) {
		rc = fill(r, r->header + r->got, SV_FRAME_HEADER - r->got);
		if (rc != SV_IO_FRAME)
			return (rc);
		/* Who gives us text need not wait for 80 bytes of it. */
		if (r->offset == 0 && !sv_frame_begins(r->header, r->got))
			return (fail(r, "not a frame (magic number is wrong); "
			    "text is cut up with sv-shard"));
		if (r->got == SV_FRAME_HEADER &&
		    (why = sv_frame_decode(&r->f, r->header)) != NULL)
			return (fail(r, why));
	}
	while ((have = r->got - SV_FRAME_HEADER) < r->f.length) {
		if (grow(r, have) == -1)
			return (SV_IO_ERROR);
		rc = fill(r, r->f.payload + have, r->room - have);
		if (rc != SV_IO_FRAME)
			return (rc);
	}
	if ((why = sv_frame_check(&r->f)) != NULL)
		return (fail(r, why));
	*f = r->f;
	r->offset += r->got;
	r->got = r->room = 0;
	r->f.payload = NULL;
	return (SV_IO_FRAME);
}

uint64_t
sv_reader_offset(const struct sv_reader *r)
{

	return (r->offset);
}

void
sv_reader_quiet(struct sv_reader *r)
{

	r->quiet = 1;
}

void
sv_reader_grows(struct sv_reader *r, int grows)
{

	r->grows = grows;
}

const char *
sv_reader_why(const struct sv_reader *r)
{

	return (r->why);
}

void
sv_reader_free(struct sv_reader *r)
{

	if (r == NULL)
		return;
	r->f.length = r->room;
	sv_frame_fini(&r->f);
	free(r);
}

static int
wait_writable(int fd)
{
	struct pollfd p = { fd, POLLOUT, 0 };

	return (poll(&p, 1, -1) == -1 && errno != EINTR ? -1 : 0);
}

int
sv_frame_write(int fd, const struct sv_frame *f)
{
	uint8_t header[SV_FRAME_HEADER];
	struct iovec iov[2];
	uint64_t done = 0, total = SV_FRAME_HEADER + f->length;
	ssize_t n;

	sv_frame_encode(f, header);
	while (done < total) {
		int i = done < SV_FRAME_HEADER ? 0 : 1;

		iov[0].iov_base = header + (i == 0 ? done : 0);
		iov[0].iov_len = i == 0 ? SV_FRAME_HEADER - done : 0;
		iov[1].iov_base = f->payload;
		iov[1].iov_len = f->length;
		if (i == 1) {
			iov[1].iov_base = f->payload + (done - SV_FRAME_HEADER);
			iov[1].iov_len = total - done;
		}
		n = writev(fd, iov + i, f->length > 0 ? 2 - i : 1);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			/* Somebody else set O_NONBLOCK on what we share. */
			if (wait_writable(fd) == -1)
				return (-1);
			continue;
		}
		if (n == -1)
			return (-1);
		done += (uint64_t)n;
	}
	return (0);
}

int
sv_frame_send(int fd, struct sv_frame *f)
{
	int rc;

	sv_frame_seal(f);
	rc = sv_frame_write(fd, f);
	sv_frame_fini(f);
	return (rc);
}

int
sv_frame_end(int fd, int status, const char *reason)
{
	struct sv_frame f;
	json_t *o;

	o = json_pack("{s:i, s:s, s:s}", "status", status, "reason", reason,
	    "tool", sv_err_name());
	if (sv_json_frame(&f, SV_END, o) == -1)
		return (-1);
	return (sv_frame_send(fd, &f));
}
