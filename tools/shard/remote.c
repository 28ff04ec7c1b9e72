#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "hosted.h"
#include "io.h"
#include "json.h"
#include "labels.h"
#include "libsvm.h"
#include "lines.h"
#include "number.h"
#include "progress.h"
#include "remote.h"
#include "s3.h"
#include "unpack_kind.h"
#include "web.h"

#define PROBE ((size_t)1 << 16)	/* bytes that are looked at in any case */

/* One worker's bytes, and what is in them. */
struct range {
	uint64_t from, to;
	uint64_t n, nnz;
};

struct remote {
	const struct remote_options *o;
	char name[SV_WEB_NAME];	/* the URL, as it may be shown */
	uint64_t bytes;
	char *etag;	/* or NULL */
	char head[PROBE];	/* the text's beginning */
	size_t have;
	int mapped;	/* labels are, by ${positive} */
	double positive;
	struct range *range;
	/* What has been read: */
	uint64_t n, nnz, d;
	uint64_t positives;	/* rows whose label is ${positive} */
	struct labels labels;
	struct progress progress;
	struct sv_lines lines;
};

/* The options that concern the rows.  0, or -1 after a message. */
static int
take_options(struct remote *r, const struct remote_options *o)
{
	const char *end;

	r->o = o;
	sv_web_name(o->url, r->name);
	if (strncmp(o->url, "file:", 5) != 0 && !sv_web_is(o->url) &&
	    !sv_s3_is(o->url)) {
		sv_warnx("--remote %s: expected a URL that begins with http://,"
		    " https://, s3:// or file:///", r->name);
		return (-1);
	}
	if (o->positive != NULL) {
		r->positive = sv_number_parse(o->positive, &end);
		if (end == o->positive || *end != '\0') {
			sv_warnx("--positive %s: expected a number, as labels"
			    " of LIBSVM text are", o->positive);
			return (-1);
		}
		r->mapped = 1;
	}
	r->range = calloc(o->workers, sizeof(*r->range));
	if (r->range == NULL) {
		sv_warn("%" PRIu32 " ranges", o->workers);
		return (-1);
	}
	return (0);
}

/* Can workers read parts of it?  0, or -1 after a message. */
static int
check_server(struct remote *r, const struct sv_hosted *h)
{
	const char *etag = sv_hosted_etag(h);

	r->bytes = sv_hosted_size(h);
	if (!sv_hosted_ranged(h) || r->bytes == UINT64_MAX) {
		sv_warnx("%s: the server gives the whole only, and no ranges of"
		    " bytes, which workers would ask for: download it, and cut"
		    " it with sv-shard -o", r->name);
		return (-1);
	}
	if (r->bytes == 0) {
		sv_warnx("%s: it is empty", r->name);
		return (-1);
	}
	if (etag != NULL && (r->etag = strdup(etag)) == NULL) {
		sv_warn("%s", r->name);
		return (-1);
	}
	return (0);
}

/* Is it plain text?  0, or -1 after a message. */
static int
check_kind(const struct remote *r)
{
	const char *what;

	if (r->have >= 4 && sv_frame_begins(r->head, 4)) {
		sv_warnx("%s: frames, and no LIBSVM text", r->name);
		return (-1);
	}
	switch (sv_unpack_kind(r->head, r->have, &what)) {
	case SV_UNPACK_PLAIN:
		return (0);
	case SV_UNPACK_PACKED:
	case SV_UNPACK_MEMBERS:
		sv_warnx("%s: packed (%s), and nobody can unpack a part of it:"
		    " download it, and cut it with sv-shard -o, or host it"
		    " unpacked", r->name, what);
		return (-1);
	case SV_UNPACK_FOREIGN:
		break;
	}
	sv_warnx("%s: %s", r->name, what);
	return (-1);
}

/* Look at its beginning. */
static int
probe(struct remote *r)
{
	const struct sv_fetch_object o = { .url = r->o->url, .to = PROBE };
	char why[SV_WHY];
	struct sv_hosted *h;
	struct sv_bytes in;
	ssize_t n;
	int rc = -1;

	if ((h = sv_hosted_open(&o, NULL, why)) == NULL) {
		sv_warnx("%s", why);
		return (-1);
	}
	sv_hosted_bytes(h, &in);
	if (check_server(r, h) == 0) {
		if ((n = sv_bytes_fill(&in, r->head, PROBE)) == -1) {
			sv_warnx("%s: %s", r->name, sv_bytes_why(&in));
		} else {
			r->have = (size_t)n;
			rc = check_kind(r);
		}
	}
	sv_hosted_close(h);
	return (rc);
}

