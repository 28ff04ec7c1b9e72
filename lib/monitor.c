#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "monitor.h"
#include "part.h"

#define ADDRESS "inproc://connections"
#define FAILED (ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | \
    ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
#define WATCHED (ZMQ_EVENT_LISTENING | ZMQ_EVENT_ACCEPTED | \
    ZMQ_EVENT_HANDSHAKE_SUCCEEDED | FAILED | ZMQ_EVENT_DISCONNECTED)

struct sv_monitor {
	void *watched;
	void *pair;
};

struct sv_monitor *
sv_monitor_new(void *zmq, void *socket)
{
	struct sv_monitor *m;
	int none = 0;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		return (NULL);
	m->watched = socket;
	if (zmq_socket_monitor(socket, ADDRESS, WATCHED) == -1 ||
	    (m->pair = zmq_socket(zmq, ZMQ_PAIR)) == NULL ||
	    zmq_setsockopt(m->pair, ZMQ_LINGER, &none, sizeof(none)) == -1 ||
	    zmq_setsockopt(m->pair, ZMQ_RCVHWM, &none, sizeof(none)) == -1 ||
	    zmq_connect(m->pair, ADDRESS) == -1) {
		sv_monitor_free(m);
		return (NULL);
	}
	return (m);
}

void *
sv_monitor_socket(struct sv_monitor *m)
{

	return (m->pair);
}

/* What libzmq's event is to us. */
static enum sv_monitor_kind
kind(unsigned event)
{

	if (event & FAILED)
		return (SV_MONITOR_FAILED);
	switch (event) {
	case ZMQ_EVENT_LISTENING:
		return (SV_MONITOR_LISTENING);
	case ZMQ_EVENT_ACCEPTED:
		return (SV_MONITOR_OPENED);
	case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
		return (SV_MONITOR_READY);
	default:
		return (SV_MONITOR_CLOSED);
	}
}

/* 2 bytes of event, 4 of value, in a part; the address in another. */
int
sv_monitor_next(struct sv_monitor *m, struct sv_monitor_event *e)
{
	uint8_t bytes[6], rest[8];
	uint16_t event = 0;
	int32_t value = -1;
	int n, more = 1;
	size_t len = sizeof(more);

	n = sv_part_receive(m->pair, bytes, sizeof(bytes), ZMQ_DONTWAIT);
	if (n == -1)
		return (0);
	while (zmq_getsockopt(m->pair, ZMQ_RCVMORE, &more, &len) == 0 && more &&
	    sv_part_receive(m->pair, rest, sizeof(rest), 0) != -1)
		continue;
	if (n >= (int)sizeof(bytes)) {
		memcpy(&event, bytes, sizeof(event));
		memcpy(&value, bytes + sizeof(event), sizeof(value));
	}
	e->kind = kind(event);
	/* Of the others it is a status, or nothing. */
	e->fd = e->kind == SV_MONITOR_READY || e->kind == SV_MONITOR_FAILED ?
	    -1 : (int)value;
	return (1);
}

void
sv_monitor_free(struct sv_monitor *m)
{

	if (m == NULL)
		return;
	/*
	 * The writer ends before its reader: libzmq's thread holds a lock while
	 * it writes, for ever if nobody reads, and to end it takes the same lock.
	 */
	zmq_socket_monitor(m->watched, NULL, 0);
	if (m->pair != NULL)
		zmq_close(m->pair);
	free(m);
}
