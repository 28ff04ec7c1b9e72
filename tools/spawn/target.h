#ifndef SV_TARGET_H
#define SV_TARGET_H

#include <stddef.h>
#include <time.h>

#include "aws.h"
#include "spawn.h"

/*
 * Where a worker is asked for over HTTP, and as whom: made of the options and
 * of what the AWS CLI would look at.
 */

#define TARGET_SYNC ((size_t)6 << 20)	/* bytes of a body, at most */
#define TARGET_ASYNC ((size_t)1 << 20)

/* What is asked for there. */
enum target_what {
	TARGET_WORKER,
	TARGET_TRIAL,	/* nothing, but would a worker be started? */
	TARGET_FACTS	/* how the function is set up */
};

struct target {
	enum target_what what;
	int invoke;	/* Lambda's Invoke */
	int async;	/* nobody waits for the worker's end */
	char *url;
	char *host;	/* with the port, where that must be said */
	char *path;	/* of the URL */
	char *query;	/* likewise, or NULL */
	char *name;	/* for people: the URL without query, or the function */
	int loopback;	/* it is on this machine */
	int sign;
	char *region;
	char *service;
	struct sv_aws_keys keys;
};

/**
 * target_new(o, what):
 * Find out where -u or -l of ${o} leads.  All but TARGET_WORKER is for -l alone.
 * Return it, or NULL after a line on stderr.
 */
struct target *target_new(const struct spawn_options *o,
    enum target_what what);

/**
 * target_ca():
 * The file of certificates that the environment wants, or NULL.
 */
const char *target_ca(void);

/**
 * target_headers(t, body, length, now, headers):
 * Make the headers of a request with this body, signed for the time ${now} if
 * there is a signature to make: strings of the caller, NULL behind the last,
 * at most TARGET_HEADERS.  Return 0, or -1 with errno set.
 */
#define TARGET_HEADERS 10u
int target_headers(const struct target *t, const char *body, size_t length,
    time_t now, char *headers[TARGET_HEADERS + 1]);

/**
 * target_headers_free(headers):
 * Overwrite and free them.
 */
void target_headers_free(char *headers[TARGET_HEADERS + 1]);

/**
 * target_free(t):
 * Overwrite the secrets and free it.
 */
void target_free(struct target *t);

/**
 * target_is_loopback(host):
 * Is the host, perhaps with a port behind it, this machine by name or number?
 */
int target_is_loopback(const char *host);

#endif /* !SV_TARGET_H */
