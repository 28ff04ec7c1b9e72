#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "err.h"
#include "fd.h"
#include "hub.h"
#include "opt.h"
#include "secret.h"

enum { OPT_INSECURE = 256, OPT_SHARD_LOSSES, OPT_JOB_LOSSES, OPT_START,
    OPT_ROUND, OPT_FLOOR, OPT_MASTER, OPT_STOP, OPT_GLOBALS, OPT_ENCRYPT,
    OPT_SAVE };

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "bind", required_argument, NULL, 'b' },
	{ "advertise", required_argument, NULL, 'a' },
	{ "encrypt", no_argument, NULL, OPT_ENCRYPT },
	{ "insecure", no_argument, NULL, OPT_INSECURE },
	{ "per-reducer", required_argument, NULL, 'm' },
	{ "globals", required_argument, NULL, OPT_GLOBALS },
	{ "save-state", required_argument, NULL, OPT_SAVE },
	{ "shard-losses", required_argument, NULL, OPT_SHARD_LOSSES },
	{ "job-losses", required_argument, NULL, OPT_JOB_LOSSES },
	{ "start-timeout", required_argument, NULL, OPT_START },
	{ "round-timeout", required_argument, NULL, OPT_ROUND },
	{ "round-floor", required_argument, NULL, OPT_FLOOR },
	{ "master-timeout", required_argument, NULL, OPT_MASTER },
	{ "stop-timeout", required_argument, NULL, OPT_STOP },
	SV_OPT_COMMON
};

/* Print the options; an exit status. */
static int
help(void)
{

	printf(
	    "usage: sv-spawn ... | sv-hub [-qv] [options] -- MASTER [argument ...] | sv-stats\n"
	    "  -o, --output FILE       write the run to FILE as well\n"
	    "  -b, --bind ADDRESS      where workers connect (tcp://127.0.0.1:*)\n"
	    "  -a, --advertise ADDRESS what workers are told, where it differs\n"
	    "      --encrypt           encrypt on loopback, too\n"
	    "      --insecure          do not encrypt beyond loopback\n"
	    "  -m, --per-reducer N     workers for each reducer thread (16)\n"
	    "      --globals N         record every Nth global (all, if below 1 MB)\n"
	    "      --save-state N      and the workers' states every N rounds\n"
	    "      --shard-losses N    workers that one shard may lose in a row (3)\n"
	    "      --job-losses N      and all together, beside one for every ten rounds\n"
	    "                          (the larger of 10 and W)\n"
	    "      --start-timeout S   for a worker's hello (60)\n"
	    "      --round-timeout S   for a worker's update, at most (300); ten times what\n"
	    "                          rounds take, once that is known\n"
	    "      --round-floor S     ... but at least (30)\n"
	    "      --master-timeout S  for the master's answer (30)\n"
	    "      --stop-timeout S    for the end of a job that is stopped (30)\n"
	    "  -v, --verbose           say where workers connect, and who comes\n"
	    "  -q, --quiet             say only why the job failed\n"
	    "  -h, --help              print this\n"
	    "  -V, --version           print the version\n");
	return (sv_opt_printed());
}

/* One option with a value; 0, or -1 after a line on stderr. */
static int
set_value(struct hub_options *o, int c, const char *arg)
{

	switch (c) {
	case 'o':
		o->output = arg;
		return (0);
	case 'b':
		o->bind = arg;
		return (0);
	case 'a':
		o->advertise = arg;
		return (0);
	case 'm':
		return (sv_opt_u32("-m", arg, 1, 65536, &o->per_reducer));
	case OPT_SAVE:
		return (sv_opt_u32("--save-state", arg, 1, UINT32_MAX, &o->save));
	case OPT_GLOBALS:
		return (sv_opt_u32("--globals", arg, 1, UINT32_MAX, &o->every));
	case OPT_SHARD_LOSSES:
		return (sv_opt_u32("--shard-losses", arg, 0, 1000000,
		    &o->shard_losses));
	case OPT_JOB_LOSSES:
		return (sv_opt_u32("--job-losses", arg, 0, 1000000,
		    &o->job_losses));
	case OPT_START:
		return (sv_opt_double("--start-timeout", arg, 0.1, 86400,
		    &o->start_timeout));
	case OPT_ROUND:
		return (sv_opt_double("--round-timeout", arg, 0.1, 86400,
		    &o->round_timeout));
	case OPT_FLOOR:
		return (sv_opt_double("--round-floor", arg, 0.1, 86400,
		    &o->round_floor));
	case OPT_STOP:
		return (sv_opt_double("--stop-timeout", arg, 0.1, 86400,
		    &o->stop_timeout));
	default:
		return (sv_opt_double("--master-timeout", arg, 0.1, 86400,
		    &o->master_timeout));
	}
}

/* Read the options; return -1 to go on, or an exit status. */
static int
read_options(int argc, char **argv, struct hub_options *o)
{
	int c;

	/* "+": what follows the master's name belongs to the master. */
	while ((c = getopt_long(argc, argv, "+o:b:a:m:vqhV", options, NULL)) != -1) {
		switch (c) {
		case OPT_ENCRYPT:
			o->encrypt = 1;
			break;
		case OPT_INSECURE:
			o->insecure = 1;
			break;
		case 'v':
			o->verbose = 1;
			break;
		case 'q':
			o->quiet = 1;
			break;
		case 'h':
			return (help());
		case 'V':
			return (sv_opt_version());
		case '?':
			return (sv_opt_usage());
		default:
			if (set_value(o, c, optarg) == -1)
				return (sv_opt_usage());
		}
	}
	if (optind == argc) {
		sv_warnx("which master? (sv-hub -- sv-admm --l1 1)");
		return (sv_opt_usage());
	}
	if (o->encrypt && o->insecure) {
		sv_warnx("--encrypt and --insecure: one of them, please");
		return (sv_opt_usage());
	}
	o->master = argv + optind;
	return (-1);
}

int
main(int argc, char **argv)
{
	struct hub_options o = { .bind = "tcp://127.0.0.1:*",
	    .per_reducer = 16, .shard_losses = 3, .job_losses = UINT32_MAX,
	    .start_timeout = 60, .round_timeout = 300,
	    .round_floor = 30, .master_timeout = 30,
	    .stop_timeout = 30 };
	int status;

	sv_err_init(argv[0]);
	sv_secret_begin();
	if (sv_fd_standard() == -1) {
		sv_warn("standard input or output");
		return (SV_EXIT_FAILED);
	}
	if ((status = read_options(argc, argv, &o)) != -1)
		return (status);
	return (hub_run(&o));
}
