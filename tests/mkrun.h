#ifndef MKRUN_H
#define MKRUN_H

#include <jansson.h>
#include <stdint.h>

#include "frame.h"

/* What mkrun.c and mkrun_*.c share; mkrun.c says what is made. */

#define START 1700000000.0	/* of the hub, on the calendar */
#define CHANGES 16u

/* What befalls the worker of a shard in a round. */
struct change {
	enum { LOSE, LEAVE, HANDOVER, CUT, REFUSE } kind;
	uint32_t shard, round;
	const char *why;	/* NULL: it was killed */
};

struct made {
	uint32_t W, rounds, masters;
	uint32_t path;	/* models of each master */
	double comp;	/* C */
	double aside;	/* more than C, in rounds that are not steps */
	double skew;	/* of worker i's clock, i times */
	uint64_t noise;	/* state of a generator; 0: none */
	int grad, conj, model, end, status, alone, unknown, unasked, lambda;
	int arm64;
	int even, rotate, gradients;
	struct change change[CHANGES];
	uint32_t changes;
	uint32_t save;	/* states every so many rounds; 0: never */
	uint32_t state_bytes;	/* of each; 0: 1000 (i + 1) */
	uint32_t resumed;	/* rounds that another run did */
	int exact;	/* ... and its states are there */
	int peers;	/* others came to the hub's port */
	double base;	/* of the round, hub's clock */
	uint32_t seq;
	uint32_t master;
};

/* Send ${f} with a time of the hub's clock, or give up. */
void put(struct sv_frame *f, double at);

/* Make a frame of the text ${o}, which is used up, or give up. */
void text(struct sv_frame *f, enum sv_type type, json_t *o);

/*
 * What is told of worker ${i}, of generation ${g}: it is asked for; it says
 * hello, to a request that was made at ${request}; it ends.
 */
void put_request(const struct made *m, uint32_t i, uint32_t g, double at);
void put_hello(const struct made *m, uint32_t i, uint32_t g, double request,
    double at);
void put_exit(const struct made *m, uint32_t i, uint32_t g, int sig,
    double at);

/* Of the worker of shard ${i} whose update of round ${k} it is. */
uint32_t generation(const struct made *m, uint32_t i, uint32_t k);

/* Is the row of worker ${i} in round ${k} not known? */
int is_lost(const struct made *m, uint32_t i, uint32_t k);

/* Take "SHARD:ROUND" or "SHARD:ROUND:WHY"; -1 where it makes no sense. */
int take_change(struct made *m, int kind, const char *arg);

/* What befalls workers at the start of round ${k}, and at its end. */
void put_losses(const struct made *m, uint32_t k);
void put_handovers(const struct made *m, uint32_t k);

/* States at the end of round ${k}; where the run goes on from; strangers. */
void put_save(const struct made *m, uint32_t k);
void put_origin(const struct made *m);
void put_peers(const struct made *m);

#endif /* !MKRUN_H */
