#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "frame.h"
#include "io.h"
#include "json.h"
#include "shardfile.h"
#include "shardfile_code.h"
#include "shardfile_sum.h"

/* Bytes that a row, its weight, and a non-zero count for in a frame. */
#define ROW_BYTES 12u
#define WEIGHT_BYTES 8u
#define NNZ_BYTES 12u
/* Of zstd: what its authors take, for speed and size. */
#define LEVEL 3

struct sv_shardfile_writer {
	char *path;
	size_t frame;		/* bytes of rows to collect */
	enum sv_elem elem;	/* what values are rounded to */
	int zstd;
	struct sv_shardfile_info info;	/* of what is in the file */
	uint64_t sum;

	/* Rows collected; gap: as shardfile.h has it. */
	uint64_t rows, rows_room;
	uint64_t nnz, nnz_room;
	double *label;
	double *weight;		/* NULL: the rows have none */
	uint32_t *length;
	double *val;
	uint32_t *gap;
};

/*
 * Open the file for writing; a head of zeros stands there to begin with.  In a
 * directory of others a link may wait under its name: that is not followed.
 */
static int
make_file(const char *path)
{
	int fd, rc;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
	    0666);
	if (fd == -1)
		return (-1);
	rc = ftruncate(fd, SV_FRAME_HEADER + SV_SHARDFILE_HEAD);
	if (close(fd) == -1)
		rc = -1;
	return (rc);
}

struct sv_shardfile_writer *
sv_shardfile_create(const char *path, uint32_t shard, uint32_t shards,
    size_t frame)
{
	struct sv_shardfile_writer *w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return (NULL);
	w->frame = frame;
	w->elem = SV_F64;
	w->info.shard = shard;
	w->info.shards = shards;
	if ((w->path = strdup(path)) == NULL || make_file(path) == -1) {
		sv_shardfile_free(w);
		return (NULL);
	}
	return (w);
}

void
sv_shardfile_form(struct sv_shardfile_writer *w, enum sv_elem elem, int zstd)
{

	w->elem = elem;
	w->zstd = zstd;
}

/* Forget the rows collected, and their memory. */
static void
empty(struct sv_shardfile_writer *w)
{

	free(w->label);
	free(w->weight);
	free(w->length);
	free(w->val);
	free(w->gap);
	w->label = w->weight = w->val = NULL;
	w->length = w->gap = NULL;
	w->rows = w->rows_room = w->nnz = w->nnz_room = 0;
}

void
sv_shardfile_free(struct sv_shardfile_writer *w)
{

	if (w == NULL)
		return;
	empty(w);
	free(w->path);
	free(w);
}

/* Let ${*numbers} and ${*doubles} have ${room} elements. */
static int
resize(uint32_t **numbers, double **doubles, uint64_t room)
{
	void *p;

	if ((p = realloc(*numbers, (size_t)room * sizeof(**numbers))) == NULL)
		return (-1);
	*numbers = p;
	if ((p = realloc(*doubles, (size_t)room * sizeof(**doubles))) == NULL)
		return (-1);
	*doubles = p;
	return (0);
}

/* The double of ${room}, up to ${most}; at least ${need}. */
static uint64_t
more(uint64_t room, uint64_t most, uint64_t need)
{

	room = room * 2 + 16;
	if (room > most)
		room = most;
	return (room > need ? room : need);
}

/* Room for one more row, of ${nnz} non-zeros. */
static int
reserve(struct sv_shardfile_writer *w, uint64_t nnz)
{
	uint64_t room;
	double *p;

	if (w->rows == w->rows_room) {
		room = more(w->rows_room, w->frame / ROW_BYTES, w->rows + 1);
		if (resize(&w->length, &w->label, room) == -1)
			return (-1);
		if (w->info.weighted) {
			p = realloc(w->weight, (size_t)room * sizeof(*p));
			if (p == NULL)
				return (-1);
			w->weight = p;
		}
		w->rows_room = room;
	}
	if (w->nnz + nnz > w->nnz_room) {
		room = more(w->nnz_room, w->frame / NNZ_BYTES, w->nnz + nnz);
		if (resize(&w->gap, &w->val, room) == -1)
			return (-1);
		w->nnz_room = room;
	}
	return (0);
}

/* Are there too many rows for a frame, with one of ${nnz} non-zeros more? */
static int
is_full(const struct sv_shardfile_writer *w, uint64_t nnz)
{
	const uint64_t row = w->info.weighted ? ROW_BYTES + WEIGHT_BYTES :
	    ROW_BYTES;

	return (w->rows == SV_SHARDFILE_MOST ||
	    w->nnz + nnz > SV_SHARDFILE_MOST ||
	    (w->rows + 1) * row + (w->nnz + nnz) * NNZ_BYTES > w->frame);
}

/* Can the ${n} values be f32? */
static int
are_f32(const double *x, uint64_t n)
{
	int ok = 1;

	for (uint64_t i = 0; i < n; i++)
		ok &= fabs(x[i]) <= FLT_MAX;
	return (ok);
}

