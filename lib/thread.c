#include <errno.h>
#include <signal.h>

#include "thread.h"

int
sv_thread_start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	if ((rc = pthread_sigmask(SIG_SETMASK, &all, &before)) != 0) {
		errno = rc;
		return (-1);
	}
	rc = pthread_create(thread, NULL, run, arg);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0) {
		errno = rc;
		return (-1);
	}
	return (0);
}
