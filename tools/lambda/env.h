#ifndef ENV_H
#define ENV_H

#include "fault.h"
#include "lambda.h"

/*
 * Environments inside: what env.c, init.c, end.c, runtime.c, extension.c and
 * log.c share; and what they want of the system.
 *
 * Life.  ENV_INIT: a process is started (a turn of the loop after env_new(),
 * or later with --cold-start) and has 10 s until it, and all extensions that
 * it has registered, have asked for the next event.  With a call waiting it
 * is ENV_BUSY at once, otherwise frozen and ENV_IDLE.  The call's answer makes
 * it ENV_SETTLING, until all have asked for the next event again.  What goes
 * wrong makes it ENV_ENDING: it fails the call, kills what there is, and is
 * buried when nothing is left.
 */

#define ENV_EXTENSIONS 10u	/* most that can be registered */
#define ENV_TAIL 4096u	/* bytes of its log that a call is answered with */
#define ENV_LINE 8192u	/* longest line of a log; longer ones are cut */

struct cgroup;

/* An internal extension: a thread, most likely, of the process. */
struct extension {
	char id[LAMBDA_ID];
	char name[128];
	int invoke;	/* it has asked for INVOKE events */
	struct request *waiting;	/* its next, held */
};

/* What a call has printed last. */
struct tail {
	char text[ENV_TAIL];
	uint64_t total;	/* bytes printed; the last ones are at total - 1, ... */
};

/* Why its processes are stopped. */
enum { STOP_IDLE = 1, STOP_FAULT = 2, STOP_SLOW = 4 };

/* What is to go wrong with it: fault_env.c's. */
struct env_faults {
	enum fault_crash crash;
	double crash_after;	/* s */
	double slow;	/* by which factor; 1: it is not */
	double kill_left, freeze_left;	/* s of running until then */
	int runs;	/* and time counts */
	unsigned freezes;	/* so far */
	struct timer kill, freeze, duty;
};

struct env {
	struct lambda *l;
	struct env *next, *previous;
	struct function *function;
	struct config *config;	/* a reference */
	uint64_t n;	/* the n-th of all, from 1 */
	enum env_state state;

	/* Its process. */
	pid_t pid;	/* 0: not started, or ended */
	int again;	/* it was killed to be started again */
	char *root;	/* with --chroot: holds var/task and tmp; or NULL */
	struct cgroup *cgroup;	/* or NULL */
	unsigned stops;	/* STOP_...; 0: they run */
	int listening;	/* descriptor of its port */
	uint16_t port;
	char stream[80];	/* name of its log stream */
	struct timer life;	/* start, limit of init, limit of a call */
	struct timer death;	/* of its processes, step by step */
	unsigned burials;	/* tries so far */

	/* Its runtime. */
	struct request *waiting;	/* next, held */
	int asked;	/* the first next has come */
	struct extension extensions[ENV_EXTENSIONS];
	unsigned nextensions;

	/* Its present call, or the last one. */
	struct call *call;
	char id[LAMBDA_ID];	/* "" before the first */
	char trace[96];
	int handed;	/* the runtime has it */
	int begun;	/* START is printed */
	double at;	/* handed over, or what counts as that; 0: not yet */
	int64_t deadline_ms;	/* epoch */
	int answered;
	int failed;
	uint8_t *answer;
	size_t length;
	char *content_type;	/* or NULL */
	struct timer settle;
	uint64_t peak;	/* resident bytes, the highest seen */

	/* Init. */
	double started;	/* the process was; sv_clock_mono() */
	double init;	/* s it took; < 0: not yet, or told already */

	struct env_faults faults;

	/* Its output. */
	int output;	/* reading end, or -1 */
	char line[ENV_LINE];
	size_t line_length;
	struct tail tail;
};

/* --- env.c */

/**
 * env_advance(env):
 * Something has asked for the next event: see whether all have, and go on.
 */
void env_advance(struct env *env);

