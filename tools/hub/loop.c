#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zmq.h>

#include "clock.h"
#include "err.h"
#include "fd.h"
#include "secret.h"
#include "state.h"
#include "workers.h"

#define TICK_MS 100	/* between two looks at the clock */
#define HASTE_MS 5	/* where something waits for room to be sent */
#define MASTER_TERM 1.0	/* s after the end's beginning: SIGTERM to the master */
#define MASTER_KILL 2.0	/* and SIGKILL */
#define LATE_HELLO 3.0	/* workers without a spawner may still come until then */
#define END_LIMIT 9.0	/* whatever has not ended by then is left alone */
#define PATIENCE 4.0	/* after a signal, for a reader that has fallen behind */
#define SPARE_FILES 64	/* open beside the connections */
#define PROGRESS_S 0.2	/* between two progress lines */

double
hub_now(const struct hub *h)
{

	return (sv_clock_mono() - h->epoch);
}

/* What is left of a character that was cut is no UTF-8. */
void
hub_mend(char *s)
{
	size_t n = strlen(s), more = 0;
	unsigned char c;

	while (n > 0 && more < 3 && ((unsigned char)s[n - 1] & 0xc0) == 0x80) {
		n--;
		more++;
	}
	if (n == 0)
		return;
	c = (unsigned char)s[n - 1];
	if ((c >= 0xf0 && more < 3) || (c >= 0xe0 && c < 0xf0 && more < 2) ||
	    (c >= 0xc0 && c < 0xe0 && more < 1))
		s[n - 1] = '\0';
}

void
hub_end(struct hub *h, int status, const char *reason)
{

	if (h->phase != RUNNING)
		return;
	h->phase = ENDING;
	h->since = sv_clock_mono();
	h->status = status;
	snprintf(h->reason, sizeof(h->reason), "%s", reason);
	hub_mend(h->reason);
	seats_dismiss(h);
	spawn_end(h);
	/* The reason has been given: the master need not complain as well. */
	if (status == SV_EXIT_FAILED)
		master_kill(h, SIGTERM);
	master_close(h);
}

void
hub_fail(struct hub *h, const char *fmt, ...)
{
	char why[sizeof(h->reason)];
	va_list ap;

	if (h->phase != RUNNING)
		return;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	sv_warnx("%s", why);
	hub_end(h, SV_EXIT_FAILED, why);
}

static void
on_signals(struct hub *h)
{
	unsigned char sig;

	while (read(h->signals, &sig, 1) == 1) {
		/* A terminal that is closed may say so twice. */
		if (sig == SIGCHLD || (sig == SIGHUP && h->interrupts > 0))
			continue;
		if (++h->interrupts > 1) {
			/* The user means it. */
			master_kill(h, SIGKILL);
			_exit(SV_EXIT_FAILED);
		}
		hub_fail(h, "interrupted by signal %d", sig);
	}
	master_on_child(h);
}

static void
progress(struct hub *h)
{
	double now = hub_now(h);
	char workers[32] = "", lost[64] = "", known[64] = "", far[32] = "";

	if (h->o->quiet || now - h->progress_at < PROGRESS_S)
		return;
	h->progress_at = now;
	/* What takes more than 80 columns would not be cleared. */
	if (h->here < h->W)
		snprintf(workers, sizeof(workers), "  workers %" PRIu32 "/%"
		    PRIu32, h->here, h->W);
	if (h->losses > 0 && h->handovers > 0)
		snprintf(lost, sizeof(lost), "  lost %" PRIu32 ", handed over "
		    "%" PRIu32, h->losses, h->handovers);
	else if (h->losses > 0)
		snprintf(lost, sizeof(lost), "  lost %" PRIu32, h->losses);
	else if (h->handovers > 0)
		snprintf(lost, sizeof(lost), "  handed over %" PRIu32,
		    h->handovers);
	if (h->here == h->W && isfinite(h->trace[SV_TR_PRIMAL]))
		snprintf(known, sizeof(known), "  primal %.1e  dual %.1e",
		    h->trace[SV_TR_PRIMAL], h->trace[SV_TR_DUAL]);
	/* Of an older round it would be taken for this one's. */
	if (h->here == h->W && isfinite(h->trace[SV_TR_OPTIMALITY]) &&
	    h->round.number - h->looked <= 1)
		snprintf(far, sizeof(far), "  optimality %.1e",
		    h->trace[SV_TR_OPTIMALITY]);
	sv_err_progress("round %" PRIu32 "  %.0f s%s%s%s%s", h->round.number,
	    now, workers, lost, known, far);
}

