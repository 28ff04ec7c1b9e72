#include "config.h"

#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "opt.h"
#include "stats.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_TSV };

static void
help(void)
{

	printf("usage: sv-stats [-qv] [-f text|json|tsv] [-o file] [--all]"
	    " [--arch name]\n"
	    "                [--section name] [run ...]\n"
	    "Print the figures of a run, or a comparison of several.\n\n"
	    "  -f, --format F       text, json or tsv (text)\n"
	    "  -o, --output FILE    write there (stdout)\n"
	    "      --all            every row of long tables\n"
	    "      --arch NAME      of functions, for the bill: x86_64 or"
	    " arm64 (x86_64)\n"
	    "      --section NAME   only this one: summary models trace"
	    " utilisation shards\n"
	    "                       starts invocations bill responsiveness"
	    " events comparison\n"
	    "  -v, --verbose        say how much was read\n"
	    "  -q, --quiet          say nothing but errors\n"
	    "  -h, --help           this text\n"
	    "  -V, --version        the version\n\n"
	    "example: sv-stats run-*.svf\n");
}

static int
parse_format(const char *arg, enum format *format)
{
	static const char * const names[] = { "text", "json", "tsv" };

	for (int i = 0; i < 3; i++) {
		if (strcmp(arg, names[i]) == 0) {
			*format = (enum format)i;
			return (0);
		}
	}
	sv_warnx("-f %s: expected text, json or tsv", arg);
	return (-1);
}

/* Read all files, or stdin; ${*failed} where one could not be read. */
static void
read_all(char **files, int n, struct sv_run **runs, size_t *nruns, int *failed)
{
	static char dash[] = "-";
	static char *only_stdin[] = { dash };
	int fd;

	if (n == 0) {
		files = only_stdin;
		n = 1;
	}
	for (int i = 0; i < n; i++) {
		if (strcmp(files[i], "-") == 0) {
			if (sv_run_read(STDIN_FILENO, "standard input", runs,
			    nruns) == -1)
				*failed = 1;
			continue;
		}
		if ((fd = open(files[i], O_RDONLY | O_CLOEXEC)) == -1) {
			sv_warn("%s", files[i]);
			*failed = 1;
			continue;
		}
		if (sv_run_read(fd, files[i], runs, nruns) == -1)
			*failed = 1;
		close(fd);
	}
}

/* Measure the runs; return a new array, or NULL after a message. */
static struct stats *
measure_all(const struct sv_run *runs, size_t n, enum sv_price_arch arch)
{
	struct stats *s;

	if ((s = calloc(n, sizeof(*s))) == NULL) {
		sv_warn("%zu runs", n);
		return (NULL);
	}
	for (size_t i = 0; i < n; i++) {
		s[i].run = &runs[i];
		s[i].arch = arch;
		if (sv_measure_summary(&runs[i], &s[i].sum) == -1) {
			sv_warn("%s", runs[i].name);
			free(s);
			return (NULL);
		}
	}
	return (s);
}

/* What a reader of the tables should know besides. */
static void
remark(const struct stats *s, size_t n)
{
	json_t *first = s[0].run->problem, *p;

	for (size_t i = 0; i < n; i++) {
		if (s[i].sum.missing > 0)
			sv_warnx("%s: the records of %" PRIu64 " rounds are "
			    "missing from the stream", s[i].run->name,
			    s[i].sum.missing);
		p = s[i].run->problem;
		if (first == NULL || p == NULL || i == 0)
			continue;
		if (!json_equal(json_object_get(p, "n"),
		    json_object_get(first, "n")) ||
		    !json_equal(json_object_get(p, "d"),
		    json_object_get(first, "d")))
			sv_warnx("%s: another problem than that of %s",
			    s[i].run->name, s[0].run->name);
	}
}