/**
 * env_begin(env):
 * The time limit of its call runs from now on, unless it does already.
 */
void env_begin(struct env *env);

/**
 * env_hand(env, r):
 * Reply to the runtime's next with the event, also for the second time.
 */
void env_hand(struct env *env, struct request *r);

/**
 * env_answer(env, failed, type, body, length):
 * The call is answered, with a content type or NULL.  The bytes are copied.
 */
void env_answer(struct env *env, int failed, const char *type,
    const void *body, size_t length);

/**
 * env_finish(env):
 * Print END and REPORT and let invoke.c have the answer.
 */
void env_finish(struct env *env);

/* --- init.c, with env_new() */

/**
 * env_start(env):
 * Start the process.  To be called by a timer.
 */
void env_start(void *ctx);

/* --- end.c */

/**
 * env_fail(env, type, message):
 * The call, if there is one, fails with the error object of that type and
 * message, of which "RequestId: ... Error: " is put in front; and the
 * environment ends.
 */
void env_fail(struct env *env, const char *type, const char *message);

/**
 * env_fail_body(env, body, length):
 * Likewise, with an error object of the function's own.
 */
void env_fail_body(struct env *env, const void *body, size_t length);

/**
 * env_measure(env):
 * See how much memory it has used by now.
 */
void env_measure(struct env *env);

/**
 * env_forget(env):
 * Reply to all requests that are held, and forget the extensions.
 */
void env_forget(struct env *env);

/**
 * env_release(env):
 * Free it and what it has; the last step, and what env_new() does if it fails.
 */
void env_release(struct env *env);

/**
 * env_kill(env):
 * SIGKILL to all processes of the environment that can be found.
 */
void env_kill(struct env *env);

/**
 * env_stop(env, why), env_go(env, why):
 * Stop all its processes for one reason more (STOP_...); for one less, or
 * several, and let them go on when none is left.
 */
void env_stop(struct env *env, unsigned why);
void env_go(struct env *env, unsigned why);
#define STOP_ALL (STOP_IDLE | STOP_FAULT | STOP_SLOW)

/* --- fault_env.c */

/**
 * fault_env_new(env):
 * Draw what is to go wrong with it; by how many s its start is late.
 */
double fault_env_new(struct env *env);

/**
 * fault_env_started(env), fault_env_asked(env), fault_env_handed(env):
 * Its process is there; it asks for its first event; it has one.  Return 1 if
 * that was its end, at which env->state is ENV_ENDING.
 */
int fault_env_started(struct env *env);
int fault_env_asked(struct env *env);
void fault_env_handed(struct env *env);

/**
 * fault_env_run(env), fault_env_rest(env):
 * It runs from now on, and time counts; and not any more.
 */
void fault_env_run(struct env *env);
void fault_env_rest(struct env *env);

/* --- extension.c */

/**
 * extension_request(r, path):
 * A request to the Extensions API, for ${path} in it.
 */
void extension_request(struct request *r, const char *path);

/**
 * extension_event(env):
 * Let those that have asked for it know of the call that is handed over.
 */
void extension_event(struct env *env);

/* --- runtime.c, with runtime_request() */

/**
 * runtime_error(r, status, type, message):
 * Reply with an error object; runtime_ok(r): with {"status":"OK"}.
 */
void runtime_error(struct request *r, unsigned status, const char *type,
    const char *message);
void runtime_ok(struct request *r);

/* --- variables.c */

/**
 * variables_new(env):
 * All that the process finds in its environment; NULL if memory is out.
 * variables_free() takes NULL as well.
 */
char **variables_new(const struct env *env);
void variables_free(char **variables);

/* --- log.c */

/**
 * log_line(l, text, len):
 * Put a line on the log stream; dropped and counted when that is full.
 */
void log_line(struct lambda *l, const char *text, size_t len);

