#ifndef SV_HUB_H
#define SV_HUB_H

#include <stdint.h>
#include <sys/types.h>

#include "blob.h"
#include "child.h"
#include "io.h"
#include "keyring.h"
#include "monitor.h"
#include "reduce.h"
#include "seat.h"
#include "sink.h"
#include "star.h"
#include "zap.h"

/*
 * sv-hub inside.  One thread, the loop in loop.c, owns everything here; the
 * reducers (reduce.h) and the sinks' writers (sink.h) are the only others.
 *
 *	main.c	options
 *	loop.c	set-up, the poll loop, time, the end
 *	spawn.c	upstream: the problem, the job, spawn records, the control socket
 *	round.c	one global out, W updates in, one sum to the master
 *	master.c	the child process and its pipes
 *	stop.c	a job that is to conclude before it is done
 *	record.c	what goes to the run file and downstream
 *	sink.c	a descriptor with a thread of its own
 *
 * ... and, in workers.h,
 *
 *	seats.c	the workers: what they say, and whether they may
 *	loss.c	workers that are gone, and who comes in their place
 *	handover.c	workers whose time is nearly up, and who takes over
 *	states.c	shards' states: asked for, kept, given on
 *	replay.c	the steps that a saved state is behind
 *	keys.c	who may connect
 *	peers.c	connections, and what came over them that was of no use
 */

struct hub_options {
	const char *output;	/* run file, or NULL */
	const char *bind;
	const char *advertise;	/* or NULL */
	int insecure;	/* plaintext beyond loopback */
	int encrypt;	/* CURVE on loopback, too */
	uint32_t per_reducer;	/* workers for each reducer thread */
	uint32_t shard_losses;	/* how often a shard may lose its worker */
	uint32_t job_losses;	/* and all shards together; UINT32_MAX: by W */
	uint32_t every;	/* record every n-th global; 0: by its size */
	uint32_t save;	/* keep the states of every n-th round; 0: of none */
	double start_timeout;	/* s from wanting a worker to its hello */
	double round_timeout;	/* s from a global to its update, at most */
	double round_floor;	/* ... and at least */
	double master_timeout;	/* s for the master's answer */
	double stop_timeout;	/* s to conclude, where nobody says */
	char **master;	/* its arguments, NULL at the end */
	int verbose;
	int quiet;
};

struct round {
	int active;	/* a global is out, or waits for all workers */
	int sent;	/* it has been sent to those who were there */
	int summed;	/* the sum went to the master; its answer is open */
	double last;	/* when the last update came, sv_clock_mono() */
	struct sv_blob *global;
	uint8_t op;
	uint32_t number;	/* the master's count */
	uint32_t seq;	/* ours */
	uint64_t nelem;	/* elements of the global, so of every update */
	uint64_t length;	/* payload of every update; 0 before the first */
	uint32_t nscalar;
	double scalars[SV_TS_N];
	double *timing;	/* W x SV_TM_N */
	int save;	/* the states after it are to be kept */
	uint32_t known[SV_OP_TERM];	/* nscalar of an op whose sum was made */
	uint32_t globals;	/* recorded or passed over so far */
};

struct master {
	pid_t pid;	/* it leads its group; -1: it never ran */
	int gone;	/* it has ended; until the hub's end it is not reaped */
	struct sv_child_end how;	/* how it ended */
	int in;	/* its standard input, or -1 */
	int out;	/* its standard output, or -1 */
	struct sv_outq *queue;	/* to in */
	struct sv_reader *reader;	/* of out */
	double waiting;	/* since when an answer is due; 0: none is */
	int ready;	/* it has sent its first global */
	int models;	/* it has sent so far */
	double ended;	/* when its output ended; 0: it has not */
};

/* The job is to conclude: an EVENT frame from upstream has said so. */
struct stop {
	int asked;
	char why[160];
	double within;	/* s it may take */
	double until;	/* sv_clock_mono() */
	int models;	/* the master had sent by then */
};

#define PACES 8u	/* rounds that are recent */
#define STARTS 16u	/* workers that came lately */

/* What came from outside and was of no use. */
/* What a connection has sent. */
struct line {
	struct sv_star_id id;	/* whose: descriptors are used again */
	uint32_t useless;	/* messages since the last one that was not */
};

struct peers {
	uint64_t garbage;	/* messages that made no sense */
	uint64_t foreign;	/* ... of a worker's key with another's name */
	uint64_t late;	/* updates that were not waited for */
	uint64_t refused;	/* workers that were not needed */
	uint64_t denied;	/* keys that are not, or no longer, good */
	int64_t strange;	/* connections whose handshake was not finished */
	int64_t open;	/* connections */
	double window;	/* when a second began, ... */
	int64_t before;	/* ... and how many were strange then */
	double closed;	/* since when nobody is let in; 0: all may come */
	int told;	/* that has been said */
	struct line *line;	/* by descriptor */
	size_t lines;
};

