#ifndef SV_UPLOAD_STATE_H
#define SV_UPLOAD_STATE_H

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

#include "s3.h"
#include "upload.h"
#include "web.h"

/*
 * What upload_run.c, which says what is to be done next, and upload_job.c, which
 * does one request, share.
 */

#define SV_UPLOAD_ETAG 128u	/* room for an entity tag, with its end */
#define SV_UPLOAD_ID 1024u	/* and for the name of an upload in parts */

enum sv_upload_stage {
	SV_UPLOAD_NEW,
	SV_UPLOAD_BUSY,	/* one request at work, and nothing else to be done */
	SV_UPLOAD_OPEN,	/* parts may be sent */
	SV_UPLOAD_FULL,	/* all of them have been */
	SV_UPLOAD_SENT,	/* is it right? */
	SV_UPLOAD_DONE
};

struct sv_upload_file {
	char *path;
	char *target;	/* the key, or the URL */
	char *url;	/* as messages and problems say it */
	uint64_t size;
	enum sv_upload_stage stage;
	int made;	/* there may be an object */
	/* In parts: */
	char *id;	/* that S3 gave it; NULL: before that, or it has ended */
	uint64_t part;	/* bytes of each but the last */
	uint32_t parts, next, done;
	char (*etags)[SV_UPLOAD_ETAG];
};

enum sv_upload_kind {
	SV_UPLOAD_PUT, SV_UPLOAD_BEGIN, SV_UPLOAD_PIECE, SV_UPLOAD_END,
	SV_UPLOAD_CHECK, SV_UPLOAD_DELETE, SV_UPLOAD_ABORT
};

/* A request; easy is NULL while it waits to be made. */
struct sv_upload_job {
	struct sv_upload_file *file;	/* NULL: there is none */
	enum sv_upload_kind kind;
	uint32_t piece;	/* from 0 */
	unsigned failed;
	double due;	/* sv_clock_mono() from which it may be made */
	CURL *easy;
	struct curl_slist *headers;
	char *url;
	char *text;	/* a body that is not of the file */
	int fd;
	uint64_t from, length;	/* bytes of the file that are the body */
	uint64_t sent;
	int fault;	/* errno of reading the file */
	char etag[SV_UPLOAD_ETAG];
	char answer[SV_WEB_BODY];
	size_t got;
	char error[CURL_ERROR_SIZE];
};

struct sv_upload {
	struct sv_upload_options o;
	struct sv_s3 *s3;	/* NULL: a web server */
	char *prefix;	/* what names are appended to, as targets have it */
	char *base;	/* and as URLs have it */
	CURLM *multi;
	int global;	/* libcurl has been set up */
	struct sv_upload_file *file;
	size_t files, room;
	size_t first;	/* nothing is to be done for those before */
	uint64_t bytes;	/* of all files */
	uint64_t done;	/* of them, in requests that are over */
	uint64_t again;	/* requests made again */
	uint64_t undone;	/* that deleted something */
	struct sv_upload_job job[SV_UPLOAD_LANES];
};

/**
 * sv_upload_begin(u, j, why):
 * Make the request of ${j}, whose file, kind and piece are set.  Return 0, or -1
 * with a reason, without the name of the object, in ${why}.
 */
int sv_upload_begin(struct sv_upload *u, struct sv_upload_job *j,
    char why[SV_WHY]);

/**
 * sv_upload_judge(u, j, code, why):
 * The request is over, ${code} says how.  What does it mean?  If it is not fine
 * ${why} says it, without the name of the object.
 */
enum sv_web_verdict sv_upload_judge(const struct sv_upload *u,
    struct sv_upload_job *j, CURLcode code, char why[SV_WHY]);

/**
 * sv_upload_end(u, j):
 * Free what sv_upload_begin() made, whether the request is over or not; file,
 * kind, piece and failed stay.
 */
void sv_upload_end(struct sv_upload *u, struct sv_upload_job *j);

/**
 * sv_upload_drop(u):
 * Give up all requests.
 */
void sv_upload_drop(struct sv_upload *u);

#endif /* !SV_UPLOAD_STATE_H */
