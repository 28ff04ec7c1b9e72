#ifndef SV_AGENT_STATE_H
#define SV_AGENT_STATE_H

#include <stdint.h>

#include "agent.h"
#include "history.h"
#include "kernel.h"
#include "task.h"

/*
 * What the parts of the agent share: agent.c takes frames and tasks,
 * agent_step.c makes steps, agent_look.c evaluates at a point, agent_keep.c saves
 * and adopts the state.
 */

struct sv_agent {
	struct sv_agent_setting set;
	const struct sv_matrix *A;

	/* The task, by the text it was parsed from. */
	char *text;
	uint32_t ntext;
	struct sv_task task;
	struct sv_kernel kernel;
	uint64_t positive;	/* rows with a positive label */
	double weight;	/* sum of all rows' weights */
	void *solver;	/* memory of task.solver */
	size_t n;	/* elements of a vector */

	/* The shard's state after a STEP of ${round}; 0: there is none. */
	uint32_t round;
	double *x;	/* n */
	double *xp, *y;	/* x of the round before, and y (frame.h), n each */
	struct sv_history *history;	/* the newest c_i is the state's */
	int adopted;	/* it is another agent's, and no STEP has come since */

	int stopped;	/* poll() has said so */
	struct sv_blob *last;	/* what was answered last, and its seq */
	double sent;	/* when; 0: nothing yet */
	double cpu;	/* CPU seconds used until then */
};

/* Reasons for the caller: both return SV_AGENT_FAILED. */
enum sv_agent_end sv_agent_nomem(char why[SV_WHY]);
enum sv_agent_end sv_agent_bad(char why[SV_WHY], const char *what);

/**
 * sv_agent_poll(a):
 * The poll() of the setting, as kernels and solvers call it: once it has said
 * stop it does not change its mind.
 */
int sv_agent_poll(void *a);

/**
 * sv_agent_task(a, text, ntext, why):
 * Make the task in ${text} the agent's, unless it is.
 */
enum sv_agent_end sv_agent_task(struct sv_agent *a, const char *text,
    uint32_t ntext, char why[SV_WHY]);

/**
 * sv_agent_bytes(a, n, rounds):
 * What it all takes beside the rows, for vectors of ${n} elements and ${rounds}
 * rounds that are kept.
 */
uint64_t sv_agent_bytes(const struct sv_agent *a, size_t n, unsigned rounds);

/**
 * sv_agent_update(a, g, nscalar, u, why):
 * Make ${u} an empty update of ${nscalar} scalars to ${g}.
 */
enum sv_agent_end sv_agent_update(const struct sv_agent *a,
    const struct sv_frame *g, uint32_t nscalar, struct sv_frame *u,
    char why[SV_WHY]);

/**
 * sv_agent_step(a, g, u, why), sv_agent_grad(), sv_agent_conj():
 * The update ${u} to a GLOBAL of that op, whose type, task and vector have been
 * checked; all but what sv_agent_answer() stamps on it.
 */
enum sv_agent_end sv_agent_step(struct sv_agent *a, const struct sv_frame *g,
    struct sv_frame *u, char why[SV_WHY]);
enum sv_agent_end sv_agent_grad(struct sv_agent *a, const struct sv_frame *g,
    struct sv_frame *u, char why[SV_WHY]);
enum sv_agent_end sv_agent_conj(struct sv_agent *a, const struct sv_frame *g,
    struct sv_frame *u, char why[SV_WHY]);

#endif /* !SV_AGENT_STATE_H */
