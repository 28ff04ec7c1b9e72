#ifndef SV_FETCH_H
#define SV_FETCH_H

#include <jansson.h>
#include <stdint.h>

#include "bytes.h"
#include "csr.h"
#include "problem.h"

/*
 * An object of a web server, or some of its bytes, in order: http, https, or s3
 * (s3.h).
 *
 * Several ranges of SV_FETCH_CHUNK bytes are under way at a time (RFC 9110,
 * section 14), driven by whoever reads, without a thread; the window moves with
 * what has been read, so that memory is bounded.  A server that knows no ranges
 * gives all in one answer.
 *
 * A request that fails in a way that may pass, is cut off, or stalls (less than
 * SV_FETCH_SLOW bytes in SV_FETCH_STALL seconds; the environment's variable
 * SV_FETCH_STALL has another number of them) is made again from where it was,
 * with the patience that web.h or the server's Retry-After wants, up to
 * SV_FETCH_TRIES times without progress.  What cannot pass is an error at once,
 * in words.  Up to five redirects are followed, of http and https; from https to
 * https, and none where a request is signed.
 *
 * The strong entity tag of the first answer goes with all other requests
 * (If-Match) and is compared with theirs, as is the size: another object under
 * the same name is an error.  A server's counts are believed only as far as the
 * bytes that come bear them out; no memory is taken on their word.
 */

#define SV_FETCH_LANES 4u	/* requests at a time */
#define SV_FETCH_CHUNK ((size_t)2 << 20)	/* bytes of a request */
#define SV_FETCH_TRIES 8u	/* of a request, without progress between them */
#define SV_FETCH_STALL 10.0	/* s */
#define SV_FETCH_SLOW 16384u	/* bytes */
#define SV_FETCH_ETAG 128u	/* room for an entity tag, with its end */

/* Opaque types. */
struct sv_fetch;

struct sv_fetch_object {
	const char *url;
	const json_t *where;	/* "s3" of a problem or a share; or NULL */
	const char *etag;	/* what it must have, "..."; NULL: whatever */
	uint64_t from;	/* the bytes wanted, [from, to) */
	uint64_t to;	/* beyond the end, as UINT64_MAX: up to the end */
};

/**
 * sv_fetch_is(url):
 * Does ${url} begin as one of http, https or s3 does?
 */
int sv_fetch_is(const char *url);

/**
 * sv_fetch_open(o, poll, why):
 * Ask for the object, and wait for the first answer.  Nothing of ${o} is kept;
 * ${poll}, which may be NULL, must outlive it.  Return it, or NULL with a reason
 * in ${why}, which names the object but for what is secret in its URL, and with
 * errno as sv_fetch_failed() says.
 */
struct sv_fetch *sv_fetch_open(const struct sv_fetch_object *o,
    const struct sv_csr_poll *poll, char why[SV_WHY]);

/**
 * sv_fetch_size(f), sv_fetch_etag(f), sv_fetch_ranged(f):
 * Bytes of the whole object as the server says, UINT64_MAX where it does not;
 * its entity tag, NULL if it has no strong one; does the server know ranges?
 */
uint64_t sv_fetch_size(const struct sv_fetch *f);
const char *sv_fetch_etag(const struct sv_fetch *f);
int sv_fetch_ranged(const struct sv_fetch *f);

/**
 * sv_fetch_bytes(f, in):
 * Make ${in} the bytes wanted; ${f} must outlive it.  Reading waits, and fails
 * for good; the reason does not name the object.
 */
void sv_fetch_bytes(struct sv_fetch *f, struct sv_bytes *in);

/**
 * sv_fetch_failed(f):
 * Why reading failed, 0 if it did not: ECANCELED if ${poll} said so; ENOMEM;
 * ESTALE if the object is not that of the first answer, or of the tag asked for,
 * any more; ETIMEDOUT if something that may pass came too often; EIO if whoever
 * asks gets the same.
 */
int sv_fetch_failed(const struct sv_fetch *f);

/**
 * sv_fetch_again(f):
 * How many requests have been made again.
 */
unsigned sv_fetch_again(const struct sv_fetch *f);

/**
 * sv_fetch_close(f):
 * Give up what is under way, and free it.
 */
void sv_fetch_close(struct sv_fetch *f);

#endif /* !SV_FETCH_H */
