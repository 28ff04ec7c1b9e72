#ifndef FOLLOW_H
#define FOLLOW_H

#include <stddef.h>

#include "options.h"
#include "price.h"
#include "run.h"

/**
 * follow_read(o, price, file, runs, n):
 * As sv_run_read() of the file called ${file}, or of the standard input where
 * that is "-", and show meanwhile on stderr how the run goes: a view at the
 * bottom of a terminal (screen.h), elsewhere a line when the phase changes and
 * some between.  Frames are read as they come, whatever becomes of the view.
 *
 * A file may appear later and is read until its END frame, however long that
 * takes, but not where it is missing or does not grow for too long.  Standard
 * input ends where it ends, even where that is a file: whoever writes it has no
 * part in the pipeline, and need not be there any more.  The first
 * SIGINT, SIGTERM or SIGHUP is left to the stage that ends the run, whose end
 * is then waited for; where it is a file, reading stops at what there is.  The
 * second one ends the reading.
 */
int follow_read(const struct stats_options *o, const struct sv_price *price,
    const char *file, struct sv_run **runs, size_t *n);

#endif /* !FOLLOW_H */
