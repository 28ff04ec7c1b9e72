#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "human.h"
#include "sparkline.h"
#include "view.h"
#include "view_say.h"

#define LABEL 13u	/* columns of a label */
#define VALUE 27u	/* columns kept free behind a curve */
#define CURVE 8u	/* a narrower one says nothing */
#define NEAR 12u	/* columns back from a cut */
#define SILENT 5.0	/* s without a frame that are worth a word */

/* What is cut where there is not room for all, the first first. */
enum rank {
	RANK_ALWAYS, RANK_WORKERS, RANK_SPENT, RANK_ESTIMATE, RANK_MEASURE,
	RANK_PACE, RANK_SLOW, RANK_PRIMAL, RANK_DUAL, RANK_OBJECTIVE
};

/*
 * Cut a line to ${width} columns, the last of which says so: behind a blank
 * where one is near, as half a number is another number.
 */
static void
clip(char s[VIEW_BYTES], size_t width, int utf8)
{
	size_t column = 0, cut = 0, i;

	for (i = 0; s[i] != '\0'; i++) {
		if (((unsigned char)s[i] & 0xc0) == 0x80)
			continue;
		if (column + 1 == width)
			cut = i;
		if (column++ == width)
			break;
	}
	if (s[i] == '\0')
		return;
	for (i = cut; i > 0 && cut - i < NEAR; i--) {
		if (s[i - 1] == ' ') {
			cut = i;
			break;
		}
	}
	snprintf(s + cut, VIEW_BYTES - cut, "%s", utf8 ? "\xe2\x80\xa6" : "~");
}

/* A new line that begins with ${label}. */
static struct view_line *
begin(struct view *v, enum rank rank, const char *label)
{
	struct view_line *line = &v->line[v->n++];

	line->tone = VIEW_PLAIN;
	line->rank = (int)rank;
	snprintf(line->text, sizeof(line->text), "%-*s", (int)LABEL, label);
	return (line);
}

/* A curve with its last value, and ${limit}, which it must come down to. */
static void
add_curve(struct view *v, enum rank rank, const char *label,
    const struct trend *t, double limit, const struct view_state *s)
{
	char curve[SPARKLINE_TEXT];
	struct view_line *line;
	size_t width, n;

	if (t->n == 0)
		return;
	line = begin(v, rank, label);
	width = s->width > LABEL + VALUE ? s->width - LABEL - VALUE : 0;
	if (width >= CURVE) {
		if (width > SPARKLINE_WIDTH)
			width = SPARKLINE_WIDTH;
		n = sparkline(curve, width, t, limit, s->utf8);
		say_add(line->text, sizeof(line->text), "%s%*s", curve,
		    (int)(width - n + 2), "");
	}
	say_add(line->text, sizeof(line->text), "%.2e", trend_last(t));
	if (limit > 0.0)
		say_add(line->text, sizeof(line->text), " (to be %.2e)", limit);
}

static void
add_head(struct view *v, const struct live *l, const struct sv_run *run,
    const struct view_state *s)
{
	struct view_line *line = &v->line[v->n++];
	double silent = s->mono - l->heard;
	char a[SV_HUMAN];

	line->text[0] = '\0';
	line->tone = VIEW_STRONG;
	line->rank = RANK_ALWAYS;
	if (run == NULL) {
		say_add(line->text, sizeof(line->text), "waiting for ");
		say_foreign(line->text, sizeof(line->text), s->name);
		return;
	}
	say_add(line->text, sizeof(line->text), "%s  ",
	    sv_human_seconds(a, live_seconds(l, s->mono)));
	say_phase(line->text, sizeof(line->text), l, run);
	if (silent >= SILENT && l->phase != LIVE_ENDED)
		say_add(line->text, sizeof(line->text), "; nothing new for %s",
		    sv_human_seconds(a, silent));
	if (l->stopping != NULL && l->phase != LIVE_ENDED) {
		say_add(line->text, sizeof(line->text), "; to stop: ");
		say_foreign(line->text, sizeof(line->text), l->stopping);
	}
	if (s->interrupted && l->phase != LIVE_ENDED)
		say_add(line->text, sizeof(line->text),
		    "; interrupted, reading to the end");
	if (l->phase == LIVE_ENDED &&
	    json_integer_value(json_object_get(run->end, "status")) != 0)
		line->tone = VIEW_WARNING;
}

static void
add_objective(struct view *v, const struct live *l)
{
	struct view_line *line;
	int stale;

	if (isnan(l->objective) && isnan(l->split))
		return;
	line = begin(v, RANK_OBJECTIVE, "objective");
	stale = isnan(l->objective) || l->looked != l->traced;
	if (stale && !isnan(l->split))
		say_add(line->text, sizeof(line->text), "~%.6g%s", l->split,
		    isnan(l->objective) ? "" : "; ");
	if (isnan(l->objective))
		return;
	if (stale)
		say_add(line->text, sizeof(line->text), "round %" PRIu32 ": ",
		    l->looked);
	say_add(line->text, sizeof(line->text), "%.9g", l->objective);
	if (!isnan(l->gap))
		say_add(line->text, sizeof(line->text),
		    ", at most %.2g above the minimum", l->gap);
}

static void
add_workers(struct view *v, const struct live *l, const struct sv_run *run)
{
	char text[VIEW_BYTES] = "";
	struct view_line *line;

	say_workers(text, sizeof(text), l, run);
	if (text[0] == '\0')
		return;
	line = begin(v, RANK_WORKERS, "workers");
	say_add(line->text, sizeof(line->text), "%s", text);
	if (l->lost > 0)
		line->tone = VIEW_WARNING;
}

