#ifndef PARCEL_H
#define PARCEL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

/*
 * A saved state on its way to the hub, in the parts of state.h.  Only a few of
 * them are with ZeroMQ at a time: an update does not have to wait for all of a
 * long state, and no more memory is taken than for these.
 */

struct parcel {
	struct sv_frame head;	/* whose state it is; no payload */
	uint8_t *bytes;	/* NULL: there is none */
	size_t len;
	size_t size;	/* of a part */
	uint32_t parts, next;	/* how many, and which is to be sent */
	int held;	/* not now: parcel_hold() */
	atomic_uint flying;	/* parts that ZeroMQ has not let go of */
};

/**
 * parcel_pack(p, head, d, bytes, len):
 * Have the ${len} malloc()ed ${bytes}, which are taken over, sent from now on as
 * parts for a problem of ${d} features, with the fields of ${head}: job, shard,
 * generation, round, seq.  What was there before is dropped.  Return 0, or -1
 * where there are too many of them.
 */
int parcel_pack(struct parcel *p, const struct sv_frame *head, uint64_t d,
    uint8_t *bytes, size_t len);

/**
 * parcel_send(p, socket):
 * Send what may be sent to the DEALER ${socket} without waiting.  Return 0, or
 * -1 with errno ENOMEM.
 */
int parcel_send(struct parcel *p, void *socket);

/**
 * parcel_kept(p, seq), parcel_pending(p):
 * Is that of ${seq} still there?  Is there more to be sent now?
 */
int parcel_kept(const struct parcel *p, uint32_t seq);
int parcel_pending(const struct parcel *p);

/**
 * parcel_hold(p), parcel_rewind(p):
 * Keep it, but send no more: the connection is cut; begin again with the first
 * part.
 */
void parcel_hold(struct parcel *p);
void parcel_rewind(struct parcel *p);

/**
 * parcel_drop(p):
 * Send no more of it.  ${p} itself must stay until ZeroMQ has been ended.
 */
void parcel_drop(struct parcel *p);

#endif /* !PARCEL_H */
