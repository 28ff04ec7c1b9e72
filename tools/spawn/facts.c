#include <math.h>
#include <string.h>

#include "ask.h"
#include "err.h"
#include "facts.h"
#include "json.h"

#define MB_MAX 1000000u
#define TIMEOUT_MAX 1000000u	/* s */

/* Take what the configuration ${c} of the function says. */
static void
take(struct facts *f, const json_t *c)
{
	const json_t *all = json_object_get(c, "Architectures");
	const char *name = json_string_value(json_array_get(all, 0));
	uint64_t n;

	if (sv_json_u64(c, "MemorySize", 1, MB_MAX, &n) == 0)
		f->memory_mb = (double)n;
	if (sv_json_u64(c, "Timeout", 1, TIMEOUT_MAX, &n) == 0)
		f->timeout = (double)n;
	/* Lambda's own default, where none is said. */
	f->arch = SV_PRICE_X86_64;
	if (name != NULL)
		(void)sv_price_arch_parse(name, &f->arch);
	f->asked = 1;
}

/* It is not known, why ever; a caller who may not ask may know. */
static void
complain(const char *function, const struct outcome *out)
{
	int denied = strncmp(out->why, "AccessDenied", 12) == 0;

	sv_warnx("-l %s: its memory is not known: %.0d%s%s%s", function,
	    out->status, out->status != 0 ? " " : "", out->status == 200 ?
	    "it does not say" : out->why, denied || out->status == 200 ?
	    "; give it with --memory" : "");
}

int
facts_find(const struct spawn_options *o, struct facts *f)
{
	struct outcome out;

	*f = (struct facts){ NAN, SV_PRICE_X86_64, NAN, 0 };
	if (o->function != NULL && (!(o->memory > 0) || !o->arch_given)) {
		if (ask(o, TARGET_FACTS, "", &out) == -1)
			return (-1);
		if (out.status == 200)
			take(f, out.members);
		json_decref(out.members);
		if (isnan(f->memory_mb) && !(o->memory > 0)) {
			complain(o->function, &out);
			return (-1);
		}
	}
	if (o->memory > 0)
		f->memory_mb = o->memory;
	if (o->arch_given)
		f->arch = o->arch;
	return (0);
}
