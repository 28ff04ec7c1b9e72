#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "changes.h"
#include "human.h"
#include "stats.h"

#define REASONS 4u	/* shown of an event's */
#define REASON 33	/* bytes of one in the table of losses, with its end */

#define N SV_COL_COUNT
#define S SV_COL_SECONDS
#define T SV_COL_TEXT
#define H SV_COL_HIDDEN

const struct sv_column handovers_columns[] = {
	{ "at_s", "at", S, 0 }, { "shard", "worker", N, 0 },
	{ "from", NULL, N, 0 }, { "generation", "to", N, 0 },
	{ "lead_s", "asked before", S, 0 }, { "start_s", "hello", S, 0 },
	{ "spare_s", "waited", S, 0 }, { "took_s", "took", S, 0 },
	{ "state_bytes", "state", SV_COL_BYTES, 0 }
};
const size_t handovers_ncolumns =
    sizeof(handovers_columns) / sizeof(handovers_columns[0]);

const struct sv_column losses_columns[] = {
	{ "at_s", "at", S, 0 }, { "shard", "worker", N, 0 },
	{ "generation", "gen", N, 0 }, { "what", NULL, T, 0 },
	{ "next", NULL, N, 0 }, { "away_s", "away", S, 0 },
	{ "state", NULL, T, 0 }, { "state_round", NULL, N, H },
	{ "steps", NULL, N, H },
	{ "why", NULL, T, H }, { "reason", "why", T, SV_COL_PERSON }
};
const size_t losses_ncolumns =
    sizeof(losses_columns) / sizeof(losses_columns[0]);

int
handovers_fill(struct sv_table *t, const struct stats *s)
{
	struct sv_change *c;
	size_t n;

	if (sv_changes_list(s->run, &c, &n) == -1)
		return (-1);
	for (size_t i = 0; i < n; i++) {
		if (c[i].kind != SV_CHANGE_HANDOVER)
			continue;
		sv_table_real(t, c[i].at);
		sv_table_real(t, section_shard(c[i].shard));
		sv_table_real(t, c[i].generation);
		sv_table_real(t, c[i].next);
		sv_table_real(t, c[i].at - c[i].wanted);
		sv_table_real(t, c[i].hello - c[i].called);
		sv_table_real(t, c[i].at - c[i].hello);
		sv_table_real(t, c[i].took);
		sv_table_real(t, c[i].bytes);
	}
	free(c);
	return (0);
}

/* The beginning of a reason. */
static const char *
shorten(char buf[REASON], const char *why)
{
	size_t n = REASON - 3;

	if (strlen(why) < REASON)
		return (why);
	/* Half a character is none. */
	while (n > 0 && ((unsigned char)why[n] & 0xc0) == 0x80)
		n--;
	snprintf(buf, REASON, "%.*s..", (int)n, why);
	return (buf);
}

int
losses_fill(struct sv_table *t, const struct stats *s)
{
	struct sv_change *c;
	char reason[REASON];
	size_t n;

	if (sv_changes_list(s->run, &c, &n) == -1)
		return (-1);
	for (size_t i = 0; i < n; i++) {
		if (c[i].kind == SV_CHANGE_HANDOVER)
			continue;
		sv_table_real(t, c[i].at);
		sv_table_real(t, section_shard(c[i].shard));
		sv_table_real(t, c[i].generation);
		sv_table_string(t, c[i].kind == SV_CHANGE_LOST ? "lost" :
		    "left");
		sv_table_real(t, c[i].next > 0 ? (double)c[i].next : NAN);
		sv_table_real(t, c[i].away);
		sv_table_string(t, !isnan(c[i].saved) ? "saved" :
		    isnan(c[i].hello) ? NULL : "new");
		sv_table_real(t, c[i].saved);
		sv_table_real(t, c[i].steps);
		sv_table_string(t, c[i].why);
		sv_table_string(t, shorten(reason, c[i].why));
	}
	free(c);
	return (0);
}

int
changes_event(const struct sv_run_event *e)
{
	static const char * const told[] = {
		"lost", "left", "wanted", "handover", "taken", "cut", "back",
		"saved", "resumed", "peers"
	};

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (strcmp(e->event, told[i]) == 0)
			return (1);
	return (0);
}

