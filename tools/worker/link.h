#ifndef LINK_H
#define LINK_H

#include <stdint.h>
#include <zmq.h>

#include "blob.h"
#include "curve.h"
#include "frame.h"
#include "parcel.h"
#include "state.h"

/*
 * A worker's connection to the hub: a ZeroMQ DEALER and its monitor.  Each
 * time the connection stands, anew too, the greeting is said (HELLO, or ERROR
 * once that is all there is to say).
 */

/* Why the link is over; LINK_OPEN: it is not. */
enum link_end {
	LINK_OPEN,
	LINK_TERM,	/* the hub said TERM */
	LINK_REFUSED,	/* the hub said REFUSE, or does not take the key: see why */
	LINK_UNREACHED,	/* no connection in time */
	LINK_LOST,	/* it was cut, and not back in time */
	LINK_BROKEN,	/* what came makes no sense: see why */
	LINK_MEMORY,	/* memory is out */
	LINK_SIGNAL,	/* SIGTERM or SIGINT */
	LINK_DEADLINE	/* time is up */
};

/* What the hub wants next. */
enum link_work {
	LINK_NOTHING,
	LINK_ADOPT,	/* its state be taken up, which is in l->state ... */
	LINK_UNFIT,	/* ... or makes no sense: see l->unfit */
	LINK_SAVE,	/* the state be saved: l->save says for which request */
	LINK_ANSWER	/* link_take() */
};

/* A GLOBAL, checked, and what keeps its payload alive. */
struct link_global {
	struct sv_frame f;	/* payload: the data of ... */
	zmq_msg_t msg;
	uint8_t *copy;	/* ... or this, where those are not aligned */
	double received;	/* sv_clock_mono() */
};

struct link {
	void *zmq, *dealer, *monitor;
	uint64_t job;
	double connect_timeout;	/* s */
	double deadline;	/* sv_clock_mono(); 0: none */
	double since;	/* when the connection was first sought, or cut */
	int connected;	/* it stands now */
	int ever;	/* it has stood before */
	int failed;	/* somebody is there, but no handshake with him succeeds */
	struct sv_blob *greeting;	/* NULL: nothing to say yet */
	int due;	/* it has to be said */
	enum link_end end;
	char why[128];

	struct link_global *next;	/* waits to be answered; or NULL */
	uint32_t busy;	/* seq of the one being answered; 0: none */

	uint32_t save;	/* seq of a SAVE not yet answered; 0: none */
	int save_after;	/* it came after ->next */
	struct parcel parcel;	/* what was saved for the last one */
	struct sv_state state;	/* that the hub has given, so far */
	uint64_t room;	/* bytes that it may have; 0: any */
	int whole;	/* all of it is here; -1: it makes no sense */
	char unfit[SV_WHY];	/* why */
};

/**
 * link_open(l, hub, job, maxsize, timeout, keys):
 * Start to connect to the address ${hub}; ${maxsize} bytes are the longest
 * message that makes sense.  ${keys}, of which ZeroMQ has a copy from then on,
 * may be NULL: the link is not encrypted.  Return 0, or -1 with errno set and a
 * reason in l->why.
 * link_close() is due in either case; it lets go of unsent messages after 2 s,
 * or at once where the link's end is LINK_SIGNAL or LINK_DEADLINE.
 */
int link_open(struct link *l, const char *hub, uint64_t job, int64_t maxsize,
    double timeout, const struct sv_curve_keys *keys);
void link_close(struct link *l);

/**
 * link_greet(l, f):
 * Say the frame ${f}, which is sealed and whose payload is taken over, now and
 * whenever the connection is new.  Return 0, or -1 with errno set.
 */
int link_greet(struct link *l, struct sv_frame *f);

/**
 * link_limit(l, deadline):
 * The link is over once sv_clock_mono() is ${deadline}, 0 for never: with
 * LINK_DEADLINE, or LINK_UNREACHED if it never stood.  One that is over with
 * LINK_DEADLINE is open again.
 */
void link_limit(struct link *l, double deadline);

/**
 * link_pump(l, ms):
 * Wait up to ${ms} ms for something to happen, and do what it asks for: l->end
 * and link_work() tell.  Returns early on a signal.
 */
void link_pump(struct link *l, long ms);

/**
 * link_work(l):
 * What is to be done next.  A state comes before all GLOBALs, and is gone where
 * a GLOBAL comes in the middle of it or the connection is cut; a SAVE keeps its
 * place among them.
 */
enum link_work link_work(const struct link *l);

/**
 * link_adopted(l):
 * The state has been taken up, or is of no use: forget it.
 */
void link_adopted(struct link *l);

/**
 * link_saved(l, head, d, bytes, len):
 * Answer the SAVE: parcel_pack() with its seq.  Sent while link_pump() is
 * called; if the connection is cut, the same SAVE begins it anew.  Return 0, or
 * -1 where the state is too long.
 */
int link_saved(struct link *l, const struct sv_frame *head, uint64_t d,
    uint8_t *bytes, size_t len);

/**
 * link_take(l), link_done(l, g):
 * Hand over the GLOBAL that waits; free it when it is answered.  The same one
 * is passed over when it comes again in between.
 */
struct link_global *link_take(struct link *l);
void link_done(struct link *l, struct link_global *g);

/**
 * link_send(l, b):
 * Send a blob without copying its payload; takes over the reference.  Return
 * 0, or -1 if there is no connection: then the hub, greeted anew, asks again.
 */
int link_send(struct link *l, struct sv_blob *b);

#endif /* !LINK_H */
