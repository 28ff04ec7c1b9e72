#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "blob.h"
#include "secret.h"

struct sv_blob {
	atomic_uint refs;
	int secret;	/* to be wiped */
	struct sv_frame f;	/* owns the payload */
	uint8_t header[SV_FRAME_HEADER];
};

struct entry {
	struct sv_blob *b;
	struct entry *next;
};

struct sv_outq {
	int fd;
	struct entry *head;
	struct entry **tail;
	uint64_t done;	/* bytes of the head that are written */
};

struct sv_blob *
sv_blob_new(struct sv_frame *f)
{
	struct sv_blob *b;

	if ((b = malloc(sizeof(*b))) == NULL) {
		sv_frame_fini(f);
		return (NULL);
	}
	atomic_init(&b->refs, 1);
	b->secret = 0;
	b->f = *f;
	sv_frame_encode(&b->f, b->header);
	f->payload = NULL;
	f->length = 0;
	return (b);
}

struct sv_blob *
sv_blob_seal(struct sv_frame *f)
{

	sv_frame_seal(f);
	return (sv_blob_new(f));
}

struct sv_blob *
sv_blob_ref(struct sv_blob *b)
{

	atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return (b);
}

void
sv_blob_unref(struct sv_blob *b)
{

	if (b == NULL)
		return;
	if (atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1)
		return;
	if (b->secret)
		sv_secret_wipe(b->f.payload, b->f.length);
	sv_frame_fini(&b->f);
	free(b);
}

void
sv_blob_hide(struct sv_blob *b)
{

	b->secret = 1;
}

const struct sv_frame *
sv_blob_frame(const struct sv_blob *b)
{

	return (&b->f);
}

const uint8_t *
sv_blob_header(const struct sv_blob *b)
{

	return (b->header);
}

uint64_t
sv_blob_size(const struct sv_blob *b)
{

	return (SV_FRAME_HEADER + b->f.length);
}

struct sv_outq *
sv_outq_new(int fd)
{
	struct sv_outq *q;

	if ((q = malloc(sizeof(*q))) == NULL)
		return (NULL);
	q->fd = fd;
	q->head = NULL;
	q->tail = &q->head;
	q->done = 0;
	return (q);
}

int
sv_outq_push(struct sv_outq *q, struct sv_blob *b)
{
	struct entry *e;

	if ((e = malloc(sizeof(*e))) == NULL)
		return (-1);
	e->b = sv_blob_ref(b);
	e->next = NULL;
	*q->tail = e;
	q->tail = &e->next;
	return (0);
}

/* The unwritten part of a blob, as one or two pieces; returns how many. */
static int
pieces(const struct sv_blob *b, uint64_t done, struct iovec iov[2])
{
	int n = 0;

	/* writev() does not write to what it reads; its type cannot say so. */
	if (done < SV_FRAME_HEADER) {
		iov[n].iov_base = (uint8_t *)(uintptr_t)b->header + done;
		iov[n++].iov_len = SV_FRAME_HEADER - done;
		done = SV_FRAME_HEADER;
	}
	if (done < SV_FRAME_HEADER + b->f.length) {
		iov[n].iov_base = b->f.payload + (done - SV_FRAME_HEADER);
		iov[n++].iov_len = SV_FRAME_HEADER + b->f.length - done;
	}
	return (n);
}

static void
drop_head(struct sv_outq *q)
{
	struct entry *e = q->head;

	q->head = e->next;
	if (q->head == NULL)
		q->tail = &q->head;
	q->done = 0;
	sv_blob_unref(e->b);
	free(e);
}

int
sv_outq_flush(struct sv_outq *q)
{
	struct iovec iov[2];
	ssize_t n;

	while (q->head != NULL) {
		n = writev(q->fd, iov, pieces(q->head->b, q->done, iov));
		if (n == -1) {
			if (errno == EINTR)
				continue;
			return (errno == EAGAIN || errno == EWOULDBLOCK ? 1 : -1);
		}
		q->done += (uint64_t)n;
		if (q->done == sv_blob_size(q->head->b))
			drop_head(q);
	}
	return (0);
}

int
sv_outq_pending(const struct sv_outq *q)
{

	return (q->head != NULL);
}

void
sv_outq_free(struct sv_outq *q)
{

	if (q == NULL)
		return;
	while (q->head != NULL)
		drop_head(q);
	free(q);
}
