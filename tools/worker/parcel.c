#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <zmq.h>

#include "parcel.h"
#include "state.h"

#define FLYING 2u	/* parts with ZeroMQ at a time */

int
parcel_pack(struct parcel *p, const struct sv_frame *head, uint64_t d,
    uint8_t *bytes, size_t len)
{

	parcel_drop(p);
	p->size = sv_state_part_size(d);
	if ((p->parts = sv_state_parts(len, p->size)) == 0) {
		free(bytes);
		return (-1);
	}
	p->head = *head;
	p->bytes = bytes;
	p->len = len;
	parcel_rewind(p);
	return (0);
}

void
parcel_drop(struct parcel *p)
{

	free(p->bytes);
	p->bytes = NULL;
}

void
parcel_hold(struct parcel *p)
{

	p->held = 1;
}

void
parcel_rewind(struct parcel *p)
{

	p->next = 0;
	p->held = 0;
}

int
parcel_kept(const struct parcel *p, uint32_t seq)
{

	return (p->bytes != NULL && p->head.seq == seq);
}

int
parcel_pending(const struct parcel *p)
{

	return (p->bytes != NULL && !p->held);
}

/* Called by ZeroMQ, from its thread, when a part is sent. */
static void
release(void *data, void *hint)
{
	atomic_uint *flying = hint;

	/* What the other thread wrote before it counted is done by now. */
	atomic_fetch_sub(flying, 1);
	free(data);
}

/* Hand the sealed part ${f} over: 1, 0 if it has to wait, -1 with errno set. */
static int
hand_over(struct parcel *p, struct sv_frame *f, void *socket)
{
	uint8_t header[SV_FRAME_HEADER];
	zmq_msg_t payload;

	sv_frame_encode(f, header);
	if (zmq_msg_init_data(&payload, f->payload, f->length, release,
	    &p->flying) == -1) {
		sv_frame_fini(f);
		return (-1);
	}
	/* From here on release() frees the payload. */
	atomic_fetch_add(&p->flying, 1);
	/* Once the first part is taken, the second one never has to wait. */
	if (zmq_send(socket, header, sizeof(header), ZMQ_SNDMORE |
	    ZMQ_DONTWAIT) == -1 ||
	    zmq_msg_send(&payload, socket, ZMQ_DONTWAIT) == -1) {
		zmq_msg_close(&payload);
		return (0);
	}
	return (1);
}

int
parcel_send(struct parcel *p, void *socket)
{
	struct sv_frame f;
	int rc;

	while (parcel_pending(p) && p->next < p->parts &&
	    atomic_load(&p->flying) < FLYING) {
		if (sv_state_cut(&f, p->bytes, p->len, p->size, p->next) == -1)
			return (-1);
		f.job = p->head.job;
		f.shard = p->head.shard;
		f.generation = p->head.generation;
		f.round = p->head.round;
		f.seq = p->head.seq;
		sv_frame_seal(&f);
		if ((rc = hand_over(p, &f, socket)) == -1)
			return (-1);
		if (rc == 0)
			break;
		p->next++;
	}
	/* If the last ones are lost, the hub asks again. */
	if (parcel_pending(p) && p->next == p->parts)
		parcel_drop(p);
	return (0);
}
