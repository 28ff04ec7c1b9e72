#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cat.h"
#include "err.h"
#include "fd.h"
#include "io.h"
#include "json.h"
#include "opt.h"

static void
help(void)
{

	printf("usage: sv-cat [-qv] [-f format] [-t type[,type ...]] [-o file]"
	    " [--full]\n"
	    "              [--model] [--round k] [file ...]\n"
	    "Show the frames of a stream, or write what is in them for other"
	    " programs.\n\n"
	    "  -f, --format F       json, tsv or frames: frames; npy or"
	    " liblinear: the model;\n"
	    "                       libsvm: the rows; weights: theirs (json)\n"
	    "  -t, --type T         only frames of this type, by name or"
	    " number\n"
	    "  -o, --output FILE    write there (stdout)\n"
	    "      --full           all elements of vectors, in json\n"
	    "      --model          the model, in json, tsv, npy or liblinear\n"
	    "      --round K        z of step K, not the model\n"
	    "  -v, --verbose        say how much was read\n"
	    "  -q, --quiet          say nothing but errors\n"
	    "  -h, --help           this text\n"
	    "  -V, --version        the version\n\n"
	    "example: sv-cat -t trace run.svf\n");
}

static int
parse_format(const char *arg, enum format *format)
{
	static const char * const names[FORMAT_N] = {
		"json", "tsv", "frames", "npy", "liblinear", "libsvm",
		"weights"
	};

	for (int i = 0; i < FORMAT_N; i++) {
		if (strcmp(arg, names[i]) == 0) {
			*format = (enum format)i;
			return (0);
		}
	}
	sv_warnx("-f %s: expected json, tsv, frames, npy, liblinear, libsvm or"
	    " weights", arg);
	return (-1);
}

/* Select the types of a comma-separated list of names and numbers. */
static int
parse_types(char *list, struct cat *c)
{
	char *save = NULL;
	uint32_t type;

	c->any_type = 0;
	for (char *name = strtok_r(list, ",", &save); name != NULL;
	    name = strtok_r(NULL, ",", &save)) {
		if ((type = sv_frame_type_parse(name)) == 0) {
			if (strspn(name, "0123456789") != strlen(name)) {
				sv_warnx("-t %s: no such type of frame", name);
				return (-1);
			}
			if (sv_opt_u32("-t", name, 0, 255, &type) == -1)
				return (-1);
		}
		c->type[type] = 1;
	}
	return (0);
}

/* Is it the rows of the problem that are written, or what belongs to them? */
static int
of_rows(const struct cat *c)
{

	return (c->format == FORMAT_LIBSVM || c->format == FORMAT_WEIGHTS);
}

/* Do the options fit together?  Says what does not. */
static int
check(const struct cat *c, int stdin_used)
{

	if (c->model && (of_rows(c) || c->format == FORMAT_FRAMES))
		sv_warnx("--model goes with -f json, tsv, npy and liblinear");
	else if (c->source.by_round && !c->model)
		sv_warnx("--round goes with --model, -f npy and -f liblinear");
	else if (!c->any_type && (c->model || of_rows(c)))
		sv_warnx("-t goes with frames, in json, tsv and frames");
	else if (c->full && c->model)
		sv_warnx("--full goes with frames: a model is always whole");
	else if (c->full && c->format != FORMAT_JSON)
		sv_warnx("--full goes with -f json");
	else if (stdin_used && isatty(STDIN_FILENO))
		sv_warnx("expected files, or frames on stdin");
	else
		return (0);
	return (-1);
}

/* What the stream itself says about its end. */
static void
note(struct cat *c, const struct sv_frame *f)
{
	uint32_t status;
	json_t *o;

	if (f->type == SV_JOB)
		c->job = 1;
	if (f->type != SV_END)
		return;
	o = f->ntext > 0 ? json_loadb(sv_frame_text(f), f->ntext, 0, NULL) :
	    NULL;
	c->end = 1;
	if (sv_json_u32(o, "status", 0, SV_EXIT_LIMIT, &status) == -1)
		status = SV_EXIT_FAILED;
	/* Of several runs in a row the gravest: 1, then 3. */
	if (status != SV_EXIT_DONE && c->status != SV_EXIT_FAILED)
		c->status = (int)status;
	json_decref(o);
}

/* Write one frame; its payload is freed or kept. */
static int
one_frame(struct cat *c, struct sv_frame *f)
{
	int rc = 0;

	note(c, f);
	if (c->model) {
		if (!sv_model_take(&c->source, f))
			sv_frame_fini(f);
		return (0);
	}
	switch (c->format) {
	case FORMAT_LIBSVM:
	case FORMAT_WEIGHTS:
		if (f->type == SV_PROBLEM && !c->printed) {
			rc = write_rows(c, f);
			c->printed = 1;
		}
		break;
	default:
		if (!c->any_type && !c->type[f->type])
			break;
		if (c->format == FORMAT_JSON) {
			rc = write_json(c, f);
		} else if (c->format == FORMAT_TSV) {
			rc = write_tsv(c, f);
		} else if (sv_frame_write(fileno(c->out), f) == -1) {
			sv_warn("%s", c->out_name);
			rc = -1;
		}
		break;
	}
	sv_frame_fini(f);
	return (rc);
}

