#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "err.h"
#include "proxy.h"

#define CONNECT 10.0	/* s that the target has to take a connection */
#define PIECES 32	/* that a lane sends in one turn */

static void
say(const struct proxy *p, const struct conn *c, double now, const char *what)
{

	if (p->o->verbose)
		sv_warnx("connection %" PRIu32 ": %s after %.3f s", c->number,
		    what, now - c->began);
}

static void
shut(struct conn *c, int reset)
{

	for (int s = 0; s < 2; s++) {
		if (c->fd[s] == -1)
			continue;
		if (reset)
			net_reset(c->fd[s]);
		else
			net_finish(c->fd[s]);
		c->fd[s] = -1;
	}
}

/* What will become of it, before anything does. */
static void
draw_fate(struct proxy *p, struct conn *c, double now, int *refused)
{
	const struct options *o = p->o;
	struct dice d;

	dice_init(&d, &p->rng, c->number, DICE_FATE);
	*refused = dice_unit(&d) <= o->refuse;
	c->cut_at = now + dice_wait(&d, o->cut);
	c->reset = (int)dice_below(&d, 2);
	dice_init(&c->stalls, &p->rng, c->number, DICE_STALL);
	c->stall_at = now + dice_wait(&c->stalls, o->stall);
	c->resume_at = -INFINITY;
	for (int s = 0; s < 2; s++)
		lane_init(&c->lane[s], o->only == -1 || o->only == s ?
		    &o->faults : &p->none, &p->rng, c->number,
		    s == CLIENT ? DICE_UP : DICE_DOWN);
}

struct conn *
conn_open(struct proxy *p, int fd, double now)
{
	struct conn *c;
	int refused;

	p->counts.connections++;
	if ((c = calloc(1, sizeof(*c))) == NULL) {
		net_reset(fd);
		return (NULL);
	}
	c->number = p->next++;
	c->began = now;
	c->fd[CLIENT] = fd;
	c->fd[TARGET] = -1;
	draw_fate(p, c, now, &refused);
	if (p->down || refused) {
		p->counts.refused++;
		say(p, c, now, "refused");
	} else if ((c->fd[TARGET] = net_connect(&p->target)) == -1) {
		p->counts.unanswered++;
		say(p, c, now, "no answer");
	} else {
		c->connecting = 1;
		return (c);
	}
	shut(c, 1);
	conn_free(p, c);
	return (NULL);
}

void
conn_free(struct proxy *p, struct conn *c)
{

	shut(c, 0);
	for (int s = 0; s < 2; s++) {
		p->counts.flipped += c->lane[s].flipped;
		p->counts.bytes[s] += c->lane[s].out;
		lane_fini(&c->lane[s]);
	}
	free(c);
}

void
conn_cut(struct proxy *p, struct conn *c, double now, const char *why)
{

	say(p, c, now, why);
	p->counts.cut++;
	p->counts.resets += (uint64_t)c->reset;
	shut(c, c->reset);
}

static int
stalled(const struct conn *c, double now)
{

	return (now < c->resume_at);
}

/* Could it take more of what ${s} says? */
static int
has_room(const struct conn *c, int s)
{

	return (lane_waiting(&c->lane[s]) < LANE_MOST);
}

double
conn_poll(const struct conn *c, struct pollfd *polled, double now)
{
	double next = c->cut_at;

	/* Who is not asked for anything is not looked at: hang-ups would be
	 * told again and again. */
	for (int s = 0; s < 2; s++)
		polled[s] = (struct pollfd){ .fd = -1 };
	if (stalled(c, now))
		return (fmin(next, c->resume_at));
	next = fmin(next, c->stall_at);
	if (c->connecting) {
		polled[TARGET] = (struct pollfd){ c->fd[TARGET], POLLOUT, 0 };
		return (fmin(next, c->began + CONNECT));
	}
	for (int s = 0; s < 2; s++) {
		double due = lane_next(&c->lane[s]);

		if (!c->ended[s] && has_room(c, s))
			polled[s].events |= POLLIN;
		if (due <= now)
			polled[1 - s].events |= POLLOUT;
		else
			next = fmin(next, due);
	}
	for (int s = 0; s < 2; s++)
		if (polled[s].events != 0)
			polled[s].fd = c->fd[s];
	return (next);
}

