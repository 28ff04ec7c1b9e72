#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frame.h"
#include "io.h"
#include "json.h"
#include "shardfile.h"
#include "shardfile_sum.h"

/* Bytes in the file: of a non-zero, and of a row without and with weight. */
#define NNZ_BYTES 12u
#define ROW_BYTES 12u
#define WEIGHTED_BYTES 20u

struct sv_shardfile {
	int fd;
	char *path;
	struct sv_reader *reader;
	struct sv_shardfile_info info;
	struct sv_frame f;	/* the frame at hand */
	uint64_t sum;		/* of the frames so far */
	uint64_t rows, nnz;	/* in them */
	uint64_t frames;
	uint64_t *start;	/* of the rows at hand */
	uint64_t room;		/* elements of start */
};

/* The reason why: the file's name (its end, if it is long) and ${what}. */
static void
explain(char why[SV_WHY], const char *path, const char *what)
{
	const size_t max = 120;
	size_t n = strlen(path);

	snprintf(why, SV_WHY, "%s%.120s: %.120s", n > max ? "..." : "",
	    n > max ? path + n - max : path, what);
}

/* A string of 16 hexadecimal digits. */
static int
hex_of(const json_t *o, const char *key, char value[SV_SHARDFILE_HEX])
{
	const char *s;

	if (sv_json_string(o, key, &s) == -1 ||
	    strlen(s) != SV_SHARDFILE_HEX - 1 ||
	    strspn(s, "0123456789abcdef") != SV_SHARDFILE_HEX - 1)
		return (-1);
	memcpy(value, s, SV_SHARDFILE_HEX);
	return (0);
}

/* Fill ${info} from the head's text; ${size} bytes are in the file. */
static const char *
parse_head(struct sv_shardfile_info *info, const struct sv_frame *f,
    uint64_t size)
{
	const uint64_t rows = size / ROW_BYTES, nnz = size / NNZ_BYTES;
	const json_t *weighted;
	const char *what = NULL;
	json_t *o;

	if (f->type != SV_DATA || f->round != 0)
		return ("not a shard file: its first frame is no head");
	o = json_loadb(sv_frame_text(f), f->ntext, JSON_REJECT_DUPLICATES, NULL);
	if (o == NULL)
		return ("the head is not JSON");
	if (sv_json_u32(o, "shards", 1, SV_PROBLEM_MAXSHARDS,
	    &info->shards) == -1 ||
	    sv_json_u32(o, "shard", 0, info->shards - 1, &info->shard) == -1 ||
	    info->shard != f->shard)
		what = "the head's shard number makes no sense";
	else if (sv_json_u64(o, "d", 1, SV_RECIPE_MAXCOLS, &info->d) == -1)
		what = "the head's number of features makes no sense";
	else if (sv_json_u64(o, "rows", 1, rows, &info->rows) == -1 ||
	    sv_json_u64(o, "nnz", 0, nnz, &info->nnz) == -1 ||
	    sv_json_u64(o, "frames", 1, info->rows, &info->frames) == -1)
		what = "the file's size does not fit the counts in its head";
	else if (hex_of(o, "cut", info->cut) == -1 ||
	    hex_of(o, "sum", info->sum) == -1)
		what = "the head's \"cut\" or \"sum\" makes no sense";
	else if ((weighted = json_object_get(o, "weighted")) != NULL &&
	    !json_is_boolean(weighted))
		what = "the head's \"weighted\" makes no sense";
	else
		info->weighted = json_is_true(weighted);
	json_decref(o);
	return (what);
}