/* Move on as far as time and the others' ends allow. */
static void
on_time(struct hub *h)
{
	double spent;
	int quiet;

	if (hub_now(h) - h->looked_at > TICK_MS / 1e3) {
		h->looked_at = hub_now(h);
		loss_on_time(h);
		handover_on_time(h);
		peers_on_time(h);
		master_on_time(h);
		stop_on_time(h);
		/* A signal may have come where nobody heard it. */
		master_on_child(h);
	}
	states_on_time(h);
	if (h->phase == RUNNING)
		progress(h);
	if (h->phase != ENDING)
		return;
	spent = sv_clock_mono() - h->since;
	if (spent > MASTER_KILL)
		master_kill(h, SIGKILL);
	else if (spent > MASTER_TERM)
		master_kill(h, SIGTERM);
	/* A spawner that ended has seen its workers end; else they may come. */
	quiet = h->upstream == NULL && (h->control == -1 || spent > 1) &&
	    (!h->orphaned || h->here == h->W || !h->master.ready ||
	    spent > LATE_HELLO);
	if ((quiet && master_is_gone(h)) || spent > END_LIMIT) {
		h->phase = DRAINING;
		h->since = sv_clock_mono();
		record_end(h);
	}
}

enum { P_STAR, P_MONITOR, P_ZAP, P_SUMS, P_SIGNALS, P_WAKE, P_UPSTREAM,
    P_CONTROL, P_MASTER_OUT, P_MASTER_IN, P_STDOUT, P_N };

/* Watch ${fd} for ${events}; a descriptor that is not there watches nothing. */
static void
watch(zmq_pollitem_t *item, int fd, short events)
{

	item->fd = fd;
	item->events = fd == -1 ? 0 : events;
}

static void
fill_items(struct hub *h, zmq_pollitem_t p[P_N])
{
	const struct master *m = &h->master;
	int live = h->phase == RUNNING;

	memset(p, 0, P_N * sizeof(*p));
	p[P_STAR].socket = h->star;
	p[P_STAR].events = ZMQ_POLLIN;
	p[P_MONITOR].socket = sv_monitor_socket(h->monitor);
	p[P_MONITOR].events = ZMQ_POLLIN;
	p[P_ZAP].socket = sv_zap_socket(h->zap);
	p[P_ZAP].events = ZMQ_POLLIN;
	p[P_SUMS].socket = sv_reduce_socket(h->reduce);
	p[P_SUMS].events = ZMQ_POLLIN;
	watch(&p[P_SIGNALS], h->signals, ZMQ_POLLIN);
	watch(&p[P_WAKE], h->wake[0], ZMQ_POLLIN);
	watch(&p[P_UPSTREAM], h->upstream != NULL ? STDIN_FILENO : -1,
	    ZMQ_POLLIN);
	watch(&p[P_CONTROL], h->control, (short)(ZMQ_POLLIN |
	    (h->commands != NULL && sv_outq_pending(h->commands) ?
	    ZMQ_POLLOUT : 0)));
	watch(&p[P_MASTER_OUT], live ? m->out : -1, ZMQ_POLLIN);
	watch(&p[P_MASTER_IN], live && m->queue != NULL &&
	    sv_outq_pending(m->queue) ? m->in : -1, ZMQ_POLLOUT);
	/* A reader that has gone away is an end, written to or not. */
	watch(&p[P_STDOUT], live && h->out != NULL ? STDOUT_FILENO : -1,
	    ZMQ_POLLERR);
}

/* zmq_poll() has no item that watches nothing: leave those out. */
static int
poll_items(zmq_pollitem_t p[P_N], long ms)
{
	zmq_pollitem_t q[P_N];
	int at[P_N], n = 0, rc;

	for (int i = 0; i < P_N; i++) {
		p[i].revents = 0;
		if (p[i].events == 0)
			continue;
		at[n] = i;
		q[n++] = p[i];
	}
	rc = zmq_poll(q, n, ms);
	for (int i = 0; rc > 0 && i < n; i++)
		p[at[i]].revents = q[i].revents;
	return (rc);
}

