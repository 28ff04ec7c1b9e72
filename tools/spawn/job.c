#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "budget.h"
#include "calls.h"
#include "child.h"
#include "clock.h"
#include "err.h"
#include "fd.h"
#include "io.h"
#include "json.h"
#include "launch.h"
#include "spawn.h"
#include "trouble.h"

#define PATH_ROOM 128u
#define KILL_AFTER 2.0	/* s between SIGTERM and SIGKILL */
#define GIVE_UP_AFTER 3.0	/* s between SIGKILL and leaving */
#define TICK_MS 100	/* between two looks at the clock */
#define OWN_FDS 3u	/* that we watch ourselves */

enum phase {
	WAITING,	/* for the hub to come and be ready */
	RUNNING,
	ENDING,	/* workers may end by themselves */
	TERMINATING,	/* they were sent SIGTERM */
	KILLING	/* and SIGKILL */
};

struct job {
	const struct spawn_options *o;
	uint64_t id;
	char dir[PATH_ROOM];	/* of the control socket */
	char path[PATH_ROOM];
	int listener;
	int control;	/* to the hub, or -1 */
	int signals;
	struct sv_reader *commands;	/* on control */
	char *hub;	/* where workers connect */
	struct launcher *crew;
	uint8_t *asked;	/* which shards have been asked for a worker before */
	struct pollfd *fds;	/* what is watched, ours and the crew's */
	size_t room;
	enum phase phase;
	double since;	/* when the phase began */
	struct trouble errors;	/* types of functions' own errors */
	struct budget *budget;	/* or NULL */
	int status;	/* exit status */
};

static void
enter(struct job *j, enum phase phase)
{

	j->phase = phase;
	j->since = sv_clock_mono();
}

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

/* Begin the end; the first reason counts. */
static void
end(struct job *j, int status)
{

	if (j->phase >= ENDING)
		return;
	j->status = status;
	enter(j, ENDING);
	j->crew->class->stop(j->crew);
	/* The hub reads this as our end, if it does not know yet. */
	if (j->control != -1)
		shutdown(j->control, SHUT_WR);
}

/* A frame could not be written. */
static void
on_write_error(struct job *j)
{

	/* Whoever read the pipe will have said why it went. */
	if (j->phase < ENDING && (errno != EPIPE || j->o->verbose))
		sv_warn("cannot write to the hub");
	end(j, SV_EXIT_FAILED);
}

/* Put a frame on stdout; a hub that is gone ends the job. */
static void
emit(struct job *j, struct sv_frame *f)
{

	f->job = j->id;
	if (sv_frame_send(STDOUT_FILENO, f) == -1)
		on_write_error(j);
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
		end(j, SV_EXIT_FAILED);
	f.shard = shard;
	f.generation = generation;
	emit(j, &f);
}

/* Is it a function's own error, of a type that has not been said yet? */
static int
is_new_error(struct job *j, const struct launch_event *e)
{
	const char *error;

	return (sv_json_string(e->record, "error", &error) == 0 &&
	    trouble_note(&j->errors, error, 0) == 1 && j->errors.others == 0);
}

/* Pass on what became of workers. */
static void
tell(struct job *j)
{
	struct launch_event e;

	while (launch_next(j->crew, &e)) {
		if (is_new_error(j, &e) || j->o->verbose)
			sv_warnx("shard %" PRIu32 ": worker %" PRIu32 " %s",
			    e.shard, e.generation, e.what);
		record(j, e.shard, e.generation, e.record);
	}
}

/* The hub wants a worker.  Each shard's first one the budget has allowed for. */
static void
start(struct job *j, uint32_t shard, uint32_t generation)
{
	int first = !j->asked[shard];

	/* The hub will be told to stop, or is. */
	if (!budget_allows(j->budget, first))
		return;
	j->asked[shard] = 1;
	if (j->crew->class->start(j->crew, j->hub, shard, generation) == -1)
		end(j, SV_EXIT_FAILED);
	/* A record carries the time at which it is written. */
	tell(j);
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
	enter(j, RUNNING);
	return (0);
}

