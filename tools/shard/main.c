#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cut.h"
#include "err.h"
#include "opt.h"
#include "problem.h"
#include "source.h"

enum { F32 = 256 };	/* options without a letter */

struct options {
	uint32_t workers;	/* 0: not given */
	const char *dir;	/* NULL: not given */
	const char *weights;	/* NULL: not given */
	uint64_t seed;
	uint64_t d;		/* 0: not given */
	enum sv_elem elem;	/* of values in memory */
	int verbose;
};

static void
help(void)
{

	printf("usage: sv-shard -w shards -o dir [-s seed] [-d features]"
	    " [-W weights] [--f32] [file]\n"
	    "Cut LIBSVM text, or the rows of a problem frame, into shard files"
	    " dir/shard-*.svs\nand write their problem frame."
	    "  Without a file, or if it is -, read standard input.\n\n"
	    "  -w, --workers N     number of shards, one a worker\n"
	    "  -o, --output DIR    directory of the files; made if missing\n"
	    "  -s, --seed N        seed of the order rows are dealt out in (1)\n"
	    "  -d, --features N    number of features (the largest index)\n"
	    "  -W, --weights FILE  weights of the rows, a line for each\n"
	    "      --f32           workers keep values in f32, not f64\n"
	    "  -v, --verbose       say what was cut\n"
	    "  -q, --quiet         say nothing but errors\n"
	    "  -h, --help          this text\n"
	    "  -V, --version       the version\n\n"
	    "example: sv-shard -w 8 -o shards a8a | sv-cat\n");
}

/* Fill ${o}; -1 go on, otherwise the exit status. */
static int
options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "workers", required_argument, NULL, 'w' },
		{ "output", required_argument, NULL, 'o' },
		{ "seed", required_argument, NULL, 's' },
		{ "features", required_argument, NULL, 'd' },
		{ "weights", required_argument, NULL, 'W' },
		{ "f32", no_argument, NULL, F32 },
		SV_OPT_COMMON
	};
	int c, bad = 0;

	while ((c = getopt_long(argc, argv, "w:o:s:d:W:vqhV", longs, NULL)) !=
	    -1) {
		switch (c) {
		case 'w':
			bad |= sv_opt_u32("-w", optarg, 1,
			    SV_PROBLEM_MAXSHARDS, &o->workers);
			break;
		case 'o':
			o->dir = optarg;
			break;
		case 's':
			bad |= sv_opt_u64("-s", optarg, 0, SV_RECIPE_MAXSEED,
			    &o->seed);
			break;
		case 'd':
			bad |= sv_opt_u64("-d", optarg, 1, SV_RECIPE_MAXCOLS,
			    &o->d);
			break;
		case 'W':
			o->weights = optarg;
			break;
		case F32:
			o->elem = SV_F32;
			break;
		case 'v':
			o->verbose = 1;
			break;
		case 'q':
			o->verbose = 0;
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

/* Does the command line make sense?  -1 if so, otherwise the exit status. */
static int
check(int argc, char **argv, const struct options *o)
{

	if (o->workers == 0)
		sv_warnx("-w is missing: how many shards?");
	else if (o->dir == NULL)
		sv_warnx("-o is missing: which directory?");
	else if (o->weights != NULL && strcmp(o->weights, "-") == 0 &&
	    (optind == argc || strcmp(argv[optind], "-") == 0))
		sv_warnx("-W -: standard input is for the rows, or name their"
		    " file");
	else if (argc - optind > 1)
		sv_warnx("unexpected argument '%s'", argv[optind + 1]);
	else if (isatty(STDOUT_FILENO)) {
		sv_warnx("standard output is a terminal, and frames are binary:"
		    " redirect it to a file or a pipe");
		return (SV_EXIT_FAILED);
	} else
		return (-1);
	return (sv_opt_usage());
}

/* Read all rows, and write all files or none.  Return the exit status. */
static int
shard(const struct options *o, int fd, const char *name)
{
	struct source src = { .fd = fd, .name = name, .d = o->d,
	    .elem = o->elem };
	int status = SV_EXIT_FAILED;
	struct cut *c;

	if (o->weights != NULL &&
	    (src.weights = weights_open(o->weights)) == NULL)
		return (SV_EXIT_FAILED);
	if ((c = cut_new(o->dir, o->workers, o->seed)) == NULL)
		goto out;
	if (source_rows(&src, c) == -1)
		goto out;
	if (cut_count(c) == 0)
		sv_warnx("%s: no rows", name);
	else if (cut_count(c) < o->workers)
		sv_warnx("%s: only %" PRIu64 " rows for %" PRIu32 " shards",
		    name, cut_count(c), o->workers);
	else if (src.d == 0)
		sv_warnx("%s: no features: every row is empty, and -d does not"
		    " say how many there are", name);
	else if (cut_finish(c, src.d, src.elem) == 0 && source_rest(&src) == 0)
		status = SV_EXIT_DONE;
	if (status == SV_EXIT_DONE && o->verbose)
		sv_warnx("%s: %" PRIu64 " rows of %" PRIu64 " features in %"
		    PRIu32 " shards%s", name, cut_count(c), src.d, o->workers,
		    src.weights != NULL ? ", with weights" : "");
out:
	weights_free(src.weights);
	source_fini(&src);
	cut_free(c);
	return (status);
}

int
main(int argc, char **argv)
{
	struct options o = { .seed = 1, .elem = SV_F64 };
	const char *name = "standard input";
	int fd = STDIN_FILENO, status;

	sv_err_init(argv[0]);
	if ((status = options(argc, argv, &o)) != -1)
		return (status);
	if ((status = check(argc, argv, &o)) != -1)
		return (status);

	/* A reader that has gone is an error like any other. */
	signal(SIGPIPE, SIG_IGN);
	if (optind < argc && strcmp(argv[optind], "-") != 0) {
		name = argv[optind];
		if ((fd = open(name, O_RDONLY | O_CLOEXEC)) == -1) {
			sv_warn("%s", name);
			return (SV_EXIT_FAILED);
		}
	}
	return (shard(&o, fd, name));
}
