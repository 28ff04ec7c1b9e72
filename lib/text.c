#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "csvtext.h"
#include "err.h"
#include "libsvm.h"
#include "number.h"
#include "schema.h"
#include "text.h"
#include "unpack.h"

#define MAXLABELS 8u	/* that are told where none is the positive one */

struct sv_text {
	const struct sv_text_options *o;
	struct sv_schema *schema;	/* o->schema, or NULL */
	const char *positive;	/* label, or NULL */
	int zero_based;

	/* Files, and the text at hand. */
	char *const *names;
	size_t n, next;
	const char *file;	/* in messages; NULL: none is open */
	int fd, own;	/* own: close it */
	uint64_t done, total;	/* bytes of files before; of all, or 0 */
	struct sv_unpack *unpack;
	enum sv_text_format format;	/* of all texts; AUTO: none yet */
	struct sv_libsvm *libsvm;	/* NULL between texts */
	struct sv_csvtext *csv;	/* of all texts */
	int reading;

	/* LIBSVM. */
	uint64_t largest;	/* columns of the texts before */
	double one;	/* the positive label */
	int ones;	/* it was there */
	double other[MAXLABELS];	/* labels beside it, the first few */
	unsigned nother;	/* MAXLABELS + 1: more */
	char lacks[400];
};

/* Endings of names, and what they say. */
static const struct {
	const char *end;
	enum sv_text_format format;	/* AUTO: of what is in it */
} ends[] = {
	{ ".gz", SV_TEXT_AUTO }, { ".bz2", SV_TEXT_AUTO },
	{ ".xz", SV_TEXT_AUTO }, { ".zst", SV_TEXT_AUTO },
	{ ".lz4", SV_TEXT_AUTO }, { ".zip", SV_TEXT_AUTO },
	{ ".tar", SV_TEXT_AUTO }, { ".tgz", SV_TEXT_AUTO },
	{ ".csv", SV_TEXT_CSV }, { ".tsv", SV_TEXT_TSV },
	{ ".tab", SV_TEXT_TSV }, { ".svm", SV_TEXT_LIBSVM },
	{ ".libsvm", SV_TEXT_LIBSVM }
};

/* What a name says of the format, perhaps nothing: AUTO. */
static enum sv_text_format
name_says(const char *name)
{
	size_t len = strlen(name), n, i;

	do {
		for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
			n = strlen(ends[i].end);
			if (len > n && strncasecmp(name + len - n, ends[i].end,
			    n) == 0)
				break;
		}
		if (i == sizeof(ends) / sizeof(ends[0]))
			return (SV_TEXT_AUTO);
		len -= n;
	} while (ends[i].format == SV_TEXT_AUTO);
	return (ends[i].format);
}

static const char *
format_name(enum sv_text_format format)
{

	return (format == SV_TEXT_CSV ? "CSV" : format == SV_TEXT_TSV ? "TSV" :
	    "LIBSVM");
}

/* The format of the text at hand; AUTO after a line on stderr. */
static enum sv_text_format
format_of(struct sv_text *t)
{
	static const enum sv_text_format of_schema[] = {
		[SV_SCHEMA_LIBSVM] = SV_TEXT_LIBSVM,
		[SV_SCHEMA_CSV] = SV_TEXT_CSV,
		[SV_SCHEMA_TSV] = SV_TEXT_TSV
	};
	enum sv_text_format format = t->o->format;

	if (format == SV_TEXT_AUTO && t->schema != NULL)
		format = of_schema[t->schema->format];
	if (format == SV_TEXT_AUTO)
		format = name_says(sv_unpack_name(t->unpack));
	if (format == SV_TEXT_AUTO)
		format = name_says(t->file);
	if (format == SV_TEXT_AUTO)
		format = SV_TEXT_LIBSVM;
	if (t->format == SV_TEXT_AUTO)
		t->format = format;
	if (t->format == format)
		return (format);
	sv_warnx("%s: %s text by its name, but those before were %s: all must"
	    " be of one format", sv_unpack_name(t->unpack), format_name(format),
	    format_name(t->format));
	return (SV_TEXT_AUTO);
}

/* An option that texts of another format have, by its name; NULL: none. */
static const char *
stray(const struct sv_text_options *o, enum sv_text_format format)
{

	if (o->schema != NULL)
		return (NULL);
	if (format != SV_TEXT_LIBSVM)
		return (o->zero_based ? "--zero-based" : NULL);
	return (o->label != NULL ? "--label" :
	    o->categorical != NULL ? "--categorical" :
	    o->ignore != NULL ? "--ignore" : o->buckets != 0 ? "--hash" :
	    o->missing != NULL ? "--missing" :
	    o->no_header ? "--no-header" : NULL);
}

