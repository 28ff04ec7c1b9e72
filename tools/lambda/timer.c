#include "config.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "lambda.h"

/*
 * A binary heap (Williams 1964), the earliest on top; each timer knows its
 * place, so that it can be taken out.  Slot 0 is not used.
 */

static void
put(struct lambda *l, size_t i, struct timer *t)
{

	l->timers[i] = t;
	t->place = i;
}

/* Let ${t} rise from the free slot ${i}. */
static void
rise(struct lambda *l, size_t i, struct timer *t)
{

	for (; i > 1 && l->timers[i / 2]->at > t->at; i /= 2)
		put(l, i, l->timers[i / 2]);
	put(l, i, t);
}

/* Let ${t} sink from the free slot ${i}. */
static void
sink(struct lambda *l, size_t i, struct timer *t)
{
	size_t child;

	while ((child = 2 * i) <= l->ntimers) {
		if (child < l->ntimers &&
		    l->timers[child + 1]->at < l->timers[child]->at)
			child++;
		if (l->timers[child]->at >= t->at)
			break;
		put(l, i, l->timers[child]);
		i = child;
	}
	put(l, i, t);
}

void
timer_stop(struct lambda *l, struct timer *t)
{
	struct timer *last;
	size_t i = t->place;

	if (i == 0)
		return;
	t->place = 0;
	last = l->timers[l->ntimers--];
	if (last == t)
		return;
	if (i > 1 && l->timers[i / 2]->at > last->at)
		rise(l, i, last);
	else
		sink(l, i, last);
}

int
timer_set(struct lambda *l, struct timer *t, double after,
    void (*fn)(void *ctx), void *ctx)
{
	struct timer **timers;
	size_t room;

	timer_stop(l, t);
	if (l->ntimers + 1 >= l->room_timers) {
		room = l->room_timers == 0 ? 64 : 2 * l->room_timers;
		timers = realloc(l->timers, room * sizeof(*timers));
		if (timers == NULL)
			return (-1);
		l->timers = timers;
		l->room_timers = room;
	}
	t->at = sv_clock_mono() + (after > 0 ? after : 0);
	t->fn = fn;
	t->ctx = ctx;
	rise(l, ++l->ntimers, t);
	return (0);
}

int
timer_next(const struct lambda *l)
{
	double ms;

	if (l->ntimers == 0)
		return (-1);
	/* Rounded up, or the last millisecond would be spent in circles. */
	ms = ceil((l->timers[1]->at - sv_clock_mono()) * 1e3);
	return (ms <= 0 ? 0 : ms >= INT_MAX ? INT_MAX : (int)ms);
}

void
timer_run(struct lambda *l)
{
	double now = sv_clock_mono();
	struct timer *t;

	/* What is set from within for at once waits for the next turn. */
	while (l->ntimers > 0 && l->timers[1]->at <= now) {
		t = l->timers[1];
		timer_stop(l, t);
		t->fn(t->ctx);
	}
}

void
timer_fini(struct lambda *l)
{

	for (size_t i = 1; i <= l->ntimers; i++)
		l->timers[i]->place = 0;
	free(l->timers);
	l->timers = NULL;
	l->ntimers = l->room_timers = 0;
}
