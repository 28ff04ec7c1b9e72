#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "err.h"
#include "hub.h"
#include "json.h"

#define WITHIN_MAX 86400.0	/* s */

/* Give the master the END frame that asks it to conclude. */
static void
tell_master(struct hub *h)
{
	struct sv_frame f;
	struct sv_blob *b;

	if (sv_json_frame(&f, SV_END, json_pack("{s:i, s:s, s:s}", "status",
	    SV_EXIT_LIMIT, "reason", h->stop.why, "tool", sv_err_name())) ==
	    -1) {
		hub_fail(h, "out of memory");
		return;
	}
	f.job = h->job;
	if ((b = sv_blob_seal(&f)) == NULL)
		hub_fail(h, "out of memory");
	else
		master_tell(h, b);
	sv_blob_unref(b);
}

/* Read ${o}; 1 if it asks for a stop. */
static int
read_stop(struct hub *h, const json_t *o)
{
	const char *event, *why = "told to stop";
	double within;

	if (sv_json_string(o, "event", &event) == -1 ||
	    strcmp(event, "stop") != 0)
		return (0);
	(void)sv_json_string(o, "why", &why);
	if (sv_json_double(o, "within_s", &within) == -1 || !(within > 0) ||
	    within > WITHIN_MAX)
		within = h->o->stop_timeout;
	snprintf(h->stop.why, sizeof(h->stop.why), "%s", why);
	hub_mend(h->stop.why);
	h->stop.within = within;
	return (1);
}

void
stop_on_event(struct hub *h, const struct sv_frame *f)
{
	json_t *o;

	if (h->phase != RUNNING || h->stop.asked || f->job != h->job ||
	    (o = sv_json_of(f)) == NULL)
		return;
	h->stop.asked = read_stop(h, o);
	json_decref(o);
	if (!h->stop.asked)
		return;
	if (h->o->verbose)
		sv_warnx("to stop within %.3g s: %s", h->stop.within,
		    h->stop.why);
	h->stop.until = sv_clock_mono() + h->stop.within;
	h->stop.models = h->master.models;
	/* Nobody works yet, and no question has been answered. */
	if (!h->master.ready)
		hub_end(h, SV_EXIT_FAILED, h->stop.why);
	else
		tell_master(h);
}

int
stop_forbids(const struct hub *h)
{

	return (h->stop.asked && h->master.models > h->stop.models);
}

void
stop_now(struct hub *h, const char *detail)
{
	char why[sizeof(h->reason) + sizeof(h->stop.why)];
	int models = h->master.models;

	if (h->phase != RUNNING)
		return;
	snprintf(why, sizeof(why), "%s%s%s", h->stop.why, detail[0] != '\0' ?
	    "; " : "", detail);
	/* Who asked for it has told the reason. */
	if (detail[0] != '\0' && !h->o->quiet)
		sv_warnx("%s: %s", detail, models > 0 ?
		    "what it wrote before is kept" : "there is no model");
	hub_end(h, models > 0 ? SV_EXIT_LIMIT : SV_EXIT_FAILED, why);
	master_kill(h, SIGTERM);
}

void
stop_on_time(struct hub *h)
{
	char detail[80];

	if (h->phase != RUNNING || !h->stop.asked ||
	    sv_clock_mono() < h->stop.until)
		return;
	snprintf(detail, sizeof(detail), "the master did not conclude within "
	    "%.3g s", h->stop.within);
	stop_now(h, detail);
}
