#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "opt.h"
#include "regular.h"

#define BIT(option) (1u << ((option) - SV_REGULAR_L1))
/* Those of which there can be only one, but for the two norms. */
#define NORMS (BIT(SV_REGULAR_L1) | BIT(SV_REGULAR_L2))
#define BOUNDS (BIT(SV_REGULAR_BOX) | BIT(SV_REGULAR_NONNEG))
#define TABLES (BIT(SV_REGULAR_GROUP_SIZE) | BIT(SV_REGULAR_GROUPS))

void
sv_regular_init(struct sv_regular *r)
{

	memset(r, 0, sizeof(*r));
	r->l1 = 1.0;
	r->c = 1.0;
}

/* One bound: a number, inf or -inf, up to end; 0, or -1. */
static int
bound(const char *text, const char *end, double *x)
{
	char *stop;

	if (strchr("+-.0123456789i", *text) == NULL || text == end)
		return (-1);
	errno = 0;
	*x = strtod(text, &stop);
	/* A number that is too large is not the same as none. */
	return (stop == end && !isnan(*x) && !(isinf(*x) && errno != 0) ?
	    0 : -1);
}

static int
box(struct sv_regular *r, const char *arg)
{
	const char *comma = strchr(arg, ',');

	if (comma != NULL && bound(arg, comma, &r->lo) == 0 &&
	    bound(comma + 1, arg + strlen(arg), &r->hi) == 0 &&
	    r->lo <= r->hi && r->lo < INFINITY && r->hi > -INFINITY)
		return (0);
	sv_warnx("--box %s: expected LO,HI, two numbers with LO <= HI, or -inf"
	    " and inf for none", arg);
	return (-1);
}

int
sv_regular_option(struct sv_regular *r, int c, const char *arg)
{

	if (c >= SV_REGULAR_L1 && c <= SV_REGULAR_C)
		r->given |= BIT(c);
	switch (c) {
	case SV_REGULAR_L1:
		return (sv_opt_double("--l1", arg, 0, 1e300, &r->l1));
	case SV_REGULAR_L2:
		return (sv_opt_double("--l2", arg, 0, 1e300, &r->l2));
	case SV_REGULAR_GROUP:
		return (sv_opt_double("--group", arg, 0, 1e300, &r->group));
	case SV_REGULAR_GROUP_SIZE:
		return (sv_opt_u64("--group-size", arg, 1, UINT32_MAX,
		    &r->size));
	case SV_REGULAR_GROUPS:
		r->file = arg;
		return (0);
	case SV_REGULAR_BOX:
		return (box(r, arg));
	case SV_REGULAR_NONNEG:
		return (0);
	case SV_REGULAR_C:
		return (sv_opt_double("--c", arg, 1e-300, 1e300, &r->c));
	default:
		return (1);
	}
}

/* Is a weight still a number, and not 0, when it is divided by c? */
static int
divisible(const struct sv_regular *r, double weight)
{
	double quotient = weight / r->c;

	return (!(weight > 0.0) || (quotient > 0.0 && isfinite(quotient)));
}

int
sv_regular_check(const struct sv_regular *r)
{
	unsigned given = r->given;
	const char *bounds = given & BIT(SV_REGULAR_BOX) ? "--box" : "--nonneg";
	const char *norm = given & BIT(SV_REGULAR_GROUP) ? "--group" :
	    given & BIT(SV_REGULAR_L1) ? "--l1" : "--l2";

	if ((given & BOUNDS) == BOUNDS)
		sv_warnx("--box and --nonneg: give one of them");
	else if (given & BOUNDS && given & (NORMS | BIT(SV_REGULAR_GROUP)))
		sv_warnx("%s and %s: give one of them", norm, bounds);
	else if (given & BOUNDS && given & BIT(SV_REGULAR_C))
		sv_warnx("--c divides weights, and %s has none", bounds);
	else if (given & BIT(SV_REGULAR_GROUP) && given & NORMS)
		sv_warnx("--group and %s: give one of them",
		    given & BIT(SV_REGULAR_L1) ? "--l1" : "--l2");
	else if ((given & TABLES) == TABLES)
		sv_warnx("--group-size and --groups: give one of them");
	else if (given & BIT(SV_REGULAR_GROUP) && !(given & TABLES))
		sv_warnx("--group needs --group-size or --groups");
	else if (given & TABLES && !(given & BIT(SV_REGULAR_GROUP)))
		sv_warnx("%s needs --group", given & BIT(SV_REGULAR_GROUPS) ?
		    "--groups" : "--group-size");
	else if (!divisible(r, r->l1) || !divisible(r, r->l2) ||
	    !divisible(r, r->group))
		sv_warnx("--c %g: a weight divided by it is out of range",
		    r->c);
	else
		return (0);
	return (-1);
}

