#ifndef SV_STATE_H
#define SV_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "problem.h"

/*
 * A shard's state on its way from one worker to the next, to a run file, and
 * back: bytes that only agents understand (agent.h), cut into STATE frames so
 * that no message is much longer than an update.  The frames of a state have
 * the same shard, generation (of who saved it), round (of the agent's last
 * STEP; 0: none) and seq (of the SAVE that asked for it); count is the number
 * of parts, two scalars say which part it is and how many bytes the whole has,
 * and the elements are the part's bytes.
 */

/* Scalars of a STATE frame. */
enum sv_state_scalar {
	SV_ST_PART,	/* from 0, below count */
	SV_ST_BYTES,	/* of the whole state */
	SV_ST_N
};

#define SV_STATE_PARTS 65536u	/* parts of one state, at most */
#define SV_STATE_MAXLEN ((uint64_t)1 << 33)	/* bytes of one, at most */

/**
 * sv_state_part_size(d):
 * Bytes in each part but the last, for a problem of ${d} features.
 */
size_t sv_state_part_size(uint64_t d);

/**
 * sv_state_parts(len, size):
 * How many parts of ${size} bytes a state of ${len} > 0 bytes is cut into; 0 if
 * those are too many.
 */
uint32_t sv_state_parts(size_t len, size_t size);

/**
 * sv_state_cut(f, bytes, len, size, part):
 * Make ${f} the frame of part number ${part}, a copy of its bytes in it; shard,
 * generation, round, seq, and job are left to the caller, as is the seal.
 * Return 0, or -1 with errno set.
 */
int sv_state_cut(struct sv_frame *f, const uint8_t *bytes, size_t len,
    size_t size, uint32_t part);

/**
 * sv_state_check(f):
 * Is ${f} a part of a state that there can be?  Return NULL, or what is wrong
 * as a static string.  Looks at no byte of the state itself.
 */
const char *sv_state_check(const struct sv_frame *f);

/* A state that is put together again; all zero: none. */
struct sv_state {
	uint32_t shard, generation, round, seq;
	uint32_t parts;	/* of it; 0: none is expected yet */
	uint32_t have;	/* of them are here */
	size_t len;	/* bytes of the whole */
	size_t filled;
	uint8_t *bytes;	/* grows with what has come */
};

/**
 * sv_state_take(s, f, why):
 * Add the checked-by-checksum frame ${f}, whose payload stays the caller's.
 * Parts come in order, and of one state at a time: the first part of another
 * one begins anew.  Return 1 if the state is whole now, 0 if more is to come,
 * -1 with a reason in ${why}: ${s} is empty then.
 */
int sv_state_take(struct sv_state *s, const struct sv_frame *f,
    char why[SV_WHY]);

/**
 * sv_state_fini(s):
 * Forget it all.
 */
void sv_state_fini(struct sv_state *s);

#endif /* !SV_STATE_H */