static void
dispatch(struct hub *h, const zmq_pollitem_t p[P_N])
{
	char bytes[64];

	/* Ctrl-C ends our neighbours, too, which may be known first. */
	if (p[P_SIGNALS].revents || p[P_UPSTREAM].revents ||
	    p[P_CONTROL].revents || p[P_STDOUT].revents)
		on_signals(h);
	if (p[P_WAKE].revents) {
		while (read(h->wake[0], bytes, sizeof(bytes)) > 0)
			continue;
		record_check(h);
	}
	if (p[P_ZAP].revents)
		keys_on_question(h);
	if (p[P_MONITOR].revents)
		peers_on_event(h);
	if (p[P_STAR].revents)
		seats_on_message(h);
	if (p[P_SUMS].revents)
		round_on_sum(h);
	if (p[P_MASTER_OUT].revents && h->master.out != -1)
		master_on_output(h);
	if (p[P_MASTER_IN].revents)
		master_on_writable(h);
	if (p[P_UPSTREAM].revents)
		spawn_on_upstream(h);
	if (p[P_CONTROL].revents & ZMQ_POLLOUT)
		spawn_on_control_writable(h);
	if (p[P_CONTROL].revents & (ZMQ_POLLIN | ZMQ_POLLERR) &&
	    h->control != -1)
		spawn_on_control(h);
	if (p[P_STDOUT].revents & ZMQ_POLLERR)
		hub_fail(h, "standard output: nobody reads it any more");
}

/* All is written, or the user does not want to wait for a reader that stalls. */
static int
finished(struct hub *h)
{

	if (h->phase != DRAINING)
		return (0);
	return (record_idle(h, h->interrupts > 0 &&
	    sv_clock_mono() - h->since > PATIENCE));
}

static void
loop(struct hub *h)
{
	zmq_pollitem_t p[P_N];

	while (!finished(h)) {
		fill_items(h, p);
		if (poll_items(p, states_waiting(h) ? HASTE_MS : TICK_MS) ==
		    -1 && zmq_errno() != EINTR) {
			hub_fail(h, "poll: %s", zmq_strerror(zmq_errno()));
			return;
		}
		dispatch(h, p);
		on_time(h);
	}
}

/* How many reducers: one for every so many workers, not more than cores. */
static unsigned
reducers(const struct hub *h)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	uint32_t n = (h->W + h->o->per_reducer - 1) / h->o->per_reducer;

	if (cores < 1)
		cores = 1;
	return (n < (uint32_t)cores ? n : (unsigned)cores);
}

/* A connection is a descriptor: allow for W of them, and for all else. */
static int
allow_files(const struct hub *h)
{
	rlim_t need = (rlim_t)h->W + SPARE_FILES;
	rlim_t good = 4 * (rlim_t)h->W + 4 * SPARE_FILES;
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1) {
		sv_warn("cannot tell how many files may be open");
		return (-1);
	}
	if (r.rlim_max != RLIM_INFINITY && r.rlim_max < need) {
		sv_warnx("%" PRIu32 " workers need %" PRIu64 " open files, and "
		    "%" PRIu64 " are allowed: see ulimit -n", h->W,
		    (uint64_t)need, (uint64_t)r.rlim_max);
		return (-1);
	}
	if (r.rlim_cur == RLIM_INFINITY || r.rlim_cur >= good)
		return (0);
	/* Successors, connections that are cut unnoticed, and strangers. */
	r.rlim_cur = r.rlim_max == RLIM_INFINITY || r.rlim_max > good ? good :
	    r.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &r) == -1) {
		sv_warn("cannot open as many files as may be");
		return (-1);
	}
	return (0);
}