/* A line's number; 0, or -1 if it is none. */
static int
parse(const char *line, uint32_t *number)
{
	char *end;
	unsigned long long v;

	line += strspn(line, " \t");
	if (*line < '0' || *line > '9')
		return (-1);
	errno = 0;
	v = strtoull(line, &end, 10);
	end += strspn(end, " \t\r\n");
	if (*end != '\0' || errno != 0 || v > UINT32_MAX)
		return (-1);
	*number = (uint32_t)v;
	return (0);
}

/* The d numbers of a file, or fewer; -1 after a message. */
static int
read_numbers(FILE *f, const char *name, size_t d, uint32_t *number)
{
	char line[64];
	size_t n = 0;

	while (fgets(line, sizeof(line), f) != NULL) {
		if (n == d) {
			sv_warnx("%s: more than the %zu lines of %zu features",
			    name, d, d);
			return (-1);
		}
		/* A line that is longer than any number's is none. */
		if ((strchr(line, '\n') == NULL && !feof(f)) ||
		    parse(line, &number[n]) == -1) {
			sv_warnx("%s, line %zu: expected a group's number, 0 to"
			    " %" PRIu32, name, n + 1, UINT32_MAX);
			return (-1);
		}
		n++;
	}
	if (ferror(f)) {
		sv_warn("%s", name);
		return (-1);
	}
	if (n < d) {
		sv_warnx("%s: %zu lines for %zu features", name, n, d);
		return (-1);
	}
	return (0);
}

static struct sv_groups *
read_groups(const char *name, size_t d)
{
	struct sv_groups *s = NULL;
	uint32_t *number;
	FILE *f;

	if ((number = calloc(d, sizeof(*number))) == NULL && d > 0) {
		sv_warn("groups");
		goto err0;
	}
	if ((f = fopen(name, "r")) == NULL) {
		sv_warn("%s", name);
		goto err1;
	}
	if (read_numbers(f, name, d, number) == 0 &&
	    (s = sv_prox_groups_table(number, d)) == NULL)
		sv_warn("groups");
	fclose(f);

err1:
	free(number);
err0:
	return (s);
}

static int
make_groups(struct sv_regular *r, size_t d)
{

	if (r->file != NULL) {
		r->groups = read_groups(r->file, d);
	} else if (d % r->size != 0) {
		sv_warnx("--group-size %" PRIu64 " does not divide the %zu"
		    " features", r->size, d);
	} else if ((r->groups = sv_prox_groups_blocks(d,
	    (size_t)r->size)) == NULL) {
		sv_warn("groups");
	}
	return (r->groups != NULL ? 0 : -1);
}

int
sv_regular_finish(struct sv_regular *r, size_t d, struct sv_prox *g)
{
	unsigned given = r->given;
	double l1 = r->l1 / r->c, l2 = r->l2 / r->c;

	if (given & BIT(SV_REGULAR_L2) && !(given & BIT(SV_REGULAR_L1)))
		l1 = 0.0;
	if (given & BIT(SV_REGULAR_BOX))
		sv_prox_box(g, r->lo, r->hi);
	else if (given & BIT(SV_REGULAR_NONNEG))
		sv_prox_nonneg(g);
	else if (given & BIT(SV_REGULAR_GROUP)) {
		if (make_groups(r, d) == -1)
			return (-1);
		sv_prox_group(g, r->group / r->c, r->groups);
	} else if (l1 > 0.0 && l2 > 0.0)
		sv_prox_elastic(g, l1, l2);
	else if (l2 > 0.0)
		sv_prox_l2(g, l2);
	else if (l1 > 0.0)
		sv_prox_l1(g, l1);
	else
		sv_prox_none(g);
	g->d = d;
	return (0);
}

void
sv_regular_fini(struct sv_regular *r)
{

	sv_prox_groups_free(r->groups);
	r->groups = NULL;
}

void
sv_regular_help(void)
{

	printf("      --l1 LAMBDA        weight of |x|_1 (1, if no regulariser is"
	    " given)\n"
	    "      --l2 LAMBDA        weight of |x|^2 / 2; with --l1 the"
	    " elastic net\n"
	    "      --group LAMBDA     weight of the sum of sqrt(size) |x_G|"
	    " over groups\n"
	    "      --group-size K     groups are K consecutive features each\n"
	    "      --groups FILE      or features whose lines in FILE have the"
	    " same number\n"
	    "      --box LO,HI        bounds of every x_j; -inf and inf are"
	    " none\n"
	    "      --nonneg           x_j >= 0\n"
	    "      --c C              divide the weights by C, as LIBLINEAR's"
	    " -c (1)\n");
}
