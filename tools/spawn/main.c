#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "io.h"
#include "opt.h"
#include "secret.h"
#include "spawn.h"

enum { OPT_PROBE = 256, OPT_INSECURE, OPT_HUB_TIMEOUT, OPT_GRACE, OPT_ASYNC,
    OPT_SIGV4, OPT_SERVICE, OPT_REGION, OPT_ENDPOINT, OPT_RATE, OPT_TRIES,
    OPT_BUDGET, OPT_RESERVE, OPT_MEMORY, OPT_ARCH, OPT_PRICES, OPT_DRY_RUN,
    OPT_LIKE, OPT_SECONDS, OPT_ENCRYPT };

static const struct option options[] = {
	{ "workers", required_argument, NULL, 'w' },
	{ "exec", required_argument, NULL, 'x' },
	{ "url", required_argument, NULL, 'u' },
	{ "lambda", required_argument, NULL, 'l' },
	{ "async", no_argument, NULL, OPT_ASYNC },
	{ "sigv4", no_argument, NULL, OPT_SIGV4 },
	{ "service", required_argument, NULL, OPT_SERVICE },
	{ "region", required_argument, NULL, OPT_REGION },
	{ "endpoint-url", required_argument, NULL, OPT_ENDPOINT },
	{ "rate", required_argument, NULL, OPT_RATE },
	{ "tries", required_argument, NULL, OPT_TRIES },
	{ "budget", required_argument, NULL, OPT_BUDGET },
	{ "budget-reserve", required_argument, NULL, OPT_RESERVE },
	{ "memory", required_argument, NULL, OPT_MEMORY },
	{ "arch", required_argument, NULL, OPT_ARCH },
	{ "prices", required_argument, NULL, OPT_PRICES },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "like", required_argument, NULL, OPT_LIKE },
	{ "seconds", required_argument, NULL, OPT_SECONDS },
	{ "format", required_argument, NULL, 'f' },
	{ "probe", no_argument, NULL, OPT_PROBE },
	{ "bind", required_argument, NULL, 'b' },
	{ "advertise", required_argument, NULL, 'a' },
	{ "encrypt", no_argument, NULL, OPT_ENCRYPT },
	{ "insecure", no_argument, NULL, OPT_INSECURE },
	{ "hub-timeout", required_argument, NULL, OPT_HUB_TIMEOUT },
	{ "grace", required_argument, NULL, OPT_GRACE },
	SV_OPT_COMMON
};

/* Print the options; an exit status. */
static int
help(void)
{

	printf(
	    "usage: sv-spawn [-qv] [-w W] -x COMMAND < PROBLEM | sv-hub ...\n"
	    "       sv-spawn [-qv] [-w W] -u URL < PROBLEM | sv-hub ...\n"
	    "       sv-spawn [-qv] [-w W] -l FUNCTION < PROBLEM | sv-hub ...\n"
	    "       sv-spawn --dry-run [-w W] -x COMMAND | -u URL | -l FUNCTION"
	    " < PROBLEM\n"
	    "       sv-spawn --probe [-a ADDRESS] [-b ADDRESS] [-w W]\n"
	    "                -x COMMAND | -u URL | -l FUNCTION < PROBLEM\n"
	    "  -w, --workers W         how many; with shard files as many as there are\n"
	    "  -x, --exec COMMAND      run COMMAND for each, with its invocation on stdin\n"
	    "  -u, --url URL           POST the invocation to URL for each\n"
	    "  -l, --lambda FUNCTION   invoke the Lambda function NAME[:QUALIFIER] or ARN\n"
	    "      --async             do not wait for the answer until a worker has ended\n"
	    "      --rate R            send at most R requests a second\n"
	    "      --tries N           try N times to start a worker (10)\n"
	    "      --sigv4             with -u, sign requests with AWS credentials\n"
	    "      --service NAME      with --sigv4, for this service\n"
	    "      --region NAME       sign for this AWS region\n"
	    "      --endpoint-url URL  with -l, where Lambda is\n"
	    "      --budget USD        stop in good order before more is spent\n"
	    "      --budget-reserve S  keep back what S seconds cost for the end\n"
	    "      --memory MB         what a function has (Lambda is asked)\n"
	    "      --arch ARCH         x86_64 or arm64 (likewise)\n"
	    "      --prices FILE       a table of prices (the one compiled in)\n"
	    "      --dry-run           say what it would cost, and start nothing\n"
	    "      --like RUN          ... for as long as an earlier run suggests\n"
	    "      --seconds S         ... for S seconds\n"
	    "  -f, --format FORMAT     of --dry-run: text or json (text)\n"
	    "      --probe             start one worker, report what it saw, and stop\n"
	    "  -b, --bind ADDRESS      with --probe, listen there (tcp://127.0.0.1:*)\n"
	    "  -a, --advertise ADDRESS with --probe, tell the worker this address\n"
	    "      --encrypt           with --probe, also where nobody else listens\n"
	    "      --insecure          be unencrypted where others might listen\n"
	    "      --hub-timeout S     wait S seconds for the hub (60)\n"
	    "      --grace S           let workers end by themselves for S seconds (3)\n"
	    "  -v, --verbose           say what becomes of each worker\n"
	    "  -q, --quiet             undo -v; do not say that something is tried again\n"
	    "  -h, --help              print this\n"
	    "  -V, --version           print the version\n");
	return (sv_opt_printed());
}

