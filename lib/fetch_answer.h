#ifndef SV_FETCH_ANSWER_H
#define SV_FETCH_ANSWER_H

#include "fetch_state.h"

/*
 * Is an answer the one that a lane has asked for?  No interface of the module.
 */

/**
 * sv_answer_head(l):
 * The head of the answer is complete: check it, and, if it is the first one,
 * learn what there is.  Return what is wrong, with l->why.
 */
enum lane_fault sv_answer_head(struct lane *l);

/**
 * sv_answer_end(l):
 * An answer of success has ended: have its bytes come, all that it announced?
 */
enum lane_fault sv_answer_end(struct lane *l);

/**
 * sv_answer_too_much(l):
 * More bytes came than it announced.
 */
enum lane_fault sv_answer_too_much(struct lane *l);

#endif /* !SV_FETCH_ANSWER_H */
