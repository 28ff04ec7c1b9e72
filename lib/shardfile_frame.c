#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "frame.h"
#include "shardfile.h"
#include "shardfile_code.h"
#include "shardfile_state.h"

/* Encodings 1 and 2: bytes of a row, at least, and of a non-zero. */
#define OLD_BYTES 12u
/* Lengths in u32 of so many rows have a sum. */
#define MOST_ROWS ((uint64_t)INT32_MAX)

/* A scalar that must be a whole number up to ${max}; -1 if it is not. */
static int
count_of(double x, uint64_t max, uint64_t *n)
{

	if (!(x >= 0) || !(x <= (double)max) || x != floor(x))
		return (-1);
	*n = (uint64_t)x;
	return (*n <= max ? 0 : -1);
}

/* The codes of sections, and packed, of the frame at hand in ${encoding}. */
static const char *
parse_codes(struct sv_shardfile *s, uint64_t encoding)
{
	static const uint8_t old[SV_SS_N] = {
		SV_SC_F64, SV_SC_NONE, SV_SC_F64, SV_SC_U32, SV_SC_COLUMN
	};
	const double *scalar = sv_frame_scalars(&s->f);
	uint64_t code, packed;

	s->packed = 0;
	if (encoding != SV_SF_COMPACT) {
		memcpy(s->lay.code, old, sizeof(old));
		if (encoding == SV_SF_WEIGHTED)
			s->lay.code[SV_SS_WEIGHTS] = SV_SC_F64;
		return (NULL);
	}
	if (s->f.nscalar < SV_SF_ALL)
		return ("it does not say the encoding of its sections");
	for (unsigned i = 0; i < SV_SS_N; i++) {
		if (count_of(scalar[SV_SF_LABELS + i], SV_SC_N, &code) == -1 ||
		    !sv_shardfile_valid(i, (unsigned)code))
			return ("the encoding of a section is not known");
		s->lay.code[i] = (uint8_t)code;
	}
	if (count_of(scalar[SV_SF_ZSTD], 1, &packed) == -1)
		return ("how its encoding is packed is not known");
	s->packed = packed == 1;
	return (NULL);
}

/* Rows and non-zeros of the frame at hand, and where its sections are. */
static const char *
parse_counts(struct sv_shardfile *s, uint64_t encoding)
{
	const double *scalar = sv_frame_scalars(&s->f);
	const int old = encoding != SV_SF_COMPACT;
	uint64_t nelem = sv_frame_nelem(&s->f);
	uint64_t rows = old ? nelem / OLD_BYTES : SV_SHARDFILE_MOST;
	uint64_t nnz = old ? nelem / OLD_BYTES : nelem;

	if (s->packed || (s->lay.code[SV_SS_VALUES] == SV_SC_SAME &&
	    s->lay.code[SV_SS_COLUMNS] == SV_SC_SAME))
		nnz = SV_SHARDFILE_MOST;
	if (rows > MOST_ROWS)
		rows = MOST_ROWS;
	if (count_of(scalar[SV_SF_ROWS], rows, &s->lay.rows) == -1 ||
	    count_of(scalar[SV_SF_NNZ], nnz, &s->lay.nnz) == -1 ||
	    s->lay.rows == 0)
		return ("its size does not fit its counts");
	sv_shardfile_lay(&s->lay, old ? 1 : sizeof(double));
	if (!s->packed && s->lay.size != nelem)
		return ("its size does not fit its counts");
	if (s->lay.rows > s->info.rows - s->rows ||
	    s->lay.nnz > s->info.nnz - s->nnz)
		return ("there are more rows or non-zeros than the head says");
	return (NULL);
}

/* Make ${r} of ${n} elements; NULL if there is no memory. */
static void *
reserve(struct sv_shardfile_room *r, uint64_t n, size_t size)
{

	if (r->p == NULL || r->size / size < n) {
		free(r->p);
		r->size = (size_t)(n > 0 ? n : 1) * size;
		if ((r->p = malloc(r->size)) == NULL)
			r->size = 0;
	}
	return (r->p);
}

/* Let elems be the sections, of the size that the counts say. */
static const char *
unpack(struct sv_shardfile *s)
{
	size_t n;

	s->elems = sv_frame_elems(&s->f);
	if (!s->packed)
		return (NULL);
	if ((s->zstd == NULL && (s->zstd = ZSTD_createDCtx()) == NULL) ||
	    reserve(&s->plain, s->lay.size, 1) == NULL)
		return (strerror(ENOMEM));
	n = ZSTD_decompressDCtx(s->zstd, s->plain.p, s->lay.size, s->elems,
	    (size_t)sv_frame_nelem(&s->f));
	s->elems = s->plain.p;
	if (ZSTD_isError(n))
		return ("its zstd frame is damaged, or larger than its counts"
		    " say");
	return (n == s->lay.size ? NULL :
	    "its zstd frame is smaller than its counts say");
}