/* Are options for this text?  0, or -1 after a line on stderr. */
static int
check_stray(const struct sv_text *t, enum sv_text_format format)
{
	const char *option = stray(t->o, format);
	const char *named = t->o->named != NULL ? t->o->named : "-f";

	if (option == NULL)
		return (0);
	if (format != SV_TEXT_LIBSVM)
		sv_warnx("%s: %s text: %s is for LIBSVM text",
		    sv_unpack_name(t->unpack), format_name(format), option);
	else if (t->o->format == SV_TEXT_LIBSVM)
		sv_warnx("%s: %s is for CSV and TSV, not for LIBSVM text",
		    sv_unpack_name(t->unpack), option);
	else
		sv_warnx("%s: %s is for CSV and TSV, and by its name this is"
		    " neither: say %s csv or %s tsv",
		    sv_unpack_name(t->unpack), option, named, named);
	return (-1);
}

/* What options or schema say, checked.  Return 0, or -1 after a line. */
static int
begin(struct sv_text *t, const struct sv_text_options *o)
{
	char why[SV_WHY];

	t->o = o;
	t->fd = -1;
	t->positive = o->positive;
	t->zero_based = o->zero_based;
	if (o->schema == NULL || json_is_null(o->schema))
		return (0);
	if ((t->schema = sv_schema_parse(o->schema, why)) == NULL) {
		sv_warnx("schema: %s", why);
		return (-1);
	}
	t->positive = t->schema->positive;
	t->zero_based = t->schema->zero_based;
	return (0);
}

/* Are all files there, and how large are they?  -1 after a line on stderr. */
static int
look(struct sv_text *t)
{
	struct stat st;
	int known = t->n > 0;

	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->names[i], "-") == 0) {
			known = 0;
			continue;
		}
		if (stat(t->names[i], &st) == -1) {
			sv_warn("%s", t->names[i]);
			return (-1);
		}
		known = known && S_ISREG(st.st_mode);
		t->total += (uint64_t)st.st_size;
	}
	if (!known)
		t->total = 0;
	return (0);
}

struct sv_text *
sv_text_new(const struct sv_text_options *o, char *const *names, size_t n)
{
	static char dash[] = "-", *const standard[] = { dash };
	struct sv_text *t;

	if ((t = calloc(1, sizeof(*t))) == NULL) {
		sv_warn("text");
		return (NULL);
	}
	t->names = n > 0 ? names : standard;
	t->n = n > 0 ? n : 1;
	if (begin(t, o) == -1 || look(t) == -1) {
		sv_text_free(t);
		return (NULL);
	}
	return (t);
}

struct sv_text *
sv_text_fd(const struct sv_text_options *o, int fd, const char *name,
    const void *data, size_t len)
{
	struct stat st;
	struct sv_text *t;

	if ((t = calloc(1, sizeof(*t))) == NULL) {
		sv_warn("%s", name);
		return (NULL);
	}
	if (begin(t, o) == -1)
		goto err;
	t->fd = fd;
	t->file = name;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		t->total = (uint64_t)st.st_size;
	if ((t->unpack = sv_unpack_new(fd, name, data, len)) == NULL)
		goto err;
	return (t);
err:
	sv_text_free(t);
	return (NULL);
}