/* Append a row's ${n} columns and values. */
static void
append(struct sv_shardfile_writer *w, const uint32_t *col, const double *val,
    uint64_t n)
{
	double *x = w->val + w->nnz;
	uint32_t *gap = w->gap + w->nnz, next = 0;

	for (uint64_t i = 0; i < n; i++) {
		gap[i] = col[i] - next;
		next = col[i] + 1;
	}
	for (uint64_t i = 0; i < n; i++)
		x[i] = w->elem == SV_F32 ? (double)(float)val[i] : val[i];
	w->nnz += n;
}

int
sv_shardfile_add(struct sv_shardfile_writer *w, const struct sv_csr *A,
    uint64_t i)
{
	uint64_t from = A->start[i], nnz = A->start[i + 1] - from;

	if (w->elem == SV_F32 && nnz > 0 && !are_f32(A->val + from, nnz)) {
		errno = ERANGE;
		return (-1);
	}
	if (w->rows > 0 && is_full(w, nnz) && sv_shardfile_flush(w) == -1)
		return (-1);
	if (w->rows == 0 && w->info.frames == 0)
		w->info.weighted = A->weight != NULL;
	if (w->info.weighted != (A->weight != NULL)) {
		errno = EINVAL;
		return (-1);
	}
	if (reserve(w, nnz) == -1)
		return (-1);
	if (A->weight != NULL)
		w->weight[w->rows] = A->weight[i];
	w->label[w->rows] = A->label[i];
	w->length[w->rows++] = (uint32_t)nnz;
	if (nnz > 0)
		append(w, A->col + from, A->val + from, nnz);
	return (0);
}

/* How the rows collected are to be kept. */
static void
lay(const struct sv_shardfile_writer *w, struct sv_shardfile_layout *l)
{

	l->rows = w->rows;
	l->nnz = w->nnz;
	l->code[SV_SS_LABELS] = sv_shardfile_fit(w->label, w->rows);
	l->code[SV_SS_WEIGHTS] = w->info.weighted ?
	    sv_shardfile_fit(w->weight, w->rows) : SV_SC_NONE;
	l->code[SV_SS_VALUES] = sv_shardfile_fit(w->val, w->nnz);
	l->code[SV_SS_LENGTHS] = sv_shardfile_fit_counts(w->length, w->rows);
	l->code[SV_SS_COLUMNS] = sv_shardfile_fit_counts(w->gap, w->nnz);
	/*
	 * A long row, alone: it must take a byte for each.  No gap of 2^16 goes
	 * that often into 2^32.
	 */
	if (w->nnz > SV_SHARDFILE_MOST &&
	    l->code[SV_SS_VALUES] == SV_SC_SAME &&
	    l->code[SV_SS_COLUMNS] == SV_SC_SAME)
		l->code[SV_SS_COLUMNS] = w->gap[0] <= UINT8_MAX ? SV_SC_U8 :
		    SV_SC_U16;
	sv_shardfile_lay(l, sizeof(double));
}

/* Write the sections at ${p}, zeros so far. */
static void
put_sections(const struct sv_shardfile_writer *w,
    const struct sv_shardfile_layout *l, uint8_t *p)
{
	const uint8_t *code = l->code;

	sv_shardfile_put(p + l->at[SV_SS_LABELS], code[SV_SS_LABELS],
	    w->label, w->rows);
	if (w->info.weighted)
		sv_shardfile_put(p + l->at[SV_SS_WEIGHTS],
		    code[SV_SS_WEIGHTS], w->weight, w->rows);
	sv_shardfile_put(p + l->at[SV_SS_VALUES], code[SV_SS_VALUES], w->val,
	    w->nnz);
	sv_shardfile_put_counts(p + l->at[SV_SS_LENGTHS],
	    code[SV_SS_LENGTHS], w->length, w->rows);
	sv_shardfile_put_counts(p + l->at[SV_SS_COLUMNS],
	    code[SV_SS_COLUMNS], w->gap, w->nnz);
}

/* Make ${f} a frame of ${n} bytes of elements, its scalars filled. */
static int
make_frame(const struct sv_shardfile_writer *w,
    const struct sv_shardfile_layout *l, size_t n, int packed,
    struct sv_frame *f)
{
	double *scalar;

	if (sv_frame_make(f, SV_DATA, NULL, SV_SF_ALL, SV_BYTES, n) == -1)
		return (-1);
	f->shard = w->info.shard;
	f->round = (uint32_t)(w->info.frames + 1);
	scalar = sv_frame_scalars(f);
	scalar[SV_SF_ENCODING] = SV_SF_COMPACT;
	scalar[SV_SF_ROWS] = (double)w->rows;
	scalar[SV_SF_NNZ] = (double)w->nnz;
	for (unsigned i = 0; i < SV_SS_N; i++)
		scalar[SV_SF_LABELS + i] = l->code[i];
	scalar[SV_SF_ZSTD] = packed;
	return (0);
}

/*
 * Make ${f} the frame ${plain} with its elements packed: 1; or 0 if that is not
 * smaller, or -1 with errno set.
 */
