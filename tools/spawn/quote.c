#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "err.h"
#include "human.h"
#include "json.h"
#include "quote.h"

/* The beginning of a line. */
static void
label(const char *name)
{

	printf("  %-10s  ", name);
}

/* What is asked for a worker. */
static void
print_worker(const struct quote *q)
{
	const struct facts *f = &q->facts;

	label(q->o->command != NULL ? "command" : q->o->url != NULL ? "URL" :
	    "function");
	printf("%s\n", q->what);
	if (q->o->command == NULL && f->memory_mb > 0) {
		label("size");
		printf("%.0f MB, %s", f->memory_mb,
		    sv_price_arch_name(f->arch));
		if (!isnan(f->timeout))
			printf(", a call may take %.0f s", f->timeout);
		putchar('\n');
	}
	if (q->trial == QUOTE_UNTRIED)
		return;
	label("trial");
	if (q->trial == QUOTE_ACCEPTED)
		puts("Lambda would accept a call");
	else
		printf("Lambda refuses: %s\n", q->why);
}

/* What that costs. */
static void
print_prices(const struct quote *q)
{
	char a[SV_HUMAN], b[SV_HUMAN], c[SV_HUMAN];

	label("cost");
	if (q->o->command != NULL) {
		puts("none: commands are run");
		return;
	}
	if (isnan(q->rate)) {
		puts("not known without the functions' --memory");
		return;
	}
	printf("%s a second, %s a minute, %s an hour\n",
	    sv_human_dollars(a, q->rate), sv_human_dollars(b, 60 * q->rate),
	    sv_human_dollars(c, 3600 * q->rate));
	label("requests");
	printf("%s\n", sv_human_dollars(a, q->requests));
	if (!isnan(q->most)) {
		label("at most");
		printf("%s, if no worker is replaced\n",
		    sv_human_dollars(a, q->most));
	}
	label("prices");
	printf("%s, %s, of %s\n", q->price.provider, q->price.region,
	    q->price.date);
}

/* Whether its shard fits in. */
static void
print_memory(const struct quote *q)
{
	char rows[SV_HUMAN], need[SV_HUMAN];

	label("memory");
	if (q->rows == 0) {
		puts("not known: the problem does not say how large a shard is");
		return;
	}
	printf("up to %s a worker, of it %s rows",
	    sv_human_bytes(need, (double)q->need),
	    sv_human_bytes(rows, (double)q->rows));
	switch (q->fit) {
	case QUOTE_FITS:
		printf(": fits in %.0f MB\n", q->facts.memory_mb);
		break;
	case QUOTE_TIGHT:
		printf(": %.0f MB may be too little\n", q->facts.memory_mb);
		break;
	case QUOTE_TOO_LARGE:
		printf(": too large for %.0f MB\n", q->facts.memory_mb);
		break;
	case QUOTE_UNKNOWN:
		putchar('\n');
	}
}

/* How long it takes. */
static void
print_estimate(const struct quote *q)
{
	char s[SV_HUMAN], v[SV_HUMAN], t[SV_HUMAN], c[SV_HUMAN];
	const struct like *l = &q->like;

	if (!isnan(q->seconds)) {
		label("estimate");
		printf("%s", sv_human_seconds(s, q->seconds));
		if (q->o->command == NULL && !isnan(q->dollars))
			printf(" and %s", sv_human_dollars(v, q->dollars));
		putchar('\n');
	}
	if (q->have_like) {
		label("");
		printf("as %s, W %" PRIu32 ", %" PRIu64 " rounds: %s, of it "
		    "computation %s,\n", q->o->like, l->W, l->rounds,
		    sv_human_seconds(t, l->total_s),
		    sv_human_seconds(c, l->computation_s));
		label("");
		printf("times %.3g for the rows of a worker", l->rows);
		if (isnan(l->cpu))
			puts("; the same speed is assumed");
		else
			printf(" and %.3g for the share of a CPU\n", l->cpu);
	}
	if (!isnan(q->lasts)) {
		label("budget");
		printf("%s pays for %s\n", sv_human_dollars(v, q->o->budget),
		    sv_human_seconds(s, q->lasts > 0 ? q->lasts : 0));
	}
}

