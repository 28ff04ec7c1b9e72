#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "libsvm.h"

/*
 * LIBSVM text (lib/libsvm.c).  The rows do not depend on where in the text the
 * reader's blocks end, and written and read again they are the same.
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rows r, other;

	/* A mark is one at a text's beginning only. */
	while (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		data += 3;
		size -= 3;
	}
	read_rows(&r, data, size);
	if (size > 0) {
		read_shifted(&other, data, size, data[size - 1] % size);
		MUST(other.rc == r.rc);
		MUST(r.rc == -1 || (other.rows == r.rows &&
		    other.cols == r.cols && other.len == r.len &&
		    memcmp(other.text, r.text, r.len) == 0));
		free(other.text);
	}
	if (r.rc == 0) {
		read_rows(&other, (uint8_t *)r.text, r.len);
		MUST(other.rc == 0 && other.rows == r.rows &&
		    other.cols == r.cols && other.len == r.len &&
		    memcmp(other.text, r.text, r.len) == 0);
		free(other.text);
	}
	free(r.text);
	return (0);
}
