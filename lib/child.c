#include "config.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

/* What children get back of what sv_child_no_core() has taken. */
static struct rlimit core;
static int no_core;

void
sv_child_no_core(void)
{
	struct rlimit none;

	if (no_core || getrlimit(RLIMIT_CORE, &core) == -1)
		return;
	none = core;
	none.rlim_cur = 0;
	no_core = setrlimit(RLIMIT_CORE, &none) == 0;
}

int
sv_child_enter(pid_t parent, int in, int out)
{
	sigset_t none;

	/* It leads its group already if the parent was faster. */
	(void)setpgid(0, 0);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (no_core)
		(void)setrlimit(RLIMIT_CORE, &core);
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
