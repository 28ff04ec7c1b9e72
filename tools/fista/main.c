#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "apg.h"
#include "err.h"
#include "master.h"
#include "opt.h"

enum { OPT_STEP = 256 };

static const struct option options[] = {
	CHOICE_OPTIONS,
	{ "step", required_argument, NULL, OPT_STEP },
	SV_OPT_COMMON
};

struct arguments {
	struct choice choice;
	struct sv_apg_conf conf;
};

/* The defaults come from the place where they are set. */
static void
help(const struct arguments *a)
{

	printf("usage: sv-fista [-qv] [--l1 LAMBDA] [-w WORKERS] [option ...]"
	    " < frames > frames\n"
	    "The master of accelerated proximal gradient: reads the sums of"
	    " gradients that\nworkers send, writes where they are to be"
	    " evaluated, and at last the model.  Run\nit as"
	    "  sv-hub -- sv-fista.\n\n");
	choice_help(&a->choice);
	printf("How it is done:\n"
	    "      --step T           length of the first step (chosen)\n"
	    "  -v, --verbose          a line a round\n"
	    "  -q, --quiet            nothing but errors\n"
	    "  -h, --help             this text\n"
	    "  -V, --version          the version\n");
}

static void
defaults(struct arguments *a)
{
	struct sv_local_options *p = &a->choice.task.options;

	memset(a, 0, sizeof(*a));
	choice_init(&a->choice);
	sv_apg_conf_init(&a->conf);
	/* A task names a solver; rounds of gradients never call it. */
	a->choice.task.solver = sv_task_solver("fista");
	p->kmin = p->kmax = 1;
}

/* Any option; 0, or -1 after a message. */
static int
option(struct arguments *a, int c, const char *arg)
{
	int rc = choice_option(&a->choice, c, arg);

	if (rc != 1)
		return (rc);
	if (c == OPT_STEP)
		return (sv_opt_double("--step", arg, SV_APG_STEP_MIN,
		    SV_APG_STEP_MAX, &a->conf.step));
	return (-1);
}

static void *
make(const void *given, const struct sv_prox *g, size_t n, uint32_t workers)
{
	struct sv_apg_conf conf = *(const struct sv_apg_conf *)given;

	conf.g = *g;
	conf.n = n;
	conf.workers = workers;
	return (sv_apg_new(&conf));
}

int
main(int argc, char *argv[])
{
	struct arguments a;
	struct master m = { .method = &sv_apg_method, .make = make };
	int c, bad = 0, status;

	/* What is asked? */
	sv_err_init(argv[0]);
	defaults(&a);
	while ((c = getopt_long(argc, argv, CHOICE_LETTERS, options, NULL)) !=
	    -1) {
		switch (c) {
		case 'h':
			help(&a);
			return (sv_opt_printed());
		case 'V':
			return (sv_opt_version());
		default:
			bad |= option(&a, c, optarg);
		}
	}
	if (bad || choice_check(&a.choice) == -1)
		return (sv_opt_usage());
	if ((status = master_ready(argc, argv, "sv-fista")) != SV_EXIT_DONE)
		return (status);
	a.conf.cautious = a.choice.task.loss == &sv_loss_poisson;
	m.choice = &a.choice;
	m.options = &a.conf;
	status = master_run(&m);
	choice_fini(&a.choice);
	return (status);
}
