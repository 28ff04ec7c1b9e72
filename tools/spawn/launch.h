#ifndef SV_LAUNCH_H
#define SV_LAUNCH_H

#include <jansson.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "curve.h"
#include "problem.h"

/*
 * Whatever starts workers: commands (crew.c) or calls over HTTP (calls.c).
 * What becomes of a worker is told by events, which are fetched one by one.
 */

struct launcher;

struct launch_event {
	uint32_t shard;
	uint32_t generation;
	json_t *record;	/* text of a SPAWN frame; whoever fetches it owns it */
	int ended;	/* no other event will come of this worker */
	char what[SV_WHY];	/* in words: "ended with status 1" */
};

/* A worker that is wanted. */
struct launch_want {
	const char *hub;	/* where it is to connect */
	uint32_t shard;
	uint32_t generation;
	const struct sv_curve_keys *keys;	/* NULL: plaintext */
};

/* What each kind must know how to do. */
struct launcher_class {
	/*
	 * Start a worker, or -1 after a line on stderr.  No keys are left
	 * behind once that has been asked for and answered.
	 */
	int (*start)(struct launcher *l, const struct launch_want *w);
	/* It has been heard of at the hub: it need not be asked for again. */
	void (*here)(struct launcher *l, uint32_t shard, uint32_t generation);
	/* How many have not ended. */
	uint32_t (*size)(const struct launcher *l);
	/* The job ends: start nobody any more, who was to be started too. */
	void (*stop)(struct launcher *l);
	/* End those that are left: first with SIGTERM, then with SIGKILL. */
	void (*kill)(struct launcher *l, int sig);
	/*
	 * Store up to ${room} descriptors to poll in ${p}, and return how many
	 * there are.
	 */
	size_t (*watch)(struct launcher *l, struct pollfd *p, size_t room);
	/* How many milliseconds it can wait, but at most ${most}. */
	int (*patience)(struct launcher *l, int most);
	/* Do what there is to do, knowing how ${n} descriptors were polled. */
	void (*work)(struct launcher *l, const struct pollfd *p, size_t n);
	void (*free)(struct launcher *l);
};

/* The beginning of each kind. */
struct launcher {
	const struct launcher_class *class;
	struct launch_event *events;	/* not yet fetched: a ring */
	size_t first;
	size_t count;
	size_t room;
};

/**
 * launch_tell(l, shard, generation, ended, record, what):
 * Add an event; steals ${record}, which may be NULL (of a failed json_pack()).
 */
void launch_tell(struct launcher *l, uint32_t shard, uint32_t generation,
    int ended, json_t *record, const char *what);

/**
 * launch_next(l, e):
 * Fetch the next event: return 1, or 0 if there is none.
 */
int launch_next(struct launcher *l, struct launch_event *e);

/**
 * launch_free(l):
 * Free the launcher, and the events that nobody fetched.
 */
void launch_free(struct launcher *l);

/**
 * launch_invocation(problem, job, workers, w):
 * The text that tells a worker what to do, for sv_secret_free_text(), or NULL if
 * memory is out.
 */
char *launch_invocation(const struct sv_problem *problem, uint64_t job,
    uint32_t workers, const struct launch_want *w);

#endif /* !SV_LAUNCH_H */
