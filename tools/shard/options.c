#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "opt.h"
#include "options.h"
#include "problem.h"
#include "textopt.h"
#include "upload.h"

/* Options without a letter. */
enum {
	F32 = 256, SCALE, HOLDOUT, ZSTD, INFO, REMOTE
};

static const struct option longs[] = {
	{ "workers", required_argument, NULL, 'w' },
	{ "output", required_argument, NULL, 'o' },
	{ "seed", required_argument, NULL, 's' },
	{ "features", required_argument, NULL, 'd' },
	{ "weights", required_argument, NULL, 'W' },
	{ "format", required_argument, NULL, 'f' },
	SV_TEXTOPT_OPTIONS,
	{ "scale", required_argument, NULL, SCALE },
	{ "holdout", required_argument, NULL, HOLDOUT },
	{ "f32", no_argument, NULL, F32 },
	{ "zstd", no_argument, NULL, ZSTD },
	{ "info", no_argument, NULL, INFO },
	{ "remote", required_argument, NULL, REMOTE },
	SV_OPT_COMMON
};

static void
help(void)
{

	fputs("usage: sv-shard -w shards -o dir|URL [options] [file ...]\n"
	    "       sv-shard -w shards --remote URL [options]\n"
	    "       sv-shard --info [-f text|tsv|json] file ...\n"
	    "Cut LIBSVM or CSV text, plain or packed, or the rows of a problem"
	    " frame, into\nshard files dir/shard-*.svs and write their problem"
	    " frame.  Without a file, or\nif it is -, read standard input.\n\n"
	    "  -w, --workers N       number of shards, one a worker\n"
	    "  -o, --output DIR      directory of the files, made if missing;"
	    " or the\n                        URL of one: s3://bucket/prefix,"
	    " http(s)://host/prefix/\n"
	    "  -s, --seed N          seed of the order rows are dealt out in"
	    " (1)\n"
	    "  -d, --features N      number of features (the largest index)\n"
	    "  -W, --weights FILE    weights of the rows, a line for each\n"
	    "  -f, --format FORMAT   libsvm, csv, tsv, or auto: by the file's"
	    " name (auto)\n",
	    stdout);
	sv_textopt_help();
	fputs("      --scale HOW       scale features: maxabs or standard\n"
	    "      --holdout SHARE   hold out so many of the rows, as"
	    " dir/holdout.svm\n"
	    "      --f32             keep values in f32, not f64\n"
	    "      --zstd            pack the files with zstd\n"
	    "      --info            say what is in shard files, and check"
	    " them\n"
	    "      --remote URL      leave a plain LIBSVM text where it is:"
	    " workers read\n                        their parts of it\n"
	    "  -v, --verbose         say what was cut\n"
	    "  -q, --quiet           say nothing but errors\n"
	    "  -h, --help            this text\n"
	    "  -V, --version         the version\n\n"
	    "example: sv-shard -w 8 -o shards a8a.xz | sv-cat\n", stdout);
}

/* Which of ${n} names is ${arg}?  -1 after a message. */
static int
choose(const char *option, const char *arg, const char *const *names, int n)
{
	char list[80] = "";
	size_t at = 0;

	for (int i = 0; i < n; i++)
		if (strcmp(arg, names[i]) == 0)
			return (i);
	for (int i = 0; i < n && at < sizeof(list); i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s",
		    i == 0 ? "" : i == n - 1 ? " or " : ", ", names[i]);
	sv_warnx("%s %s: expected %s", option, arg, list);
	return (-1);
}

/* A share between 0 and 1, both excluded. */
static int
read_share(const char *arg, double *share)
{
	double x;

	if (sv_opt_double("--holdout", arg, 0, 1, &x) == -1)
		return (-1);
	if (x > 0 && x < 1) {
		*share = x;
		return (0);
	}
	sv_warnx("--holdout %s: expected a share of the rows between 0 and 1",
	    arg);
	return (-1);
}

/* Options that say how text is read; 1: it is none of them. */
static int
read_text(struct options *o, int c, const char *arg)
{
	int rc = sv_textopt_take(&o->source.text, c, arg);

	/* Labels of problems may be mapped, too. */
	if (rc != 0 || c == SV_TEXTOPT_POSITIVE ||
	    o->source.only_text != NULL)
		return (rc);
	for (size_t i = 0; longs[i].name != NULL; i++)
		if (longs[i].val == c)
			o->source.only_text = longs[i].name;
	return (0);
}

/* Options with a letter and an argument; 1: it is none of them. */
static int
read_letter(struct options *o, int c, const char *arg)
{

	switch (c) {
	case 'w':
		return (sv_opt_u32("-w", arg, 1, SV_PROBLEM_MAXSHARDS,
		    &o->workers));
	case 'o':
		o->output = arg;
		return (0);
	case 's':
		return (sv_opt_u64("-s", arg, 0, SV_RECIPE_MAXSEED, &o->seed));
	case 'd':
		return (sv_opt_u64("-d", arg, 1, SV_RECIPE_MAXCOLS,
		    &o->source.text.d));
	case 'W':
		o->source.weights = arg;
		return (0);
	case 'f':
		o->format = arg;
		return (0);
	default:
		return (1);
	}
}

