#ifndef JOURNAL_H
#define JOURNAL_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "problem.h"

/*
 * A run file as a journal: where in it is what a master can go on from?  The
 * file is read once, frame by frame, up to its end or the first damage; what
 * is kept are offsets.  Of several runs in a file, and of several masters in a
 * run, the last one counts.
 */

/* A frame with a vector, and what it belongs to. */
struct journal_mark {
	int there;
	uint64_t offset;
	uint32_t round;
	size_t models;	/* written before it */
};

/* How far a shard's state has come. */
struct journal_shard {
	uint32_t generation, seq, parts;
	uint32_t next;	/* part */
	uint64_t len, filled;
	uint64_t from;	/* offset of the first part */
	int whole;
};

/* A round after which everything may have been saved. */
struct journal_point {
	uint32_t round;
	struct journal_mark checkpoint;
	uint32_t whole;	/* states */
	struct journal_shard *shards;	/* one for each, or NULL: none yet */
};

struct journal {
	const char *name;
	int fd;
	uint32_t W;	/* shards whose states are looked for; 0: none are needed */

	uint64_t bytes;	/* of whole frames */
	int damaged;	/* ... and why not more */
	char why[SV_WHY];
	json_t *problem;	/* text of its frame; NULL: none */
	uint64_t problem_sum;
	int have_job;
	uint64_t job;
	uint32_t workers;
	json_t *about;	/* what is fitted, as checkpoints say; NULL: not known */
	struct journal_mark step, grad;	/* the last global of a STEP, a GRAD */
	struct journal_mark *model;
	size_t nmodel;
	struct journal_point done;	/* the last one that is complete */

	/* Private. */
	struct journal_point now[2];	/* what may become complete */
	int renewed;	/* a resumed run, before its first round */
};

/**
 * journal_read(j, fd, name, W):
 * Read the file ${fd}, which stays the caller's, must outlive ${j}, and be one
 * in which it is possible to seek; messages call it ${name}.  A point is
 * complete with a checkpoint and the states of ${W} shards; where W is 0 a
 * checkpoint alone will do.  Return 0, or -1 after a message: it cannot be
 * read, or does not begin as a run.  journal_fini() in either case.
 */
int journal_read(struct journal *j, int fd, const char *name, uint32_t W);
void journal_fini(struct journal *j);

/* Has it anything that a run consists of?  A file just begun has not. */
int journal_is_empty(const struct journal *j);

/**
 * journal_frame(j, mark, type, f):
 * Read the frame at ${mark} once more, which is of ${type}.  Return 0; the
 * caller owns the payload; or -1 after a message.
 */
int journal_frame(const struct journal *j, const struct journal_mark *mark,
    enum sv_type type, struct sv_frame *f);

/**
 * journal_states(j, fn, ctx):
 * Call ${fn} with each frame of the states of j->done, which may change it but
 * for its payload, in the order of the file.  Return 0; -1 after a message, or
 * as soon as ${fn} does not return 0.
 */
int journal_states(const struct journal *j,
    int (*fn)(void *ctx, struct sv_frame *f), void *ctx);

#endif /* !JOURNAL_H */
