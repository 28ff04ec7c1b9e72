#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "fd.h"
#include "opt.h"
#include "proxy.h"

#define BACKLOG 1024
#define AT_ONCE 64	/* connections taken in in one turn */
#define PAUSE 0.1	/* s without taking any in, for want of descriptors */
#define PATIENCE 10.0	/* s from a signal to the command until SIGKILL */

/* Who is looked at before the connections. */
enum { AT_SIGNALS, AT_INPUT, AT_LISTENER, AT_CONNS };

static void
raise_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
}

/* One line, for scripts: where it listens, and what the target's address is. */
static int
tell(struct proxy *p)
{
	char listening[NET_TEXT], target[NET_TEXT];

	net_text(&p->listening, listening);
	net_text(&p->target, target);
	if (p->o->verbose)
		sv_warnx("listening on %s for %s", listening, target);
	if (p->o->command != NULL)
		return (0);
	if (printf("%s %s\n", listening, target) < 0 || fflush(stdout) != 0) {
		sv_warn("standard output");
		return (-1);
	}
	return (0);
}

static int
open_all(struct proxy *p)
{
	static const int caught[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP };

	raise_files();
	if (sv_rng_init(&p->rng, "sv-proxy", p->o->seed) == -1 ||
	    (p->signals = sv_fd_signals(caught,
	    sizeof(caught) / sizeof(caught[0]))) == -1) {
		sv_warn("cannot start");
		return (-1);
	}
	if ((p->listener = net_bind(&p->listening, BACKLOG)) == -1) {
		sv_warn("%s", p->o->listen);
		return (-1);
	}
	/* A target to come gets a port that nobody else is given meanwhile. */
	if (net_port(&p->target) == 0 &&
	    (p->kept = net_bind(&p->target, 0)) == -1) {
		sv_warn("%s", p->o->target);
		return (-1);
	}
	p->began = sv_clock_mono();
	if (tell(p) == -1)
		return (-1);
	return (p->o->command != NULL ? command_start(p) : 0);
}

/* Begin and end outages; when to look again. */
static double
outage(struct proxy *p, double now)
{
	const struct options *o = p->o;
	double period = o->down_every + o->down_s, since;
	int down;

	if (!(o->down_s > 0))
		return (INFINITY);
	since = fmod(now - p->began, period);
	down = since >= o->down_every;
	if (down && !p->down) {
		p->counts.outages++;
		if (o->verbose)
			sv_warnx("outage %" PRIu64 ": %u connections cut",
			    p->counts.outages, p->n);
		while (p->n > 0) {
			struct conn *c = p->conns[--p->n];

			conn_cut(p, c, now, "cut by an outage");
			conn_free(p, c);
		}
	} else if (!down && p->down && o->verbose)
		sv_warnx("outage over");
	p->down = down;
	return (now + (down ? period : o->down_every) - since);
}

static void
on_interrupt(struct proxy *p, int sig, double now)
{

	if (p->command == 0) {
		p->ending = 1;
	} else if (p->interrupts++ == 0) {
		/* It knows what to do, and its status is ours. */
		command_signal(p, sig);
		p->patience = now + PATIENCE;
	} else
		command_signal(p, SIGKILL);
}

static void
on_signals(struct proxy *p, double now)
{
	unsigned char sig;

	while (read(p->signals, &sig, 1) == 1)
		if (sig != SIGCHLD)
			on_interrupt(p, sig, now);
}

/* Nobody says anything on standard input; but it may end. */
static void
on_input(struct proxy *p)
{
	char waste[512];
	ssize_t n = read(STDIN_FILENO, waste, sizeof(waste));

	if (n == 0 || (n == -1 && errno != EINTR && errno != EAGAIN))
		p->ending = 1;
}

static void
on_listener(struct proxy *p, double now)
{
	struct conn *c;
	int fd;

	for (int i = 0; i < AT_ONCE && p->n < CONNS; i++) {
		if ((fd = net_accept(p->listener)) == -1) {
			if (errno == EMFILE || errno == ENFILE ||
			    errno == ENOMEM || errno == ENOBUFS)
				p->pause = now + PAUSE;
			return;
		}
		if ((c = conn_open(p, fd, now)) == NULL)
			continue;
		p->conns[p->n++] = c;
		if (p->n > p->counts.most)
			p->counts.most = p->n;
	}
}

