#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chosen.h"
#include "err.h"
#include "opt.h"
#include "options.h"

enum {
	OPT_OPERAND = 1,	/* what getopt_long() calls one, asked for with - */
	OPT_ALL = 256, OPT_SECTION, OPT_AGAINST, OPT_LABEL, OPT_PLOT, OPT_HTML,
	OPT_TITLE, OPT_ROUNDS, OPT_FOLLOW, OPT_WAIT, OPT_PRICES, OPT_ARCH,
	OPT_FREE, OPT_MACHINE, OPT_REPORT
};

static const struct option options[] = {
	{ "format", required_argument, NULL, 'f' },
	{ "output", required_argument, NULL, 'o' },
	{ "all", no_argument, NULL, OPT_ALL },
	{ "section", required_argument, NULL, OPT_SECTION },
	{ "against", no_argument, NULL, OPT_AGAINST },
	{ "label", required_argument, NULL, OPT_LABEL },
	{ "plot", required_argument, NULL, OPT_PLOT },
	{ "html", required_argument, NULL, OPT_HTML },
	{ "title", required_argument, NULL, OPT_TITLE },
	{ "rounds", required_argument, NULL, OPT_ROUNDS },
	{ "follow", no_argument, NULL, OPT_FOLLOW },
	{ "wait", required_argument, NULL, OPT_WAIT },
	{ "prices", required_argument, NULL, OPT_PRICES },
	{ "arch", required_argument, NULL, OPT_ARCH },
	{ "free-tier", no_argument, NULL, OPT_FREE },
	{ "machine", required_argument, NULL, OPT_MACHINE },
	{ "report", required_argument, NULL, OPT_REPORT },
	SV_OPT_COMMON
};

static int
help(void)
{

	printf("usage: sv-stats [-qv] [option ...] [run ...]"
	    " [--against [run ...]]\n"
	    "Print the figures of a run, or a comparison of several.\n\n"
	    "  -f, --format F       text, json or tsv (text)\n"
	    "  -o, --output FILE    write there (stdout)\n"
	    "      --all            every row of long tables\n"
	    "      --section NAME   only this one: summary models trace rounds"
	    " timing\n"
	    "                       utilisation distributions shards starts"
	    " invocations bill\n"
	    "                       bill-rounds bill-shards responsiveness"
	    " handovers losses\n"
	    "                       events comparison\n"
	    "      --against        the runs that follow are another set\n"
	    "      --label NAME     what to call the set\n"
	    "      --rounds LIST    for the timing diagram: numbers, first,"
	    " last, median,\n"
	    "                       slowest (median,slowest)\n"
	    "Pictures:\n"
	    "      --html FILE      a page with all figures\n"
	    "      --title TEXT     its title\n"
	    "      --plot DIR       figures as SVG, PNG and gnuplot scripts\n"
	    "While it runs:\n"
	    "      --follow         show on stderr how it goes, and wait for its"
	    " end\n"
	    "      --wait S         seconds that its file may be missing, or not"
	    " grow\n"
	    "                       (30, 900)\n");
	printf("The bill:\n"
	    "      --arch NAME      of functions: x86_64 or arm64 (what they"
	    " say, or x86_64)\n"
	    "      --prices FILE    table of prices (the one of AWS Lambda that"
	    " is built in)\n"
	    "      --free-tier      take off what a month has free\n"
	    "      --report FILE    log with the functions' REPORT lines\n"
	    "      --machine SPEC   what to compare with: NAME[,cores=N]"
	    "[,hour=USD]\n"
	    "                       [,seconds=S][,run=FILE]\n"
	    "  -v, --verbose        say how much was read\n"
	    "  -q, --quiet          say nothing but errors\n"
	    "  -h, --help           this text\n"
	    "  -V, --version        the version\n\n"
	    "example: sv-stats run-*.svf\n");
	return (sv_opt_printed());
}

static int
parse_format(const char *arg, enum stats_format *format)
{
	static const char * const names[] = { "text", "json", "tsv" };

	for (int i = 0; i < 3; i++) {
		if (strcmp(arg, names[i]) == 0) {
			*format = (enum stats_format)i;
			return (0);
		}
	}
	sv_warnx("-f %s: expected text, json or tsv", arg);
	return (-1);
}

/* Append a string of argv to an array. */
static int
append(char ***list, size_t *n, char *arg)
{
	char **p;

	if ((p = realloc(*list, (*n + 1) * sizeof(*p))) == NULL) {
		sv_warn("%s", arg);
		return (-1);
	}
	*list = p;
	p[(*n)++] = arg;
	return (0);
}

/* Begin another set of runs. */
static int
add_set(struct stats_options *o)
{
	struct stats_set *p;

	if ((p = realloc(o->set, (o->nset + 1) * sizeof(*p))) == NULL) {
		sv_warn("--against");
		return (-1);
	}
	o->set = p;
	memset(&p[o->nset++], 0, sizeof(*p));
	return (0);
}

