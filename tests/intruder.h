#ifndef INTRUDER_H
#define INTRUDER_H

#include <stddef.h>
#include <stdint.h>

#include "curve.h"
#include "frame.h"
#include "invocation.h"

/*
 * A program for tests that does to a hub what nobody should (intruder.c says
 * how it is called).  It has the invocation of a worker, with its keys if there
 * are any, and makes of them what it likes.
 */

struct intruder {
	struct sv_invocation inv;
	uint64_t d;	/* elements of the problem's vectors */
	uint32_t nscalar;	/* of the last right update; 0: there was none */
	uint32_t save;	/* seq of the last SAVE */
	void *zmq;
	unsigned long n;	/* how often it does what it does */
	double until;	/* when it ends at the latest, sv_clock_mono() */
	int errors;	/* it may say that another worker would fail, too */
	double left;	/* s that it says it has left; negative: nothing */
	unsigned long sent;	/* messages, or connections, so far */

	/* A seat's. */
	const char *name;	/* of the behaviour */
	unsigned from;	/* global from which on it misbehaves */
	uint32_t generations;	/* up to which; 0: all */
};

/* intruder.c */

/* A line on stderr, and the end with status 1. */
_Noreturn void intruder_die(const char *what);

/* Is it over, by the clock? */
int intruder_late(const struct intruder *in);

/**
 * intruder_join(in, socket, keys), intruder_connect(in, keys):
 * Connect this DEALER to the hub, or a new one, with these keys or (NULL)
 * without.  Sending waits for a second at most, and what is unsent when it is
 * closed for three.
 */
void intruder_join(struct intruder *in, void *socket,
    const struct sv_curve_keys *keys);
void *intruder_connect(struct intruder *in, const struct sv_curve_keys *keys);

/* The keys of the invocation, or NULL where it has none. */
const struct sv_curve_keys *intruder_keys(const struct intruder *in);

/**
 * intruder_send(in, socket, f, damage):
 * Seal and send ${f}; ${damage} flips a bit of its payload after that.  Return
 * 0, or -1 if it could not be sent.
 */
int intruder_send(struct intruder *in, void *socket, struct sv_frame *f,
    int damage);

/**
 * intruder_hello(in, socket, instance):
 * Say hello as that instance of the invocation's worker.
 */
int intruder_hello(struct intruder *in, void *socket, const char *instance);

/* intruder_frames.c */

/* Random numbers: from a seed on; one below ${n}; one that often matters. */
void intruder_seed(uint64_t seed);
uint64_t intruder_below(uint64_t n);
uint32_t intruder_edge(void);

/**
 * intruder_update(in, g, f):
 * An update of zeros that answers ${g}, or is meant to where that is NULL.
 */
void intruder_update(const struct intruder *in, const struct sv_frame *g,
    struct sv_frame *f);

/**
 * intruder_noise(in, socket), intruder_mutant(in, socket, g):
 * Send a message: random bytes in one to five parts; a frame that is nearly
 * one, with checksums that are mostly right, after the global ${g} or (NULL)
 * none.
 */
void intruder_noise(struct intruder *in, void *socket);
void intruder_mutant(struct intruder *in, void *socket,
    const struct sv_frame *g);

/**
 * intruder_state(in, socket, part, parts, bytes, damage):
 * Send a part of a state that nobody asked for.
 */
void intruder_state(struct intruder *in, void *socket, uint32_t part,
    uint32_t parts, size_t bytes, int damage);

/* The modes; each returns an exit status.  intruder_tcp.c: plain connections. */
int intruder_garbage(struct intruder *in);
int intruder_silent(struct intruder *in);
int intruder_huge(struct intruder *in);

/* intruder_peer.c: connections of ZeroMQ beside that of the worker. */
int intruder_nokey(struct intruder *in);
int intruder_server(struct intruder *in);
int intruder_stranger(struct intruder *in);
int intruder_ghost(struct intruder *in);
int intruder_other(struct intruder *in);
int intruder_random(struct intruder *in);
int intruder_mutate(struct intruder *in);
int intruder_errors(struct intruder *in);
int intruder_hellos(struct intruder *in);
int intruder_states(struct intruder *in);
int intruder_connects(struct intruder *in);
int intruder_deaf(struct intruder *in);
int intruder_flood(struct intruder *in);

/* intruder_seat.c: the worker itself; it answers rightly, but for in->name. */
int intruder_seat(struct intruder *in);

#endif /* !INTRUDER_H */
