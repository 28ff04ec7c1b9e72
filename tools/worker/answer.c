#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "answer.h"
#include "json.h"

static const char *const ends[] = {
	[WORKER_TERM] = "term",
	[WORKER_REFUSED] = "refused",
	[WORKER_DEADLINE] = "deadline"
};

static const char *const types[] = {
	[WORKER_BAD_INVOCATION] = "Function.BadInvocation",
	[WORKER_UNREACHED] = "Function.HubUnreachable",
	[WORKER_UNREADABLE] = "Function.ShardUnreadable",
	[WORKER_UNFETCHED] = "Function.ShardUnfetched",
	[WORKER_LOST] = "Function.HubLost",
	[WORKER_BAD_MESSAGE] = "Function.BadMessage",
	[WORKER_SIGNALLED] = "Function.Terminated",
	[WORKER_NO_MEMORY] = "Function.OutOfMemory",
	[WORKER_FAILED] = "Function.Failed"
};

json_t *
answer_result(const struct sv_invocation *inv, const struct worker_outcome *out,
    const struct answer_use *use)
{
	char digits[17];

	snprintf(digits, sizeof(digits), "%016" PRIx64, inv->job);
	return (json_pack("{s:i, s:s, s:I, s:I, s:s, s:I, s:o, s:I, s:b}",
	    "sv", (int)SV_INVOCATION_VERSION, "job", digits,
	    "shard", (json_int_t)inv->shard,
	    "generation", (json_int_t)inv->generation, "end", ends[out->end],
	    "rounds", (json_int_t)out->rounds,
	    "cpu_s", sv_json_real(use->cpu_s),
	    "rss_bytes", (json_int_t)use->rss_bytes, "cold", use->cold));
}

const char *
answer_type(enum worker_end end)
{

	return (types[end]);
}

json_t *
answer_error(const char *type, const uint32_t *shard, const char *why)
{
	char message[SV_WHY + 32];

	if (shard != NULL)
		snprintf(message, sizeof(message), "shard %" PRIu32 ": %s",
		    *shard, why);
	else
		snprintf(message, sizeof(message), "%s", why);
	return (json_pack("{s:s, s:s, s:[]}", "errorType", type,
	    "errorMessage", message, "stackTrace"));
}
