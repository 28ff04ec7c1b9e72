#ifndef SV_SPAWN_H
#define SV_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

#include "launch.h"
#include "price.h"
#include "problem.h"

/*
 * sv-spawn inside.
 *
 *	main.c		options, and the problem
 *	job.c		a job with a hub, from its announcement to its end;
 *	control.c	  what the hub wants, and record.c: what it is told
 *	output.c	  frames to a hub that may not read them (output.h)
 *	probe.c		one worker without a hub
 *	launch.c	what both see of whatever starts workers (launch.h):
 *	crew.c		  commands
 *	calls.c		  requests over HTTP; conclude.c: what comes of them;
 *			  they take
 *	target.c	    where to, and as whom; function.c: names of functions
 *	http.c		    libcurl in our poll() loop
 *	answer.c	    what an answer means
 *	backoff.c	    when to try again
 *	trouble.c	    what goes wrong many times, told once
 *	facts.c		what a function's price depends on
 *	ask.c		  a question to Lambda
 *	budget.c	what is spent, and when to stop
 *	dryrun.c	what it would cost; quote.c: as text and JSON;
 *	like.c		  how long, judged by an earlier run
 */

/* What was asked for. */
struct spawn_options {
	uint32_t workers;	/* W */
	const char *command;	/* -x: for sh -c, one a worker */
	const char *url;	/* -u */
	const char *function;	/* -l */
	int async;	/* do not wait for the worker's end */
	int sign;	/* requests to url */
	const char *service;	/* that they are signed for, or NULL */
	const char *region;	/* likewise */
	const char *endpoint;	/* where function is, or NULL */
	double rate;	/* requests a second; 0: no limit */
	uint32_t tries;	/* for each worker */
	double hub_timeout;	/* s: the hub must come within */
	double grace;	/* s: workers may take to end by themselves */
	const char *bind;	/* --probe: where to listen */
	const char *advertise;	/* --probe: what to tell the worker */
	int insecure;	/* unencrypted beyond loopback */
	int encrypt;	/* --probe: encrypted, also on loopback */
	double budget;	/* dollars; 0: no limit */
	double reserve;	/* s of it for the end; 0: as budget.h says */
	double memory;	/* MB of a function; 0: Lambda is asked */
	enum sv_price_arch arch;
	int arch_given;
	const char *prices;	/* table, or NULL: the one compiled in */
	int dry_run;
	double seconds;	/* --dry-run: how long it will take; 0: not known */
	const char *like;	/* --dry-run: a run to judge by, or NULL */
	int json;	/* --dry-run: not for a person */
	int verbose;
	int quiet;
};

/**
 * crew_new(o, problem, job):
 * Return a launcher that runs -x of ${o} for each worker: by a shell if it needs
 * one, in a process group of its own, with the invocation on its standard input
 * and its standard output on our stderr.  NULL with errno set.
 */
struct launcher *crew_new(const struct spawn_options *o,
    const struct sv_problem *problem, uint64_t job);

/**
 * spawn_launcher(o, problem, job):
 * The launcher that ${o} wants, or NULL after a line on stderr.
 */
struct launcher *spawn_launcher(const struct spawn_options *o,
    const struct sv_problem *problem, uint64_t job);

/**
 * job_run(o, problem, problem_frame, job):
 * Offer the job, with the problem as it came, to a hub downstream, start its
 * workers, and see it to its end.  Return an exit status.
 */
int job_run(const struct spawn_options *o, const struct sv_problem *problem,
    const struct sv_frame *problem_frame, uint64_t job);

/**
 * dryrun(o, problem):
 * Print on stdout what the job would cost, without starting anything.  Return an
 * exit status: SV_EXIT_FAILED too where it could not run.
 */
int dryrun(const struct spawn_options *o, const struct sv_problem *problem);

/**
 * probe_run(o, problem, job):
 * Start worker 0 alone, wait for its hello, print what it saw on stdout, and
 * let it go.  Return an exit status.
 */
int probe_run(const struct spawn_options *o, const struct sv_problem *problem,
    uint64_t job);

#endif /* !SV_SPAWN_H */
