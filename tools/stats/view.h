#ifndef VIEW_H
#define VIEW_H

#include <stddef.h>

#include "live.h"

/*
 * How a run goes, in a few lines for a terminal, or in one.  What comes from
 * the run itself is shown in ASCII, whatever it is.
 */

#define VIEW_LINES 11u
#define VIEW_BYTES 400u	/* of a line, with its end */
#define VIEW_WIDTH 100u	/* columns at most: more are not easier to read */

enum view_tone { VIEW_PLAIN, VIEW_STRONG, VIEW_WARNING };

struct view_line {
	char text[VIEW_BYTES];
	enum view_tone tone;
	int rank;	/* those with the largest go first where room is short */
};

struct view {
	struct view_line line[VIEW_LINES];
	size_t n;
};

/* What else a viewer must know. */
struct view_state {
	double mono;	/* sv_clock_mono() */
	size_t width;	/* columns that may be written */
	size_t lines;	/* likewise */
	int utf8;
	int interrupted;
	const char *name;	/* of the stream */
};

/**
 * view_make(v, l, run, s):
 * Fill ${v} with what is to be shown of ${run} (NULL: nothing has come yet) and
 * ${l}.
 */
void view_make(struct view *v, const struct live *l, const struct sv_run *run,
    const struct view_state *s);

/**
 * view_sentence(buf, l, run, s):
 * The same in one line.
 */
void view_sentence(char buf[VIEW_BYTES], const struct live *l,
    const struct sv_run *run, const struct view_state *s);

/**
 * view_progress(l):
 * How much of the way to the target is done, on a logarithmic scale: 0 to 1,
 * NaN where it is not known.
 */
double view_progress(const struct live *l);

#endif /* !VIEW_H */
