#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "libsvm.h"

/*
 * LIBSVM text (lib/libsvm.c), with indices from 1 or 0.  The rows do not depend on
 * where in the text the reader's blocks end, nor on what blanks there are, and
 * written and read again they are the same.
 */

#define BLOCK ((size_t)1 << 18)	/* as in lib/libsvm.c */

struct rows {
	char *text;	/* as sv_libsvm_write() has it */
	size_t len;
	uint64_t rows, cols;
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

static int zero_based;

/* Read the text of ${size} bytes. */
static void
read_rows(struct rows *r, const uint8_t *data, size_t size)
{
	struct sv_libsvm *reader;
	struct sv_bytes in;
	struct sv_csr A;
	FILE *f;
	int fd = fuzz_fd(data, size);

	memset(r, 0, sizeof(*r));
	MUST((f = open_memstream(&r->text, &r->len)) != NULL);
	sv_bytes_fd(&in, &fd);
	reader = sv_libsvm_new(&in, "fuzz", 0);
	MUST(reader != NULL);
	if (zero_based)
		sv_libsvm_zero_based(reader);
	while ((r->rc = sv_libsvm_next(reader, &A)) == 1) {
		check_rows(&A);
		MUST(A.cols >= r->cols);
		r->rows += A.rows;
		r->cols = A.cols;
		MUST(sv_libsvm_write(f, &A) == 0);
	}
	sv_libsvm_free(reader);
	MUST(fclose(f) == 0);
}

/* The same, behind a comment that puts a block's end into the text. */
static void
read_shifted(struct rows *r, const uint8_t *data, size_t size, size_t shift)
{
	size_t before = BLOCK - shift;
	uint8_t *text = malloc(before + size);

	MUST(text != NULL);
	memset(text, 'x', before);
	text[0] = '#';
	text[before - 1] = '\n';
	memcpy(text + before, data, size);
	read_rows(r, text, before + size);
	free(text);
}

/* The same with other blanks, which is read by other means. */
static void
read_tabs(struct rows *r, const uint8_t *data, size_t size)
{
	uint8_t *text = malloc(size + 1);

	MUST(text != NULL);
	for (size_t i = 0; i < size; i++)
		text[i] = data[i] == ' ' ? '\t' : data[i];
	read_rows(r, text, size);
	free(text);
}

static void
must_be_same(struct rows *a, const struct rows *b)
{

	MUST(a->rc == b->rc);
	MUST(b->rc == -1 || (a->rows == b->rows && a->cols == b->cols &&
	    a->len == b->len && memcmp(a->text, b->text, b->len) == 0));
	free(a->text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rows r, other;

	/* A mark is one at a text's beginning only. */
	while (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		data += 3;
		size -= 3;
	}
	zero_based = size > 0 && data[size / 2] % 2 != 0;
	read_rows(&r, data, size);
	if (size > 0) {
		/* It takes a hundred times as long. */
		if (data[0] % 8 == 0) {
			read_shifted(&other, data, size,
			    data[size - 1] % size);
			must_be_same(&other, &r);
		}
		read_tabs(&other, data, size);
		must_be_same(&other, &r);
	}
	if (r.rc == 0) {
		/* It is written with indices from 1. */
		zero_based = 0;
		read_rows(&other, (uint8_t *)r.text, r.len);
		must_be_same(&other, &r);
	}
	free(r.text);
	return (0);
}
