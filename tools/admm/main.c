#include "config.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "master.h"
#include "opt.h"

/* Inner iterations at most, if nobody says so. */
#define KMAX 50

enum {
	OPT_L1 = 256, OPT_ALPHA, OPT_RHO, OPT_RHO_FACTOR, OPT_RHO_RATIO,
	OPT_RHO_FIXED, OPT_MAX_ROUNDS, OPT_STOP, OPT_EPS_PRIMAL, OPT_EPS_DUAL,
	OPT_EPS_ABS, OPT_EPS_REL, OPT_KMIN, OPT_KMAX, OPT_EPS_G, OPT_EPS_F
};

static const struct option options[] = {
	{ "l1", required_argument, NULL, OPT_L1 },
	{ "workers", required_argument, NULL, 'w' },
	{ "tolerance", required_argument, NULL, 'e' },
	{ "stop", required_argument, NULL, OPT_STOP },
	{ "eps-primal", required_argument, NULL, OPT_EPS_PRIMAL },
	{ "eps-dual", required_argument, NULL, OPT_EPS_DUAL },
	{ "eps-abs", required_argument, NULL, OPT_EPS_ABS },
	{ "eps-rel", required_argument, NULL, OPT_EPS_REL },
	{ "max-rounds", required_argument, NULL, OPT_MAX_ROUNDS },
	{ "alpha", required_argument, NULL, OPT_ALPHA },
	{ "rho", required_argument, NULL, OPT_RHO },
	{ "rho-factor", required_argument, NULL, OPT_RHO_FACTOR },
	{ "rho-ratio", required_argument, NULL, OPT_RHO_RATIO },
	{ "rho-fixed", no_argument, NULL, OPT_RHO_FIXED },
	{ "kmin", required_argument, NULL, OPT_KMIN },
	{ "kmax", required_argument, NULL, OPT_KMAX },
	{ "eps-g", required_argument, NULL, OPT_EPS_G },
	{ "eps-f", required_argument, NULL, OPT_EPS_F },
	SV_OPT_COMMON
};

/* The defaults come from the place where they are set. */
static void
help(const struct master_options *o)
{
	const struct sv_admm_conf *c = &o->conf;

	printf("usage: sv-admm [-qv] [--l1 LAMBDA] [-w WORKERS] [option ...]"
	    " < frames > frames\n"
	    "The master of consensus ADMM: reads the sums of what workers send,"
	    " writes what\nthey are sent, and at last the model.  Run it as"
	    "  sv-hub -- sv-admm.\n\n"
	    "      --l1 LAMBDA        weight of |x|_1 (%g)\n"
	    "  -w, --workers W        shards; if not given, the job frame"
	    " tells\n"
	    "      --stop RULE        opt, abs or rel (opt)\n"
	    "  -e, --tolerance E      opt: relative optimality, as LIBLINEAR's"
	    " -e (%g)\n", o->l1, c->tolerance);
	printf("      --eps-primal E     abs: primal residual (%g)\n"
	    "      --eps-dual E       abs: dual residual (%g)\n"
	    "      --eps-abs E        rel: absolute part (%g)\n"
	    "      --eps-rel E        rel: relative part (%g)\n"
	    "      --max-rounds N     rounds at most (%u)\n"
	    "      --alpha A          over-relaxation, 1 to 1.8 (%g)\n"
	    "      --rho R            penalty of the first round (%g)\n",
	    c->eps_primal, c->eps_dual, c->eps_abs, c->eps_rel, c->max_rounds,
	    c->alpha, c->rho);
	printf("      --rho-factor F     the penalty changes by this factor"
	    " (%g)\n"
	    "      --rho-ratio Q      ... when the residuals differ by this one"
	    " (%g)\n"
	    "      --rho-fixed        the penalty does not change\n"
	    "      --kmin N           iterations of the workers' solver, at"
	    " least (%ju)\n"
	    "      --kmax N           ... and at most (%ju)\n"
	    "      --eps-g E          its tolerance for the gradient (%g)\n"
	    "      --eps-f E          ... and for the change of the function"
	    " (%g)\n", c->rho_factor, c->rho_ratio, (uintmax_t)o->kmin,
	    (uintmax_t)KMAX, o->eps_g, o->eps_f);
	printf("  -v, --verbose          a line a round\n"
	    "  -q, --quiet            nothing but errors\n"
	    "  -h, --help             this text\n"
	    "  -V, --version          the version\n");
}

static void
defaults(struct master_options *o)
{

	memset(o, 0, sizeof(*o));
	sv_admm_conf_init(&o->conf);
	o->l1 = 1.0;
	o->loss = sv_loss_find("logistic");
	o->kmin = 1;
	o->kmax = 0;	/* not given: KMAX, or kmin where that is more */
	o->eps_g = 1e-2;
	o->eps_f = 1e-9;
	o->verbose = 1;
}

