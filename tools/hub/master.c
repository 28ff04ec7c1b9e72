#include "config.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "fd.h"
#include "json.h"
#include "workers.h"

#define BURY_TRIES 100	/* of 10 ms */
#define EXIT_WAIT 5.0	/* s between the end of its output and its own */

/*
 * In the child: become the master, or write errno to ${tell}, which closes on
 * exec.  Does not return.
 */
static void
become(char **argv, pid_t parent, int in, int out, int tell)
{
	int why;

	if (sv_child_enter(parent, in, out) == 0)
		execvp(argv[0], argv);
	why = errno;
	_exit(write(tell, &why, sizeof(why)) == sizeof(why) ? 127 : 126);
}

/* Fork, and wait until the child is the master or has failed to become it. */
static int
launch(struct hub *h, int in, int out)
{
	pid_t parent = getpid();
	int tell[2], why = 0;
	ssize_t n;

	if (sv_fd_pipe(tell) == -1) {
		sv_warn("cannot start the master");
		return (-1);
	}
	if ((h->master.pid = fork()) == 0)
		become(h->o->master, parent, in, out, tell[1]);
	close(tell[1]);
	if (h->master.pid == -1) {
		sv_warn("cannot start the master");
		close(tell[0]);
		return (-1);
	}
	setpgid(h->master.pid, h->master.pid);
	do {
		n = read(tell[0], &why, sizeof(why));
	} while (n == -1 && errno == EINTR);
	close(tell[0]);
	if (n <= 0)
		return (0);
	errno = why;
	sv_warn("cannot run the master %s", h->o->master[0]);
	return (-1);
}

int
master_start(struct hub *h)
{
	struct master *m = &h->master;
	int to[2] = { -1, -1 }, from[2] = { -1, -1 }, rc;

	if (sv_fd_pipe(to) == -1 || sv_fd_pipe(from) == -1 ||
	    sv_fd_nonblock(to[1]) == -1 || sv_fd_nonblock(from[0]) == -1 ||
	    (m->queue = sv_outq_new(to[1])) == NULL ||
	    (m->reader = sv_reader_new(from[0], "master")) == NULL) {
		sv_warn("cannot start the master");
		return (-1);
	}
	sv_reader_quiet(m->reader);
	rc = launch(h, to[0], from[1]);
	close(to[0]);
	close(from[1]);
	sv_fd_widen(to[1]);
	sv_fd_widen(from[0]);
	m->in = to[1];
	m->out = from[0];
	if (rc == -1)
		return (-1);
	master_give(h, h->problem);
	master_give(h, h->job_frame);
	return (0);
}

void
master_tell(struct hub *h, struct sv_blob *b)
{
	struct master *m = &h->master;

	if (m->in == -1)
		return;
	if (sv_outq_push(m->queue, b) == -1)
		hub_fail(h, "cannot write to the master: %s", strerror(errno));
	else
		master_on_writable(h);
}

void
master_give(struct hub *h, struct sv_blob *b)
{

	if (h->master.in == -1)
		return;
	h->master.waiting = sv_clock_mono();
	master_tell(h, b);
}

void
master_tell_save(struct hub *h)
{
	struct sv_frame f;
	struct sv_blob *b;

	if (sv_json_frame(&f, SV_EVENT, json_pack("{s:s}", "event", "save")) ==
	    -1)
		return;
	f.job = h->job;
	if ((b = sv_blob_seal(&f)) != NULL)
		master_tell(h, b);
	sv_blob_unref(b);
}

void
master_on_writable(struct hub *h)
{
	struct master *m = &h->master;

	if (m->in == -1 || sv_outq_flush(m->queue) != -1)
		return;
	/* It no longer reads; its output's end, or its silence, tells why. */
	sv_outq_free(m->queue);
	m->queue = NULL;
	close(m->in);
	m->in = -1;
}

/* Keep what is known for the progress line; a GRAD round has no residuals. */
static void
note_trace(struct hub *h, const struct sv_frame *f)
{

	for (uint32_t i = 0; f->nscalar >= SV_TR_N && i < SV_TR_N; i++)
		if (isfinite(sv_frame_scalars(f)[i]))
			h->trace[i] = sv_frame_scalars(f)[i];
	if (f->nscalar >= SV_TR_N &&
	    isfinite(sv_frame_scalars(f)[SV_TR_OPTIMALITY]))
		h->looked = f->round;
}

