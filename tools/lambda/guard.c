#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "env.h"
#include "err.h"
#include "fd.h"
#include "hierarchy.h"
#include "lambda.h"

/* What the guard is told, with the number of a process group. */
enum news { NEWS_BEGUN, NEWS_COMMAND, NEWS_ENDED };

struct message {
	enum news news;
	pid_t pid;
};

/* The process groups that there are, in the guard. */
struct groups {
	pid_t *pids;
	size_t n, room;
};

static void
add(struct groups *g, pid_t pid)
{
	size_t room = g->room == 0 ? 64 : 2 * g->room;
	pid_t *pids;

	if (g->n == g->room) {
		if ((pids = realloc(g->pids, room * sizeof(*pids))) == NULL)
			return;
		g->pids = pids;
		g->room = room;
	}
	g->pids[g->n++] = pid;
}

static void
forget(struct groups *g, pid_t pid)
{

	for (size_t i = 0; i < g->n; i++)
		if (g->pids[i] == pid)
			g->pids[i--] = g->pids[--g->n];
}

/* It is alone: nothing that was open, no signal, no terminal. */
static void
retire(int fd)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT,
	    SIGPIPE, SIGTSTP };
	sigset_t none;
	long most = sysconf(_SC_OPEN_MAX);

	(void)setsid();
	sandbox_rename("sv-lambda-guard");
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	most = most > 0 && most < 65536 ? most : 65536;
	for (int i = 0; i < (int)most; i++)
		if (i != fd)
			close(i);
}

/* Clean up after one who could not. */
static void
clean(const struct lambda *l, const struct groups *g, pid_t command)
{
	char path[300], *dirs[HIERARCHIES];
	int lock;

	for (size_t i = 0; i < g->n; i++)
		(void)kill(-g->pids[i], SIGKILL);
	if (command > 0)
		(void)kill(-command, SIGTERM);
	(void)hierarchy_clear(dirs, cgroup_dirs(l, dirs));
	/* And those that have left their process group, where there is no other. */
	sandbox_kill_all(l->dir);
	/* Unless somebody who has begun since does the same. */
	snprintf(path, sizeof(path), "%s/lock", l->dir);
	if ((lock = open(path, O_RDWR | O_CLOEXEC)) != -1 &&
	    tree_lock(lock) == 0)
		(void)tree_remove(l->dir);
}

/* The guard's life. */
static void
watch(const struct lambda *l, int fd)
{
	struct groups g = { NULL, 0, 0 };
	struct message m;
	pid_t command = 0;
	ssize_t n;

	for (;;) {
		/* Less than PIPE_BUF: it comes whole. */
		n = read(fd, &m, sizeof(m));
		if (n == -1 && errno == EINTR)
			continue;
		if (n != (ssize_t)sizeof(m))
			break;
		if (m.news == NEWS_BEGUN)
			add(&g, m.pid);
		else if (m.news == NEWS_COMMAND)
			command = m.pid;
		else if (m.pid == command)
			command = 0;
		else
			forget(&g, m.pid);
	}
	clean(l, &g, command);
}

int
guard_open(struct lambda *l)
{
	int fds[2];

	if (sv_fd_pipe(fds) == -1) {
		sv_warn("cannot start");
		return (-1);
	}
	if ((l->guard = fork()) == -1) {
		sv_warn("cannot start");
		l->guard = 0;
		close(fds[0]);
		close(fds[1]);
		return (-1);
	}
	if (l->guard == 0) {
		retire(fds[0]);
		watch(l, fds[0]);
		_exit(0);
	}
	close(fds[0]);
	l->guarded = fds[1];
	/* It must not hold us up if somebody has stopped it. */
	(void)sv_fd_nonblock(l->guarded);
	return (0);
}

/* No guard any more: it would take the end of the pipe for ours. */
static void
dismiss(struct lambda *l)
{

	if (l->guard > 0) {
		(void)kill(l->guard, SIGKILL);
		while (waitpid(l->guard, NULL, 0) == -1 && errno == EINTR)
			continue;
	}
	l->guard = 0;
	if (l->guarded != -1)
		close(l->guarded);
	l->guarded = -1;
}

static void
tell(struct lambda *l, enum news news, pid_t pid)
{
	const struct message m = { news, pid };

	/* Full: it has been stopped for long, and what it knows is not true. */
	if (l->guarded != -1 && write(l->guarded, &m, sizeof(m)) == -1)
		dismiss(l);
}

void
guard_begun(struct lambda *l, pid_t pid)
{

	tell(l, NEWS_BEGUN, pid);
}

void
guard_command(struct lambda *l, pid_t pid)
{

	tell(l, NEWS_COMMAND, pid);
}

void
guard_ended(struct lambda *l, pid_t pid)
{

	tell(l, NEWS_ENDED, pid);
}

int
guard_on_child(struct lambda *l, pid_t pid)
{

	if (l->guard == 0 || pid != l->guard)
		return (0);
	/* Whoever calls waits for it. */
	l->guard = 0;
	dismiss(l);
	return (1);
}

void
guard_close(struct lambda *l)
{

	dismiss(l);
}