static int
parse_stop(const char *arg, enum sv_admm_stop *stop)
{

	if (strcmp(arg, "opt") == 0)
		*stop = SV_ADMM_STOP_OPT;
	else if (strcmp(arg, "abs") == 0)
		*stop = SV_ADMM_STOP_ABS;
	else if (strcmp(arg, "rel") == 0)
		*stop = SV_ADMM_STOP_REL;
	else {
		sv_warnx("--stop %s: expected opt, abs or rel", arg);
		return (-1);
	}
	return (0);
}

/* An option of the outer iteration; 0, or -1 after a message. */
static int
outer(struct sv_admm_conf *c, int option, const char *arg)
{

	switch (option) {
	case 'e':
		return (sv_opt_double("-e", arg, 0, 1e300, &c->tolerance));
	case OPT_STOP:
		return (parse_stop(arg, &c->stop));
	case OPT_EPS_PRIMAL:
		return (sv_opt_double("--eps-primal", arg, 0, 1e300,
		    &c->eps_primal));
	case OPT_EPS_DUAL:
		return (sv_opt_double("--eps-dual", arg, 0, 1e300,
		    &c->eps_dual));
	case OPT_EPS_ABS:
		return (sv_opt_double("--eps-abs", arg, 0, 1e300, &c->eps_abs));
	case OPT_EPS_REL:
		return (sv_opt_double("--eps-rel", arg, 0, 1e300, &c->eps_rel));
	case OPT_MAX_ROUNDS:
		return (sv_opt_u32("--max-rounds", arg, 1, UINT32_MAX - 1,
		    &c->max_rounds));
	case OPT_ALPHA:
		return (sv_opt_double("--alpha", arg, 1, 1.8, &c->alpha));
	case OPT_RHO:
		return (sv_opt_double("--rho", arg, SV_ADMM_RHO_MIN,
		    SV_ADMM_RHO_MAX, &c->rho));
	case OPT_RHO_FACTOR:
		return (sv_opt_double("--rho-factor", arg, 1, 1000,
		    &c->rho_factor));
	case OPT_RHO_RATIO:
		return (sv_opt_double("--rho-ratio", arg, 1, 1e300,
		    &c->rho_ratio));
	case OPT_RHO_FIXED:
		c->rho_factor = 1.0;
		return (0);
	default:
		return (-1);
	}
}

/* Any option; 0, or -1 after a message. */
static int
option(struct master_options *o, int c, const char *arg)
{

	switch (c) {
	case OPT_L1:
		return (sv_opt_double("--l1", arg, 0, 1e300, &o->l1));
	case 'w':
		return (sv_opt_u32("-w", arg, 1, SV_FRAME_NOSHARD - 1,
		    &o->workers));
	case OPT_KMIN:
		return (sv_opt_u64("--kmin", arg, 1, 1000000000, &o->kmin));
	case OPT_KMAX:
		return (sv_opt_u64("--kmax", arg, 1, 1000000000, &o->kmax));
	case OPT_EPS_G:
		return (sv_opt_double("--eps-g", arg, 0, 1e300, &o->eps_g));
	case OPT_EPS_F:
		return (sv_opt_double("--eps-f", arg, 0, 1, &o->eps_f));
	case 'v':
		o->verbose = 2;
		return (0);
	case 'q':
		o->verbose = 0;
		return (0);
	default:
		return (outer(&o->conf, c, arg));
	}
}

int
main(int argc, char *argv[])
{
	struct master_options o;
	int c, bad = 0;

	/* What is asked? */
	sv_err_init(argv[0]);
	defaults(&o);
	while ((c = getopt_long(argc, argv, "w:e:vqhV", options, NULL)) != -1) {
		switch (c) {
		case 'h':
			help(&o);
			return (sv_opt_printed());
		case 'V':
			return (sv_opt_version());
		default:
			bad |= option(&o, c, optarg);
		}
	}
	if (bad)
		return (sv_opt_usage());

	/* Does it make sense? */
	if (optind < argc) {
		sv_warnx("unexpected argument '%s'", argv[optind]);
		return (sv_opt_usage());
	}
	if (o.kmax == 0)
		o.kmax = o.kmin > KMAX ? o.kmin : KMAX;
	if (o.kmin > o.kmax) {
		sv_warnx("--kmin %ju is more than --kmax %ju",
		    (uintmax_t)o.kmin, (uintmax_t)o.kmax);
		return (sv_opt_usage());
	}
	if (isatty(STDOUT_FILENO)) {
		sv_warnx("standard output is a terminal, and frames are binary:"
		    " run it as sv-hub -- sv-admm");
		return (SV_EXIT_FAILED);
	}

	/* A hub that has gone is noticed when writing. */
	signal(SIGPIPE, SIG_IGN);
	return (master_run(&o));
}
