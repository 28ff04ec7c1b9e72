#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "json.h"
#include "problem.h"

/* The text of a PROBLEM frame, and shares (lib/problem.c). */

#define FEW ((uint64_t)20000)	/* numbers; more are not made */

/* Would the rows of ${share} be few, or are they not to be made at all? */
static int
few(const json_t *share)
{
	uint64_t from, to, k;

	if (sv_json_u64(share, "from", 0, INT64_MAX, &from) == -1 ||
	    sv_json_u64(share, "to", from, INT64_MAX, &to) == -1 ||
	    sv_json_u64(share, "k", 0, INT64_MAX, &k) == -1)
		return (1);
	return (to - from < FEW && k < FEW / (to - from + 1));
}

static void
check_rows(const struct sv_csr *A)
{

	MUST(A->start[0] == 0 && A->start[A->rows] == A->nnz);
	for (uint64_t i = 0; i < A->rows; i++)
		for (uint64_t l = A->start[i]; l < A->start[i + 1]; l++) {
			MUST(A->col[l] < A->cols);
			MUST(l == A->start[i] || A->col[l] > A->col[l - 1]);
		}
}

static void
check_share(const json_t *share)
{
	char why[SV_WHY] = "";
	struct sv_matrix A;
	struct sv_csr rows;

	if (!few(share))
		return;
	if (sv_share_load(share, &A, NULL, why) == -1) {
		MUST(why[0] != '\0' && strlen(why) < SV_WHY);
		return;
	}
	MUST(sv_matrix_bytes(&A) == sv_share_bytes(share));
	rows = sv_matrix_csr(&A);
	if (A.kind == SV_SPARSE)
		check_rows(&rows);
	sv_matrix_fini(&A);
}

static int
take_rows(void *ctx, const struct sv_csr *part, uint64_t first)
{
	uint64_t *next = ctx;

	MUST(first == *next);
	*next += part->rows;
	check_rows(part);
	return (*next >= FEW);
}

static void
check_problem(const struct sv_problem *p)
{
	const uint32_t W[3] = { 1, 3, 65536 };
	char why[SV_WHY] = "";
	uint64_t next = 0;
	json_t *share;
	int rc;

	MUST(p->n > 0 && p->d > 0 && p->d <= UINT32_MAX && p->nlabels <= 3);
	for (unsigned k = 0; k < 3; k++) {
		uint32_t w = p->shards > 0 ? p->shards : W[k];

		share = sv_problem_share(p, w / 2, w);
		MUST(share != NULL);
		check_share(share);
		json_decref(share);
	}
	if (p->kind == SV_PROBLEM_RECIPE && p->recipe.k > FEW)
		return;
	rc = sv_problem_each(p, take_rows, &next, why);
	MUST(rc == 0 || rc == 1 || (rc == -1 && why[0] != '\0'));
	MUST(rc != 0 || next == p->n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_problem p;
	struct sv_frame f;
	json_t *share;

	MUST(sv_frame_make(&f, SV_PROBLEM, NULL, 0, SV_BYTES,
	    (size + 7) & ~(size_t)7) == 0);
	if (size > 0)
		memcpy(f.payload, data, size);
	f.ntext = (uint32_t)size;
	if (sv_problem_parse(&p, &f) == 0) {
		check_problem(&p);
		sv_problem_fini(&p);
	}
	sv_frame_fini(&f);
	share = json_loadb((const char *)data, size, 0, NULL);
	if (json_is_object(share))
		check_share(share);
	json_decref(share);
	return (0);
}