/* What is to be done with the rows; 1: it is none of these. */
static int
read_long(struct options *o, int c, const char *arg)
{
	static const char *const hows[] = { "maxabs", "standard" };
	int which;

	switch (c) {
	case SCALE:
		if ((which = choose("--scale", arg, hows, 2)) == -1)
			return (-1);
		o->scale = which == 0 ? SCALE_MAXABS : SCALE_STANDARD;
		return (0);
	case HOLDOUT:
		return (read_share(arg, &o->holdout));
	case F32:
		o->elem = SV_F32;
		return (0);
	case ZSTD:
		o->zstd = 1;
		return (0);
	case INFO:
		o->info = 1;
		return (0);
	case REMOTE:
		o->remote = arg;
		return (0);
	default:
		return (1);
	}
}

/* Does the format make sense for what is to be done?  0, or -1. */
static int
check_format(struct options *o)
{
	static const char *const tables[] = { "text", "tsv", "json" };
	struct sv_text_options *t = &o->source.text;

	if (o->format == NULL)
		return (0);
	if (o->info)
		return (choose("-f", o->format, tables, 3) == -1 ? -1 : 0);
	if (sv_textopt_format(t, "-f", o->format) == -1)
		return (-1);
	if (t->format != SV_TEXT_AUTO && o->source.only_text == NULL)
		o->source.only_text = "format";
	return (0);
}

/* The first option that has nothing to do with --info, or with --remote. */
static const char *
stranger(const struct options *o)
{
	const struct sv_text_options *t = &o->source.text;

	if (o->output != NULL)
		return ("-o");
	if (o->source.weights != NULL)
		return ("-W");
	if (o->scale != SCALE_NONE)
		return ("--scale");
	if (o->holdout > 0)
		return ("--holdout");
	if (o->zstd)
		return ("--zstd");
	if (t->label != NULL || t->categorical != NULL || t->ignore != NULL ||
	    t->buckets != 0 || t->missing != NULL || t->no_header)
		return ("what CSV is read with");
	if (t->format == SV_TEXT_CSV || t->format == SV_TEXT_TSV)
		return ("-f csv");
	if (!o->info)
		return (NULL);
	if (o->workers != 0)
		return ("-w");
	if (o->remote != NULL)
		return ("--remote");
	if (t->d != 0 || t->positive != NULL || t->zero_based)
		return ("what text is read with");
	return (o->elem == SV_F32 ? "--f32" : NULL);
}

/* Does standard input come once at most?  0, or -1 after a message. */
static int
check_input(const struct options *o)
{
	int rows = o->source.n == 0, weights = o->source.weights != NULL &&
	    strcmp(o->source.weights, "-") == 0;

	for (size_t i = 0; i < o->source.n; i++)
		rows += strcmp(o->source.names[i], "-") == 0;
	if (rows > 1)
		sv_warnx("standard input can be read only once");
	else if (rows == 1 && weights)
		sv_warnx("-W -: standard input is for the rows, or name their"
		    " file");
	else
		return (0);
	return (-1);
}

/* Is that a place for files?  -1 after a message. */
static int
check_output(const char *output)
{

	if (output == NULL || output[0] == '\0')
		sv_warnx("-o is missing: which directory, or which URL?");
	else if (strstr(output, "://") != NULL && !upload_wanted(output))
		sv_warnx("-o %s: expected a directory, or a URL that begins "
		    "with s3://, http:// or https://", output);
	else
		return (0);
	return (-1);
}

/* Does it make sense as a whole?  -1 if so, otherwise the exit status. */
static int
check(const struct options *o)
{
	const char *other = o->info || o->remote != NULL ? stranger(o) : NULL;

	if (other != NULL)
		sv_warnx("%s has nothing to do with %s", other,
		    o->info ? "--info" : "--remote");
	else if (o->info && o->source.n == 0)
		sv_warnx("--info: which shard files?");
	else if (o->info)
		return (-1);
	else if (o->workers == 0)
		sv_warnx("-w is missing: how many shards?");
	else if (o->remote != NULL && o->source.n > 0)
		sv_warnx("--remote is one text: there can be no file beside"
		    " it");
	else if (o->remote == NULL && check_output(o->output) == -1)
		;
	else if (o->remote == NULL && check_input(o) == -1)
		;
	else if (sv_textopt_check(&o->source.text) == -1)
		;
	else if (isatty(STDOUT_FILENO)) {
		sv_warnx("standard output is a terminal, and frames are binary:"
		    " redirect it to a file or a pipe");
		return (SV_EXIT_FAILED);
	} else
		return (-1);
	return (sv_opt_usage());
}

int
options_read(struct options *o, int argc, char **argv)
{
	int c, rc, bad = 0;

	while ((c = getopt_long(argc, argv, "w:o:s:d:W:f:vqhV", longs,
	    NULL)) != -1) {
		if ((rc = read_letter(o, c, optarg)) == 1 &&
		    (rc = read_text(o, c, optarg)) == 1 &&
		    (rc = read_long(o, c, optarg)) == 1) {
			switch (c) {
			case 'v':
				o->verbose = 1;
				break;
			case 'q':
				o->verbose = 0;
				o->quiet = 1;
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
		bad |= rc == -1;
	}
	o->source.names = argv + optind;
	o->source.n = (size_t)(argc - optind);
	if (bad || check_format(o) == -1)
		return (sv_opt_usage());
	return (check(o));
}
