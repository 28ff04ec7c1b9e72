#ifndef WORKER_H
#define WORKER_H

#include <signal.h>
#include <stdint.h>

#include "invocation.h"
#include "isa.h"

/*
 * sv-worker: main.c reads the command line and the invocation, star.c serves
 * one invocation, link.c is its connection to the hub, pipe.c the other mode,
 * without a hub.
 */

struct worker_options {
	const struct sv_isa *isa;
	double connect_timeout;	/* s */
	int verbose;
	int64_t start_ns;	/* when main() was entered */
};

/* The last SIGTERM or SIGINT, 0 if there was none (main.c). */
extern volatile sig_atomic_t worker_signal;

/**
 * worker_impatient(on):
 * While ${on}, a signal ends the process at once, with status 1: there is
 * nothing yet that would have to be ended in good order.
 */
void worker_impatient(int on);

/**
 * worker_report(update, again):
 * Print the line of -v about a sealed UPDATE frame.
 */
void worker_report(const struct sv_frame *update);

/**
 * star_run(inv, o):
 * Serve one invocation from loading to the hub's last word, and return the
 * exit status.  Leaves nothing behind: the next one may follow.
 */
int star_run(const struct sv_invocation *inv, const struct worker_options *o);

/**
 * pipe_run(workers, shard, o):
 * Frame mode: frames from stdin, updates to stdout.  Return the exit status.
 */
int pipe_run(uint32_t workers, uint32_t shard, const struct worker_options *o);

#endif /* !WORKER_H */
