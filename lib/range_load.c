#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problem_text.h"
#include "range.h"
#include "web.h"

/* Rows that come, nobody knows how many: sparse, and with room for more. */
struct heap {
	struct sv_matrix A;
	uint64_t rows;	/* there is room for */
	uint64_t nnz;
};

/* Make ${*p} an array of ${n} elements; -1 with errno set. */
static int
resize(void *p, uint64_t n, size_t size)
{
	void *old, *q;

	memcpy(&old, p, sizeof(old));
	if (n == 0)
		n = 1;
	if (n > SIZE_MAX / 2 / size) {
		errno = ENOMEM;
		return (-1);
	}
	if ((q = realloc(old, (size_t)n * size)) == NULL)
		return (-1);
	memcpy(p, &q, sizeof(q));
	return (0);
}

/* Room for ${rows} and ${nnz}, neither less than is there. */
static int
room(struct heap *h, uint64_t rows, uint64_t nnz)
{
	struct sv_matrix *A = &h->A;

	if (resize(&A->start, rows + 1, sizeof(*A->start)) == -1 ||
	    resize(&A->label, rows, sizeof(*A->label)) == -1)
		return (-1);
	h->rows = rows;
	if (resize(&A->col, nnz, sizeof(*A->col)) == -1)
		return (-1);
	if (A->elem == SV_F32 ?
	    resize(&A->val32, nnz, sizeof(*A->val32)) == -1 :
	    resize(&A->val, nnz, sizeof(*A->val)) == -1)
		return (-1);
	h->nnz = nnz;
	return (0);
}

/* Append the rows of ${part}. */
static int
put(struct heap *h, const struct sv_csr *part)
{
	struct sv_matrix *A = &h->A;
	uint64_t rows = A->rows + part->rows, nnz = A->nnz + part->nnz;

	if ((rows > h->rows || nnz > h->nnz) &&
	    room(h, rows > h->rows ? rows + rows / 2 : h->rows,
	    nnz > h->nnz ? nnz + nnz / 2 : h->nnz) == -1)
		return (-1);
	if (sv_matrix_put(A, A->rows, part) == -1)
		return (-1);
	A->rows = rows;
	A->nnz = nnz;
	return (0);
}

/*
 * Spread the values of the sparse rows, of which ${val} has ${size} bytes each,
 * to rows x cols where they are: from the last one on, for none moves to the
 * left, and what is between two becomes zero once both have moved.
 */
static void
spread(const struct sv_matrix *A, char *val, size_t size)
{
	uint64_t end = A->rows * A->cols, to;

	for (uint64_t j = A->rows; j-- > 0;) {
		for (uint64_t k = A->start[j + 1]; k-- > A->start[j];) {
			to = j * A->cols + A->col[k];
			memset(val + (to + 1) * size, 0, (end - to - 1) * size);
			memmove(val + to * size, val + k * size, size);
			end = to;
		}
	}
	memset(val, 0, end * size);
}

/* All rows are there: keep them as others of their shape are kept. */
static int
settle(struct heap *h)
{
	struct sv_matrix *A = &h->A;
	struct sv_matrix_shape shape = { A->rows, A->cols, A->nnz, A->elem, 0 };

	if (sv_matrix_kind(&shape) == SV_SPARSE)
		return (room(h, A->rows, A->nnz));
	if (sv_matrix_need(&shape) == 0) {
		errno = ENOMEM;
		return (-1);
	}
	if (A->elem == SV_F32 ?
	    resize(&A->val32, A->rows * A->cols, sizeof(float)) == -1 :
	    resize(&A->val, A->rows * A->cols, sizeof(double)) == -1)
		return (-1);
	if (A->elem == SV_F32)
		spread(A, (char *)A->val32, sizeof(float));
	else
		spread(A, (char *)A->val, sizeof(double));
	free(A->start);
	free(A->col);
	A->start = NULL;
	A->col = NULL;
	A->kind = SV_DENSE;
	return (resize(&A->label, A->rows, sizeof(*A->label)));
}

/* The rest of ${r} into ${A}; -1 with errno, and with ${why} empty or not. */
static int
load_counted(struct sv_range *r, const struct sv_matrix_shape *shape,
    struct sv_matrix *A, char why[SV_WHY])
{
	struct sv_csr part;
	uint64_t rows = 0;
	int rc;

	if (sv_matrix_alloc(A, shape) == -1)
		return (-1);
	while ((rc = sv_range_next(r, &part, why)) == 1) {
		if (sv_matrix_put(A, rows, &part) == -1)
			return (-1);
		rows += part.rows;
	}
	return (rc);
}

static int
load_uncounted(struct sv_range *r, const struct sv_matrix_shape *shape,
    struct sv_matrix *A, char why[SV_WHY])
{
	struct heap h = { .A = { .cols = shape->cols, .kind = SV_SPARSE,
	    .elem = shape->elem } };
	struct sv_csr part;
	int rc;

	if ((rc = room(&h, 0, 0)) == 0)
		h.A.start[0] = 0;
	while (rc == 0 && (rc = sv_range_next(r, &part, why)) == 1)
		rc = put(&h, &part);
	if (rc == 0)
		rc = settle(&h);
	*A = h.A;
	return (rc);
}

int
sv_range_load(const json_t *share, struct sv_matrix *A,
    const struct sv_csr_poll *poll, char why[SV_WHY])
{
	struct sv_matrix_shape shape = { .weighted = 0 };
	const json_t *n = json_object_get(share, "n");
	struct sv_range *r;
	char name[SV_WEB_NAME];
	int rc, saved;

	memset(A, 0, sizeof(*A));
	why[0] = '\0';
	if (sv_problem_elem(share, &shape.elem) == -1) {
		snprintf(why, SV_WHY, "share: \"values\" makes no sense");
		errno = EINVAL;
		return (-1);
	}
	if ((r = sv_range_open(share, poll, why)) == NULL)
		return (-1);
	/* They have been checked. */
	shape.cols = (uint64_t)json_integer_value(json_object_get(share, "d"));
	shape.rows = (uint64_t)json_integer_value(n);
	shape.nnz = (uint64_t)json_integer_value(json_object_get(share, "nnz"));
	rc = n != NULL ? load_counted(r, &shape, A, why) :
	    load_uncounted(r, &shape, A, why);
	saved = errno;
	if (rc == -1 && why[0] == '\0') {
		sv_web_name(json_string_value(json_object_get(share, "url")),
		    name);
		snprintf(why, SV_WHY, "%s: %s", name, errno == ERANGE ?
		    "a value is too large for f32" : strerror(errno));
	}
	if (rc == -1)
		sv_matrix_fini(A);
	sv_range_close(r);
	errno = saved;
	return (rc);
}
