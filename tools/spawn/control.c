#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "job.h"
#include "json.h"
#include "secret.h"

/* The control socket has a hub, or needs none any more. */
static void
close_listener(struct job *j)
{

	if (j->listener == -1)
		return;
	close(j->listener);
	j->listener = -1;
	unlink(j->path);
	rmdir(j->dir);
}

int
control_open(struct job *j)
{

	if ((j->listener = sv_fd_listen(j->dir, j->path, JOB_PATH)) != -1)
		return (0);
	sv_warn("cannot make the control socket in $TMPDIR or /tmp");
	return (-1);
}

void
control_close(struct job *j)
{

	sv_reader_free(j->commands);
	j->commands = NULL;
	if (j->control != -1)
		close(j->control);
	j->control = -1;
	close_listener(j);
}

/* The hub is bound: it says where. */
static int
on_ready(struct job *j, const struct sv_frame *f)
{
	json_t *o = sv_json_of(f);
	const char *hub;

	if (o == NULL || sv_json_string(o, "hub", &hub) == -1 ||
	    (j->hub = strdup(hub)) == NULL) {
		sv_warnx("the hub did not say where workers should connect");
		json_decref(o);
		return (-1);
	}
	json_decref(o);
	job_enter(j, JOB_RUNNING);
	return (0);
}

/*
 * The keys of the worker that is wanted: 1, 0 if there are none, -1 if they make
 * no sense.  What is wrong with them is not for anybody's eyes.
 */
static int
read_keys(struct sv_curve_keys *keys, const struct sv_frame *f)
{
	json_t *o;
	int rc = -1;

	if (f->ntext == 0)
		return (0);
	o = json_loadb(sv_frame_text(f), f->ntext, JSON_REJECT_DUPLICATES,
	    NULL);
	if (sv_curve_of(keys, json_object_get(o, "keys")) == 0)
		rc = 1;
	json_decref(o);
	return (rc);
}

/* A worker is wanted.  Each shard's first one the budget has allowed for. */
static int
on_want(struct job *j, const struct sv_frame *f)
{
	struct launch_want w = { j->hub, f->shard, f->generation, NULL };
	struct sv_curve_keys keys;
	int rc;

	if (j->phase >= JOB_ENDING)
		return (0);
	if (j->phase != JOB_RUNNING || f->shard >= j->o->workers ||
	    f->generation == 0 || (rc = read_keys(&keys, f)) == -1)
		return (-1);
	w.keys = rc == 1 ? &keys : NULL;
	/* If it does not allow it the hub will be told to stop, or is. */
	if (budget_allows(j->budget, !j->asked[f->shard])) {
		j->asked[f->shard] = 1;
		if (j->crew->class->start(j->crew, &w) == -1)
			job_end(j, SV_EXIT_FAILED);
	}
	sv_secret_wipe(&keys, sizeof(keys));
	/* A record carries the time at which it is written. */
	record_events(j);
	return (0);
}

/* Something to know. */
static void
on_event(struct job *j, const struct sv_frame *f)
{
	json_t *o = sv_json_of(f);
	const char *event;

	if (sv_json_string(o, "event", &event) == 0 &&
	    strcmp(event, "here") == 0)
		j->crew->class->here(j->crew, f->shard, f->generation);
	json_decref(o);
	budget_hear(j->budget, f);
}

/* One command of the hub; -1 if it makes no sense. */
static int
on_command(struct job *j, const struct sv_frame *f)
{

	switch (f->type) {
	case SV_READY:
		return (j->phase == JOB_WAITING ? on_ready(j, f) : -1);
	case SV_WANT:
		return (on_want(j, f));
	case SV_EVENT:
		on_event(j, f);
		return (0);
	case SV_END:
		job_end(j, SV_EXIT_DONE);
		return (0);
	default:
		return (0);	/* of a later version */
	}
}

void
control_on_command(struct job *j)
{
	struct sv_frame f;
	enum sv_io rc;
	int bad;

	while ((rc = sv_reader_next(j->commands, &f)) == SV_IO_FRAME) {
		bad = on_command(j, &f) == -1;
		if (bad)
			sv_warnx("the hub's %s command makes no sense here",
			    sv_frame_type_name(f.type));
		sv_frame_fini(&f);
		if (bad)
			job_end(j, SV_EXIT_FAILED);
	}
	if (rc == SV_IO_AGAIN)
		return;
	if (j->phase < JOB_ENDING && rc == SV_IO_EOF)
		sv_warnx("the hub is gone; ending the workers");
	job_end(j, SV_EXIT_FAILED);
	control_close(j);
}

void
control_on_connect(struct job *j)
{

	if ((j->control = accept(j->listener, NULL, NULL)) == -1)
		return;
	close_listener(j);
	if (sv_fd_cloexec(j->control) == -1 ||
	    sv_fd_nonblock(j->control) == -1 ||
	    (j->commands = sv_reader_new(j->control, "control socket")) == NULL) {
		sv_warn("control socket");
		job_end(j, SV_EXIT_FAILED);
	}
}
