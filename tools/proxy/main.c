#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "err.h"
#include "fd.h"
#include "opt.h"
#include "proxy.h"

enum { OPT_DELAY = 256, OPT_RATE, OPT_SPLIT, OPT_CORRUPT, OPT_CUT, OPT_STALL,
    OPT_REFUSE, OPT_DOWN, OPT_ONLY, OPT_INSECURE, OPT_EOF };

#define DAY 86400.0

static const struct option longs[] = {
	{ "seed", required_argument, NULL, 's' },
	{ "delay", required_argument, NULL, OPT_DELAY },
	{ "rate", required_argument, NULL, OPT_RATE },
	{ "split", required_argument, NULL, OPT_SPLIT },
	{ "corrupt", required_argument, NULL, OPT_CORRUPT },
	{ "cut", required_argument, NULL, OPT_CUT },
	{ "stall", required_argument, NULL, OPT_STALL },
	{ "refuse", required_argument, NULL, OPT_REFUSE },
	{ "down", required_argument, NULL, OPT_DOWN },
	{ "only", required_argument, NULL, OPT_ONLY },
	{ "insecure", no_argument, NULL, OPT_INSECURE },
	{ "until-eof", no_argument, NULL, OPT_EOF },
	SV_OPT_COMMON
};

static int
help(void)
{

	printf("usage: sv-proxy [-qv] [option ...] LISTEN TARGET"
	    " [-- command ...]\n"
	    "Pass TCP connections on from LISTEN to TARGET, HOST:PORT both, and"
	    " do harm to\nthem.  Port 0 is any; both addresses are printed.\n\n"
	    "  -s, --seed N          what is hit, and when (1)\n"
	    "      --delay S[,S]     bytes wait so long, and up to so much"
	    " longer (0)\n"
	    "      --rate BYTES      a second, in each direction (no limit)\n"
	    "      --split N         pass on pieces of 1 to N bytes (as they"
	    " come)\n"
	    "      --corrupt P       flip a bit of a share P of all bytes (0)\n"
	    "      --only up|down    these only to, or only from, the target\n"
	    "      --cut RATE        cut each connection so often a second (0)\n"
	    "      --stall RATE,S    let each fall silent so often a second, for"
	    " S s\n"
	    "      --refuse P        refuse a share P of all connections (0)\n"
	    "      --down S,S        after so long cut all, and refuse for so"
	    " long; repeat\n"
	    "      --insecure        listen where other machines can connect\n"
	    "      --until-eof       end when standard input ends\n"
	    "  -v, --verbose         say what happens to each connection\n"
	    "  -q, --quiet           say nothing but errors\n"
	    "  -h, --help            this text\n"
	    "  -V, --version         the version\n\n"
	    "With a command, run it with both addresses in SV_PROXY and"
	    " SV_TARGET, and end\nwith it and with its status.\n");
	return (sv_opt_printed());
}

/* ${arg} is one number, or two with a comma; ${b} is left where it is one. */
static int
read_pair(const char *name, char *arg, double max_a, double *a, double *b,
    int both)
{
	char *comma = strchr(arg, ',');

	if (comma == NULL && both) {
		sv_warnx("%s %s: expected two numbers with a comma", name, arg);
		return (-1);
	}
	if (comma != NULL)
		*comma++ = '\0';
	if (sv_opt_double(name, arg, 0, max_a, a) == -1)
		return (-1);
	return (comma == NULL ? 0 : sv_opt_double(name, comma, 0, DAY, b));
}

static int
read_only(struct options *o, const char *arg)
{

	if (strcmp(arg, "up") == 0)
		o->only = CLIENT;
	else if (strcmp(arg, "down") == 0)
		o->only = TARGET;
	else {
		sv_warnx("--only %s: expected up or down", arg);
		return (-1);
	}
	return (0);
}

/* What is done to bytes and connections. */
static int
read_harm(struct options *o, int c, char *arg)
{
	struct lane_faults *f = &o->faults;

	switch (c) {
	case OPT_DELAY:
		return (read_pair("--delay", arg, DAY, &f->delay, &f->jitter,
		    0));
	case OPT_RATE:
		return (sv_opt_double("--rate", arg, 1, 1e12, &f->rate));
	case OPT_SPLIT:
		return (sv_opt_u32("--split", arg, 1, 1 << 20, &f->split));
	case OPT_CORRUPT:
		return (sv_opt_double("--corrupt", arg, 0, 1, &f->corrupt));
	case OPT_CUT:
		return (sv_opt_double("--cut", arg, 0, 1000, &o->cut));
	case OPT_STALL:
		return (read_pair("--stall", arg, 1000, &o->stall, &o->stall_s,
		    1));
	case OPT_REFUSE:
		return (sv_opt_double("--refuse", arg, 0, 1, &o->refuse));
	case OPT_DOWN:
		return (read_pair("--down", arg, DAY, &o->down_every,
		    &o->down_s, 1));
	default:
		return (-1);
	}
}

static int
read_option(struct options *o, int c, char *arg)
{

	switch (c) {
	case 's':
		return (sv_opt_u64("-s", arg, 0, UINT64_MAX, &o->seed));
	case OPT_ONLY:
		return (read_only(o, arg));
	case OPT_INSECURE:
		o->insecure = 1;
		return (0);
	case OPT_EOF:
		o->until_eof = 1;
		return (0);
	case 'v':
		o->verbose = 1;
		o->quiet = 0;
		return (0);
	case 'q':
		o->quiet = 1;
		o->verbose = 0;
		return (0);
	default:
		return (read_harm(o, c, arg));
	}
}

/* LISTEN TARGET [-- command ...]; -1 after a line on stderr. */
static int
read_operands(struct options *o, int n, char **args)
{

	if (n < 2) {
		sv_warnx("expected where to listen and what to connect to");
		return (-1);
	}
	o->listen = args[0];
	o->target = args[1];
	if (n == 2)
		return (0);
	if (strcmp(args[2], "--") != 0 || n == 3) {
		sv_warnx("'%s': a command comes after --", args[2]);
		return (-1);
	}
	o->command = args + 3;
	return (0);
}

int
main(int argc, char **argv)
{
	struct options o = { .seed = 1, .only = -1 };
	int c;

	sv_err_init(argv[0]);
	if (sv_fd_standard() == -1) {
		sv_warn("standard input or output");
		return (SV_EXIT_FAILED);
	}
	while ((c = getopt_long(argc, argv, "+s:vqhV", longs, NULL)) != -1) {
		if (c == 'h')
			return (help());
		if (c == 'V')
			return (sv_opt_version());
		if (c == '?' || read_option(&o, c, optarg) == -1)
			return (sv_opt_usage());
	}

	/* Does it make sense? */
	if (read_operands(&o, argc - optind, argv + optind) == -1)
		return (sv_opt_usage());
	if (o.down_s > 0 && !(o.down_every > 0)) {
		sv_warnx("--down: all would be down, always");
		return (sv_opt_usage());
	}
	return (proxy_run(&o));
}
