#ifndef SV_PART_H
#define SV_PART_H

#include <stddef.h>
#include <zmq.h>

/*
 * Parts of ZeroMQ messages, sent and received to their end: a signal that
 * interrupts a call must not leave half a message behind.  As zmq_send(),
 * zmq_recv(), zmq_msg_send() and zmq_msg_recv(), but for EINTR.
 */
int sv_part_send(void *socket, const void *data, size_t len, int flags);
int sv_part_receive(void *socket, void *data, size_t room, int flags);
int sv_part_send_message(void *socket, zmq_msg_t *message, int flags);
int sv_part_receive_message(void *socket, zmq_msg_t *message, int flags);

#endif /* !SV_PART_H */
