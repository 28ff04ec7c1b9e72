#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "fault.h"
#include "fd.h"
#include "lambda.h"
#include "opt.h"

enum { OPT_READY = 256, OPT_LOG, OPT_REGION, OPT_KEYS, OPT_CHROOT,
    OPT_NO_LIMITS, OPT_CONCURRENCY, OPT_BURST, OPT_TIMEOUT, OPT_KEEP,
    OPT_RETRY_SCALE, OPT_COLD_START, OPT_DELAY, OPT_FAIL_RATE };

static const struct option options[] = {
	{ "bind", required_argument, NULL, 'b' },
	{ "function", required_argument, NULL, 'F' },
	{ "ready", required_argument, NULL, OPT_READY },
	{ "log", required_argument, NULL, OPT_LOG },
	{ "region", required_argument, NULL, OPT_REGION },
	{ "keys", required_argument, NULL, OPT_KEYS },
	{ "chroot", no_argument, NULL, OPT_CHROOT },
	{ "no-limits", no_argument, NULL, OPT_NO_LIMITS },
	{ "account-concurrency", required_argument, NULL, OPT_CONCURRENCY },
	{ "burst", required_argument, NULL, OPT_BURST },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "keep", required_argument, NULL, OPT_KEEP },
	{ "retry-scale", required_argument, NULL, OPT_RETRY_SCALE },
	{ "cold-start", required_argument, NULL, OPT_COLD_START },
	{ "delay", required_argument, NULL, OPT_DELAY },
	{ "fault-seed", required_argument, NULL, OPT_FAULT_SEED },
	{ "fault-kill", required_argument, NULL, OPT_FAULT_KILL },
	{ "fault-crash", required_argument, NULL, OPT_FAULT_CRASH },
	{ "fault-freeze", required_argument, NULL, OPT_FAULT_FREEZE },
	{ "fault-duplicate", required_argument, NULL, OPT_FAULT_DUPLICATE },
	{ "fault-throttle", required_argument, NULL, OPT_FAULT_THROTTLE },
	{ "fault-storm", required_argument, NULL, OPT_FAULT_STORM },
	{ "fault-error", required_argument, NULL, OPT_FAULT_ERROR },
	{ "fault-slow", required_argument, NULL, OPT_FAULT_SLOW },
	{ "fault-late", required_argument, NULL, OPT_FAULT_LATE },
	{ "fail-rate", required_argument, NULL, OPT_FAIL_RATE },
	{ "seed", required_argument, NULL, 's' },
	SV_OPT_COMMON
};

/* Print the options; an exit status. */
static int
help(void)
{

	printf(
	    "usage: sv-lambda [-qv] [-b ADDRESS:PORT] [-F NAME=ZIP[,...]]... [-- COMMAND ...]\n"
	    "  -b, --bind ADDRESS:PORT listen there (127.0.0.1:9001); port 0 is any\n"
	    "  -F, --function NAME=ZIP[,memory=MB][,timeout=S][,concurrency=N]\n"
	    "                          begin with this function (256 MB, 900 s)\n"
	    "      --ready FILE        write the URL there once it listens\n"
	    "      --log FILE          write the log there; - is standard output\n"
	    "      --region REGION     the region to be in (us-east-1)\n"
	    "      --keys FILE         verify signatures with the keys in FILE\n"
	    "      --chroot            functions see their package only (root only)\n"
	    "      --no-limits         functions get all CPU and memory they want\n"
	    "      --account-concurrency N\n"
	    "                          calls that may run at once (1000)\n"
	    "      --burst N           environments of a function begun in 10 s (1000)\n"
	    "      --timeout S             the time limit of all functions\n"
	    "      --keep S            end environments idle for S seconds (300)\n"
	    "      --retry-scale X     multiply the waits of asynchronous retries (1)\n"
	    "      --cold-start S      add S seconds to each cold start (0)\n"
	    "      --delay S           add S seconds to each request and each answer (0)\n"
	    "  -v, --verbose           say more\n"
	    "  -q, --quiet             say only what goes wrong\n"
	    "  -h, --help              print this\n"
	    "  -V, --version           print the version\n");
	fault_help();
	printf("With a COMMAND, run it with the variables that AWS clients read, and end\n"
	    "with it and with its status.\n");
	return (sv_opt_printed());
}

