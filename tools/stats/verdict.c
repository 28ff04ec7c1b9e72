#include "config.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "human.h"
#include "json.h"
#include "opt.h"
#include "stats.h"
#include "verdict.h"

#define MOST_SECONDS 1e9

const char *
verdict_source(enum verdict_source source)
{
	static const char * const name[] = {
		[VERDICT_ESTIMATED] = "estimate", [VERDICT_GIVEN] = "given",
		[VERDICT_MEASURED] = "measured"
	};

	return (name[source]);
}

static void
take_entry(struct verdict_machine *m, const struct sv_price_machine *entry)
{

	memcpy(m->name, entry->name, sizeof(m->name));
	m->cores = entry->cores;
	m->hour = entry->hour;
}

/* Did the run come to an end that is worth comparing? */
static int
has_ended(const struct sv_summary *sum)
{

	return (strcmp(sum->status, "failed") != 0 &&
	    strcmp(sum->status, "unfinished") != 0);
}

/* Take the times of the one run in ${path}. */
static int
take_run(struct verdict_machine *m, const char *path)
{
	struct sv_run *run = NULL;
	struct sv_summary sum;
	int fd, status = SV_EXIT_FAILED;
	size_t n = 0;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
		sv_warn("--machine: %s", path);
		return (SV_EXIT_FAILED);
	}
	if (sv_run_read(fd, path, &run, &n) == -1)
		goto out;
	if (n != 1) {
		sv_warnx("--machine: %s: expected one run, not %zu", path, n);
		goto out;
	}
	if (sv_measure_summary(run, &sum) == -1) {
		sv_warn("--machine: %s", path);
		goto out;
	}
	if (run->damaged || !has_ended(&sum) ||
	    (isnan(sum.total_s) && isnan(sum.wall_s))) {
		sv_warnx("--machine: %s: the run did not come to its end",
		    path);
		goto out;
	}
	if (sum.bill.all.requests > 0)
		sv_warnx("--machine: %s: its workers were functions", path);
	m->source = VERDICT_MEASURED;
	m->total_s = sum.total_s;
	m->wall_s = sum.wall_s;
	m->problem = json_incref(run->problem);
	status = -1;
out:
	for (size_t i = 0; i < n; i++)
		sv_run_fini(&run[i]);
	free(run);
	close(fd);
	return (status);
}

/* Take one KEY=VALUE; -1, or an exit status. */
static int
take_part(struct verdict_machine *m, const char *part)
{
	double v;

	if (strncmp(part, "cores=", 6) == 0) {
		if (sv_opt_double("--machine: cores", part + 6, 1,
		    SV_PRICE_CORES, &v) == -1)
			return (SV_EXIT_USAGE);
		m->cores = v;
		return (-1);
	}
	if (strncmp(part, "hour=", 5) == 0)
		return (sv_opt_double("--machine: hour", part + 5, 0, 1e6,
		    &m->hour) == -1 ? SV_EXIT_USAGE : -1);
	if (strncmp(part, "seconds=", 8) != 0 &&
	    strncmp(part, "run=", 4) != 0) {
		sv_warnx("--machine: %s: expected cores=N, hour=USD, seconds=S "
		    "or run=FILE", part);
		return (SV_EXIT_USAGE);
	}
	if (m->source != VERDICT_ESTIMATED) {
		sv_warnx("--machine: %s: its time is known already", part);
		return (SV_EXIT_USAGE);
	}
	if (part[0] == 'r')
		return (take_run(m, part + 4));
	m->source = VERDICT_GIVEN;
	if (sv_opt_double("--machine: seconds", part + 8, 1e-6, MOST_SECONDS,
	    &m->total_s) == -1)
		return (SV_EXIT_USAGE);
	m->wall_s = m->total_s;
	return (-1);
}

/* Is all there that a verdict needs?  -1, or an exit status. */
static int
check(const struct verdict_machine *m, const struct sv_price *price)
{
	const char *lacks = isnan(m->hour) ? "hour=USD" :
	    isnan(m->cores) && m->source == VERDICT_ESTIMATED ? "cores=N" :
	    NULL;

	if (lacks == NULL)
		return (-1);
	sv_warnx("--machine: %s is not in the table of prices%s%s: say %s",
	    m->name, price->nmachine > 0 ? ", as is " : "",
	    price->nmachine > 0 ? price->machine[0].name : "", lacks);
	return (SV_EXIT_USAGE);
}

int
verdict_machine(struct verdict_machine *m, const struct stats_options *o,
    const struct sv_price *price)
{
	const struct sv_price_machine *entry;
	char *copy, *part, *next;
	int status = -1;

	memset(m, 0, sizeof(*m));
	m->cores = m->hour = m->total_s = m->wall_s = NAN;
	if (o->machine == NULL) {
		if (price->nmachine > 0)
			take_entry(m, &price->machine[0]);
		return (-1);
	}
	m->asked = 1;
	if ((copy = strdup(o->machine)) == NULL) {
		sv_warn("--machine");
		return (SV_EXIT_FAILED);
	}
	if ((next = strchr(copy, ',')) != NULL)
		*next++ = '\0';
	if (copy[0] == '\0' || strlen(copy) >= sizeof(m->name) ||
	    strchr(copy, '=') != NULL) {
		sv_warnx("--machine %s: expected a name of 1 to 63 bytes first",
		    o->machine);
		free(copy);
		return (sv_opt_usage());
	}
	strcpy(m->name, copy);
	if ((entry = sv_price_machine(price, copy)) != NULL)
		take_entry(m, entry);
	while (status == -1 && (part = next) != NULL) {
		if ((next = strchr(part, ',')) != NULL)
			*next++ = '\0';
		status = take_part(m, part);
	}
	free(copy);
	if (status == -1)
		status = check(m, price);
	return (status == SV_EXIT_USAGE ? sv_opt_usage() : status);
}