/* All rows of a section: count them as those of ${range}. */
static int
read_section(struct remote *r, struct range *range)
{
	struct sv_libsvm *text;
	struct sv_bytes in;
	struct sv_csr part;
	int rc;

	sv_lines_bytes(&r->lines, &in);
	if ((text = sv_libsvm_new(&in, r->name, r->o->d)) == NULL) {
		sv_warn("%s", r->name);
		return (-1);
	}
	sv_libsvm_at(text, r->lines.at);
	if (r->o->zero_based)
		sv_libsvm_zero_based(text);
	while ((rc = sv_libsvm_next(text, &part)) == 1) {
		for (uint64_t i = 0; i < part.rows; i++) {
			labels_add(&r->labels, part.label[i]);
			r->positives += part.label[i] >= r->positive &&
			    part.label[i] <= r->positive;
		}
		range->n += part.rows;
		range->nnz += part.nnz;
		r->n += part.rows;
		r->nnz += part.nnz;
		if (part.cols > r->d)
			r->d = part.cols;
		progress_bytes(&r->progress, r->lines.at, r->bytes, r->n);
	}
	sv_libsvm_free(text);
	return (rc);
}

/* Where worker ${i} begins, where lines do not matter: floor(bytes i / W). */
static uint64_t
cut(const struct remote *r, uint32_t i)
{
	const uint32_t W = r->o->workers;

	return (r->bytes / W * i + r->bytes % W * i / W);
}

/* Give the rows of ${in} to the ranges, which then begin and end with lines. */
static int
read_sections(struct remote *r, const struct sv_bytes *in)
{
	const uint32_t W = r->o->workers;

	sv_lines_init(&r->lines, in, 0);
	for (uint32_t i = 0; i < W; i++) {
		r->range[i].from = r->lines.at;
		sv_lines_to(&r->lines, cut(r, i + 1));
		if (read_section(r, &r->range[i]) == -1)
			return (-1);
		r->range[i].to = r->lines.at;
	}
	if (r->lines.at != r->bytes) {
		sv_warnx("%s: it has changed while it was read", r->name);
		return (-1);
	}
	return (0);
}

/* What has been read must make sense. */
static int
check_rows(const struct remote *r)
{

	if (r->n == 0)
		sv_warnx("%s: no rows", r->name);
	else if (r->n < r->o->workers)
		sv_warnx("%s: only %" PRIu64 " rows for %" PRIu32 " workers",
		    r->name, r->n, r->o->workers);
	else if (r->d == 0)
		sv_warnx("%s: no features: every row is empty", r->name);
	else if (r->mapped && r->positives == 0)
		sv_warnx("%s: no row has the label %s of --positive", r->name,
		    r->o->positive);
	else
		return (0);
	return (-1);
}

/* Read the text through. */
static int
read_all(struct remote *r)
{
	const struct sv_fetch_object o = { .url = r->o->url, .etag = r->etag,
	    .to = UINT64_MAX };
	char why[SV_WHY];
	struct sv_hosted *h;
	struct sv_bytes in;
	int rc;

	if ((h = sv_hosted_open(&o, NULL, why)) == NULL) {
		sv_warnx("%s", why);
		return (-1);
	}
	sv_hosted_bytes(h, &in);
	progress_begin(&r->progress, r->name, r->o->quiet);
	rc = read_sections(r, &in);
	progress_end(&r->progress);
	sv_hosted_close(h);
	if (rc == -1 || check_rows(r) == -1)
		return (-1);
	if (!r->mapped && labels_are(&r->labels, 1, 2)) {
		r->mapped = 1;
		r->positive = 2;
	}
	return (0);
}

/* Bytes that are there already. */
struct begin {
	const char *at;
	size_t len;
};

static ssize_t
read_begin(void *ctx, void *buf, size_t len)
{
	struct begin *b = ctx;

	if (len > b->len)
		len = b->len;
	memcpy(buf, b->at, len);
	b->at += len;
	b->len -= len;
	return ((ssize_t)len);
}

/* Whole lines of what has been looked at must be rows. */
static int
check_begin(struct remote *r)
{
	struct begin b = { r->head, r->have };
	struct sv_bytes in = { read_begin, NULL, &b };
	struct range none = { .n = 0 };

	while (r->have < r->bytes && b.len > 0 && b.at[b.len - 1] != '\n')
		b.len--;
	r->progress.quiet = 1;
	sv_lines_init(&r->lines, &in, 0);
	sv_lines_to(&r->lines, r->bytes);
	return (read_section(r, &none));
}

