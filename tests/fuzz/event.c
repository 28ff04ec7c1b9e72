#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "fuzz.h"

/* What a function is called with (lib/event.c). */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct sv_event e;
	char why[SV_WHY] = "", *s;
	int rc;

	rc = sv_event_parse(&e, text, size, why);
	MUST(rc == 0 || (why[0] != '\0' && strlen(why) < SV_WHY));
	if (e.shape == SV_EVENT_BARE)
		MUST(rc == 0 && e.text == text && e.len == size);
	else
		MUST(e.text != text && e.len <= size);
	s = sv_event_answer(e.shape, 200, json_pack("{s:i}", "sv", 1));
	MUST(s != NULL && strstr(s, "sv") != NULL);
	free(s);
	sv_event_fini(&e);
	return (0);
}