void
verdict_fini(struct verdict_machine *m)
{

	json_decref(m->problem);
	m->problem = NULL;
}

void
verdict_of(struct verdict *v, const struct stats *s)
{
	const struct verdict_machine *m = s->machine;
	const struct sv_summary *sum = &s->sum;
	int total = !isnan(sum->total_s);
	double cpu;

	memset(v, 0, sizeof(*v));
	v->machine_s = v->machine_dollars = v->run_s = v->run_dollars = NAN;
	if (m == NULL)
		return;
	if (m->source != VERDICT_ESTIMATED && isnan(m->total_s))
		total = 0;
	cpu = sum->cpu_s + (total ? sum->load_cpu_s : 0);
	v->run_s = total ? sum->total_s : sum->wall_s;
	v->run_dollars = sum->bill.all.requests > 0 ? bill_dollars(s) : NAN;
	if (m->source != VERDICT_ESTIMATED)
		v->machine_s = total ? m->total_s : m->wall_s;
	else
		v->machine_s = cpu > 0 ? cpu / m->cores : NAN;
	v->machine_dollars = v->machine_s * m->hour / 3600;
	v->shown = m->name[0] != '\0' && has_ended(sum) &&
	    !isnan(v->machine_s) && !isnan(v->run_s) &&
	    (m->asked || sum->bill.all.requests > 0);
}

/* "1.23", or a whole number where it is large. */
static const char *
times(char buf[SV_HUMAN], double v)
{

	if (v >= 999.5)
		return (sv_human_count(buf, v));
	snprintf(buf, SV_HUMAN, "%.3g", v);
	return (buf);
}

/* The part of the run over that of the machine; NaN of nothing. */
static double
over(double run, double machine)
{

	return (machine > 0 ? run / machine : NAN);
}

void
verdict_text(FILE *f, const struct stats *s)
{
	static const char * const how[] = {
		[VERDICT_ESTIMATED] = "at best", [VERDICT_GIVEN] = "as given",
		[VERDICT_MEASURED] = "measured"
	};
	const struct verdict_machine *m = s->machine;
	char a[SV_HUMAN], b[SV_HUMAN], c[SV_HUMAN], text[320], cores[32] = "";
	struct verdict v;
	int n;

	verdict_of(&v, s);
	if (!v.shown)
		return;
	if (!isnan(m->cores))
		snprintf(cores, sizeof(cores), ", %g core%s", m->cores,
		    m->cores > 1 ? "s" : "");
	snprintf(text, sizeof(text), "%s %s, %s: %s%s, %s/s",
	    sv_human_seconds(a, v.machine_s), how[m->source],
	    sv_human_dollars(b, v.machine_dollars), m->name, cores,
	    sv_human_dollars(c, m->hour / 3600));
	summary_label(f, "one machine");
	summary_sentence(f, text);
	n = snprintf(text, sizeof(text), "the %s: %s times the time",
	    isnan(v.run_dollars) ? "workers" : "functions",
	    times(a, over(v.run_s, v.machine_s)));
	if (!isnan(over(v.run_dollars, v.machine_dollars)))
		snprintf(text + n, sizeof(text) - (size_t)n,
		    ", %s times the cost",
		    times(b, over(v.run_dollars, v.machine_dollars)));
	summary_label(f, "verdict");
	summary_sentence(f, text);
}

void
verdict_note(FILE *f, const struct stats *s)
{
	struct verdict v;

	verdict_of(&v, s);
	if (!v.shown)
		return;
	if (s->machine->source == VERDICT_ESTIMATED)
		fputs("  (one machine at best: the workers' CPU seconds over "
		    "its cores, all of them\n   busy all the time, and as fast "
		    "as the functions')\n", f);
	fputs("  (a machine by the second; its start, and 60 s at least as "
	    "providers ask for,\n   are not counted)\n", f);
}

void
verdict_fill(struct sv_table *t, const struct stats *s)
{
	const struct verdict_machine *m = s->machine;
	struct verdict v;

	verdict_of(&v, s);
	if (!v.shown) {
		sv_table_string(t, NULL);
		sv_table_string(t, NULL);
		for (int i = 0; i < 5; i++)
			sv_table_real(t, NAN);
		return;
	}
	sv_table_string(t, m->name);
	sv_table_string(t, verdict_source(m->source));
	sv_table_real(t, m->cores);
	sv_table_real(t, v.machine_s);
	sv_table_real(t, v.machine_dollars);
	sv_table_real(t, over(v.run_s, v.machine_s));
	sv_table_real(t, over(v.run_dollars, v.machine_dollars));
}

/* Do two problems say other numbers of the same? */
static int
differs(const json_t *a, const json_t *b, const char *key)
{
	uint64_t x, y;

	return (sv_json_u64(a, key, 0, INT64_MAX, &x) == 0 &&
	    sv_json_u64(b, key, 0, INT64_MAX, &y) == 0 && x != y);
}

void
verdict_remark(const struct stats *s, size_t n)
{
	const json_t *problem = s[0].machine->problem;

	for (size_t i = 0; i < n && problem != NULL; i++)
		if (differs(s[i].run->problem, problem, "n") ||
		    differs(s[i].run->problem, problem, "d"))
			sv_warnx("%s: --machine: its run solved another "
			    "problem", s[i].run->name);
}