/* The states of one round, on their way to the run file. */
struct save {
	uint32_t round;
	uint32_t have;	/* shards whose state is kept */
	uint64_t bytes;
};

/*
 * The steps since the states were saved: who starts from a saved state makes
 * them again before it is of use.
 */
struct replay {
	struct sv_blob **global;	/* of n rounds, from ... */
	uint32_t n;
	uint32_t first;	/* ... this one on */
	uint64_t bytes;
	uint32_t stepped;	/* the last step's round, kept or not */
};

enum hub_phase {
	RUNNING,
	ENDING,	/* workers and master are told; upstream finishes */
	DRAINING	/* only the sinks are still writing */
};

struct hub {
	const struct hub_options *o;
	double epoch;	/* sv_clock_mono() at the start */
	enum hub_phase phase;
	double since;	/* when the phase began */
	int status;	/* exit status */
	char reason[256];	/* for the END frame */
	int signals;	/* descriptor */
	int interrupts;	/* how many we had */
	int wake[2];	/* from the sinks */

	uint64_t job;
	uint32_t W;
	uint64_t d;
	uint32_t shards;	/* files of the problem; 0: a recipe */
	int remote;	/* workers are asked for over a network, one by one */
	struct sv_blob *problem;
	struct sv_blob *job_frame;
	struct sv_reader *upstream;	/* standard input; NULL after its end */
	int control;	/* to sv-spawn, or -1 */
	int orphaned;	/* sv-spawn went first: nobody ends its workers */
	struct sv_outq *commands;	/* to control */

	uint64_t rows;	/* of the problem */

	void *zmq;
	void *star;
	struct sv_monitor *monitor;
	int listener;	/* descriptor on which the star listens; -1: unknown */
	char address[SV_STAR_ADDRESS];	/* what workers are told */
	int encrypted;
	struct sv_curve_pair keys;	/* the hub's own */
	struct sv_keyring *ring;	/* those of the workers */
	struct sv_zap *zap;
	struct peers peers;

	struct seat *seats;	/* W */
	uint32_t here;	/* seats whose worker is here */
	uint32_t losses;	/* workers lost so far */
	uint32_t handovers;	/* states handed over so far */
	uint32_t giving;	/* seats whose worker is being given a state */
	uint32_t saves;	/* asked for so far: seq of the last SAVE */
	uint32_t due;	/* the last round whose states were to be kept */
	struct save save;
	struct replay replay;
	double starts[STARTS];	/* s from asking to hello, lately: a ring */
	uint32_t started;

	struct sv_reduce *reduce;
	struct round round;
	uint32_t seq;
	struct master master;
	struct stop stop;
	double pace[PACES];	/* s of the last rounds: a ring */
	uint32_t paces;	/* rounds so far */
	double pace_told;	/* to sv-spawn; 0: none */

	int file_fd;
	struct sink *file;	/* or NULL */
	struct sink *out;	/* or NULL */
	double looked_at;	/* when the workers' deadlines were last */
	double trace[SV_TR_N];	/* the last one, for the progress line */
	uint32_t looked;	/* round of its optimality */
	double progress_at;
};

/* loop.c */

/**
 * hub_run(o):
 * The whole life of a hub.  Return an exit status.
 */
int hub_run(const struct hub_options *o);

/**
 * hub_now(h):
 * Seconds since the hub's start.
 */
double hub_now(const struct hub *h);

/**
 * hub_fail(h, fmt, ...):
 * Say what went wrong, once, and begin the end with status 1.  Only the first
 * call counts.
 */
