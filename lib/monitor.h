#ifndef SV_MONITOR_H
#define SV_MONITOR_H

/*
 * What happens to the connections of a listening ZeroMQ socket, as its monitor
 * tells: who comes, who is let in, who goes.
 */

/* Opaque types. */
struct sv_monitor;

enum sv_monitor_kind {
	SV_MONITOR_LISTENING,	/* the socket is bound */
	SV_MONITOR_OPENED,	/* a TCP connection was accepted */
	SV_MONITOR_READY,	/* its handshake is done */
	SV_MONITOR_FAILED,	/* its handshake has failed; it will be closed */
	SV_MONITOR_CLOSED	/* it is closed, for whatever reason */
};

struct sv_monitor_event {
	enum sv_monitor_kind kind;
	int fd;	/* LISTENING: that listens; OPENED, CLOSED: the connection; or -1 */
};

/**
 * sv_monitor_new(zmq, socket):
 * Watch ${socket} of the context ${zmq}, one socket a context.  What is not
 * fetched waits without a bound, so that libzmq's own thread never does.
 * Return NULL with errno set.
 */
struct sv_monitor *sv_monitor_new(void *zmq, void *socket);

/* The socket to poll for input. */
void *sv_monitor_socket(struct sv_monitor *m);

/**
 * sv_monitor_next(m, e):
 * Fetch an event without waiting: return 1, or 0 if there is none.
 */
int sv_monitor_next(struct sv_monitor *m, struct sv_monitor_event *e);

/**
 * sv_monitor_free(m):
 * To be called before the socket that is watched is closed.
 */
void sv_monitor_free(struct sv_monitor *m);

#endif /* !SV_MONITOR_H */
