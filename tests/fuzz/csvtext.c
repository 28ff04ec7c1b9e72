#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "csvtext.h"
#include "fuzz.h"
#include "libsvm.h"
#include "schema.h"
#include "text.h"

/*
 * Comma- and tab-separated text (lib/csvtext.c); the first byte says with which
 * options.  The rows do not depend on where in the text the reader's blocks
 * end, and are the same if the text is read by the schema that it gave.
 */

#define BLOCK ((size_t)1 << 18)	/* as in lib/csvtext_state.h */

enum {
	BARE = 1, TABS = 2, UNLABELLED = 4, POSITIVE = 8, MISSING = 16,
	USES = 32
};

struct rows {
	char *text;	/* as sv_libsvm_write() has it */
	size_t len;
	uint64_t rows;
	json_t *schema;
	int rc;
};

static void
check_rows(const struct sv_csr *A, int unlabelled)
{

	MUST(A->rows > 0 && A->start[0] == 0 && A->start[A->rows] == A->nnz);
	for (uint64_t i = 0; i < A->rows; i++) {
		MUST(A->start[i] <= A->start[i + 1]);
		MUST(isfinite(A->label[i]) || unlabelled);
		for (uint64_t l = A->start[i]; l < A->start[i + 1]; l++) {
			MUST(A->col[l] < A->cols && isfinite(A->val[l]));
			MUST(A->val[l] != 0);
			MUST(l == A->start[i] || A->col[l] > A->col[l - 1]);
		}
	}
}

/* Read the text of ${size} bytes. */
static void
read_rows(struct rows *r, const struct sv_text_options *o, int tsv,
    const uint8_t *data, size_t size)
{
	struct sv_csvtext *reader = sv_csvtext_new(o, tsv);
	int fd = fuzz_fd(data, size);
	struct sv_bytes in;
	struct sv_csr A;
	const char *lacks;
	FILE *f;

	memset(r, 0, sizeof(*r));
	MUST(reader != NULL);
	MUST((f = open_memstream(&r->text, &r->len)) != NULL);
	sv_bytes_fd(&in, &fd);
	sv_csvtext_begin(reader, &in, "fuzz");
	while ((r->rc = sv_csvtext_next(reader, &A)) == 1) {
		check_rows(&A, o->unlabelled);
		r->rows += A.rows;
		MUST(sv_libsvm_write(f, &A) == 0);
	}
	MUST((r->schema = sv_csvtext_schema(reader)) != NULL);
	if ((lacks = sv_csvtext_lacks(reader)) != NULL)
		MUST(lacks[0] != '\0');
	sv_csvtext_free(reader);
	MUST(fclose(f) == 0);
}

/* The same, behind an empty line that puts a block's end into the text. */
static void
read_shifted(struct rows *r, const struct sv_text_options *o, int tsv,
    const uint8_t *data, size_t size)
{
	size_t shift = (data[size / 2] * 31u + data[size - 1]) % size;
	size_t before = BLOCK - shift;
	uint8_t *text = malloc(before + size);

	MUST(text != NULL);
	memset(text, ' ', before);
	text[before - 1] = '\n';
	memcpy(text + before, data, size);
	read_rows(r, o, tsv, text, before + size);
	free(text);
}

static void
must_be_same(struct rows *a, const struct rows *b)
{

	MUST(a->rc == b->rc);
	MUST(b->rc == -1 || (a->rows == b->rows && a->len == b->len &&
	    memcmp(a->text, b->text, b->len) == 0 &&
	    json_equal(a->schema, b->schema)));
	free(a->text);
	json_decref(a->schema);
}

static void
options(struct sv_text_options *o, int flags)
{

	memset(o, 0, sizeof(*o));
	o->no_header = (flags & BARE) != 0;
	o->unlabelled = (flags & UNLABELLED) != 0;
	o->label = o->no_header ? "1" : "y";
	if (o->unlabelled && (flags & USES) == 0)
		o->label = NULL;
	if ((flags & POSITIVE) != 0)
		o->positive = "1";
	if ((flags & MISSING) != 0)
		o->missing = "-0.5";
	if ((flags & USES) != 0) {
		o->categorical = o->no_header ? "2,4" : "a,\"b,c\"";
		o->ignore = o->no_header ? "3" : "i";
		o->buckets = 3;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int flags = size > 0 ? data[0] : 0, tsv = (flags & TABS) != 0;
	struct sv_text_options o, again;
	struct rows r, other;

	options(&o, flags);
	data += size > 0;
	size -= size > 0;
	/* A mark is one at a text's beginning only. */
	while (size > 0 && data[0] >= 0xef) {
		data++;
		size--;
	}
	read_rows(&r, &o, tsv, data, size);
	/* Blocks are long: not each time. */
	if (size > 0 && data[size - 1] % 8 == 2) {
		read_shifted(&other, &o, tsv, data, size);
		must_be_same(&other, &r);
	}
	if (!json_is_null(r.schema) && r.rc == 0) {
		memset(&again, 0, sizeof(again));
		again.schema = r.schema;
		again.unlabelled = o.unlabelled;
		read_rows(&other, &again, tsv, data, size);
		must_be_same(&other, &r);
	}
	free(r.text);
	json_decref(r.schema);
	return (0);
}
