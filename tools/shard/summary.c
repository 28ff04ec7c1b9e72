#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "err.h"
#include "human.h"
#include "summary.h"

static void
say_scale(const struct summary *s)
{
	char shifted[SV_HUMAN], alone[SV_HUMAN];

	if (s->scale == NULL)
		return;
	sv_warnx("scaled (%s): %s features centred, %s constant or empty and"
	    " left alone", scale_name(s->how),
	    sv_human_count(shifted, (double)scale_shifted(s->scale)),
	    sv_human_count(alone, (double)scale_alone(s->scale)));
}

static void
say_speed(const struct summary *s)
{
	char took[SV_HUMAN], rows[SV_HUMAN], speed[SV_HUMAN], bytes[SV_HUMAN];
	double seconds = s->seconds > 1e-6 ? s->seconds : 1e-6;

	sv_human_seconds(took, s->seconds);
	sv_human_count(rows, (double)s->all / seconds);
	sv_human_bytes(bytes, (double)s->bytes);
	if (s->read > 0)
		sv_warnx("%s written in %s: %s/s read, %s rows/s", bytes, took,
		    sv_human_bytes(speed, (double)s->read / seconds), rows);
	else
		sv_warnx("%s written in %s: %s rows/s", bytes, took, rows);
}

void
summary_say(const struct summary *s)
{
	char rows[SV_HUMAN], d[SV_HUMAN], nnz[SV_HUMAN], text[512];
	size_t end = strlen(s->output);

	sv_warnx("%s: %s rows of %s features in %" PRIu32 " shards%s", s->input,
	    sv_human_count(rows, (double)s->rows),
	    sv_human_count(d, (double)s->d), s->shards,
	    s->weighted ? ", with weights" : "");
	sv_warnx("%s non-zeros, %.3g %% of all elements",
	    sv_human_count(nnz, (double)s->nnz),
	    100 * ((double)s->nnz / (double)s->rows) / (double)s->d);
	labels_text(s->labels, text, sizeof(text));
	sv_warnx("%s%s", text, s->positive ?
	    "; workers make 2 the positive class, 1 the other" : "");
	if (s->held > 0)
		sv_warnx("%s rows held out: %s%sholdout.svm",
		    sv_human_count(rows, (double)s->held), s->output,
		    end > 0 && s->output[end - 1] == '/' ? "" : "/");
	say_scale(s);
	say_speed(s);
}
