#include "config.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "io.h"
#include "opt.h"
#include "problem.h"

enum { F32 = 256 };	/* options without a letter */

static void
help(void)
{

	printf("usage: sv-gen [-n rows] [-d features] [-p density] [-s seed]"
	    " [--f32]\n"
	    "Write the problem frame of a synthetic classification problem:"
	    " a recipe,\nfrom which any program makes the rows it needs.\n\n"
	    "  -n, --rows N        rows, up to 2^40 (600000)\n"
	    "  -d, --features N    features, below 2^32 (10000)\n"
	    "  -p, --density P     share of non-zeros in a row, in (0,1]"
	    " (0.001)\n"
	    "  -s, --seed N        seed of the random numbers (1)\n"
	    "      --f32           workers keep values in f32, not f64\n"
	    "  -v, --verbose       say what the problem is\n"
	    "  -q, --quiet         say nothing but errors\n"
	    "  -h, --help          this text\n"
	    "  -V, --version       the version\n\n"
	    "example: sv-gen -n 1000 -d 50 -p 0.2 | sv-cat -f libsvm\n");
}

/* Fill the recipe from the command line; -1 go on, otherwise the exit status. */
static int
options(int argc, char **argv, struct sv_recipe *r, double *p,
    enum sv_elem *elem, int *verbose)
{
	static const struct option longs[] = {
		{ "rows", required_argument, NULL, 'n' },
		{ "features", required_argument, NULL, 'd' },
		{ "density", required_argument, NULL, 'p' },
		{ "seed", required_argument, NULL, 's' },
		{ "f32", no_argument, NULL, F32 },
		SV_OPT_COMMON
	};
	int c, bad = 0;

	while ((c = getopt_long(argc, argv, "n:d:p:s:vqhV", longs, NULL)) != -1) {
		switch (c) {
		case 'n':
			bad |= sv_opt_u64("-n", optarg, 1, SV_RECIPE_MAXROWS,
			    &r->n);
			break;
		case 'd':
			bad |= sv_opt_u64("-d", optarg, 1, SV_RECIPE_MAXCOLS,
			    &r->d);
			break;
		case 'p':
			bad |= sv_opt_double("-p", optarg, 0, 1, p);
			break;
		case 's':
			bad |= sv_opt_u64("-s", optarg, 0, SV_RECIPE_MAXSEED,
			    &r->seed);
			break;
		case F32:
			*elem = SV_F32;
			break;
		case 'v':
			*verbose = 1;
			break;
		case 'q':
			*verbose = 0;
			break;
		case 'h':
			help();
			return (sv_opt_printed());
		case 'V':
			return (sv_opt_version());
		default:
			bad = 1;
		}
	}
	return (bad ? sv_opt_usage() : -1);
}

int
main(int argc, char **argv)
{
	struct sv_recipe r = { .n = 600000, .d = 10000, .seed = 1 };
	struct sv_frame f;
	const char *why;
	enum sv_elem elem = SV_F64;
	double p = 0.001;
	int rc, verbose = 0;

	sv_err_init(argv[0]);
	if ((rc = options(argc, argv, &r, &p, &elem, &verbose)) != -1)
		return (rc);

	/* Does it make sense? */
	if (optind < argc) {
		sv_warnx("unexpected argument '%s'", argv[optind]);
		return (sv_opt_usage());
	}
	if (!(p > 0)) {
		sv_warnx("-p: the density must be above 0");
		return (sv_opt_usage());
	}
	r.k = sv_recipe_k(r.d, p);
	if ((why = sv_recipe_check(&r)) != NULL) {
		sv_warnx("%s", why);
		return (sv_opt_usage());
	}
	if (isatty(STDOUT_FILENO)) {
		sv_warnx("standard output is a terminal, and frames are binary:"
		    " pipe them into sv-cat to look at them");
		return (SV_EXIT_FAILED);
	}

	/* The recipe is all there is to write. */
	if (verbose)
		sv_warnx("%ju rows of %ju features, %ju non-zeros in each",
		    (uintmax_t)r.n, (uintmax_t)r.d, (uintmax_t)r.k);
	if (sv_problem_recipe(&f, &r, p, elem) == -1 ||
	    sv_frame_send(STDOUT_FILENO, &f) == -1) {
		sv_warn("cannot write the problem");
		return (SV_EXIT_FAILED);
	}
	return (SV_EXIT_DONE);
}