/* What must have come by the end of a stream. */
static int
finish(struct cat *c)
{

	if (c->model)
		return (write_model(c));
	if (of_rows(c) && !c->printed) {
		sv_warnx("%s: no problem in it", c->name);
		return (-1);
	}
	return (0);
}

/* Show one stream; return the exit status that it asks for. */
static int
one_stream(struct cat *c, int fd, const char *name, int verbose)
{
	struct sv_reader *r;
	struct sv_frame f;
	enum sv_io io = SV_IO_AGAIN;
	uint64_t n = 0;
	int rc = 0;

	c->name = name;
	c->job = c->end = c->printed = 0;
	c->status = SV_EXIT_DONE;
	if ((r = sv_reader_new(fd, name)) == NULL) {
		sv_warn("%s", name);
		return (SV_EXIT_FAILED);
	}
	while (rc == 0 && io != SV_IO_EOF && io != SV_IO_ERROR) {
		io = sv_reader_next(r, &f);
		if (io == SV_IO_FRAME) {
			rc = one_frame(c, &f);
			n++;
		} else if (io == SV_IO_AGAIN)
			(void)sv_fd_wait(fd, POLLIN);
	}
	sv_reader_free(r);
	if (verbose)
		sv_warnx("%s: %ju frames", name, (uintmax_t)n);
	if (io == SV_IO_EOF && n == 0) {
		sv_warnx("%s: empty, no frames", name);
		rc = -1;
	}
	/* What came before a damage is good. */
	if (rc == 0 && (io == SV_IO_EOF || c->source.have))
		rc = finish(c);
	if (io == SV_IO_ERROR)
		rc = -1;
	sv_model_drop(&c->source);
	if (rc == 0 && c->job && !c->end) {
		sv_warnx("%s: the run has no end", name);
		rc = -1;
	}
	return (rc == -1 ? SV_EXIT_FAILED : c->status);
}

static int
one_file(struct cat *c, const char *name, int verbose)
{
	int fd, status;

	if (strcmp(name, "-") == 0)
		return (one_stream(c, STDIN_FILENO, "standard input", verbose));
	if ((fd = open(name, O_RDONLY | O_CLOEXEC)) == -1) {
		sv_warn("%s", name);
		return (SV_EXIT_FAILED);
	}
	status = one_stream(c, fd, name, verbose);
	close(fd);
	return (status);
}

/* Where to write to; not binary to a terminal. */
static int
open_output(struct cat *c, const char *output)
{

	c->out = stdout;
	c->out_name = "standard output";
	if (output != NULL) {
		c->out_name = output;
		if ((c->out = fopen(output, "we")) == NULL) {
			sv_warn("%s", output);
			return (-1);
		}
	}
	if ((c->format == FORMAT_FRAMES || c->format == FORMAT_NPY) &&
	    isatty(fileno(c->out))) {
		sv_warnx("not written to a terminal: binary data");
		return (-1);
	}
	return (0);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "type", required_argument, NULL, 't' },
		{ "output", required_argument, NULL, 'o' },
		{ "full", no_argument, NULL, 'F' },
		{ "model", no_argument, NULL, 'M' },
		{ "round", required_argument, NULL, 'R' },
		SV_OPT_COMMON
	};
	struct cat c = { .format = FORMAT_JSON, .any_type = 1 };
	const char *output = NULL;
	int status = SV_EXIT_DONE, verbose = 0, ch, one;

	/* Read options. */
	sv_err_init(argv[0]);
	if (sv_fd_standard() == -1) {
		sv_warn("standard input or output");
		return (SV_EXIT_FAILED);
	}
	while ((ch = getopt_long(argc, argv, "f:t:o:qvhV", options,
	    NULL)) != -1) {
		switch (ch) {
		case 'f':
			if (parse_format(optarg, &c.format) == -1)
				return (sv_opt_usage());
			break;
		case 't':
			if (parse_types(optarg, &c) == -1)
				return (sv_opt_usage());
			break;
		case 'o':
			output = optarg;
			break;
		case 'F':
			c.full = 1;
			break;
		case 'M':
			c.model = 1;
			break;
		case 'R':
			c.source.by_round = 1;
			if (sv_opt_u32("--round", optarg, 1, UINT32_MAX,
			    &c.source.round) == -1)
				return (sv_opt_usage());
			break;
		case 'q':
			verbose = 0;
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
	c.model |= c.format == FORMAT_NPY || c.format == FORMAT_LIBLINEAR;
	if (check(&c, optind == argc) == -1)
		return (sv_opt_usage());

	/* Set up. */
	if (open_output(&c, output) == -1)
		return (SV_EXIT_FAILED);

	/* Go through the streams: of several the gravest status, 1, then 3. */
	if (optind == argc)
		status = one_file(&c, "-", verbose);
	for (int i = optind; i < argc; i++) {
		one = one_file(&c, argv[i], verbose);
		if (one != SV_EXIT_DONE && status != SV_EXIT_FAILED)
			status = one;
	}

	/* Was it all written? */
	errno = 0;
	if (fclose(c.out) != 0) {
		sv_warn("%s", c.out_name);
		status = SV_EXIT_FAILED;
	}
	return (status);
}
