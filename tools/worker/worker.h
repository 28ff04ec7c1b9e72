#ifndef WORKER_H
#define WORKER_H

#include <signal.h>
#include <stdint.h>

#include "invocation.h"
#include "isa.h"

/*
 * What sv-worker and bootstrap, the runtime of a function, have in common:
 * star.c serves one invocation, link.c is its connection to the hub, signals.c,
 * report.c and life.c are below.  sv-worker is main.c, which reads the command line
 * and the invocation, and pipe.c, the other mode, without a hub.  bootstrap is
 * bootstrap.c, which reads the environment, serve.c, which serves one event
 * after the other, answer.c, what is answered, and runtime.c, from where the
 * events come.
 */

/* Opaque types. */
struct star;

struct worker_options {
	const struct sv_isa *isa;
	double connect_timeout;	/* s */
	double deadline;	/* sv_clock_mono() of the latest end; 0: none */
	double margin;	/* s before the deadline at which work stops */
	uint64_t memory;	/* bytes that the process may have; 0: any */
	int verbose;
	int64_t start_ns;	/* when main() was entered */
	json_t *extra;	/* more members for the greeting; or NULL */
};

/* How an invocation ended. */
enum worker_end {
	WORKER_TERM,	/* the hub said that it is over */
	WORKER_REFUSED,	/* the hub did not need this worker */
	WORKER_DEADLINE,	/* its time was up, and the hub was told */
	WORKER_DONE = WORKER_DEADLINE,	/* up to here: as it should be */
	WORKER_BAD_INVOCATION,	/* it makes no sense */
	WORKER_UNREACHED,	/* no connection to the hub in time */
	WORKER_UNREADABLE,	/* the share cannot be loaded */
	WORKER_UNFETCHED,	/* ... from a server, for now */
	WORKER_LOST,	/* the connection was cut, and not back in time */
	WORKER_BAD_MESSAGE,	/* what the hub said makes no sense */
	WORKER_SIGNALLED,	/* SIGTERM or SIGINT */
	WORKER_NO_MEMORY,
	WORKER_FAILED	/* anything else */
};

struct worker_outcome {
	enum worker_end end;
	uint64_t rounds;	/* globals answered */
	int told;	/* the hub has heard why: nothing is left to say */
	char why[SV_WHY];	/* in words; empty where all is well */
};

/* The last SIGTERM or SIGINT, 0 if there was none. */
extern volatile sig_atomic_t worker_signal;

/**
 * worker_signals(status):
 * Catch SIGTERM and SIGINT from now on.  ${status} is the exit status of a
 * process that is impatient.
 */
void worker_signals(int status);

/**
 * worker_impatient(on):
 * While ${on}, a signal ends the process at once: there is nothing that would
 * have to be ended in good order.
 */
void worker_impatient(int on);

/**
 * worker_live(o, left):
 * The process has ${left} seconds: set deadline and margin of ${o}.
 */
void worker_live(struct worker_options *o, double left);

/**
 * worker_resolver():
 * Names are looked up by ZeroMQ's thread, for which the end has to wait: unless
 * the environment says otherwise, a name server has 1 s to answer, twice
 * (resolv.conf(5)).  To be called before there is any other thread.
 */
void worker_resolver(void);

/**
 * worker_report(update):
 * Print the line of -v about a sealed UPDATE frame.
 */
void worker_report(const struct sv_frame *update);

/**
 * worker_say(inv, out):
 * Print why the invocation ${inv} ended, if it has not been told to the hub.
 */
void worker_say(const struct sv_invocation *inv,
    const struct worker_outcome *out);

/**
 * star_run(inv, o, out):
 * Serve one invocation from loading to the hub's last word, and say in ${out}
 * how it ended; prints nothing but the lines of -v.  The keys of ${inv} are
 * wiped.  Return the rows and what
 * else is left in memory, or NULL where there was too little of it, for
 * star_free(); the connection is closed.  To free gigabytes takes a second, for
 * which an answer need not wait.
 */
struct star *star_run(struct sv_invocation *inv,
    const struct worker_options *o, struct worker_outcome *out);
void star_free(struct star *s);

/**
 * pipe_run(workers, shard, o):
 * Frame mode: frames from stdin, updates to stdout.  Return the exit status.
 */
int pipe_run(uint32_t workers, uint32_t shard, const struct worker_options *o);

#endif /* !WORKER_H */