/* Is it a name that a function can have? */
static int
is_name(const char *text)
{
	size_t len = strlen(text);

	return (len > 0 && len < LAMBDA_NAME && strspn(text,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
	    == len);
}

/* One of the settings behind a zip's name, "memory=256". */
static int
read_setting(struct lambda_seed *f, const char *text)
{
	uint32_t n;

	if (strncmp(text, "memory=", 7) == 0)
		return (sv_opt_u32("-F memory", text + 7, 128, 10240,
		    &f->memory));
	if (strncmp(text, "timeout=", 8) == 0)
		return (sv_opt_u32("-F timeout", text + 8, 1, 900,
		    &f->timeout));
	if (strncmp(text, "concurrency=", 12) == 0) {
		if (sv_opt_u32("-F concurrency", text + 12, 0, 1000000,
		    &n) == -1)
			return (-1);
		f->reserved = n;
		return (0);
	}
	sv_warnx("-F: '%s': expected memory=, timeout= or concurrency=", text);
	return (-1);
}

/* -F NAME=ZIP[,memory=..]...; ${arg} is cut into pieces. */
static int
read_function(struct lambda_options *o, char *arg)
{
	struct lambda_seed *seeds, *f;
	char *zip, *setting;

	seeds = realloc(o->seeds, (o->nseeds + 1) * sizeof(*seeds));
	if (seeds == NULL) {
		sv_warn("-F");
		return (-1);
	}
	o->seeds = seeds;
	f = &seeds[o->nseeds];
	*f = (struct lambda_seed){ .name = arg, .memory = 256, .timeout = 900,
	    .reserved = -1 };
	if ((zip = strchr(arg, '=')) != NULL)
		*zip++ = '\0';
	if (zip == NULL || zip[0] == '\0' || zip[0] == ',' || !is_name(arg)) {
		sv_warnx("-F: expected NAME=ZIP, with a name of letters, "
		    "digits, - and _, 64 at most");
		return (-1);
	}
	f->zip = zip;
	setting = strchr(zip, ',');
	while (setting != NULL) {
		*setting++ = '\0';
		zip = strchr(setting, ',');
		if (zip != NULL)
			*zip = '\0';
		if (read_setting(f, setting) == -1)
			return (-1);
		setting = zip;
	}
	o->nseeds++;
	return (0);
}

/* Options with numbers. */
static int
read_number(struct lambda_options *o, int c, const char *arg)
{

	switch (c) {
	case OPT_CONCURRENCY:
		return (sv_opt_u32("--account-concurrency", arg, 1, 1000000,
		    &o->concurrency));
	case OPT_BURST:
		return (sv_opt_u32("--burst", arg, 1, 1000000, &o->burst));
	case OPT_TIMEOUT:
		return (sv_opt_double("--timeout", arg, 1, 900, &o->timeout));
	case OPT_KEEP:
		return (sv_opt_double("--keep", arg, 0, 86400, &o->keep));
	case OPT_RETRY_SCALE:
		return (sv_opt_double("--retry-scale", arg, 0, 1000,
		    &o->retry_scale));
	case OPT_COLD_START:
		return (sv_opt_double("--cold-start", arg, 0, 60,
		    &o->cold_start));
	case OPT_DELAY:
		return (sv_opt_double("--delay", arg, 0, 60, &o->delay));
	case OPT_FAIL_RATE:
		return (sv_opt_double("--fail-rate", arg, 0, 1,
		    &o->fail_rate));
	case 's':
		return (sv_opt_u64("-s", arg, 0, UINT64_MAX, &o->seed));
	default:
		return (-1);
	}
}

/* A region: what can be in a host's name. */
static int
read_region(struct lambda_options *o, const char *arg)
{
	size_t len = strlen(arg);

	if (len == 0 || len > 32 || strspn(arg,
	    "abcdefghijklmnopqrstuvwxyz0123456789-") != len) {
		sv_warnx("--region %s: expected a name such as us-east-1", arg);
		return (-1);
	}
	o->region = arg;
	return (0);
}

/* One option. */
static int
read_option(struct lambda_options *o, struct fault_options *f, int c,
    char *arg)
{

	switch (c) {
	case 'b':
		o->bind = arg;
		return (0);
	case 'F':
		return (read_function(o, arg));
	case OPT_READY:
		o->ready = arg;
		return (0);
	case OPT_LOG:
		o->log = arg;
		return (0);
	case OPT_REGION:
		return (read_region(o, arg));
	case OPT_KEYS:
		o->keys = arg;
		return (0);
	case OPT_CHROOT:
		o->chroot = 1;
		return (0);
	case OPT_NO_LIMITS:
		o->no_limits = 1;
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
		return (c >= OPT_FAULT ? fault_option(f, c, arg) :
		    read_number(o, c, arg));
	}
}

/* Read all options; return -1 to go on, or an exit status. */
static int
read_options(int argc, char **argv, struct lambda_options *o,
    struct fault_options *f)
{
	int c;

	while ((c = getopt_long(argc, argv, "+b:F:s:vqhV", options,
	    NULL)) != -1) {
		if (c == 'h')
			return (help());
		if (c == 'V')
			return (sv_opt_version());
		if (c == '?' || read_option(o, f, c, optarg) == -1)
			return (sv_opt_usage());
	}
	if (optind < argc && strcmp(argv[optind - 1], "--") != 0) {
		sv_warnx("'%s': a command comes after --", argv[optind]);
		return (sv_opt_usage());
	}
	if (optind < argc)
		o->command = argv + optind;
	return (-1);
}

int
main(int argc, char **argv)
{
	struct fault_options f = { .seed = (uint64_t)sv_clock_real_ns(),
	    .freeze_s = 5, .duplicate_s = 5, .slow_factor = 4, .late_s = 10 };
	struct lambda_options o = { .bind = "127.0.0.1:9001",
	    .region = "us-east-1", .concurrency = 1000, .burst = 1000,
	    .keep = 300, .retry_scale = 1, .faults = &f };
	int status;

	sv_err_init(argv[0]);
	if (sv_fd_standard() == -1) {
		sv_warn("standard input or output");
		return (SV_EXIT_FAILED);
	}
	if ((status = read_options(argc, argv, &o, &f)) != -1)
		goto done;

	status = SV_EXIT_FAILED;
	if (o.chroot && geteuid() != 0)
		sv_warnx("--chroot: only root can do that");
	else if (sodium_init() == -1)
		sv_warnx("libsodium does not start");
	else
		status = lambda_run(&o);

done:
	free(o.seeds);
	return (status);
}
