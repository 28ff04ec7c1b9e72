#ifndef SV_SHARD_PROGRESS_H
#define SV_SHARD_PROGRESS_H

#include <stdint.h>

/*
 * How far it is, on the last line of a terminal, several times a second;
 * nowhere else, and not if it is not wanted.
 */

struct progress {
	int quiet;
	const char *name;	/* of what is being done, or read */
	double began;		/* s, monotonic: all of it ... */
	double since;		/* ... and this step */
	double shown;		/* s: when the line was written last */
};

/**
 * progress_begin(p, name, quiet):
 * From now on it is ${name}, which outlives ${p}.
 */
void progress_begin(struct progress *p, const char *name, int quiet);

/**
 * progress_next(p, name):
 * The next step begins.
 */
void progress_next(struct progress *p, const char *name);

/**
 * progress_bytes(p, done, total, rows):
 * ${done} bytes of ${total} (0: not known) have been read, which were ${rows}
 * rows.
 */
void progress_bytes(struct progress *p, uint64_t done, uint64_t total,
    uint64_t rows);

/**
 * progress_rows(p, rows, total):
 * ${rows} of ${total} rows are done.
 */
void progress_rows(struct progress *p, uint64_t rows, uint64_t total);

/**
 * progress_part(p, i, n):
 * ${i} of ${n} shards are done.
 */
void progress_part(struct progress *p, uint64_t i, uint64_t n);

/**
 * progress_end(p):
 * Clear the line.  Return the seconds since progress_begin().
 */
double progress_end(struct progress *p);

#endif /* !SV_SHARD_PROGRESS_H */
