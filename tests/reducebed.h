#ifndef REDUCEBED_H
#define REDUCEBED_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include <cmocka.h>

#include "clock.h"
#include "reduce.h"

/* For tests of reduce.c: sums of updates whose numbers follow from a seed. */

#define WAIT_MS 20000	/* for a result, on whatever machine */
#define NSCALAR 7u
#define MAXW 20u

/* Numbers from a seed: a 64-bit linear congruential generator (Knuth, MMIX). */
static inline uint64_t
next(uint64_t *seed)
{

	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (*seed >> 11);
}

/* Of such different sizes that every order of addition gives other bits. */
static inline double
wild(uint64_t *seed)
{
	double x = (double)next(seed) / 9007199254740992.0 - 0.5;

	return (ldexp(x, (int)(next(seed) % 60) - 30));
}

/* The payload of shard i: n numbers, the first of which are its scalars. */
static inline void
fill(double *x, uint32_t shard, size_t n)
{
	uint64_t seed = 1000 + shard;

	for (size_t j = 0; j < n; j++)
		x[j] = wild(&seed);
	for (size_t j = 0; j < n && j < SV_UP_FRESH; j++)
		x[j] = fabs(x[j]);	/* times */
}

struct sums {
	void *zmq;
	struct sv_reduce *r;
	uint32_t W;
	size_t n;	/* numbers in each update */
	double timing[MAXW * SV_TM_N];
};

static inline void
open_sums(struct sums *s, uint32_t W, unsigned threads, size_t n)
{

	memset(s, 0, sizeof(*s));
	s->W = W;
	s->n = n;
	s->zmq = zmq_ctx_new();
	assert_non_null(s->zmq);
	s->r = sv_reduce_new(s->zmq, W, threads, sv_clock_mono());
	assert_non_null(s->r);
}

static inline void
close_sums(struct sums *s)
{

	sv_reduce_free(s->r);
	zmq_ctx_term(s->zmq);
}

static inline void
start(struct sums *s)
{

	for (size_t i = 0; i < MAXW * SV_TM_N; i++)
		s->timing[i] = NAN;
	sv_reduce_start(s->r, s->timing);
}

static inline void
release(void *data, void *hint)
{

	(void)data;
	free(hint);
}

/* Hand over ${x} for shard i's update, at an address ${skew} off alignment. */
static inline void
give_numbers(struct sums *s, uint32_t shard, const double *x, size_t skew,
    int damaged)
{
	size_t bytes = s->n * sizeof(double);
	uint8_t *buffer = malloc(bytes + 16);
	struct sv_frame f;
	zmq_msg_t m;

	assert_non_null(buffer);
	memset(&f, 0, sizeof(f));
	f.type = SV_UPDATE;
	f.elem = SV_F64;
	f.shard = shard;
	f.count = 1;
	f.nscalar = s->n < NSCALAR ? (uint32_t)s->n : NSCALAR;
	f.length = bytes;
	f.sum = sv_frame_sum(x, bytes);
	memcpy(buffer + skew, x, bytes);
	if (damaged)
		buffer[skew + bytes / 2] ^= 0x10;
	assert_int_equal(zmq_msg_init_data(&m, buffer + skew, bytes, release,
	    buffer), 0);
	assert_int_equal(sv_reduce_add(s->r, &f, &m), 0);
}

/* ... that shard's own numbers. */
static inline void
give(struct sums *s, uint32_t shard, size_t skew, int damaged)
{
	double *x = malloc(s->n * sizeof(*x));

	assert_non_null(x);
	fill(x, shard, s->n);
	give_numbers(s, shard, x, skew, damaged);
	free(x);
}

/* The next news, waited for. */
static inline struct sv_reduce_result
news(struct sums *s)
{
	zmq_pollitem_t item = { sv_reduce_socket(s->r), 0, ZMQ_POLLIN, 0 };
	struct sv_reduce_result result = { .kind = SV_REDUCE_NONE };

	for (int i = 0; i < 10 && result.kind == SV_REDUCE_NONE; i++) {
		assert_int_equal(zmq_poll(&item, 1, WAIT_MS), 1);
		sv_reduce_result(s->r, &result);
	}
	return (result);
}

static inline void
no_news(struct sums *s)
{
	struct sv_reduce_result result;

	sv_reduce_result(s->r, &result);
	assert_int_equal(result.kind, SV_REDUCE_NONE);
}

static inline double *
take_sum(struct sums *s)
{
	struct sv_reduce_result result = news(s);

	assert_int_equal(result.kind, SV_REDUCE_SUM);
	assert_non_null(result.sum);
	assert_int_equal(result.n, s->n);
	return (result.sum);
}

/* An order in which ${W} shards answer. */
static inline void
shuffle(uint32_t *order, uint32_t W, uint64_t seed)
{

	for (uint32_t i = 0; i < W; i++) {
		uint32_t j = (uint32_t)(next(&seed) % (i + 1));

		order[i] = order[j];
		order[j] = i;
	}
}

/* The sum, added in the order ${seed} makes; seed 0: as they are numbered. */
static inline double *
sum_of(uint32_t W, unsigned threads, size_t n, uint64_t seed)
{
	uint32_t order[MAXW];
	struct sums s;
	double *sum;

	open_sums(&s, W, threads, n);
	shuffle(order, W, seed);
	start(&s);
	for (uint32_t i = 0; i < W; i++)
		give(&s, seed == 0 ? i : order[i], seed % 8, 0);
	sum = take_sum(&s);
	no_news(&s);
	close_sums(&s);
	return (sum);
}

#endif /* !REDUCEBED_H */
