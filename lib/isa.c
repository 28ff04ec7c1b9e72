#include <string.h>

#include "isa.h"

/* From the widest to the narrowest. */
static const struct sv_isa * const variants[] = {
#ifdef __x86_64__
	&sv_isa_avx512,
	&sv_isa_avx2,
#endif
	&sv_isa_generic
};

const struct sv_isa *
sv_isa_pick(const char *name)
{

	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		if (name != NULL && strcmp(name, variants[i]->name) != 0)
			continue;
		if (variants[i]->usable())
			return (variants[i]);
	}
	return (NULL);
}
