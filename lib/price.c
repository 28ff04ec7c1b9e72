#include <string.h>

#include "price.h"

/* Dollars; source and date in the header. */
#define PER_REQUEST 0.20e-6
static const double per_gb_second[] = {
	[SV_PRICE_X86_64] = 0.0000166667,
	[SV_PRICE_ARM64] = 0.0000133334
};

static const char * const names[] = {
	[SV_PRICE_X86_64] = "x86_64",
	[SV_PRICE_ARM64] = "arm64"
};

const char *
sv_price_arch_name(enum sv_price_arch arch)
{

	return (names[arch]);
}

int
sv_price_arch_parse(const char *name, enum sv_price_arch *arch)
{

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			*arch = (enum sv_price_arch)i;
			return (0);
		}
	}
	return (-1);
}

double
sv_price_requests(double n)
{

	return (n * PER_REQUEST);
}

double
sv_price_duration(enum sv_price_arch arch, double gb_seconds)
{

	return (gb_seconds * per_gb_second[arch]);
}
