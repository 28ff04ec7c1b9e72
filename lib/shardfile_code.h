#ifndef SV_SHARDFILE_CODE_H
#define SV_SHARDFILE_CODE_H

#include <stddef.h>
#include <stdint.h>

/*
 * The sections of a frame of rows, and the numbers in them: what reading and
 * writing shard files share; no interface of the module.
 *
 * A frame has five sections in this order, each of which is an array with an
 * element for each row or non-zero, in one of the codes below; from none to the
 * other there may be zeros up to a multiple of 8 bytes (encoding 3; without
 * them all of 1 and 2 is a case of it).
 */

enum sv_shardfile_section {
	SV_SS_LABELS,	/* rows; a number code */
	SV_SS_WEIGHTS,	/* rows; a number code, or none */
	SV_SS_VALUES,	/* nnz; a number code */
	SV_SS_LENGTHS,	/* rows: their non-zeros; a count code */
	SV_SS_COLUMNS,	/* nnz: gaps, a count code; or columns */
	SV_SS_N
};

enum sv_shardfile_code {
	SV_SC_NONE,	/* there is no such section */
	SV_SC_SAME,	/* all are the same: once, as f64; numbers and counts */
	SV_SC_U8,	/* numbers and counts */
	SV_SC_I8,	/* numbers */
	SV_SC_U16,	/* numbers and counts */
	SV_SC_U32,	/* counts */
	SV_SC_F32,	/* numbers */
	SV_SC_F64,	/* numbers */
	SV_SC_N,
	SV_SC_COLUMN = SV_SC_N	/* u32: columns, not gaps; encodings 1 and 2 */
};

/* What numbers may turn out to be; flags. */
#define SV_SC_ODD 1	/* not all are finite */
#define SV_SC_LARGE 2	/* not all are within what f32 holds */

struct sv_shardfile_layout {
	uint64_t rows;
	uint64_t nnz;
	uint8_t code[SV_SS_N];	/* enum sv_shardfile_code */
	size_t at[SV_SS_N];	/* where each section begins */
	size_t size;		/* of all */
};

/**
 * sv_shardfile_lay(l, align):
 * Fill at and size from rows and nnz, up to 2^48 each, and codes; sections
 * begin at multiples of ${align}.
 */
void sv_shardfile_lay(struct sv_shardfile_layout *l, size_t align);

/**
 * sv_shardfile_valid(section, code):
 * May the section be in that code, in encoding 3?
 */
int sv_shardfile_valid(unsigned section, unsigned code);

/**
 * sv_shardfile_code_name(code):
 * "u8", "same", ...
 */
const char *sv_shardfile_code_name(unsigned code);

/**
 * sv_shardfile_fit(x, n), sv_shardfile_fit_counts(x, n):
 * The code of the fewest bytes that gives each bit of the ${n} numbers back.
 */
uint8_t sv_shardfile_fit(const double *x, uint64_t n);
uint8_t sv_shardfile_fit_counts(const uint32_t *x, uint64_t n);

/**
 * sv_shardfile_put(to, code, x, n), sv_shardfile_put_counts(to, code, x, n):
 * Write the ${n} numbers, which fit, at ${to}, of any alignment.
 */
void sv_shardfile_put(uint8_t *to, unsigned code, const double *x, uint64_t n);
void sv_shardfile_put_counts(uint8_t *to, unsigned code, const uint32_t *x,
    uint64_t n);

/**
 * sv_shardfile_f64(x, from, code, n), sv_shardfile_f32(x, from, code, n):
 * Read ${n} numbers from the section at ${from}, which is aligned to 8 bytes.
 * Return flags: 0, or what makes them no good.
 */
int sv_shardfile_f64(double *x, const void *from, unsigned code, uint64_t n);
int sv_shardfile_f32(float *x, const void *from, unsigned code, uint64_t n);

/**
 * sv_shardfile_odd(x, n):
 * Is there an infinity or NaN among the ${n} numbers?
 */
int sv_shardfile_odd(const double *x, uint64_t n);

/**
 * sv_shardfile_starts(start, from, code, l):
 * From the lengths at ${from} make start[1 ... rows], which go on from what
 * start[0] is.  Return NULL, or what is wrong: they do not add up to nnz.
 */
const char *sv_shardfile_starts(uint64_t *start, const void *from,
    const struct sv_shardfile_layout *l);

/**
 * sv_shardfile_columns(col, from, start, d, l):
 * Make columns [start[0], start[rows]) of what the section at ${from} holds,
 * at ${col} and after.  Return NULL, or what is wrong: one is not below ${d},
 * or not above the one before it in its row.
 */
const char *sv_shardfile_columns(uint32_t *col, const void *from,
    const uint64_t *start, uint64_t d, const struct sv_shardfile_layout *l);

#endif /* !SV_SHARDFILE_CODE_H */
