#ifndef SV_HOSTED_H
#define SV_HOSTED_H

#include <stdint.h>

#include "bytes.h"
#include "csr.h"
#include "fetch.h"
#include "problem.h"

/*
 * Some bytes of a file, wherever it lies: file:, http:, https: or s3:.
 */

/* Opaque types. */
struct sv_hosted;

/**
 * sv_hosted_open(o, poll, why):
 * Open the bytes that ${o} names: as sv_fetch_open(), but that file: URLs will
 * do.  ${poll}, which may be NULL, must outlive it.  Return it, or NULL with a
 * reason, which names the URL, in ${why}, and with errno as sv_hosted_failed()
 * says.
 */
struct sv_hosted *sv_hosted_open(const struct sv_fetch_object *o,
    const struct sv_csr_poll *poll, char why[SV_WHY]);

/**
 * sv_hosted_size(h):
 * Bytes of the whole file; UINT64_MAX where a server does not say.
 */
uint64_t sv_hosted_size(const struct sv_hosted *h);

/**
 * sv_hosted_etag(h):
 * Its entity tag, which lives as long as ${h}, or NULL.
 */
const char *sv_hosted_etag(const struct sv_hosted *h);

/**
 * sv_hosted_ranged(h):
 * Can others have other parts of it, or does its server know the whole only?
 */
int sv_hosted_ranged(const struct sv_hosted *h);

/**
 * sv_hosted_bytes(h, in):
 * Make ${in} the bytes, for as long as ${h} lives.  Reasons do not name the URL.
 */
void sv_hosted_bytes(struct sv_hosted *h, struct sv_bytes *in);

/**
 * sv_hosted_failed(h):
 * Why reading failed, as sv_fetch_failed(): EIO if it was a file.
 */
int sv_hosted_failed(const struct sv_hosted *h);

/**
 * sv_hosted_close(h):
 * Close and free it.
 */
void sv_hosted_close(struct sv_hosted *h);

#endif /* !SV_HOSTED_H */
