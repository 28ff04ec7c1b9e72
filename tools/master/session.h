#ifndef SESSION_H
#define SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "problem.h"
#include "task.h"

/*
 * A master's side of the conversation: what comes in on stdin, what goes out on
 * stdout, whoever is at the other end.
 */

/* Opaque types. */
struct session;

/**
 * session_open(task, workers):
 * Read stdin up to all that must be known before the first global: the problem,
 * whose labels must do for the task's loss, and the number of workers, which
 * is ${workers} where that is not 0.  Return NULL after a message.  ${task}
 * must outlive the session.
 */
struct session *session_open(const struct sv_task *task, uint32_t workers);
void session_close(struct session *s);

const struct sv_problem *session_problem(const struct session *s);
/* ... the checksum of its frame, the job's number, the text of the task. */
uint64_t session_problem_sum(const struct session *s);
uint64_t session_job(const struct session *s);
const char *session_task(const struct session *s);
uint32_t session_workers(const struct session *s);
/* Elements of a vector: the problem's features, and the intercept. */
size_t session_elements(const struct session *s);

/**
 * session_round(s, round):
 * The number of the rounds asked for and of what is said from now on.
 */
void session_round(struct session *s, uint32_t round);

/**
 * session_ask(s, op, scalars, n, z):
 * Send a GLOBAL of ${op} with ${n} scalars and the vector ${z}, and gather the
 * answers.  Return 0, or -1 after a message.
 */
int session_ask(struct session *s, enum sv_op op, const double *scalars,
    size_t n, const double *z);

/**
 * session_stopped(s):
 * Has an END frame with status 3 come among the answers?  It asks for the model
 * as it is.
 */
int session_stopped(const struct session *s);

/**
 * session_save(s):
 * Has an EVENT "save" come since this was called last?  It asks for a
 * checkpoint.
 */
int session_save(struct session *s);

/* The sum of the answers: vector and scalars, until the next question. */
const double *session_sum(const struct session *s);
const double *session_scalars(const struct session *s);

/**
 * session_send(s, f, op):
 * Write ${f}, taking over its payload, as this job's frame of the current
 * round.  Return 0, or -1 after a message.
 */
int session_send(struct session *s, struct sv_frame *f, enum sv_op op);

/**
 * session_pass(s, f):
 * Write ${f}, which was read from somewhere and stays the caller's, as it is
 * but for job and time.  Return 0, or -1 after a message.
 */
int session_pass(struct session *s, struct sv_frame *f);

#endif /* !SESSION_H */
