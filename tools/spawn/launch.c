#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "err.h"
#include "invocation.h"
#include "launch.h"
#include "spawn.h"

/* Make the ring larger. */
static int
grow(struct launcher *l)
{
	size_t room = l->room == 0 ? 16 : 2 * l->room;
	struct launch_event *events;

	if ((events = calloc(room, sizeof(*events))) == NULL)
		return (-1);
	for (size_t i = 0; i < l->count; i++)
		events[i] = l->events[(l->first + i) % l->room];
	free(l->events);
	l->events = events;
	l->first = 0;
	l->room = room;
	return (0);
}

void
launch_tell(struct launcher *l, uint32_t shard, uint32_t generation, int ended,
    json_t *record, const char *what)
{
	struct launch_event *e;

	if (record == NULL || (l->count == l->room && grow(l) == -1)) {
		sv_warnx("shard %u: cannot record: out of memory",
		    (unsigned)shard);
		json_decref(record);
		return;
	}
	e = &l->events[(l->first + l->count++) % l->room];
	e->shard = shard;
	e->generation = generation;
	e->ended = ended;
	e->record = record;
	snprintf(e->what, sizeof(e->what), "%s", what);
}

int
launch_next(struct launcher *l, struct launch_event *e)
{

	if (l->count == 0)
		return (0);
	*e = l->events[l->first];
	l->first = (l->first + 1) % l->room;
	l->count--;
	return (1);
}

void
launch_free(struct launcher *l)
{
	struct launch_event e;

	if (l == NULL)
		return;
	while (launch_next(l, &e))
		json_decref(e.record);
	free(l->events);
	l->class->free(l);
}

char *
launch_invocation(const struct sv_problem *problem, uint64_t job,
    uint32_t workers, const struct launch_want *w)
{
	json_t *share, *invocation;
	char *text = NULL;

	share = sv_problem_share(problem, w->shard, workers);
	invocation = share == NULL ? NULL : sv_invocation_json(job, w->shard,
	    workers, w->generation, w->hub, share, w->keys);
	json_decref(share);
	if (invocation != NULL)
		text = json_dumps(invocation, JSON_COMPACT);
	json_decref(invocation);
	return (text);
}

struct launcher *
spawn_launcher(const struct spawn_options *o, const struct sv_problem *problem,
    uint64_t job)
{
	struct launcher *l;

	if (o->command == NULL)
		return (calls_new(o, problem, job));
	if ((l = crew_new(o, problem, job)) == NULL)
		sv_warn("cannot start");
	return (l);
}
