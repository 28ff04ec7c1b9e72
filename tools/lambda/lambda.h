#ifndef LAMBDA_H
#define LAMBDA_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * sv-lambda inside.  One thread, the loop in loop.c, owns everything here:
 *
 *	main.c		options
 *	loop.c		set-up, the poll loop, the end
 *	command.c	the command that it was started with
 *	tree.c		the state directory, and removing what is in it
 *	guard.c		if we are killed; and remains.c, if others were
 *	timer.c		what is to happen later
 *	http.c		requests and replies, on top of libmicrohttpd (http.h)
 *	listen.c	the ports that they come to (http.h)
 *	auth.c		signatures
 *	api.c		the management calls: JSON in, JSON out
 *	function.c	the functions that there are (function.h)
 *	settings.c	their configurations (function.h)
 *	package.c	a zip, unpacked (function.h)
 *	invoke.c	calls: who gets which environment (call.h, invoke.h)
 *	event.c		asynchronous calls: queues, retries (invoke.h)
 *	limits.c	how many there may be (invoke.h)
 *	front.c		function URLs and the gateways: requests and replies (front.h)
 *	front_event.c	events from HTTP requests (front.h)
 *	env.c, end.c	an execution environment: init, invoke, freeze, end
 *	runtime.c	what its process asks for; and extension.c
 *	sandbox_linux.c	its process: user, root; and variables.c
 *	cgroup_linux.c	its share of CPU and memory, freezing
 *	fault*.c	what goes wrong because it was asked for (fault.h)
 *	log.c		START, END, REPORT, and what functions print
 *
 * Who may call whom: http -> api, front, runtime; api -> function, package,
 * invoke; front -> invoke; invoke -> env; runtime -> env; env -> sandbox,
 * cgroup, log, and back to invoke by invoke_done() and invoke_env_*().
 */

#define LAMBDA_ID 37u	/* room for a UUID, with its end */
#define LAMBDA_NAME 65u	/* room for a function's name, with its end */
#define LAMBDA_ACCOUNT "000000000000"
#define LAMBDA_SYNC_MAX ((size_t)6291456)	/* bytes of a request */
#define LAMBDA_ASYNC_MAX ((size_t)1048576)
#define LAMBDA_ANSWER_MAX ((size_t)6291556)	/* bytes of an answer */
#define LAMBDA_ZIP_MAX ((size_t)50 << 20)
#define LAMBDA_BODY_MAX ((size_t)70167211)	/* of any request */
#define LAMBDA_UNZIPPED_MAX ((uint64_t)262144000)
#define LAMBDA_MB_PER_CPU 1769.0

struct lambda;
struct env;
struct call;
struct function;
struct config;
struct code;
struct request;
struct fault_options;
struct faults;

/* --- options (main.c) */

struct lambda_seed {	/* -F: a function to make at the start */
	const char *name;
	const char *zip;
	uint32_t memory;	/* MB */
	uint32_t timeout;	/* s */
	int64_t reserved;	/* concurrency; -1: none */
};

struct lambda_options {
	const char *bind;	/* HOST:PORT */
	const char *ready;	/* file that gets the URL, or NULL */
	const char *log;	/* --log: file for log_line(), "-" is stdout; by
				   default stdout, or nowhere with a command */
	const char *region;
	const char *keys;	/* file of access keys, or NULL */
	struct lambda_seed *seeds;
	size_t nseeds;
	uint32_t concurrency;	/* of the account */
	uint32_t burst;	/* new environments per function in 10 s */
	double timeout;	/* s, of all functions; 0: their own */
	double keep;	/* s until an idle environment is reaped */
	double retry_scale;	/* of the waits between asynchronous tries */
	double cold_start;	/* s added to each init */
	double delay;	/* s added to each request and answer of the API */
	double fail_rate;	/* share of calls whose environment is killed */
	uint64_t seed;
	const struct fault_options *faults;	/* fault.h */
	int chroot;
	int no_limits;
	char **command;	/* to run and end with, or NULL */
	int verbose;
	int quiet;
};

/* --- timers (timer.c) */

/* Part of its owner; all zero is stopped. */
struct timer {
	double at;	/* sv_clock_mono() */
	void (*fn)(void *ctx);
	void *ctx;
	size_t place;	/* in the heap, from 1; 0: not set */
};

