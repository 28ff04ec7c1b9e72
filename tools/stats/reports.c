#include "config.h"

#include <inttypes.h>

#include "err.h"
#include "reportlog.h"
#include "stats.h"

/* What became of the lines. */
static void
say(const struct sv_reportlog *log, size_t n)
{
	size_t unused = sv_reportlog_unused(log);

	if (log->bad > 0)
		sv_warnx("--report: %" PRIu64 " REPORT line%s without id, or "
		    "with a time that cannot be", log->bad,
		    log->bad == 1 ? "" : "s");
	if (log->n == 0)
		sv_warnx("--report: there is no REPORT line");
	else if (unused > 0)
		sv_warnx("--report: %zu of %zu REPORT line%s belong%s to no "
		    "invocation of %s", unused, log->n, log->n == 1 ? "" : "s",
		    unused == 1 ? "s" : "", n == 1 ? "the run" : "these runs");
}

int
reports_apply(const struct stats_options *o, struct sv_run *run, size_t n)
{
	struct sv_reportlog log = { .n = 0 };
	int rc = 0;

	for (size_t i = 0; i < o->nreport && rc == 0; i++)
		rc = sv_reportlog_read(&log, o->report[i]);
	for (size_t i = 0; i < n && rc == 0; i++)
		if ((rc = sv_reportlog_apply(&log, &run[i])) == -1)
			sv_warn("%s", run[i].name);
	if (rc == 0 && o->nreport > 0 && !o->quiet)
		say(&log, n);
	sv_reportlog_fini(&log);
	return (rc);
}
