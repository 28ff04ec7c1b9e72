#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "admm.h"
#include "err.h"
#include "master.h"
#include "opt.h"

/* What the workers' solver is told if nobody says so. */
#define SOLVER "newton"
#define KMAX 50
#define KMAX_FISTA 1000

enum {
	OPT_PRESET = 256, OPT_ALPHA, OPT_RHO, OPT_RHO_FACTOR, OPT_RHO_RATIO,
	OPT_RHO_RULE, OPT_RHO_FIXED, OPT_MEMORY, OPT_TAU, OPT_STOP, OPT_EPS_PRIMAL,
	OPT_EPS_DUAL, OPT_EPS_ABS, OPT_EPS_REL, OPT_SOLVER, OPT_KMIN, OPT_KMAX,
	OPT_EPS_G, OPT_EPS_F
};

static const struct option options[] = {
	CHOICE_OPTIONS,
	{ "preset", required_argument, NULL, OPT_PRESET },
	{ "stop", required_argument, NULL, OPT_STOP },
	{ "eps-primal", required_argument, NULL, OPT_EPS_PRIMAL },
	{ "eps-dual", required_argument, NULL, OPT_EPS_DUAL },
	{ "eps-abs", required_argument, NULL, OPT_EPS_ABS },
	{ "eps-rel", required_argument, NULL, OPT_EPS_REL },
	{ "alpha", required_argument, NULL, OPT_ALPHA },
	{ "memory", required_argument, NULL, OPT_MEMORY },
	{ "rho", required_argument, NULL, OPT_RHO },
	{ "rho-rule", required_argument, NULL, OPT_RHO_RULE },
	{ "rho-factor", required_argument, NULL, OPT_RHO_FACTOR },
	{ "rho-ratio", required_argument, NULL, OPT_RHO_RATIO },
	{ "rho-fixed", no_argument, NULL, OPT_RHO_FIXED },
	{ "solver", required_argument, NULL, OPT_SOLVER },
	{ "tau", required_argument, NULL, OPT_TAU },
	{ "kmin", required_argument, NULL, OPT_KMIN },
	{ "kmax", required_argument, NULL, OPT_KMAX },
	{ "eps-g", required_argument, NULL, OPT_EPS_G },
	{ "eps-f", required_argument, NULL, OPT_EPS_F },
	SV_OPT_COMMON
};

struct arguments {
	struct choice choice;
	struct sv_admm_conf conf;
};

static const char * const rules[] = {
	[SV_PENALTY_AUTO] = "auto", [SV_PENALTY_BOYD] = "boyd",
	[SV_PENALTY_FIXED] = "fixed"
};

