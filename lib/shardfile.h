#ifndef SV_SHARDFILE_H
#define SV_SHARDFILE_H

#include <stddef.h>
#include <stdint.h>

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
 * Each other frame holds some whole rows.  Scalars: the encoding of the
 * elements, rows, non-zeros.  Elements (bytes) in encoding 1, rows without
 * weights: labels (f64), values (f64), for each row its non-zeros (u32),
 * columns (u32; from 0, ascending within a row).  In encoding 2, rows with
 * weights, these (f64; finite, not negative) come between labels and values.
 * All frames of a file have the same encoding.
 */

#define SV_SHARDFILE_HEAD 256u		/* bytes of text in the head */
#define SV_SHARDFILE_FRAME 1000000u	/* bytes of rows in a frame, about */
#define SV_SHARDFILE_HEX 17u		/* room for 16 hex digits and an end */

enum sv_shardfile_scalar {
	SV_SF_ENCODING,		/* enum sv_shardfile_encoding */
	SV_SF_ROWS,		/* in this frame */
	SV_SF_NNZ,
	SV_SF_N
};

enum sv_shardfile_encoding {
	SV_SF_PLAIN = 1,
	SV_SF_WEIGHTED = 2
};

struct sv_shardfile_info {
	uint32_t shard;
	uint32_t shards;	/* of the same cut */
	uint64_t d;
	uint64_t rows;
	uint64_t nnz;
	uint64_t frames;	/* after the head */
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
 * sv_shardfile_load(s, elem, A, poll, why):
 * Read all rows of the reader just opened into ${A}, with values in ${elem}:
 * takes the memory of ${A} and that of one frame.  ${poll} may be NULL.  Return
 * 0 (sv_matrix_fini() frees ${A}), or -1 with a reason in ${why}; where ${poll}
 * said so with errno ECANCELED and ${A} to be freed as well.
 */
int sv_shardfile_load(struct sv_shardfile *s, enum sv_elem elem,
    struct sv_matrix *A, const struct sv_csr_poll *poll, char why[SV_WHY]);

/**
 * sv_shardfile_close(s):
 * Close the file and free the reader.
 */
void sv_shardfile_close(struct sv_shardfile *s);

/**
 * sv_shardfile_create(path, shard, shards, frame):
 * Make or truncate the file ${path} and return a writer that collects up to
 * ${frame} bytes of rows at a time; the file is open only while they are
 * written, so that there may be any number of writers.  Return NULL with errno
 * set on failure.
 */
struct sv_shardfile_writer *sv_shardfile_create(const char *path,
    uint32_t shard, uint32_t shards, size_t frame);

/**
 * sv_shardfile_add(w, A, i):
 * Append row ${i} of ${A}, which must keep the rules of csr.h; either all rows
 * have weights, or none.  Return 0, or -1 with errno set.
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