/**
 * log_begin(env), log_end(env, duration, init):
 * The lines START; and END and REPORT, after ${duration} s, with those of an
 * init or with init < 0.
 */
void log_begin(struct env *env);
void log_end(struct env *env, double duration, double init);

/**
 * log_say(env, text):
 * A line that the service itself adds.
 */
void log_say(struct env *env, const char *text);

/**
 * log_read(env, all):
 * Pass on what the processes have printed: what a turn of the loop should
 * take, or ${all} that is there by now, with a last line that has no end.
 */
void log_read(struct env *env, int all);

/**
 * log_tail(env, text):
 * The last lines of the call in ${text}; their length.
 */
size_t log_tail(const struct env *env, char text[ENV_TAIL]);

/* --- processes (sandbox_linux.c) */

struct sandbox {	/* what a process is to find */
	const char *code;	/* the unpacked package, absolute */
	const char *root;	/* to hold var/task and tmp, or NULL: no chroot */
	char **variables;	/* all of its environment, NULL at the end */
	int output;	/* its stdout and stderr */
	struct cgroup *cgroup;	/* or NULL */
};

/**
 * sandbox_start(s):
 * Start the bootstrap of a package in a process group of its own, with
 * descriptors 0 (/dev/null), 1 and 2 only, no file of more than 1024
 * descriptors, and signals as they are by default; it is killed if this
 * process is.  With a root (root only) it sees the package, read-only, and a
 * /tmp of its own, nothing else, and runs as user 65534 that cannot become
 * another one.  Return its process id; -1 with errno set if there is none, or
 * if it has no bootstrap that can be run (ENOENT, EACCES, ENOEXEC, ...).
 */
pid_t sandbox_start(const struct sandbox *s);

/**
 * sandbox_peak(pids, n):
 * The sum of the most memory that each of these processes has had resident,
 * bytes; of those that still run.
 */
uint64_t sandbox_peak(const pid_t *pids, size_t n);

/**
 * sandbox_members(mark, group, pids, max):
 * The processes of the group ${group}, and those of our children, in whatever
 * group, in whose environment the string ${mark} is: what an environment
 * without a cgroup has.  Their number, ${max} at most.
 */
size_t sandbox_members(const char *mark, pid_t group, pid_t *pids, size_t max);

/**
 * sandbox_kill_all(dir):
 * Kill the processes, whoever's child they are, that have the package from the
 * state directory ${dir}, by their environment; not those with a root of their
 * own.
 */
void sandbox_kill_all(const char *dir);

/**
 * sandbox_rename(name):
 * Let this process have another name, of 15 bytes at most, in lists of
 * processes.
 */
void sandbox_rename(const char *name);

/* --- limits (cgroup_linux.c) */

/**
 * cgroup_new(l, n, memory, slow):
 * A group for environment ${n} with ${memory} MB and the CPU that goes with it:
 * quota = period * memory / 1769 / slow with a period of 20 ms, or a longer one
 * where the quota would be below the kernel's least; and for 1024 processes and
 * threads.  Or NULL.
 */
struct cgroup *cgroup_new(struct lambda *l, uint64_t n, uint32_t memory,
    double slow);
int cgroup_has_cpu(const struct cgroup *c);	/* is that limited? NULL: no */
int cgroup_enter(const struct cgroup *c);	/* in the child */
int cgroup_freeze(struct cgroup *c, int frozen);	/* -1: it cannot */
int cgroup_kill(struct cgroup *c);	/* all in it; -1: it cannot */
int cgroup_oom(struct cgroup *c);	/* has it run out of memory? */

/**
 * cgroup_members(c, pids, max):
 * The processes in it; their number, ${max} at most.
 */
size_t cgroup_members(const struct cgroup *c, pid_t *pids, size_t max);

/**
 * cgroup_free(l, c):
 * Remove it, now or when it can be; NULL is fine.
 */
void cgroup_free(struct lambda *l, struct cgroup *c);

#endif /* !ENV_H */