static int
take_label(struct stats_options *o, const char *arg)
{
	struct stats_set *set = &o->set[o->nset - 1];

	if (set->label != NULL) {
		sv_warnx("--label %s: the set is called %s", arg, set->label);
		return (-1);
	}
	set->label = arg;
	return (0);
}

/* Take an option about the bill. */
static int
take_bill(int c, struct stats_options *o)
{

	switch (c) {
	case OPT_PRICES:
		o->prices = optarg;
		return (0);
	case OPT_ARCH:
		o->arch_given = 1;
		return (sv_price_arch_option(optarg, &o->arch));
	case OPT_FREE:
		o->free_tier = 1;
		return (0);
	case OPT_MACHINE:
		o->machine = optarg;
		return (0);
	case OPT_REPORT:
		return (append(&o->report, &o->nreport, optarg));
	default:
		return (-1);
	}
}

/* Take an option about runs, or what is made of them beside the tables. */
static int
take_other(int c, struct stats_options *o)
{

	switch (c) {
	case OPT_OPERAND:
		return (append(&o->set[o->nset - 1].file,
		    &o->set[o->nset - 1].n, optarg));
	case OPT_AGAINST:
		return (add_set(o));
	case OPT_LABEL:
		return (take_label(o, optarg));
	case OPT_PLOT:
		o->plot = optarg;
		return (0);
	case OPT_HTML:
		o->html = optarg;
		return (0);
	case OPT_TITLE:
		o->title = optarg;
		return (0);
	case OPT_ROUNDS:
		o->rounds = optarg;
		return (0);
	case OPT_FOLLOW:
		o->follow = 1;
		return (0);
	case OPT_WAIT:
		return (sv_opt_double("--wait", optarg, 0.1, 1e6, &o->wait));
	default:
		return (take_bill(c, o));
	}
}

/* Say which sections there are. */
static int
no_section(const char *name)
{
	char list[256] = "";

	for (int id = 0; id < SECTION_N; id++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list),
		    "%s%s", id == 0 ? "" : id == SECTION_N - 1 ? " or " : ", ",
		    section_name((enum section_id)id));
	sv_warnx("--section %s: expected %s", name, list);
	return (-1);
}

/* Take one option; -1 if it makes no sense. */
static int
take(int c, struct stats_options *o)
{

	switch (c) {
	case 'f':
		return (parse_format(optarg, &o->format));
	case 'o':
		o->output = optarg;
		return (0);
	case OPT_ALL:
		o->all = 1;
		return (0);
	case OPT_SECTION:
		if ((o->only = section_parse(optarg)) != SECTION_ANY)
			return (0);
		return (no_section(optarg));
	case 'q':
		o->quiet = 1;
		return (0);
	case 'v':
		o->verbose = 1;
		return (0);
	default:
		return (take_other(c, o));
	}
}

/* No file, where there is one set, is standard input. */
static int
check(struct stats_options *o)
{
	static char dash[] = "-";

	if (o->nset == 1 && o->set[0].n == 0) {
		if (isatty(STDIN_FILENO)) {
			sv_warnx("expected run files, or a run on stdin");
			return (-1);
		}
		if (append(&o->set[0].file, &o->set[0].n, dash) == -1)
			return (-1);
	}
	for (size_t i = 0; i < o->nset; i++) {
		if (o->set[i].n == 0) {
			sv_warnx("--against: there is no run %s it",
			    i == 0 ? "before" : "after");
			return (-1);
		}
	}
	if (o->rounds != NULL && chosen_check(o->rounds) == -1)
		return (-1);
	if (o->follow && (o->nset > 1 || o->set[0].n > 1)) {
		sv_warnx("--follow: one run at a time");
		return (-1);
	}
	if (o->wait > 0.0 && !o->follow) {
		sv_warnx("--wait: for --follow");
		return (-1);
	}
	if (o->title != NULL && o->html == NULL) {
		sv_warnx("--title: for --html");
		return (-1);
	}
	return (0);
}

int
options_read(struct stats_options *o, int argc, char **argv)
{
	int c;

	memset(o, 0, sizeof(*o));
	o->only = SECTION_ANY;
	if (add_set(o) == -1)
		return (SV_EXIT_FAILED);
	/* The - has operands come in turn: which set they are in depends on it. */
	while ((c = getopt_long(argc, argv, "-f:o:qvhV", options,
	    NULL)) != -1) {
		if (c == 'h')
			return (help());
		if (c == 'V')
			return (sv_opt_version());
		if (take(c, o) == -1)
			return (sv_opt_usage());
	}
	for (; optind < argc; optind++)	/* behind a -- */
		if (append(&o->set[o->nset - 1].file, &o->set[o->nset - 1].n,
		    argv[optind]) == -1)
			return (SV_EXIT_FAILED);
	return (check(o) == -1 ? sv_opt_usage() : -1);
}

void
options_fini(struct stats_options *o)
{

	for (size_t i = 0; i < o->nset; i++)
		free(o->set[i].file);
	free(o->set);
	free(o->report);
}
