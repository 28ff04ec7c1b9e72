#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "opt.h"
#include "predict.h"
#include "textopt.h"

/* Options without a letter. */
enum {
	OPT_ROUND = 256, OPT_NO_AUC, OPT_INPUT, OPT_AS_LOADED
};

static const struct option longs[] = {
	{ "format", required_argument, NULL, 'f' },
	{ "metrics", no_argument, NULL, 'm' },
	{ "no-auc", no_argument, NULL, OPT_NO_AUC },
	{ "output", required_argument, NULL, 'o' },
	{ "round", required_argument, NULL, OPT_ROUND },
	{ "input", required_argument, NULL, OPT_INPUT },
	{ "as-loaded", no_argument, NULL, OPT_AS_LOADED },
	SV_TEXTOPT_OPTIONS,
	SV_OPT_COMMON
};

struct options {
	const char *output;
	uint32_t round;	/* 0: the model */
	int form;	/* of predictions; -1: not given */
	int report;	/* of metrics; -1: not given */
};

static void
help(void)
{

	printf("usage: sv-predict [-mqv] [-f format] [-o file] [option ...]"
	    " model [data ...]\n"
	    "Predict rows: a line for each, or with -m how well that fits"
	    " their labels.\n"
	    "The model is a run, or a model file of LIBLINEAR; data are text,"
	    " packed or not,\nor the problem of a run.  Without data, or if"
	    " they are -, read standard input.\n\n"
	    "  -f, --format F        label, probability, margin or all: of"
	    " predictions;\n"
	    "                        text, json or tsv: of metrics\n"
	    "  -m, --metrics         print metrics, not predictions\n"
	    "      --no-auc          metrics but AUC, in constant memory\n"
	    "  -o, --output FILE     write predictions there, with -m too\n"
	    "      --round K         z of step K, not the model\n"
	    "      --input F         data are auto, libsvm, csv or tsv\n"
	    "      --as-loaded       data are LIBSVM text with labels 1 and -1,"
	    " as sv-shard's\n"
	    "                        holdout.svm\n");
	sv_textopt_help();
	printf("  -v, --verbose         say what was read\n"
	    "  -q, --quiet           say nothing but errors\n"
	    "  -h, --help            this text\n"
	    "  -V, --version         the version\n\n"
	    "example: sv-predict -m run.svf test.svm\n");
}

/* Which of ${n} names ${arg} is, or -1. */
static int
which(const char * const *names, int n, const char *arg)
{

	for (int i = 0; i < n; i++)
		if (strcmp(names[i], arg) == 0)
			return (i);
	return (-1);
}

static int
parse_format(const char *arg, struct options *o)
{
	static const char * const forms[] = {
		"label", "probability", "margin", "all"
	};
	static const char * const reports[] = { "text", "json", "tsv" };
	int form = which(forms, FORM_N, arg), how = which(reports, 3, arg);

	if (form == -1 && how == -1) {
		sv_warnx("-f %s: expected label, probability, margin or all;"
		    " text, json or tsv", arg);
		return (-1);
	}
	if (form != -1)
		o->form = form;
	else
		o->report = how;
	return (0);
}

/* Fill ${p} and ${o}; -1 go on, otherwise the exit status. */
static int
options(int argc, char **argv, struct predict *p, struct options *o)
{
	int c, bad = 0, rc;

	while ((c = getopt_long(argc, argv, "f:mo:qvhV", longs, NULL)) != -1) {
		if ((rc = sv_textopt_take(&p->text, c, optarg)) != 1) {
			p->described = 1;
			bad |= rc;
			continue;
		}
		switch (c) {
		case 'f':
			bad |= parse_format(optarg, o);
			break;
		case 'm':
			p->metrics = 1;
			break;
		case OPT_NO_AUC:
			p->no_auc = 1;
			break;
		case 'o':
			o->output = optarg;
			break;
		case OPT_ROUND:
			bad |= sv_opt_u32("--round", optarg, 1, UINT32_MAX,
			    &o->round);
			break;
		case OPT_INPUT:
			bad |= sv_textopt_format(&p->text, "--input", optarg);
			break;
		case OPT_AS_LOADED:
			p->as_loaded = 1;
			break;
		case 'q':
			p->quiet = 1;
			p->verbose = 0;
			break;
		case 'v':
			p->verbose = 1;
			p->quiet = 0;
			break;
		case 'h':
			help();
			return (sv_opt_printed());
		case 'V':
			return (sv_opt_version());
		default:
			bad = 1;
		}
	}
	return (bad ? sv_opt_usage() : -1);
}

