#include "config.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "clock.h"
#include "err.h"
#include "opt.h"
#include "runtime.h"
#include "secret.h"
#include "serve.h"

#define EXTENSION "sv-worker"
#define CONNECT_S 8.0	/* s: who waits for the hub is paid for */

static const struct option options[] = { SV_OPT_COMMON };

static void
help(void)
{

	printf("usage: bootstrap [-qv]\n"
	    "Serve the invocations of a function of AWS Lambda: a worker each."
	    "\n\n"
	    "  -v, --verbose         a line a round\n"
	    "  -q, --quiet           say nothing but errors\n"
	    "  -h, --help            this text\n"
	    "  -V, --version         the version\n\n"
	    "Environment: AWS_LAMBDA_RUNTIME_API, SV_CONNECT_TIMEOUT,"
	    " SV_VERBOSE.\n");
}

/* Tell the API that the function cannot work, and why. */
static int
init_failed(struct runtime *r, const char *why)
{
	json_t *o = answer_error("Function.BadConfiguration", NULL, why);
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;

	if (text != NULL)
		runtime_init_error(r, "Function.BadConfiguration", text);
	free(text);
	json_decref(o);
	runtime_free(r);
	return (SV_EXIT_FAILED);
}

/* What the environment says; -1 after a line on stderr. */
static int
configure(struct worker_options *o)
{
	const char *s;

	if ((s = getenv("SV_VERBOSE")) != NULL && *s != '\0' &&
	    strcmp(s, "0") != 0)
		o->verbose = 1;
	s = getenv("SV_CONNECT_TIMEOUT");
	if (s != NULL && sv_opt_double("SV_CONNECT_TIMEOUT", s, 0.01, 3600.0,
	    &o->connect_timeout) == -1)
		return (-1);
	if ((o->isa = sv_isa_pick(NULL)) == NULL) {
		sv_warnx("no vector code for this CPU");
		return (-1);
	}
	return (0);
}

int
main(int argc, char *argv[])
{
	struct worker_options o = { .connect_timeout = CONNECT_S };
	double main_s = sv_clock_mono();
	int opt_bad = 0, opt_quiet = 0, status, ch;
	struct runtime *r;
	const char *api;
	char why[256];

	o.start_ns = sv_clock_real_ns();
	sv_err_init(argv[0]);
	sv_secret_begin();
	signal(SIGPIPE, SIG_IGN);

	/* Options. */
	while ((ch = getopt_long(argc, argv, "vqhV", options, NULL)) != -1) {
		switch (ch) {
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
			opt_bad = 1;
		}
	}
	if (optind < argc) {
		sv_warnx("%s: unexpected argument", argv[optind]);
		opt_bad = 1;
	}

	/* Where the events come from; until then nobody else can be told. */
	if ((api = getenv("AWS_LAMBDA_RUNTIME_API")) == NULL) {
		if (opt_bad)
			return (sv_opt_usage());
		sv_warnx("AWS_LAMBDA_RUNTIME_API is not set: this program is "
		    "run by AWS Lambda");
		return (SV_EXIT_FAILED);
	}
	if ((r = runtime_new(api, SV_INVOCATION_MAX)) == NULL)
		return (SV_EXIT_FAILED);

	/* Does the rest fit? */
	if (opt_bad)
		return (init_failed(r, "the command line makes no sense"));
	if (configure(&o) == -1)
		return (init_failed(r, sv_err_last()));
	if (opt_quiet)
		o.verbose = 0;

	worker_resolver();

	/* Serve. */
	worker_signals(SV_EXIT_DONE);
	if (runtime_register(r, EXTENSION, why, sizeof(why)) == -1 && o.verbose)
		sv_warnx("no extension, so no signal before the end: %s", why);
	status = serve_events(r, &o, main_s);
	runtime_free(r);
	return (status);
}
