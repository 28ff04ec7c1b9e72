#include <errno.h>

#include "part.h"

int
sv_part_send(void *socket, const void *data, size_t len, int flags)
{
	int rc;

	do {
		rc = zmq_send(socket, data, len, flags);
	} while (rc == -1 && zmq_errno() == EINTR);
	return (rc);
}

int
sv_part_receive(void *socket, void *data, size_t room, int flags)
{
	int rc;

	do {
		rc = zmq_recv(socket, data, room, flags);
	} while (rc == -1 && zmq_errno() == EINTR);
	return (rc);
}

int
sv_part_send_message(void *socket, zmq_msg_t *message, int flags)
{
	int rc;

	do {
		rc = zmq_msg_send(message, socket, flags);
	} while (rc == -1 && zmq_errno() == EINTR);
	return (rc);
}

int
sv_part_receive_message(void *socket, zmq_msg_t *message, int flags)
{
	int rc;

	do {
		rc = zmq_msg_recv(message, socket, flags);
	} while (rc == -1 && zmq_errno() == EINTR);
	return (rc);
}
