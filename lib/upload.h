#ifndef SV_UPLOAD_H
#define SV_UPLOAD_H

#include <jansson.h>
#include <stdint.h>

#include "problem.h"

/*
 * Files to S3, or to what speaks its protocol (s3.h), or to a web server that
 * takes PUT; several at a time, driven by one call, without a thread.
 *
 * To S3 each request is signed with the SHA-256 of its body, so that what comes
 * out otherwise is refused there: entity tags, which are MD5 sums or not, need
 * not be looked at.  A file of more than SV_UPLOAD_WHOLE bytes goes in parts
 * (CreateMultipartUpload, UploadPart, CompleteMultipartUpload: Amazon Simple
 * Storage Service, API Reference), at most 10,000 of them.  Of a file that went
 * in parts, or to a web server, the length is asked for afterwards (HEAD), and
 * must be right where it is said.
 *
 * A request that fails in a way that may pass (web.h), or stalls, is made again,
 * SV_UPLOAD_TRIES times in all, with web.h's patience between them.
 *
 * Objects of the same names are replaced.  S3 shows an object whole or not at
 * all; a web server may do otherwise.
 */

#define SV_UPLOAD_LANES 8u	/* requests at a time */
#define SV_UPLOAD_WHOLE ((uint64_t)64 << 20)	/* bytes */
#define SV_UPLOAD_PART ((uint64_t)16 << 20)	/* bytes; S3 wants 5 MB at least */
#define SV_UPLOAD_PARTS 10000u	/* of one object: more make larger ones */
#define SV_UPLOAD_TRIES 6u
#define SV_UPLOAD_STALL 60	/* s without a byte, either way */
#define SV_UPLOAD_UNDO 30.0	/* s that deleting takes without getting on */

/* All zero: as above. */
struct sv_upload_options {
	uint64_t whole;	/* bytes of a file that does not go in parts, at most */
	uint64_t part;	/* bytes of a part */
	long stall;	/* s */
	unsigned tries;	/* of a request */
	/*
	 * Called many times a second with the bytes sent, and those of all
	 * files; anything but 0 stops it.  May be NULL.
	 */
	int (*step)(void *ctx, uint64_t done, uint64_t all);
	void *ctx;
};

/* Opaque types. */
struct sv_upload;

/**
 * sv_upload_new(url, o, why):
 * ${url} is s3://BUCKET, s3://BUCKET/PREFIX, or what begins with http:// or
 * https:// and has neither a user nor a query, which would be secrets in a
 * problem; a slash at its end may be missing.  Finds the credentials, but sends
 * nothing.  ${o} is copied.  Return it, or NULL with a
 * reason in ${why}.
 */
struct sv_upload *sv_upload_new(const char *url,
    const struct sv_upload_options *o, char why[SV_WHY]);

/**
 * sv_upload_url(u, name):
 * The URL that the file ${name} has afterwards: a string for the caller, or NULL
 * if memory is out.  Names are made of A-Z a-z 0-9 - . _ and /.
 */
char *sv_upload_url(const struct sv_upload *u, const char *name);

/**
 * sv_upload_where(u):
 * What a problem must say as "s3": a new object, or NULL (not S3, or memory is
 * out).
 */
json_t *sv_upload_where(const struct sv_upload *u);

/**
 * sv_upload_add(u, path, name, why):
 * The file ${path} is to be uploaded as ${name}.  Return 0, or -1 with a reason
 * in ${why}.
 */
int sv_upload_add(struct sv_upload *u, const char *path, const char *name,
    char why[SV_WHY]);

/**
 * sv_upload_run(u, why):
 * Upload all, once.  Return 0; or -1 with a reason, which names the object, in
 * ${why}, or with errno ECANCELED and no reason where step() stopped it.  Then
 * some may be there, or in parts.
 */
int sv_upload_run(struct sv_upload *u, char why[SV_WHY]);

/**
 * sv_upload_undo(u, why):
 * Delete what sv_upload_run() uploaded, and give up what is there in parts.
 * Return how many objects may be left, with the reason of one in ${why}.  An
 * upload in parts that was stopped before S3 had named it is not found again; it
 * holds nothing.
 */
uint64_t sv_upload_undo(struct sv_upload *u, char why[SV_WHY]);

/**
 * sv_upload_again(u):
 * How many requests have been made again.
 */
uint64_t sv_upload_again(const struct sv_upload *u);

/**
 * sv_upload_free(u):
 * Free it; what is uploaded stays.
 */
void sv_upload_free(struct sv_upload *u);

#endif /* !SV_UPLOAD_H */