void hub_fail(struct hub *h, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * hub_end(h, status, reason):
 * Begin the end in good order.  Only the first call counts.
 */
void hub_end(struct hub *h, int status, const char *reason);

/**
 * hub_mend(s):
 * Take off what is left of a character at the end of ${s} that was cut.
 */
void hub_mend(char *s);

/* spawn.c */

/**
 * spawn_open(h):
 * Read the problem and the job from standard input.  Return 0, or -1 after a
 * line on stderr.
 */
int spawn_open(struct hub *h);

/**
 * spawn_connect(h):
 * Connect to the job's control socket.  Return 0, or -1 after a line on stderr.
 */
int spawn_connect(struct hub *h);

/* Commands to sv-spawn. */
void spawn_ready(struct hub *h);
void spawn_want(struct hub *h, uint32_t shard, const struct worker *w);
void spawn_here(struct hub *h, uint32_t shard, uint32_t generation);
void spawn_end(struct hub *h);

/**
 * spawn_pace(h, seconds):
 * A round has taken ${seconds}.  Tell how long the longest of the recent ones
 * was, where that has changed.
 */
void spawn_pace(struct hub *h, double seconds);

/* Events: standard input is readable; so is the control socket. */
void spawn_on_upstream(struct hub *h);
void spawn_on_control(struct hub *h);
void spawn_on_control_writable(struct hub *h);

/* round.c */

/**
 * round_begin(h, f):
 * The master's global ${f}, whose payload is taken over: send it to all
 * workers, as soon as all are here.
 */
void round_begin(struct hub *h, struct sv_frame *f);

/**
 * round_send(h, shard):
 * Send the global under way to the shard's worker, if there is one to send, not
 * yet answered, and the worker is neither handing over nor still being given a
 * state; where states are kept, ask for the one after it.
 */
void round_send(struct hub *h, uint32_t shard);

/**
 * round_again(h, shard):
 * Send it once more: the connection is new.
 */
void round_again(struct hub *h, uint32_t shard);

/**
 * round_all_here(h):
 * All seats are taken: a waiting global may go out.
 */
void round_all_here(struct hub *h);

/**
 * round_update(h, m):
 * A worker's update; its payload is taken over or closed.
 */
void round_update(struct hub *h, struct sv_star_message *m);

/**
 * round_on_sum(h):
 * The reducers have something to tell.
 */
void round_on_sum(struct hub *h);

/**
 * round_answered(h):
 * The master has answered, or ended: record the round's times.
 */
void round_answered(struct hub *h);

/* master.c */

/**
 * master_start(h):
 * Run the master in a process group of its own and give it problem and job.
 * Return 0, or -1 after a line on stderr.
 */
int master_start(struct hub *h);

/**
 * master_give(h, b):
 * Queue a frame to its standard input; from now on an answer is due.
 */
void master_give(struct hub *h, struct sv_blob *b);

/**
 * master_tell(h, b):
 * The same where no answer is due for it.
 */
void master_tell(struct hub *h, struct sv_blob *b);

/**
 * master_tell_save(h):
 * Ask it to write a checkpoint after the sum that comes next.
 */
void master_tell_save(struct hub *h);

/* Events: its output is readable, its input writable, a child has ended. */
void master_on_output(struct hub *h);
void master_on_writable(struct hub *h);
void master_on_child(struct hub *h);

/**
 * master_on_time(h):
 * Act on an answer or an end that is overdue.
 */
void master_on_time(struct hub *h);

/**
 * master_close(h):
 * It has nothing more to say or hear: close its pipes.
 */
void master_close(struct hub *h);

/**
 * master_is_gone(h):
 * Has it ended, or never begun?
 */
int master_is_gone(const struct hub *h);

/**
 * master_kill(h, sig):
 * Send ${sig} to its process group, also when it has left that behind.
 */
void master_kill(struct hub *h, int sig);

/**
 * master_bury(h):
 * End what is left of its process group, and reap it.
 */
void master_bury(struct hub *h);

/* stop.c */

/**
 * stop_on_event(h, f):
 * An EVENT of the job's own from upstream.  If it says stop, the master is told
 * so, once, by an END frame with status 3, and has until then to write a model
 * and to end.  Where no worker has been asked for yet, the job ends.
 */
void stop_on_event(struct hub *h, const struct sv_frame *f);

/**
 * stop_forbids(h):
 * Was a model written since the stop?  Then no question is sent any more.
 */
int stop_forbids(const struct hub *h);

/**
 * stop_now(h, detail):
 * A job that is to stop ends at once, for the reason of the stop and ${detail},
 * which may be "": with status 3 if there is a model, else with 1.
 */
void stop_now(struct hub *h, const char *detail);

/**
 * stop_on_time(h):
 * End it when its time is over.
 */
void stop_on_time(struct hub *h);

/* record.c */

/**
 * record_open(h):
 * Open the run file and standard output.  Return 0, or -1 after a line on
 * stderr.
 */
int record_open(struct hub *h);

/**
 * record_blob(h, b), record_frame(h, f):
 * Record a frame; the latter seals ${f} and takes over its payload.  States and
 * checkpoints go downstream only where there is no run file.
 */
void record_blob(struct hub *h, struct sv_blob *b);
void record_frame(struct hub *h, struct sv_frame *f);

/**
 * record_event(h, shard, generation, event, why):
 * Record something to know.
 */
void record_event(struct hub *h, uint32_t shard, uint32_t generation,
    const char *event, const char *why);

/**
 * record_check(h):
 * Fail the job if a sink failed.
 */
void record_check(struct hub *h);

/**
 * record_end(h):
 * Write the END frame and say that no more will come.
 */
void record_end(struct hub *h);

/**
 * record_idle(h, impatient):
 * After record_end(): is all written?  If ${impatient}, what has not yet been
 * written downstream does not count; that is said on stderr.
 */
int record_idle(struct hub *h, int impatient);

/**
 * record_close(h):
 * Close the sinks.  Return 0, or -1 if something could not be written; there
 * is a line on stderr for it.
 */
int record_close(struct hub *h);

#endif /* !SV_HUB_H */
