/* What Linux offers to keep secrets; elsewhere the wishes stay wishes. */
#include "config.h"

#ifdef __linux__
#include <malloc.h>
#include <sys/prctl.h>
#endif

#include "secret.h"

void
sv_secret_hide(void)
{

#ifdef __linux__
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

size_t
sv_secret_room(void *p)
{

#ifdef __linux__
	return (malloc_usable_size(p));
#else
	(void)p;
	return (0);
#endif
}
