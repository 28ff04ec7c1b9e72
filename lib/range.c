#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hosted.h"
#include "json.h"
#include "libsvm.h"
#include "lines.h"
#include "problem_text.h"
#include "range.h"
#include "web.h"

struct sv_range {
	struct sv_fetch_object object;	/* what is being read of it */
	char name[SV_WEB_NAME];	/* its URL as it may be shown */
	const struct sv_csr_poll *poll;
	uint64_t bytes;	/* of the whole text */
	uint64_t from, to;
	uint64_t d;
	int zero_based;
	int mapped;	/* labels are, by ${positive} */
	double positive;
	int counted;	/* n and nnz are to come */
	uint64_t n, nnz;
	uint64_t rows, elements;	/* that came */
	struct sv_hosted *hosted;	/* or NULL */
	struct sv_bytes in;	/* of hosted */
	uint64_t step;	/* bytes to ask for next */
	char *etag;	/* that the first answer had, if the share says none */
	struct sv_lines lines;
	struct sv_libsvm *text;
	char why[SV_WHY];	/* of a read that has failed ... */
	int error;	/* ... and its errno */
};

/* Say what is wrong; return -1. */
static int
fail(const struct sv_range *r, char why[SV_WHY], const char *what)
{

	snprintf(why, SV_WHY, "%s: %.130s", r->name, what);
	errno = EINVAL;
	return (-1);
}

/* The members of ${share}.  NULL, or the name of the one that is wrong. */
static const char *
take(struct sv_range *r, const json_t *share)
{
	const json_t *v = json_object_get(share, "zero_based");
	struct sv_fetch_object *o = &r->object;

	if (sv_json_string(share, "url", &o->url) == -1)
		return ("url");
	sv_web_name(o->url, r->name);
	if (json_object_get(share, "etag") != NULL &&
	    sv_json_string(share, "etag", &o->etag) == -1)
		return ("etag");
	o->where = json_object_get(share, "s3");
	if (sv_json_u64(share, "bytes", 1, INT64_MAX, &r->bytes) == -1)
		return ("bytes");
	if (sv_json_u64(share, "d", 1, SV_RECIPE_MAXCOLS, &r->d) == -1)
		return ("d");
	if (sv_json_u64(share, "from", 0, INT64_MAX, &r->from) == -1)
		return ("from");
	if (sv_json_u64(share, "to", r->from, INT64_MAX, &r->to) == -1)
		return ("to");
	r->zero_based = json_is_true(v);
	if (v != NULL && !json_is_boolean(v))
		return ("zero_based");
	if (sv_problem_positive(share, &r->mapped, &r->positive) == -1)
		return ("positive");
	/* Neither a row nor an element is less than a byte. */
	r->counted = json_object_get(share, "n") != NULL;
	if (r->counted && sv_json_u64(share, "n", 0, r->bytes, &r->n) == -1)
		return ("n");
	if (r->counted && sv_json_u64(share, "nnz", 0, r->bytes,
	    &r->nnz) == -1)
		return ("nnz");
	return (NULL);
}

/* The entity tag of what is open holds for the rest. */
static int
keep_etag(struct sv_range *r)
{
	const char *etag = sv_hosted_etag(r->hosted);

	if (r->object.etag != NULL || etag == NULL)
		return (0);
	r->object.etag = r->etag = strdup(etag);
	return (r->etag != NULL ? 0 : -1);
}

/* Open the bytes from object.to on, as many as ${step}. */
static int
open_more(struct sv_range *r)
{
	struct sv_fetch_object *o = &r->object;
	uint64_t size;

	sv_hosted_close(r->hosted);
	o->from = o->to;
	o->to = r->bytes - o->from > r->step ? o->from + r->step : r->bytes;
	if ((r->hosted = sv_hosted_open(o, r->poll, r->why)) == NULL) {
		r->error = errno;
		return (-1);
	}
	size = sv_hosted_size(r->hosted);
	if (size != r->bytes && size != UINT64_MAX) {
		snprintf(r->why, SV_WHY, "%s: not the text expected: it has %"
		    PRIu64 " bytes, and had %" PRIu64, r->name, size, r->bytes);
		r->error = ESTALE;
		return (-1);
	}
	if (keep_etag(r) == -1) {
		snprintf(r->why, SV_WHY, "%s: out of memory", r->name);
		r->error = ENOMEM;
		return (-1);
	}
	sv_hosted_bytes(r->hosted, &r->in);
	/* Twice as much each time: whoever has long lines has many bytes. */
	r->step = o->from < r->to ? SV_RANGE_SLACK : 2 * r->step;
	return (0);
}