/* Take one option of how workers are started; -1 if it makes no sense. */
static int
take_how(int c, struct spawn_options *o)
{

	switch (c) {
	case 'x':
		o->command = optarg;
		return (0);
	case 'u':
		o->url = optarg;
		return (0);
	case 'l':
		o->function = optarg;
		return (0);
	case OPT_ASYNC:
		o->async = 1;
		return (0);
	case OPT_SIGV4:
		o->sign = 1;
		return (0);
	case OPT_SERVICE:
		o->service = optarg;
		return (0);
	case OPT_REGION:
		o->region = optarg;
		return (0);
	case OPT_ENDPOINT:
		o->endpoint = optarg;
		return (0);
	case OPT_RATE:
		return (sv_opt_double("--rate", optarg, 1e-3, 1e6, &o->rate));
	case OPT_TRIES:
		return (sv_opt_u32("--tries", optarg, 1, 1000, &o->tries));
	default:
		return (-1);
	}
}

static int
take_format(const char *arg, struct spawn_options *o)
{

	o->json = strcmp(arg, "json") == 0;
	if (o->json || strcmp(arg, "text") == 0)
		return (0);
	sv_warnx("-f %s: expected text or json", arg);
	return (-1);
}

/* Take one option of what it costs; likewise. */
static int
take_money(int c, struct spawn_options *o)
{

	switch (c) {
	case OPT_BUDGET:
		return (sv_opt_double("--budget", optarg, 1e-9, 1e9,
		    &o->budget));
	case OPT_RESERVE:
		return (sv_opt_double("--budget-reserve", optarg, 0.1, 86400,
		    &o->reserve));
	case OPT_MEMORY:
		return (sv_opt_double("--memory", optarg, 1, 1e6, &o->memory));
	case OPT_ARCH:
		o->arch_given = 1;
		return (sv_price_arch_option(optarg, &o->arch));
	case OPT_PRICES:
		o->prices = optarg;
		return (0);
	case OPT_DRY_RUN:
		o->dry_run = 1;
		return (0);
	case OPT_LIKE:
		o->like = optarg;
		return (0);
	case OPT_SECONDS:
		return (sv_opt_double("--seconds", optarg, 1e-3, 1e9,
		    &o->seconds));
	case 'f':
		return (take_format(optarg, o));
	default:
		return (take_how(c, o));
	}
}