/* One frame of the master. */
static void
take(struct hub *h, struct sv_frame *f)
{
	struct master *m = &h->master;

	switch (f->type) {
	case SV_GLOBAL:
		m->waiting = 0;
		round_answered(h);
		if (stop_forbids(h)) {
			stop_now(h, "");
			break;
		}
		round_begin(h, f);
		if (!m->ready && h->phase == RUNNING) {
			/* Now that there is work, workers are worth their cost. */
			m->ready = 1;
			spawn_ready(h);
			seats_ask(h);
		}
		break;
	case SV_MODEL:
		round_answered(h);
		m->models++;
		record_frame(h, f);
		/* Another master may follow on the same pipe, with other tasks. */
		memset(h->round.known, 0, sizeof(h->round.known));
		master_give(h, h->problem);
		master_give(h, h->job_frame);
		break;
	case SV_STATE:
		states_of_master(h, f);
		break;
	case SV_TRACE:
		note_trace(h, f);
		record_frame(h, f);
		break;
	default:
		record_frame(h, f);
	}
	sv_frame_fini(f);
}

void
master_on_output(struct hub *h)
{
	struct master *m = &h->master;
	struct sv_frame f;
	enum sv_io rc = SV_IO_AGAIN;

	while (h->phase == RUNNING &&
	    (rc = sv_reader_next(m->reader, &f)) == SV_IO_FRAME)
		take(h, &f);
	if (h->phase != RUNNING || rc == SV_IO_AGAIN)
		return;
	if (rc == SV_IO_ERROR) {
		hub_fail(h, "the master's output: %s", sv_reader_why(m->reader));
		return;
	}
	m->ended = sv_clock_mono();
	m->waiting = 0;
	close(m->out);
	m->out = -1;
	master_on_child(h);
}

/* The master and its output have ended: with what? */
static void
judge(struct hub *h)
{
	const struct master *m = &h->master;
	int status;

	round_answered(h);
	if (m->how.signal != 0) {
		hub_fail(h, "the master was killed by signal %d",
		    m->how.signal);
		return;
	}
	status = m->how.status;
	if (status == SV_EXIT_LIMIT && m->models > 0)
		hub_end(h, SV_EXIT_LIMIT, h->stop.asked ? h->stop.why :
		    "stopped without converging");
	else if (status != 0)
		hub_fail(h, "the master ended with status %d", status);
	else if (m->models == 0)
		hub_fail(h, "the master ended without a model");
	else
		hub_end(h, SV_EXIT_DONE, "done");
}

void
master_on_child(struct hub *h)
{
	struct master *m = &h->master;

	if (m->pid != -1 && !m->gone)
		m->gone = sv_child_ended(m->pid, &m->how) == m->pid;
	/* What it wrote last is still to be read before its end counts. */
	if (m->gone && m->ended > 0 && h->phase == RUNNING)
		judge(h);
}

void
master_on_time(struct hub *h)
{
	struct master *m = &h->master;
	double now = sv_clock_mono();

	if (h->phase != RUNNING)
		return;
	if (m->waiting > 0 && now - m->waiting > h->o->master_timeout)
		hub_fail(h, "the master has not answered for %g s",
		    h->o->master_timeout);
	else if (m->ended > 0 && now - m->ended > EXIT_WAIT)
		hub_fail(h, "the master closed its output but does not end");
	else if (m->ended == 0 && m->gone && m->out != -1 &&
	    m->waiting == 0)
		m->waiting = now;	/* somebody else holds its output */
}

void
master_close(struct hub *h)
{
	struct master *m = &h->master;

	sv_outq_free(m->queue);
	m->queue = NULL;
	sv_reader_free(m->reader);
	m->reader = NULL;
	if (m->in != -1)
		close(m->in);
	if (m->out != -1)
		close(m->out);
	m->in = m->out = -1;
}

int
master_is_gone(const struct hub *h)
{

	return (h->master.pid == -1 || h->master.gone);
}

void
master_kill(struct hub *h, int sig)
{

	if (h->master.pid != -1)
		kill(-h->master.pid, sig);
}

void
master_bury(struct hub *h)
{
	struct master *m = &h->master;

	if (m->pid == -1)
		return;
	master_kill(h, SIGKILL);
	/* Only a process that the system cannot end lets this be in vain. */
	for (int i = 0; i < BURY_TRIES; i++) {
		if (waitpid(m->pid, NULL, WNOHANG) != 0)
			break;
		poll(NULL, 0, 10);
	}
	m->pid = -1;
}