/* Bytes of the text from where it was begun to its end. */
static ssize_t
read_text(void *ctx, void *buf, size_t len)
{
	struct sv_range *r = ctx;
	ssize_t n;

	for (;;) {
		if (r->hosted != NULL) {
			n = sv_bytes_read(&r->in, buf, len);
			if (n == -1) {
				snprintf(r->why, SV_WHY, "%s: %.130s", r->name,
				    sv_bytes_why(&r->in));
				r->error = sv_hosted_failed(r->hosted);
			}
			if (n != 0 || r->object.to == r->bytes)
				return (n);
		}
		if (open_more(r) == -1) {
			/* Nothing that asks to be tried again. */
			errno = EIO;
			return (-1);
		}
	}
}

static const char *
why_not(void *ctx)
{
	const struct sv_range *r = ctx;

	return (r->why);
}

/* Find the first line. */
static int
begin(struct sv_range *r)
{
	struct sv_bytes in = { read_text, why_not, r };
	uint64_t at = r->from > 0 ? r->from - 1 : 0;

	r->object.to = at;
	r->step = r->to - at + SV_RANGE_SLACK;
	sv_lines_init(&r->lines, &in, at);
	sv_lines_to(&r->lines, r->from);
	if (sv_lines_skip(&r->lines) == -1)
		return (-1);
	sv_lines_to(&r->lines, r->to);
	sv_lines_bytes(&r->lines, &in);
	if ((r->text = sv_libsvm_new(&in, "", r->d)) == NULL) {
		snprintf(r->why, SV_WHY, "%s: out of memory", r->name);
		r->error = ENOMEM;
		return (-1);
	}
	sv_libsvm_quiet(r->text);
	sv_libsvm_at(r->text, r->lines.at);
	if (r->zero_based)
		sv_libsvm_zero_based(r->text);
	return (0);
}

struct sv_range *
sv_range_open(const json_t *share, const struct sv_csr_poll *poll,
    char why[SV_WHY])
{
	struct sv_range *r;
	const char *key;
	int error;

	if ((r = calloc(1, sizeof(*r))) == NULL) {
		snprintf(why, SV_WHY, "share: out of memory");
		errno = ENOMEM;
		return (NULL);
	}
	r->poll = poll;
	r->error = EINVAL;
	if ((key = take(r, share)) != NULL) {
		snprintf(why, SV_WHY, "share: \"%s\" is missing or out of"
		    " bounds", key);
		goto fail;
	}
	if (r->to > r->bytes)
		r->to = r->bytes;
	if (r->from < r->to && begin(r) == -1) {
		memcpy(why, r->why, SV_WHY);
		goto fail;
	}
	return (r);

fail:
	error = r->error;
	sv_range_close(r);
	errno = error;
	return (NULL);
}

/* Nothing came, or nothing more: was that all? */
static int
end(struct sv_range *r, char why[SV_WHY])
{

	if (!r->counted || (r->rows == r->n && r->elements == r->nnz))
		return (0);
	snprintf(why, SV_WHY, "%s: not the text expected: bytes %" PRIu64
	    " to %" PRIu64 " have another number of rows or non-zeros",
	    r->name, r->from, r->to);
	errno = EINVAL;
	return (-1);
}

int
sv_range_next(struct sv_range *r, struct sv_csr *part, char why[SV_WHY])
{
	int rc = 0;

	if (r->poll != NULL && r->poll->fn(r->poll->ctx) != 0)
		goto canceled;
	if (r->text != NULL)
		rc = sv_libsvm_next(r->text, part);
	if (rc == 0)
		return (end(r, why));
	if (rc == -1 && r->poll != NULL && r->poll->fn(r->poll->ctx) != 0)
		goto canceled;
	if (rc == -1) {
		if (r->why[0] == '\0')
			return (fail(r, why, sv_libsvm_why(r->text)));
		memcpy(why, r->why, SV_WHY);
		errno = r->error;
		return (-1);
	}
	r->rows += part->rows;
	r->elements += part->nnz;
	if (r->counted && (r->rows > r->n || r->elements > r->nnz))
		return (end(r, why));
	part->cols = r->d;
	if (r->mapped)
		sv_problem_relabel(part->label, part->rows, r->positive);
	return (1);

canceled:
	fail(r, why, strerror(ECANCELED));
	errno = ECANCELED;
	return (-1);
}

void
sv_range_close(struct sv_range *r)
{

	if (r == NULL)
		return;
	sv_libsvm_free(r->text);
	sv_hosted_close(r->hosted);
	free(r->etag);
	free(r);
}
