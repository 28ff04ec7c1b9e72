#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "choice.h"
#include "err.h"
#include "opt.h"

void
choice_init(struct choice *c)
{

	memset(c, 0, sizeof(*c));
	c->task.loss = sv_loss_find("logistic");
	c->task.weight[0] = c->task.weight[1] = 1.0;
	sv_regular_init(&c->regular);
	c->rule = SV_JUDGE_OPT;
	c->tolerance = 2e-4;
	c->gap = 1e-3;
	c->certify = 1;
	c->max_rounds = 1000;
	c->verbose = 1;
}

static int
parse_loss(struct choice *c, const char *arg)
{
	char names[SV_LOSS_NAMES];

	if ((c->task.loss = sv_loss_find(arg)) != NULL)
		return (0);
	sv_loss_names(names);
	sv_warnx("--loss %s: expected one of %s", arg, names);
	return (-1);
}

/* Numbers with commas between, above 0, into descending order. */
static int
parse_lambdas(struct choice *c, const char *arg)
{
	const char *all = arg;
	char one[64];

	c->nlambda = 0;
	for (;;) {
		size_t len = strcspn(arg, ",");
		uint32_t i = c->nlambda;
		double value;

		if (len >= sizeof(one)) {
			sv_warnx("--lambdas: %.20s... is too long for a number",
			    arg);
			return (-1);
		}
		if (len == 0) {
			sv_warnx("--lambdas %s: a number is missing", all);
			return (-1);
		}
		snprintf(one, sizeof(one), "%.*s", (int)len, arg);
		if (sv_opt_double("--lambdas", one, 1e-300, 1e300, &value) ==
		    -1)
			return (-1);
		if (i == CHOICE_MODELS) {
			sv_warnx("--lambdas: more than %u weights",
			    CHOICE_MODELS);
			return (-1);
		}
		for (; i > 0 && c->lambda[i - 1] < value; i--)
			c->lambda[i] = c->lambda[i - 1];
		c->lambda[i] = value;
		c->nlambda++;
		if (arg[len] == '\0')
			return (0);
		arg += len + 1;
	}
}

/* What is fitted. */
static int
model_option(struct choice *c, int option, const char *arg)
{

	switch (option) {
	case CHOICE_LOSS:
		return (parse_loss(c, arg));
	case CHOICE_DELTA:
		return (sv_opt_double("--delta", arg, 1e-300, 1e300, &c->delta));
	case CHOICE_INTERCEPT:
		c->task.intercept = 1;
		return (0);
	case CHOICE_POSITIVE:
		return (sv_opt_double("--positive-weight", arg, 0, 1e100,
		    &c->task.weight[1]));
	case CHOICE_NEGATIVE:
		return (sv_opt_double("--negative-weight", arg, 0, 1e100,
		    &c->task.weight[0]));
	case CHOICE_PATH:
		return (sv_opt_u32("--path", arg, 2, CHOICE_MODELS,
		    &c->path));
	case CHOICE_LAMBDAS:
		return (parse_lambdas(c, arg));
	default:
		return (sv_regular_option(&c->regular, option, arg));
	}
}

int
choice_option(struct choice *c, int option, const char *arg)
{

	switch (option) {
	case 'e':
		return (sv_opt_double("-e", arg, 0, 1e300, &c->tolerance));
	case 'w':
		return (sv_opt_u32("-w", arg, 1, SV_FRAME_NOSHARD - 1,
		    &c->workers));
	case 'v':
		c->verbose = 2;
		return (0);
	case 'q':
		c->verbose = 0;
		return (0);
	case CHOICE_RESUME:
		c->resume = arg;
		return (0);
	case CHOICE_STOP_GAP:
		c->rule = SV_JUDGE_GAP;
		return (sv_opt_double("--stop-gap", arg, 0, 1, &c->gap));
	case CHOICE_GAP:
		if (sv_opt_u32("--gap", arg, 0, UINT32_MAX - 1, &c->every) ==
		    -1)
			return (-1);
		c->certify = c->every > 0;
		return (0);
	case CHOICE_MAX_ROUNDS:
		return (sv_opt_u32("--max-rounds", arg, 1, UINT32_MAX - 1,
		    &c->max_rounds));
	default:
		return (model_option(c, option, arg));
	}
}

int
choice_check(struct choice *c)
{
	const struct sv_loss *loss = c->task.loss;

	if (sv_regular_check(&c->regular) == -1)
		return (-1);
	if (c->delta > 0.0 && !(loss->param > 0.0)) {
		sv_warnx("--delta: the %s loss has none; it is for huber",
		    loss->name);
		return (-1);
	}
	c->task.param = c->delta > 0.0 ? c->delta : loss->param;
	if (!loss->classes && (c->task.weight[0] < 1.0 ||
	    c->task.weight[0] > 1.0 || c->task.weight[1] < 1.0 ||
	    c->task.weight[1] > 1.0)) {
		sv_warnx("--positive-weight and --negative-weight are for a "
		    "loss of two classes; %s is not", loss->name);
		return (-1);
	}
	if (c->task.intercept && loss == &sv_loss_logistic &&
	    !(c->task.weight[0] > 0.0 && c->task.weight[1] > 0.0)) {
		sv_warnx("--intercept: rows that weigh nothing leave one label,"
		    " for which there is no best intercept");
		return (-1);
	}
	if (c->path != 0 && c->nlambda != 0) {
		sv_warnx("--path and --lambdas: one of them, please");
		return (-1);
	}
	if (choice_is_path(c) &&
	    (c->regular.c < 1.0 || c->regular.c > 1.0)) {
		sv_warnx("--c does not change the weights of %s: leave it out",
		    c->path != 0 ? "--path" : "--lambdas");
		return (-1);
	}
	return (0);
}

int
choice_is_path(const struct choice *c)
{

	return (c->path != 0 || c->nlambda != 0);
}

void
choice_fini(struct choice *c)
{

	sv_regular_fini(&c->regular);
}

void
choice_help(const struct choice *c)
{
	char names[SV_LOSS_NAMES];

	sv_loss_names(names);
	printf("What is fitted, the sum of the losses and a regulariser:\n"
	    "      --loss LOSS        %s\n"
	    "                         (%s)\n"
	    "      --delta D          where the huber loss turns linear (1)\n"
	    "      --intercept        a constant that is not regularised\n"
	    "      --positive-weight F\n"
	    "      --negative-weight F\n"
	    "                         rows with such a label count F times (1)\n",
	    names, c->task.loss->name);
	sv_regular_help();
	printf("      --path N           N models, from the weight for which all"
	    " coefficients are 0\n"
	    "                         down to a thousandth of it\n"
	    "      --lambdas L,L,...  models for these weights, the largest"
	    " first\n");
	printf("When that is good enough:\n"
	    "  -e, --tolerance E      relative optimality, as LIBLINEAR's -e"
	    " (%g)\n"
	    "      --stop-gap E       instead: a proof that F is within E F of"
	    " its minimum\n"
	    "      --gap N            such a proof every N rounds and at the"
	    " end; 0: none\n"
	    "                         (at the end)\n"
	    "      --max-rounds N     rounds at most (%" PRIu32 ")\n",
	    c->tolerance, c->max_rounds);
	printf("      --resume FILE      go on from where that run ended\n"
	    "  -w, --workers W        shards; if not given, the job frame"
	    " tells\n");
}
