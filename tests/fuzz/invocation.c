#include <string.h>

#include "fuzz.h"
#include "invocation.h"

/* What a worker is told (lib/invocation.c). */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_invocation inv;
	char why[SV_WHY] = "";

	if (sv_invocation_parse(&inv, (const char *)data, size, why) == -1) {
		MUST(why[0] != '\0' && strlen(why) < SV_WHY);
		return (0);
	}
	MUST(inv.job != 0 && inv.shard < inv.workers && inv.generation > 0);
	MUST(strlen(inv.hub) <= SV_INVOCATION_HUB && inv.wire == SV_F64);
	MUST(json_is_object(inv.share));
	MUST(json_object_get(inv.json, "keys") == NULL);
	if (inv.encrypted) {
		struct sv_curve_keys again;
		json_t *o = sv_curve_json(&inv.keys);

		MUST(o != NULL && sv_curve_of(&again, o) == 0);
		MUST(memcmp(&again, &inv.keys, sizeof(again)) == 0);
		json_decref(o);
	}
	sv_invocation_fini(&inv);
	return (0);
}