/**
 * timer_set(l, t, after, fn, ctx):
 * Call ${fn}(${ctx}) in ${after} seconds, once; instead of what ${t} was set to
 * before.  Return 0, or -1 when memory is out.  timer_stop() forgets it.
 */
int timer_set(struct lambda *l, struct timer *t, double after,
    void (*fn)(void *ctx), void *ctx);
void timer_stop(struct lambda *l, struct timer *t);

/**
 * timer_next(l):
 * ms until the first one is due, 0 if one is, -1 if there is none.
 */
int timer_next(const struct lambda *l);

/**
 * timer_run(l):
 * Call all that are due.
 */
void timer_run(struct lambda *l);
void timer_fini(struct lambda *l);

/* --- the loop (loop.c) */

/**
 * lambda_run(o):
 * The whole life.  Return an exit status.
 */
int lambda_run(const struct lambda_options *o);

/**
 * loop_watch(l, fd, events, fn, ctx):
 * Call ${fn}(${ctx}, revents) whenever poll() reports ${events}, or an error,
 * on ${fd}; a second call for a descriptor replaces the first.  loop_forget()
 * ends it, also from within ${fn}, and must come before close().  Return 0 or
 * -1.
 */
int loop_watch(struct lambda *l, int fd, short events,
    void (*fn)(void *ctx, short revents), void *ctx);
void loop_forget(struct lambda *l, int fd);

/**
 * lambda_uuid(id):
 * A random UUID (version 4) in lower case.
 */
void lambda_uuid(char id[LAMBDA_ID]);

/**
 * loop_end(l, status):
 * Begin the end: environments and the command are told to go, with time for
 * it, and then ${status} is what lambda_run() returns.
 */
void loop_end(struct lambda *l, int status);

/* --- the command (command.c) */

/**
 * command_start(l):
 * Run o->command in a process group of its own, with the variables that point
 * AWS clients here.  0, or -1 after a line on stderr.
 */
int command_start(struct lambda *l);
void command_signal(struct lambda *l, int sig);	/* to its group, if it runs */

/**
 * command_on_stop(l):
 * If it was stopped at the terminal (^Z), stop likewise until the shell lets
 * go on.
 */
void command_on_stop(struct lambda *l);

/**
 * command_on_child(l, pid, status):
 * As env_on_child(): 1 if it was the command, whose end is everything's.  What it
 * leaves in its group ends with it; where a signal other than SIGKILL has
 * ended it, as it does a shell, the others will have had that signal as well, and
 * get some seconds to obey it.
 */
int command_on_child(struct lambda *l, pid_t pid, int status);

/* --- the state directory (tree.c) */

/**
 * tree_open(l):
 * Make l->dir below $TMPDIR, or /tmp, with a file "lock" in it that is locked
 * for as long as this process lives.  0, or -1 after a line on stderr.
 */
int tree_open(struct lambda *l);

/**
 * tree_lock(fd):
 * Take the lock on the open file, which ends with this process or when it
 * closes the file.  0, or -1 if somebody else has it.
 */
int tree_lock(int fd);

/**
 * tree_remove(dir):
 * Remove a directory and all that is in it, whatever its modes and depth,
 * following no link.  0, or -1 with errno set.
 */
int tree_remove(const char *dir);

/* --- what a death leaves (guard.c, remains.c) */

/**
 * guard_open(l):
 * Start a process that waits for our end.  If it comes without guard_close(),
 * as by SIGKILL, it kills the environments and what else is in their groups,
 * sends SIGTERM to the command's process group, and removes groups and state
 * directory.  0, or -1 after a line on stderr.
 */
int guard_open(struct lambda *l);
void guard_close(struct lambda *l);

/**
 * guard_on_child(l, pid):
 * As env_on_child(): 1 if it was the guard, without which things go on.
 */
int guard_on_child(struct lambda *l, pid_t pid);

/**
 * guard_begun(l, pid), guard_command(l, pid), guard_ended(l, pid):
 * Let it know of the process groups that there are, of environments and of the
 * command, and of their ends: before ${pid} is waited for, as its number is
 * somebody else's soon.
 */
void guard_begun(struct lambda *l, pid_t pid);
void guard_command(struct lambda *l, pid_t pid);
void guard_ended(struct lambda *l, pid_t pid);

