#include <stdio.h>

#include "isa-openblas.h"

/* In place of isa-openblas.c where configure has not found OpenBLAS. */
struct sv_isa *
sv_isa_openblas_new(char *why, size_t room)
{

	snprintf(why, room, "built without OpenBLAS");
	return (NULL);
}

void
sv_isa_openblas_free(struct sv_isa *isa)
{

	(void)isa;
}
