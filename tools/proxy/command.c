#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "err.h"
#include "proxy.h"

#define CANNOT_EXEC 127	/* as a shell says it */

/* In the child. */
static void
become(struct proxy *p, pid_t parent)
{
	char **argv = p->o->command;
	char listening[NET_TEXT], target[NET_TEXT];
	int in = STDIN_FILENO;

	/* What reads a terminal from the background is stopped. */
	if (isatty(in))
		in = open("/dev/null", O_RDONLY);
	if (in == -1 || sv_child_enter(parent, in, STDOUT_FILENO) == -1 ||
	    setenv("SV_PROXY", net_text(&p->listening, listening), 1) == -1 ||
	    setenv("SV_TARGET", net_text(&p->target, target), 1) == -1)
		return;
	execvp(argv[0], argv);
}

int
command_start(struct proxy *p)
{
	pid_t parent = getpid(), pid;

	if ((pid = fork()) == -1) {
		sv_warn("%s", p->o->command[0]);
		return (-1);
	}
	if (pid == 0) {
		become(p, parent);
		sv_warn("%s", p->o->command[0]);
		_exit(CANNOT_EXEC);
	}
	/* As in the child, which may come to it later. */
	(void)setpgid(pid, pid);
	p->command = pid;
	return (0);
}

void
command_signal(struct proxy *p, int sig)
{

	if (p->command > 0)
		(void)kill(-p->command, sig);
}

void
command_look(struct proxy *p)
{
	struct sv_child_end e;

	if (p->command <= 0 || sv_child_ended(p->command, &e) != p->command)
		return;
	/* What it has left behind in its group ends with it. */
	(void)kill(-p->command, SIGKILL);
	while (waitpid(p->command, NULL, 0) == -1 && errno == EINTR)
		continue;
	p->command = 0;
	p->ending = 1;
	p->status = e.signal != 0 ? 128 + e.signal : e.status;
}
