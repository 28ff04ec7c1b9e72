#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fetch_answer.h"

/* Set what is wrong with the answer. */
static enum lane_fault __attribute__((format(printf, 3, 4)))
fault(struct lane *l, enum lane_fault what, const char *fmt, ...)
{
	va_list ap;

	l->fault = what;
	va_start(ap, fmt);
	vsnprintf(l->why, sizeof(l->why), fmt, ap);
	va_end(ap);
	return (what);
}

/* Is it of the object that the first answer was of? */
static enum lane_fault
same(struct lane *l, uint64_t size)
{
	const struct sv_fetch *f = l->f;

	if (f->etag[0] != '\0' && l->head.etag[0] != '\0' &&
	    strcmp(f->etag, l->head.etag) != 0)
		return (fault(l, FAULT_CHANGED, "it is another object than "
		    "before: its entity tag is not %.60s but %.60s", f->etag,
		    l->head.etag));
	if (f->opened && size != f->size)
		return (fault(l, FAULT_CHANGED, "it is another object than "
		    "before, and has another size"));
	return (FAULT_NONE);
}

/* It has ${size} bytes, and that is not enough. */
static enum lane_fault
too_few(struct lane *l, uint64_t size)
{

	return (fault(l, FAULT_NEVER, "it has %" PRIu64 " bytes, and those from"
	    " %" PRIu64 " on are wanted", size, l->f->from));
}

/* The first answer: what there is. */
static enum lane_fault
first(struct lane *l, uint64_t size, int ranged)
{
	struct sv_fetch *f = l->f;

	if (f->from > size)
		return (too_few(l, size));
	f->opened = 1;
	f->ranged = ranged;
	f->size = size;
	if (f->etag[0] == '\0')
		memcpy(f->etag, l->head.etag, sizeof(f->etag));
	if (f->to > size)
		f->to = size;
	if (!ranged || l->to > f->to)
		l->to = f->to;
	f->next = l->to;
	return (FAULT_NONE);
}

/* Some of the object, as was asked for. */
static enum lane_fault
take_part(struct lane *l)
{
	const struct sv_fetch_head *h = &l->head;

	if (!h->ranged || h->from != l->asked || h->to <= h->from ||
	    h->to > l->to)
		return (fault(l, FAULT_AGAIN, "it answered with other bytes "
		    "than were asked for"));
	if (l->f->opened && !l->f->ranged)
		return (fault(l, FAULT_AGAIN, "it answered with a range that "
		    "nobody asked for"));
	if (same(l, h->size) != FAULT_NONE)
		return (l->fault);
	return (l->f->opened ? FAULT_NONE : first(l, h->size, 1));
}

/* All of the object. */
static enum lane_fault
take_whole(struct lane *l)
{
	uint64_t size = l->head.sized ? l->head.length : UINT64_MAX;
	struct sv_fetch *f = l->f;

	if (f->opened && f->ranged)
		return (fault(l, FAULT_AGAIN, "it answered with the whole "
		    "object instead of the bytes asked for"));
	if (same(l, size) != FAULT_NONE)
		return (l->fault);
	if (!f->opened && first(l, size, 0) != FAULT_NONE)
		return (l->fault);
	l->skip = l->asked;
	return (FAULT_NONE);
}

enum lane_fault
sv_answer_head(struct lane *l)
{
	struct sv_fetch *f = l->f;
	long status = 0;

	l->judged = 1;
	curl_easy_getinfo(l->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status == 206)
		return (take_part(l));
	if (status == 200)
		return (take_whole(l));
	if (status == 412)
		return (fault(l, FAULT_CHANGED, "it is another object than "
		    "before: its entity tag is not %.60s any more", f->etag));
	if (status / 100 == 2)
		return (fault(l, FAULT_NEVER, "status %ld: neither the object "
		    "nor a part of it", status));
	if (status != 416 || f->opened || !l->head.ranged)
		return (FAULT_NONE);
	/* An empty object has no first byte. */
	if (l->head.size == f->from && first(l, f->from, 1) == FAULT_NONE)
		return (l->fault = FAULT_ENOUGH);
	return (first(l, l->head.size, 1));
}

enum lane_fault
sv_answer_end(struct lane *l)
{

	if (l->fault != FAULT_NONE)
		return (l->fault);
	if (l->f->ranged && l->got == l->to)
		return (FAULT_NONE);
	/* A server may give less than was asked for, if it says so. */
	if (l->f->ranged && l->got == l->head.to &&
	    l->got - l->asked >= SV_FETCH_SLOW)
		return (FAULT_NONE);
	if (!l->f->ranged && l->f->size == UINT64_MAX) {
		if (l->skip > 0 && l->got == l->f->from)
			return (too_few(l, l->asked - l->skip));
		if (l->skip > 0)
			return (fault(l, FAULT_AGAIN, "the answer is shorter "
			    "than the one before"));
		l->to = l->f->to = l->got;
	}
	if (l->got == l->to)
		return (FAULT_NONE);
	return (fault(l, FAULT_AGAIN, "the answer is shorter than it says"));
}

enum lane_fault
sv_answer_too_much(struct lane *l)
{

	return (fault(l, FAULT_AGAIN, "the answer is longer than it says"));
}