/* The member "ranges", or NULL. */
static json_t *
ranges_json(const struct remote *r)
{
	json_t *a = json_array(), *o;

	for (uint32_t i = 0; i < r->o->workers; i++) {
		const struct range *range = &r->range[i];

		o = json_pack("{s:I, s:I}", "from", (json_int_t)range->from,
		    "to", (json_int_t)range->to);
		if (o != NULL && r->o->d == 0 && (json_object_set_new(o, "n",
		    json_integer((json_int_t)range->n)) == -1 ||
		    json_object_set_new(o, "nnz",
		    json_integer((json_int_t)range->nnz)) == -1)) {
			json_decref(o);
			o = NULL;
		}
		if (json_array_append_new(a, o) == -1) {
			json_decref(a);
			return (NULL);
		}
	}
	return (a);
}

/* The member "s3"; -1 after a message. */
static int
find_where(const struct remote *r, json_t **where)
{
	struct sv_s3 *s3;
	char why[SV_WHY];

	*where = NULL;
	if (!sv_s3_is(r->o->url))
		return (0);
	if ((s3 = sv_s3_new(r->o->url, NULL, why)) == NULL) {
		sv_warnx("%s", why);
		return (-1);
	}
	*where = sv_s3_where(s3);
	sv_s3_free(s3);
	if (*where == NULL)
		sv_warnx("%s: out of memory", r->name);
	return (*where != NULL ? 0 : -1);
}

static int
put_problem(const struct remote *r)
{
	const int read = r->o->d == 0;
	struct sv_frame f;
	json_t *o, *where;

	if (find_where(r, &where) == -1)
		return (-1);
	o = json_pack("{s:s, s:s, s:I, s:s*, s:I, s:o*, s:o*, s:o*, s:o*, s:o*,"
	    " s:s*, s:o*, s:o}",
	    "kind", "ranges", "url", r->o->url, "bytes", (json_int_t)r->bytes,
	    "etag", r->etag, "d", (json_int_t)(read ? r->d : r->o->d),
	    "n", read ? json_integer((json_int_t)r->n) : NULL,
	    "nnz", read ? json_integer((json_int_t)r->nnz) : NULL,
	    "labels", read ? labels_json(&r->labels) : NULL,
	    "zero_based", r->o->zero_based ? json_true() : NULL,
	    "positive", r->mapped ? labels_number(r->positive) : NULL,
	    "values", r->o->elem == SV_F32 ? "f32" : NULL, "s3", where,
	    "ranges", ranges_json(r));
	if (sv_json_frame(&f, SV_PROBLEM, o) == -1 ||
	    sv_frame_send(STDOUT_FILENO, &f) == -1) {
		sv_warn("cannot write the problem");
		return (-1);
	}
	return (0);
}

static void
say(const struct remote *r)
{
	char labels[256];

	if (r->o->d > 0) {
		sv_warnx("%s: %" PRIu64 " bytes in %" PRIu32 " ranges, %" PRIu64
		    " features; the rows have not been read", r->name, r->bytes,
		    r->o->workers, r->o->d);
		return;
	}
	labels_text(&r->labels, labels, sizeof(labels));
	sv_warnx("%s: %" PRIu64 " rows of %" PRIu64 " features in %" PRIu32
	    " ranges of %" PRIu64 " bytes; %s", r->name, r->n, r->d,
	    r->o->workers, r->bytes, labels);
	if (r->o->positive == NULL && r->mapped)
		sv_warnx("%s: label 2 becomes 1, and 1 becomes -1", r->name);
}

int
remote_run(const struct remote_options *o)
{
	struct remote *r;
	int status = SV_EXIT_FAILED, rc;

	if ((r = calloc(1, sizeof(*r))) == NULL) {
		sv_warn("--remote");
		return (SV_EXIT_FAILED);
	}
	if (take_options(r, o) == -1) {
		status = SV_EXIT_USAGE;
	} else if (probe(r) == 0) {
		for (uint32_t i = 0; o->d > 0 && i < o->workers; i++) {
			r->range[i].from = cut(r, i);
			r->range[i].to = cut(r, i + 1);
		}
		rc = o->d > 0 ? check_begin(r) : read_all(r);
		if (rc == 0 && put_problem(r) == 0)
			status = SV_EXIT_DONE;
	}
	if (status == SV_EXIT_DONE && o->verbose)
		say(r);
	free(r->range);
	free(r->etag);
	free(r);
	return (status);
}
