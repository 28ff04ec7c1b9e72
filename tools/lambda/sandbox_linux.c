#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "env.h"
#include "fd.h"

#define NOBODY 65534u
#define DESCRIPTORS 1024u
#define ROUNDS 100u	/* of killing */

/* --- in the child; each returns 0, or -1 with errno set */

/* Put the package, read-only, below the root. */
static int
prepare_root(const struct sandbox *s)
{
	char path[600];

	/* A mount namespace of its own: its mounts end with it. */
	if (unshare(CLONE_NEWNS) == -1 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		return (-1);
	snprintf(path, sizeof(path), "%s/var/task", s->root);
	if (mount(s->code, path, NULL, MS_BIND, NULL) == -1)
		return (-1);
	return (mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY |
	    MS_NOSUID | MS_NODEV, NULL));
}

/* Go there, for good. */
static int
enter_root(const struct sandbox *s)
{

	if (chdir(s->root) == -1 || chroot(".") == -1)
		return (-1);
	if (setgroups(0, NULL) == -1 || setgid(NOBODY) == -1)
		return (-1);
	return (setuid(NOBODY));
}

static int
default_signals(void)
{
	struct sigaction sa;
	sigset_t none;

	memset(&sa, 0, sizeof(sa));
	sigemptyset(&sa.sa_mask);
	sa.sa_handler = SIG_DFL;
	/* Some numbers cannot be set, which is as well. */
	for (int sig = 1; sig < 65; sig++)
		(void)sigaction(sig, &sa, NULL);
	sigemptyset(&none);
	return (sigprocmask(SIG_SETMASK, &none, NULL));
}

/* ${value}, or what there is if that is less. */
static int
limit(int what, rlim_t value)
{
	struct rlimit r;

	if (getrlimit((__rlimit_resource_t)what, &r) == -1)
		return (-1);
	if (r.rlim_max > value)
		r.rlim_max = value;
	r.rlim_cur = r.rlim_max;
	return (setrlimit((__rlimit_resource_t)what, &r));
}

/* Descriptors 0, 1 and 2, and ${keep}, moved to 3; nothing else. */
static int
descriptors(const struct sandbox *s, int *keep)
{
	int in;

	if ((in = open("/dev/null", O_RDONLY)) == -1)
		return (-1);
	/* None of these is 0, 1 or 2, which are all open. */
	if (dup2(in, 0) == -1 || dup2(s->output, 1) == -1 ||
	    dup2(s->output, 2) == -1)
		return (-1);
	if (*keep != 3) {
		if (dup2(*keep, 3) == -1)
			return (-1);
		*keep = 3;
	}
	if (sv_fd_cloexec(3) == -1)
		return (-1);
	/* What is left is closed on exec, but nobody should rely on that. */
	for (int fd = 4; fd < (int)DESCRIPTORS; fd++)
		close(fd);
	return (0);
}

/* Become the bootstrap.  Returns only if it cannot. */
static void
become(const struct sandbox *s, pid_t parent, int *report)
{
	char file[600], *argv[] = { file, NULL };

	if (setpgid(0, 0) == -1)
		return;
	if (descriptors(s, report) == -1 || default_signals() == -1 ||
	    limit(RLIMIT_NOFILE, DESCRIPTORS) == -1 ||
	    limit(RLIMIT_CORE, 0) == -1)
		return;
	umask(022);
	if (s->root != NULL && prepare_root(s) == -1)
		return;
	/* As late as possible: from here on it may be slow. */
	if (s->cgroup != NULL && cgroup_enter(s->cgroup) == -1)
		return;
	if (s->root != NULL && enter_root(s) == -1)
		return;
	/* After setuid(), which would take it back. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return;
	if (getppid() != parent)
		_exit(127);
	if (chdir(s->root != NULL ? "/var/task" : s->code) == -1)
		return;
	snprintf(file, sizeof(file), "%s/bootstrap", s->root != NULL ?
	    "/var/task" : s->code);
	execve(file, argv, s->variables);
}

pid_t
sandbox_start(const struct sandbox *s)
{
	int fds[2], why = 0;
	pid_t pid, parent = getpid();
	ssize_t n;

	if (sv_fd_pipe(fds) == -1)
		return (-1);
	if ((pid = fork()) == -1) {
		why = errno;
		goto done;
	}
	if (pid == 0) {
		become(s, parent, &fds[1]);
		why = errno;
		if (write(fds[1], &why, sizeof(why)) == -1)
			_exit(126);
		_exit(127);
	}
	/* Both sides set the group, so that neither depends on the other. */
	(void)setpgid(pid, pid);
	close(fds[1]);
	fds[1] = -1;
	/* The end of the pipe comes with exec. */
	while ((n = read(fds[0], &why, sizeof(why))) == -1 && errno == EINTR)
		;
	if (n == 0)
		why = 0;
	else if (n != (ssize_t)sizeof(why))
		why = EIO;
	if (why != 0) {
		(void)waitpid(pid, NULL, 0);
		pid = -1;
	}

done:
	close(fds[0]);
	if (fds[1] != -1)
		close(fds[1]);
	errno = why;
	return (pid);
}