void
changes_fill(struct sv_table *t, const struct stats *s)
{
	const struct sv_changes *c = &s->sum.changes;
	const struct sv_run_peers *p = &s->run->peers;
	const struct sv_run_saves *v = &s->run->saves;
	const struct sv_run_origin *o = &s->run->origin;
	const double count[] = {
		(double)c->cuts, (double)c->backs, (double)c->refused,
		p->denied, p->failed, p->garbage, p->foreign, p->late,
		(double)v->complete, v->complete > 0 ? (double)v->round : (double)NAN,
		v->complete > 0 ? (double)v->states : NAN,
		v->complete > 0 ? v->bytes : NAN, (double)v->checkpoints,
		o->known ? (double)o->round : (double)NAN
	};

	sv_table_real(t, (double)c->handovers);
	sv_table_real(t, c->bytes);
	sv_table_real(t, c->took_s);
	sv_table_real(t, c->took_max_s);
	sv_table_real(t, (double)c->successors);
	sv_table_real(t, c->overlap.seconds);
	sv_table_real(t, c->overlap.gb_seconds);
	sv_table_real(t, bill_share(s, (double)c->overlap.n,
	    c->overlap.gb_seconds));
	sv_table_real(t, (double)c->left);
	sv_table_real(t, c->away_s);
	sv_table_real(t, c->away_max_s);
	for (size_t i = 0; i < sizeof(count) / sizeof(count[0]); i++)
		sv_table_real(t, count[i]);
	sv_table_string(t, o->state[0] != '\0' ? o->state : NULL);
	sv_table_string(t, o->run[0] != '\0' ? o->run : NULL);
}

/* Append to ${text}, as far as there is room. */
static void add(char *text, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
add(char *text, size_t size, const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + len, size - len, fmt, ap);
	va_end(ap);
}

/* ": killed by signal 9 (2), no update within 10 s (1)" */
static void
add_reasons(char *text, size_t size, const struct stats *s, const char *event)
{
	struct sv_changes_reason *r;
	uint64_t rest = 0;
	size_t n;

	if (sv_changes_reasons(s->run, event, &r, &n) == -1)
		return;
	for (size_t i = 0; i < n; i++) {
		if (i >= REASONS)
			rest += r[i].n;
		else if (r[i].text[0] != '\0')
			add(text, size, "%s%s (%" PRIu64 ")", i == 0 ? ": " :
			    ", ", r[i].text, r[i].n);
	}
	if (rest > 0)
		add(text, size, ", for other reasons %" PRIu64, rest);
	free(r);
}

static void
print_handovers(FILE *f, const struct stats *s)
{
	const struct sv_changes *c = &s->sum.changes;
	char text[200] = "", a[SV_HUMAN], b[SV_HUMAN];

	if (c->handovers == 0)
		return;
	add(text, sizeof(text), "%" PRIu64, c->handovers);
	if (!isnan(c->bytes))
		add(text, sizeof(text), ": state %s",
		    sv_human_bytes(a, c->bytes));
	if (!isnan(c->took_s))
		add(text, sizeof(text), "%s took %s on average, longest %s",
		    isnan(c->bytes) ? ":" : ",", sv_human_seconds(a, c->took_s),
		    sv_human_seconds(b, c->took_max_s));
	summary_label(f, "handovers");
	summary_sentence(f, text);
}

/* Those that were lost, or that left, and how long nobody was there. */
static void
print_losses(FILE *f, const struct stats *s)
{
	const struct sv_changes *c = &s->sum.changes;
	char text[640], a[SV_HUMAN], b[SV_HUMAN];

	if (c->lost > 0) {
		snprintf(text, sizeof(text), "%" PRIu64, c->lost);
		add_reasons(text, sizeof(text), s, "lost");
		summary_label(f, "lost");
		summary_sentence(f, text);
	}
	if (c->left > 0) {
		snprintf(text, sizeof(text), "%" PRIu64, c->left);
		add_reasons(text, sizeof(text), s, "left");
		summary_label(f, "left");
		summary_sentence(f, text);
	}
	if (c->lost + c->left > 0 && !isnan(c->away_s)) {
		summary_label(f, "replaced");
		fprintf(f, "after %s on average, %s at most\n",
		    sv_human_seconds(a, c->away_s),
		    sv_human_seconds(b, c->away_max_s));
	}
}