/**
 * remains_clean(l):
 * Remove the state directories beside ours, and the groups that they name, that
 * are of the same user and whose lock nobody holds: whoever made them is dead,
 * and whoever should have cleaned up as well.
 */
void remains_clean(struct lambda *l);

/**
 * remains_note(l):
 * Write down in our own which groups have been made (cgroup_dirs()), for who
 * has to remove them.  0, or -1 with errno set.
 */
int remains_note(const struct lambda *l);

/* --- requests (http.c) */

/*
 * A request, complete with its body.  Whoever handles it replies exactly once,
 * at once or later: one that has no reply when its handler returns is held,
 * and replied to by whoever kept the pointer.
 */
struct request {
	struct lambda *l;
	struct env *env;	/* whose port it came to; NULL: the public one */
	const char *method;
	char *target;	/* as sent, path and query */
	char *path;	/* as sent, without the query */
	const char *query;	/* as sent, without '?'; "" for none */
	uint8_t *body;	/* and a 0 behind it; never NULL */
	size_t length;
	int too_large;	/* the body was, and is not here; runtime.c's 413 */
	double received;	/* sv_clock_mono() */
	char source[46];	/* the client's address */
	/* The rest is http.c's. */
	struct http_state *state;
};

struct http_field {
	const char *name;
	const char *value;
};

int http_open(struct lambda *l);	/* 0, or -1 after a line on stderr */
void http_close(struct lambda *l);
void http_run(struct lambda *l);	/* once in each turn of the loop */
int http_next(const struct lambda *l);	/* as timer_next() */
const char *http_url(const struct lambda *l);	/* http://HOST:PORT */

/**
 * http_listen(l, env, port):
 * Listen for ${env} on a port of its own on 127.0.0.1; the descriptor, to be
 * closed by http_unlisten(), with ${port} set, or -1 with errno set.  Requests
 * that come there go to runtime_request().  http_unlisten() also cuts the
 * connections that are open: a request that came by one of them and is held
 * must not be touched any more.
 */
int http_listen(struct lambda *l, struct env *env, uint16_t *port);
void http_unlisten(struct lambda *l, struct env *env, int fd);

/**
 * http_header(r, name):
 * The value of a header (any case), or NULL.
 */
const char *http_header(const struct request *r, const char *name);

/**
 * http_headers(r, fn, ctx):
 * Call ${fn} for each header, in the order and case in which they were sent.
 */
void http_headers(const struct request *r,
    void (*fn)(void *ctx, const char *name, const char *value), void *ctx);

/**
 * http_reply(r, status, fields, body, length):
 * Reply, and forget the request.  ${fields} ends with a NULL name, or is NULL;
 * strings and body are copied.  Content-Length is set here.
 */
void http_reply(struct request *r, unsigned status,
    const struct http_field *fields, const void *body, size_t length);

/**
 * http_drop(r):
 * Close its connection without a reply, and forget the request.
 */
void http_drop(struct request *r);

/**
 * http_reply_json(r, status, error, o):
 * Reply with ${o} (reference stolen; NULL: no body); ${error}, if not NULL, goes
 * into x-amzn-ErrorType.  Sets x-amzn-RequestId to a new one.
 */
void http_reply_json(struct request *r, unsigned status, const char *error,
    json_t *o);

/* --- signatures (auth.c) */

/**
 * auth_open(l), auth_close(l):
 * Read the keys, if there is a file of them.  0, or -1 after a line on stderr.
 */
int auth_open(struct lambda *l);
void auth_close(struct lambda *l);

/**
 * auth_check(r, service):
 * Return 1 if the request may go on: no keys are configured, or it is signed
 * for ${service} with one of them.  Otherwise reply as the real one does and
 * return 0.
 */
int auth_check(struct request *r, const char *service);

/* --- management (api.c) */

/**
 * api_request(r):
 * Any request to the Lambda API: dispatch by path and method.
 */
void api_request(struct request *r);

/**
 * api_free(l):
 * Forget what the API keeps beside functions.
 */
void api_free(struct lambda *l);

/* --- function URLs and gateways (front.c) */

/**
 * front_takes(r):
 * Is the request for a function URL or a gateway?
 */