/* Ask the hub for an end in good order, if it is time for that. */
static void
stop_in_time(struct job *j)
{
	char why[SV_WHY];
	struct sv_frame f;
	double within;

	if (budget_is_over(j->budget)) {
		sv_warnx("the job does not stop; ending it");
		end(j, SV_EXIT_FAILED);
	}
	if (j->phase != RUNNING || !budget_due(j->budget, why, &within))
		return;
	sv_warnx("%s; stopping", why);
	if (sv_json_frame(&f, SV_EVENT, json_pack("{s:s, s:s, s:f}", "event",
	    "stop", "why", why, "within_s", within)) == -1) {
		sv_warn("cannot record");
		end(j, SV_EXIT_FAILED);
		return;
	}
	emit(j, &f);
	/* The budget does not know of those who are still to be asked for. */
	j->crew->class->stop(j->crew);
}

/* One command of the hub; -1 if it makes no sense. */
static int
on_command(struct job *j, const struct sv_frame *f)
{

	switch (f->type) {
	case SV_READY:
		return (j->phase == WAITING ? on_ready(j, f) : -1);
	case SV_WANT:
		if (j->phase >= ENDING)
			return (0);
		if (j->phase != RUNNING || f->shard >= j->o->workers)
			return (-1);
		start(j, f->shard, f->generation);
		return (0);
	case SV_EVENT:
		budget_hear(j->budget, f);
		return (0);
	case SV_END:
		end(j, SV_EXIT_DONE);
		return (0);
	default:
		return (0);	/* of a later version */
	}
}

/* Read what the hub says; its silence is the end. */
static void
on_control(struct job *j)
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
			end(j, SV_EXIT_FAILED);
	}
	if (rc == SV_IO_AGAIN)
		return;
	if (j->phase < ENDING && rc == SV_IO_EOF)
		sv_warnx("the hub is gone; ending the workers");
	end(j, SV_EXIT_FAILED);
	sv_reader_free(j->commands);
	j->commands = NULL;
	close(j->control);
	j->control = -1;
}

/* The hub comes; one hub is all there is. */
static void
on_connect(struct job *j)
{

	if ((j->control = accept(j->listener, NULL, NULL)) == -1)
		return;
	close_listener(j);
	if (sv_fd_cloexec(j->control) == -1 ||
	    sv_fd_nonblock(j->control) == -1 ||
	    (j->commands = sv_reader_new(j->control, "control socket")) == NULL) {
		sv_warn("control socket");
		end(j, SV_EXIT_FAILED);
	}
}

static void
on_signals(struct job *j)
{
	unsigned char sig;

	while (read(j->signals, &sig, 1) == 1) {
		if (sig == SIGCHLD)
			continue;
		if (j->phase < ENDING && j->o->verbose)
			sv_warnx("stopped by signal %d", sig);
		end(j, SV_EXIT_FAILED);
	}
}

/* See who has ended, and what only time brings. */
static void
on_time(struct job *j)
{
	double spent;

	spent = sv_clock_mono() - j->since;
	if (j->phase == WAITING && spent > j->o->hub_timeout) {
		sv_warnx("no hub within %g s: is sv-hub next in the pipeline?",
		    j->o->hub_timeout);
		end(j, SV_EXIT_FAILED);
	} else if (j->phase == ENDING && spent > j->o->grace) {
		j->crew->class->kill(j->crew, SIGTERM);
		enter(j, TERMINATING);
	} else if (j->phase == TERMINATING && spent > KILL_AFTER) {
		j->crew->class->kill(j->crew, SIGKILL);
		enter(j, KILLING);
	}
	if (j->phase == RUNNING)
		stop_in_time(j);
	tell(j);
}

/* Standard output has nobody at its other end. */
static void
on_no_reader(struct job *j)
{

	if (j->phase == RUNNING)
		sv_warnx("the hub is gone; ending the workers");
	else if (j->phase == WAITING && j->o->verbose)
		sv_warnx("nobody reads the job any more");
	end(j, SV_EXIT_FAILED);
}

static int
finished(const struct job *j)
{

	if (j->phase == KILLING && sv_clock_mono() - j->since > GIVE_UP_AFTER) {
		sv_warnx("%" PRIu32 " workers did not end",
		    j->crew->class->size(j->crew));
		return (1);
	}
	return (j->phase >= ENDING && j->crew->class->size(j->crew) == 0);
}

