#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "invocation.h"
#include "isa-openblas.h"
#include "opt.h"
#include "secret.h"
#include "worker.h"

#define CHUNK ((size_t)64 << 10)

enum { OPT_ISA = 256, OPT_CONNECT_TIMEOUT, OPT_TIME_LIMIT };

static const struct option options[] = {
	{ "frames", no_argument, NULL, 'F' },
	{ "workers", required_argument, NULL, 'w' },
	{ "index", required_argument, NULL, 'i' },
	{ "isa", required_argument, NULL, OPT_ISA },
	{ "connect-timeout", required_argument, NULL, OPT_CONNECT_TIMEOUT },
	{ "time-limit", required_argument, NULL, OPT_TIME_LIMIT },
	SV_OPT_COMMON
};

static void
help(void)
{

	printf("usage: sv-worker [-qv] [options] < invocation\n"
	    "       sv-worker -F [-qv] [-w workers] [-i index] [options]"
	    " < frames > frames\n"
	    "Solve the subproblems of one shard, for a hub or on a pipe.\n\n"
	    "  -F, --frames          answer the frames on stdin, without a hub\n"
	    "  -w, --workers N       shares the problem is cut into (1)\n"
	    "  -i, --index N         which of them is this one's, from 0 (0)\n"
	    "      --isa NAME        generic, avx2, avx512 (the widest here), or\n"
	    "                        openblas for dense rows\n"
	    "      --time-limit S       time to live: the hub has another worker by then\n"
	    "      --connect-timeout S  time to reach the hub (8)\n"
	    "  -v, --verbose         a line a round\n"
	    "  -q, --quiet           say nothing but errors\n"
	    "  -h, --help            this text\n"
	    "  -V, --version         the version\n");
}

/* Make the text ${p}, of which ${len} bytes are filled, longer. */
static char *
lengthen(char *p, size_t len, size_t room)
{
	char *q = malloc(room);

	if (q == NULL)
		return (NULL);
	if (len > 0)
		memcpy(q, p, len);
	sv_secret_free(p, len);
	return (q);
}

/* All of stdin, up to the longest invocation and a byte; NULL after a line. */
static char *
read_stdin(size_t *len)
{
	char *text = NULL, *p;
	size_t room = 0;
	ssize_t n = 1;

	*len = 0;
	while (n > 0 && *len <= SV_INVOCATION_MAX) {
		if (*len == room) {
			room = room == 0 ? CHUNK : room * 2;
			if ((p = lengthen(text, *len, room)) == NULL)
				break;
			text = p;
		}
		do {
			n = read(STDIN_FILENO, text + *len, room - *len);
		} while (n == -1 && errno == EINTR);
		if (n > 0)
			*len += (size_t)n;
	}
	if (n == 0 || *len > SV_INVOCATION_MAX)
		return (text);
	sv_warn("stdin");
	sv_secret_free(text, *len);
	return (NULL);
}

/* Read the one invocation on stdin; -1 after a line. */
static int
read_invocation(struct sv_invocation *inv)
{
	char why[SV_WHY], *text;
	size_t len;
	int rc = -1;

	if ((text = read_stdin(&len)) == NULL)
		return (-1);
	if (len == 0)
		sv_warnx("stdin: empty; expected an invocation, or -F");
	else if ((rc = sv_invocation_parse(inv, text, len, why)) == -1)
		sv_warnx("invocation: %s", why);
	sv_secret_free(text, len);
	return (rc);
}

/* Serve it. */
static int
serve_stdin(const struct worker_options *o)
{
	struct worker_outcome out;
	struct star *s;
	struct sv_invocation inv;

	worker_impatient(1);
	worker_signals(SV_EXIT_FAILED);
	if (read_invocation(&inv) == -1)
		return (SV_EXIT_FAILED);
	worker_impatient(0);
	s = star_run(&inv, o, &out);
	worker_say(&inv, &out);
	star_free(s);
	sv_invocation_fini(&inv);
	return (out.end <= WORKER_DONE ? SV_EXIT_DONE : SV_EXIT_FAILED);
}

