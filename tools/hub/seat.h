#ifndef SV_SEAT_H
#define SV_SEAT_H

#include <stdint.h>

#include "blob.h"
#include "curve.h"
#include "star.h"

/*
 * A shard's place at the star, and the workers that have it one after the
 * other: generations.  Two of them may be alive at once, the one that works and
 * the one that is to take over.
 */

enum worker_state {
	WORKER_NONE,	/* nobody was asked for */
	WORKER_ASKED,	/* one should come */
	WORKER_HERE	/* it said hello */
};

struct worker {
	enum worker_state state;
	uint32_t generation;
	struct sv_star_id id;	/* its connection */
	int fd;	/* ... as the monitor calls it; -1: not known */
	double cut;	/* since when that is gone; 0: it stands */
	char instance[40];	/* its random name */
	struct sv_curve_pair keys;	/* where the link is encrypted */
	double asked;	/* when it was asked for first */
	double since;	/* ... last, or when its request was sent */
	int requested;	/* sv-spawn has sent the request */
	int unanswered;	/* nobody knows whether it was really asked for */
	int repeats;	/* how often it was asked for again */
	double hello;	/* when it came */
	double until;	/* when its time is up; 0: never, as far as known */
	uint64_t updates;	/* it has sent so far */
	unsigned hellos;	/* since its last update */
	int over;	/* its call or command has ended */
};

/* A state that is whole, or on its way in: its parts as they came. */
struct kept {
	struct sv_blob **part;
	uint32_t parts;	/* of it; 0: there is none */
	uint32_t have;
	uint32_t round;	/* the shard's last STEP */
	uint64_t bytes;	/* that are here */
};

/* Why a state was asked for. */
enum saving {
	SAVING_NOT,
	SAVING_HANDOVER,	/* for the successor */
	SAVING_KEEP	/* for the run file, and for who may need it */
};

struct seat {
	struct worker now;	/* who works, or is to */
	struct worker next;	/* who is to take over */
	uint32_t generations;	/* asked for so far */
	double sent;	/* when the last global was, of this round; 0: none was */
	int answered;	/* its update is here */
	double came;	/* when the last one did */
	uint32_t answered_by;	/* the generation that sent it */
	uint32_t stepped;	/* the last step that was answered */
	uint32_t losses;	/* of workers, since the last good spell */

	enum saving saving;	/* the worker was asked for the state */
	uint32_t save;	/* which time: seq of the SAVE */
	double asked;	/* when */
	struct kept in;	/* what has come of it */
	struct kept saved;	/* the last one that is whole and kept */
	struct kept *giving;	/* to now: saved, or handed; NULL: nothing */
	struct kept handed;	/* what the predecessor has handed over */
	uint32_t given;	/* parts sent so far */
	double since;	/* when the last of them was, or that began */
	uint32_t replay;	/* seq of the step made again; 0: none */
	uint32_t replayed;	/* ... and its round */
	uint32_t caught;	/* the last one that was answered; 0: none */
};

#endif /* !SV_SEAT_H */