void
sandbox_rename(const char *name)
{

	(void)prctl(PR_SET_NAME, name);
}

/* --- what /proc has of processes */

/* The number after ${name} in /proc/PID/status, or 0. */
static uint64_t
status_number(pid_t pid, const char *name)
{
	char path[40], line[128];
	unsigned long long value = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	if ((f = fopen(path, "re")) == NULL)
		return (0);
	while (value == 0 && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtoull(line + strlen(name), NULL, 10);
	fclose(f);
	return (value);
}

uint64_t
sandbox_peak(const pid_t *pids, size_t n)
{
	uint64_t sum = 0;

	/*
	 * Not what the cgroup was charged with: that has the files in it that
	 * were read or written, which the kernel gives back when it is short
	 * of memory, so that it would show the limit sooner or later.
	 */
	for (size_t i = 0; i < n; i++)
		sum += status_number(pids[i], "VmHWM:") * 1024;
	return (sum);
}

/* Parent and group of a process, from /proc/PID/stat.  0 or -1. */
static int
relations(pid_t pid, long *parent, long *group)
{
	char path[40], text[512], *p;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	if ((f = fopen(path, "re")) == NULL)
		return (-1);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	/* pid (name) state parent group: the name may have anything in it. */
	if ((p = strrchr(text, ')')) == NULL || strlen(p) < 4 || p[2] == 'Z')
		return (-1);
	return (sscanf(p + 3, "%ld %ld", parent, group) == 2 ? 0 : -1);
}

/*
 * Was ${mark} in its environment when it was started, as a variable with its
 * value or, if it is not ${whole}, the beginning of one?
 */
static int
marked(pid_t pid, const char *mark, int whole)
{
	char path[40], text[8192];
	size_t n, i = 0, len = strlen(mark);
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/environ", (long)pid);
	if ((f = fopen(path, "re")) == NULL)
		return (0);
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	for (; i + len <= n; i++)
		if ((i == 0 || text[i - 1] == '\0') &&
		    memcmp(text + i, mark, len) == 0 &&
		    (!whole || i + len == n || text[i + len] == '\0'))
			return (1);
	return (0);
}

size_t
sandbox_members(const char *mark, pid_t group, pid_t *pids, size_t max)
{
	long pid, parent, its;
	struct dirent *e;
	size_t n = 0;
	DIR *d;

	if ((d = opendir("/proc")) == NULL)
		return (0);
	while (n < max && (e = readdir(d)) != NULL) {
		pid = strtol(e->d_name, NULL, 10);
		if (pid <= 0 || pid == (long)getpid() ||
		    relations((pid_t)pid, &parent, &its) == -1)
			continue;
		if ((group > 0 && its == (long)group) ||
		    (parent == (long)getpid() && marked((pid_t)pid, mark, 1)))
			pids[n++] = (pid_t)pid;
	}
	closedir(d);
	return (n);
}

/* Kill those that are there now; their number. */
static size_t
kill_marked(const char *mark)
{
	struct dirent *e;
	size_t n = 0;
	long pid;
	DIR *d;

	if ((d = opendir("/proc")) == NULL)
		return (0);
	while ((e = readdir(d)) != NULL) {
		pid = strtol(e->d_name, NULL, 10);
		if (pid > 1 && pid != (long)getpid() &&
		    marked((pid_t)pid, mark, 0)) {
			(void)kill((pid_t)pid, SIGKILL);
			n++;
		}
	}
	closedir(d);
	return (n);
}

void
sandbox_kill_all(const char *dir)
{
	char mark[600];

	snprintf(mark, sizeof(mark), "LAMBDA_TASK_ROOT=%s/", dir);
	/* They may start others meanwhile; a zombie has no environment. */
	for (unsigned i = 0; i < ROUNDS && kill_marked(mark) > 0; i++)
		(void)nanosleep(&(struct timespec){ 0, 5000000 }, NULL);
}
