#ifndef SV_SPAWN_H
#define SV_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

#include "problem.h"

/*
 * sv-spawn inside: main.c reads the problem and the options, job.c lives
 * through a job with a hub, probe.c through one worker without, and crew.c
 * starts commands and reaps them.
 */

/* What was asked for. */
struct spawn_options {
	uint32_t workers;	/* W */
	const char *command;	/* for sh -c, one a worker */
	double hub_timeout;	/* s: the hub must come within */
	double grace;	/* s: workers may take to end by themselves */
	const char *bind;	/* --probe: where to listen */
	const char *advertise;	/* --probe: what to tell the worker */
	int insecure;	/* --probe: listen beyond loopback */
	int verbose;
	int quiet;
};

/* Opaque types. */
struct crew;

/**
 * crew_new(command, job, workers):
 * Return a crew of nobody, which will run ${command} for the job, or NULL with
 * errno set.  ${command} must outlive it.
 */
struct crew *crew_new(const char *command, uint64_t job, uint32_t workers);

/**
 * crew_start(c, problem, hub, shard, generation):
 * Run the command, by a shell if it needs one, in a process group of its own,
 * with the invocation of the shard on its standard input and its standard
 * output on our stderr.  Return its process id, or -1 after a line on stderr.
 */
pid_t crew_start(struct crew *c, const struct sv_problem *problem,
    const char *hub, uint32_t shard, uint32_t generation);

/* How a worker's command ended. */
struct crew_exit {
	pid_t pid;
	uint32_t shard;
	uint32_t generation;
	int status;	/* exit status, if signal is 0 */
	int signal;	/* what killed it, or 0 */
	double cpu_s;	/* CPU seconds */
	uint64_t maxrss;	/* peak resident bytes */
};

/**
 * crew_reap(c, e):
 * If the command of one of the crew has ended, send SIGTERM to what is left of
 * its process group, fill in ${e} and return 1; otherwise 0.
 */
int crew_reap(struct crew *c, struct crew_exit *e);

/**
 * crew_size(c):
 * How many have not ended, or have left processes behind in their group.
 */
uint32_t crew_size(const struct crew *c);

/**
 * crew_kill(c, sig):
 * Send ${sig} to the process group of all these.
 */
void crew_kill(const struct crew *c, int sig);

/**
 * crew_free(c):
 * Forget the crew, which should be empty.
 */
void crew_free(struct crew *c);

/**
 * job_run(o, problem, problem_frame, job):
 * Offer the job, with the problem as it came, to a hub downstream, start its
 * workers, and see it to its end.  Return an exit status.
 */
int job_run(const struct spawn_options *o, const struct sv_problem *problem,
    const struct sv_frame *problem_frame, uint64_t job);

/**
 * probe_run(o, problem, job):
 * Start worker 0 alone, wait for its hello, print what it saw on stdout, and
 * let it go.  Return an exit status.
 */
int probe_run(const struct spawn_options *o, const struct sv_problem *problem,
    uint64_t job);

#endif /* !SV_SPAWN_H */