/* Has the connect() come to an end?  0, or -1 if to a bad one. */
static int
finish_connect(struct proxy *p, struct conn *c, double now, int ready)
{

	if (!ready && now < c->began + CONNECT)
		return (0);
	if (ready && net_connected(c->fd[TARGET]) == 0) {
		c->connecting = 0;
		say(p, c, now, "open");
		return (0);
	}
	p->counts.unanswered++;
	say(p, c, now, "no answer");
	shut(c, 1);
	return (-1);
}

static int
would_block(void)
{

	return (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

/* Take in what side ${s} says; -1 if it is gone. */
static int
take(struct conn *c, int s, double now)
{
	uint8_t *space;
	ssize_t n;
	size_t room;

	if ((space = lane_space(&c->lane[s], &room)) == NULL)
		return (0);
	if ((n = read(c->fd[s], space, room)) == -1)
		return (would_block() ? 0 : -1);
	if (n == 0)
		c->ended[s] = 1;
	lane_put(&c->lane[s], (size_t)n, now);
	return (0);
}

/* Give the other side what side ${s} has said; -1 if it is gone. */
static int
give(struct conn *c, int s, double now)
{
	struct lane *l = &c->lane[s];
	const uint8_t *bytes;
	ssize_t n;
	size_t ready;

	for (int i = 0; i < PIECES; i++) {
		bytes = lane_ready(l, now, &ready);
		if (ready == 0)
			break;
		n = send(c->fd[1 - s], bytes, ready, MSG_NOSIGNAL);
		if (n == -1)
			return (would_block() ? 0 : -1);
		lane_sent(l, (size_t)n, now);
		if ((size_t)n < ready)
			break;
	}
	return (0);
}

/* Pass an end on once all that came before it has gone. */
static int
end(struct conn *c, int s)
{

	if (!c->ended[s] || c->told[1 - s] || lane_waiting(&c->lane[s]) > 0)
		return (0);
	c->told[1 - s] = 1;
	return (shutdown(c->fd[1 - s], SHUT_WR));
}

/* Bytes in both directions; -1 if it is over. */
static int
pass(struct proxy *p, struct conn *c, double now)
{
	int rc = 0;

	for (int s = 0; s < 2 && rc == 0; s++) {
		if (c->polled[s].revents != 0 && !c->ended[s] && has_room(c, s))
			rc = take(c, s, now);
		if (rc == 0)
			rc = give(c, s, now);
		if (rc == 0)
			rc = end(c, s);
	}
	if (rc == -1) {
		say(p, c, now, "reset by a peer");
		shut(c, 1);
		return (-1);
	}
	if (c->told[CLIENT] && c->told[TARGET]) {
		say(p, c, now, "over");
		return (-1);
	}
	return (0);
}

int
conn_turn(struct proxy *p, struct conn *c, double now)
{

	if (now >= c->cut_at) {
		conn_cut(p, c, now, c->reset ? "reset" : "cut");
		return (-1);
	}
	if (stalled(c, now) || c->polled == NULL)
		return (0);
	if (now >= c->stall_at) {
		c->resume_at = now + p->o->stall_s;
		c->stall_at = c->resume_at + dice_wait(&c->stalls,
		    p->o->stall);
		p->counts.stalls++;
		say(p, c, now, "stalled");
		return (0);
	}
	if (c->connecting)
		return (finish_connect(p, c, now,
		    c->polled[TARGET].revents != 0));
	return (pass(p, c, now));
}
