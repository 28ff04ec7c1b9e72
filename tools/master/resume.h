#ifndef RESUME_H
#define RESUME_H

#include "master.h"

/*
 * A master that goes on from where the run of another one ended, as far as its
 * run file tells (journal.h).  From the best of these that there is:
 *
 *   - a round after which master and shards were saved: all that follows is bit
 *     for bit what would have come, had the run gone on;
 *   - the last global of a round, from its vector and its penalty: the workers
 *     begin with the gradient there;
 *   - the model: where that was good enough one look at it is all.
 *
 * Where another thing is to be fitted now, the vector is a start like others.
 */

/* Opaque types. */
struct resume;

/**
 * resume_open(m, file):
 * Read ${file}; where that is the one that this run itself is being written to,
 * FILE~, under which sv-hub keeps what was there before.  Return NULL after a
 * message: it is no run, or that of another problem.
 */
struct resume *resume_open(struct master *m, const char *file);
void resume_close(struct resume *r);

/**
 * resume_restore(r):
 * Before anything is asked: decide where to go on from; set the master's state,
 * if it was saved, and say so to person and run; write the states of the
 * shards, and the models that need not be fitted again.  Return 0, or -1 after
 * a message.
 */
int resume_restore(struct resume *r);

/**
 * resume_begin(r):
 * After the first look, where there was no state: put the method where it is to
 * go on from.  Return 0, or -1 after a message.
 */
int resume_begin(struct resume *r);

#endif /* !RESUME_H */
