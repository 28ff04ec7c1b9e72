#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "err.h"
#include "fd.h"
#include "job.h"
#include "json.h"

#define KILL_AFTER 2.0	/* s between SIGTERM and SIGKILL */
#define GIVE_UP_AFTER 3.0	/* s between SIGKILL and leaving */
#define LAST_S 2.0	/* for the last records to be read */
#define TICK_MS 100	/* between two looks at the clock */
#define OWN_FDS 3u	/* that we watch ourselves */

void
job_enter(struct job *j, enum job_phase phase)
{

	j->phase = phase;
	j->since = sv_clock_mono();
}

void
job_end(struct job *j, int status)
{

	if (j->phase >= JOB_ENDING)
		return;
	j->status = status;
	job_enter(j, JOB_ENDING);
	j->crew->class->stop(j->crew);
	/* The hub reads this as our end, if it does not know yet. */
	if (j->control != -1)
		shutdown(j->control, SHUT_WR);
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
		job_end(j, SV_EXIT_FAILED);
	}
	if (j->phase != JOB_RUNNING || !budget_due(j->budget, why, &within))
		return;
	sv_warnx("%s; stopping", why);
	if (sv_json_frame(&f, SV_EVENT, json_pack("{s:s, s:s, s:f}", "event",
	    "stop", "why", why, "within_s", within)) == -1) {
		sv_warn("cannot record");
		job_end(j, SV_EXIT_FAILED);
		return;
	}
	record_emit(j, &f);
	/* The budget does not know of those who are still to be asked for. */
	j->crew->class->stop(j->crew);
}

static void
on_signals(struct job *j)
{
	unsigned char sig;

	while (read(j->signals, &sig, 1) == 1) {
		if (sig == SIGCHLD)
			continue;
		if (j->phase < JOB_ENDING && j->o->verbose)
			sv_warnx("stopped by signal %d", sig);
		job_end(j, SV_EXIT_FAILED);
	}
}

/* See who has ended, and what only time brings. */
static void
on_time(struct job *j)
{
	double spent;

	spent = sv_clock_mono() - j->since;
	if (j->phase == JOB_WAITING && spent > j->o->hub_timeout) {
		sv_warnx("no hub within %g s: is sv-hub next in the pipeline?",
		    j->o->hub_timeout);
		job_end(j, SV_EXIT_FAILED);
	} else if (j->phase == JOB_ENDING && spent > j->o->grace) {
		j->crew->class->kill(j->crew, SIGTERM);
		job_enter(j, JOB_TERMINATING);
	} else if (j->phase == JOB_TERMINATING && spent > KILL_AFTER) {
		j->crew->class->kill(j->crew, SIGKILL);
		job_enter(j, JOB_KILLING);
	}
	if (j->phase == JOB_RUNNING)
		stop_in_time(j);
	record_events(j);
}

/* Standard output has nobody at its other end. */
static void
on_no_reader(struct job *j)
{

	if (j->phase == JOB_RUNNING)
		sv_warnx("the hub is gone; ending the workers");
	else if (j->phase == JOB_WAITING && j->o->verbose)
		sv_warnx("nobody reads the job any more");
	job_end(j, SV_EXIT_FAILED);
	output_free(j->out);
	j->out = NULL;
}

/* All workers have ended; is all that there is to say of them said? */
static int
is_told(struct job *j)
{
	double now = sv_clock_mono();

	if (j->out == NULL || !output_pending(j->out))
		return (1);
	if (!(j->idle > 0))
		j->idle = now;
	return (now - j->idle > LAST_S);
}

static int
finished(struct job *j)
{

	if (j->phase < JOB_ENDING)
		return (0);
	if (j->crew->class->size(j->crew) == 0)
		return (is_told(j));
	if (j->phase < JOB_KILLING ||
	    sv_clock_mono() - j->since <= GIVE_UP_AFTER)
		return (0);
	sv_warnx("%" PRIu32 " workers did not end",
	    j->crew->class->size(j->crew));
	return (1);
}

/* Standard output, as long as there is anything to say or to learn. */
static struct pollfd
watch_output(const struct job *j)
{
	struct pollfd p = { -1, 0, 0 };
	int pending = j->out != NULL && output_pending(j->out);

	/* A broken pipe would be told again and again. */
	if (pending || (j->out != NULL && j->phase < JOB_ENDING))
		p.fd = STDOUT_FILENO;
	p.events = pending ? POLLOUT : 0;
	return (p);
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
	p[1] = watch_output(j);
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
			control_on_command(j);
		else
			control_on_connect(j);
	}
	if (p[1].revents & (POLLERR | POLLHUP | POLLNVAL))
		on_no_reader(j);
	else if (p[1].revents & POLLOUT)
		record_flush(j);
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
	job_enter(&j, JOB_WAITING);
	if ((j.asked = calloc(o->workers, 1)) == NULL ||
	    (j.out = output_new(STDOUT_FILENO)) == NULL) {
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
	if (control_open(&j) == 0 && record_announce(&j, problem_frame) == 0)
		loop(&j);

done:
	control_close(&j);
	output_free(j.out);
	launch_free(j.crew);
	budget_tell(j.budget);
	budget_free(j.budget);
	free(j.fds);
	free(j.asked);
	free(j.hub);
	return (j.status);
}
