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

#include "child.h"
#include "clock.h"
#include "err.h"
#include "fd.h"
#include "io.h"
#include "json.h"
#include "spawn.h"

#define PATH_ROOM 128u
#define KILL_AFTER 2.0	/* s between SIGTERM and SIGKILL */
#define GIVE_UP_AFTER 3.0	/* s between SIGKILL and leaving */

enum phase {
	WAITING,	/* for the hub to come and be ready */
	RUNNING,
	ENDING,	/* workers may end by themselves */
	TERMINATING,	/* they were sent SIGTERM */
	KILLING	/* and SIGKILL */
};

struct job {
	const struct spawn_options *o;
	const struct sv_problem *problem;
	uint64_t id;
	char dir[PATH_ROOM];	/* of the control socket */
	char path[PATH_ROOM];
	int listener;
	int control;	/* to the hub, or -1 */
	int signals;
	struct sv_reader *commands;	/* on control */
	char *hub;	/* where workers connect */
	struct crew *crew;
	enum phase phase;
	double since;	/* when the phase began */
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

	if (sv_json_frame(&f, SV_SPAWN, what) == -1) {
		sv_warn("cannot record");
		return;
	}
	f.shard = shard;
	f.generation = generation;
	emit(j, &f);
}

static void
start(struct job *j, uint32_t shard, uint32_t generation)
{
	pid_t pid;

	pid = crew_start(j->crew, j->problem, j->hub, shard, generation);
	if (pid == -1) {
		end(j, SV_EXIT_FAILED);
		return;
	}
	if (j->o->verbose)
		sv_warnx("shard %" PRIu32 ": started worker %" PRIu32
		    ", process %ld", shard, generation, (long)pid);
	record(j, shard, generation, json_pack("{s:s, s:I}", "event",
	    "request", "pid", (json_int_t)pid));
}

static void
reap(struct job *j)
{
	struct crew_exit e;

	while (crew_reap(j->crew, &e)) {
		if (j->o->verbose)
			sv_warnx("shard %" PRIu32 ": worker %" PRIu32
			    " ended, status %d, signal %d", e.shard,
			    e.generation, e.status, e.signal);
		record(j, e.shard, e.generation,
		    json_pack("{s:s, s:I, s:i, s:i, s:f, s:I}", "event", "exit",
		    "pid", (json_int_t)e.pid, "status", e.status, "signal",
		    e.signal, "cpu_s", e.cpu_s, "maxrss_bytes",
		    (json_int_t)e.maxrss));
	}
}

/* The hub is bound: it says where.  Start everybody. */
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
	for (uint32_t i = 0; i < j->o->workers && j->phase == RUNNING; i++)
		start(j, i, 1);
	return (0);
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

	reap(j);
	spent = sv_clock_mono() - j->since;
	if (j->phase == WAITING && spent > j->o->hub_timeout) {
		sv_warnx("no hub within %g s: is sv-hub next in the pipeline?",
		    j->o->hub_timeout);
		end(j, SV_EXIT_FAILED);
	} else if (j->phase == ENDING && spent > j->o->grace) {
		crew_kill(j->crew, SIGTERM);
		enter(j, TERMINATING);
	} else if (j->phase == TERMINATING && spent > KILL_AFTER) {
		crew_kill(j->crew, SIGKILL);
		enter(j, KILLING);
	}
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
		sv_warnx("%" PRIu32 " workers did not end", crew_size(j->crew));
		return (1);
	}
	return (j->phase >= ENDING && crew_size(j->crew) == 0);
}

static void
loop(struct job *j)
{
	struct pollfd p[3];
	int n;

	while (!finished(j)) {
		p[0] = (struct pollfd){ j->signals, POLLIN, 0 };
		p[1] = (struct pollfd){ STDOUT_FILENO, 0, 0 };
		p[2] = (struct pollfd){ j->control != -1 ? j->control :
		    j->listener, POLLIN, 0 };
		/* A broken pipe would be told again and again. */
		if (j->phase >= ENDING)
			p[1].fd = -1;
		n = poll(p, 3, 100);
		if (n == -1 && errno != EINTR) {
			sv_warn("poll");
			j->status = SV_EXIT_FAILED;
			return;
		}
		if (n > 0 && p[0].revents != 0)
			on_signals(j);
		/* A hub that ends in good order says so before it goes. */
		if (n > 0 && p[2].revents != 0) {
			if (j->control != -1)
				on_control(j);
			else
				on_connect(j);
		}
		if (n > 0 && (p[1].revents & (POLLERR | POLLHUP | POLLNVAL)))
			on_no_reader(j);
		on_time(j);
	}
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
	if (sv_json_frame(&f, SV_JOB, json_pack("{s:I, s:s, s:s, s:s}",
	    "workers", (json_int_t)j->o->workers, "control", j->path, "how",
	    "exec", "command", j->o->command)) == -1) {
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
	struct job j = { .o = o, .problem = problem, .id = id, .listener = -1,
	    .control = -1, .signals = -1, .status = SV_EXIT_FAILED };

	enter(&j, WAITING);
	sv_child_adopt();
	j.signals = sv_fd_signals(caught, sizeof(caught) / sizeof(caught[0]));
	j.crew = crew_new(o->command, id, o->workers);
	if (j.signals == -1 || j.crew == NULL) {
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
	crew_free(j.crew);
	free(j.hub);
	return (j.status);
}
