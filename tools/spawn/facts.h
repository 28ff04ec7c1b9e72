#ifndef SV_FACTS_H
#define SV_FACTS_H

#include "price.h"
#include "spawn.h"

/*
 * What a function's price depends on.
 */

struct facts {
	double memory_mb;	/* configured; NaN: not known */
	enum sv_price_arch arch;
	double timeout;	/* s that an invocation may take; NaN */
	int asked;	/* Lambda has said so */
};

/**
 * facts_find(o, f):
 * Fill ${f} from --memory and --arch; for -l, where one of them is not given,
 * with what Lambda says (GetFunctionConfiguration).  Where it does not say,
 * because the caller may not ask, --memory will do: the architecture is x86_64
 * then.  Return 0, or -1 after a line on stderr where Lambda cannot be asked
 * and --memory is not given.
 */
int facts_find(const struct spawn_options *o, struct facts *f);

#endif /* !SV_FACTS_H */
