#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "human.h"
#include "json.h"
#include "view_say.h"

void
say_add(char *buf, size_t size, const char *fmt, ...)
{
	size_t len = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf + len, size - len, fmt, ap);
	va_end(ap);
}

void
say_foreign(char *buf, size_t size, const char *s)
{
	size_t len = strlen(buf);

	for (; *s != '\0' && len + 1 < size; s++)
		buf[len++] = *s >= ' ' && *s <= '~' ? *s : '?';
	buf[len] = '\0';
}

static void
say_start(char *buf, size_t size, const struct live *l,
    const struct sv_run *run)
{
	uint64_t n[LIVE_STATES], W = run->W;

	live_states(l, run, n);
	if (n[LIVE_CALLED] == 0 && n[LIVE_HERE] == W && W > 0)
		say_add(buf, size, "all workers are here");
	else if (W > 0)
		say_add(buf, size, "starting workers: %" PRIu64 " of %" PRIu64
		    " are here", n[LIVE_HERE], W);
	else
		say_add(buf, size, "starting workers: %" PRIu64 " are here",
		    n[LIVE_HERE]);
}

static void
say_end(char *buf, size_t size, const struct sv_run *run)
{
	const char *reason = "";
	json_int_t status;

	status = json_integer_value(json_object_get(run->end, "status"));
	(void)sv_json_string(run->end, "reason", &reason);
	if (status == 0 || status == 3)
		say_add(buf, size, "ended after %" PRIu64 " round%s%s: ",
		    run->steps, run->steps == 1 ? "" : "s",
		    run->origin.known ? " of its own" : "");
	else
		say_add(buf, size, "failed: ");
	say_foreign(buf, size, reason);
}

void
say_phase(char *buf, size_t size, const struct live *l,
    const struct sv_run *run)
{

	switch (l->phase) {
	case LIVE_WAITING:
		say_add(buf, size, "nothing has come yet");
		break;
	case LIVE_ASKING:
		say_add(buf, size, "no worker has been asked for yet");
		break;
	case LIVE_STARTING:
		say_start(buf, size, l, run);
		break;
	case LIVE_COMPUTING:
		if (run->nmodel > 0)
			say_add(buf, size, "model %zu, ", run->nmodel + 1);
		say_add(buf, size, "round %" PRIu32, l->round);
		if (*l->op != '\0')
			say_add(buf, size, " (%s)", l->op);
		break;
	case LIVE_ENDING:
		say_add(buf, size, "%s written, workers are ending",
		    run->nmodel > 1 ? "models" : "model");
		break;
	case LIVE_ENDED:
		say_end(buf, size, run);
		break;
	}
}

void
say_workers(char *buf, size_t size, const struct live *l,
    const struct sv_run *run)
{
	static const char * const name[LIVE_STATES] = {
		[LIVE_QUEUED] = "not asked for", [LIVE_CALLED] = "starting",
		[LIVE_HERE] = "here", [LIVE_LOST] = "lost",
		[LIVE_GONE] = "ended"
	};
	uint64_t n[LIVE_STATES];
	const char *comma = "";

	live_states(l, run, n);
	for (int i = 0; i < LIVE_STATES; i++) {
		if (n[i] == 0)
			continue;
		say_add(buf, size, "%s%" PRIu64 " %s", comma, n[i],
		    i == LIVE_HERE && l->phase == LIVE_COMPUTING ?
		    l->asked ? "computing" : "waiting" : name[i]);
		comma = ", ";
	}
	if (live_handing(l) > 0)
		say_add(buf, size, "%s%" PRIu64 " handing over", comma,
		    live_handing(l));
	comma = "; ";
	if (l->handovers > 0) {
		say_add(buf, size, "%shanded over %" PRIu64, comma,
		    l->handovers);
		comma = ", ";
	}
	if (l->lost > 0) {
		say_add(buf, size, "%slost %" PRIu64, comma, l->lost);
		comma = ", ";
	}
	if (l->replaced > 0) {
		say_add(buf, size, "%sreplaced %" PRIu64, comma, l->replaced);
		comma = ", ";
	}
	if (l->throttled > 0)
		say_add(buf, size, "%scalls throttled %" PRIu64, comma,
		    l->throttled);
}

void
say_spent(char *buf, size_t size, const struct live *l, double mono)
{
	double dollars = sv_spend_now(&l->spend, live_time(l, mono));
	double rate = sv_spend_rate(&l->spend);
	char a[SV_HUMAN];

	if (!(dollars > 0.0))
		return;
	say_add(buf, size, "%s", sv_human_dollars(a, dollars));
	if (rate > 0.0)
		say_add(buf, size, ", %s an hour now (%zu functions)",
		    sv_human_dollars(a, 3600.0 * rate),
		    sv_spend_running(&l->spend));
}

const char *
say_measure(const struct live *l)
{

	switch (l->kind) {
	case LIVE_OPTIMALITY:
		return ("optimality");
	case LIVE_GAP:
		return ("gap / F");
	case LIVE_OWN:
		return ("r, s / eps");
	default:
		return ("measure");
	}
}

/* "12 s (8 s to 20 s)"; "about 12 s" where rounds change their pace. */
static void
say_times(char *buf, size_t size, const struct estimate *e,
    const struct live_pace *pace)
{
	char a[SV_HUMAN], b[SV_HUMAN], c[SV_HUMAN];

	sv_human_seconds(a, live_left(pace, e->rounds));
	sv_human_seconds(b, live_left(pace, e->least));
	sv_human_seconds(c, live_left(pace, isinf(e->most) ? 0.0 : e->most));
	if (!pace->steady)
		say_add(buf, size, "about %s", a);
	else if (isinf(e->most))
		say_add(buf, size, "%s (at least %s)", a, b);
	else if (strcmp(b, c) == 0)
		say_add(buf, size, "%s", a);
	else
		say_add(buf, size, "%s (%s to %s)", a, b, c);
}

void
say_estimate(char *buf, size_t size, const struct live *l,
    const struct sv_run *run, double mono)
{
	struct estimate e;
	struct live_pace pace;
	char a[SV_HUMAN];
	double left, rate;

	if (l->phase >= LIVE_ENDING)
		return;
	estimate_make(&l->measure, l->target, &e);
	switch (e.kind) {
	case ESTIMATE_UNKNOWN:
		say_add(buf, size, "%s", l->traces > 0 && isnan(l->target) ?
		    "not known: the master names no target" : "not known yet");
		return;
	case ESTIMATE_STUCK:
		say_add(buf, size, "not converging: no fall in the last third "
		    "of the rounds");
		return;
	case ESTIMATE_THERE:
		say_add(buf, size, "about to stop");
		return;
	case ESTIMATE_ROUNDS:
		break;
	}
	live_pace(l, run, &pace);
	say_add(buf, size, "%s in ", run->nmodel > 0 ? "this model" : "model");
	left = live_left(&pace, e.rounds);
	rate = sv_spend_rate(&l->spend);
	if (!isnan(left)) {
		say_times(buf, size, &e, &pace);
		say_add(buf, size, ", ");
	}
	say_add(buf, size, "%.0f round%s", e.rounds,
	    e.rounds < 1.5 ? "" : "s");
	if (!isnan(left) && rate > 0.0)
		say_add(buf, size, ", %s in all", sv_human_dollars(a,
		    sv_spend_now(&l->spend, live_time(l, mono)) + left * rate));
}
