#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "shardfile.h"

/* Shard files (lib/shardfile.c), frame by frame and at once. */

static void
check_rows(const struct sv_csr *A)
{

	MUST(A->start[0] == 0 && A->start[A->rows] == A->nnz);
	for (uint64_t i = 0; i < A->rows; i++) {
		MUST(A->start[i] <= A->start[i + 1] && isfinite(A->label[i]));
		MUST(A->weight == NULL || (isfinite(A->weight[i]) &&
		    A->weight[i] >= 0));
		for (uint64_t l = A->start[i]; l < A->start[i + 1]; l++) {
			MUST(A->col[l] < A->cols && isfinite(A->val[l]));
			MUST(l == A->start[i] || A->col[l] > A->col[l - 1]);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_shardfile *s;
	struct sv_csr part;
	struct sv_matrix A;
	char why[SV_WHY] = "";
	int rc;

	fuzz_fd(data, size);
	if ((s = sv_shardfile_open(fuzz_path(), why)) == NULL) {
		MUST(strncmp(why, fuzz_path(), strlen(fuzz_path())) == 0);
		return (0);
	}
	MUST(sv_shardfile_info(s)->rows <= size);
	while ((rc = sv_shardfile_next(s, &part, why)) == 1)
		check_rows(&part);
	MUST(rc == 0 || why[0] != '\0');
	sv_shardfile_close(s);
	MUST((s = sv_shardfile_open(fuzz_path(), why)) != NULL);
	MUST(sv_shardfile_load(s, SV_F64, &A, NULL, why) == rc);
	if (rc == 0) {
		part = sv_matrix_csr(&A);
		if (A.kind == SV_SPARSE)
			check_rows(&part);
		MUST(A.rows == sv_shardfile_info(s)->rows);
		MUST(A.nnz == sv_shardfile_info(s)->nnz);
		MUST((A.weight != NULL) == sv_shardfile_info(s)->weighted);
		sv_matrix_fini(&A);
	}
	sv_shardfile_close(s);
	/* In f32 there may be values that are too large. */
	MUST((s = sv_shardfile_open(fuzz_path(), why)) != NULL);
	if (sv_shardfile_load(s, SV_F32, &A, NULL, why) == 0) {
		MUST(rc == 0);
		sv_matrix_fini(&A);
	} else {
		MUST(why[0] != '\0');
	}
	sv_shardfile_close(s);
	return (0);
}
