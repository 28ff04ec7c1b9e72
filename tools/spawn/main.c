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
#include "spawn.h"

enum { OPT_PROBE = 256, OPT_INSECURE, OPT_HUB_TIMEOUT, OPT_GRACE };

static const struct option options[] = {
	{ "workers", required_argument, NULL, 'w' },
	{ "exec", required_argument, NULL, 'x' },
	{ "probe", no_argument, NULL, OPT_PROBE },
	{ "bind", required_argument, NULL, 'b' },
	{ "advertise", required_argument, NULL, 'a' },
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
	    "       sv-spawn --probe [-a ADDRESS] [-b ADDRESS] [-w W] -x COMMAND < PROBLEM\n"
	    "  -w, --workers W         how many; with shard files as many as there are\n"
	    "  -x, --exec COMMAND      run COMMAND for each, with its invocation on stdin\n"
	    "      --probe             start one worker, report what it saw, and stop\n"
	    "  -b, --bind ADDRESS      with --probe, listen there (tcp://127.0.0.1:*)\n"
	    "  -a, --advertise ADDRESS with --probe, tell the worker this address\n"
	    "      --insecure          with --probe, listen beyond loopback, unencrypted\n"
	    "      --hub-timeout S     wait S seconds for the hub (60)\n"
	    "      --grace S           let workers end by themselves for S seconds (3)\n"
	    "  -v, --verbose           say which worker was started and how it ended\n"
	    "  -q, --quiet             undo -v\n"
	    "  -h, --help              print this\n"
	    "  -V, --version           print the version\n");
	return (sv_opt_printed());
}

/*
 * Read the options; return -1 to go on, or an exit status.
 */
static int
read_options(int argc, char **argv, struct spawn_options *o, int *probe)
{
	int c, rc = 0;

	while ((c = getopt_long(argc, argv, "w:x:b:a:vqhV", options, NULL)) != -1) {
		switch (c) {
		case 'w':
			rc = sv_opt_u32("-w", optarg, 1, SV_PROBLEM_MAXSHARDS, &o->workers);
			break;
		case 'x':
			o->command = optarg;
			break;
		case 'b':
			o->bind = optarg;
			break;
		case 'a':
			o->advertise = optarg;
			break;
		case OPT_INSECURE:
			o->insecure = 1;
			break;
		case OPT_PROBE:
			*probe = 1;
			break;
		case OPT_HUB_TIMEOUT:
			rc = sv_opt_double("--hub-timeout", optarg, 0.1, 86400,
			    &o->hub_timeout);
			break;
		case OPT_GRACE:
			rc = sv_opt_double("--grace", optarg, 0, 60, &o->grace);
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
		default:
			return (sv_opt_usage());
		}
		if (rc == -1)
			return (sv_opt_usage());
	}
	if (optind < argc) {
		sv_warnx("'%s': no arguments are taken", argv[optind]);
		return (sv_opt_usage());
	}
	if (o->command == NULL || o->command[0] == '\0') {
		sv_warnx("which command starts a worker? (-x)");
		return (sv_opt_usage());
	}
	return (-1);
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
	if (o->workers > p->n) {
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
	struct spawn_options o = { .hub_timeout = 60, .grace = 3,
	    .bind = "tcp://127.0.0.1:*" };
	struct sv_frame frame;
	struct sv_problem problem;
	int probe = 0, status;

	sv_err_init(argv[0]);
	if (sv_fd_standard() == -1) {
		sv_warn("standard input or output");
		return (SV_EXIT_FAILED);
	}
	if ((status = read_options(argc, argv, &o, &probe)) != -1)
		return (status);
	if (!probe && isatty(STDOUT_FILENO)) {
		sv_warnx("frames are not for terminals: pipe them to sv-hub");
		return (SV_EXIT_FAILED);
	}
	if (sodium_init() == -1) {
		sv_warnx("libsodium does not start");
		return (SV_EXIT_FAILED);
	}

	/* The problem decides how many workers make sense. */
	if (read_problem(&frame, probe) == -1)
		return (SV_EXIT_FAILED);
	if (sv_problem_parse(&problem, &frame) == -1) {
		sv_frame_fini(&frame);
		return (SV_EXIT_FAILED);
	}
	if (check_workers(&o, &problem, probe) == -1)
		status = sv_opt_usage();
	else if (probe)
		status = probe_run(&o, &problem, job_number());
	else
		status = job_run(&o, &problem, &frame, job_number());

	sv_problem_fini(&problem);
	sv_frame_fini(&frame);
	return (status);
}
