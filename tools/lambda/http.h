#ifndef HTTP_H
#define HTTP_H

#include <microhttpd.h>

#include "lambda.h"

/*
 * What http.c (connections and requests) and listen.c (ports) share: one
 * libmicrohttpd daemon without threads and without a port of its own, whose
 * epoll descriptor is polled by the loop.
 */

struct listener {	/* one port */
	struct listener *next;
	struct http *h;
	struct env *env;	/* whose it is; NULL: the public one */
	int fd;
	struct timer pause;	/* while descriptors are out */
};

struct connection {
	struct connection *next, *previous;
	struct http *h;
	struct MHD_Connection *mhd;
	struct env *env;
	struct http_state *request;	/* the present one, or NULL */
	int cut;	/* to be closed, without another word */
	char source[46];
};

enum http_phase { HTTP_HEAD, HTTP_BODY, HTTP_HELD, HTTP_REPLIED };

struct http_state {
	struct request r;
	struct connection *c;
	enum http_phase phase;
	size_t room;	/* of the body */
	size_t limit;	/* of the body */
	int suspended;
	int due;	/* the reply may go */
	struct timer delay;
	struct MHD_Response *response;
	unsigned status;
};

struct http {
	struct lambda *l;
	struct MHD_Daemon *daemon;
	int epoll;
	int resumed;	/* a connection, since the last http_run() */
	struct connection *connections;
	struct listener *listeners;
	struct listener *accepting;	/* whose connection is being added */
	const char *source;	/* and from where it comes */
	char url[80];
};

/**
 * listen_public(h):
 * Open the public port as o->bind says, set h->url.  0, or -1 after a line.
 */
int listen_public(struct http *h);
void listen_close(struct http *h);	/* all ports */

/**
 * http_cut(c):
 * Close the connection, whatever it does.
 */
void http_cut(struct connection *c);

#endif /* !HTTP_H */
