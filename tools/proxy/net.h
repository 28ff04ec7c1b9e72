#ifndef NET_H
#define NET_H

#include <netinet/in.h>
#include <sys/socket.h>

/*
 * TCP addresses and sockets that do not block and are closed on exec.
 */

#define NET_TEXT (INET6_ADDRSTRLEN + 10)	/* room for [HOST]:PORT */

union net_any {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_storage storage;
};

struct net_address {
	union net_any a;
	socklen_t len;
};

/**
 * net_parse(text, a):
 * HOST:PORT, [HOST]:PORT, with tcp:// before it or not; host * is any
 * interface, and port * or 0 any port.  Return 0, or -1 after a line on
 * stderr.
 */
int net_parse(const char *text, struct net_address *a);

/**
 * net_text(a, text):
 * The address as HOST:PORT, with digits; ${text} is returned.
 */
char *net_text(const struct net_address *a, char text[NET_TEXT]);

/**
 * net_port(a):
 * Its port, 0 if it is open yet.
 */
unsigned net_port(const struct net_address *a);

/**
 * net_is_loopback(a):
 * Is it an address that no other machine can reach?
 */
int net_is_loopback(const struct net_address *a);

/**
 * net_bind(a, backlog):
 * Bind a socket to ${a}, which gets the port, and listen on it where
 * ${backlog} is not 0; otherwise the port is only kept: another socket that
 * sets SO_REUSEADDR may bind it and listen.  A descriptor, or -1 with errno
 * set.
 */
int net_bind(struct net_address *a, int backlog);

/**
 * net_accept(fd):
 * A connection that has come, or -1 with errno set.
 */
int net_accept(int fd);

/**
 * net_connect(a):
 * Begin to connect: poll for POLLOUT, then net_connected(), which returns 0, or
 * an error number.  A descriptor, or -1 with errno set.
 */
int net_connect(const struct net_address *a);
int net_connected(int fd);

/**
 * net_reset(fd), net_finish(fd):
 * Close so that the peer gets a reset, or an end of file.
 */
void net_reset(int fd);
void net_finish(int fd);

#endif /* !NET_H */
