#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "secret.h"
#include "upload_state.h"

#define PART_XML 256u	/* bytes of a part in the list, without its tag */
#define BUFFER (512L << 10)	/* bytes that libcurl sends at once */

/* What each kind of request is. */
static const struct {
	const char *method;
	int body;	/* the file is, or a part of it */
} kinds[] = {
	[SV_UPLOAD_PUT] = { "PUT", 1 },
	[SV_UPLOAD_BEGIN] = { "POST", 0 },
	[SV_UPLOAD_PIECE] = { "PUT", 1 },
	[SV_UPLOAD_END] = { "POST", 0 },
	[SV_UPLOAD_CHECK] = { "HEAD", 0 },
	[SV_UPLOAD_DELETE] = { "DELETE", 0 },
	[SV_UPLOAD_ABORT] = { "DELETE", 0 }
};

/* The next bytes of the body. */
static size_t
on_read(char *to, size_t size, size_t n, void *arg)
{
	struct sv_upload_job *j = arg;
	uint64_t left = j->length - j->sent;
	ssize_t got;

	n *= size;
	if (n > left)
		n = (size_t)left;
	if (n == 0)
		return (0);
	do {
		got = pread(j->fd, to, n, (off_t)(j->from + j->sent));
	} while (got == -1 && errno == EINTR);
	if (got <= 0) {
		/* It was longer. */
		j->fault = got == -1 ? errno : EIO;
		return (CURL_READFUNC_ABORT);
	}
	j->sent += (uint64_t)got;
	return ((size_t)got);
}

/* libcurl sends it again on another connection. */
static int
on_seek(void *arg, curl_off_t offset, int origin)
{
	struct sv_upload_job *j = arg;

	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > j->length)
		return (CURL_SEEKFUNC_FAIL);
	j->sent = (uint64_t)offset;
	return (CURL_SEEKFUNC_OK);
}

/* Keep the beginning of what the server says. */
static size_t
on_answer(char *data, size_t size, size_t n, void *arg)
{
	struct sv_upload_job *j = arg;
	size_t take = sizeof(j->answer) - j->got;

	n *= size;
	if (take > n)
		take = n;
	memcpy(j->answer + j->got, data, take);
	j->got += take;
	return (n);
}

/* Keep the entity tag. */
static size_t
on_header(char *data, size_t size, size_t n, void *arg)
{
	struct sv_upload_job *j = arg;
	size_t at = 5, end;

	end = n *= size;
	if (n < 5 || strncasecmp(data, "etag:", 5) != 0)
		return (n);
	while (at < end && (data[at] == ' ' || data[at] == '\t'))
		at++;
	while (end > at && strchr(" \t\r\n", data[end - 1]) != NULL)
		end--;
	j->etag[0] = '\0';
	if (end - at >= sizeof(j->etag))
		return (n);
	for (size_t i = at; i < end; i++)
		/* It is to go into XML. */
		if (data[i] <= ' ' || data[i] > '~' ||
		    strchr("<>&", data[i]) != NULL)
			return (n);
	memcpy(j->etag, data + at, end - at);
	j->etag[end - at] = '\0';
	return (n);
}

