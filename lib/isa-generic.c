#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "isa.h"

/* What every CPU of the architecture has: SSE2, NEON. */

static int
usable(void)
{

	return (1);
}

#define VL 2
#define ISA sv_isa_generic
#define ISA_NAME "generic"
#include "isa-body.inc"
