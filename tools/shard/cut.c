#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cut.h"
#include "deal.h"
#include "err.h"

/* All writers together collect this many bytes of rows, or a little each. */
#define MEMORY ((size_t)16 << 20)
#define MEMORY_EACH ((size_t)512)

struct cut {
	struct cut_form form;
	struct names *names;
	enum name name;		/* what the files are called now */
	struct deal *deal;
	struct sv_shardfile_writer **writer;
	uint64_t rows;
	uint64_t nnz;
	uint64_t bytes;
	char id[SV_SHARDFILE_HEX];
};

/* Begin all files under the names of c->name; 0, or -1 after a message. */
static int
begin(struct cut *c, enum sv_elem elem, int zstd)
{
	const uint32_t W = c->form.W;
	size_t frame = MEMORY / W;
	const char *path;

	if (frame > SV_SHARDFILE_FRAME)
		frame = SV_SHARDFILE_FRAME;
	if (frame < MEMORY_EACH)
		frame = MEMORY_EACH;
	for (uint32_t i = 0; i < W; i++) {
		path = names_path(c->names, c->name, i);
		c->writer[i] = sv_shardfile_create(path, i, W, frame);
		if (c->writer[i] == NULL) {
			sv_warn("%s", path);
			return (-1);
		}
		sv_shardfile_form(c->writer[i], elem, zstd);
	}
	return (0);
}

struct cut *
cut_new(const struct cut_form *form, struct names *names)
{
	struct cut *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		goto err0;
	c->form = *form;
	c->names = names;
	c->name = NAME_RAW;
	if ((c->deal = deal_new(form->W, form->seed)) == NULL ||
	    (c->writer = calloc(form->W,
	    sizeof(struct sv_shardfile_writer *))) == NULL)
		goto err1;
	/* What is read again at once is neither rounded nor packed. */
	if (begin(c, form->twice ? SV_F64 : form->elem,
	    form->twice ? 0 : form->zstd) == -1)
		goto err2;
	return (c);

err1:
	sv_warn("%" PRIu32 " shards", form->W);
err2:
	cut_free(c);
	return (NULL);
err0:
	sv_warn("%" PRIu32 " shards", form->W);
	return (NULL);
}

/* Shard ${i} could not be written. */
static int
failed(struct cut *c, uint32_t i)
{

	sv_warn("%s", names_path(c->names, c->name, i));
	return (-1);
}

/* Row ${i} of ${part}, the last one counted, has what f32 has not. */
static int
too_large(const struct cut *c, const struct sv_csr *part, uint64_t i)
{
	uint64_t l = part->start[i];

	while (l + 1 < part->start[i + 1] && isfinite((float)part->val[l]))
		l++;
	sv_warnx("row %" PRIu64 ", feature %" PRIu64 ": %g is too large for 32"
	    " bits: leave out --f32", c->rows, (uint64_t)part->col[l] + 1,
	    part->val[l]);
	return (-1);
}

int
cut_add(struct cut *c, const struct sv_csr *part, uint64_t i)
{
	uint32_t shard = deal_next(c->deal);

	c->rows++;
	c->nnz += part->start[i + 1] - part->start[i];
	if (sv_shardfile_add(c->writer[shard], part, i) == 0)
		return (0);
	return (errno == ERANGE ? too_large(c, part, i) : failed(c, shard));
}

uint64_t
cut_rows(const struct cut *c)
{

	return (c->rows);
}

uint64_t
cut_nnz(const struct cut *c)
{

	return (c->nnz);
}

uint64_t
cut_bytes(const struct cut *c)
{

	return (c->bytes);
}

int
cut_close(struct cut *c, uint64_t d)
{
	const uint32_t W = c->form.W;

	for (uint32_t i = 0; i < W; i++)
		if (sv_shardfile_flush(c->writer[i]) == -1)
			return (failed(c, i));
	sv_shardfile_cut(c->writer, W, d, c->id);
	for (uint32_t i = 0; i < W; i++)
		if (sv_shardfile_finish(c->writer[i], d, c->id) == -1)
			return (failed(c, i));
	return (0);
}

/* The rows of the reader ${in}, scaled, to shard ${i}. */
static int
scale_file(struct cut *c, struct scale *s, struct sv_shardfile *in, uint32_t i)
{
	const struct sv_csr *row;
	struct sv_csr part;
	char why[SV_WHY];
	int rc;

	while ((rc = sv_shardfile_next(in, &part, why)) == 1) {
		for (uint64_t k = 0; k < part.rows; k++) {
			row = scale_row(s, &part, k);
			if (row == NULL ||
			    sv_shardfile_add(c->writer[i], row, 0) == -1)
				return (failed(c, i));
		}
	}
	if (rc == -1)
		sv_warnx("%s", why);
	else if (sv_shardfile_flush(c->writer[i]) == -1)
		rc = failed(c, i);
	return (rc);
}

int
cut_scale(struct cut *c, struct scale *s, uint64_t d,
    void (*shown)(void *ctx, uint32_t i), void *ctx)
{
	struct sv_shardfile *in;
	char why[SV_WHY];
	int rc = 0;

	for (uint32_t i = 0; i < c->form.W; i++) {
		sv_shardfile_free(c->writer[i]);
		c->writer[i] = NULL;
	}
	c->name = NAME_SCALED;
	if (begin(c, c->form.elem, c->form.zstd) == -1)
		return (-1);
	c->nnz = 0;
	for (uint32_t i = 0; i < c->form.W && rc == 0; i++) {
		shown(ctx, i);
		in = sv_shardfile_open(names_path(c->names, NAME_RAW, i), why);
		if (in == NULL) {
			sv_warnx("%s", why);
			return (-1);
		}
		rc = scale_file(c, s, in, i);
		sv_shardfile_close(in);
		names_remove(c->names, NAME_RAW, i);
		c->nnz += sv_shardfile_written(c->writer[i])->nnz;
	}
	return (rc == 0 ? cut_close(c, d) : rc);
}

int
cut_finish(struct cut *c)
{
	struct stat st;

	for (uint32_t i = 0; i < c->form.W; i++) {
		if (names_move(c->names, c->name, NAME_SHARD, i) == -1)
			return (-1);
		if (stat(names_path(c->names, NAME_SHARD, i), &st) == 0)
			c->bytes += (uint64_t)st.st_size;
	}
	return (0);
}

const char *
cut_id(const struct cut *c)
{

	return (c->id);
}

const struct sv_shardfile_info *
cut_info(const struct cut *c, uint32_t i)
{

	return (sv_shardfile_written(c->writer[i]));
}

void
cut_free(struct cut *c)
{

	if (c == NULL)
		return;
	for (uint32_t i = 0; c->writer != NULL && i < c->form.W; i++)
		sv_shardfile_free(c->writer[i]);
	deal_free(c->deal);
	free(c->writer);
	free(c);
}