/* Take another option that has a value or changes one; likewise. */
static int
take_option(int c, struct spawn_options *o, int *probe)
{

	switch (c) {
	case 'w':
		return (sv_opt_u32("-w", optarg, 1, SV_PROBLEM_MAXSHARDS,
		    &o->workers));
	case 'b':
		o->bind = optarg;
		return (0);
	case 'a':
		o->advertise = optarg;
		return (0);
	case OPT_ENCRYPT:
		o->encrypt = 1;
		return (0);
	case OPT_INSECURE:
		o->insecure = 1;
		return (0);
	case OPT_PROBE:
		*probe = 1;
		return (0);
	case OPT_HUB_TIMEOUT:
		return (sv_opt_double("--hub-timeout", optarg, 0.1, 86400,
		    &o->hub_timeout));
	case OPT_GRACE:
		return (sv_opt_double("--grace", optarg, 0, 60, &o->grace));
	case 'v':
		o->verbose = 1;
		return (0);
	case 'q':
		o->verbose = 0;
		o->quiet = 1;
		return (0);
	default:
		return (take_money(c, o));
	}
}

/* Is there one way to start workers, and nothing that belongs to another? */
static int
check_how(const struct spawn_options *o)
{
	const char *ways[] = { o->command, o->url, o->function };
	int n = 0;

	for (size_t i = 0; i < 3; i++) {
		n += ways[i] != NULL;
		if (ways[i] != NULL && ways[i][0] == '\0')
			n = -3;
	}
	if (n != 1) {
		sv_warnx("%s", n > 1 ? "-x, -u, -l: only one of them can start "
		    "the workers" : "which command starts a worker? (one of "
		    "-x, -u, -l)");
		return (-1);
	}
	if (o->command != NULL && (o->async || o->rate > 0)) {
		sv_warnx("%s: for -u and -l", o->async ? "--async" : "--rate");
		return (-1);
	}
	if (o->sign && o->url == NULL) {
		sv_warnx("--sigv4: for -u");
		return (-1);
	}
	if (o->endpoint != NULL && o->function == NULL) {
		sv_warnx("--endpoint-url: for -l");
		return (-1);
	}
	if ((o->service != NULL && !o->sign) || (o->region != NULL && !o->sign &&
	    o->function == NULL)) {
		sv_warnx("%s: for %s", o->service != NULL ? "--service" :
		    "--region", o->service != NULL ? "--sigv4" : "-l and "
		    "--sigv4");
		return (-1);
	}
	return (0);
}

/* Do the options about costs have a meaning? */
static int
check_money(const struct spawn_options *o, int probe)
{
	int facts = o->memory > 0 || o->arch_given || o->prices != NULL;

	if (o->dry_run && probe)
		sv_warnx("--dry-run and --probe: one of them, please");
	else if (o->encrypt && !probe)
		sv_warnx("--encrypt: for --probe; a job's hub has its own");
	else if (o->encrypt && o->insecure)
		sv_warnx("--encrypt and --insecure: one of them, please");
	else if (o->budget > 0 && probe)
		sv_warnx("--budget: a probe has none");
	else if (o->budget > 0 && o->command != NULL)
		sv_warnx("--budget: for -u and -l; commands cost nothing");
	else if (o->reserve > 0 && !(o->budget > 0))
		sv_warnx("--budget-reserve: of which --budget?");
	else if (facts && !(o->budget > 0) && !o->dry_run)
		sv_warnx("%s: for --budget and --dry-run", o->memory > 0 ?
		    "--memory" : o->arch_given ? "--arch" : "--prices");
	else if (o->budget > 0 && o->url != NULL && !(o->memory > 0))
		sv_warnx("--budget: how much memory have the functions at -u? "
		    "(--memory)");
	else if ((o->like != NULL || o->seconds > 0 || o->json) && !o->dry_run)
		sv_warnx("%s: for --dry-run", o->like != NULL ? "--like" :
		    o->json ? "-f" : "--seconds");
	else if (o->like != NULL && o->seconds > 0)
		sv_warnx("--like and --seconds: one of them, please");
	else
		return (0);
	return (-1);
}

/*
 * Read the options; return -1 to go on, or an exit status.
 */
static int
read_options(int argc, char **argv, struct spawn_options *o, int *probe)
{
	int c;

	while ((c = getopt_long(argc, argv, "w:x:u:l:b:a:f:vqhV", options,
	    NULL)) != -1) {
		if (c == 'h')
			return (help());
		if (c == 'V')
			return (sv_opt_version());
		if (take_option(c, o, probe) == -1)
			return (sv_opt_usage());
	}
	if (optind < argc) {
		sv_warnx("'%s': no arguments are taken", argv[optind]);
		return (sv_opt_usage());
	}
	return (check_how(o) == -1 || check_money(o, *probe) == -1 ?
	    sv_opt_usage() : -1);
}

