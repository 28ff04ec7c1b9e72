#ifndef SV_REPORTLOG_H
#define SV_REPORTLOG_H

#include <stddef.h>
#include <stdint.h>

#include "run.h"

/*
 * The REPORT lines of AWS Lambda in a log: one for each end of an invocation,
 *
 *	REPORT RequestId: ID	Duration: 12.34 ms	Billed Duration: 13 ms
 *	    Memory Size: 128 MB	Max Memory Used: 60 MB	...
 *
 * with tabs, blanks or the two characters \t between the members, and perhaps
 * something before it, as aws logs tail and JSON have it.  What is logged is
 * anybody's: a line without an id, or with numbers that cannot be, is counted
 * and not believed.  Lines with the same id and numbers are one line, found
 * twice; an id with other numbers is another try of the same request.
 */
struct sv_reportlog_line {
	char id[SV_RUN_ID];
	double duration;	/* ms; NaN: not told */
	double billed;	/* ms, whole */
	double memory_mb, max_memory_mb;	/* NaN: not told */
	int used;	/* it belongs to an invocation of a run */
};

struct sv_reportlog {
	struct sv_reportlog_line *line;	/* by id, then as billed */
	size_t n, room;
	uint64_t bad;	/* lines that make no sense */
};

/**
 * sv_reportlog_parse(text, len, line):
 * Fill ${line} from the ${len} bytes at ${text}, one line of a log.  Return 1,
 * 0 where there is no REPORT in it, or -1 where it makes no sense.
 */
int sv_reportlog_parse(const char *text, size_t len,
    struct sv_reportlog_line *line);

/**
 * sv_reportlog_read(log, path):
 * Add the lines of the file ${path} to ${log}, which begins as all zeros.  Of a
 * line, the first 8 kB count.  Return 0, or -1 after a line on stderr.
 */
int sv_reportlog_read(struct sv_reportlog *log, const char *path);
void sv_reportlog_fini(struct sv_reportlog *log);

/**
 * sv_reportlog_apply(log, run):
 * Give each line to the invocation of ${run} that has its request's id, as a
 * mark of SV_RUN_REPORT, unless the run knows it already, and note those that
 * are of use.  After the last line, and the run's last frame; once a run.
 * Return 0, or -1 with errno set.
 */
int sv_reportlog_apply(struct sv_reportlog *log, struct sv_run *run);

/**
 * sv_reportlog_unused(log):
 * Lines that belong to no invocation of any run.
 */
size_t sv_reportlog_unused(const struct sv_reportlog *log);

#endif /* !SV_REPORTLOG_H */
