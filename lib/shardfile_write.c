#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"
#include "io.h"
#include "json.h"
#include "shardfile.h"
#include "shardfile_sum.h"

struct sv_shardfile_writer {
	char *path;
	size_t frame;		/* bytes of rows to collect */
	struct sv_shardfile_info info;	/* of what is in the file */
	uint64_t sum;

	/* Rows collected: label, weight, val, length and col of csr.h. */
	uint64_t rows, rows_room;
	uint64_t nnz, nnz_room;
	double *label;
	double *weight;		/* NULL: the rows have none */
	uint32_t *length;
	double *val;
	uint32_t *col;
};

/* Open the file for writing; a head of zeros stands there to begin with. */
static int
make_file(const char *path)
{
	int fd, rc;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
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
	w->info.shard = shard;
	w->info.shards = shards;
	if ((w->path = strdup(path)) == NULL || make_file(path) == -1) {
		sv_shardfile_free(w);
		return (NULL);
	}
	return (w);
}

void
sv_shardfile_free(struct sv_shardfile_writer *w)
{

	if (w == NULL)
		return;
	free(w->label);
	free(w->weight);
	free(w->length);
	free(w->val);
	free(w->col);
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

/* Room for one more row, of ${nnz} non-zeros. */
static int
reserve(struct sv_shardfile_writer *w, uint64_t nnz)
{
	uint64_t room;
	double *p;

	if (w->rows == w->rows_room) {
		room = w->rows_room * 2 + 16;
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
		room = w->nnz_room * 2 + 64;
		if (room < w->nnz + nnz)
			room = w->nnz + nnz;
		if (resize(&w->col, &w->val, room) == -1)
			return (-1);
		w->nnz_room = room;
	}
	return (0);
}

/* Bytes of so many rows and non-zeros in a frame. */
static size_t
size_of(const struct sv_shardfile_writer *w, uint64_t rows, uint64_t nnz)
{
	const size_t each = sizeof(double) + sizeof(uint32_t);

	return ((size_t)(rows + nnz) * each +
	    (w->info.weighted ? (size_t)rows * sizeof(double) : 0));
}

int
sv_shardfile_add(struct sv_shardfile_writer *w, const struct sv_csr *A,
    uint64_t i)
{
	uint64_t from = A->start[i], nnz = A->start[i + 1] - from;

	if (w->rows > 0 && size_of(w, w->rows + 1, w->nnz + nnz) > w->frame &&
	    sv_shardfile_flush(w) == -1)
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
	if (nnz > 0) {
		memcpy(w->val + w->nnz, A->val + from, nnz * sizeof(*w->val));
		memcpy(w->col + w->nnz, A->col + from, nnz * sizeof(*w->col));
	}
	w->nnz += nnz;
	return (0);
}

/* Append ${len} bytes at ${p}. */
static void *
append(void *p, const void *data, size_t len)
{

	if (len > 0)
		memcpy(p, data, len);
	return ((char *)p + len);
}

/* Make a frame of the rows collected. */
static int
make_frame(struct sv_shardfile_writer *w, struct sv_frame *f)
{
	const size_t rows = (size_t)w->rows, nnz = (size_t)w->nnz;
	double *scalar;
	void *p;

	if (sv_frame_make(f, SV_DATA, NULL, SV_SF_N, SV_BYTES,
	    size_of(w, rows, nnz)) == -1)
		return (-1);
	f->shard = w->info.shard;
	f->round = (uint32_t)(w->info.frames + 1);
	scalar = sv_frame_scalars(f);
	scalar[SV_SF_ENCODING] = w->info.weighted ? SV_SF_WEIGHTED :
	    SV_SF_PLAIN;
	scalar[SV_SF_ROWS] = (double)w->rows;
	scalar[SV_SF_NNZ] = (double)w->nnz;
	p = sv_frame_elems(f);
	p = append(p, w->label, rows * sizeof(*w->label));
	if (w->info.weighted)
		p = append(p, w->weight, rows * sizeof(*w->weight));
	p = append(p, w->val, nnz * sizeof(*w->val));
	p = append(p, w->length, rows * sizeof(*w->length));
	append(p, w->col, nnz * sizeof(*w->col));
	return (0);
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
	if (make_frame(w, &f) == -1)
		return (-1);
	if ((rc = put_frame(w, &f, O_APPEND)) == 0) {
		w->sum = sv_shardfile_chain(w->sum, f.sum);
		sv_shardfile_hex(w->info.sum, w->sum);
		w->info.rows += w->rows;
		w->info.nnz += w->nnz;
		w->info.frames++;
		w->rows = w->nnz = 0;
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