/*
 * The vector code called ${name}, or the widest; ${own} becomes it where it is
 * the caller's to free.  NULL after a line on stderr, ${status} to exit with.
 */
static const struct sv_isa *
choose_isa(const char *name, struct sv_isa **own, int *status)
{
	const struct sv_isa *isa;
	char why[SV_WHY];

	if (name != NULL && strcmp(name, "openblas") == 0) {
		if ((*own = sv_isa_openblas_new(why, sizeof(why))) == NULL) {
			sv_warnx("--isa openblas: %s", why);
			*status = SV_EXIT_FAILED;
		}
		return (*own);
	}
	if ((isa = sv_isa_pick(name)) == NULL) {
		sv_warnx("--isa %s: not known, or not of this CPU", name);
		*status = sv_opt_usage();
	}
	return (isa);
}

int
main(int argc, char *argv[])
{
	struct worker_options o = { .connect_timeout = 8.0 };
	const char *opt_isa = NULL;
	uint32_t opt_w = 1, opt_i = 0;
	int opt_frames = 0, opt_place = 0, opt_quiet = 0, status, ch;
	struct sv_isa *own = NULL;
	double limit;

	o.start_ns = sv_clock_real_ns();
	sv_err_init(argv[0]);
	sv_secret_begin();
	signal(SIGPIPE, SIG_IGN);
	worker_resolver();

	/* Options. */
	while ((ch = getopt_long(argc, argv, "Fw:i:vqhV", options, NULL)) != -1) {
		switch (ch) {
		case 'F':
			opt_frames = 1;
			break;
		case 'w':
			opt_place = 1;
			if (sv_opt_u32("-w", optarg, 1, UINT32_MAX - 1, &opt_w))
				return (sv_opt_usage());
			break;
		case 'i':
			opt_place = 1;
			if (sv_opt_u32("-i", optarg, 0, UINT32_MAX - 2, &opt_i))
				return (sv_opt_usage());
			break;
		case OPT_ISA:
			opt_isa = optarg;
			break;
		case OPT_CONNECT_TIMEOUT:
			if (sv_opt_double("--connect-timeout", optarg, 0.01,
			    3600.0, &o.connect_timeout))
				return (sv_opt_usage());
			break;
		case OPT_TIME_LIMIT:
			if (sv_opt_double("--time-limit", optarg, 1.0, 1e7,
			    &limit))
				return (sv_opt_usage());
			worker_live(&o, limit);
			break;
		case 'v':
			o.verbose = 1;
			break;
		case 'q':
			opt_quiet = 1;
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

	/* Do they fit each other, and this machine? */
	if (optind < argc) {
		sv_warnx("%s: unexpected argument", argv[optind]);
		return (sv_opt_usage());
	}
	if (opt_place && !opt_frames) {
		sv_warnx("-w and -i need -F: without it the invocation tells");
		return (sv_opt_usage());
	}
	if (o.deadline > 0 && opt_frames) {
		sv_warnx("--time-limit needs a hub, and -F has none");
		return (sv_opt_usage());
	}
	if (opt_i >= opt_w) {
		sv_warnx("-i %" PRIu32 ": expected a number below %" PRIu32
		    ", the number of workers (-w)", opt_i, opt_w);
		return (sv_opt_usage());
	}
	if (o.verbose && opt_quiet)
		o.verbose = 0;
	if (opt_frames && isatty(STDOUT_FILENO)) {
		sv_warnx("stdout is a terminal, and frames are binary");
		return (SV_EXIT_FAILED);
	}
	if ((o.isa = choose_isa(opt_isa, &own, &status)) == NULL)
		return (status);

	/* Run. */
	status = opt_frames ? pipe_run(opt_w, opt_i, &o) : serve_stdin(&o);
	sv_isa_openblas_free(own);
	return (status);
}
