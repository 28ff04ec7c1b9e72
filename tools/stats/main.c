#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "follow.h"
#include "report.h"
#include "stats.h"

/* All runs of all sets, one after the other. */
struct runs {
	struct sv_run *run;
	struct stats *s;	/* n */
	size_t n;
	size_t *last;	/* of each set: the number of runs up to its end */
	char (*label)[32];	/* of sets that have none */
};

/* Read one file, or stdin; -1 where it could not be read. */
static int
read_file(const struct stats_options *o, const struct sv_price *price,
    const char *file, struct runs *r)
{
	int fd, rc;

	if (o->follow)
		return (follow_read(o, price, file, &r->run, &r->n));
	if (strcmp(file, "-") == 0)
		return (sv_run_read(STDIN_FILENO, "standard input", &r->run,
		    &r->n));
	if ((fd = open(file, O_RDONLY | O_CLOEXEC)) == -1) {
		sv_warn("%s", file);
		return (-1);
	}
	rc = sv_run_read(fd, file, &r->run, &r->n);
	close(fd);
	return (rc);
}

/* Read the runs of all sets; ${*failed} where one could not be read. */
static int
read_all(const struct stats_options *o, const struct sv_price *price,
    struct runs *r, int *failed)
{

	if ((r->last = calloc(o->nset, sizeof(*r->last))) == NULL ||
	    (r->label = calloc(o->nset, sizeof(*r->label))) == NULL) {
		sv_warn("%zu sets", o->nset);
		return (-1);
	}
	for (size_t i = 0; i < o->nset; i++) {
		snprintf(r->label[i], sizeof(r->label[i]), "set %zu", i + 1);
		for (size_t k = 0; k < o->set[i].n; k++)
			if (read_file(o, price, o->set[i].file[k], r) == -1)
				*failed = 1;
		r->last[i] = r->n;
	}
	return (r->n > 0 ? 0 : -1);
}

/* Measure the runs; -1 after a message. */
static int
measure_all(const struct stats_options *o, const struct sv_price *price,
    const struct verdict_machine *machine, struct runs *r)
{
	size_t set = 0;
	int told;

	if ((r->s = calloc(r->n, sizeof(*r->s))) == NULL) {
		sv_warn("%zu runs", r->n);
		return (-1);
	}
	for (size_t i = 0; i < r->n; i++) {
		struct stats *s = &r->s[i];

		while (i >= r->last[set])
			set++;
		s->run = &r->run[i];
		s->o = o;
		s->price = price;
		s->machine = machine;
		s->arch = bill_arch(s, &told);
		if (told && o->arch_given && s->arch != o->arch && !o->quiet)
			sv_warnx("%s: --arch %s is not used: the workers say "
			    "%s", s->run->name, sv_price_arch_name(o->arch),
			    sv_price_arch_name(s->arch));
		s->set = set;
		s->label = o->set[set].label != NULL ? o->set[set].label :
		    r->label[set];
		if (sv_measure_summary(s->run, &s->sum) == -1) {
			sv_warn("%s", s->run->name);
			return (-1);
		}
	}
	return (0);
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
write_out(const struct stats_options *o, const struct stats *s, size_t n)
{
	FILE *f = stdout;
	int rc;

	if (o->output != NULL && (f = fopen(o->output, "we")) == NULL) {
		sv_warn("%s", o->output);
		return (-1);
	}
	if (o->format == FORMAT_JSON)
		rc = write_json(f, s, n, o->only);
	else if (o->format == FORMAT_TSV)
		rc = write_tsv(f, s, n, o->only);
	else
		rc = write_text(f, s, n, o->only, o->all);
	/* If nothing is left to flush, the write that failed set errno. */
	if (fflush(f) != 0 || ferror(f)) {
		sv_warn("%s", o->output != NULL ? o->output :
		    "standard output");
		rc = -1;
	}
	if (f != stdout && fclose(f) != 0 && rc == 0) {
		sv_warn("%s", o->output);
		rc = -1;
	}
	return (rc);
}

static void
runs_free(struct runs *r)
{

	for (size_t i = 0; i < r->n; i++)
		sv_run_fini(&r->run[i]);
	free(r->run);
	free(r->s);
	free(r->last);
	free(r->label);
}

int
main(int argc, char **argv)
{
	struct stats_options o;
	struct runs r = { .n = 0 };
	struct verdict_machine machine = { .problem = NULL };
	struct sv_price price;
	int failed = 0, status;

	/* Read options. */
	sv_err_init(argv[0]);
	if (sv_fd_standard() == -1) {
		sv_warn("standard input or output");
		return (SV_EXIT_FAILED);
	}
	if ((status = options_read(&o, argc, argv)) != -1) {
		options_fini(&o);
		return (status);
	}

	/* Read and measure the runs. */
	if (sv_price_read(&price, o.prices) == -1) {
		status = SV_EXIT_FAILED;
		goto done;
	}
	if ((status = verdict_machine(&machine, &o, &price)) != -1)
		goto done;
	if (read_all(&o, &price, &r, &failed) == -1 ||
	    reports_apply(&o, r.run, r.n) == -1 ||
	    measure_all(&o, &price, &machine, &r) == -1) {
		status = SV_EXIT_FAILED;
		goto done;
	}
	for (size_t i = 0; o.verbose && i < r.n; i++)
		sv_warnx("%s: %" PRIu64 " frames", r.run[i].name,
		    r.run[i].frames);
	if (!o.quiet) {
		remark(r.s, r.n);
		verdict_remark(r.s, r.n);
	}

	/* Write; the run's own end decides the status. */
	status = exit_status(r.s, r.n);
	if (write_out(&o, r.s, r.n) == -1 || failed)
		status = SV_EXIT_FAILED;
	if ((o.plot != NULL && plot_write(o.plot, r.s, r.n) == -1) ||
	    (o.html != NULL && html_write(o.html, o.title, r.s, r.n) == -1))
		status = SV_EXIT_FAILED;
done:
	verdict_fini(&machine);
	runs_free(&r);
	options_fini(&o);
	return (status);
}