/* The defaults come from the place where they are set. */
static void
help(const struct arguments *a)
{
	const struct sv_admm_conf *c = &a->conf;
	const struct sv_local_options *p = &a->choice.task.options;

	printf("usage: sv-admm [-qv] [--l1 LAMBDA] [-w WORKERS] [option ...]"
	    " < frames > frames\n"
	    "The master of consensus ADMM: reads the sums of what workers send,"
	    " writes what\nthey are sent, and at last the model.  Run it as"
	    "  sv-hub -- sv-admm.\n\n");
	choice_help(&a->choice);
	printf("      --stop RULE        abs or rel: by the residuals instead,"
	    " when both are below\n"
	    "      --eps-primal E     abs: ... the primal one (%g)\n"
	    "      --eps-dual E       abs: ... the dual one (%g)\n"
	    "      --eps-abs E        rel: absolute part (%g)\n"
	    "      --eps-rel E        rel: relative part (%g)\n",
	    c->eps_primal, c->eps_dual, c->eps_abs, c->eps_rel);
	printf("How it is done:\n"
	    "      --preset paper     all of it as in the paper\n"
	    "      --alpha A          over-relaxation, 1 to 1.8 (%g)\n"
	    "      --memory M         rounds that the acceleration looks back;"
	    " 0: none (%ju)\n"
	    "      --rho R            penalty of the first round (16 / WORKERS,"
	    " sqrt(rows) / 200\n"
	    "                         or 1, whichever is largest)\n"
	    "      --rho-rule RULE    how it changes: auto, boyd or fixed"
	    " (%s)\n"
	    "      --rho-factor F     boyd: by this factor (%g)\n"
	    "      --rho-ratio Q      ... when the residuals differ by this one"
	    " (%g)\n"
	    "      --rho-fixed        the same as --rho-rule fixed\n",
	    c->alpha, (uintmax_t)c->memory, rules[c->rule],
	    c->rho_factor, c->rho_ratio);
	printf("      --tau T            workers solve to T times the residuals;"
	    " 0: to --eps-g (%g)\n"
	    "      --solver SOLVER    of the workers: newton, newton-cg, fista"
	    " (%s)\n"
	    "      --kmin N           its iterations, at least (%ju)\n"
	    "      --kmax N           ... and at most (%ju)\n"
	    "      --eps-g E          its tolerance for the gradient (%g)\n"
	    "      --eps-f E          ... and for the change of the function"
	    " (%g)\n", c->tau, a->choice.task.solver->name,
	    (uintmax_t)p->kmin, (uintmax_t)KMAX, p->eps_g, p->eps_f);
	printf("  -v, --verbose          a line a round\n"
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
	sv_admm_conf_init(&a->conf);
	a->choice.task.solver = sv_task_solver(SOLVER);
	p->kmin = 1;
	p->kmax = 0;	/* not given */
}

static int
parse_preset(struct arguments *a, const char *arg)
{

	if (strcmp(arg, "paper") != 0) {
		sv_warnx("--preset %s: expected paper", arg);
		return (-1);
	}
	sv_admm_conf_paper(&a->conf);
	a->choice.max_rounds = 100;
	a->choice.task.solver = sv_task_solver("fista");
	/* Not known; these leave F far within 1e-4 on the paper's instance. */
	a->choice.task.options.eps_g = 1e-2;
	a->choice.task.options.eps_f = 1e-9;
	return (0);
}

static int
parse_stop(const char *arg, enum sv_admm_stop *stop)
{

	if (strcmp(arg, "opt") == 0)
		*stop = SV_ADMM_STOP_NONE;
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

static int
parse_rule(const char *arg, enum sv_penalty_rule *rule)
{

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (strcmp(rules[i], arg) == 0) {
			*rule = (enum sv_penalty_rule)i;
			return (0);
		}
	}
	sv_warnx("--rho-rule %s: expected auto, boyd or fixed", arg);
	return (-1);
}

static int
parse_solver(struct arguments *a, const char *arg)
{

	if ((a->choice.task.solver = sv_task_solver(arg)) != NULL)
		return (0);
	sv_warnx("--solver %s: expected newton, newton-cg or fista", arg);
	return (-1);
}

/* An option of the outer iteration; 0, or -1 after a message. */
static int
outer(struct sv_admm_conf *c, int option, const char *arg)
{

	switch (option) {
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
	case OPT_ALPHA:
		return (sv_opt_double("--alpha", arg, 1, 1.8, &c->alpha));
	case OPT_RHO:
		return (sv_opt_double("--rho", arg, SV_ADMM_RHO_MIN,
		    SV_ADMM_RHO_MAX, &c->rho));
	case OPT_RHO_FACTOR:
		c->rule = SV_PENALTY_BOYD;
		return (sv_opt_double("--rho-factor", arg, 1, 1000,
		    &c->rho_factor));
	case OPT_RHO_RATIO:
		c->rule = SV_PENALTY_BOYD;
		return (sv_opt_double("--rho-ratio", arg, 1, 1e300,
		    &c->rho_ratio));
	case OPT_RHO_FIXED:
		c->rule = SV_PENALTY_FIXED;
		return (0);
	case OPT_RHO_RULE:
		return (parse_rule(arg, &c->rule));
	case OPT_MEMORY:
		return (sv_opt_u32("--memory", arg, 0, SV_TASK_MEMORY,
		    &c->memory));
	case OPT_TAU:
		return (sv_opt_double("--tau", arg, 0, 1e300, &c->tau));
	default:
		return (-1);
	}
}

/* Any option; 0, or -1 after a message. */
static int
option(struct arguments *a, int c, const char *arg)
{
	struct sv_local_options *p = &a->choice.task.options;
	int rc = choice_option(&a->choice, c, arg);

	if (rc != 1)
		return (rc);
	switch (c) {
	case OPT_PRESET:
		return (parse_preset(a, arg));
	case OPT_SOLVER:
		return (parse_solver(a, arg));
	case OPT_KMIN:
		return (sv_opt_u64("--kmin", arg, 1, 1000000000, &p->kmin));
	case OPT_KMAX:
		return (sv_opt_u64("--kmax", arg, 1, 1000000000, &p->kmax));
	case OPT_EPS_G:
		return (sv_opt_double("--eps-g", arg, 0, 1e300, &p->eps_g));
	case OPT_EPS_F:
		return (sv_opt_double("--eps-f", arg, 0, 1, &p->eps_f));
	default:
		return (outer(&a->conf, c, arg));
	}
}

static void *
make(const void *given, const struct sv_prox *g, size_t n, uint32_t workers)
{
	struct sv_admm_conf conf = *(const struct sv_admm_conf *)given;

	conf.g = *g;
	conf.n = n;
	conf.workers = workers;
	return (sv_admm_new(&conf));
}

/* 0, or -1 after a message. */
static int
check(struct arguments *a)
{
	struct sv_local_options *p = &a->choice.task.options;

	a->choice.task.memory = a->conf.memory;
	if (p->kmax == 0) {
		p->kmax = strcmp(a->choice.task.solver->name, "fista") == 0 ?
		    KMAX_FISTA : KMAX;
		if (p->kmax < p->kmin)
			p->kmax = p->kmin;
	}
	if (p->kmin > p->kmax) {
		sv_warnx("--kmin %ju is more than --kmax %ju",
		    (uintmax_t)p->kmin, (uintmax_t)p->kmax);
		return (-1);
	}
	if (a->conf.stop != SV_ADMM_STOP_NONE &&
	    a->choice.rule == SV_JUDGE_GAP) {
		sv_warnx("--stop and --stop-gap: one of them, please");
		return (-1);
	}
	return (choice_check(&a->choice));
}

int
main(int argc, char *argv[])
{
	struct arguments a;
	struct master m = { .method = &sv_admm_method, .make = make };
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
	if (bad || check(&a) == -1)
		return (sv_opt_usage());
	if ((status = master_ready(argc, argv, "sv-admm")) != SV_EXIT_DONE)
		return (status);
	m.choice = &a.choice;
	m.options = &a.conf;
	m.own = a.conf.stop != SV_ADMM_STOP_NONE;
	status = master_run(&m);
	choice_fini(&a.choice);
	return (status);
}
