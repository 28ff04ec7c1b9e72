#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "net.h"

#define HOST 256u	/* longest name, with its end */
#define SWALLOW 16	/* buffers read before a connection is closed */

/* Cut HOST:PORT into its two, * being 0.0.0.0 and 0.  0, or -1. */
static int
split(const char *text, char host[HOST], char port[6])
{
	const char *colon = strrchr(text, ':');
	size_t len;

	if (colon == NULL || (len = (size_t)(colon - text)) == 0 ||
	    len >= HOST)
		return (-1);
	memcpy(host, text, len);
	host[len] = '\0';
	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		memmove(host, host + 1, len - 2);
		host[len - 2] = '\0';
	}
	if (strcmp(host, "*") == 0)
		snprintf(host, HOST, "0.0.0.0");
	if (strcmp(colon + 1, "*") == 0) {
		snprintf(port, 6, "0");
		return (0);
	}
	/* What is above 65535 would be taken modulo 65536. */
	len = strspn(colon + 1, "0123456789");
	if (len == 0 || len > 5 || colon[1 + len] != '\0' ||
	    strtoul(colon + 1, NULL, 10) > 65535)
		return (-1);
	memcpy(port, colon + 1, len + 1);
	return (0);
}

int
net_parse(const char *text, struct net_address *a)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICSERV,
	    .ai_socktype = SOCK_STREAM }, *found;
	char host[HOST], port[6];
	int rc;

	memset(a, 0, sizeof(*a));
	if (strncmp(text, "tcp://", 6) == 0)
		text += 6;
	if (split(text, host, port) == -1) {
		sv_warnx("'%s': expected an address and a port, such as "
		    "127.0.0.1:5555 or [::1]:*", text);
		return (-1);
	}
	if ((rc = getaddrinfo(host, port, &hints, &found)) != 0) {
		sv_warnx("%s: %s", text, gai_strerror(rc));
		return (-1);
	}
	/* The first one: names of this machine are meant. */
	a->len = found->ai_addrlen;
	if (a->len <= sizeof(a->a))
		memcpy(&a->a, found->ai_addr, a->len);
	else
		a->len = 0;
	freeaddrinfo(found);
	if (a->len > 0)
		return (0);
	sv_warnx("%s: no address of IP", text);
	return (-1);
}

char *
net_text(const struct net_address *a, char text[NET_TEXT])
{
	char host[INET6_ADDRSTRLEN];
	const void *bytes;
	int six = a->a.any.sa_family == AF_INET6;

	bytes = six ? (const void *)&a->a.in6.sin6_addr :
	    (const void *)&a->a.in.sin_addr;
	if (inet_ntop(a->a.any.sa_family, bytes, host, sizeof(host)) == NULL)
		snprintf(host, sizeof(host), "?");
	snprintf(text, NET_TEXT, "%s%s%s:%u", six ? "[" : "", host,
	    six ? "]" : "", net_port(a));
	return (text);
}

unsigned
net_port(const struct net_address *a)
{

	return (ntohs(a->a.any.sa_family == AF_INET6 ? a->a.in6.sin6_port :
	    a->a.in.sin_port));
}

int
net_is_loopback(const struct net_address *a)
{

	if (a->a.any.sa_family == AF_INET6)
		return (IN6_IS_ADDR_LOOPBACK(&a->a.in6.sin6_addr));
	return ((ntohl(a->a.in.sin_addr.s_addr) >> 24) == 127);
}

static int
open_socket(int family)
{
	int fd;

	if ((fd = socket(family, SOCK_STREAM, 0)) == -1)
		return (-1);
	if (sv_fd_cloexec(fd) == 0 && sv_fd_nonblock(fd) == 0)
		return (fd);
	close(fd);
	return (-1);
}

/* Close and keep errno. */
static int
fail(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
	return (-1);
}

int
net_bind(struct net_address *a, int backlog)
{
	int fd, on = 1;

	if ((fd = open_socket(a->a.any.sa_family)) == -1)
		return (-1);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
	    sizeof(on)) == -1 || bind(fd, &a->a.any, a->len) == -1 ||
	    (backlog > 0 && listen(fd, backlog) == -1) ||
	    getsockname(fd, &a->a.any, &a->len) == -1)
		return (fail(fd));
	return (fd);
}

/* What is written goes out as it was written. */
static void
at_once(int fd)
{
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

int
net_accept(int fd)
{
	int c;

	if ((c = accept(fd, NULL, NULL)) == -1)
		return (-1);
	if (sv_fd_cloexec(c) == -1 || sv_fd_nonblock(c) == -1)
		return (fail(c));
	at_once(c);
	return (c);
}

int
net_connect(const struct net_address *a)
{
	int fd;

	if ((fd = open_socket(a->a.any.sa_family)) == -1)
		return (-1);
	at_once(fd);
	if (connect(fd, &a->a.any, a->len) == -1 && errno != EINPROGRESS &&
	    errno != EINTR)
		return (fail(fd));
	return (fd);
}

int
net_connected(int fd)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		return (errno);
	return (error);
}

void
net_reset(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

void
net_finish(int fd)
{
	char waste[4096];

	/* What was not read would turn the end into a reset. */
	for (int i = 0; i < SWALLOW && read(fd, waste, sizeof(waste)) > 0; i++)
		continue;
	close(fd);
}
