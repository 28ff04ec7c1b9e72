#include <stdlib.h>
#include <string.h>

#include "secret.h"

/* What is called through this may do anything, as far as a compiler knows. */
static void *(*const volatile overwrite)(void *, int, size_t) = memset;

void
sv_secret_wipe(void *p, size_t len)
{

	if (len > 0)
		overwrite(p, 0, len);
}

void
sv_secret_free(void *p, size_t len)
{

	if (p == NULL)
		return;
	sv_secret_wipe(p, len);
	free(p);
}

void
sv_secret_free_text(char *s)
{

	if (s != NULL)
		sv_secret_free(s, strlen(s));
}
