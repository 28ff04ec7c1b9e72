#ifndef SV_CHILD_H
#define SV_CHILD_H

#include <sys/types.h>

/*
 * Programs that a tool runs: each leads a process group of its own, so that
 * whatever it starts can be ended with it.
 */

/**
 * sv_child_enter(parent, in, out):
 * In the child of ${parent}, between fork() and exec: lead a new process group,
 * make ${in} and ${out} the standard input and output, and undo what a tool
 * does to signals and core dumps.  Where the system knows how, SIGTERM comes when the parent
 * dies.  Return 0, or -1 with errno set.
 */
int sv_child_enter(pid_t parent, int in, int out);

/**
 * sv_child_no_core():
 * From now on this process dumps no core; its children may, as far as it might
 * have.
 */
void sv_child_no_core(void);

/**
 * sv_child_follow():
 * Where the system knows how, get SIGTERM when the parent dies.  Part of
 * sv_child_enter().
 */
void sv_child_follow(void);

/**
 * sv_child_adopt():
 * Where the system knows how, become the parent of what children leave behind,
 * so that it is waited for here and not by whoever is process 1.
 */
void sv_child_adopt(void);

/* How a child ended. */
struct sv_child_end {
	int status;	/* exit status, if signal is 0 */
	int signal;	/* what killed it, or 0 */
};

/**
 * sv_child_ended(pid, e):
 * Has the child ${pid} ended (any child, if it is -1)?  Return its id and fill
 * in ${e}; 0 if not.  It stays a zombie, and with it its number and its group's
 * stay taken, until somebody waits for it: the group can still be killed, and
 * nobody else be hit.
 */
pid_t sv_child_ended(pid_t pid, struct sv_child_end *e);

#endif /* !SV_CHILD_H */