/* Does the command line make sense?  -1 if so, otherwise the exit status. */
static int
check(int argc, char **argv, const struct predict *p, const struct options *o)
{
	int used = 0;

	for (int i = optind; i < argc; i++)
		used += strcmp(argv[i], "-") == 0;
	used += argc - optind == 1;
	if (argc == optind)
		sv_warnx("expected a model: a run, or a model of LIBLINEAR");
	else if (sv_textopt_check(&p->text) == -1)
		;
	else if (used > 1)
		sv_warnx("standard input is read once: for the model or for"
		    " data");
	else if (o->report != -1 && !p->metrics)
		sv_warnx("-f text, json and tsv go with -m");
	else if (p->no_auc && !p->metrics)
		sv_warnx("--no-auc goes with -m");
	else if (p->metrics && o->form != -1 && o->output == NULL)
		sv_warnx("-m prints metrics: -o says where predictions go");
	else if (p->as_loaded && p->described)
		sv_warnx("--as-loaded: nothing else describes the data then");
	else if (used == 1 && isatty(STDIN_FILENO))
		sv_warnx("expected data: files, or text on standard input");
	else
		return (-1);
	return (sv_opt_usage());
}

/* Does the model do what was asked for?  Return 0 or -1. */
static int
check_model(const struct predict *p)
{
	const struct sv_model *m = &p->model;

	if (p->form == FORM_PROBABILITY && m->loss != &sv_loss_logistic)
		sv_warnx("-f probability: only the logistic loss gives"
		    " probabilities, and the model is of %s",
		    m->loss != NULL ? m->loss->name : "another");
	else if (p->described && p->text.positive != NULL && !m->classes)
		sv_warnx("--positive: the model predicts numbers");
	else
		return (0);
	return (-1);
}

/* Where predictions go to, if anywhere. */
static int
open_output(struct predict *p, const char *output)
{

	p->out_name = "standard output";
	if (output == NULL) {
		p->out = p->metrics ? NULL : stdout;
		return (0);
	}
	p->out_name = output;
	if ((p->out = fopen(output, "we")) != NULL)
		return (0);
	sv_warn("%s", output);
	return (-1);
}

/* What went by. */
static void
remark(const struct predict *p)
{

	if (p->beyond > 0 && !p->quiet)
		sv_warnx("left out, as liblinear-predict does: %ju value%s of"
		    " features beyond the model's %ju, the largest index being"
		    " %ju", (uintmax_t)p->beyond, p->beyond == 1 ? "" : "s",
		    (uintmax_t)p->model.d, (uintmax_t)p->largest + 1);
	if (p->verbose)
		sv_warnx("%ju rows", (uintmax_t)p->rows);
}

/* Predict all data.  Return 0 or -1. */
static int
predict(struct predict *p, char **data, int n)
{
	static char dash[] = "-", *standard[] = { dash };
	int rc = 0;

	if (n == 0) {
		data = standard;
		n = 1;
	}
	if (rows_begin(p) == -1)
		return (-1);
	for (int i = 0; i < n && rc == 0; i++)
		rc = data_read(p, data[i]);
	/* What was predicted before a fault is good. */
	if (rows_end(p) == -1)
		rc = -1;
	if (rc == 0 && p->rows == 0 && p->metrics) {
		sv_warnx("there are no rows: no metrics");
		rc = -1;
	}
	if (rc == 0 && p->metrics)
		rc = report(p, stdout);
	if (rc == 0)
		remark(p);
	return (rc);
}

static void
fini(struct predict *p)
{

	sv_metrics_free(p->sums);
	sv_model_fini(&p->model);
	json_decref(p->schema);
	free(p->label[0]);
	free(p->label[1]);
	free(p);
}

int
main(int argc, char **argv)
{
	struct options o = { .form = -1, .report = -1 };
	struct predict *p;
	int status, rc;

	/* Read options. */
	sv_err_init(argv[0]);
	if (sv_fd_standard() == -1) {
		sv_warn("standard input or output");
		return (SV_EXIT_FAILED);
	}
	if ((p = calloc(1, sizeof(*p))) == NULL) {
		sv_warn("memory");
		return (SV_EXIT_FAILED);
	}
	if ((status = options(argc, argv, p, &o)) != -1 ||
	    (status = check(argc, argv, p, &o)) != -1)
		goto out;
	p->form = o.form == -1 ? FORM_LABEL : (enum form)o.form;
	p->report = o.report == -1 ? REPORT_TEXT : (enum report)o.report;

	/* Set up.  A reader that has gone is an error like any other. */
	status = SV_EXIT_FAILED;
	signal(SIGPIPE, SIG_IGN);
	if (source_read(p, argv[optind], o.round) == -1 ||
	    check_model(p) == -1 || open_output(p, o.output) == -1)
		goto out;

	/* Predict. */
	rc = predict(p, argv + optind + 1, argc - optind - 1);

	/* Was it all written? */
	errno = 0;
	if (o.output != NULL && fclose(p->out) != 0) {
		sv_warn("%s", o.output);
		rc = -1;
	}
	if (!ferror(stdout) && fflush(stdout) != 0) {
		sv_warn("standard output");
		rc = -1;
	}
	status = rc == 0 ? SV_EXIT_DONE : SV_EXIT_FAILED;
out:
	fini(p);
	return (status);
}