struct sv_shardfile *
sv_shardfile_open(const char *path, char why[SV_WHY])
{
	struct sv_shardfile *s;
	const char *what;
	struct stat st;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		explain(why, path, strerror(errno));
		return (NULL);
	}
	/* A FIFO must not make us wait; it is refused below. */
	s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (s->fd == -1 || fstat(s->fd, &st) == -1 ||
	    (s->path = strdup(path)) == NULL ||
	    (s->reader = sv_reader_new(s->fd, s->path)) == NULL) {
		explain(why, path, strerror(errno));
		goto err;
	}
	if (!S_ISREG(st.st_mode)) {
		explain(why, path, "not a regular file");
		goto err;
	}
	sv_reader_quiet(s->reader);
	switch (sv_reader_next(s->reader, &s->f)) {
	case SV_IO_FRAME:
		what = parse_head(&s->info, &s->f, (uint64_t)st.st_size);
		break;
	case SV_IO_EOF:
		what = "the file is empty";
		break;
	default:
		what = sv_reader_why(s->reader);
	}
	if (what != NULL) {
		explain(why, path, what);
		goto err;
	}
	return (s);

err:
	sv_shardfile_close(s);
	return (NULL);
}

const struct sv_shardfile_info *
sv_shardfile_info(const struct sv_shardfile *s)
{

	return (&s->info);
}

void
sv_shardfile_close(struct sv_shardfile *s)
{

	if (s == NULL)
		return;
	sv_frame_fini(&s->f);
	sv_reader_free(s->reader);
	if (s->fd != -1)
		close(s->fd);
	free(s->start);
	free(s->path);
	free(s);
}

/* A scalar that must be a whole number up to ${max}; -1 if it is not. */
static int
count_of(double x, uint64_t max, uint64_t *n)
{

	if (!(x >= 0) || !(x <= (double)max) || x != floor(x))
		return (-1);
	*n = (uint64_t)x;
	return (*n <= max ? 0 : -1);
}

/* The counts of the frame at hand, and where its sections are. */
static const char *
parse_counts(const struct sv_shardfile *s, struct sv_csr *part)
{
	const struct sv_frame *f = &s->f;
	const double *scalar = sv_frame_scalars(f);
	const int weighted = s->info.weighted;
	const uint64_t row = weighted ? WEIGHTED_BYTES : ROW_BYTES;
	uint64_t nelem = sv_frame_nelem(f);
	char *p = sv_frame_elems(f);

	if (f->type != SV_DATA || f->shard != s->info.shard ||
	    f->round != (uint32_t)(s->frames + 1))
		return ("it does not belong here");
	if (f->nscalar < SV_SF_N || f->elem != SV_BYTES)
		return ("it has no rows");
	if (scalar[SV_SF_ENCODING] != SV_SF_PLAIN &&
	    scalar[SV_SF_ENCODING] != SV_SF_WEIGHTED)
		return ("the encoding of its rows is not known");
	if ((scalar[SV_SF_ENCODING] == SV_SF_WEIGHTED) != weighted)
		return (weighted ? "its rows have no weights" :
		    "its rows have weights, and the head does not say so");
	if (count_of(scalar[SV_SF_ROWS], nelem / row, &part->rows) == -1 ||
	    count_of(scalar[SV_SF_NNZ], nelem / NNZ_BYTES, &part->nnz) == -1 ||
	    part->rows == 0 ||
	    part->rows * row + part->nnz * NNZ_BYTES != nelem)
		return ("its size does not fit its counts");
	if (part->rows > s->info.rows - s->rows ||
	    part->nnz > s->info.nnz - s->nnz)
		return ("there are more rows or non-zeros than the head says");
	part->cols = s->info.d;
	part->label = (double *)(void *)p;
	part->weight = weighted ? part->label + part->rows : NULL;
	part->val = part->label + part->rows * (weighted ? 2 : 1);
	part->col = (uint32_t *)(void *)(part->val + part->nnz) + part->rows;
	return (NULL);
}