/*
 * Read the PROBLEM frame on stdin.  What comes before it is passed on, but not
 * by a probe, whose output is for a person; what may follow it is left there.
 */
static int
read_problem(struct sv_frame *problem, int probe)
{
	struct sv_reader *r;
	struct sv_frame f;
	enum sv_io rc = SV_IO_ERROR;
	int have = 0;

	if ((r = sv_reader_new(STDIN_FILENO, "standard input")) == NULL) {
		sv_warn("standard input");
		return (-1);
	}
	while (!have) {
		rc = sv_reader_next(r, &f);
		if (rc == SV_IO_AGAIN && sv_fd_wait(STDIN_FILENO, POLLIN) == 0)
			continue;
		if (rc != SV_IO_FRAME)
			break;
		if (f.type == SV_PROBLEM) {
			*problem = f;
			have = 1;
			continue;
		}
		/* Records of another run would confuse this one's. */
		if (!probe && f.job == 0 &&
		    sv_frame_write(STDOUT_FILENO, &f) == -1) {
			sv_warn("cannot write to the hub");
			sv_frame_fini(&f);
			break;
		}
		sv_frame_fini(&f);
	}
	if (!have && rc == SV_IO_EOF)
		sv_warnx("standard input: no problem (sv-gen or sv-shard "
		    "writes one)");
	sv_reader_free(r);
	return (have ? 0 : -1);
}

/* Find W, or say why there is none. */
static int
check_workers(struct spawn_options *o, const struct sv_problem *p, int probe)
{

	if (o->workers == 0)
		o->workers = p->shards > 0 ? p->shards : probe ? 1 : 0;
	if (o->workers == 0) {
		sv_warnx("how many workers? (-w)");
		return (-1);
	}
	if (p->shards > 0 && o->workers != p->shards) {
		sv_warnx("-w %" PRIu32 ": the problem is cut into %" PRIu32
		    " shards", o->workers, p->shards);
		return (-1);
	}
	if (!p->unread && o->workers > p->n) {
		sv_warnx("-w %" PRIu32 ": the problem has only %" PRIu64
		    " rows", o->workers, p->n);
		return (-1);
	}
	return (0);
}

/* A number for the job that nobody else has, and is not zero. */
static uint64_t
job_number(void)
{
	uint64_t id;

	do {
		randombytes_buf(&id, sizeof(id));
	} while (id == 0);
	return (id);
}

int
main(int argc, char **argv)
{
	struct spawn_options o = { .tries = 10, .hub_timeout = 60, .grace = 3,
	    .bind = "tcp://127.0.0.1:*" };
	struct sv_frame frame;
	struct sv_problem problem;
	int probe = 0, status;

	sv_err_init(argv[0]);
	sv_secret_begin();
	if (sv_fd_standard() == -1) {
		sv_warn("standard input or output");
		return (SV_EXIT_FAILED);
	}
	if ((status = read_options(argc, argv, &o, &probe)) != -1)
		return (status);
	if (!probe && !o.dry_run && isatty(STDOUT_FILENO)) {
		sv_warnx("frames are not for terminals: pipe them to sv-hub");
		return (SV_EXIT_FAILED);
	}
	if (sodium_init() == -1) {
		sv_warnx("libsodium does not start");
		return (SV_EXIT_FAILED);
	}

	/* The problem decides how many workers make sense. */
	if (read_problem(&frame, probe || o.dry_run) == -1)
		return (SV_EXIT_FAILED);
	if (sv_problem_parse(&problem, &frame) == -1) {
		sv_frame_fini(&frame);
		return (SV_EXIT_FAILED);
	}
	if (check_workers(&o, &problem, probe) == -1)
		status = sv_opt_usage();
	else if (o.dry_run)
		status = dryrun(&o, &problem);
	else if (probe)
		status = probe_run(&o, &problem, job_number());
	else
		status = job_run(&o, &problem, &frame, job_number());

	sv_problem_fini(&problem);
	sv_frame_fini(&frame);
	return (status);
}
