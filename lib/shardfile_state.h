#ifndef SV_SHARDFILE_STATE_H
#define SV_SHARDFILE_STATE_H

#include <stddef.h>
#include <stdint.h>
#include <zstd.h>

#include "frame.h"
#include "shardfile.h"
#include "shardfile_code.h"

/*
 * What a reader of a shard file knows, and its frame at hand; no interface of
 * the module.
 */

/* Memory that only grows. */
struct sv_shardfile_room {
	void *p;
	size_t size;
};

struct sv_shardfile {
	int fd;			/* -1: none of its own */
	char *path;
	struct sv_reader *reader;
	struct sv_shardfile_info info;
	uint64_t sum;		/* of the frames so far */
	uint64_t rows, nnz;	/* in them */
	uint64_t frames;

	/* The frame at hand. */
	struct sv_frame f;
	struct sv_shardfile_layout lay;
	int packed;
	char *elems;		/* as the layout says */

	/* What its rows take that cannot be used in place. */
	ZSTD_DCtx *zstd;
	struct sv_shardfile_room plain, start, col, val, label, weight;
};

/* Where the rows of a frame go; val or val32 is NULL. */
struct sv_shardfile_place {
	uint64_t *start;	/* [0] is there */
	uint32_t *col;
	double *val;
	float *val32;
	double *label;
	double *weight;		/* NULL: they have none */
};

/**
 * sv_shardfile_frame(s):
 * Check all of the frame at hand, s->f, but its rows, and fill lay, packed and
 * elems.  Return NULL, or what is wrong.
 */
const char *sv_shardfile_frame(struct sv_shardfile *s);

/**
 * sv_shardfile_place(s, p):
 * Make ${p} a place of the reader's own for the rows of the frame at hand,
 * which in part is the frame itself.  Return NULL, or what is wrong.
 */
const char *sv_shardfile_place(struct sv_shardfile *s,
    struct sv_shardfile_place *p);

/**
 * sv_shardfile_rows(s, p):
 * Read the rows of the frame at hand to ${p} and check all of them.  Return
 * NULL, or what is wrong.
 */
const char *sv_shardfile_rows(const struct sv_shardfile *s,
    const struct sv_shardfile_place *p);

#endif /* !SV_SHARDFILE_STATE_H */
