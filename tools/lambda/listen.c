#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "http.h"

#define BACKLOG 1024
#define AT_ONCE 64	/* connections accepted in one turn */
#define PAUSE 0.1	/* s without accepting, when there are no descriptors */

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_storage storage;
};

static void on_accept(void *ctx, short revents);

static void
on_pause_over(void *ctx)
{
	struct listener *p = ctx;

	if (loop_watch(p->h->l, p->fd, POLLIN, on_accept, p) == -1)
		sv_warn("cannot accept connections any more");
}

static void
on_accept(void *ctx, short revents)
{
	struct listener *p = ctx;
	union address a;
	char source[INET6_ADDRSTRLEN];
	socklen_t len;
	int fd;

	(void)revents;
	for (int i = 0; i < AT_ONCE; i++) {
		len = sizeof(a);
		if ((fd = accept(p->fd, &a.any, &len)) == -1)
			break;
		if (sv_fd_nonblock(fd) == -1 || sv_fd_cloexec(fd) == -1 ||
		    getnameinfo(&a.any, len, source, sizeof(source), NULL, 0,
		    NI_NUMERICHOST) != 0) {
			close(fd);
			continue;
		}
		p->h->accepting = p;
		p->h->source = source;
		/* The descriptor is the daemon's, and closed if it fails. */
		(void)MHD_add_connection(p->h->daemon, fd, &a.any, len);
		p->h->accepting = NULL;
		errno = 0;
	}
	if (errno != EMFILE && errno != ENFILE && errno != ENOMEM)
		return;
	/* Or the loop would turn at full speed until others have ended. */
	loop_forget(p->h->l, p->fd);
	(void)timer_set(p->h->l, &p->pause, PAUSE, on_pause_over, p);
}

/* Listen on ${a}; ${a} gets the port.  The listener, or NULL with errno set. */
static struct listener *
open_port(struct http *h, struct env *env, union address *a, socklen_t len)
{
	struct listener *p;
	int on = 1, saved;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return (NULL);
	p->h = h;
	p->env = env;
	if ((p->fd = socket(a->any.sa_family, SOCK_STREAM, 0)) == -1)
		goto fail;
	if (sv_fd_cloexec(p->fd) == -1 || sv_fd_nonblock(p->fd) == -1 ||
	    setsockopt(p->fd, SOL_SOCKET, SO_REUSEADDR, &on,
	    sizeof(on)) == -1 || bind(p->fd, &a->any, len) == -1 ||
	    listen(p->fd, BACKLOG) == -1 ||
	    getsockname(p->fd, &a->any, &len) == -1 ||
	    loop_watch(h->l, p->fd, POLLIN, on_accept, p) == -1)
		goto fail;
	p->next = h->listeners;
	h->listeners = p;
	return (p);

fail:
	saved = errno;
	if (p->fd != -1)
		close(p->fd);
	free(p);
	errno = saved;
	return (NULL);
}

static void
close_port(struct http *h, struct listener *p)
{

	timer_stop(h->l, &p->pause);
	loop_forget(h->l, p->fd);
	close(p->fd);
	free(p);
}

int
http_listen(struct lambda *l, struct env *env, uint16_t *port)
{
	union address a;
	struct listener *p;

	memset(&a, 0, sizeof(a));
	a.in.sin_family = AF_INET;
	a.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((p = open_port(l->http, env, &a, sizeof(a.in))) == NULL)
		return (-1);
	*port = ntohs(a.in.sin_port);
	return (p->fd);
}

void
http_unlisten(struct lambda *l, struct env *env, int fd)
{
	struct listener **at = &l->http->listeners, *p;

	while ((p = *at) != NULL && (p->env != env || p->fd != fd))
		at = &p->next;
	if (p != NULL) {
		*at = p->next;
		close_port(l->http, p);
	}
	for (struct connection *c = l->http->connections; c != NULL;
	    c = c->next)
		if (c->env == env && env != NULL)
			http_cut(c);
}

void
listen_close(struct http *h)
{
	struct listener *p;

	while ((p = h->listeners) != NULL) {
		h->listeners = p->next;
		close_port(h, p);
	}
}

/* Is it an address that nobody else can reach? */
static int
is_loopback(const union address *a)
{

	if (a->any.sa_family == AF_INET)
		return ((ntohl(a->in.sin_addr.s_addr) >> 24) == 127);
	return (a->any.sa_family == AF_INET6 &&
	    IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr));
}

/* Split HOST:PORT or [HOST]:PORT, and look at the host.  Its length, or 0. */
static socklen_t
parse_bind(const char *text, union address *a)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	    .ai_socktype = SOCK_STREAM }, *found;
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN + 2];
	size_t len;
	socklen_t n = 0;

	if (colon == NULL || (len = (size_t)(colon - text)) >= sizeof(host))
		return (0);
	memcpy(host, text, len);
	host[len] = '\0';
	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		memmove(host, host + 1, len - 2);
		host[len - 2] = '\0';
	}
	if (strcmp(host, "localhost") == 0)
		snprintf(host, sizeof(host), "127.0.0.1");
	/* What is above 65535 would be taken modulo 65536. */
	if (strlen(colon + 1) > 5 || strtoul(colon + 1, NULL, 10) > 65535 ||
	    getaddrinfo(host, colon + 1, &hints, &found) != 0)
		return (0);
	if (found->ai_addrlen <= sizeof(*a)) {
		n = found->ai_addrlen;
		memcpy(a, found->ai_addr, n);
	}
	freeaddrinfo(found);
	return (n);
}

int
listen_public(struct http *h)
{
	const char *bind_to = h->l->o->bind;
	char host[INET6_ADDRSTRLEN], port[8];
	union address a;
	socklen_t len;
	int six;

	memset(&a, 0, sizeof(a));
	if ((len = parse_bind(bind_to, &a)) == 0) {
		sv_warnx("%s: expected an address and a port, such as "
		    "127.0.0.1:9001 or [::1]:9001", bind_to);
		return (-1);
	}
	/* Whoever can call runs programs here. */
	if (!is_loopback(&a)) {
		sv_warnx("%s: listens on loopback addresses only", bind_to);
		return (-1);
	}
	if (open_port(h, NULL, &a, len) == NULL ||
	    getnameinfo(&a.any, len, host, sizeof(host), port, sizeof(port),
	    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
		sv_warn("cannot listen on %s", bind_to);
		return (-1);
	}
	six = a.any.sa_family == AF_INET6;
	snprintf(h->url, sizeof(h->url), "http://%s%s%s:%s", six ? "[" : "",
	    host, six ? "]" : "", port);
	return (0);
}
