#include <float.h>
#include <math.h>
#include <string.h>

#include "shardfile_code.h"

/* Of a f64: all of its exponent, and the least of it. */
#define EXPONENT ((uint64_t)0x7ff << 52)
#define EXPONENT_ONE ((uint64_t)1 << 52)

/* Bytes of an element; SAME takes those of one, however many there are. */
static const size_t width[] = {
	[SV_SC_NONE] = 0, [SV_SC_SAME] = 0, [SV_SC_U8] = 1, [SV_SC_I8] = 1,
	[SV_SC_U16] = 2, [SV_SC_U32] = 4, [SV_SC_F32] = 4, [SV_SC_F64] = 8,
	[SV_SC_COLUMN] = 4
};

void
sv_shardfile_lay(struct sv_shardfile_layout *l, size_t align)
{
	size_t at = 0;

	for (unsigned i = 0; i < SV_SS_N; i++) {
		unsigned code = l->code[i];
		uint64_t n = i == SV_SS_VALUES || i == SV_SS_COLUMNS ? l->nnz :
		    l->rows;

		l->at[i] = at;
		at += code == SV_SC_SAME ? sizeof(double) :
		    (size_t)n * width[code];
		at = (at + align - 1) / align * align;
	}
	l->size = at;
}

int
sv_shardfile_valid(unsigned section, unsigned code)
{
	const unsigned counts = 1u << SV_SC_SAME | 1u << SV_SC_U8 |
	    1u << SV_SC_U16 | 1u << SV_SC_U32;
	const unsigned numbers = 1u << SV_SC_SAME | 1u << SV_SC_U8 |
	    1u << SV_SC_I8 | 1u << SV_SC_U16 | 1u << SV_SC_F32 |
	    1u << SV_SC_F64;

	if (code >= SV_SC_N)
		return (0);
	switch (section) {
	case SV_SS_LENGTHS:
	case SV_SS_COLUMNS:
		return ((counts >> code & 1) != 0);
	case SV_SS_WEIGHTS:
		return (code == SV_SC_NONE || (numbers >> code & 1) != 0);
	default:
		return ((numbers >> code & 1) != 0);
	}
}

const char *
sv_shardfile_code_name(unsigned code)
{
	static const char *const names[] = {
		[SV_SC_NONE] = "none", [SV_SC_SAME] = "same",
		[SV_SC_U8] = "u8", [SV_SC_I8] = "i8", [SV_SC_U16] = "u16",
		[SV_SC_U32] = "u32", [SV_SC_F32] = "f32", [SV_SC_F64] = "f64",
		[SV_SC_COLUMN] = "u32"
	};

	return (code <= SV_SC_COLUMN ? names[code] : "unknown");
}

/* Does the code give each bit of ${v} back?  A zero's sign is one. */
static int
gives(unsigned code, double v)
{

	switch (code) {
	case SV_SC_U8:
		return (v >= 0 && v <= UINT8_MAX && !signbit(v) &&
		    (double)(uint8_t)v == v);
	case SV_SC_I8:
		return (v >= INT8_MIN && v <= INT8_MAX &&
		    (v != 0 || !signbit(v)) && (double)(int8_t)v == v);
	case SV_SC_U16:
		return (v >= 0 && v <= UINT16_MAX && !signbit(v) &&
		    (double)(uint16_t)v == v);
	case SV_SC_F32:
		return (fabs(v) <= FLT_MAX && (double)(float)v == v);
	default:
		return (1);
	}
}

/* Are the ${n} elements of ${size} bytes all the same? */
static int
same(const void *x, uint64_t n, size_t size)
{

	return (n <= 1 || memcmp(x, (const char *)x + size,
	    (size_t)(n - 1) * size) == 0);
}

uint8_t
sv_shardfile_fit(const double *x, uint64_t n)
{
	static const uint8_t codes[] = {
		SV_SC_U8, SV_SC_I8, SV_SC_U16, SV_SC_F32
	};
	uint64_t i;

	if (same(x, n, sizeof(*x)))
		return (SV_SC_SAME);
	for (size_t k = 0; k < sizeof(codes); k++) {
		for (i = 0; i < n && gives(codes[k], x[i]); i++)
			;
		if (i == n)
			return (codes[k]);
	}
	return (SV_SC_F64);
}

