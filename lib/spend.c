#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "spend.h"

/* One invocation. */
struct sv_spend_one {
	uint32_t shard;
	uint32_t generation;
	double begin;
	double end;	/* NaN: it runs */
	double billed;	/* ms; NaN: not told */
	double mb;	/* NaN: not known */
	int url;	/* it may be no function */
	int sure;	/* it ran, whatever comes */
	int guessed;	/* its end is only the best that is known */
	double twice;	/* ms: there were others of it, so long */
	int requests;	/* of those */
};

double
sv_spend_milliseconds(double s)
{

	/* Less than half a microsecond is what doubles make of it. */
	return (s > 0 ? ceil(round(s * 1e6) / 1e3) : 0);
}

void
sv_spend_init(struct sv_spend *s, const struct sv_price *price,
    enum sv_price_arch arch, double memory_mb)
{

	memset(s, 0, sizeof(*s));
	s->price = price;
	s->arch = arch;
	s->memory_mb = memory_mb;
	s->limit = INFINITY;
}

void
sv_spend_fini(struct sv_spend *s)
{

	free(s->one);
	s->one = NULL;
	s->n = s->room = 0;
}

static uint64_t
key(uint32_t shard, uint32_t generation)
{

	return ((uint64_t)shard << 32 | generation);
}

/* Where an invocation is in the array, or would have to be. */
static size_t
find(const struct sv_spend *s, uint32_t shard, uint32_t generation)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (key(s->one[mid].shard, s->one[mid].generation) <
		    key(shard, generation))
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

/* The invocation, or NULL. */
static struct sv_spend_one *
known(const struct sv_spend *s, uint32_t shard, uint32_t generation)
{
	size_t i = find(s, shard, generation);

	if (i == s->n || s->one[i].shard != shard ||
	    s->one[i].generation != generation)
		return (NULL);
	return (&s->one[i]);
}

/* The invocation, a new one that begins at ${at} if need be; NULL: errno. */
static struct sv_spend_one *
obtain(struct sv_spend *s, uint32_t shard, uint32_t generation, double at)
{
	struct sv_spend_one *one = known(s, shard, generation);
	size_t i, room;

	if (one != NULL)
		return (one);
	if (s->n == s->room) {
		room = s->room == 0 ? 64 : 2 * s->room;
		if (room > SIZE_MAX / sizeof(*one)) {
			errno = ENOMEM;
			return (NULL);
		}
		if ((one = realloc(s->one, room * sizeof(*one))) == NULL)
			return (NULL);
		s->one = one;
		s->room = room;
	}
	i = find(s, shard, generation);
	one = &s->one[i];
	memmove(one + 1, one, (s->n - i) * sizeof(*one));
	s->n++;
	memset(one, 0, sizeof(*one));
	one->shard = shard;
	one->generation = generation;
	one->begin = at;
	one->end = one->billed = one->mb = NAN;
	return (one);
}

int
sv_spend_begin(struct sv_spend *s, uint32_t shard, uint32_t generation,
    double at)
{
	struct sv_spend_one *one = obtain(s, shard, generation, at);

	if (one == NULL)
		return (-1);
	if (isnan(one->end))
		one->begin = at;
	return (0);
}

void
sv_spend_memory(struct sv_spend *s, uint32_t shard, uint32_t generation,
    double mb)
{
	struct sv_spend_one *one = known(s, shard, generation);

	if (one != NULL && mb > 0 && isfinite(mb))
		one->mb = mb;
}

int
sv_spend_end(struct sv_spend *s, uint32_t shard, uint32_t generation,
    double at, double billed_s)
{
	struct sv_spend_one *one = obtain(s, shard, generation, at);

	if (one == NULL)
		return (-1);
	if (isnan(one->end) || one->guessed)
		one->end = at;
	one->guessed = 0;
	if (isnan(one->billed) && billed_s >= 0)
		one->billed = sv_spend_milliseconds(billed_s);
	return (0);
}

void
sv_spend_over(struct sv_spend *s, uint32_t shard, uint32_t generation,
    double at)
{
	struct sv_spend_one *one = known(s, shard, generation);

	if (one == NULL || !isnan(one->end))
		return;
	one->end = at;
	one->guessed = 1;
}

void
sv_spend_forget(struct sv_spend *s, uint32_t shard, uint32_t generation)
{
	struct sv_spend_one *one = known(s, shard, generation);

	if (one == NULL)
		return;
	s->n--;
	memmove(one, one + 1, (s->n - (size_t)(one - s->one)) * sizeof(*one));
}

void
sv_spend_finish(struct sv_spend *s, double at)
{

	for (size_t i = 0; i < s->n; i++)
		if (isnan(s->one[i].end))
			s->one[i].end = at;
}

