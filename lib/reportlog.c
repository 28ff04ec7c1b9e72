#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "reportlog.h"
#include "run_state.h"

#define LINE 8192u	/* bytes of one that count */
#define MOST_MS 1e12	/* nothing honest is more */
#define MOST_MB 0x1p24
#define DIGITS 15	/* of a whole number that a double holds */

static int
is_blank(char c)
{

	return (c == ' ' || c == '\t');
}

/* ${what} in the string ${text}, or NULL; return what follows it. */
static const char *
behind(const char *text, const char *what)
{
	const char *p = strstr(text, what);

	return (p != NULL ? p + strlen(what) : NULL);
}

/*
 * A decimal number, a blank and ${unit} at ${p}; NaN where there is none, or it
 * is more than ${most}.  No sign, no exponent: strtod() takes more than a log
 * has.
 */
static double
quantity(const char *p, const char *unit, double most)
{
	double v = 0, scale = 1;
	int digits = 0, point = 0;

	if (p == NULL)
		return (NAN);
	for (; (*p >= '0' && *p <= '9') || (*p == '.' && !point); p++) {
		if (*p == '.') {
			point = 1;
			continue;
		}
		if (++digits > DIGITS)
			return (NAN);
		v = v * 10 + (*p - '0');
		scale *= point ? 10 : 1;
	}
	v /= scale;
	if (digits == 0 || *p != ' ' || strncmp(p + 1, unit, strlen(unit)) != 0)
		return (NAN);
	return (v <= most ? v : NAN);
}

/* The request's id at ${p}: letters, digits and hyphens, no more than fit. */
static int
take_id(const char *p, char id[SV_RUN_ID])
{
	size_t n = strspn(p, "0123456789abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ-");

	if (n == 0 || n >= SV_RUN_ID || !(is_blank(p[n]) || p[n] == '\\'))
		return (-1);
	memcpy(id, p, n);
	id[n] = '\0';
	return (0);
}

/* The first ${what} that begins a word. */
static const char *
find_word(const char *text, const char *what)
{
	const char *p = text;

	while ((p = strstr(p, what)) != NULL && p > text &&
	    !is_blank(p[-1]) && p[-1] != '"')
		p++;
	return (p);
}

int
sv_reportlog_parse(const char *text, size_t len, struct sv_reportlog_line *line)
{
	static const char mark[] = "REPORT RequestId: ";
	char copy[LINE + 1];
	const char *p;

	if (len > LINE)
		len = LINE;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if ((p = find_word(copy, mark)) == NULL)
		return (0);
	memset(line, 0, sizeof(*line));
	p += strlen(mark);
	if (take_id(p, line->id) == -1)
		return (-1);
	line->billed = quantity(behind(p, "Billed Duration: "), "ms", MOST_MS);
	line->memory_mb = quantity(behind(p, "Memory Size: "), "MB", MOST_MB);
	line->max_memory_mb = quantity(behind(p, "Max Memory Used: "), "MB",
	    MOST_MB);
	/* The first of three members whose names end so. */
	p = strstr(p, "Duration: ");
	line->duration = p != NULL && strncmp(p - strlen("Billed "), "Billed ",
	    strlen("Billed ")) != 0 ? quantity(behind(p, "Duration: "), "ms",
	    MOST_MS) : NAN;
	return (isnan(line->billed) || line->billed != floor(line->billed) ?
	    -1 : 1);
}

static int
add(struct sv_reportlog *log, const struct sv_reportlog_line *line)
{
	size_t room = log->room == 0 ? 64 : 2 * log->room;
	struct sv_reportlog_line *p;

	if (log->n == log->room) {
		if (room > SIZE_MAX / sizeof(*p)) {
			errno = ENOMEM;
			return (-1);
		}
		if ((p = realloc(log->line, room * sizeof(*p))) == NULL)
			return (-1);
		log->line = p;
		log->room = room;
	}
	log->line[log->n++] = *line;
	return (0);
}

/* NaN is less than anything. */
static int
compare(double a, double b)
{

	if (isnan(a) || isnan(b))
		return (isnan(b) - isnan(a));
	return ((a > b) - (a < b));
}

static int
by_id(const void *a, const void *b)
{
	const struct sv_reportlog_line *x = a, *y = b;
	int c = strcmp(x->id, y->id);

	if (c == 0)
		c = compare(x->billed, y->billed);
	return (c != 0 ? c : compare(x->duration, y->duration));
}

