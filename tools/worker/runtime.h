#ifndef RUNTIME_H
#define RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#include "head.h"

/*
 * A client of the Runtime API of AWS Lambda, 2018-06-01, and of as much of its
 * Extensions API, 2020-01-01, as it takes to be told of the end: without an
 * extension a function is killed without a signal.  Plain HTTP/1.1 to whatever
 * host AWS_LAMBDA_RUNTIME_API names, without a proxy.  What the API says is
 * checked like anything that comes from outside.
 */

#define RUNTIME_ID HEAD_ID	/* characters of a request's id, at most */

/* Opaque types. */
struct runtime;

enum runtime_next {
	RUNTIME_EVENT,	/* there is one */
	RUNTIME_GONE	/* there will be none any more; said on stderr */
};

struct runtime_event {
	char id[RUNTIME_ID + 1];	/* of the request */
	int64_t deadline_ms;	/* since 1970; 0: not known */
	const char *body;	/* the event; valid until the next one */
	size_t len;
	int too_long;	/* body is not all of it: more than was wanted */
};

/**
 * runtime_new(api, max):
 * Return a client of the API at ${api}, HOST:PORT, which takes events of up to
 * ${max} bytes, or NULL after a line on stderr.  Nothing is sent yet.
 */
struct runtime *runtime_new(const char *api, size_t max);

/**
 * runtime_register(r, name, why, len):
 * Become the internal extension ${name}, of no events, and leave one connection
 * waiting for them: from then on the process gets SIGTERM before it is killed.
 * To be called before the first runtime_next().  Return 0, or -1 with the
 * reason in ${why}, of size ${len}; the rest works without.
 */
int runtime_register(struct runtime *r, const char *name, char *why,
    size_t len);

/**
 * runtime_next(r, event):
 * Wait, for as long as it takes, for the next event.  A connection that fails
 * (after the process was frozen, say) is made anew, twice.  Sets
 * _X_AMZN_TRACE_ID, or unsets it.
 */
enum runtime_next runtime_next(struct runtime *r, struct runtime_event *event);

/**
 * runtime_forget(r):
 * The body of the event, which may hold keys, has been read: wipe it.
 */
void runtime_forget(struct runtime *r);

/**
 * runtime_response(r, id, json):
 * Answer the request ${id} with the text ${json}.
 *
 * runtime_error(r, id, type, json):
 * Answer that it failed: ${type} is Category.Reason, ${json} the error object.
 *
 * runtime_init_error(r, type, json):
 * Say before the first runtime_next() that there will be none.
 *
 * Each returns 0, or -1 after a line on stderr; no answer takes longer than 10
 * seconds.  After RUNTIME_BROKEN the process should end: the API said 500.
 */
#define RUNTIME_BROKEN (-2)
int runtime_response(struct runtime *r, const char *id, const char *json);
int runtime_error(struct runtime *r, const char *id, const char *type,
    const char *json);
int runtime_init_error(struct runtime *r, const char *type, const char *json);

/**
 * runtime_free(r):
 * Close all connections.
 */
void runtime_free(struct runtime *r);

#endif /* !RUNTIME_H */
