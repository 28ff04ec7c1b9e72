/*
 * Connections that know nothing of ZeroMQ, or not all of it.
 */
#include "config.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "intruder.h"

#define GREETING 64u	/* bytes of ZMTP 3 (rfc.zeromq.org/spec/23) */

/* A plain connection to the hub's port, or -1. */
static int
dial(const struct intruder *in)
{
	struct sockaddr_in sin;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons((uint16_t)atoi(strrchr(in->inv.hub, ':') + 1));
	if (fd == -1 || connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1) {
		if (fd != -1)
			close(fd);
		return (-1);
	}
	return (fd);
}

/* The greeting, up to and with the mechanism. */
static void
greeting(const struct intruder *in, unsigned char g[GREETING])
{

	memset(g, 0, GREETING);
	g[0] = 0xff;
	g[8] = 1;
	g[9] = 0x7f;
	g[10] = 3;
	memcpy(g + 12, in->inv.encrypted ? "CURVE" : "NULL\0",
	    5);
}

/*
 * Keep a connection until the other side has had enough of it, or time is up.
 * What comes is read away, no more than 1 MB of it.
 */
static void
keep(const struct intruder *in, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char room[4096];

	for (int i = 0; i < 256 && !intruder_late(in); ) {
		if (poll(&p, 1, 100) < 1)
			continue;
		if (recv(fd, room, sizeof(room), 0) < 1)
			break;
		i++;
	}
	close(fd);
}

/* ${n} connections at once that have all been given ${len} bytes. */
static int
hold(struct intruder *in, const unsigned char *bytes, size_t len)
{
	int *fd = calloc(in->n, sizeof(*fd));

	if (fd == NULL)
		intruder_die("out of memory");
	for (unsigned long i = 0; i < in->n; i++) {
		fd[i] = dial(in);
		if (fd[i] != -1 && (len == 0 ||
		    send(fd[i], bytes, len, MSG_NOSIGNAL) != -1))
			in->sent++;
	}
	for (unsigned long i = 0; i < in->n; i++)
		if (fd[i] != -1)
			keep(in, fd[i]);
	free(fd);
	return (0);
}

int
intruder_garbage(struct intruder *in)
{
	unsigned char noise[512];

	for (unsigned long i = 0; i < in->n && !intruder_late(in); i++) {
		int fd = dial(in);

		if (fd == -1)
			continue;
		for (size_t j = 0; j < sizeof(noise); j++)
			noise[j] = (unsigned char)intruder_below(256);
		if (intruder_below(2))
			greeting(in, noise);
		if (send(fd, noise, 1 + intruder_below(sizeof(noise) - 1),
		    MSG_NOSIGNAL) != -1)
			in->sent++;
		close(fd);
	}
	return (0);
}

int
intruder_silent(struct intruder *in)
{

	return (hold(in, NULL, 0));
}

/*
 * After the greeting a frame of 2^40 bytes: without CURVE a message, once the
 * handshake is over; with it a command, which is all that there can be.
 */
int
intruder_huge(struct intruder *in)
{
	static const unsigned char ready[] = "\4\x1a\5READY\13Socket-Type\0\0\0"
	    "\6DEALER";
	static const unsigned char large[] = { 2, 0, 0, 1, 0, 0, 0, 0, 0, 'x' };
	unsigned char bytes[GREETING + sizeof(ready) + sizeof(large)];
	size_t len = GREETING;

	greeting(in, bytes);
	if (!in->inv.encrypted) {
		memcpy(bytes + len, ready, 28);
		len += 28;
	}
	memcpy(bytes + len, large, sizeof(large));
	if (in->inv.encrypted)
		bytes[len] = 6;
	return (hold(in, bytes, len + sizeof(large)));
}