const char *
sv_shardfile_frame(struct sv_shardfile *s)
{
	const struct sv_frame *f = &s->f;
	const char *what;
	uint64_t encoding;

	if (f->type != SV_DATA || f->shard != s->info.shard ||
	    f->round != (uint32_t)(s->frames + 1))
		return ("it does not belong here");
	if (f->nscalar < SV_SF_N || f->elem != SV_BYTES)
		return ("it has no rows");
	if (count_of(sv_frame_scalars(f)[SV_SF_ENCODING], SV_SF_COMPACT,
	    &encoding) == -1 || encoding < SV_SF_PLAIN)
		return ("the encoding of its rows is not known");
	if ((what = parse_codes(s, encoding)) != NULL)
		return (what);
	if ((s->lay.code[SV_SS_WEIGHTS] != SV_SC_NONE) != s->info.weighted)
		return (s->info.weighted ? "its rows have no weights" :
		    "its rows have weights, and the head does not say so");
	if ((what = parse_counts(s, encoding)) != NULL)
		return (what);
	return (unpack(s));
}

/* The section at hand. */
static void *
section(const struct sv_shardfile *s, enum sv_shardfile_section which)
{

	return (s->elems + s->lay.at[which]);
}

/* Numbers of a section at ${x}, or checked in place, where that is ${x}. */
static int
numbers(const struct sv_shardfile *s, enum sv_shardfile_section which,
    double *x, uint64_t n)
{
	const void *from = section(s, which);

	return (x == from ? sv_shardfile_odd(x, n) :
	    sv_shardfile_f64(x, from, s->lay.code[which], n));
}

const char *
sv_shardfile_rows(const struct sv_shardfile *s,
    const struct sv_shardfile_place *p)
{
	const uint64_t rows = s->lay.rows, nnz = s->lay.nnz;
	const char *what;
	int bad = 0;

	what = sv_shardfile_starts(p->start, section(s, SV_SS_LENGTHS),
	    &s->lay);
	if (what != NULL)
		return (what);
	what = sv_shardfile_columns(p->col, section(s, SV_SS_COLUMNS),
	    p->start, s->info.d, &s->lay);
	if (what != NULL)
		return (what);
	if (numbers(s, SV_SS_LABELS, p->label, rows) != 0)
		return ("a label is not finite");
	if (p->weight != NULL) {
		bad = numbers(s, SV_SS_WEIGHTS, p->weight, rows);
		for (uint64_t i = 0; i < rows; i++)
			bad |= p->weight[i] < 0.0;
	}
	if (bad != 0)
		return ("a weight is negative or not finite");
	if (p->val32 != NULL)
		bad = sv_shardfile_f32(p->val32, section(s, SV_SS_VALUES),
		    s->lay.code[SV_SS_VALUES], nnz);
	else
		bad = numbers(s, SV_SS_VALUES, p->val, nnz);
	if ((bad & SV_SC_ODD) != 0)
		return ("a value is not finite");
	return (bad != 0 ? "a value is too large for f32" : NULL);
}

/* ${*x}: numbers of a section, in place where they are f64, or in ${r}. */
static int
place_numbers(const struct sv_shardfile *s, enum sv_shardfile_section which,
    uint64_t n, struct sv_shardfile_room *r, double **x)
{

	*x = s->lay.code[which] == SV_SC_F64 ? section(s, which) :
	    reserve(r, n, sizeof(**x));
	return (*x != NULL ? 0 : -1);
}

const char *
sv_shardfile_place(struct sv_shardfile *s, struct sv_shardfile_place *p)
{
	const uint64_t rows = s->lay.rows, nnz = s->lay.nnz;

	memset(p, 0, sizeof(*p));
	p->start = reserve(&s->start, rows + 1, sizeof(*p->start));
	p->col = reserve(&s->col, nnz, sizeof(*p->col));
	if (p->start == NULL || p->col == NULL ||
	    place_numbers(s, SV_SS_LABELS, rows, &s->label, &p->label) == -1 ||
	    place_numbers(s, SV_SS_VALUES, nnz, &s->val, &p->val) == -1 ||
	    (s->info.weighted && place_numbers(s, SV_SS_WEIGHTS, rows,
	    &s->weight, &p->weight) == -1))
		return (strerror(ENOMEM));
	p->start[0] = 0;
	return (NULL);
}
