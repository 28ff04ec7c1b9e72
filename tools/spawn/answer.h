#ifndef SV_ANSWER_H
#define SV_ANSWER_H

#include <jansson.h>

#include "http.h"
#include "problem.h"

/*
 * What the answer to a call means.
 */

enum verdict {
	ANSWER_RESULT,	/* the worker has done its work, and tells */
	ANSWER_ACCEPTED,	/* it will be, or is being, started */
	ANSWER_FAILED,	/* it ran and failed */
	ANSWER_RETRY,	/* not now */
	ANSWER_REFUSED,	/* not at all */
	ANSWER_NONE	/* nobody knows */
};

struct outcome {
	enum verdict verdict;
	int status;	/* HTTP, or 0 */
	int fatal;	/* another worker would fail as well */
	double after;	/* s to wait before another try; 0: not said */
	char error[80];	/* ANSWER_FAILED: its type, or "" */
	char why[SV_WHY];	/* one line of UTF-8, or "" */
	json_t *members;	/* an object to add to the exit record */
};

/* Where answers come from. */
struct answer_source {
	int invoke;	/* Lambda's Invoke, which waits for the function */
	const char *secrets[3];	/* not to be repeated; or NULL */
	double took;	/* s from the request to the answer */
};

/**
 * answer_judge(o, a, from):
 * Say what ${a} means.  The caller drops o->members.  Whatever is in the answer,
 * nothing but the strings of ${o} is made of it.
 */
void answer_judge(struct outcome *o, const struct http_answer *a,
    const struct answer_source *from);

/**
 * answer_report(members, log):
 * Set billed_s, duration_s, memory_mb, max_memory_mb and init_s from the REPORT
 * line in Lambda's ${log}, base64 of what a function has logged last.
 */
void answer_report(json_t *members, const char *log);

#endif /* !SV_ANSWER_H */
