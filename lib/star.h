#ifndef SV_STAR_H
#define SV_STAR_H

#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

#include "blob.h"
#include "curve.h"
#include "frame.h"
#include "keyring.h"
#include "monitor.h"

/*
 * The centre of the star: a ZeroMQ ROUTER to which workers connect.  A message
 * is a frame in two parts, header and payload, behind the identity that the
 * socket gives each connection.
 */

#define SV_STAR_ADDRESS 256u	/* room for an address, with its end */
#define SV_STAR_ID 16u	/* room for an identity */

/* A connection's identity; len 0 is nobody. */
struct sv_star_id {
	uint8_t bytes[SV_STAR_ID];
	size_t len;
};

/* How the star is made. */
struct sv_star_setting {
	const char *bind;	/* tcp://127.0.0.1:* lets the system pick a port */
	const char *advertise;	/* what workers are told, or NULL: the same */
	uint64_t max;	/* payload bytes that a message may have */
	int insecure;	/* plaintext, also beyond loopback */
	int encrypt;	/* CURVE, also on loopback; set where it is used */
	const uint8_t *secret;	/* the hub's secret key, SV_CURVE_KEY bytes */
	int watch;	/* make the monitor, which is the caller's to free */
	struct sv_monitor *monitor;
};

/* What came from a worker. */
struct sv_star_message {
	struct sv_star_id from;
	int known;	/* its key has told who it is: */
	struct sv_keyring_owner owner;
	int fd;	/* of its connection, as the monitor calls it; -1: unknown */
	struct sv_frame f;	/* the checked header; payload is NULL */
	zmq_msg_t payload;	/* f.length bytes, sum not yet checked */
};

/**
 * sv_star_bind(zmq, set, address):
 * Bind a ROUTER as ${set} says and write to ${address} what workers should
 * connect to: set->advertise where that is not NULL (tcp:// and the bound port
 * are filled in where it has none), otherwise the bound address.  Where either
 * of the two is beyond loopback the link is encrypted, unless set->insecure; then
 * set->encrypt is 1 on return, and connections are let in by whoever answers ZAP
 * (zap.h), which must be made before.  Messages of more than set->max payload
 * bytes are cut off with their connection.  What waits to be sent to one worker
 * is bounded: sv_star_send() fails with EAGAIN.  Return the socket, or NULL after
 * a line on stderr.
 */
void *sv_star_bind(void *zmq, struct sv_star_setting *set,
    char address[SV_STAR_ADDRESS]);

/**
 * sv_star_receive(socket, m):
 * Fetch a message without waiting.  Return 1 with ${m} filled in, its payload
 * to be closed by the caller; 0 if there is none; -1 if what came was no frame
 * and was dropped: m->from (of len 0 where it is too long) and m->fd say from
 * whom.  What waits to be received is not bounded: who sends what is of no use
 * is to be cut off.
 */
int sv_star_receive(void *socket, struct sv_star_message *m);

/**
 * sv_star_take(m, f):
 * Copy a small message into a frame of its own and check the payload's sum;
 * closes the payload in any case.  Return 0 and the caller owns ${f}, or -1 if
 * it is damaged or memory is out.
 */
int sv_star_take(struct sv_star_message *m, struct sv_frame *f);

/**
 * sv_star_send(socket, to, b):
 * Send a blob without copying it.  Return 0, or -1 with errno set
 * (EHOSTUNREACH: the connection is gone).
 */
int sv_star_send(void *socket, const struct sv_star_id *to, struct sv_blob *b);

#endif /* !SV_STAR_H */
