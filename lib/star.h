#ifndef SV_STAR_H
#define SV_STAR_H

#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

#include "blob.h"
#include "frame.h"

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

/* What came from a worker. */
struct sv_star_message {
	struct sv_star_id from;
	struct sv_frame f;	/* the checked header; payload is NULL */
	zmq_msg_t payload;	/* f.length bytes, sum not yet checked */
};

/**
 * sv_star_bind(zmq, bind, advertise, insecure, max, address):
 * Bind a ROUTER to ${bind} (tcp://127.0.0.1:* lets the system pick a port) and
 * write to ${address} what workers should connect to: ${advertise} where that
 * is not NULL (tcp:// and the bound port are filled in where it has none),
 * otherwise the bound address.  Beyond loopback ${insecure} must be set, since
 * the link is not encrypted.  Messages of more than ${max} payload bytes are
 * cut off with their connection.  Return the socket, or NULL after a line on
 * stderr.
 */
void *sv_star_bind(void *zmq, const char *bind, const char *advertise,
    int insecure, uint64_t max, char address[SV_STAR_ADDRESS]);

/**
 * sv_star_receive(socket, m):
 * Fetch a message without waiting.  Return 1 with ${m} filled in, its payload
 * to be closed by the caller; 0 if there is none; -1 if what came was no frame
 * and was dropped.
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