/* How an invocation ended: did it ever begin, for the provider? */
static int
began(const struct sv_run_mark *m, enum sv_run_how how)
{

	return (!isnan(m->billed) || m->error ||
	    (m->http >= 200 && m->http < 300) ||
	    (how == SV_RUN_URL && m->http >= 500));
}

int
sv_spend_mark(struct sv_spend *s, enum sv_run_how how,
    const struct sv_run_mark *m)
{
	double at = (double)m->time / 1e9;
	struct sv_spend_one *one = known(s, m->shard, m->generation);
	int rc = 0;

	if (how == SV_RUN_UNKNOWN)
		how = m->how;
	if (how == SV_RUN_EXEC || (how == SV_RUN_UNKNOWN && one == NULL))
		return (0);
	switch (m->moment) {
	case SV_RUN_REQUEST:
		if (one == NULL)
			rc = sv_spend_begin(s, m->shard, m->generation, at);
		break;
	case SV_RUN_RETRY:
		if (one == NULL || !one->sure)
			rc = sv_spend_begin(s, m->shard, m->generation, at +
			    (isnan(m->wait) ? 0 : m->wait));
		break;
	case SV_RUN_HELLO:
		rc = obtain(s, m->shard, m->generation, at) == NULL ? -1 : 0;
		break;
	case SV_RUN_EXIT:
		if (m->refused && one != NULL && one->sure) {
			one->requests += !isnan(m->billed);
			one->twice += isnan(m->billed) ? 0 :
			    sv_spend_milliseconds(m->billed);
		} else if (began(m, how) || (one != NULL && one->sure))
			rc = sv_spend_end(s, m->shard, m->generation, at,
			    m->billed);
		else
			sv_spend_forget(s, m->shard, m->generation);
		break;
	case SV_RUN_REPORT:
		rc = sv_spend_end(s, m->shard, m->generation, at, m->billed);
		break;
	case SV_RUN_ACCEPTED:
	case SV_RUN_UNANSWERED:
		break;
	}
	sv_spend_memory(s, m->shard, m->generation, m->memory_mb);
	if ((one = known(s, m->shard, m->generation)) == NULL)
		return (rc);
	one->url = how == SV_RUN_URL;
	if (m->moment == SV_RUN_HELLO || m->moment == SV_RUN_ACCEPTED ||
	    m->moment == SV_RUN_UNANSWERED)
		one->sure = 1;
	return (rc);
}

/* The most memory that one is known to have, or NaN. */
static double
most(const struct sv_spend *s)
{
	double mb = NAN;

	for (size_t i = 0; i < s->n; i++)
		mb = fmax(mb, s->one[i].mb);
	return (mb);
}

/* MB that an invocation is taken to have; ${mb}: where it is not known. */
static double
memory(const struct sv_spend_one *one, double mb)
{

	return (isnan(one->mb) ? mb : one->mb);
}

/* Is it one that is billed? */
static int
counts(const struct sv_spend_one *one, double at, double mb)
{

	return (one->begin <= at && (!one->url || mb > 0));
}

double
sv_spend_requests(const struct sv_spend *s, double at)
{
	double n = 0, mb = most(s);

	for (size_t i = 0; i < s->n; i++)
		n += counts(&s->one[i], at, mb) ?
		    1.0 + s->one[i].requests : 0.0;
	return (n);
}

double
sv_spend_gb_seconds(const struct sv_spend *s, double at)
{
	double mb = most(s), sum = 0;	/* MB ms: whole numbers */
	double other = isnan(s->memory_mb) ? mb : s->memory_mb;

	for (size_t i = 0; i < s->n; i++) {
		const struct sv_spend_one *one = &s->one[i];
		double ms, size = memory(one, other);

		if (!counts(one, at, mb) || isnan(size))
			continue;
		ms = one->billed;
		if (isnan(ms))
			ms = sv_spend_milliseconds(fmin(s->limit,
			    (isnan(one->end) ? at : one->end) - one->begin));
		sum += size * (ms + one->twice);
	}
	return (sum / (1024 * 1000.0));
}

double
sv_spend_now(const struct sv_spend *s, double at)
{

	return (sv_price_requests(s->price, sv_spend_requests(s, at),
	    s->share) + sv_price_duration(s->price, s->arch,
	    sv_spend_gb_seconds(s, at), s->share));
}

size_t
sv_spend_running(const struct sv_spend *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += isnan(s->one[i].end) != 0;
	return (n);
}

double
sv_spend_rate(const struct sv_spend *s)
{
	double mb = most(s), sum = 0;
	double other = isnan(s->memory_mb) ? mb : s->memory_mb;

	for (size_t i = 0; i < s->n; i++) {
		const struct sv_spend_one *one = &s->one[i];

		if (!isnan(one->end) || (one->url && !(mb > 0)) ||
		    isnan(memory(one, other)))
			continue;
		sum += memory(one, other);
	}
	return (sv_price_rate(s->price, s->arch, sum));
}