/* In order, and each once. */
static void
settle(struct sv_reportlog *log)
{
	size_t n = 0;

	if (log->n == 0)
		return;
	qsort(log->line, log->n, sizeof(*log->line), by_id);
	for (size_t i = 1; i < log->n; i++)
		if (by_id(&log->line[n], &log->line[i]) != 0)
			log->line[++n] = log->line[i];
	log->n = n + 1;
}

int
sv_reportlog_read(struct sv_reportlog *log, const char *path)
{
	struct sv_reportlog_line line;
	char text[LINE];
	size_t len = 0;
	int c, rc = 0;
	FILE *f;

	if ((f = fopen(path, "re")) == NULL) {
		sv_warn("%s", path);
		return (-1);
	}
	do {
		if ((c = getc(f)) != '\n' && c != EOF) {
			if (len < LINE)
				text[len++] = (char)c;
			continue;
		}
		switch (sv_reportlog_parse(text, len, &line)) {
		case 1:
			rc = add(log, &line);
			break;
		case -1:
			log->bad++;
			break;
		default:
			break;
		}
		len = 0;
	} while (c != EOF && rc == 0);
	if (rc == -1 || ferror(f)) {
		sv_warn("%s", path);
		rc = -1;
	}
	fclose(f);
	settle(log);
	return (rc);
}

void
sv_reportlog_fini(struct sv_reportlog *log)
{

	free(log->line);
	memset(log, 0, sizeof(*log));
}

/* Which line is the first with the id ${id}, or would be. */
static size_t
find(const struct sv_reportlog *log, const char *id)
{
	size_t lo = 0, hi = log->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(log->line[mid].id, id) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

/* By id; of the same those first that know what was billed, RETRY last. */
static int
by_request(const void *a, const void *b)
{
	const struct sv_run_mark *x = a, *y = b;
	int c = strcmp(x->request_id, y->request_id);

	if (c == 0)
		c = isnan(x->billed) - isnan(y->billed);
	if (c == 0)
		c = (x->moment == SV_RUN_RETRY) - (y->moment == SV_RUN_RETRY);
	return (c != 0 ? c : (x->order > y->order) - (x->order < y->order));
}

/* Add the mark that ${line} is, beside ${m}, which has its id. */
static int
give(struct sv_run *run, const struct sv_run_mark *m,
    const struct sv_reportlog_line *line)
{
	struct sv_run_mark *p = sv_run_room(run->mark, run->nmark, sizeof(*p));

	if (p == NULL)
		return (-1);
	run->mark = p;
	p += run->nmark;
	*p = *m;
	p->early = m->moment == SV_RUN_RETRY;
	p->moment = SV_RUN_REPORT;
	p->billed = line->billed / 1000;
	p->memory_mb = line->memory_mb;
	p->max_memory_mb = line->max_memory_mb;
	p->tries = NAN;
	p->order = run->nmark++;
	return (0);
}

/* Give the lines of one request to the invocation of ${m}. */
static int
give_all(struct sv_reportlog *log, struct sv_run *run,
    const struct sv_run_mark *m)
{
	int known = 0;

	for (size_t i = find(log, m->request_id); i < log->n &&
	    strcmp(log->line[i].id, m->request_id) == 0; i++) {
		struct sv_reportlog_line *line = &log->line[i];

		line->used = 1;
		/* What the call's answer brought is not to count again. */
		if (!known && fabs(m->billed * 1000 - line->billed) < 0.5) {
			known = 1;
			continue;
		}
		if (give(run, m, line) == -1)
			return (-1);
	}
	return (0);
}

int
sv_reportlog_apply(struct sv_reportlog *log, struct sv_run *run)
{
	size_t n = run->nmark;
	struct sv_run_mark *mark;
	int rc = 0;

	if (log->n == 0 || n == 0)
		return (0);
	/* A copy: the run's own moves when it grows, and keeps its order. */
	if ((mark = malloc(n * sizeof(*mark))) == NULL)
		return (-1);
	memcpy(mark, run->mark, n * sizeof(*mark));
	qsort(mark, n, sizeof(*mark), by_request);
	for (size_t i = 0; i < n && rc == 0; i++)
		if (mark[i].request_id[0] != '\0' && (i == 0 ||
		    strcmp(mark[i - 1].request_id, mark[i].request_id) != 0))
			rc = give_all(log, run, &mark[i]);
	free(mark);
	return (rc);
}

size_t
sv_reportlog_unused(const struct sv_reportlog *log)
{
	size_t n = 0;

	for (size_t i = 0; i < log->n; i++)
		n += log->line[i].used == 0;
	return (n);
}