/* The SHA-256 of the body; -1 with errno set. */
static int
sum_body(struct sv_upload_job *j, char hex[2 * crypto_hash_sha256_BYTES + 1])
{
	unsigned char sum[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;
	const size_t room = (size_t)1 << 16;
	char *buf;
	size_t n = 1;

	if ((buf = malloc(room)) == NULL)
		return (-1);
	crypto_hash_sha256_init(&state);
	for (j->sent = 0; j->sent < j->length && n > 0;) {
		n = on_read(buf, 1, room, j);
		if (n == CURL_READFUNC_ABORT)
			break;
		crypto_hash_sha256_update(&state, (unsigned char *)buf, n);
	}
	free(buf);
	j->sent = 0;
	if (n == CURL_READFUNC_ABORT) {
		errno = j->fault;
		return (-1);
	}
	crypto_hash_sha256_final(&state, sum);
	sodium_bin2hex(hex, 2 * sizeof(sum) + 1, sum, sizeof(sum));
	return (0);
}

/* The list of all parts, which ends an upload; NULL if memory is out. */
static char *
list_parts(const struct sv_upload_file *f)
{
	size_t room = 128 + f->parts * (PART_XML + SV_UPLOAD_ETAG), n;
	char *s = malloc(room);

	if (s == NULL)
		return (NULL);
	n = (size_t)snprintf(s, room, "<CompleteMultipartUpload"
	    " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
	for (uint32_t i = 0; i < f->parts; i++)
		n += (size_t)snprintf(s + n, room - n, "<Part><PartNumber>%"
		    PRIu32 "</PartNumber><ETag>%s</ETag></Part>", i + 1,
		    f->etags[i]);
	snprintf(s + n, room - n, "</CompleteMultipartUpload>");
	return (s);
}

/* The query of a request to S3: 0, or -1 if memory is out. */
static int
make_query(const struct sv_upload_job *j, char *query, size_t room)
{
	char *id = NULL;

	query[0] = '\0';
	if (j->kind == SV_UPLOAD_BEGIN)
		snprintf(query, room, "uploads=");
	if (j->kind != SV_UPLOAD_PIECE && j->kind != SV_UPLOAD_END &&
	    j->kind != SV_UPLOAD_ABORT)
		return (0);
	if ((id = curl_easy_escape(NULL, j->file->id, 0)) == NULL)
		return (-1);
	if (j->kind == SV_UPLOAD_PIECE)
		snprintf(query, room, "partNumber=%" PRIu32 "&uploadId=%s",
		    j->piece + 1, id);
	else
		snprintf(query, room, "uploadId=%s", id);
	curl_free(id);
	return (0);
}

static int
add_header(struct sv_upload_job *j, const char *line)
{
	struct curl_slist *more = curl_slist_append(j->headers, line);

	if (more == NULL)
		return (-1);
	j->headers = more;
	return (0);
}

/* The URL and the headers of a request to S3; -1 with errno set. */
static int
sign(struct sv_upload *u, struct sv_upload_job *j)
{
	char hex[2 * crypto_hash_sha256_BYTES + 1];
	char query[3 * SV_UPLOAD_ID + 64], *lines[SV_S3_LINES + 1];
	struct sv_sigv4_header type = { "Content-Type",
	    j->kind == SV_UPLOAD_END ? "application/xml" :
	    "application/octet-stream" };
	struct sv_s3_request r = { .method = kinds[j->kind].method,
	    .key = j->file->target, .query = query, .headers = &type,
	    .nheader = kinds[j->kind].body || j->kind == SV_UPLOAD_BEGIN ||
	    j->kind == SV_UPLOAD_END };
	int rc = 0;

	if (make_query(j, query, sizeof(query)) == -1)
		return (-1);
	if (query[0] == '\0')
		r.query = NULL;
	if (kinds[j->kind].body) {
		if (sum_body(j, hex) == -1)
			return (-1);
		r.sum = hex;
	} else if (j->text != NULL) {
		r.body = j->text;
		r.length = strlen(j->text);
	}
	if ((j->url = sv_s3_url(u->s3, &r)) == NULL ||
	    sv_s3_lines(u->s3, &r, time(NULL), lines) == -1)
		return (-1);
	for (size_t i = 0; lines[i] != NULL && rc == 0; i++)
		rc = add_header(j, lines[i]);
	sv_s3_lines_free(lines);
	return (rc);
}

/* What is sent, and to whom; -1 with errno set. */
static int
make_request(struct sv_upload *u, struct sv_upload_job *j)
{
	const struct sv_upload_file *f = j->file;

	if (kinds[j->kind].body) {
		j->from = j->kind == SV_UPLOAD_PIECE ? j->piece * f->part : 0;
		j->length = f->size - j->from;
		if (j->kind == SV_UPLOAD_PIECE && j->length > f->part)
			j->length = f->part;
		if ((j->fd = open(f->path, O_RDONLY | O_CLOEXEC)) == -1)
			return (-1);
	}
	if (j->kind == SV_UPLOAD_END && (j->text = list_parts(f)) == NULL)
		return (-1);
	if (u->s3 != NULL)
		return (sign(u, j));
	if (kinds[j->kind].body &&
	    add_header(j, "Content-Type: application/octet-stream") == -1)
		return (-1);
	return ((j->url = strdup(f->target)) != NULL ? 0 : -1);
}

/* The options for the body, and the method. */
static void
set_body(struct sv_upload_job *j)
{
	CURL *e = j->easy;

	if (kinds[j->kind].body) {
		curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(e, CURLOPT_INFILESIZE_LARGE,
		    (curl_off_t)j->length);
		curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
		curl_easy_setopt(e, CURLOPT_READDATA, j);
		curl_easy_setopt(e, CURLOPT_SEEKFUNCTION, on_seek);
		curl_easy_setopt(e, CURLOPT_SEEKDATA, j);
		curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, BUFFER);
	} else if (strcmp(kinds[j->kind].method, "POST") == 0) {
		/*
		 * What was sent over a connection that had been used before, and
		 * then broke, libcurl would send again by itself, and nobody
		 * would know.
		 */
		curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, j->text != NULL ?
		    j->text : "");
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)(j->text != NULL ? strlen(j->text) : 0));
	} else if (j->kind == SV_UPLOAD_CHECK) {
		curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
	} else {
		curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST,
		    kinds[j->kind].method);
	}
}

