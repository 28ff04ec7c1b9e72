#include <jansson.h>
#include <stdlib.h>

#include "child.h"
#include "secret.h"

/* For jansson: it does not say how much it frees. */
static void
free_wiped(void *p)
{

	if (p != NULL)
		sv_secret_free(p, sv_secret_room(p));
}

void
sv_secret_begin(void)
{

	/* What was allocated before can be freed so as well. */
	json_set_alloc_funcs(malloc, free_wiped);
	sv_child_no_core();
	sv_secret_hide();
}
