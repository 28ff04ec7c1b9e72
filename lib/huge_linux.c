/* Large pages, as Linux gives them where they are asked for. */
#include "config.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "huge.h"

/* Less is not worth the call: a large page has 2 MiB, or more. */
#define LEAST ((size_t)8 << 20)

void
sv_huge(void *p, size_t n)
{
#ifdef MADV_HUGEPAGE
	long page = sysconf(_SC_PAGESIZE);
	size_t skip;

	if (n < LEAST || page <= 0)
		return;
	/* Whole pages within what was allocated. */
	skip = (size_t)page - (size_t)((uintptr_t)p % (uintptr_t)page);
	n = (n - skip) / (size_t)page * (size_t)page;
	/* A wish: without it all goes on as before. */
	(void)madvise((char *)p + skip, n, MADV_HUGEPAGE);
#else
	(void)p;
	(void)n;
#endif
}
