#include <math.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "fuzz.h"
#include "shardfile.h"
#include "shardfile_sum.h"

/*
 * Shard files (lib/shardfile.c), frame by frame and at once, from a file and
 * from memory; as they are, with frames packed, and written again.
 */

#define ROOM ((size_t)1 << 18)	/* bytes of what is packed */
#define MANY ((uint64_t)1 << 14)	/* rows or non-zeros: not again */

struct memory {
	const uint8_t *p;
	size_t n;
	size_t piece;
};

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

static ssize_t
read_memory(void *ctx, void *buf, size_t len)
{
	struct memory *m = ctx;
	size_t n = m->piece < m->n ? m->piece : m->n;

	if (len < n)
		n = len;
	memcpy(buf, m->p, n);
	m->p += n;
	m->n -= n;
	return ((ssize_t)n);
}

/* Load all rows from memory; as sv_shardfile_load(). */
static int
load(const uint8_t *data, size_t size, enum sv_elem elem, struct sv_matrix *A)
{
	struct memory m = { data, size, 1 + size / 3 };
	const struct sv_bytes in = { read_memory, NULL, &m };
	struct sv_shardfile *s;
	char why[SV_WHY] = "";
	int rc;

	if ((s = sv_shardfile_open_bytes(&in, size, "memory", why)) == NULL) {
		MUST(strncmp(why, "memory: ", 8) == 0);
		return (-1);
	}
	rc = sv_shardfile_load(s, elem, A, NULL, why);
	MUST(rc == 0 || strncmp(why, "memory: ", 8) == 0);
	if (rc == 0) {
		MUST(A->rows == sv_shardfile_info(s)->rows);
		MUST(A->nnz == sv_shardfile_info(s)->nnz);
		MUST((A->weight != NULL) == sv_shardfile_info(s)->weighted);
	}
	sv_shardfile_close(s);
	return (rc);
}

/* Are the ${n} bytes the same, or both not there? */
static void
must_equal(const void *a, const void *b, size_t n)
{

	MUST((a == NULL) == (b == NULL));
	MUST(a == NULL || memcmp(a, b, n) == 0);
}

static void
must_be_same(const struct sv_matrix *A, const struct sv_matrix *B)
{
	uint64_t n = A->kind == SV_DENSE ? A->rows * A->cols : A->nnz;

	MUST(A->rows == B->rows && A->cols == B->cols && A->nnz == B->nnz);
	MUST(A->kind == B->kind);
	must_equal(A->label, B->label, A->rows * 8);
	must_equal(A->weight, B->weight, A->rows * 8);
	must_equal(A->start, B->start, (A->rows + 1) * 8);
	must_equal(A->col, B->col, n * 4);
	must_equal(A->val, B->val, n * 8);
}

/* A file of its own, gone at the end: fuzz_path() is a link. */
static char copy[] = "/tmp/sv-fuzz-XXXXXX";

static void
remove_copy(void)
{

	unlink(copy);
}

static const char *
copy_path(void)
{
	static int made;
	int fd;

	if (!made) {
		MUST((fd = mkstemp(copy)) != -1 && close(fd) == 0);
		MUST(atexit(remove_copy) == 0);
		made = 1;
	}
	return (copy);
}

/* Write the rows of ${s} to that file. */
static void
write_again(struct sv_shardfile *s, size_t frame, int zstd)
{
	const struct sv_shardfile_info *info = sv_shardfile_info(s);
	struct sv_shardfile_writer *w;
	struct sv_csr part;
	char why[SV_WHY];

	w = sv_shardfile_create(copy_path(), info->shard, info->shards, frame);
	MUST(w != NULL);
	sv_shardfile_form(w, SV_F64, zstd);
	while (sv_shardfile_next(s, &part, why) == 1)
		for (uint64_t i = 0; i < part.rows; i++)
			MUST(sv_shardfile_add(w, &part, i) == 0);
	MUST(sv_shardfile_flush(w) == 0);
	MUST(sv_shardfile_finish(w, info->d, info->cut) == 0);
	sv_shardfile_free(w);
}

/* Rows that could be read are the same after they have been written. */
static void
check_again(const uint8_t *data, size_t size, const struct sv_matrix *A)
{
	struct memory m = { data, size, size };
	const struct sv_bytes in = { read_memory, NULL, &m };
	struct sv_shardfile *s;
	struct sv_matrix B;
	char why[SV_WHY];

	s = sv_shardfile_open_bytes(&in, size, "memory", why);
	MUST(s != NULL);
	write_again(s, size * 7 % 5000, (int)(size % 2));
	sv_shardfile_close(s);
	MUST((s = sv_shardfile_open(copy_path(), why)) != NULL);
	MUST(sv_shardfile_load(s, SV_F64, &B, NULL, why) == 0);
	must_be_same(A, &B);
	sv_matrix_fini(&B);
	sv_shardfile_close(s);
}

/* Append ${f}, with its checksum made right, at ${to}: how many bytes. */
static size_t
append(uint8_t *to, struct sv_frame *f)
{

	f->sum = sv_frame_sum(f->payload, f->length);
	sv_frame_encode(f, to);
	if (f->length > 0)
		memcpy(to + SV_FRAME_HEADER, f->payload, f->length);
	return (SV_FRAME_HEADER + f->length);
}

