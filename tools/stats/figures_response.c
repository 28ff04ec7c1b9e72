#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "figures.h"

/*
 * Workers by the share of rounds in which they were among the slowest tenth
 * (paper, Figure 9).
 */

#define WIDTH (1.0 / SV_RESPONSE_BINS)

/*
 * What comes of it when all are alike: the slowest tenth of W, one at least, as
 * sv_timing_slowest() has it.
 */
static double
by_chance(uint64_t W)
{

	return (W < 10 ? 1.0 / (double)W : (double)((W + 5) / 10) / (double)W);
}

struct responses {
	uint64_t bins[SV_RESPONSE_BINS];
	uint64_t workers;	/* of which it is known */
	uint64_t most;	/* in one bin */
	double slowest;	/* the greatest share */
	uint32_t who;	/* the first whose it is */
	uint64_t equals;	/* others */
	uint64_t often;	/* workers with twice what chance gives, or more */
	uint64_t rounds;
};

static void
respond(const struct sv_run *run, struct responses *r)
{

	*r = (struct responses){ 0 };
	sv_measure_response(run, r->bins);
	for (size_t i = 0; i < SV_RESPONSE_BINS; i++) {
		r->workers += r->bins[i];
		r->most = r->bins[i] > r->most ? r->bins[i] : r->most;
	}
	for (size_t i = 0; i < run->nshard; i++) {
		const struct sv_run_shard *s = &run->shard[i];
		double share;

		if (s->ranked == 0)
			continue;
		share = (double)s->slow / (double)s->ranked;
		if (share > r->slowest) {
			r->slowest = share;
			r->who = (uint32_t)i;
			r->equals = 0;
		} else if (share == r->slowest && share > 0)
			r->equals++;
		r->often += share >= 2 * by_chance(r->workers);
		r->rounds = s->ranked > r->rounds ? s->ranked : r->rounds;
	}
}

static void
say(struct figure *f, const struct pick *pick, const struct responses *r)
{
	char others[40] = "", rounds[SV_HUMAN], chance[SV_HUMAN];
	const char *slowest = r->workers < 15 ? "the slowest" :
	    "among the slowest tenth";

	if (r->workers == 1) {
		figure_tell(f, "%s: the only worker is always the slowest.",
		    pick->name);
		return;
	}
	if (r->equals > 0)
		snprintf(others, sizeof(others), " and %" PRIu64 " other%s",
		    r->equals, figures_plural((double)r->equals));
	if (r->rounds == 1) {
		figure_tell(f, "%s: in the only round worker %" PRIu32 "%s %s "
		    "%s, which tells little.", pick->name, r->who, others,
		    r->equals > 0 ? "were" : "was", slowest);
		return;
	}
	figure_tell(f, "%s: worker %" PRIu32 "%s %s most often %s, in %.0f %% "
	    "of %s round%s; if all were alike, each would be in %s %%.",
	    pick->name, r->who, others, r->equals > 0 ? "are" : "is",
	    slowest, 100 * r->slowest, sv_human_count(rounds, (double)r->rounds),
	    figures_plural((double)r->rounds),
	    figures_number(chance, 100 * by_chance(r->workers)));
	if (r->rounds < 10)
		figure_say(f, "So few rounds tell little.");
	else if (r->often == 0)
		figure_say(f, "No worker comes to twice that: there is no "
		    "straggler.");
	else
		figure_say(f, "%" PRIu64 " worker%s to twice that or more.",
		    r->often, r->often == 1 ? " comes" : "s come");
}

static void
add_run(struct figure *f, const struct pick *pick, int tell)
{
	struct responses r;
	struct series *s;
	struct panel *p;

	respond(pick->s->run, &r);
	p = figure_panel(f, "%s", pick->name);
	panel_axes(p, "rounds among the slowest tenth", UNIT_SHARE,
	    SCALE_LINEAR, "workers", UNIT_COUNT, SCALE_LINEAR);
	if (p == NULL)
		return;
	p->x.lo = p->y.lo = 0;
	p->x.hi = 1;
	if (r.workers == 0) {
		panel_empty(p, "There are no records of when workers "
		    "answered.");
		return;
	}
	s = panel_series(p, MARK_BARS, COLOUR_SET + (int)(pick->s->set % 6),
	    NULL);
	for (size_t i = 0; i < SV_RESPONSE_BINS; i++)
		if (r.bins[i] > 0)
			series_add(s, ((double)i + 0.5) * WIDTH,
			    (double)r.bins[i], WIDTH / 2, NAN);
	s = panel_series(p, MARK_RULE, COLOUR_MUTED, "if all were alike");
	series_add(s, by_chance(r.workers), 0, NAN, NAN);
	series_add(s, by_chance(r.workers), (double)r.most, NAN, NAN);
	if (tell) {
		say(f, pick, &r);
		figures_hands(f, pick);
	}
}

void
figures_response(struct figure *f, const struct stats *s, size_t n)
{
	struct pick *pick;
	size_t m;

	if ((pick = figures_pick(f, s, n, &m)) == NULL)
		return;
	for (size_t i = 0; i < m; i++)
		add_run(f, &pick[i], figures_most(pick, i, m));
	free(pick);
}
