#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "err.h"
#include "job.h"
#include "json.h"

/* Nothing goes to the hub any more. */
static void
close_output(struct job *j)
{

	output_free(j->out);
	j->out = NULL;
}

/* A frame could not be written. */
static void
on_write_error(struct job *j)
{

	if (errno == ENOBUFS && j->phase < JOB_ENDING)
		sv_warnx("the hub reads nothing; ending the workers");
	/* Whoever read the pipe will have said why it went. */
	else if (j->phase < JOB_ENDING && (errno != EPIPE || j->o->verbose))
		sv_warn("cannot write to the hub");
	close_output(j);
	job_end(j, SV_EXIT_FAILED);
}

void
record_flush(struct job *j)
{

	if (j->out != NULL && output_flush(j->out) == -1)
		on_write_error(j);
}

/* Let a blob go to the hub; the reference is taken.  NULL: memory is out. */
static void
emit_blob(struct job *j, struct sv_blob *b)
{

	if (j->out != NULL && (b == NULL || output_push(j->out, b) == -1))
		on_write_error(j);
	sv_blob_unref(b);
	record_flush(j);
}

void
record_emit(struct job *j, struct sv_frame *f)
{

	f->job = j->id;
	emit_blob(j, sv_blob_seal(f));
}

/* Record what became of an invocation. */
static void
record(struct job *j, uint32_t shard, uint32_t generation, json_t *what)
{
	struct sv_frame f;
	int rc = budget_note(j->budget, shard, generation, what);

	if (sv_json_frame(&f, SV_SPAWN, what) == -1) {
		sv_warn("cannot record");
		return;
	}
	if (rc == -1)
		job_end(j, SV_EXIT_FAILED);
	f.shard = shard;
	f.generation = generation;
	record_emit(j, &f);
}

/* Is it a function's own error, of a type that has not been said yet? */
static int
is_new_error(struct job *j, const struct launch_event *e)
{
	const char *error;

	return (sv_json_string(e->record, "error", &error) == 0 &&
	    trouble_note(&j->errors, error, 0) == 1 && j->errors.others == 0);
}

void
record_events(struct job *j)
{
	struct launch_event e;

	while (launch_next(j->crew, &e)) {
		if (is_new_error(j, &e) || j->o->verbose)
			sv_warnx("shard %" PRIu32 ": worker %" PRIu32 " %s",
			    e.shard, e.generation, e.what);
		record(j, e.shard, e.generation, e.record);
	}
}

/* How workers are started, for records. */
static json_t *
describe(const struct job *j)
{
	const char *how = "exec", *what = j->o->command;

	if (j->o->command == NULL) {
		how = j->o->url != NULL ? "url" : j->o->async ? "lambda-async" :
		    "lambda";
		what = calls_name(j->crew);
	}
	return (json_pack("{s:I, s:s, s:s, s:s}", "workers",
	    (json_int_t)j->o->workers, "control", j->path, "how", how,
	    "command", what));
}

int
record_announce(struct job *j, const struct sv_frame *problem_frame)
{
	struct sv_frame f = *problem_frame;

	f.payload = NULL;
	if (f.length > 0 && (f.payload = malloc(f.length)) == NULL) {
		sv_warn("problem");
		return (-1);
	}
	if (f.length > 0)
		memcpy(f.payload, problem_frame->payload, f.length);
	emit_blob(j, sv_blob_new(&f));
	if (j->phase != JOB_WAITING)
		return (-1);
	if (sv_json_frame(&f, SV_JOB, describe(j)) == -1) {
		sv_warnx("the command is not UTF-8, or memory is out");
		return (-1);
	}
	record_emit(j, &f);
	return (j->phase == JOB_WAITING ? 0 : -1);
}
