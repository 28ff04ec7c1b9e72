#ifndef SV_SHARDFILE_H
#define SV_SHARDFILE_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "csr.h"
#include "matrix.h"
#include "problem.h"

/*
 * Shard files: the rows of one shard as a sequence of DATA frames, whose
 * headers hold the shard's number, in round the frame's number from 0, and no
 * time, so that the same data make the same file.
 *
 * Frame 0 is the head: no scalars, no elements, and a text of
 * SV_SHARDFILE_HEAD bytes, filled up with blanks:
 *   {"shard":3,"shards":16,"cut":"0123456789abcdef","d":123,"rows":2837,
 *    "nnz":39352,"frames":1,"sum":"0123456789abcdef"}
 * and "weighted":true if the rows have weights.
 * frames: how many follow; sum: a chain over them, s_0 = 0, s_j = XXH3-64 of
 * s_(j-1) and the checksum field of frame j's header, 8 bytes each,
 * little-endian; cut: the same kind of chain over d, the number of shards, and
 * each shard's sum in order, so that files of different cuttings are told
 * apart.
 * The head is written last: until then the file is no frame stream at all.
 *
 * Each other frame holds some whole rows: scalars, of which the first is the
 * encoding, and elements (bytes).  Files are written in encoding 3: elements
 * are five sections, each of which begins at a multiple of 8 bytes, zeros
 * before it; and a scalar for each says in which code it is:
 *
 *	section		elements	codes
 *	labels		rows		same, u8, i8, u16, f32, f64
 *	weights		rows		the same, and none
 *	values		nnz		same, u8, i8, u16, f32, f64
 *	lengths		rows		same, u8, u16, u32
 *	columns		nnz		same, u8, u16, u32
 *
 * A code is the type of the elements, but for "same": one f64, which is what
 * all of them are (0 if there are none); and "none": no section, for the rows
 * have no weights, as the head says.  lengths: non-zeros of a row.  columns:
 * gaps, the columns left out since the row's beginning or the non-zero before,
 * so that columns ascend in any case, and those of rows without zeros are the
 * same 0.  A section is in the code of the fewest bytes that gives each bit
 * back; only values that were asked to be f32 are rounded before.  Weights are
 * not negative, and all numbers finite.
 *
 * Where the scalar SV_SF_ZSTD is 1, elements are a zstd frame (RFC 8878) of all
 * that.  A frame has at most SV_SHARDFILE_MOST rows; and if it may take less
 * than a byte for a non-zero, as columns and values are "same" or it is packed,
 * at most so many non-zeros.  Thus what a file makes of memory is bounded.
 *
 * Encodings 1 and 2, which are read too, have three scalars, and no zeros
 * between sections: labels (f64), in encoding 2 weights (f64), values (f64),
 * lengths (u32), and columns (u32) as they are.
 */

#define SV_SHARDFILE_HEAD 256u		/* bytes of text in the head */
#define SV_SHARDFILE_FRAME 1000000u	/* bytes of rows in a frame, about */
#define SV_SHARDFILE_MOST 131072u	/* rows in a frame; see above */
#define SV_SHARDFILE_HEX 17u		/* room for 16 hex digits and an end */
#define SV_SHARDFILE_TEXT 96u		/* room for sv_shardfile_describe() */

enum sv_shardfile_scalar {
	SV_SF_ENCODING,		/* enum sv_shardfile_encoding */
	SV_SF_ROWS,		/* in this frame */
	SV_SF_NNZ,
	SV_SF_N,		/* all in encodings 1 and 2 */
	/* Codes (enum sv_shardfile_code of shardfile_code.h), by section. */
	SV_SF_LABELS = SV_SF_N,
	SV_SF_WEIGHTS,
	SV_SF_VALUES,
	SV_SF_LENGTHS,
	SV_SF_COLUMNS,
	SV_SF_ZSTD,		/* 0 or 1 */
	SV_SF_ALL
};

enum sv_shardfile_encoding {
	SV_SF_PLAIN = 1,
	SV_SF_WEIGHTED = 2,
	SV_SF_COMPACT = 3
};

struct sv_shardfile_info {
	uint32_t shard;
	uint32_t shards;	/* of the same cut */
	uint64_t d;
	uint64_t rows;
	uint64_t nnz;
	uint64_t frames;	/* after the head */
	uint64_t bytes;		/* in the file; of a reader only */
	int weighted;		/* the rows have weights */
	char cut[SV_SHARDFILE_HEX];
	char sum[SV_SHARDFILE_HEX];
};

/* Opaque types. */
struct sv_shardfile;
struct sv_shardfile_writer;

/**
 * sv_shardfile_open(path, why):
 * Open a shard file and check its head: counts against each other and against
 * the file's size.  Return a reader, or NULL with a reason, which names the
 * file, in ${why}.
 */
