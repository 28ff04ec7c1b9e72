#include "config.h"

#include "cat.h"
#include "err.h"
#include "libsvm.h"
#include "problem.h"

static int
write_some(void *ctx, const struct sv_csr *part, uint64_t first)
{
	struct cat *c = ctx;

	(void)first;
	if (sv_libsvm_write(c->out, part) == 0)
		return (0);
	sv_warn("%s", c->out_name);
	return (1);
}

int
write_rows(struct cat *c, const struct sv_frame *f)
{
	struct sv_problem p;
	char why[SV_WHY];
	int rc;

	if (sv_problem_parse(&p, f) == -1)
		return (-1);
	if ((rc = sv_problem_each(&p, write_some, c, why)) == -1)
		sv_warnx("%s: %s", c->name, why);
	sv_problem_fini(&p);
	return (rc == 0 ? 0 : -1);
}