/* The rows' frame ${f} with its elements packed; it has them, and not yet. */
static void
pack(struct sv_frame *f, struct sv_frame *packed)
{
	static char room[ROOM];
	const size_t before = (size_t)((char *)sv_frame_elems(f) -
	    (char *)f->payload);
	size_t n;

	*packed = *f;
	n = ZSTD_compress(room, sizeof(room), sv_frame_elems(f),
	    (size_t)sv_frame_nelem(f), 1);
	MUST(!ZSTD_isError(n));
	packed->length = before + n;
	MUST((packed->payload = malloc(before + n)) != NULL);
	memcpy(packed->payload, f->payload, before);
	memcpy(packed->payload + before, room, n);
	sv_frame_scalars(packed)[SV_SF_ZSTD] = 1;
}

static int
is_plain(const struct sv_frame *f)
{
	const double *x = sv_frame_scalars(f);

	return (f->nscalar >= SV_SF_ALL && f->elem == SV_BYTES &&
	    x[SV_SF_ENCODING] >= 3 && x[SV_SF_ENCODING] <= 3 &&
	    x[SV_SF_ZSTD] >= 0 && x[SV_SF_ZSTD] <= 0);
}

/*
 * Make of the file one with its frames packed, at ${to}: how many bytes; 0 if
 * it is no sequence of frames.
 */
static size_t
pack_all(const uint8_t *data, size_t size, uint8_t *to)
{
	static const char key[] = "\"sum\":\"";
	char hex[SV_SHARDFILE_HEX], old[SV_SHARDFILE_HEX], *p = NULL;
	struct sv_frame f, packed;
	size_t at = 0, n = 0, head = 0;
	uint64_t sum = 0, was = 0;

	for (; at < size; at += SV_FRAME_HEADER + f.length) {
		if (size - at < SV_FRAME_HEADER ||
		    sv_frame_decode(&f, data + at) != NULL ||
		    f.length > size - at - SV_FRAME_HEADER || f.length == 0)
			return (0);
		MUST((f.payload = malloc(f.length)) != NULL);
		memcpy(f.payload, data + at + SV_FRAME_HEADER, f.length);
		packed = f;
		if (at > 0 && is_plain(&f))
			pack(&f, &packed);
		n += append(to + n, &packed);
		if (at == 0)
			head = n;
		else {
			sum = sv_shardfile_chain(sum, packed.sum);
			was = sv_shardfile_chain(was, f.sum);
		}
		if (packed.payload != f.payload)
			free(packed.payload);
		free(f.payload);
	}
	/* The head again, with the chain of what follows now. */
	sv_shardfile_hex(hex, sum);
	sv_shardfile_hex(old, was);
	if (head == 0 || sv_frame_decode(&f, to) != NULL)
		return (0);
	f.payload = to + SV_FRAME_HEADER;
	for (size_t i = 0; i + sizeof(key) + 16 < f.ntext && p == NULL; i++)
		if (memcmp(f.payload + i, key, sizeof(key) - 1) == 0)
			p = (char *)f.payload + i + sizeof(key) - 1;
	if (p == NULL || memcmp(p, old, 16) != 0)
		return (0);
	memcpy(p, hex, 16);
	f.sum = sv_frame_sum(f.payload, f.length);
	sv_frame_encode(&f, to);
	return (n);
}

/* Packing changes nothing. */
static void
check_packed(const uint8_t *data, size_t size, const struct sv_matrix *A)
{
	static uint8_t room[ROOM];
	struct sv_matrix B;
	size_t n;
	int rc;

	if (size > ROOM / 8 || (n = pack_all(data, size, room)) == 0)
		return;
	rc = load(room, n, SV_F64, &B);
	MUST(A == NULL || rc == 0);
	if (rc == 0 && A != NULL)
		must_be_same(A, &B);
	if (rc == 0)
		sv_matrix_fini(&B);
}

/* The same from a file, frame by frame: what sv_shardfile_load() returns. */
static int
check_file(void)
{
	struct sv_shardfile *s;
	struct sv_csr part;
	char why[SV_WHY] = "", text[SV_SHARDFILE_TEXT];
	int rc;

	if ((s = sv_shardfile_open(fuzz_path(), why)) == NULL) {
		MUST(strncmp(why, fuzz_path(), strlen(fuzz_path())) == 0);
		return (-1);
	}
	while ((rc = sv_shardfile_next(s, &part, why)) == 1) {
		check_rows(&part);
		sv_shardfile_describe(s, text);
		MUST(strncmp(text, "labels ", 7) == 0);
	}
	MUST(rc == 0 || why[0] != '\0');
	sv_shardfile_close(s);
	return (rc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_matrix A, B;
	struct sv_csr rows;
	int rc;

	fuzz_fd(data, size);
	rc = check_file();
	MUST(load(data, size, SV_F64, &A) == rc);
	if (rc == 0 && A.kind == SV_SPARSE) {
		rows = sv_matrix_csr(&A);
		check_rows(&rows);
	}
	check_packed(data, size, rc == 0 ? &A : NULL);
	if (rc == 0 && A.rows <= MANY && A.nnz <= MANY)
		check_again(data, size, &A);
	/* In f32 there may be values that are too large. */
	if (load(data, size, SV_F32, &B) == 0) {
		MUST(rc == 0);
		sv_matrix_fini(&B);
	}
	if (rc == 0)
		sv_matrix_fini(&A);
	return (0);
}
