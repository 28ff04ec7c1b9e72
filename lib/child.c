#include "config.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

int
sv_child_enter(pid_t parent, int in, int out)
{
	sigset_t none;

	/* It leads its group already if the parent was faster. */
	(void)setpgid(0, 0);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	sv_child_follow();
	if (getppid() != parent) {
		errno = ESRCH;
		return (-1);
	}
	if (dup2(in, STDIN_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1)
		return (-1);
	return (0);
}

pid_t
sv_child_ended(pid_t pid, struct sv_child_end *e)
{
	siginfo_t si;
	int rc;

	memset(&si, 0, sizeof(si));
	do {
		rc = waitid(pid == -1 ? P_ALL : P_PID, (id_t)pid, &si,
		    WEXITED | WNOHANG | WNOWAIT);
	} while (rc == -1 && errno == EINTR);
	if (rc == -1 || si.si_pid == 0)
		return (0);
	e->status = si.si_code == CLD_EXITED ? si.si_status : 0;
	e->signal = si.si_code == CLD_EXITED ? 0 : si.si_status;
	return (si.si_pid);
}
