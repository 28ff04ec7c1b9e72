#ifndef STARHUB_H
#define STARHUB_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

#include "frame.h"

/*
 * For tests of sv-worker: a hub that is the test itself, a ROUTER whose port
 * the worker is told in an invocation.  Every function fails the test where
 * something is not as it should be.
 */

#define STARHUB_JOB 0x0123456789abcdef
#define TASK "{\"task\":1,\"loss\":\"logistic\",\"solver\":\"fista\"," \
    "\"kmin\":1,\"kmax\":500,\"eps_g\":1e-9,\"eps_f\":0}"
#define ENDLESS "{\"task\":1,\"loss\":\"logistic\",\"solver\":\"fista\"," \
    "\"kmin\":1000000000,\"kmax\":1000000000,\"eps_g\":0,\"eps_f\":0}"

struct starhub {
	void *zmq, *router;
	char address[64];
	const char *command;	/* for sh; NULL: sv-worker */
	uint64_t d;
	uint8_t id[16];	/* of the worker's connection */
	size_t nid;
	pid_t pid;	/* 0: not running */
	int errors;	/* what it said */
};

/* For cmocka: a hub with its router bound, as *state. */
int starhub_setup(void **state);
int starhub_teardown(void **state);

/* Bind the router to ${address}, which becomes t->address. */
void starhub_bind(struct starhub *t, const char *address);

/* Run the worker with this share (the reference is taken) of a problem. */
void starhub_start(struct starhub *t, json_t *share);

/* The share of one worker of a recipe of n rows. */
json_t *starhub_recipe(uint64_t n, uint64_t d, uint64_t k);

/* The next frame from the worker, with its payload; its sender is kept. */
void starhub_receive(struct starhub *t, struct sv_frame *f);

/* Its HELLO; the instance number is copied. */
void starhub_hello(struct starhub *t, char instance[17]);

/* Send a frame; its payload is freed. */
void starhub_send(struct starhub *t, struct sv_frame *f);

/* Send a GLOBAL with z = 0. */
void starhub_global(struct starhub *t, enum sv_op op, uint32_t round,
    const char *task);

/* The worker ends within ${s} seconds; its status is returned. */
int starhub_status(struct starhub *t, double s);

/* All it said is one line with ${word} in it; nothing, where that is NULL. */
void starhub_said(struct starhub *t, const char *word);

#endif /* !STARHUB_H */