/* Fill start from the rows' lengths, which come before the columns. */
static const char *
parse_rows(struct sv_shardfile *s, struct sv_csr *part)
{
	const uint32_t *length = part->col - part->rows;
	uint64_t at = 0;

	if (part->rows >= s->room) {
		free(s->start);
		s->room = part->rows + 1;
		s->start = malloc(s->room * sizeof(*s->start));
		if (s->start == NULL) {
			s->room = 0;
			return (strerror(errno));
		}
	}
	s->start[0] = 0;
	for (uint64_t i = 0; i < part->rows; i++) {
		uint64_t end = at + length[i];

		if (end > part->nnz)
			return ("its rows have too many non-zeros");
		if (!isfinite(part->label[i]))
			return ("a label is not finite");
		if (part->weight != NULL && (!isfinite(part->weight[i]) ||
		    part->weight[i] < 0.0))
			return ("a weight is negative or not finite");
		for (uint64_t l = at; l < end; l++)
			if (part->col[l] >= part->cols ||
			    (l > at && part->col[l] <= part->col[l - 1]))
				return ("a column is out of bounds or order");
		s->start[i + 1] = at = end;
	}
	if (at != part->nnz)
		return ("its rows have too few non-zeros");
	for (uint64_t l = 0; l < part->nnz; l++)
		if (!isfinite(part->val[l]))
			return ("a value is not finite");
	part->start = s->start;
	return (NULL);
}

/* Has the head told the truth?  NULL if so. */
static const char *
check_end(const struct sv_shardfile *s)
{
	char sum[SV_SHARDFILE_HEX];

	sv_shardfile_hex(sum, s->sum);
	if (s->rows != s->info.rows || s->nnz != s->info.nnz)
		return ("the file has fewer rows or non-zeros than its head"
		    " says");
	if (strcmp(sum, s->info.sum) != 0)
		return ("the frames are not those that the head was written"
		    " for");
	return (NULL);
}

int
sv_shardfile_next(struct sv_shardfile *s, struct sv_csr *part, char why[SV_WHY])
{
	uint64_t offset = sv_reader_offset(s->reader);
	const char *what;
	char line[SV_WHY];
	enum sv_io rc;

	sv_frame_fini(&s->f);
	rc = sv_reader_next(s->reader, &s->f);
	if (rc == SV_IO_EOF && s->frames == s->info.frames) {
		if ((what = check_end(s)) == NULL)
			return (0);
		snprintf(line, sizeof(line), "%s", what);
	} else if (rc == SV_IO_EOF) {
		snprintf(line, sizeof(line), "the file is cut off after %"
		    PRIu64 " of %" PRIu64 " frames", s->frames,
		    s->info.frames);
	} else if (rc != SV_IO_FRAME) {
		snprintf(line, sizeof(line), "%s", sv_reader_why(s->reader));
	} else if (s->frames == s->info.frames) {
		snprintf(line, sizeof(line), "frame at byte %" PRIu64 ": it"
		    " comes after the last one", offset);
	} else if ((what = parse_counts(s, part)) != NULL ||
	    (what = parse_rows(s, part)) != NULL) {
		snprintf(line, sizeof(line), "frame at byte %" PRIu64 ": %s",
		    offset, what);
	} else {
		s->sum = sv_shardfile_chain(s->sum, s->f.sum);
		s->rows += part->rows;
		s->nnz += part->nnz;
		s->frames++;
		return (1);
	}
	explain(why, s->path, line);
	return (-1);
}

int
sv_shardfile_load(struct sv_shardfile *s, enum sv_elem elem,
    struct sv_matrix *A, const struct sv_csr_poll *poll, char why[SV_WHY])
{
	const struct sv_matrix_shape shape = {
		.rows = s->info.rows, .cols = s->info.d, .nnz = s->info.nnz,
		.elem = elem, .weighted = s->info.weighted
	};
	struct sv_csr part;
	uint64_t i = 0;
	int rc;

	if (sv_matrix_alloc(A, &shape) == -1) {
		explain(why, s->path, strerror(errno));
		return (-1);
	}
	while ((rc = sv_shardfile_next(s, &part, why)) == 1) {
		if (sv_matrix_put(A, i, &part) == -1) {
			explain(why, s->path, "a value is too large for f32");
			rc = -1;
			break;
		}
		i += part.rows;
		if (poll != NULL && poll->fn(poll->ctx) != 0) {
			explain(why, s->path, strerror(ECANCELED));
			errno = ECANCELED;
			return (-1);
		}
	}
	if (rc == -1)
		sv_matrix_fini(A);
	return (rc);
}
