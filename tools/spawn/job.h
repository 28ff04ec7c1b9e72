#ifndef SV_JOB_H
#define SV_JOB_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "blob.h"
#include "budget.h"
#include "io.h"
#include "launch.h"
#include "output.h"
#include "spawn.h"
#include "trouble.h"

/*
 * A job, inside: job.c sees it to its end, control.c hears what the hub wants,
 * record.c tells the hub what became of that.
 */

#define JOB_PATH 128u	/* room for the control socket's path */

enum job_phase {
	JOB_WAITING,	/* for the hub to come and be ready */
	JOB_RUNNING,
	JOB_ENDING,	/* workers may end by themselves */
	JOB_TERMINATING,	/* they were sent SIGTERM */
	JOB_KILLING	/* and SIGKILL */
};

struct job {
	const struct spawn_options *o;
	uint64_t id;
	char dir[JOB_PATH];	/* of the control socket */
	char path[JOB_PATH];
	int listener;
	int control;	/* to the hub, or -1 */
	int signals;
	struct sv_reader *commands;	/* on control */
	char *hub;	/* where workers connect */
	struct launcher *crew;
	uint8_t *asked;	/* which shards have been asked for a worker before */
	struct output *out;	/* standard output; NULL: it has failed */
	double idle;	/* when only the output was left to do; 0: it is not */
	struct pollfd *fds;	/* what is watched, ours and the crew's */
	size_t room;
	enum job_phase phase;
	double since;	/* when the phase began */
	struct trouble errors;	/* types of functions' own errors */
	struct budget *budget;	/* or NULL */
	int status;	/* exit status */
};

/* job.c */

/**
 * job_enter(j, phase):
 * The phase begins.
 */
void job_enter(struct job *j, enum job_phase phase);

/**
 * job_end(j, status):
 * Begin the end; the first reason counts.
 */
void job_end(struct job *j, int status);

/* control.c */

/**
 * control_open(j):
 * Listen for the hub.  Return 0, or -1 after a line on stderr.
 */
int control_open(struct job *j);

/**
 * control_on_connect(j), control_on_command(j):
 * The hub comes, one is all there is; it has said something, and its silence is
 * the end.
 */
void control_on_connect(struct job *j);
void control_on_command(struct job *j);

/**
 * control_close(j):
 * No hub is heard any more.
 */
void control_close(struct job *j);

/* record.c */

/**
 * record_announce(j, problem_frame):
 * Say the problem as it came, and who runs it.  Return 0, or -1 after a line on
 * stderr.
 */
int record_announce(struct job *j, const struct sv_frame *problem_frame);

/**
 * record_emit(j, f):
 * Let a frame go to the hub, as soon as that reads; its payload is taken over.
 * A hub that is gone, or reads nothing for too long, ends the job.
 */
void record_emit(struct job *j, struct sv_frame *f);

/**
 * record_flush(j):
 * Write what the hub takes now.
 */
void record_flush(struct job *j);

/**
 * record_events(j):
 * Pass on what became of workers.
 */
void record_events(struct job *j);

#endif /* !SV_JOB_H */