int front_takes(const struct request *r);
void front_request(struct request *r);

/* --- environments (env.c) */

enum env_state {
	ENV_INIT,	/* its process runs and has not asked for work yet */
	ENV_IDLE,	/* frozen, waits for a call */
	ENV_BUSY,	/* has one */
	ENV_SETTLING,	/* has answered, not yet asked for the next */
	ENV_ENDING	/* told to end, or killed; waits for its processes */
};

/**
 * env_new(f, config):
 * Start an environment.  Return it, or NULL after a line on stderr.  It frees
 * itself after invoke_env_gone().
 */
struct env *env_new(struct function *f, struct config *config);

/**
 * env_give(env, c):
 * Give it a call, also during init: it is handed over when the process asks.
 * Its time limit runs from then on (init's own one until then).
 */
void env_give(struct env *env, struct call *c);

/**
 * env_end(env, now):
 * End it: SIGTERM and 500 ms for one with a registered extension, otherwise,
 * or if ${now}, SIGKILL.  A call that it holds fails.
 */
void env_end(struct env *env, int now);

enum env_state env_state(const struct env *env);
struct function *env_function(const struct env *env);
struct config *env_config(const struct env *env);

/**
 * env_on_child(l, pid, status):
 * The process ${pid} has ended with the wait status ${status}; 1 if it was one
 * of an environment.  It is still a zombie, so that its process group can be
 * killed and nobody else be hit; the loop waits for it afterwards.
 */
int env_on_child(struct lambda *l, pid_t pid, int status);

/* How many there are that have not ended. */
size_t env_count(const struct lambda *l);

/**
 * runtime_request(r):
 * A request on an environment's port: r->env is set.
 */
void runtime_request(struct request *r);

/* --- limits and logs (cgroup_linux.c, log.c); the rest is in env.h */

/**
 * cgroup_open(l), cgroup_close(l):
 * Find writable hierarchies, version 2 or 1, and make a group in each for the
 * environments.  Where there are none say so once; they do without.
 */
void cgroup_open(struct lambda *l);
void cgroup_close(struct lambda *l);

/**
 * cgroup_dirs(l, dirs):
 * The groups that it has made, at most HIERARCHIES of them (hierarchy.h); their
 * number.
 */
size_t cgroup_dirs(const struct lambda *l, char **dirs);

/**
 * log_open(l), log_close(l):
 * Open what o->log says, 0 or -1 after a line on stderr; and write what is
 * left, for 2 s at most: -1 after a line on stderr if lines were lost.
 */
int log_open(struct lambda *l);
int log_close(struct lambda *l);

/* --- everything */

struct lambda {
	const struct lambda_options *o;
	char dir[256];	/* state directory, absolute */
	struct function *functions;
	struct layer *layers;	/* api_layers.c's */
	struct env *envs;	/* all, linked by env.c */
	uint64_t nenv;	/* environments made so far */
	uint64_t ncode;	/* packages unpacked so far */
	uint64_t ncall;	/* calls that --fail-rate was asked about so far */
	uint32_t running;	/* calls that an environment has, all functions */
	int ending;
	int status;	/* that lambda_run() returns */
	int signals;	/* sv_fd_signals() */
	pid_t command;	/* leads its group; 0: nothing of it is there */
	int command_status;	/* ... of the leader, once a signal ended it */
	unsigned rested;	/* looks at the rest of the group since then */
	struct timer rest;
	pid_t guard;	/* or 0 */
	int guarded;	/* the pipe to it, or -1 */
	int lock;	/* on the state directory */
	int terminal;	/* it has the one that we had */
	unsigned interrupts;	/* that the command was told of */
	struct watch *watches;	/* loop.c's */
	struct pollfd *polled;
	size_t nwatches, room_watches;
	struct stat ready;	/* the file that --ready names; no link: none */
	struct timer patience;
	struct timer **timers;	/* timer.c's heap */
	size_t ntimers, room_timers;
	struct http *http;
	struct auth *auth;
	struct cgroups *cgroups;
	struct log *log;
	struct sv_rng *rng;	/* of --seed */
	struct faults *faults;	/* fault.h */
};

/* Functions with their packages, and calls: what the above is about. */
#include "call.h"
#include "function.h"

#endif /* !LAMBDA_H */
