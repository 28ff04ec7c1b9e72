#ifndef LIVEBED_H
#define LIVEBED_H

#include <stddef.h>
#include <stdint.h>

#include "../tools/stats/live.h"
#include "../tools/stats/view.h"
#include "price.h"

/*
 * A run that is fed to a live frame by frame, on a clock that stands still
 * between them.  What cannot be made or is not taken fails the test.
 */

#define SECOND 1000000000

/* A run that is fed, and what is known of it. */
struct bed {
	struct sv_run run;
	struct live live;
	struct sv_price price;
	int64_t now;	/* ns */
	uint32_t round;
	double took;	/* s, a round */
	double at;	/* s, when the next one is sent */
	double lasts;	/* s, from there to the one that follows */
};

/* A struct bed in ${*state}, and its end. */
int bed_setup(void **state);
int bed_teardown(void **state);

/* The monotonic clock: s since the first frame. */
double mono(const struct bed *b);

/* A frame without elements. */
void tell(struct bed *b, enum sv_type type, uint32_t shard, uint32_t generation,
    const char *text);
/* The JOB frame. */
void job(struct bed *b, int workers, const char *how);
/* The next round's global, */
void ask(struct bed *b);
/* its end b->lasts later: worker i takes 0.01 s, and ${extra[i]}; */
void answer(struct bed *b, uint32_t W, const double *extra);
/* and what the master says of it; of a look at its answer if ${F} is no NaN. */
void trace(struct bed *b, double measure, double target);
void trace_of(struct bed *b, double measure, double target, double F,
    double split);
/* ${n} rounds of two workers, each ${pace} times as long as the last. */
void rounds(struct bed *b, int n, double pace, double factor);

/* What is shown; and its line that begins with ${label}, behind it, or NULL. */
void view(struct bed *b, struct view *v, size_t width, size_t lines);
const char *line_of(const struct view *v, const char *label);

#endif /* !LIVEBED_H */
