#ifndef MKRUN_H
#define MKRUN_H

#include <jansson.h>
#include <stdint.h>

#include "frame.h"

/* What mkrun.c and mkrun_lives.c share; mkrun.c says what is made. */

#define START 1700000000.0	/* of the hub, on the calendar */

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
	uint32_t lost, lost_round;	/* shard lost; 0: none */
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

#endif /* !MKRUN_H */
