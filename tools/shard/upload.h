#ifndef SV_SHARD_UPLOAD_H
#define SV_SHARD_UPLOAD_H

#include <jansson.h>
#include <stddef.h>

/*
 * Files to a bucket or a web server (lib/upload.h), instead of a directory: to
 * s3://BUCKET/PREFIX, or with PUT to http(s)://HOST/PREFIX/.  Either all arrive,
 * or those that did are deleted again, as far as that goes.
 */

/* Opaque types. */
struct upload;

/**
 * upload_wanted(output):
 * Is ${output} such a URL, and no directory?
 */
int upload_wanted(const char *output);

/**
 * upload_new(url):
 * Check the URL, and find the credentials.  Return NULL after a line on stderr
 * on failure.
 */
struct upload *upload_new(const char *url);

/**
 * upload_quiet(u):
 * Show no progress, also where there is a terminal.
 */
void upload_quiet(struct upload *u);

/**
 * upload_url(u, name):
 * The URL of the file ${name}: a string for the caller, or NULL if memory is
 * out.
 */
char *upload_url(const struct upload *u, const char *name);

/**
 * upload_where(u):
 * The member "s3" of the problem, a new object; NULL if it needs none, or memory
 * is out.
 */
json_t *upload_where(const struct upload *u);

/**
 * upload_all(u, dir, names, n, stopped):
 * Upload the ${n} files ${names} of the directory ${dir}, once.  Return 0, or -1
 * with what was uploaded deleted: after a line on stderr, but where ${stopped}
 * was not 0, which is asked many times a second.
 */
int upload_all(struct upload *u, const char *dir, char *const *names, size_t n,
    int (*stopped)(void));

/**
 * upload_undo(u):
 * Something else has failed: delete what upload_all() uploaded.  What cannot be
 * deleted is said.
 */
void upload_undo(struct upload *u);

/**
 * upload_free(u):
 * Free ${u}; what was uploaded stays.
 */
void upload_free(struct upload *u);

#endif /* !SV_SHARD_UPLOAD_H */
