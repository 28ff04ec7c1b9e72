#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "frame.h"
#include "io.h"
#include "json.h"
#include "shardfile.h"
#include "shardfile_code.h"
#include "shardfile_state.h"
#include "shardfile_sum.h"

/* So that sums of what frames may hold do not overflow. */
#define MOST_FRAMES ((uint64_t)1 << 40)

/* The reason why: the file's name (its end, if it is long) and ${what}. */
static void
explain(char why[SV_WHY], const char *path, const char *what)
{
	const size_t max = 120;
	size_t n = strlen(path);

	snprintf(why, SV_WHY, "%s%.120s: %.130s", n > max ? "..." : "",
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
	const uint64_t frames = size / SV_FRAME_HEADER;
	const json_t *weighted;
	uint64_t most = 0;
	const char *what = NULL;
	json_t *o;

	if (f->type != SV_DATA || f->round != 0)
		return ("not a shard file: its first frame is no head");
	o = json_loadb(sv_frame_text(f), f->ntext, JSON_REJECT_DUPLICATES, NULL);
	if (o == NULL)
		return ("the head is not JSON");
	info->bytes = size;
	if (sv_json_u64(o, "frames", 1, frames < MOST_FRAMES ? frames :
	    MOST_FRAMES, &info->frames) == 0)
		most = size + info->frames * SV_SHARDFILE_MOST;
	if (sv_json_u32(o, "shards", 1, SV_PROBLEM_MAXSHARDS,
	    &info->shards) == -1 ||
	    sv_json_u32(o, "shard", 0, info->shards - 1, &info->shard) == -1 ||
	    info->shard != f->shard)
		what = "the head's shard number makes no sense";
	else if (sv_json_u64(o, "d", 1, SV_RECIPE_MAXCOLS, &info->d) == -1)
		what = "the head's number of features makes no sense";
	else if (sv_json_u64(o, "rows", 1, most, &info->rows) == -1 ||
	    sv_json_u64(o, "nnz", 0, most, &info->nnz) == -1 ||
	    info->frames > info->rows)
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

/* Make a reader called ${name}, of nothing so far. */
static struct sv_shardfile *
make(const char *name, char why[SV_WHY])
{
	struct sv_shardfile *s;

	if ((s = calloc(1, sizeof(*s))) == NULL ||
	    (s->path = strdup(name)) == NULL) {
		explain(why, name, strerror(errno));
		free(s);
		return (NULL);
	}
	s->fd = -1;
	return (s);
}

/* Read the head of ${size} bytes; return ${s}, or NULL and it is closed. */
static struct sv_shardfile *
begin(struct sv_shardfile *s, uint64_t size, char why[SV_WHY])
{
	const char *what;

	sv_reader_quiet(s->reader);
	switch (sv_reader_next(s->reader, &s->f)) {
	case SV_IO_FRAME:
		what = parse_head(&s->info, &s->f, size);
		break;
	case SV_IO_EOF:
		what = "the file is empty";
		break;
	case SV_IO_AGAIN:
		what = strerror(EAGAIN);
		break;
	default:
		what = sv_reader_why(s->reader);
	}
	if (what == NULL)
		return (s);
	explain(why, s->path, what);
	sv_shardfile_close(s);
	return (NULL);
}

struct sv_shardfile *
sv_shardfile_open(const char *path, char why[SV_WHY])
{
	struct sv_shardfile *s;
	struct stat st;

	if ((s = make(path, why)) == NULL)
		return (NULL);
	/* A FIFO must not make us wait; it is refused below. */
	s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (s->fd == -1 || fstat(s->fd, &st) == -1)
		explain(why, path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		explain(why, path, "not a regular file");
	else if ((s->reader = sv_reader_new(s->fd, s->path)) == NULL)
		explain(why, path, strerror(errno));
	else
		return (begin(s, (uint64_t)st.st_size, why));
	sv_shardfile_close(s);
	return (NULL);
}

struct sv_shardfile *
sv_shardfile_open_bytes(const struct sv_bytes *in, uint64_t size,
    const char *name, char why[SV_WHY])
{
	struct sv_shardfile *s;

	if ((s = make(name, why)) == NULL)
		return (NULL);
	if ((s->reader = sv_reader_of(in, s->path)) != NULL)
		return (begin(s, size, why));
	explain(why, name, strerror(errno));
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
	(void)ZSTD_freeDCtx(s->zstd);
	free(s->plain.p);
	free(s->start.p);
	free(s->col.p);
	free(s->val.p);
	free(s->label.p);
	free(s->weight.p);
	free(s->path);
	free(s);
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

/* The place of the next rows in ${A}, which is sparse. */
static void
place_matrix(const struct sv_shardfile *s, const struct sv_matrix *A,
    struct sv_shardfile_place *p)
{

	p->start = A->start + s->rows;
	p->col = A->col + s->nnz;
	p->val = A->val != NULL ? A->val + s->nnz : NULL;
	p->val32 = A->val32 != NULL ? A->val32 + s->nnz : NULL;
	p->label = A->label + s->rows;
	p->weight = A->weight != NULL ? A->weight + s->rows : NULL;
}

/* The reason is ${what}, of the frame that begins at ${offset}. */
static void
explain_frame(const struct sv_shardfile *s, uint64_t offset, const char *what,
    char why[SV_WHY])
{
	char line[SV_WHY];

	snprintf(line, sizeof(line), "frame at byte %" PRIu64 ": %s", offset,
	    what);
	explain(why, s->path, line);
}

/*
 * Read the next frame and its rows: into ${A}, if that is there and sparse,
 * otherwise to a place of the reader's own, ${p}.  As sv_shardfile_next().
 */
static int
advance(struct sv_shardfile *s, const struct sv_matrix *A,
    struct sv_shardfile_place *p, char why[SV_WHY])
{
	uint64_t offset = sv_reader_offset(s->reader);
	const char *what = NULL;
	char line[SV_WHY];

	sv_frame_fini(&s->f);
	switch (sv_reader_next(s->reader, &s->f)) {
	case SV_IO_FRAME:
		if (s->frames == s->info.frames)
			what = "it comes after the last one";
		else if ((what = sv_shardfile_frame(s)) == NULL) {
			if (A != NULL && A->kind == SV_SPARSE)
				place_matrix(s, A, p);
			else
				what = sv_shardfile_place(s, p);
		}
		if (what == NULL && (what = sv_shardfile_rows(s, p)) == NULL)
			return (1);
		explain_frame(s, offset, what, why);
		return (-1);
	case SV_IO_EOF:
		if (s->frames == s->info.frames) {
			if ((what = check_end(s)) == NULL)
				return (0);
			break;
		}
		snprintf(line, sizeof(line), "the file is cut off after %"
		    PRIu64 " of %" PRIu64 " frames", s->frames,
		    s->info.frames);
		what = line;
		break;
	case SV_IO_AGAIN:
		what = strerror(EAGAIN);
		break;
	default:
		what = sv_reader_why(s->reader);
	}
	explain(why, s->path, what);
	return (-1);
}

/* The rows of the frame at hand have been taken. */
static void
count(struct sv_shardfile *s)
{

	s->sum = sv_shardfile_chain(s->sum, s->f.sum);
	s->rows += s->lay.rows;
	s->nnz += s->lay.nnz;
	s->frames++;
}

/* What is at ${p}, as rows. */
static void
rows_of(const struct sv_shardfile *s, const struct sv_shardfile_place *p,
    struct sv_csr *part)
{

	part->rows = s->lay.rows;
	part->nnz = s->lay.nnz;
	part->cols = s->info.d;
	part->start = p->start;
	part->col = p->col;
	part->val = p->val;
	part->label = p->label;
	part->weight = p->weight;
}

int
sv_shardfile_next(struct sv_shardfile *s, struct sv_csr *part, char why[SV_WHY])
{
	struct sv_shardfile_place p;
	int rc;

	if ((rc = advance(s, NULL, &p, why)) == 1) {
		rows_of(s, &p, part);
		count(s);
	}
	return (rc);
}

void
sv_shardfile_describe(const struct sv_shardfile *s,
    char text[SV_SHARDFILE_TEXT])
{
	static const char *const names[SV_SS_N] = {
		"labels", "weights", "values", "lengths", "columns"
	};
	size_t at = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < SV_SS_N; i++)
		if (s->lay.code[i] != SV_SC_NONE)
			at += (size_t)snprintf(text + at,
			    SV_SHARDFILE_TEXT - at, "%s%s %s",
			    at > 0 ? ", " : "", names[i],
			    sv_shardfile_code_name(s->lay.code[i]));
	if (s->packed)
		snprintf(text + at, SV_SHARDFILE_TEXT - at, ", zstd");
}

/* Take the rows of the frame at hand, which are in ${A} if that is sparse. */
static int
take(struct sv_shardfile *s, struct sv_matrix *A,
    const struct sv_shardfile_place *p, char why[SV_WHY])
{
	struct sv_csr part;

	if (A->kind != SV_SPARSE) {
		rows_of(s, p, &part);
		if (sv_matrix_put(A, s->rows, &part) == -1) {
			explain(why, s->path, "a value is too large for f32");
			return (-1);
		}
	}
	count(s);
	return (0);
}

int
sv_shardfile_load(struct sv_shardfile *s, enum sv_elem elem,
    struct sv_matrix *A, const struct sv_csr_poll *poll, char why[SV_WHY])
{
	const struct sv_matrix_shape shape = {
		.rows = s->info.rows, .cols = s->info.d, .nnz = s->info.nnz,
		.elem = elem, .weighted = s->info.weighted
	};
	struct sv_shardfile_place p;
	int rc;

	if (sv_matrix_alloc(A, &shape) == -1) {
		explain(why, s->path, strerror(errno));
		return (-1);
	}
	while ((rc = advance(s, A, &p, why)) == 1) {
		if ((rc = take(s, A, &p, why)) == -1)
			break;
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
