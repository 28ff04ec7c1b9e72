#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "err.h"
#include "human.h"
#include "progress.h"

#define EVERY 0.2	/* s between two lines */
#define SHORT 24	/* bytes of a name that fit beside the figures */

void
progress_begin(struct progress *p, const char *name, int quiet)
{

	p->quiet = quiet;
	p->name = name;
	p->began = p->shown = sv_clock_mono();
}

/* Is it time for a new line?  ${*took}: seconds so far. */
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
	*took = now - p->began;
	return (1);
}

/* The end of the name, where it is too long. */
static const char *
brief(const struct progress *p, const char **dots)
{
	size_t len = strlen(p->name);

	*dots = len > SHORT ? "..." : "";
	return (len > SHORT ? p->name + len - SHORT + 3 : p->name);
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
	char share[32] = "";
	const char *dots, *name;
	double took;

	if (!due(p, &took))
		return;
	name = brief(p, &dots);
	left(rest, sizeof(rest), took, (double)done, (double)total);
	if (total > 0 && done <= total)
		snprintf(share, sizeof(share), "%.0f %%, ",
		    100 * (double)done / (double)total);
	sv_err_progress("%s%s: %s%s, %s/s, %s rows/s%s", dots, name, share,
	    sv_human_bytes(bytes, (double)done),
	    sv_human_bytes(speed, (double)done / took),
	    sv_human_count(rate, (double)rows / took), rest);
}

void
progress_rows(struct progress *p, uint64_t rows, uint64_t total)
{
	char rate[SV_HUMAN], rest[64];
	const char *dots, *name;
	double took;

	if (!due(p, &took))
		return;
	name = brief(p, &dots);
	left(rest, sizeof(rest), took, (double)rows, (double)total);
	sv_err_progress("%s%s: %.0f %%, %s rows/s%s", dots, name,
	    100 * (double)rows / (double)total,
	    sv_human_count(rate, (double)rows / took), rest);
}

void
progress_part(struct progress *p, uint64_t i, uint64_t n)
{
	char rest[64];
	double took;

	if (!due(p, &took))
		return;
	left(rest, sizeof(rest), took, (double)i, (double)n);
	sv_err_progress("%s: %.0f %%%s", p->name, 100 * (double)i / (double)n,
	    rest);
}

double
progress_end(struct progress *p)
{

	if (!p->quiet)
		sv_err_progress("%s", "");
	return (sv_clock_mono() - p->began);
}