/* Could all of it be written? */
static int
flushed(void)
{

	if (fflush(stdout) == 0 && !ferror(stdout))
		return (0);
	sv_warn("standard output");
	return (-1);
}

int
quote_text(const struct quote *q)
{

	printf("%" PRIu32 " worker%s; nothing is started\n", q->o->workers,
	    q->o->workers == 1 ? "" : "s");
	print_worker(q);
	print_prices(q);
	print_memory(q);
	print_estimate(q);
	return (flushed());
}

/* A string, or null. */
static json_t *
text(const char *s)
{
	json_t *o = s == NULL ? NULL : json_string(s);

	return (o == NULL ? json_null() : o);
}

static json_t *
bytes(uint64_t n)
{

	return (n == 0 || n > INT64_MAX ? json_null() :
	    json_integer((json_int_t)n));
}

/* What it is judged by. */
static json_t *
like_json(const struct quote *q)
{
	const struct like *l = &q->like;

	if (!q->have_like)
		return (json_null());
	return (json_pack("{s:o, s:I, s:I, s:o, s:o, s:o, s:o}", "run",
	    text(q->o->like), "workers", (json_int_t)l->W, "rounds",
	    (json_int_t)l->rounds, "total_s", sv_json_real(l->total_s),
	    "computation_s", sv_json_real(l->computation_s), "rows_factor",
	    sv_json_real(l->rows), "cpu_factor", sv_json_real(l->cpu)));
}

static json_t *
fits_json(const struct quote *q)
{

	return (q->fit == QUOTE_UNKNOWN ? json_null() :
	    json_boolean(q->fit != QUOTE_TOO_LARGE));
}

int
quote_json(const struct quote *q)
{
	const struct spawn_options *o = q->o;
	int known = !isnan(q->facts.memory_mb) && o->command == NULL;
	json_t *j;

	j = json_pack("{s:s, s:o, s:I, s:o, s:o, s:o, s:o, s:o,"
	    " s:{s:s, s:s, s:s}, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o,"
	    " s:o, s:o}",
	    "how", q->how, "what", text(q->what),
	    "workers", (json_int_t)o->workers,
	    "memory_mb", sv_json_real(q->facts.memory_mb),
	    "arch", text(known ? sv_price_arch_name(q->facts.arch) : NULL),
	    "timeout_s", sv_json_real(q->facts.timeout),
	    "accepted", q->trial == QUOTE_UNTRIED ? json_null() :
	    json_boolean(q->trial == QUOTE_ACCEPTED),
	    "refusal", text(q->trial == QUOTE_REFUSED ? q->why : NULL),
	    "prices", "provider", q->price.provider, "region", q->price.region,
	    "date", q->price.date,
	    "requests_usd", sv_json_real(q->requests),
	    "usd_per_s", sv_json_real(q->rate),
	    "most_usd", sv_json_real(q->most),
	    "rows_bytes", bytes(q->rows), "worker_bytes", bytes(q->need),
	    "fits", fits_json(q), "like", like_json(q),
	    "estimate_s", sv_json_real(q->seconds),
	    "estimate_usd", sv_json_real(q->dollars),
	    "budget_usd", o->budget > 0 ? json_real(o->budget) : json_null(),
	    "budget_s", sv_json_real(q->lasts));
	if (j == NULL || json_dumpf(j, stdout, JSON_INDENT(2) |
	    JSON_REAL_PRECISION(15)) == -1) {
		sv_warnx("what it would cost cannot be written");
		json_decref(j);
		return (-1);
	}
	json_decref(j);
	putchar('\n');
	return (flushed());
}
