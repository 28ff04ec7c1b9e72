/* What only Linux offers for children; elsewhere the wishes stay wishes. */
#include "config.h"

#include <signal.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "child.h"

void
sv_child_follow(void)
{

#ifdef __linux__
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
}

void
sv_child_adopt(void)
{

#ifdef __linux__
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
#endif
}
