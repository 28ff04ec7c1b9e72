#ifndef GNUPLOT_H
#define GNUPLOT_H

#include <signal.h>
#include <stddef.h>
#include <stdio.h>

#include "figure.h"

/*
 * Figures as gnuplot scripts (version 5.2 or newer), and gnuplot as a child.  A
 * script holds its data.  Texts come from file names and frames: none is
 * anything but text to gnuplot, whatever it says.
 */

/* Where a panel stands on its canvas, pixels from the lower left corner. */
struct place {
	double x, y, w, h;
	double width, height;	/* of the canvas */
	int bare;	/* without title and key: the page has them */
};

/**
 * gnuplot_string(f, s, most):
 * Write ${s} as a gnuplot string, cut after ${most} characters.  Between single
 * quotes gnuplot expands nothing; texts must be drawn with noenhanced.  A
 * single quote becomes a typographic one: at the beginning of a string gnuplot
 * 5.4 does not take two for one.
 */
void gnuplot_string(FILE *f, const char *s, size_t most);

/**
 * gnuplot_data(f, p, number):
 * Write the data of the panel ${p}, the ${number}-th of the script, as
 * here-documents, with the units that the axes have.
 */
void gnuplot_data(FILE *f, const struct panel *p, size_t number);

/**
 * gnuplot_panel(f, p, number, at):
 * Write the commands that draw the panel at a place of the canvas, from those
 * data.
 */
void gnuplot_panel(FILE *f, const struct panel *p, size_t number,
    const struct place *at);

struct gnuplot_job {
	const char *dir;	/* to run in; NULL: here */
	char * const *argv;	/* ends with NULL */
	int in, out;	/* its standard input and output */
	double limit;	/* s that it may take */
};

/* What a picture may take gnuplot: seconds, and bytes of one file. */
#define GNUPLOT_LIMIT 120.0
#define GNUPLOT_BYTES (64l << 20)

/**
 * gnuplot_hold(saved), gnuplot_release(saved):
 * Hold back the signals that ask this process to end, so that it can clear up;
 * and let them come.
 */
void gnuplot_hold(sigset_t *saved);
void gnuplot_release(const sigset_t *saved);

/**
 * gnuplot_run(job):
 * Run gnuplot, with the settings of its makers, and wait for its end.  Return
 * 0, or -1 after lines on stderr: it is not installed, it failed (then what it
 * said is shown), or it took too long (then it has been killed).  Where a
 * signal has been held back it is killed, too, and nothing is said.
 */
int gnuplot_run(const struct gnuplot_job *job);

/**
 * gnuplot_scratch():
 * A new file without a name, in $TMPDIR or /tmp, for reading and writing,
 * closed on exec; -1 after a line on stderr.
 */
int gnuplot_scratch(void);

#endif /* !GNUPLOT_H */
