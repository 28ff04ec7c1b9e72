#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "libsvm.h"
#include "schema.h"
#include "text.h"

/*
 * The files of a user (lib/text.c), of any format and packed or not; the first
 * byte says with which options.  Rows are as they must be, and the same if they
 * are read by the schema that the reading gave.
 */

#define MOST 100000u	/* non-zeros that are looked at */

enum { ZERO = 4, POSITIVE = 8, CATEGORIES = 16, MISSING = 32, BARE = 64 };

struct rows {
	char *text;	/* as sv_libsvm_write() has it */
	size_t len;
	json_t *schema;
	int rc;
};

static void
check_rows(const struct sv_csr *A)
{

	MUST(A->rows > 0 && A->start[0] == 0 && A->start[A->rows] == A->nnz);
	for (uint64_t i = 0; i < A->rows; i++) {
		MUST(A->start[i] <= A->start[i + 1] && isfinite(A->label[i]));
		for (uint64_t l = A->start[i]; l < A->start[i + 1]; l++) {
			MUST(A->col[l] < A->cols && isfinite(A->val[l]));
			MUST(l == A->start[i] || A->col[l] > A->col[l - 1]);
		}
	}
}

static void
read_rows(struct rows *r, const struct sv_text_options *o,
    const uint8_t *data, size_t size)
{
	uint64_t done, total, cols = 0, nnz = 0;
	struct sv_text *t = sv_text_fd(o, fuzz_fd(data, size), "fuzz", NULL, 0);
	struct sv_csr A;
	const char *lacks;
	FILE *f;

	memset(r, 0, sizeof(*r));
	r->rc = -1;
	if (t == NULL)
		return;
	MUST((f = open_memstream(&r->text, &r->len)) != NULL);
	while (nnz < MOST && (r->rc = sv_text_next(t, &A)) == 1) {
		check_rows(&A);
		MUST(A.cols >= cols);
		cols = A.cols;
		nnz += A.nnz + A.rows;
		MUST(sv_libsvm_write(f, &A) == 0);
		MUST(strncmp(sv_text_name(t), "fuzz", 4) == 0);
		for (uint64_t i = 0; o->positive != NULL && i < A.rows; i++)
			MUST(fabs(A.label[i]) == 1);
	}
	sv_text_progress(t, &done, &total);
	MUST(total == size && (done <= size || r->rc == -1));
	if ((lacks = sv_text_lacks(t)) != NULL)
		MUST(lacks[0] != '\0');
	MUST((r->schema = sv_text_schema(t)) != NULL);
	sv_text_free(t);
	MUST(fclose(f) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum sv_text_format formats[] = {
		SV_TEXT_AUTO, SV_TEXT_LIBSVM, SV_TEXT_CSV, SV_TEXT_TSV
	};
	struct sv_text_options o = { .d = 0 }, again = { .d = 0 };
	struct rows r, other;
	int flags;

	if (size == 0)
		return (0);
	flags = *data++;
	size--;
	o.format = formats[flags % 4];
	o.zero_based = (flags & ZERO) != 0;
	o.positive = (flags & POSITIVE) != 0 ? "1" : NULL;
	/* Of another format they are refused. */
	if (o.format == SV_TEXT_CSV || o.format == SV_TEXT_TSV) {
		o.zero_based = 0;
		o.no_header = (flags & BARE) != 0;
		o.label = o.no_header ? "1" : "y";
		o.missing = (flags & MISSING) != 0 ? "2.5" : NULL;
		if ((flags & CATEGORIES) != 0)
			o.categorical = o.no_header ? "2" : "a";
		o.buckets = o.categorical != NULL ? 5 : 0;
	}
	read_rows(&r, &o, data, size);
	if (r.rc == 0 && !json_is_null(r.schema)) {
		again.schema = r.schema;
		read_rows(&other, &again, data, size);
		MUST(other.rc == 0 && other.len == r.len &&
		    memcmp(other.text, r.text, r.len) == 0);
		free(other.text);
		json_decref(other.schema);
	}
	free(r.text);
	json_decref(r.schema);
	return (0);
}