/* Milliseconds until ${next}, for poll(). */
static int
wait_ms(double next, double now)
{
	double ms = ceil((next - now) * 1000);

	return (isinf(next) ? -1 : ms < 0 ? 0 : ms > 60000 ? 60000 : (int)ms);
}

/* Fill in what poll() looks at; when it is to return at the latest. */
static double
prepare(struct proxy *p, double now)
{
	double next = outage(p, now);
	int accepting = p->n < CONNS && now >= p->pause;

	p->polled[AT_SIGNALS] = (struct pollfd){ p->signals, POLLIN, 0 };
	p->polled[AT_INPUT] = (struct pollfd){
	    p->o->until_eof ? STDIN_FILENO : -1, POLLIN, 0 };
	p->polled[AT_LISTENER] = (struct pollfd){
	    accepting ? p->listener : -1, POLLIN, 0 };
	if (now < p->pause)
		next = fmin(next, p->pause);
	if (p->command > 0 && p->interrupts > 0)
		next = fmin(next, p->patience);
	for (unsigned i = 0; i < p->n; i++) {
		struct conn *c = p->conns[i];

		c->polled = &p->polled[AT_CONNS + 2 * i];
		next = fmin(next, conn_poll(c, c->polled, now));
	}
	return (next);
}

static void
turn(struct proxy *p)
{
	double now = sv_clock_mono(), next = prepare(p, now);
	unsigned n = 0;

	if (poll(p->polled, AT_CONNS + 2 * p->n, wait_ms(next, now)) == -1 &&
	    errno != EINTR) {
		sv_warn("poll");
		p->ending = 1;
		p->status = SV_EXIT_FAILED;
		return;
	}
	now = sv_clock_mono();
	on_signals(p, now);
	command_look(p);
	if (p->command > 0 && p->interrupts > 0 && now >= p->patience)
		command_signal(p, SIGKILL);
	if (p->polled[AT_INPUT].revents != 0)
		on_input(p);
	for (unsigned i = 0; i < p->n; i++) {
		struct conn *c = p->conns[i];

		if (conn_turn(p, c, now) == 0)
			p->conns[n++] = c;
		else
			conn_free(p, c);
	}
	p->n = n;
	if (p->polled[AT_LISTENER].revents != 0)
		on_listener(p, now);
}

static void
report(const struct proxy *p)
{
	const struct counts *k = &p->counts;

	if (p->o->quiet)
		return;
	sv_warnx("%" PRIu64 " connections, %" PRIu64 " at once; %" PRIu64
	    " refused, %" PRIu64 " without answer, %" PRIu64 " cut, %" PRIu64
	    " of them by reset, %" PRIu64 " stalls, %" PRIu64 " outages, %"
	    PRIu64 " bits flipped; %" PRIu64 " bytes up, %" PRIu64 " down",
	    k->connections, k->most, k->refused, k->unanswered, k->cut,
	    k->resets, k->stalls, k->outages, k->flipped, k->bytes[CLIENT],
	    k->bytes[TARGET]);
}

static void
close_all(struct proxy *p)
{

	while (p->n > 0)
		conn_free(p, p->conns[--p->n]);
	if (p->listener != -1)
		close(p->listener);
	if (p->kept != -1)
		close(p->kept);
}

int
proxy_run(const struct options *o)
{
	struct proxy *p;
	int status = SV_EXIT_FAILED;

	if ((p = calloc(1, sizeof(*p))) == NULL) {
		sv_warn("cannot start");
		return (SV_EXIT_FAILED);
	}
	p->o = o;
	p->listener = p->kept = p->signals = -1;
	if (net_parse(o->listen, &p->listening) == -1 ||
	    net_parse(o->target, &p->target) == -1) {
		status = sv_opt_usage();
	} else if (!o->insecure && !net_is_loopback(&p->listening)) {
		sv_warnx("%s: other machines could reach the target through"
		    " this: --insecure if that is meant", o->listen);
		status = sv_opt_usage();
	} else if (open_all(p) == 0) {
		while (!p->ending)
			turn(p);
		status = p->status;
		close_all(p);
		report(p);
		free(p);
		return (status);
	}
	close_all(p);
	free(p);
	return (status);
}
