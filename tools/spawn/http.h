#ifndef SV_HTTP_H
#define SV_HTTP_H

#include <poll.h>
#include <stddef.h>

/*
 * Many HTTP requests at a time, in somebody else's poll() loop: libcurl's multi
 * interface, driven by its sockets and its timer.
 */

#define HTTP_HEADER 256u	/* room for a header of an answer that matters */
#define HTTP_ERROR 256u	/* room for libcurl's words */

/* Opaque types. */
struct http;
struct http_exchange;

struct http_request {
	const char *url;	/* sent as it is */
	char *const *headers;	/* "Name: value", NULL behind the last */
	const char *body;	/* must live as long as the exchange */
	size_t length;
	int direct;	/* without a proxy */
	double within;	/* s for the whole; 0: for ever */
	void *owner;	/* of the caller */
	int get;	/* a GET, without a body; else a POST */
};

struct http_answer {
	void *owner;
	int error;	/* libcurl's; 0: there was an answer */
	int sent;	/* the request was, or some of it */
	int again;	/* the error is one that may pass */
	char words[HTTP_ERROR];	/* the error in words */
	int status;
	double retry_after;	/* s; 0: not said */
	char type[HTTP_HEADER];	/* X-Amzn-ErrorType */
	char request_id[HTTP_HEADER];	/* X-Amzn-RequestId or the like */
	char function_error[HTTP_HEADER];	/* X-Amz-Function-Error */
	char location[HTTP_HEADER];
	char *log;	/* X-Amz-Log-Result, or NULL */
	char *body;	/* a string as well; never NULL */
	size_t length;
	int cut;	/* the body was longer than what is wanted */
};

/* An exchange has ended; the answer is freed after this. */
typedef void http_done(void *arg, const struct http_answer *a);

/**
 * http_new(done, arg, ca):
 * Return what holds no request yet, or NULL with errno set.  It calls ${done}
 * with ${arg} for each that ends.  ${ca}, a file of certificates, may be NULL
 * and must outlive it.
 */
struct http *http_new(http_done *done, void *arg, const char *ca);

/**
 * http_send(h, r):
 * Begin a request.  Return it, or NULL with errno set.
 */
struct http_exchange *http_send(struct http *h, const struct http_request *r);

/**
 * http_is_sent(x):
 * Has anything of the request been sent?
 */
int http_is_sent(const struct http_exchange *x);

/**
 * http_abort(h, x):
 * End it without an answer.  To be called for exchanges that have not ended.
 */
void http_abort(struct http *h, struct http_exchange *x);

/* As a launcher's (launch.h). */
size_t http_watch(const struct http *h, struct pollfd *p, size_t room);
int http_patience(const struct http *h, int most);
void http_work(struct http *h, const struct pollfd *p, size_t n);

/**
 * http_free(h):
 * Close all connections.  No exchange may be left.
 */
void http_free(struct http *h);

#endif /* !SV_HTTP_H */