/* How the rounds go, and who holds them up. */
static void
add_rounds(struct view *v, const struct live *l, const struct sv_run *run,
    const struct view_state *s)
{
	char a[SV_HUMAN], b[SV_HUMAN], text[120];
	struct live_straggler slow[3];
	struct live_pace pace;
	struct view_line *line;
	uint32_t of;
	size_t n;

	live_pace(l, run, &pace);
	if (isnan(pace.round_s))
		return;
	line = begin(v, RANK_PACE, "a round");
	say_add(line->text, sizeof(line->text), "%s",
	    sv_human_seconds(a, pace.round_s));
	if (!isnan(pace.per_s))
		say_add(line->text, sizeof(line->text), ", %.3g a second",
		    pace.per_s);
	if (!isnan(pace.comp_s))
		say_add(line->text, sizeof(line->text),
		    "; a worker computes %s, is idle %s",
		    sv_human_seconds(a, pace.comp_s), sv_human_seconds(b, pace.idle_s));
	n = live_stragglers(l, slow, 3, &of);
	line = begin(v, RANK_SLOW, "stragglers");
	for (size_t i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%s%" PRIu32 " +%s in %" PRIu32,
		    i == 0 ? "shard " : ", ", slow[i].shard,
		    sv_human_seconds(a, slow[i].excess), slow[i].rounds);
		if (i == 0)
			say_add(text, sizeof(text), " of %" PRIu32, of);
		if (i == 0 || strlen(line->text) + strlen(text) <= s->width)
			say_add(line->text, sizeof(line->text), "%s", text);
	}
	if (n == 0)
		say_add(line->text, sizeof(line->text), "%s", of < 10 ?
		    "not known yet" : "none that is slow too often");
}

static void
add_money(struct view *v, const struct live *l, const struct sv_run *run,
    const struct view_state *s)
{
	char text[VIEW_BYTES] = "";
	struct view_line *line;

	say_spent(text, sizeof(text), l, s->mono);
	if (text[0] != '\0') {
		line = begin(v, RANK_SPENT, "spent");
		say_add(line->text, sizeof(line->text), "%s", text);
	}
	text[0] = '\0';
	say_estimate(text, sizeof(text), l, run, s->mono);
	if (text[0] != '\0' && l->phase == LIVE_COMPUTING) {
		line = begin(v, RANK_ESTIMATE, "estimate");
		say_add(line->text, sizeof(line->text), "%s", text);
		if (strncmp(text, "not converging", 14) == 0)
			line->tone = VIEW_WARNING;
	}
}

/* Leave out what there is no room for. */
static void
fit(struct view *v, const struct view_state *s)
{

	while (v->n > 1 && v->n > s->lines) {
		size_t worst = 0;

		for (size_t i = 0; i < v->n; i++)
			if (v->line[i].rank >= v->line[worst].rank)
				worst = i;
		memmove(&v->line[worst], &v->line[worst + 1],
		    (v->n - worst - 1) * sizeof(v->line[0]));
		v->n--;
	}
	for (size_t i = 0; i < v->n; i++)
		clip(v->line[i].text, s->width, s->utf8);
}

void
view_make(struct view *v, const struct live *l, const struct sv_run *run,
    const struct view_state *s)
{
	struct view_line *line;

	v->n = 0;
	add_head(v, l, run, s);
	if (run != NULL) {
		add_curve(v, RANK_MEASURE, say_measure(l), &l->measure,
		    l->target, s);
		add_curve(v, RANK_PRIMAL, "primal", &l->primal, l->eps_primal,
		    s);
		add_curve(v, RANK_DUAL, "dual", &l->dual, l->eps_dual, s);
		add_objective(v, l);
		add_workers(v, l, run);
		add_rounds(v, l, run, s);
		add_money(v, l, run, s);
	}
	if (l->missing > 0) {
		line = begin(v, RANK_OBJECTIVE, "missing");
		say_add(line->text, sizeof(line->text), "the records of %"
		    PRIu64 " rounds", l->missing);
	}
	fit(v, s);
}

void
view_sentence(char buf[VIEW_BYTES], const struct live *l,
    const struct sv_run *run, const struct view_state *s)
{
	char text[VIEW_BYTES] = "", a[SV_HUMAN];

	buf[0] = '\0';
	if (run == NULL) {
		say_add(buf, VIEW_BYTES, "waiting for ");
		say_foreign(buf, VIEW_BYTES, s->name);
		return;
	}
	say_add(buf, VIEW_BYTES, "%s: ",
	    sv_human_seconds(a, live_seconds(l, s->mono)));
	say_phase(buf, VIEW_BYTES, l, run);
	if (l->phase == LIVE_COMPUTING) {
		say_add(buf, VIEW_BYTES, "; workers: ");
		say_workers(buf, VIEW_BYTES, l, run);
	}
	if (l->measure.n > 0)
		say_add(buf, VIEW_BYTES, "; %s %.2e, to be %.2e",
		    say_measure(l), trend_last(&l->measure), l->target);
	say_spent(text, sizeof(text), l, s->mono);
	if (text[0] != '\0')
		say_add(buf, VIEW_BYTES, "; %s", text);
	text[0] = '\0';
	say_estimate(text, sizeof(text), l, run, s->mono);
	if (text[0] != '\0' && l->phase == LIVE_COMPUTING)
		say_add(buf, VIEW_BYTES, "; estimate: %s", text);
}

double
view_progress(const struct live *l)
{
	double first, last;

	if (l->measure.n < 2 || !(l->target > 0.0))
		return (NAN);
	first = log(l->measure.point[0].y / l->target);
	last = log(trend_last(&l->measure) / l->target);
	if (!(first > 0.0))
		return (NAN);
	return (fmin(fmax(1.0 - last / first, 0.0), 1.0));
}
