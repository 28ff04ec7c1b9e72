#include "config.h"

#include <inttypes.h>
#include <math.h>

#include "err.h"
#include "frame.h"
#include "worker.h"

void
worker_report(const struct sv_frame *u)
{
	const double *s = sv_frame_scalars(u);

	if (u->op == SV_OP_STEP)
		sv_warnx("shard %" PRIu32 ": round %" PRIu32 ": %.0f iterations"
		    "%s, loss %.9g, moved %.3g, %.4f s%s", u->shard, u->round,
		    s[SV_UP_INNER], s[SV_UP_CAPPED] > 0 ? " (limit)" : "",
		    s[SV_UP_FX], sqrt(s[SV_UP_DD]), s[SV_UP_COMP],
		    s[SV_UP_FRESH] > 0 ? ", fresh" : "");
	else
		sv_warnx("shard %" PRIu32 ": round %" PRIu32 ": %s: loss %.9g, "
		    "%.4f s", u->shard, u->round, sv_frame_op_name(u->op),
		    s[SV_UP_FZ], s[SV_UP_COMP]);
}

void
worker_say(const struct sv_invocation *inv, const struct worker_outcome *out)
{

	if (out->told || out->why[0] == '\0')
		return;
	if (out->end == WORKER_BAD_INVOCATION)
		sv_warnx("%s", out->why);
	else
		sv_warnx("shard %" PRIu32 ": %s", inv->shard, out->why);
}