struct sv_shardfile *sv_shardfile_open(const char *path, char why[SV_WHY]);

/**
 * sv_shardfile_open_bytes(in, size, name, why):
 * The same of the ${size} bytes that ${in} gives: ${in} and ${name}, which is
 * what messages call them, are copied.  What ${in} reads from must outlive the
 * reader, and blocks rather than say EAGAIN.
 */
struct sv_shardfile *sv_shardfile_open_bytes(const struct sv_bytes *in,
    uint64_t size, const char *name, char why[SV_WHY]);

/**
 * sv_shardfile_info(s):
 * What the head says; lives as long as the reader.
 */
const struct sv_shardfile_info *sv_shardfile_info(const struct sv_shardfile *s);

/**
 * sv_shardfile_next(s, part, why):
 * Read the rows of the next frame into ${part}, whose arrays belong to the
 * reader and live until the next call; weight is NULL if the rows have none.
 * Every count, column and value has been checked.  Return 1; 0 after the last
 * frame, where all of the head has proved true; or -1 with a reason in ${why}.
 */
int sv_shardfile_next(struct sv_shardfile *s, struct sv_csr *part,
    char why[SV_WHY]);

/**
 * sv_shardfile_describe(s, text):
 * How the frame that sv_shardfile_next() read last keeps its rows:
 * "labels i8, values f64, lengths u8, columns u16, zstd".
 */
void sv_shardfile_describe(const struct sv_shardfile *s,
    char text[SV_SHARDFILE_TEXT]);

/**
 * sv_shardfile_load(s, elem, A, poll, why):
 * Read all rows of the reader just opened into ${A}, with values in ${elem}:
 * takes the memory of ${A} and that of one frame.  The head's counts decide how
 * much that is: compare them with what is expected before.  ${poll} may be
 * NULL.  Return 0 (sv_matrix_fini() frees ${A}), or -1 with a reason in ${why};
 * where ${poll} said so with errno ECANCELED and ${A} to be freed as well.
 */
int sv_shardfile_load(struct sv_shardfile *s, enum sv_elem elem,
    struct sv_matrix *A, const struct sv_csr_poll *poll, char why[SV_WHY]);

/**
 * sv_shardfile_close(s):
 * Close the file, if the reader opened one, and free the reader.
 */
void sv_shardfile_close(struct sv_shardfile *s);

/**
 * sv_shardfile_create(path, shard, shards, frame):
 * Make or truncate the file ${path}, which must be no symbolic link (ELOOP),
 * and return a writer that collects up to ${frame} bytes of rows at a time; the
 * file is open only while they are written, so that there may be any number of
 * writers.  Each takes that much memory (or what one row takes), and as much
 * again while it writes.  Return NULL with errno set on failure.
 */
struct sv_shardfile_writer *sv_shardfile_create(const char *path,
    uint32_t shard, uint32_t shards, size_t frame);

/**
 * sv_shardfile_form(w, elem, zstd):
 * Before the first row: round values to ${elem}, SV_F64 (as to begin with) or
 * SV_F32; and if ${zstd}, pack frames which that makes smaller.
 */
void sv_shardfile_form(struct sv_shardfile_writer *w, enum sv_elem elem,
    int zstd);

/**
 * sv_shardfile_add(w, A, i):
 * Append row ${i} of ${A}, which must keep the rules of csr.h; either all rows
 * have weights, or none.  Return 0, or -1 with errno set; to ERANGE where a
 * value is too large for f32, and the row has not been appended.
 */
int sv_shardfile_add(struct sv_shardfile_writer *w, const struct sv_csr *A,
    uint64_t i);

/**
 * sv_shardfile_flush(w):
 * Write the rows collected.  Return 0, or -1 with errno set.
 */
int sv_shardfile_flush(struct sv_shardfile_writer *w);

/**
 * sv_shardfile_cut(w, n, d, cut):
 * The name of the cut of which all ${n} shards, in order, have been flushed to
 * the writers ${w}.
 */
void sv_shardfile_cut(struct sv_shardfile_writer *const *w, uint32_t n,
    uint64_t d, char cut[SV_SHARDFILE_HEX]);

/**
 * sv_shardfile_finish(w, d, cut):
 * Write the head, after sv_shardfile_flush().  Return 0, or -1 with errno set.
 */
int sv_shardfile_finish(struct sv_shardfile_writer *w, uint64_t d,
    const char *cut);

/**
 * sv_shardfile_written(w):
 * What has been written: rows, nnz, frames and sum after sv_shardfile_flush(),
 * all after sv_shardfile_finish().
 */
const struct sv_shardfile_info *sv_shardfile_written(
    const struct sv_shardfile_writer *w);

/**
 * sv_shardfile_free(w):
 * Free the writer; the file stays as it is.
 */
void sv_shardfile_free(struct sv_shardfile_writer *w);

#endif /* !SV_SHARDFILE_H */
