#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "err.h"
#include "fd.h"
#include "gnuplot.h"

#define NAP 5000000l	/* ns between two looks at the child */
#define SAID 4096u	/* bytes that are shown of what it says */
#define LINES 12

static const int ends[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

void
gnuplot_hold(sigset_t *saved)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaddset(&set, ends[i]);
	sigprocmask(SIG_BLOCK, &set, saved);
}

void
gnuplot_release(const sigset_t *saved)
{

	sigprocmask(SIG_SETMASK, saved, NULL);
}

/* Has one been held back? */
static int
held(void)
{
	sigset_t set;

	sigpending(&set);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (sigismember(&set, ends[i]) == 1)
			return (1);
	return (0);
}

int
gnuplot_scratch(void)
{
	const char *tmp = getenv("TMPDIR");
	char name[4096];
	int fd;

	if (tmp == NULL || tmp[0] != '/')
		tmp = "/tmp";
	if ((size_t)snprintf(name, sizeof(name), "%s/sv-XXXXXX", tmp) >=
	    sizeof(name)) {
		sv_warnx("TMPDIR: too long");
		return (-1);
	}
	if ((fd = mkstemp(name)) == -1) {
		sv_warn("%s", name);
		return (-1);
	}
	unlink(name);
	if (sv_fd_cloexec(fd) == -1) {
		sv_warn("%s", name);
		close(fd);
		return (-1);
	}
	return (fd);
}

/* In the child: become gnuplot, or tell ${tell} why not. */
static void
become(const struct gnuplot_job *job, pid_t parent, int err, int tell)
{
	struct rlimit most = { GNUPLOT_BYTES, GNUPLOT_BYTES };
	int why;

	(void)setrlimit(RLIMIT_FSIZE, &most);
	if ((job->dir == NULL || chdir(job->dir) == 0) &&
	    dup2(err, STDERR_FILENO) != -1 &&
	    sv_child_enter(parent, job->in, job->out) == 0)
		execvp(job->argv[0], job->argv);
	why = errno;
	if (write(tell, &why, sizeof(why)) != sizeof(why))
		why = 0;
	_exit(127);
}

/* Start it; return its id, or -1 after a message. */
static pid_t
start(const struct gnuplot_job *job, int err)
{
	pid_t pid, parent = getpid();
	int tell[2], why = 0;
	ssize_t n;

	if (sv_fd_pipe(tell) == -1) {
		sv_warn("gnuplot");
		return (-1);
	}
	if ((pid = fork()) == 0)
		become(job, parent, err, tell[1]);
	close(tell[1]);
	if (pid == -1) {
		sv_warn("gnuplot");
		close(tell[0]);
		return (-1);
	}
	(void)setpgid(pid, pid);
	while ((n = read(tell[0], &why, sizeof(why))) == -1 && errno == EINTR)
		;
	close(tell[0]);
	if (n == 0)	/* closed by exec */
		return (pid);
	waitpid(pid, NULL, 0);
	errno = n == (ssize_t)sizeof(why) ? why : EIO;
	if (errno == ENOENT)
		sv_warnx("gnuplot is not installed: apt-get install"
		    " gnuplot-nox");
	else
		sv_warn("gnuplot");
	return (-1);
}

/* Show what it said, line by line. */
static void
show(int err)
{
	char text[SAID + 1], *line = text, *end;
	ssize_t n = pread(err, text, SAID, 0);
	int shown = 0;

	text[n > 0 ? n : 0] = '\0';
	for (; *line != '\0' && shown < LINES; line = end) {
		end = line + strcspn(line, "\n");
		if (*end != '\0')
			*end++ = '\0';
		for (char *c = line; *c != '\0'; c++)
			if (iscntrl((unsigned char)*c))
				*c = ' ';
		/* Neither empty lines nor the mark below the bad word. */
		if (line[strspn(line, " ^")] == '\0')
			continue;
		sv_warnx("gnuplot: %.200s", line);
		shown++;
	}
}

/* Wait for its end; -1 where that was not by itself, with a message. */
static int
wait_for(pid_t pid, double limit, struct sv_child_end *e)
{
	const struct timespec nap = { 0, NAP };
	double end = sv_clock_mono() + limit;
	int late = 0, stop = 0;

	while (sv_child_ended(pid, e) == 0) {
		late = sv_clock_mono() > end;
		stop = held();
		if (late || stop)
			break;
		nanosleep(&nap, NULL);
	}
	/* Whatever it started goes with it. */
	kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	if (late)
		sv_warnx("gnuplot: not done after %g s", limit);
	return (late || stop ? -1 : 0);
}

int
gnuplot_run(const struct gnuplot_job *job)
{
	struct sv_child_end e;
	int err, rc = -1;
	pid_t pid;

	if ((err = gnuplot_scratch()) == -1)
		return (-1);
	if ((pid = start(job, err)) == -1 ||
	    wait_for(pid, job->limit, &e) == -1)
		goto done;
	if (e.status == 0 && e.signal == 0) {
		rc = 0;
		goto done;
	}
	show(err);
	if (e.signal != 0)
		sv_warnx("gnuplot was killed by signal %d", e.signal);
	else
		sv_warnx("gnuplot ended with status %d", e.status);
done:
	close(err);
	return (rc);
}
