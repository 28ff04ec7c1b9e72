#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "err.h"
#include "human.h"
#include "progress.h"

#define EVERY 0.2	/* s between two lines */
#define COLUMNS 79u	/* of a terminal that is small */
#define SHORTEST 10u	/* columns for the name, at least */

void
progress_begin(struct progress *p, const char *name, int quiet)
{

	p->quiet = quiet;
	p->began = sv_clock_mono();
	progress_next(p, name);
}

void
progress_next(struct progress *p, const char *name)
{

	p->name = name;
	p->since = p->shown = sv_clock_mono();
}

/* Is it time for a new line?  ${*took}: seconds of this step so far. */
static int
due(struct progress *p, double *took)
{
	double now;

	if (p->quiet)
		return (0);
	now = sv_clock_mono();
	if (now - p->shown < EVERY)
		return (0);
	p->shown = now;
	*took = now - p->since;
	return (1);
}

/* The line: as much of the name's end as fits, and the figures. */
static void
show(const struct progress *p, const char *figures)
{
	size_t len = strlen(p->name), used = strlen(figures) + 2;
	size_t room = used + SHORTEST < COLUMNS ? COLUMNS - used : SHORTEST;

	if (len <= room)
		sv_err_progress("%s: %s", p->name, figures);
	else
		sv_err_progress("...%s: %s", p->name + len - room + 3, figures);
}

/* "12.3 s left", if that can be told. */
static void
left(char *text, size_t len, double took, double done, double total)
{
	char s[SV_HUMAN];

	text[0] = '\0';
	if (total > 0 && done > 0 && done <= total)
		snprintf(text, len, ", %s left", sv_human_seconds(s,
		    took * (total - done) / done));
}

void
progress_bytes(struct progress *p, uint64_t done, uint64_t total,
    uint64_t rows)
{
	char bytes[SV_HUMAN], speed[SV_HUMAN], rate[SV_HUMAN], rest[64];
	char share[32] = "", line[192];
	double took;

	if (!due(p, &took))
		return;
	left(rest, sizeof(rest), took, (double)done, (double)total);
	if (total > 0 && done <= total)
		snprintf(share, sizeof(share), "%.0f %%, ",
		    100 * (double)done / (double)total);
	snprintf(line, sizeof(line), "%s%s, %s/s, %s rows/s%s", share,
	    sv_human_bytes(bytes, (double)done),
	    sv_human_bytes(speed, (double)done / took),
	    sv_human_count(rate, (double)rows / took), rest);
	show(p, line);
}

void
progress_rows(struct progress *p, uint64_t rows, uint64_t total)
{
	char rate[SV_HUMAN], rest[64], line[192];
	double took;

	if (!due(p, &took))
		return;
	left(rest, sizeof(rest), took, (double)rows, (double)total);
	snprintf(line, sizeof(line), "%.0f %%, %s rows/s%s",
	    100 * (double)rows / (double)total,
	    sv_human_count(rate, (double)rows / took), rest);
	show(p, line);
}

void
progress_part(struct progress *p, uint64_t i, uint64_t n)
{
	char rest[64], line[192];
	double took;

	if (!due(p, &took))
		return;
	left(rest, sizeof(rest), took, (double)i, (double)n);
	snprintf(line, sizeof(line), "%.0f %%%s", 100 * (double)i / (double)n,
	    rest);
	show(p, line);
}

double
progress_end(struct progress *p)
{

	if (!p->quiet)
		sv_err_progress("%s", "");
	return (sv_clock_mono() - p->began);
}