uint8_t
sv_shardfile_fit_counts(const uint32_t *x, uint64_t n)
{
	uint32_t all = 0;

	if (same(x, n, sizeof(*x)))
		return (SV_SC_SAME);
	for (uint64_t i = 0; i < n; i++)
		all |= x[i];
	return (all <= UINT8_MAX ? SV_SC_U8 : all <= UINT16_MAX ? SV_SC_U16 :
	    SV_SC_U32);
}

/* Write x[0] to x[n - 1] as ${type}. */
#define PUT(type) do {							\
	for (uint64_t i_ = 0; i_ < n; i_++) {				\
		type v_ = (type)x[i_];					\
									\
		memcpy(to + i_ * sizeof(v_), &v_, sizeof(v_));		\
	}								\
} while (0)

void
sv_shardfile_put(uint8_t *to, unsigned code, const double *x, uint64_t n)
{
	double first = n > 0 ? x[0] : 0.0;

	switch (code) {
	case SV_SC_SAME:
		memcpy(to, &first, sizeof(first));
		break;
	case SV_SC_U8:
		PUT(uint8_t);
		break;
	case SV_SC_I8:
		PUT(int8_t);
		break;
	case SV_SC_U16:
		PUT(uint16_t);
		break;
	case SV_SC_F32:
		PUT(float);
		break;
	case SV_SC_F64:
		PUT(double);
		break;
	default:
		break;
	}
}

void
sv_shardfile_put_counts(uint8_t *to, unsigned code, const uint32_t *x,
    uint64_t n)
{
	double first = n > 0 ? x[0] : 0.0;

	switch (code) {
	case SV_SC_SAME:
		memcpy(to, &first, sizeof(first));
		break;
	case SV_SC_U8:
		PUT(uint8_t);
		break;
	case SV_SC_U16:
		PUT(uint16_t);
		break;
	case SV_SC_U32:
		PUT(uint32_t);
		break;
	default:
		break;
	}
}

/* An exponent of ones only: adding 1 carries into the sign. */
int
sv_shardfile_odd(const double *x, uint64_t n)
{
	uint64_t bits, seen = 0;

	for (uint64_t i = 0; i < n; i++) {
		memcpy(&bits, &x[i], sizeof(bits));
		seen |= (bits & EXPONENT) + EXPONENT_ONE;
	}
	return (seen >> 63 != 0);
}

static int
odd_f32(const float *x, uint64_t n)
{
	uint32_t bits, seen = 0;

	for (uint64_t i = 0; i < n; i++) {
		memcpy(&bits, &x[i], sizeof(bits));
		seen |= (bits & 0x7f800000u) + 0x00800000u;
	}
	return (seen >> 31 != 0);
}

/* What is wrong with numbers that are to be f32? */
static int
flags_f32(const double *x, uint64_t n)
{
	unsigned large = 0;

	for (uint64_t i = 0; i < n; i++)
		large |= !(fabs(x[i]) <= FLT_MAX);
	if (large == 0)
		return (0);
	return (SV_SC_LARGE | (sv_shardfile_odd(x, n) ? SV_SC_ODD : 0));
}

/* Read ${n} numbers of ${type} into x, which are of ${to}. */
#define GET(to, type) do {						\
	const type *p_ = from;						\
									\
	for (uint64_t i_ = 0; i_ < n; i_++)				\
		x[i_] = (to)p_[i_];					\
} while (0)

int
sv_shardfile_f64(double *x, const void *from, unsigned code, uint64_t n)
{
	const double *first = from;

	switch (code) {
	case SV_SC_SAME:
		for (uint64_t i = 0; i < n; i++)
			x[i] = *first;
		return (sv_shardfile_odd(first, 1) ? SV_SC_ODD : 0);
	case SV_SC_U8:
		GET(double, uint8_t);
		return (0);
	case SV_SC_I8:
		GET(double, int8_t);
		return (0);
	case SV_SC_U16:
		GET(double, uint16_t);
		return (0);
	case SV_SC_F32:
		GET(double, float);
		return (odd_f32(from, n) ? SV_SC_ODD : 0);
	default:
		memcpy(x, from, (size_t)n * sizeof(*x));
		return (sv_shardfile_odd(from, n) ? SV_SC_ODD : 0);
	}
}

int
sv_shardfile_f32(float *x, const void *from, unsigned code, uint64_t n)
{
	const double *first = from;
	int bad;

	switch (code) {
	case SV_SC_SAME:
		if ((bad = flags_f32(first, 1)) == 0)
			for (uint64_t i = 0; i < n; i++)
				x[i] = (float)*first;
		return (bad);
	case SV_SC_U8:
		GET(float, uint8_t);
		return (0);
	case SV_SC_I8:
		GET(float, int8_t);
		return (0);
	case SV_SC_U16:
		GET(float, uint16_t);
		return (0);
	case SV_SC_F32:
		memcpy(x, from, (size_t)n * sizeof(*x));
		return (odd_f32(from, n) ? SV_SC_ODD : 0);
	default:
		if ((bad = flags_f32(from, n)) == 0)
			GET(float, double);
		return (bad);
	}
}