int
sv_upload_begin(struct sv_upload *u, struct sv_upload_job *j, char why[SV_WHY])
{
	CURL *e;

	j->fd = -1;
	j->sent = j->length = 0;
	j->fault = 0;
	j->got = 0;
	j->etag[0] = '\0';
	errno = ENOMEM;
	if (make_request(u, j) == -1) {
		snprintf(why, SV_WHY, "%s", strerror(errno));
		goto fail;
	}
	if ((e = j->easy = curl_easy_init()) == NULL) {
		snprintf(why, SV_WHY, "out of memory");
		goto fail;
	}
	if (sv_web_set(e, j->url, j->error, why) == -1)
		goto fail;
	set_body(j);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, j->headers);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, j);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, j);
	curl_easy_setopt(e, CURLOPT_PRIVATE, j);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, u->o.stall);
	if (curl_multi_add_handle(u->multi, e) == CURLM_OK)
		return (0);
	snprintf(why, SV_WHY, "out of memory");
	curl_easy_cleanup(e);
	j->easy = NULL;
fail:
	sv_upload_end(u, j);
	return (-1);
}

/* The server has the object: as long as it should be? */
static enum sv_web_verdict
judge_length(const struct sv_upload_job *j, char why[SV_WHY])
{
	curl_off_t n = -1;

	curl_easy_getinfo(j->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &n);
	if (n < 0 || (uint64_t)n == j->file->size)
		return (SV_WEB_FINE);
	snprintf(why, SV_WHY, "%" PRIu64 " bytes were sent, and %" PRIu64
	    " are there", j->file->size, (uint64_t)n);
	return (SV_WEB_NEVER);
}

/* An answer of success. */
static enum sv_web_verdict
judge_fine(const struct sv_upload_job *j, char why[SV_WHY])
{
	struct sv_s3_error e;

	if (j->kind == SV_UPLOAD_CHECK)
		return (judge_length(j, why));
	if (j->kind == SV_UPLOAD_PIECE && j->etag[0] == '\0') {
		snprintf(why, SV_WHY, "part %" PRIu32 " has got no entity tag",
		    j->piece + 1);
		return (SV_WEB_NEVER);
	}
	/* The status may be sent before the parts are put together. */
	if (j->kind == SV_UPLOAD_END &&
	    sv_s3_error(&e, j->answer, j->got) == 0) {
		snprintf(why, SV_WHY, "%s: %.150s", e.code, e.message);
		return (SV_WEB_AGAIN);
	}
	return (SV_WEB_FINE);
}

enum sv_web_verdict
sv_upload_judge(const struct sv_upload *u, struct sv_upload_job *j,
    CURLcode code, char why[SV_WHY])
{
	struct sv_web_answer a = { .url = j->url, .code = code,
	    .error = j->error, .body = j->answer, .length = j->got };
	enum sv_web_verdict v;

	(void)u;
	if (j->fault != 0) {
		snprintf(why, SV_WHY, "%.150s: %s", j->file->path,
		    strerror(j->fault));
		return (SV_WEB_NEVER);
	}
	curl_easy_getinfo(j->easy, CURLINFO_RESPONSE_CODE, &a.status);
	v = sv_web_judge(&a, time(NULL), why);
	if (v == SV_WEB_FINE)
		return (judge_fine(j, why));
	if (code != CURLE_OK || a.status == 0)
		return (v);
	switch (j->kind) {
	case SV_UPLOAD_CHECK:
		/* Whoever may write need not be allowed to ask. */
		return (v == SV_WEB_NEVER && a.status != 404 ? SV_WEB_FINE : v);
	case SV_UPLOAD_DELETE:
	case SV_UPLOAD_ABORT:
		return (a.status == 404 ? SV_WEB_FINE : v);
	case SV_UPLOAD_END:
		/* The answer to an earlier one may have been lost. */
		return (a.status == 404 && j->failed > 0 ? SV_WEB_FINE : v);
	default:
		return (v);
	}
}

void
sv_upload_end(struct sv_upload *u, struct sv_upload_job *j)
{

	long size = 0;

	if (j->easy != NULL) {
		curl_easy_getinfo(j->easy, CURLINFO_REQUEST_SIZE, &size);
		if (size > 0 && (j->kind == SV_UPLOAD_PUT ||
		    j->kind == SV_UPLOAD_END))
			j->file->made = 1;
		curl_multi_remove_handle(u->multi, j->easy);
		curl_easy_cleanup(j->easy);
	}
	/* A signature's token is among them. */
	for (struct curl_slist *s = j->headers; s != NULL; s = s->next)
		sv_secret_wipe(s->data, strlen(s->data));
	curl_slist_free_all(j->headers);
	if (j->fd != -1)
		close(j->fd);
	free(j->url);
	free(j->text);
	j->easy = NULL;
	j->headers = NULL;
	j->fd = -1;
	j->url = j->text = NULL;
}
