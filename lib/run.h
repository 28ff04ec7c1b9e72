#ifndef SV_RUN_H
#define SV_RUN_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "rows.h"
#include "stat.h"
#include "timing.h"

/*
 * What analysis needs of a run, collected frame by frame.  Memory grows with
 * the number of workers, of rounds and of events, not with their product: the
 * rows of a TIMING frame are counted into each worker's statistics, and into
 * its own, and kept only as far as rows.h has it; of vectors and saved states
 * nothing is kept.  measure.h and changes.h make figures of it.
 */

/*
 * One TIMING frame, without its rows.  A time that cannot be, because it is no
 * number, before one that it follows, or longer than 30 years, is NaN.
 */
struct sv_run_round {
	uint8_t op;
	uint32_t round;
	uint32_t seq;
	double sent;	/* hub's clock, as in enum sv_timing_scalar */
	double allsent;
	double lastin;
	double answer;	/* NaN: no answer came */
	int64_t time;	/* of the frame: the hub's clock against the calendar */
	uint32_t master;	/* which of the run's masters, from 0 */
	int own;	/* a round of the master's method, as below */

	double bytes_down, bytes_up;	/* NaN: not known */
	/* Over the workers of which it is known; NaN: of none. */
	double mean[SV_Q_N];
	double max_comp;
	double cpu;	/* seconds, all workers */
	double response;	/* s, the longest; NaN: none is known */
	uint32_t slowest;	/* whose that is, the lowest of equal ones */
	uint32_t known;	/* workers whose response is known */
};

/*
 * One TRACE frame.  Rounds of a method, called STEP rounds elsewhere, are those
 * of SV_OP_STEP, and others whose number is neither 0 nor that of the round
 * before: a look at an answer has the number of the round that it comes from.
 */
struct sv_run_trace {
	uint8_t op;
	uint32_t round;
	int own;	/* a round of the method */
	double value[SV_TR_N];	/* NaN: not known, or not finite */
};

/* One MODEL frame. */
struct sv_run_model {
	json_t *text;	/* owned */
	uint32_t round;	/* of the header */
	uint32_t master;	/* whose it is, as in struct sv_run_round */
	int64_t time;
};

/* The rows of one shard over all rounds of methods, whoever held it. */
struct sv_run_shard {
	struct sv_stat q[SV_Q_N];	/* over rounds */
	double cpu;	/* CPU seconds, rounds of every kind */
	uint64_t ranked;	/* those with a known response time */
	uint64_t slow;	/* those among whose slowest tenth it was */
	uint32_t generation;	/* the last one that answered */
	uint32_t changes;	/* times it changed between rounds */
};

/* How a worker is asked for. */
enum sv_run_how {
	SV_RUN_UNKNOWN,
	SV_RUN_EXEC,	/* a command is run */
	SV_RUN_URL,	/* HTTP, at any provider's */
	SV_RUN_LAMBDA,	/* AWS Lambda, which answers at the end */
	SV_RUN_ASYNC	/* ... or at once */
};

/*
 * A moment in the life of an invocation; all but HELLO and REPORT are SPAWN
 * frames.
 */
enum sv_run_moment {
	SV_RUN_REQUEST,
	SV_RUN_RETRY,	/* a try failed, and another is to be made */
	SV_RUN_ACCEPTED,	/* taken note of, and no more will be heard */
	SV_RUN_UNANSWERED,	/* sent, and nobody knows */
	SV_RUN_HELLO,
	SV_RUN_EXIT,
	SV_RUN_REPORT	/* a line of a log: no frame */
};

#define SV_RUN_ARCH 16u	/* room for a name, with its end */
#define SV_RUN_ID 64u	/* room for a request's id, with its end */

/*
 * NaN, or 0 for times, where the text has no such member or one that cannot be:
 * of another type, negative, or larger than anything there is.
 */
struct sv_run_mark {
	uint32_t shard;
	uint32_t generation;
	enum sv_run_moment moment;
	size_t order;	/* place in the stream */
	int64_t time;
	/* REQUEST */
	enum sv_run_how how;
	double queued;	/* s, waited in sv-spawn before it */
	/* RETRY */
	double wait;	/* s, until the next try */
	/* HELLO */
	int64_t start;	/* ns since 1970, worker's clock */
	int64_t event;	/* likewise: the function's event had come */
	int64_t deadline;	/* likewise: the function will be ended */
	double init;	/* s, start -> ready for an event */
	double load, load_cpu;	/* s */
	double shard_bytes;
	int warm;	/* in an environment that another has left */
	char arch[SV_RUN_ARCH];	/* "x86_64", "arm64" or "" */
	double rss;	/* bytes; HELLO and EXIT: peak */
	double memory_mb;	/* HELLO and EXIT: configured, of 2^20 bytes */
	/* EXIT */
	double cpu;	/* s, whole life */
	double status, signal;
	double billed;	/* s, of the function's REPORT line; REPORT too */
	double max_memory_mb;	/* likewise */
	int error;	/* the function failed, not the call of it */
	int refused;	/* it was not needed: another one has the shard */
	/* ACCEPTED, UNANSWERED and EXIT */
	double tries;
	double http;	/* status of the answer; RETRY too */
	/* All but REQUEST: what the provider calls it, or "" */
	char request_id[SV_RUN_ID];
	int early;	/* REPORT: of a try before the last */
};