static int
pack(const struct sv_shardfile_writer *w, const struct sv_shardfile_layout *l,
    const struct sv_frame *plain, struct sv_frame *f)
{
	size_t n = ZSTD_COMPRESSBOUND(l->size);
	void *p;
	int rc = 0;

	if ((p = malloc(n)) == NULL)
		return (-1);
	n = ZSTD_compress(p, n, sv_frame_elems(plain), l->size, LEVEL);
	if (ZSTD_isError(n)) {
		/* There is room, so that memory is all it can lack. */
		errno = ENOMEM;
		rc = -1;
	} else if (n < l->size) {
		rc = make_frame(w, l, n, 1, f) == 0 ? 1 : -1;
		if (rc == 1)
			memcpy(sv_frame_elems(f), p, n);
	}
	free(p);
	return (rc);
}

/* Make a frame of the rows collected. */
static int
encode(const struct sv_shardfile_writer *w, struct sv_frame *f)
{
	struct sv_shardfile_layout l;
	struct sv_frame packed;
	int rc;

	lay(w, &l);
	if (make_frame(w, &l, l.size, 0, f) == -1)
		return (-1);
	put_sections(w, &l, sv_frame_elems(f));
	if (!w->zstd || w->nnz > SV_SHARDFILE_MOST)
		return (0);
	if ((rc = pack(w, &l, f, &packed)) != 0)
		sv_frame_fini(f);
	if (rc == 1)
		*f = packed;
	return (rc == -1 ? -1 : 0);
}

/* Write the frame, without a time, at the end or (the head) the beginning. */
static int
put_frame(struct sv_shardfile_writer *w, struct sv_frame *f, int flags)
{
	int fd, rc;

	sv_frame_seal(f);
	f->time = 0;
	if ((fd = open(w->path, O_WRONLY | O_CLOEXEC | flags)) == -1)
		return (-1);
	rc = sv_frame_write(fd, f);
	if (close(fd) == -1)
		rc = -1;
	return (rc);
}

int
sv_shardfile_flush(struct sv_shardfile_writer *w)
{
	struct sv_frame f;
	int rc;

	if (w->rows == 0)
		return (0);
	if (encode(w, &f) == -1)
		return (-1);
	if ((rc = put_frame(w, &f, O_APPEND)) == 0) {
		w->sum = sv_shardfile_chain(w->sum, f.sum);
		sv_shardfile_hex(w->info.sum, w->sum);
		w->info.rows += w->rows;
		w->info.nnz += w->nnz;
		w->info.frames++;
		w->rows = w->nnz = 0;
		/* What a long row took is not kept for others. */
		if (w->nnz_room > w->frame / NNZ_BYTES)
			empty(w);
	}
	sv_frame_fini(&f);
	return (rc);
}

void
sv_shardfile_cut(struct sv_shardfile_writer *const *w, uint32_t n, uint64_t d,
    char cut[SV_SHARDFILE_HEX])
{
	uint64_t sum = sv_shardfile_chain(sv_shardfile_chain(0, d), n);

	for (uint32_t i = 0; i < n; i++)
		sum = sv_shardfile_chain(sum, w[i]->sum);
	sv_shardfile_hex(cut, sum);
}

/* The text of the head, filled up with blanks. */
static int
head_text(const struct sv_shardfile_info *h, char text[SV_SHARDFILE_HEAD + 1])
{
	char *s;
	size_t n;
	json_t *o;

	o = json_pack("{s:i, s:i, s:s, s:I, s:I, s:I, s:I, s:s}",
	    "shard", (int)h->shard, "shards", (int)h->shards, "cut", h->cut,
	    "d", (json_int_t)h->d, "rows", (json_int_t)h->rows,
	    "nnz", (json_int_t)h->nnz, "frames", (json_int_t)h->frames,
	    "sum", h->sum);
	if (o != NULL && h->weighted &&
	    json_object_set_new(o, "weighted", json_true()) == -1) {
		json_decref(o);
		o = NULL;
	}
	s = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	if (s == NULL) {
		errno = ENOMEM;
		return (-1);
	}
	/* Nine members of at most 20 digits: it always fits. */
	n = strlen(s) < SV_SHARDFILE_HEAD ? strlen(s) : SV_SHARDFILE_HEAD;
	memcpy(text, s, n);
	memset(text + n, ' ', SV_SHARDFILE_HEAD - n);
	text[SV_SHARDFILE_HEAD] = '\0';
	free(s);
	return (0);
}

int
sv_shardfile_finish(struct sv_shardfile_writer *w, uint64_t d, const char *cut)
{
	char text[SV_SHARDFILE_HEAD + 1];
	struct sv_frame f;
	int rc;

	w->info.d = d;
	memcpy(w->info.cut, cut, SV_SHARDFILE_HEX);
	if (head_text(&w->info, text) == -1 ||
	    sv_frame_make(&f, SV_DATA, text, 0, SV_BYTES, 0) == -1)
		return (-1);
	f.shard = w->info.shard;
	rc = put_frame(w, &f, 0);
	sv_frame_fini(&f);
	return (rc);
}

const struct sv_shardfile_info *
sv_shardfile_written(const struct sv_shardfile_writer *w)
{

	return (&w->info);
}
