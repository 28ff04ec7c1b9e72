#include "config.h"

#include "cat.h"
#include "err.h"
#include "libsvm.h"
#include "number.h"
#include "problem.h"

/* A line for each row; rows without weights have 1.  0, or -1 with errno set. */
static int
write_numbers(FILE *out, const struct sv_csr *part)
{
	char line[SV_NUMBER_MAX + 1], *end;

	for (uint64_t i = 0; i < part->rows; i++) {
		end = sv_number_format(line, part->weight != NULL ?
		    part->weight[i] : 1.0);
		*end++ = '\n';
		if (fwrite(line, 1, (size_t)(end - line), out) !=
		    (size_t)(end - line))
			return (-1);
	}
	return (0);
}

static int
write_some(void *ctx, const struct sv_csr *part, uint64_t first)
{
	struct cat *c = ctx;
	int rc;

	(void)first;
	rc = c->format == FORMAT_WEIGHTS ? write_numbers(c->out, part) :
	    sv_libsvm_write(c->out, part);
	if (rc == 0)
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
