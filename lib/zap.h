#ifndef SV_ZAP_H
#define SV_ZAP_H

#include <stdint.h>

#include "keyring.h"

/*
 * Who may connect: ZAP (rfc.zeromq.org/spec/27), the questions that libzmq asks
 * during a CURVE handshake.  One handler for a ZeroMQ context, polled by the
 * caller's own loop: a connection waits for the answer, nothing else does.  The
 * answer names the key's owner, and messages of that connection carry the name
 * (sv_star_message.owner in star.h).
 */

/* Opaque types. */
struct sv_zap;

/**
 * sv_zap_new(zmq, ring):
 * Answer the questions of the context ${zmq} by ${ring}, which must outlive the
 * handler.  To be made before any socket is bound.  Return NULL with errno set.
 */
struct sv_zap *sv_zap_new(void *zmq, const struct sv_keyring *ring);
void sv_zap_free(struct sv_zap *z);

/* The socket to poll for input. */
void *sv_zap_socket(struct sv_zap *z);

/**
 * sv_zap_serve(z):
 * Answer what has been asked, some hundred questions at most, without waiting.
 * Return how many of them were answered with no.
 */
unsigned sv_zap_serve(struct sv_zap *z);

#endif /* !SV_ZAP_H */
