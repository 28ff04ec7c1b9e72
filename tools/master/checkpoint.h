#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include <jansson.h>

#include "frame.h"
#include "master.h"
#include "problem.h"

/*
 * A master's whole state in one frame: its text says what is fitted and how,
 * scalars and elements are those of method, judge, and place in a path, as
 * keep.h has it.
 */

/**
 * checkpoint_about(m):
 * What is fitted and how, as far as more than the stopping rule depends on it:
 *	{"method":"admm","version":1,"workers":W,"elements":n,
 *	 "task":text of the globals,"regulariser":{...as a model has it...},
 *	 "path":N, or the weights}
 * A new object for the caller, or NULL when memory is out.
 */
json_t *checkpoint_about(const struct master *m);

/**
 * checkpoint_write(m):
 * Write the state after the last round.  Return 0, or -1 after a message.
 */
int checkpoint_write(struct master *m);

/**
 * checkpoint_restore(m, f, why):
 * Make the state that of ${f}, whose text was found to be right.  Return 0, or
 * -1 with a reason in ${why}: judge and method are of no use any more then.
 */
int checkpoint_restore(struct master *m, const struct sv_frame *f,
    char why[SV_WHY]);

#endif /* !CHECKPOINT_H */
