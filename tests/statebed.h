#ifndef STATEBED_H
#define STATEBED_H

#include <stdint.h>

#include "admm.h"
#include "agent.h"

/*
 * For tests of saved states: some agents, each on rows of its own, and a master
 * without a process.  Every function fails the test where something is not as
 * it should be.
 */

#define STATEBED_W 2
#define STATEBED_MEMORY 4u

struct statebed_kind {
	uint64_t rows, cols;
	double keep;	/* density of the rows */
	const char *solver, *loss;
	int intercept;
};

struct statebed {
	struct statebed_kind kind;
	char task[256];
	size_t n;
	struct sv_matrix A[STATEBED_W];
	struct sv_agent *agent[STATEBED_W];
	struct sv_admm *master;
	uint32_t round;	/* of the last STEP */
	double *z;	/* n: of the last GLOBAL */
	double gl[SV_METHOD_SCALARS];
	size_t ngl;
	struct sv_blob *update[STATEBED_W];	/* to the last STEP */
};

void statebed_init(struct statebed *t, const struct statebed_kind *kind);
void statebed_fini(struct statebed *t);

/* From now on the task names this solver. */
void statebed_task(struct statebed *t, const char *solver);

/* An agent for the rows of number i, with this much memory. */
struct sv_agent *statebed_agent(const struct statebed *t, int i,
    uint64_t memory);

/* What the agent answers to the last STEP's z and scalars, as round ${round}. */
struct sv_blob *statebed_answer(const struct statebed *t, struct sv_agent *a,
    enum sv_op op, uint32_t round);

/* A round of all agents and the master. */
void statebed_round(struct statebed *t);

/* An agent that has adopted what ${a}, of rows i, has saved. */
struct sv_agent *statebed_successor(const struct statebed *t, int i,
    const struct sv_agent *a);

/* The same updates, but for their times? */
void statebed_same(const struct sv_blob *u, const struct sv_blob *v);

#endif /* !STATEBED_H */