/* Say in j->fds what to wait for; how many there are, 0 if memory is out. */
static size_t
watch(struct job *j)
{
	struct pollfd *p;
	size_t n = 0, room;

	for (;;) {
		room = j->room < OWN_FDS ? 0 : j->room - OWN_FDS;
		n = j->crew->class->watch(j->crew, room > 0 ? j->fds + OWN_FDS :
		    NULL, room);
		if (j->room >= OWN_FDS && n <= room)
			break;
		room = 2 * n + 16;
		if ((p = realloc(j->fds, room * sizeof(*p))) == NULL)
			return (0);
		j->fds = p;
		j->room = room;
	}
	p = j->fds;
	p[0] = (struct pollfd){ j->signals, POLLIN, 0 };
	/* A broken pipe would be told again and again. */
	p[1] = (struct pollfd){ j->phase >= ENDING ? -1 : STDOUT_FILENO, 0, 0 };
	p[2] = (struct pollfd){ j->control != -1 ? j->control : j->listener,
	    POLLIN, 0 };
	return (n + OWN_FDS);
}

/* See what the poll has brought. */
static void
dispatch(struct job *j)
{
	const struct pollfd *p = j->fds;

	if (p[0].revents != 0)
		on_signals(j);
	/* A hub that ends in good order says so before it goes. */
	if (p[2].revents != 0) {
		if (j->control != -1)
			on_control(j);
		else
			on_connect(j);
	}
	if (p[1].revents & (POLLERR | POLLHUP | POLLNVAL))
		on_no_reader(j);
}

static void
loop(struct job *j)
{
	const struct launcher_class *crew = j->crew->class;
	size_t n;
	int rc;

	while (!finished(j)) {
		if ((n = watch(j)) == 0) {
			sv_warn("cannot wait");
			j->status = SV_EXIT_FAILED;
			return;
		}
		rc = poll(j->fds, (nfds_t)n, crew->patience(j->crew, TICK_MS));
		if (rc == -1 && errno != EINTR) {
			sv_warn("poll");
			j->status = SV_EXIT_FAILED;
			return;
		}
		/* After an error the descriptors' events are anything. */
		for (size_t i = 0; rc < 1 && i < n; i++)
			j->fds[i].revents = 0;
		dispatch(j);
		crew->work(j->crew, j->fds + OWN_FDS, n - OWN_FDS);
		on_time(j);
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

/* Announce the job: the problem as it came, and who runs it. */
static int
announce(struct job *j, const struct sv_frame *problem_frame)
{
	struct sv_frame f;

	if (sv_frame_write(STDOUT_FILENO, problem_frame) == -1) {
		on_write_error(j);
		return (-1);
	}
	if (sv_json_frame(&f, SV_JOB, describe(j)) == -1) {
		sv_warnx("the command is not UTF-8, or memory is out");
		return (-1);
	}
	emit(j, &f);
	return (j->phase == WAITING ? 0 : -1);
}

int
job_run(const struct spawn_options *o, const struct sv_problem *problem,
    const struct sv_frame *problem_frame, uint64_t id)
{
	static const int caught[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP };
	struct job j = { .o = o, .id = id, .listener = -1, .control = -1,
	    .signals = -1, .status = SV_EXIT_FAILED };

	sv_child_adopt();
	if (budget_new(o, &j.budget) == -1)
		return (SV_EXIT_FAILED);
	enter(&j, WAITING);
	if ((j.asked = calloc(o->workers, 1)) == NULL) {
		sv_warn("cannot start");
		goto done;
	}
	if ((j.crew = spawn_launcher(o, problem, id)) == NULL)
		goto done;
	j.signals = sv_fd_signals(caught, sizeof(caught) / sizeof(caught[0]));
	if (j.signals == -1) {
		sv_warn("cannot start");
		goto done;
	}
	if ((j.listener = sv_fd_listen(j.dir, j.path, PATH_ROOM)) == -1) {
		sv_warn("cannot make the control socket in $TMPDIR or /tmp");
		goto done;
	}
	if (announce(&j, problem_frame) == 0)
		loop(&j);

done:
	sv_reader_free(j.commands);
	if (j.control != -1)
		close(j.control);
	close_listener(&j);
	launch_free(j.crew);
	budget_tell(j.budget);
	budget_free(j.budget);
	free(j.fds);
	free(j.asked);
	free(j.hub);
	return (j.status);
}