/* A count that is there once; UINT64_MAX if it is none. */
static uint64_t
count_of(const void *from)
{
	const double *x = from;

	if (!(*x >= 0 && *x <= UINT32_MAX) || *x != floor(*x))
		return (UINT64_MAX);
	return ((uint64_t)*x);
}

/* start[i + 1] = start[i] + the length of row i, of ${type}. */
#define STARTS(type) do {						\
	const type *p_ = from;						\
									\
	for (uint64_t i_ = 0; i_ < l->rows; i_++)			\
		start[i_ + 1] = start[i_] + p_[i_];			\
} while (0)

const char *
sv_shardfile_starts(uint64_t *start, const void *from,
    const struct sv_shardfile_layout *l)
{
	uint64_t each, n;

	switch (l->code[SV_SS_LENGTHS]) {
	case SV_SC_SAME:
		if ((each = count_of(from)) == UINT64_MAX)
			return ("its rows' lengths make no sense");
		for (uint64_t i = 0; i < l->rows; i++)
			start[i + 1] = start[i] + each;
		break;
	case SV_SC_U8:
		STARTS(uint8_t);
		break;
	case SV_SC_U16:
		STARTS(uint16_t);
		break;
	default:
		STARTS(uint32_t);
	}
	n = start[l->rows] - start[0];
	return (n == l->nnz ? NULL : n > l->nnz ?
	    "its rows have too many non-zeros" :
	    "its rows have too few non-zeros");
}

/*
 * The columns of one row are sums of gaps + 1, less 1: they ascend, and if the
 * last is below d all are.  A row of more than d could let the sum overflow.
 */
#define GAPS(name, type, gap)						\
static int								\
name(uint32_t *col, const type *p, const uint64_t *start,		\
    uint64_t rows, uint64_t d)						\
{									\
									\
	for (uint64_t j = 0; j < rows; j++) {				\
		uint64_t n = start[j + 1] - start[j], c = 0;		\
									\
		if (n > d)						\
			return (-1);					\
		for (uint64_t k = 0; k < n; k++) {			\
			c += (uint64_t)(gap) + 1;			\
			*col++ = (uint32_t)(c - 1);			\
		}							\
		if (c > d)						\
			return (-1);					\
	}								\
	return (0);							\
}

GAPS(gaps_same, uint64_t, *p)
GAPS(gaps_u8, uint8_t, *p++)
GAPS(gaps_u16, uint16_t, *p++)
GAPS(gaps_u32, uint32_t, *p++)

/* Columns as they are. */
static int
columns(uint32_t *col, const uint32_t *p, const uint64_t *start, uint64_t rows,
    uint64_t d)
{
	unsigned bad = 0;

	for (uint64_t j = 0; j < rows; j++) {
		uint64_t n = start[j + 1] - start[j];

		for (uint64_t k = 0; k < n; k++)
			bad |= p[k] >= d;
		for (uint64_t k = 1; k < n; k++)
			bad |= p[k] <= p[k - 1];
		p += n;
	}
	if (bad == 0)
		memcpy(col, p - (start[rows] - start[0]),
		    (size_t)(start[rows] - start[0]) * sizeof(*col));
	return (bad == 0 ? 0 : -1);
}

const char *
sv_shardfile_columns(uint32_t *col, const void *from, const uint64_t *start,
    uint64_t d, const struct sv_shardfile_layout *l)
{
	uint64_t each;
	int bad;

	switch (l->code[SV_SS_COLUMNS]) {
	case SV_SC_SAME:
		each = count_of(from);
		bad = each == UINT64_MAX ||
		    gaps_same(col, &each, start, l->rows, d);
		break;
	case SV_SC_U8:
		bad = gaps_u8(col, from, start, l->rows, d);
		break;
	case SV_SC_U16:
		bad = gaps_u16(col, from, start, l->rows, d);
		break;
	case SV_SC_U32:
		bad = gaps_u32(col, from, start, l->rows, d);
		break;
	default:
		bad = columns(col, from, start, l->rows, d);
	}
	return (bad ? "a column is out of bounds or order" : NULL);
}