static void
print_connections(FILE *f, const struct stats *s)
{
	const struct sv_changes *c = &s->sum.changes;
	char text[640];

	if (c->cuts > 0) {
		summary_label(f, "connections");
		fprintf(f, "%" PRIu64 " cut, ", c->cuts);
		if (c->backs >= c->cuts)
			fputs(c->cuts == 1 ? "which came back\n" :
			    "all came back\n", f);
		else if (c->backs == 0)
			fputs(c->cuts == 1 ? "which did not come back\n" :
			    "none came back\n", f);
		else
			fprintf(f, "%" PRIu64 " came back\n", c->backs);
	}
	if (c->refused > 0) {
		snprintf(text, sizeof(text), "%" PRIu64, c->refused);
		add_reasons(text, sizeof(text), s, "refused");
		summary_label(f, "refused");
		summary_sentence(f, text);
	}
}

/* What came to the hub's port and was none of its workers. */
static void
print_peers(FILE *f, const struct stats *s)
{
	const struct sv_run_peers *p = &s->run->peers;
	const struct { double n; const char *one, *more; } count[] = {
		{ p->denied, "connection for its key",
		    "connections for their keys" },
		{ p->failed, "connection that said nothing of use",
		    "connections that said nothing of use" },
		{ p->garbage, "message that made no sense",
		    "messages that made no sense" },
		{ p->foreign, "message in another worker's name",
		    "messages in another worker's name" },
		{ p->late, "message that came too late",
		    "messages that came too late" }
	};
	char text[400] = "";

	for (size_t i = 0; i < sizeof(count) / sizeof(count[0]); i++)
		if (count[i].n > 0)
			add(text, sizeof(text), "%s%.0f %s", text[0] != '\0' ?
			    ", " : "", count[i].n, count[i].n < 1.5 ?
			    count[i].one : count[i].more);
	if (text[0] == '\0')
		return;
	summary_label(f, "turned away");
	summary_sentence(f, text);
}

static void
print_saves(FILE *f, const struct stats *s)
{
	const struct sv_run_saves *v = &s->run->saves;
	char a[SV_HUMAN];

	if (v->complete == 0)
		return;
	summary_label(f, "saved");
	fprintf(f, "round %" PRIu32, v->round);
	/* Downstream of a hub that writes a file there are no states. */
	if (v->states > 0)
		fprintf(f, ": %" PRIu64 " state%s", v->states,
		    v->states == 1 ? "" : "s");
	if (!isnan(v->bytes))
		fprintf(f, "%s %s", v->states > 0 ? "," : ":",
		    sv_human_bytes(a, v->bytes));
	if (v->complete > 1)
		fprintf(f, "; the last of %" PRIu64 " times", v->complete);
	fputc('\n', f);
}

/* What is left to do with a run that was cut. */
static void
print_way_on(FILE *f, const struct stats *s)
{
	const struct sv_run_saves *v = &s->run->saves;
	uint32_t point = v->point;

	/* Some methods need no states. */
	if (point == 0 && !(v->all_bytes > 0))
		point = v->checkpoint;
	if (s->run->job == NULL || (point == 0 && s->run->last_global == 0) ||
	    (s->run->end != NULL && strcmp(s->sum.status, "failed") != 0))
		return;
	summary_label(f, "to go on");
	if (point > 0)
		fprintf(f, "--resume begins exactly after round %" PRIu32 "\n",
		    point);
	else
		fputs("--resume begins at the last global\n", f);
}

void
changes_text(FILE *f, const struct stats *s)
{

	print_handovers(f, s);
	print_losses(f, s);
	print_connections(f, s);
	print_peers(f, s);
	print_saves(f, s);
	print_way_on(f, s);
}

void
changes_origin(FILE *f, const struct stats *s)
{
	static const struct { const char *state, *words; } words[] = {
		{ "exact", ", exactly" },
		{ "globals", ", with new states" },
		{ "model", ", with its model" },
		{ "warm", ", as a start for another fit" }
	};
	const struct sv_run_origin *o = &s->run->origin;
	char text[200];

	if (!o->known)
		return;
	snprintf(text, sizeof(text), "from round %" PRIu32 "%s%s", o->round,
	    o->run[0] != '\0' ? " of run " : "", o->run);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(o->state, words[i].state) == 0)
			add(text, sizeof(text), "%s", words[i].words);
	summary_label(f, "resumed");
	summary_sentence(f, text);
}
