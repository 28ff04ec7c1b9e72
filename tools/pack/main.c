#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collect.h"
#include "err.h"
#include "opt.h"
#include "package.h"

/* The range of times that archives can tell. */
#define TIME_MIN ((time_t)315532800)	/* 1980 */
#define TIME_MAX ((time_t)2145916800)	/* 2038 */

/* What AWS Lambda's image has, provided.al2023. */
#define GLIBC "2.34"

struct options {
	struct request q;
	const char *output;
	int quiet;
};

enum { OPT_LAYER = 256, OPT_LOADER, OPT_GLIBC, OPT_ADD, OPT_CA, OPT_NO_CA };

static void
help(void)
{

	printf("usage: sv-pack [-qv] [-o file] [--layer] [--loader]"
	    " [--glibc version]\n"
	    "               [--add file[=name]]... [--ca file] [--no-ca] program\n"
	    "Pack a program, with the libraries that it needs, for AWS"
	    " Lambda.\n\n"
	    "  -o, --output FILE      the archive (function.zip, layer.zip)\n"
	    "      --layer            the libraries alone\n"
	    "      --loader           with glibc and its loader, whatever the"
	    " target has\n"
	    "      --glibc VERSION    the target's glibc (" GLIBC ")\n"
	    "      --add FILE[=NAME]  one more file; may be repeated\n"
	    "      --ca FILE          certificates that it is to trust (the"
	    " system's,\n"
	    "                         if it can check any)\n"
	    "      --no-ca            no certificates\n"
	    "  -v, --verbose          say where each library was found\n"
	    "  -q, --quiet            say nothing but errors\n"
	    "  -h, --help             this text\n"
	    "  -V, --version          the version\n\n"
	    "example: sv-pack -o function.zip bootstrap\n");
}

/* One more file to add; -1 after a line. */
static int
add(struct request *q, char *arg)
{
	char **p = realloc(q->adds, (q->nadds + 1) * sizeof(*p));

	if (p == NULL) {
		sv_warn("--add");
		return (-1);
	}
	q->adds = p;
	q->adds[q->nadds++] = arg;
	return (0);
}

static const struct option longs[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "layer", no_argument, NULL, OPT_LAYER },
	{ "loader", no_argument, NULL, OPT_LOADER },
	{ "glibc", required_argument, NULL, OPT_GLIBC },
	{ "add", required_argument, NULL, OPT_ADD },
	{ "ca", required_argument, NULL, OPT_CA },
	{ "no-ca", no_argument, NULL, OPT_NO_CA },
	SV_OPT_COMMON
};

/* From the command line; -1 go on, otherwise the exit status. */
static int
options(int argc, char **argv, struct options *o)
{
	int ch;

	while ((ch = getopt_long(argc, argv, "o:vqhV", longs, NULL)) != -1) {
		switch (ch) {
		case 'o':
			o->output = optarg;
			break;
		case OPT_LAYER:
			o->q.layer = 1;
			break;
		case OPT_LOADER:
			o->q.loader = 1;
			break;
		case OPT_GLIBC:
			if (image_version_parse(&o->q.glibc, optarg) == -1) {
				sv_warnx("--glibc %s: expected a version like "
				    GLIBC, optarg);
				return (sv_opt_usage());
			}
			o->q.glibc_text = optarg;
			break;
		case OPT_ADD:
			if (add(&o->q, optarg) == -1)
				return (SV_EXIT_FAILED);
			break;
		case OPT_CA:
			o->q.ca = optarg;
			break;
		case OPT_NO_CA:
			o->q.ca = "";
			break;
		case 'v':
			o->q.verbose = 1;
			break;
		case 'q':
			o->quiet = 1;
			break;
		case 'h':
			help();
			return (sv_opt_printed());
		case 'V':
			return (sv_opt_version());
		default:
			return (sv_opt_usage());
		}
	}
	return (-1);
}

/* The time of all entries: $SOURCE_DATE_EPOCH, or 1980. */
static int
entry_time(time_t *when)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	char *end;
	long long t;

	*when = TIME_MIN;
	if (text == NULL || text[0] == '\0')
		return (0);
	errno = 0;
	t = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0' || text[0] < '0' || text[0] > '9' ||
	    t >= (long long)TIME_MAX) {
		sv_warnx("SOURCE_DATE_EPOCH: expected seconds since 1970, before"
		    " 2038");
		return (-1);
	}
	if (t > (long long)TIME_MIN)
		*when = (time_t)t;
	return (0);
}

int
main(int argc, char *argv[])
{
	struct options o = { .q.glibc_text = GLIBC };
	struct package p = { 0 };
	uint64_t size;
	time_t when;
	int rc;

	sv_err_init(argv[0]);
	image_version_parse(&o.q.glibc, GLIBC);
	if ((rc = options(argc, argv, &o)) != -1)
		goto done;
	rc = SV_EXIT_USAGE;

	/* Does it make sense? */
	if (optind + 1 != argc) {
		if (optind == argc)
			sv_warnx("expected a program to pack");
		else
			sv_warnx("unexpected argument '%s'", argv[optind + 1]);
		sv_opt_usage();
		goto done;
	}
	o.q.program = argv[optind];
	if (o.output == NULL)
		o.output = o.q.layer ? "layer.zip" : "function.zip";
	if (o.quiet)
		o.q.verbose = 0;
	rc = SV_EXIT_FAILED;
	if (entry_time(&when) == -1)
		goto done;

	/* Times in archives are local. */
	if (setenv("TZ", "UTC0", 1) == -1) {
		sv_warn("TZ");
		goto done;
	}
	tzset();

	/* Collect, and write. */
	if (collect(&p, &o.q) == -1 ||
	    package_write(&p, o.output, when, &size) == -1)
		goto done;
	if (size > PACKAGE_ZIP_MAX && !o.quiet)
		sv_warnx("%s: more than %" PRIu64 " bytes, which cannot be"
		    " uploaded but through S3", o.output, PACKAGE_ZIP_MAX);
	if (package_print(&p, stdout, o.output, size) == -1)
		sv_warn("the table");
	else
		rc = sv_opt_printed();
done:
	package_fini(&p);
	free(o.q.adds);
	return (rc);
}
