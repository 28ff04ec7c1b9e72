#ifndef PROXY_H
#define PROXY_H

#include <poll.h>
#include <stdint.h>
#include <sys/types.h>

#include "lane.h"
#include "net.h"

/*
 * sv-proxy: a TCP proxy that does harm, in one thread and one poll loop.  A
 * connection (conn) is two sockets and two lanes; chance is drawn by dice.
 */

#define CONNS 2000u	/* connections at once */

struct options {
	uint64_t seed;
	struct lane_faults faults;
	int only;	/* lane that faults hit; -1: both */
	double cut;	/* of each connection, a second */
	double stall, stall_s;	/* rate of a connection, and seconds */
	double refuse;	/* probability */
	double down_every, down_s;	/* outages; 0: none */
	int insecure;
	int until_eof;
	int verbose, quiet;
	const char *listen, *target;
	char **command;	/* NULL: none */
};

/* What has happened. */
struct counts {
	uint64_t connections, most;	/* in all, and at once */
	uint64_t refused;	/* by us */
	uint64_t unanswered;	/* by the target */
	uint64_t cut;	/* connections, however */
	uint64_t resets;	/* of these, by a reset */
	uint64_t stalls, outages, flipped;
	uint64_t bytes[2];	/* up and down */
};

enum side { CLIENT, TARGET };	/* lane[CLIENT] is up: what it has said */

struct conn {
	uint32_t number;	/* from 0 */
	int fd[2];
	int connecting;	/* to the target */
	int ended[2];	/* says no more */
	int told[2];	/* has been told of the other's end */
	struct lane lane[2];
	double began, cut_at, resume_at, stall_at;
	int reset;	/* how it will be cut */
	struct dice stalls;
	struct pollfd *polled;	/* of fd[0]; fd[1] is the next; NULL: not yet */
};

struct proxy {
	const struct options *o;
	struct sv_rng rng;
	struct lane_faults none;
	struct net_address listening, target;
	int listener;
	int kept;	/* the target's port, or -1 */
	int signals;
	struct conn *conns[CONNS];
	unsigned n;
	struct pollfd polled[2 * CONNS + 3];
	uint32_t next;	/* number of the next connection */
	double began;
	int down;	/* in an outage */
	double pause;	/* no connection is taken in until then */
	pid_t command;	/* 0: none */
	int interrupts;
	double patience;	/* the command is killed then */
	int ending, status;
	struct counts counts;
};

/**
 * proxy_run(o):
 * Run until it is ended; an exit status.
 */
int proxy_run(const struct options *o);

/**
 * conn_open(p, fd, now):
 * Take in a client, which is closed in any case.  NULL if there is no
 * connection to go on with.
 */
struct conn *conn_open(struct proxy *p, int fd, double now);

/**
 * conn_poll(p, c, polled, now):
 * Fill in two entries for poll(), and return when to look again at the latest.
 */
double conn_poll(const struct conn *c, struct pollfd *polled, double now);

/**
 * conn_turn(p, c, now):
 * Do what is due.  Return 0, or -1 if the connection is over: to be freed.
 */
int conn_turn(struct proxy *p, struct conn *c, double now);

/**
 * conn_cut(p, c, now, why):
 * Cut it as the dice have it; conn_free() is still to be called.
 */
void conn_cut(struct proxy *p, struct conn *c, double now, const char *why);

/**
 * conn_free(p, c):
 * Close what is open, and count.
 */
void conn_free(struct proxy *p, struct conn *c);

/**
 * command_start(p):
 * Start the command, with the addresses in its environment.  0, or -1 after a
 * line on stderr.
 */
int command_start(struct proxy *p);

/**
 * command_look(p):
 * If it has ended, end with it, and with its status.
 */
void command_look(struct proxy *p);

/**
 * command_signal(p, sig):
 * Pass a signal on to it and to what it has started.
 */
void command_signal(struct proxy *p, int sig);

#endif /* !PROXY_H */
