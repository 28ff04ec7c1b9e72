#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "err.h"
#include "lambda.h"

#define CANNOT_EXEC 127	/* as a shell says it */
#define REST_S 0.05	/* between two looks at what a command has left */
#define REST_LOOKS 160u	/* ... at most */

/* In the child: the variables that AWS's clients read. */
static int
set_variables(const struct lambda *l)
{
	const char *region = l->o->region;
	const char *url = http_url(l);

	/* Keys and region are the user's where there are any. */
	return (setenv("AWS_ENDPOINT_URL", url, 1) == -1 ||
	    setenv("AWS_ENDPOINT_URL_LAMBDA", url, 1) == -1 ||
	    setenv("AWS_ACCESS_KEY_ID", "test", 0) == -1 ||
	    setenv("AWS_SECRET_ACCESS_KEY", "test", 0) == -1 ||
	    setenv("AWS_REGION", region, 0) == -1 ||
	    setenv("AWS_DEFAULT_REGION", region, 0) == -1 ||
	    setenv("AWS_EC2_METADATA_DISABLED", "true", 1) == -1 ? -1 : 0);
}

/* Give the terminal to a group of processes, also from the background. */
static void
give_terminal(pid_t group)
{

	(void)signal(SIGTTOU, SIG_IGN);
	(void)tcsetpgrp(STDIN_FILENO, group);
	(void)signal(SIGTTOU, SIG_DFL);
}

/* Is there a terminal, and is it ours to give? */
static int
have_terminal(void)
{

	return (isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp());
}

int
command_start(struct lambda *l)
{
	char **argv = l->o->command;
	pid_t parent = getpid(), pid;

	l->terminal = have_terminal();
	if ((pid = fork()) == -1) {
		sv_warn("%s", argv[0]);
		return (-1);
	}
	if (pid == 0) {
		if (sv_child_enter(parent, STDIN_FILENO, STDOUT_FILENO) == -1 ||
		    set_variables(l) == -1)
			_exit(CANNOT_EXEC);
		/* What reads a terminal from the background is stopped. */
		if (l->terminal)
			give_terminal(getpid());
		execvp(argv[0], argv);
		sv_warn("%s", argv[0]);
		_exit(CANNOT_EXEC);
	}
	/* As in the child, which may come to it later. */
	(void)setpgid(pid, pid);
	l->command = pid;
	guard_command(l, pid);
	return (0);
}

void
command_signal(struct lambda *l, int sig)
{

	if (l->command > 0)
		(void)kill(-l->command, sig);
}

void
command_on_stop(struct lambda *l)
{
	siginfo_t si;

	memset(&si, 0, sizeof(si));
	if (l->command == 0 || !l->terminal || waitid(P_PID,
	    (id_t)l->command, &si, WSTOPPED | WNOHANG) == -1 || si.si_pid == 0)
		return;
	/* To the shell it is one job with us: stop as well, and go on as well. */
	give_terminal(getpgrp());
	(void)kill(0, SIGSTOP);
	if (have_terminal())
		give_terminal(l->command);
	(void)kill(-l->command, SIGCONT);
}

/* The command's status is known, and nothing of it goes on. */
static void
conclude(struct lambda *l)
{
	int status = l->command_status;

	(void)kill(-l->command, SIGKILL);
	if (l->terminal)
		give_terminal(getpgrp());
	l->command = 0;
	loop_end(l, WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status));
}

/* Is there something left of the group? */
static void
on_rest(void *ctx)
{
	struct lambda *l = ctx;

	if (l->command == 0)
		return;
	if ((kill(-l->command, 0) == -1 && errno == ESRCH) ||
	    ++l->rested == REST_LOOKS ||
	    timer_set(l, &l->rest, REST_S, on_rest, l) == -1)
		conclude(l);
}

int
command_on_child(struct lambda *l, pid_t pid, int status)
{

	if (l->command == 0 || pid != l->command)
		return (0);
	guard_ended(l, pid);
	l->command_status = status;
	if (!WIFSIGNALED(status) || WTERMSIG(status) == SIGKILL ||
	    timer_set(l, &l->rest, 0, on_rest, l) == -1)
		conclude(l);
	return (1);
}
