#include <math.h>
#include <string.h>

#include "bill.h"
#include "fuzz.h"
#include "reportlog.h"

/* Logs with REPORT lines (lib/reportlog.c), for a run that has two requests. */

static void
give(struct sv_run *run, enum sv_type type, uint32_t shard, const char *text)
{
	struct sv_frame f;

	MUST(sv_frame_make(&f, type, text, 0, SV_BYTES, 0) == 0);
	f.shard = shard;
	f.generation = 1;
	f.time = 1700000000000000000 + (int64_t)run->nmark * 1000000000;
	MUST(sv_run_frame(run, &f) == 0);
	sv_frame_fini(&f);
}

static void
make_run(struct sv_run *run)
{

	sv_run_init(run, "fuzz");
	give(run, SV_JOB, SV_FRAME_NOSHARD,
	    "{\"workers\":2,\"how\":\"lambda\"}");
	give(run, SV_SPAWN, 0, "{\"event\":\"request\"}");
	give(run, SV_SPAWN, 1, "{\"event\":\"request\"}");
	give(run, SV_HELLO, 0, "{\"request_id\":\"a-0\",\"memory_mb\":128}");
	give(run, SV_SPAWN, 1, "{\"event\":\"exit\",\"status\":0,\"http\":200,"
	    "\"request_id\":\"b\",\"billed_s\":0.009}");
	give(run, SV_END, SV_FRAME_NOSHARD, "{\"status\":0}");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_reportlog log = { .n = 0 };
	struct sv_summary before, after;
	struct sv_run run;
	size_t lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	(void)fuzz_fd(data, size);
	MUST(sv_reportlog_read(&log, fuzz_path()) == 0);
	MUST(log.n + log.bad <= lines);
	for (size_t i = 0; i < log.n; i++) {
		const struct sv_reportlog_line *l = &log.line[i];

		MUST(l->id[0] != '\0' && strlen(l->id) < SV_RUN_ID);
		MUST(l->billed >= 0 && l->billed == floor(l->billed));
		MUST(!(l->memory_mb < 0) && !(l->max_memory_mb < 0));
		MUST(!(l->duration < 0));
		MUST(i == 0 || strcmp(l[-1].id, l->id) <= 0);
	}
	make_run(&run);
	MUST(sv_measure_summary(&run, &before) == 0);
	MUST(sv_reportlog_apply(&log, &run) == 0);
	MUST(sv_measure_summary(&run, &after) == 0);
	MUST(after.bill.all.requests >= before.bill.all.requests);
	MUST(after.bill.line[SV_BILL_REPORT].requests <=
	    before.bill.line[SV_BILL_REPORT].requests + log.n);
	MUST(sv_reportlog_unused(&log) <= log.n);
	sv_run_fini(&run);
	sv_reportlog_fini(&log);
	return (0);
}