/* One EVENT frame; numbers that it does not have, or that cannot be, are NaN. */
struct sv_run_event {
	uint32_t shard;
	uint32_t generation;
	int64_t time;
	char *event;	/* owned */
	char *why;	/* owned; "" for none */
	double from;	/* generation that was taken over from */
	double bytes;	/* of its state */
	double took;	/* s */
	double round;	/* whose state it is about */
	double steps;	/* made again from there */
};

/*
 * The states of shards and of masters that the stream holds, for another run to
 * go on from; and the events that tell that those of a round are complete.
 */
struct sv_run_saves {
	uint64_t complete;	/* so often all of a round were there */
	uint32_t round;	/* the last time that was so, ... */
	uint64_t states;	/* ... so many states */
	double bytes;	/* ... and so large, all together */
	double all_bytes;	/* every state that is there */
	uint64_t checkpoints;	/* of the master, ... */
	uint32_t checkpoint;	/* ... and the round of the last one */
	uint32_t point;	/* the last round with all states and one; 0: none */
	/* Those that came last: of one round, complete or not. */
	uint32_t last_round;
	uint64_t last_states;
	double last_bytes;
};

/* The run that this one goes on from, as the first such event says. */
struct sv_run_origin {
	int known;
	uint32_t round;	/* its last that counts */
	char state[12];	/* "exact", "globals", ..., or "" */
	char run[20];	/* its job, or "" */
};

/* Who was turned away, as the last such event says; NaN: not told. */
struct sv_run_peers {
	double garbage;	/* messages that make no sense */
	double foreign;	/* ... in another worker's name */
	double late;	/* ... of workers that had been overtaken */
	double refused;	/* workers that were not needed */
	double failed;	/* connections that said nothing of use */
	double denied;	/* connections, for their key */
};

struct sv_run {
	const char *name;	/* in messages and tables; not owned */
	uint64_t frames;
	uint64_t unread;	/* frames whose contents made no sense */
	int damaged;	/* the stream broke off */

	json_t *problem;	/* texts, owned; NULL: not seen */
	json_t *job;
	json_t *end;	/* the first; a second one makes no sense */
	uint64_t id;	/* of the job */
	uint32_t last_global;	/* a round that a master could begin at; 0: none */
	int64_t first_global;	/* times; 0: not seen */
	int64_t job_time;
	int64_t end_time;
	uint32_t W;	/* workers, from the JOB frame; 0: not known */
	enum sv_run_how how;	/* from the JOB frame */

	struct sv_run_round *round;
	size_t nround;
	struct sv_run_trace *trace;
	size_t ntrace;
	struct sv_run_model *model;
	size_t nmodel;
	struct sv_run_mark *mark;
	size_t nmark;
	struct sv_run_event *event;
	size_t nevent;
	struct sv_run_shard *shard;
	size_t nshard;	/* rows of the largest TIMING frame */

	struct sv_run_saves saves;
	struct sv_run_origin origin;
	struct sv_run_peers peers;

	struct sv_rows rows;	/* round: places in the array above */

	uint64_t steps;	/* rounds of methods among the TIMING frames */
	double bytes_up, bytes_down;
	struct sv_timing_rank *rank;	/* scratch, nshard */
};

/**
 * sv_run_init(run, name):
 * Make ${run} an empty run called ${name}, a string that must outlive it.
 */
void sv_run_init(struct sv_run *run, const char *name);
void sv_run_fini(struct sv_run *run);

/**
 * sv_run_seconds(from, to):
 * Seconds between two times of frames, whatever they claim.
 */
double sv_run_seconds(int64_t from, int64_t to);

/**
 * sv_run_how(o):
 * How the text ${o} of a JOB or SPAWN frame says that workers are asked for.
 */
enum sv_run_how sv_run_how(const json_t *o);

/**
 * sv_run_mark(m, f, o):
 * Fill ${m}, but for its place, from the SPAWN or HELLO frame ${f}, whose text
 * is ${o}.  Return 1, 0 where it tells of nothing that is of interest, or -1
 * where it tells of nothing at all.
 */
int sv_run_mark(struct sv_run_mark *m, const struct sv_frame *f,
    const json_t *o);

/**
 * sv_run_frame(run, f):
 * Add what ${f} says; the frame stays the caller's.  A frame that does not
 * hold what its type promises is counted in run->unread, and the first one is
 * named in a line on stderr.  Return 0, or -1 with errno set where memory is
 * out.
 */
int sv_run_frame(struct sv_run *run, const struct sv_frame *f);

/**
 * sv_run_add(f, name, before, runs, n):
 * Add what ${f} says to the last run of the array ${*runs} of ${*n}; or to a
 * new one called ${name}, where the stream, which began with the array at
 * length ${before}, has none yet, or where a PROBLEM or JOB frame after an END
 * begins another.  Return 0, or -1 after a line on stderr where memory is out.
 */
int sv_run_add(const struct sv_frame *f, const char *name, size_t before,
    struct sv_run **runs, size_t *n);

/**
 * sv_run_read(fd, name, runs, n):
 * Read frames from ${fd} to its end and append the runs found to the array
 * ${*runs} of ${*n}, which the caller frees, each run with sv_run_fini() and
 * the array with free().  There is one run, unless a PROBLEM or JOB frame after
 * an END begins another.  Where the stream is damaged, a line on stderr names
 * the byte offset and the last run is marked.  Return 0, or -1 after a line on
 * stderr where there is no memory or not one frame.
 */
int sv_run_read(int fd, const char *name, struct sv_run **runs, size_t *n);

#endif /* !SV_RUN_H */