/* Open the next file.  1, 0 if there is none, -1 after a line on stderr. */
static int
open_file(struct sv_text *t)
{
	const char *name;

	if (t->next == t->n)
		return (0);
	name = t->names[t->next++];
	t->own = strcmp(name, "-") != 0;
	t->file = t->own ? name : "standard input";
	t->fd = t->own ? open(name, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (t->fd == -1) {
		sv_warn("%s", name);
		return (-1);
	}
	t->unpack = sv_unpack_new(t->fd, t->file, NULL, 0);
	return (t->unpack == NULL ? -1 : 1);
}

static void
close_file(struct sv_text *t)
{

	if (t->unpack != NULL)
		t->done += sv_unpack_done(t->unpack);
	sv_unpack_free(t->unpack);
	t->unpack = NULL;
	if (t->own && t->fd != -1)
		close(t->fd);
	t->fd = -1;
	t->own = 0;
}

/* Begin the LIBSVM text ${in}.  Return 0, or -1 after a line on stderr. */
static int
begin_libsvm(struct sv_text *t, const struct sv_bytes *in)
{
	const char *name = sv_unpack_name(t->unpack), *end;

	if (t->positive != NULL) {
		t->one = sv_number_parse(t->positive, &end);
		if (end == t->positive || *end != '\0') {
			sv_warnx("%s: the positive label is to be '%s', but"
			    " labels of LIBSVM text are numbers", name,
			    t->positive);
			return (-1);
		}
	}
	if ((t->libsvm = sv_libsvm_new(in, name, t->o->d)) == NULL) {
		sv_warn("%s", name);
		return (-1);
	}
	if (t->zero_based)
		sv_libsvm_zero_based(t->libsvm);
	return (0);
}

static int
begin_csv(struct sv_text *t, const struct sv_bytes *in)
{

	if (t->csv == NULL) {
		t->csv = sv_csvtext_new(t->o, t->format == SV_TEXT_TSV);
		if (t->csv == NULL)
			return (-1);
	}
	sv_csvtext_begin(t->csv, in, sv_unpack_name(t->unpack));
	return (0);
}

/* Begin the next text.  1, 0 if there is none, -1 after a line on stderr. */
static int
begin_text(struct sv_text *t)
{
	enum sv_text_format format;
	struct sv_bytes in;
	int rc;

	for (;;) {
		if (t->unpack == NULL && (rc = open_file(t)) != 1)
			return (rc);
		if ((rc = sv_unpack_next(t->unpack, &in)) == -1)
			return (-1);
		if (rc == 1)
			break;
		close_file(t);
	}
	if ((format = format_of(t)) == SV_TEXT_AUTO ||
	    check_stray(t, format) == -1)
		return (-1);
	rc = format == SV_TEXT_LIBSVM ? begin_libsvm(t, &in) :
	    begin_csv(t, &in);
	t->reading = rc == 0;
	return (rc == 0 ? 1 : -1);
}

/* Keep ${y} as one of the labels that are not the positive one. */
static void
note(struct sv_text *t, double y)
{

	for (unsigned i = 0; i < t->nother && i < MAXLABELS; i++)
		if (t->other[i] == y)
			return;
	if (t->nother < MAXLABELS)
		t->other[t->nother++] = y;
	else
		t->nother = MAXLABELS + 1;
}

/* Labels as 1 and -1. */
static void
map(struct sv_text *t, const struct sv_csr *part)
{
	double y, last = t->one;

	for (uint64_t i = 0; i < part->rows; i++) {
		y = part->label[i];
		if (y == t->one)
			t->ones = 1;
		else if (y != last)
			note(t, last = y);
		part->label[i] = y == t->one ? 1 : -1;
	}
}

int
sv_text_next(struct sv_text *t, struct sv_csr *part)
{
	int rc;

	for (;;) {
		if (!t->reading && (rc = begin_text(t)) != 1)
			return (rc);
		if (t->format != SV_TEXT_LIBSVM)
			rc = sv_csvtext_next(t->csv, part);
		else if ((rc = sv_libsvm_next(t->libsvm, part)) == 1) {
			if (part->cols > t->largest)
				t->largest = part->cols;
			part->cols = t->largest;
			if (t->positive != NULL)
				map(t, part);
		}
		if (rc != 0)
			return (rc);
		sv_libsvm_free(t->libsvm);
		t->libsvm = NULL;
		t->reading = 0;
	}
}

void
sv_text_progress(const struct sv_text *t, uint64_t *done, uint64_t *total)
{

	*done = t->done;
	if (t->unpack != NULL)
		*done += sv_unpack_done(t->unpack);
	*total = t->total;
}

const char *
sv_text_name(const struct sv_text *t)
{

	if (t->unpack != NULL)
		return (sv_unpack_name(t->unpack));
	return (t->file != NULL ? t->file : t->names[0]);
}

/* The text of a label, for the caller, or NULL. */
static char *
label_text(double y)
{
	char text[SV_NUMBER_MAX + 1];

	*sv_number_format(text, y) = '\0';
	return (strdup(text));
}

json_t *
sv_text_schema(const struct sv_text *t)
{
	struct sv_schema *s;
	json_t *o = NULL;

	if (t->csv != NULL)
		return (sv_csvtext_schema(t->csv));
	if (!t->zero_based && t->positive == NULL)
		return (json_null());
	if ((s = sv_schema_new(SV_SCHEMA_LIBSVM)) == NULL)
		return (NULL);
	s->zero_based = t->zero_based;
	if (t->positive != NULL && (s->positive = strdup(t->positive)) == NULL)
		goto out;
	if (t->positive != NULL && t->nother == 1 &&
	    (s->negative = label_text(t->other[0])) == NULL)
		goto out;
	o = sv_schema_json(s);
out:
	sv_schema_free(s);
	return (o);
}

const char *
sv_text_lacks(struct sv_text *t)
{
	char *p;

	if (t->csv != NULL)
		return (sv_csvtext_lacks(t->csv));
	if (t->positive == NULL || t->ones || t->nother == 0)
		return (NULL);
	snprintf(t->lacks, sizeof(t->lacks), "no row has the label '%.64s':"
	    " there are ", t->positive);
	p = t->lacks + strlen(t->lacks);
	for (unsigned i = 0; i < t->nother && i < MAXLABELS; i++) {
		if (i > 0) {
			*p++ = ',';
			*p++ = ' ';
		}
		p = sv_number_format(p, t->other[i]);
	}
	strcpy(p, t->nother > MAXLABELS ? ", ..." : "");
	return (t->lacks);
}

void
sv_text_free(struct sv_text *t)
{

	if (t == NULL)
		return;
	sv_libsvm_free(t->libsvm);
	sv_csvtext_free(t->csv);
	close_file(t);
	sv_schema_free(t->schema);
	free(t);
}
