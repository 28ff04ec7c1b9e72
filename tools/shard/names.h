#ifndef SV_SHARD_NAMES_H
#define SV_SHARD_NAMES_H

#include <stdint.h>

/*
 * The files of a cut: what they are called while they are written, and when all
 * are complete; and that nothing of a cut that was not completed is left,
 * whatever ends it: an error, or one of the signals SIGINT, SIGTERM and SIGHUP.
 * There is one cut in a process.
 */

enum name {
	NAME_SHARD,	/* DIR/shard-00003.svs */
	NAME_RAW,	/* DIR/.shard-00003.svs.PID: not complete */
	NAME_SCALED,	/* DIR/.shard-00003.scaled.PID: the same, scaled */
	NAME_HOLDOUT,	/* DIR/holdout.svm */
	NAME_HELD,	/* DIR/.holdout.svs.PID: rows held out */
	NAME_TEXT	/* DIR/.holdout.svm.PID: their text, not complete */
};

/* Opaque types. */
struct names;

/**
 * names_new(dir, W):
 * Make the directory ${dir} unless it is there, for ${W} shards.  NULL is a
 * directory of our own below $TMPDIR, which names_free() removes in any case.
 * From now on signals clean up.  Return NULL after a line on stderr on failure.
 */
struct names *names_new(const char *dir, uint32_t W);

/**
 * names_dir(n):
 * The absolute name of the directory.
 */
const char *names_dir(const struct names *n);

/**
 * names_path(n, what, i):
 * The absolute name of one file, of shard ${i} where there is one for each; it
 * is overwritten by the next call.
 */
const char *names_path(struct names *n, enum name what, uint32_t i);

/**
 * names_move(n, from, to, i):
 * Give a file its other name, shards in ascending order.  Return 0, or -1 after
 * a line on stderr.
 */
int names_move(struct names *n, enum name from, enum name to, uint32_t i);

/**
 * names_remove(n, what, i):
 * Remove a file that is not needed any more.
 */
void names_remove(struct names *n, enum name what, uint32_t i);

/**
 * names_line(n):
 * There may be a progress line on standard error, which is a terminal: a signal
 * clears it, too.
 */
void names_line(struct names *n);

/**
 * names_wait(n):
 * From now on a signal is only remembered, for names_stopped() to tell: what is
 * somewhere else has to be removed first.  A second one ends the process as
 * before.
 */
void names_wait(struct names *n);

/**
 * names_stopped():
 * Has there been a signal since names_wait()?
 */
int names_stopped(void);

/**
 * names_keep(n):
 * All is done: the files with their own names stay.
 */
void names_keep(struct names *n);

/**
 * names_free(n):
 * Remove what there is, unless it is to stay, and free ${n}.  A signal that has
 * been remembered ends the process now.
 */
void names_free(struct names *n);

#endif /* !SV_SHARD_NAMES_H */