/* The star: its socket, seats, reducers. */
static int
open_star(struct hub *h)
{
	/* A part of a state, with its scalars; an update is smaller. */
	struct sv_star_setting set = { .bind = h->o->bind,
	    .advertise = h->o->advertise, .insecure = h->o->insecure,
	    .encrypt = h->o->encrypt, .secret = h->keys.secret,
	    .max = sv_state_part_size(h->d) + ((uint64_t)1 << 20),
	    .watch = 1 };

	if (allow_files(h) == -1)
		return (-1);
	if ((h->zmq = zmq_ctx_new()) == NULL) {
		sv_warn("ZeroMQ does not start");
		return (-1);
	}
	zmq_ctx_set(h->zmq, ZMQ_MAX_SOCKETS, 1023);
	if (keys_open(h) == -1 ||
	    (h->star = sv_star_bind(h->zmq, &set, h->address)) == NULL)
		return (-1);
	h->encrypted = set.encrypt;
	h->monitor = set.monitor;
	if (h->o->verbose)
		sv_warnx("workers connect to %s%s", h->address, h->encrypted ?
		    ", encrypted" : "");
	h->seats = calloc(h->W, sizeof(*h->seats));
	h->round.timing = calloc((size_t)h->W * SV_TM_N, sizeof(double));
	h->reduce = sv_reduce_new(h->zmq, h->W, reducers(h), h->epoch);
	if (h->seats == NULL || h->round.timing == NULL || h->reduce == NULL) {
		sv_warn("cannot set up the star");
		return (-1);
	}
	return (0);
}

static int
open_hub(struct hub *h)
{
	static const int caught[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP };

	if (sv_fd_pipe(h->wake) == -1 || sv_fd_nonblock(h->wake[0]) == -1 ||
	    sv_fd_nonblock(h->wake[1]) == -1) {
		sv_warn("cannot start");
		return (-1);
	}
	if (record_open(h) == -1 || spawn_open(h) == -1)
		return (-1);
	h->signals = sv_fd_signals(caught, sizeof(caught) / sizeof(caught[0]));
	if (h->signals == -1) {
		sv_warn("cannot start");
		return (-1);
	}
	record_blob(h, h->problem);
	record_blob(h, h->job_frame);
	if (open_star(h) == -1 || spawn_connect(h) == -1 ||
	    master_start(h) == -1)
		return (-1);
	return (0);
}

/* What the star is made of, in reverse. */
static void
close_star(struct hub *h)
{

	sv_reduce_free(h->reduce);
	for (uint32_t i = 0; h->seats != NULL && i < h->W; i++) {
		states_clear(&h->seats[i].in);
		states_clear(&h->seats[i].saved);
		states_clear(&h->seats[i].handed);
	}
	replay_close(h);
	keys_close(h);
	free(h->seats);
	free(h->peers.line);
	free(h->round.timing);
	sv_monitor_free(h->monitor);
	if (h->star != NULL)
		zmq_close(h->star);
	if (h->zmq != NULL)
		zmq_ctx_term(h->zmq);
}

static void
close_hub(struct hub *h)
{

	master_close(h);
	master_bury(h);
	close_star(h);
	sv_blob_unref(h->round.global);
	sv_reader_free(h->upstream);
	sv_outq_free(h->commands);
	if (h->control != -1)
		close(h->control);
	sv_blob_unref(h->problem);
	sv_blob_unref(h->job_frame);
}

/* What could not even begin: leave a run that says so. */
static void
abandon(struct hub *h)
{

	hub_end(h, SV_EXIT_FAILED, sv_err_last());
	master_kill(h, SIGKILL);
	h->phase = DRAINING;
	record_end(h);
	while (!record_idle(h, 0))
		poll(NULL, 0, 10);
}

int
hub_run(const struct hub_options *o)
{
	struct hub h = { .o = o, .control = -1, .file_fd = -1, .signals = -1,
	    .wake = { -1, -1 }, .listener = -1 };

	h.epoch = sv_clock_mono();
	h.master.pid = h.master.in = h.master.out = -1;
	for (int i = 0; i < SV_TR_N; i++)
		h.trace[i] = NAN;
	if (open_hub(&h) == 0)
		loop(&h);
	else
		abandon(&h);
	sv_err_progress("%s", "");
	close_hub(&h);
	if (record_close(&h) == -1)
		h.status = SV_EXIT_FAILED;
	return (h.status);
}
