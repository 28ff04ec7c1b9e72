#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"

#define PART ((size_t)1 << 20)	/* bytes, beside ... */
#define PART_VECTORS 4u	/* ... as many vectors of d f64 */
#define PART_MAX ((uint64_t)64 << 20)

size_t
sv_state_part_size(uint64_t d)
{
	uint64_t size = PART;

	if (d >= PART_MAX / sizeof(double) / PART_VECTORS)
		return ((size_t)PART_MAX);
	size += d * sizeof(double) * PART_VECTORS;
	return ((size_t)(size < PART_MAX ? size : PART_MAX));
}

uint32_t
sv_state_parts(size_t len, size_t size)
{
	size_t n = len / size + (len % size != 0);

	return (n <= SV_STATE_PARTS && len <= SV_STATE_MAXLEN ? (uint32_t)n : 0);
}

int
sv_state_cut(struct sv_frame *f, const uint8_t *bytes, size_t len, size_t size,
    uint32_t part)
{
	size_t at = size * part, n = len - at < size ? len - at : size;

	if (sv_frame_make(f, SV_STATE, NULL, SV_ST_N, SV_BYTES, n) == -1)
		return (-1);
	f->count = sv_state_parts(len, size);
	sv_frame_scalars(f)[SV_ST_PART] = part;
	sv_frame_scalars(f)[SV_ST_BYTES] = (double)len;
	memcpy(sv_frame_elems(f), bytes + at, n);
	return (0);
}

/* Is it a whole number from 0 to ${most}? */
static int
whole(double x, double most)
{

	return (x >= 0.0 && x <= most && !(floor(x) < x));
}

const char *
sv_state_check(const struct sv_frame *f)
{
	const double *scalars;

	if (f->type != SV_STATE || f->elem != SV_BYTES || f->ntext != 0 ||
	    f->nscalar != SV_ST_N || f->payload == NULL)
		return ("not a part of a state");
	if (f->count == 0 || f->count > SV_STATE_PARTS)
		return ("a state of no or too many parts");
	scalars = sv_frame_scalars(f);
	if (!whole(scalars[SV_ST_PART], f->count - 1.0))
		return ("a part that its state does not have");
	if (!whole(scalars[SV_ST_BYTES], (double)SV_STATE_MAXLEN) ||
	    scalars[SV_ST_BYTES] < (double)sv_frame_nelem(f) ||
	    scalars[SV_ST_BYTES] < (double)f->count)
		return ("a state of another size than its parts");
	return (NULL);
}

/* Begin anew with the state that ${f} is the first part of. */
static void
begin(struct sv_state *s, const struct sv_frame *f)
{

	sv_state_fini(s);
	s->shard = f->shard;
	s->generation = f->generation;
	s->round = f->round;
	s->seq = f->seq;
	s->parts = f->count;
	s->len = (size_t)sv_frame_scalars(f)[SV_ST_BYTES];
}

/* Is it the next part of the state in hand?  NULL, or what is wrong. */
static const char *
fits(const struct sv_state *s, const struct sv_frame *f, uint32_t part)
{

	if (s->parts == 0 || part != s->have || f->shard != s->shard ||
	    f->generation != s->generation || f->round != s->round ||
	    f->seq != s->seq || f->count != s->parts ||
	    (size_t)sv_frame_scalars(f)[SV_ST_BYTES] != s->len)
		return ("a part of a state that does not follow the last one");
	if (sv_frame_nelem(f) > s->len - s->filled ||
	    (part + 1 == s->parts && sv_frame_nelem(f) != s->len - s->filled))
		return ("a state of another size than its parts");
	return (NULL);
}

int
sv_state_take(struct sv_state *s, const struct sv_frame *f, char why[SV_WHY])
{
	const char *what = sv_state_check(f);
	uint32_t part;
	uint8_t *bytes;
	size_t n;

	if (what == NULL) {
		part = (uint32_t)sv_frame_scalars(f)[SV_ST_PART];
		if (part == 0)
			begin(s, f);
		what = fits(s, f, part);
	}
	n = (size_t)sv_frame_nelem(f);
	if (what == NULL && n > 0) {
		if ((bytes = realloc(s->bytes, s->filled + n)) == NULL) {
			what = "out of memory";
		} else {
			memcpy(bytes + s->filled, sv_frame_elems(f), n);
			s->bytes = bytes;
		}
	}
	if (what != NULL) {
		snprintf(why, SV_WHY, "%s", what);
		sv_state_fini(s);
		return (-1);
	}
	s->filled += n;
	return (++s->have == s->parts);
}

void
sv_state_fini(struct sv_state *s)
{

	free(s->bytes);
	memset(s, 0, sizeof(*s));
}