/* The gravest status of all runs: 1, then 3, then 0. */
static int
exit_status(const struct stats *s, size_t n)
{
	int status = SV_EXIT_DONE, one;
	const char *why;

	for (size_t i = 0; i < n; i++) {
		one = sv_measure_exit(s[i].run, &why);
		if (why != NULL)
			sv_warnx("%s: %s", s[i].run->name, why);
		if (one != SV_EXIT_DONE && status != SV_EXIT_FAILED)
			status = one;
	}
	return (status);
}

static int
write_out(const char *output, enum format format, const struct stats *s,
    size_t n, enum section_id only, int all)
{
	FILE *f = stdout;
	int rc;

	if (output != NULL && (f = fopen(output, "we")) == NULL) {
		sv_warn("%s", output);
		return (-1);
	}
	if (format == FORMAT_JSON)
		rc = write_json(f, s, n, only);
	else if (format == FORMAT_TSV)
		rc = write_tsv(f, s, n, only);
	else
		rc = write_text(f, s, n, only, all);
	/* If nothing is left to flush, the write that failed set errno. */
	if (fflush(f) != 0 || ferror(f)) {
		sv_warn("%s", output != NULL ? output : "standard output");
		rc = -1;
	}
	if (f != stdout && fclose(f) != 0 && rc == 0) {
		sv_warn("%s", output);
		rc = -1;
	}
	return (rc);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "output", required_argument, NULL, 'o' },
		{ "section", required_argument, NULL, 'S' },
		{ "all", no_argument, NULL, 'A' },
		{ "arch", required_argument, NULL, 'R' },
		SV_OPT_COMMON
	};
	enum section_id only = SECTION_ANY;
	enum sv_price_arch arch = SV_PRICE_X86_64;
	enum format format = FORMAT_TEXT;
	const char *output = NULL;
	struct sv_run *runs = NULL;
	struct stats *s = NULL;
	size_t n = 0;
	int all = 0, quiet = 0, verbose = 0, failed = 0, status, c;

	/* Read options. */
	sv_err_init(argv[0]);
	if (sv_fd_standard() == -1) {
		sv_warn("standard input or output");
		return (SV_EXIT_FAILED);
	}
	while ((c = getopt_long(argc, argv, "f:o:qvhV", options, NULL)) != -1) {
		switch (c) {
		case 'f':
			if (parse_format(optarg, &format) == -1)
				return (sv_opt_usage());
			break;
		case 'o':
			output = optarg;
			break;
		case 'S':
			if ((only = section_parse(optarg)) == SECTION_ANY) {
				sv_warnx("--section %s: no such section",
				    optarg);
				return (sv_opt_usage());
			}
			break;
		case 'A':
			all = 1;
			break;
		case 'R':
			if (sv_price_arch_parse(optarg, &arch) == -1) {
				sv_warnx("--arch %s: expected x86_64 or arm64",
				    optarg);
				return (sv_opt_usage());
			}
			break;
		case 'q':
			quiet = 1;
			break;
		case 'v':
			verbose = 1;
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

	/* Check. */
	if (optind == argc && isatty(STDIN_FILENO)) {
		sv_warnx("expected run files, or a run on stdin");
		return (sv_opt_usage());
	}

	/* Read and measure the runs. */
	read_all(argv + optind, argc - optind, &runs, &n, &failed);
	if (n == 0 || (s = measure_all(runs, n, arch)) == NULL) {
		status = SV_EXIT_FAILED;
		goto done;
	}
	for (size_t i = 0; verbose && i < n; i++)
		sv_warnx("%s: %" PRIu64 " frames", runs[i].name,
		    runs[i].frames);
	if (!quiet)
		remark(s, n);

	/* Write; the run's own end decides the status. */
	status = exit_status(s, n);
	if (write_out(output, format, s, n, only, all) == -1 || failed)
		status = SV_EXIT_FAILED;
done:
	for (size_t i = 0; i < n; i++)
		sv_run_fini(&runs[i]);
	free(runs);
	free(s);
	return (status);
}
