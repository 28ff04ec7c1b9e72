#ifndef SV_FETCH_HEAD_H
#define SV_FETCH_HEAD_H

#include <stddef.h>
#include <stdint.h>

#include "fetch.h"

/*
 * What the head of an answer says of the bytes that follow (RFC 9110, sections
 * 8.6, 8.8.3 and 14.4).  No interface of the module.
 */

struct sv_fetch_head {
	int ranged;	/* there was a Content-Range that makes sense */
	uint64_t from;	/* [from, to) of size; from = to: of none */
	uint64_t to;
	uint64_t size;
	int sized;	/* there was a Content-Length that makes sense */
	uint64_t length;
	char etag[SV_FETCH_ETAG];	/* strong, with its quotes; or "" */
};

/**
 * sv_fetch_head_line(h, line, n):
 * Take one line of an answer, as it came; a status line begins anew.
 */
void sv_fetch_head_line(struct sv_fetch_head *h, const char *line, size_t n);

/**
 * sv_fetch_etag_ok(etag, n):
 * Are the ${n} bytes a strong entity tag that fits SV_FETCH_ETAG?
 */
int sv_fetch_etag_ok(const char *etag, size_t n);

#endif /* !SV_FETCH_HEAD_H */
