#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "err.h"
#include "trouble.h"

uint32_t
trouble_note(struct trouble *t, const char *why, uint32_t tries)
{
	uint32_t i = 0;

	while (i < t->kinds && strcmp(t->kind[i].why, why) != 0)
		i++;
	if (i == TROUBLE_KINDS)
		return (++t->others);
	if (i == t->kinds) {
		t->kinds++;
		t->kind[i].times = 0;
		snprintf(t->kind[i].why, sizeof(t->kind[i].why), "%s", why);
	}
	t->kind[i].tries = tries;
	return (++t->kind[i].times);
}

void
trouble_tell(struct trouble *t, uint32_t of)
{
	char after[40];

	/* Of one alone the hub has told. */
	if (t->kinds == 1 && t->kind[0].times == 1 && t->others == 0)
		return;
	for (uint32_t i = 0; i < t->kinds; i++) {
		after[0] = '\0';
		if (t->kind[i].tries > 1)
			snprintf(after, sizeof(after), " (up to %" PRIu32
			    " tries each)", t->kind[i].tries);
		sv_warnx("%" PRIu32 " of %" PRIu32 " workers could not be "
		    "started: %s%s", t->kind[i].times, of, t->kind[i].why,
		    after);
	}
	if (t->others > 0)
		sv_warnx("%" PRIu32 " of %" PRIu32 " workers could not be "
		    "started, for other reasons", t->others, of);
}
