#include "config.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "order.h"
#include "part.h"
#include "reduce.h"
#include "thread.h"

/* A node's value: the message of a leaf, or a sum. */
struct value {
	int present;
	int is_sum;
	zmq_msg_t msg;	/* !is_sum */
	double *sum;	/* is_sum */
};

/* What the main thread hands to a reducer, before the payload. */
struct work {
	uint32_t shard;
	uint32_t nscalar;
	uint64_t check;	/* the payload's checksum by the header */
	int quit;
};

struct reducer {
	struct sv_reduce *r;
	void *in;	/* main's end of the way to this thread */
	void *from_main;	/* this thread's end */
	void *to_main;	/* this thread's end of the way back */
	pthread_t thread;
	int running;
};

struct sv_reduce {
	void *zmq;
	uint32_t W;
	double epoch;
	unsigned threads;
	struct reducer *reducers;
	void *results;	/* main's end of the way back */
	double *timing;	/* of the sum under way */
	pthread_mutex_t lock;	/* of the tree */
	unsigned levels;	/* leaves are level 0 */
	struct value **tree;	/* tree[l]: the nodes of level l */
};

/* How many nodes level ${l} has. */
static uint32_t
width(const struct sv_reduce *r, unsigned l)
{

	return ((uint32_t)(((uint64_t)r->W + ((uint64_t)1 << l) - 1) >> l));
}

static const unsigned char *
value_bytes(struct value *v)
{

	return (v->is_sum ? (const unsigned char *)v->sum : zmq_msg_data(&v->msg));
}

/* dst = a + b.  Messages may lie at any address, and dst may be a or b. */
static void
add(double *dst, const unsigned char *a, const unsigned char *b, size_t n)
{
	double x, y;

	for (size_t i = 0; i < n; i++) {
		memcpy(&x, a + i * sizeof(x), sizeof(x));
		memcpy(&y, b + i * sizeof(y), sizeof(y));
		dst[i] = x + y;
	}
}

/* Move a value; the source is no longer present. */
static void
value_move(struct value *to, struct value *from)
{

	*to = (struct value){ .present = 1, .is_sum = from->is_sum,
	    .sum = from->sum };
	if (!from->is_sum) {
		zmq_msg_init(&to->msg);
		zmq_msg_move(&to->msg, &from->msg);
		zmq_msg_close(&from->msg);
	}
	from->present = 0;
}

static void
value_drop(struct value *v)
{

	if (!v->present)
		return;
	if (v->is_sum)
		free(v->sum);
	else
		zmq_msg_close(&v->msg);
	v->present = 0;
}

/* The root's numbers, for the caller to free: a lone message (W = 1) is copied. */
static double *
value_release(struct value *v, size_t n)
{
	double *sum;

	if (v->is_sum) {
		v->present = 0;
		return (v->sum);
	}
	if ((sum = malloc(n * sizeof(*sum) + 1)) != NULL)
		memcpy(sum, zmq_msg_data(&v->msg), n * sizeof(*sum));
	return (sum);
}

/* a = a + b in a buffer of one of them if there is one; b is used up. */
static int
value_join(struct value *a, struct value *b, size_t n)
{
	double *sum;

	if (a->is_sum)
		sum = a->sum;
	else if (b->is_sum)
		sum = b->sum;
	else if ((sum = malloc(n * sizeof(*sum))) == NULL)
		return (-1);
	add(sum, value_bytes(a), value_bytes(b), n);
	if (b->is_sum && sum != b->sum)
		free(b->sum);
	if (!b->is_sum)
		zmq_msg_close(&b->msg);
	if (!a->is_sum)
		zmq_msg_close(&a->msg);
	a->is_sum = 1;
	a->sum = sum;
	b->present = 0;
	return (0);
}

/*
 * Carry ${v}, just completed as node ${i} of level 0, up the tree as far as
 * the other children are there.  Return 1 if it is the root's value, 0 if it
 * waits in the tree, -1 on failure.
 */
static int
climb(struct sv_reduce *r, struct value *v, uint32_t i, size_t n)
{
	struct value sibling;

	for (unsigned l = 0; l + 1 < r->levels; l++, i >>= 1) {
		if ((i ^ 1) >= width(r, l))
			continue;	/* alone at the right edge */
		pthread_mutex_lock(&r->lock);
		if (!r->tree[l][i ^ 1].present) {
			value_move(&r->tree[l][i], v);
			pthread_mutex_unlock(&r->lock);
			return (0);
		}
		value_move(&sibling, &r->tree[l][i ^ 1]);
		pthread_mutex_unlock(&r->lock);
		if (value_join(v, &sibling, n) == -1) {
			value_drop(&sibling);
			return (-1);
		}
	}
	return (1);
}

/* Tell the main thread; it reads the same struct. */
static void
tell(struct reducer *t, const struct sv_reduce_result *result)
{

	SV_ORDER_SENT(t->r);
	(void)sv_part_send(t->to_main, result, sizeof(*result), 0);
}

/*
 * Copy the clocks that every update carries into its row; -1 if they are none,
 * and nothing was copied.
 */
static int
note_clocks(double *row, const struct work *w, const void *payload)
{
	double s[SV_UP_COMMON];

	if (w->nscalar < SV_UP_COMMON)
		return (0);
	memcpy(s, payload, sizeof(s));
	if (s[SV_UP_COMP] < 0 || s[SV_UP_IDLE] < 0 || s[SV_UP_CPU] < 0)
		return (-1);
	row[SV_TM_COMP] = s[SV_UP_COMP];
	row[SV_TM_IDLE] = s[SV_UP_IDLE];
	row[SV_TM_CPU] = s[SV_UP_CPU];
	return (0);
}

/* NULL, or why this update must not become part of a sum. */
static const char *
check(const struct work *w, zmq_msg_t *msg, double *row)
{
	size_t n = zmq_msg_size(msg) / sizeof(double);
	int finite;

	if (sv_frame_sum_f64(zmq_msg_data(msg), n, &finite) != w->check)
		return ("its update was damaged");
	if (!finite)
		return ("its update is not finite");
	if (note_clocks(row, w, zmq_msg_data(msg)) == -1)
		return ("its update has times below 0");
	return (NULL);
}

/* Check and add one update; ${v} holds its message and is used up. */
static void
reduce_one(struct reducer *t, const struct work *w, struct value *v)
{
	struct sv_reduce *r = t->r;
	double *row = r->timing + (size_t)w->shard * SV_TM_N;
	struct sv_reduce_result result = { .kind = SV_REDUCE_BAD,
	    .shard = w->shard };
	size_t n = zmq_msg_size(&v->msg) / sizeof(double);
	int rc;

	row[SV_TM_TAKEN] = sv_clock_mono() - r->epoch;
	if ((result.why = check(w, &v->msg, row)) != NULL) {
		value_drop(v);
		tell(t, &result);
		return;
	}
	/* Before it climbs: another thread may complete the sum meanwhile. */
	row[SV_TM_SUMMED] = sv_clock_mono() - r->epoch;
	if ((rc = climb(r, v, w->shard, n)) == 0)
		return;
	if (rc == 1 && (result.sum = value_release(v, n)) != NULL) {
		result.kind = SV_REDUCE_SUM;
		result.n = n;
	} else {
		result.kind = SV_REDUCE_FAILED;
	}
	value_drop(v);
	tell(t, &result);
}

static void *
reducer_main(void *arg)
{
	struct reducer *t = arg;
	struct value v;
	struct work w;
	int n;

	for (;;) {
		n = sv_part_receive(t->from_main, &w, sizeof(w), 0);
		SV_ORDER_RECEIVED(t);
		if (n != sizeof(w) || w.quit)
			break;
		v.present = 1;
		v.is_sum = 0;
		v.sum = NULL;
		zmq_msg_init(&v.msg);
		if (sv_part_receive_message(t->from_main, &v.msg, 0) == -1)
			break;
		reduce_one(t, &w, &v);
	}
	return (NULL);
}

/* A socket of ${type}, without limits and without lingering, bound or connected. */
static void *
inproc(void *zmq, int type, const char *name, int do_bind)
{
	int none = 0, rc;
	void *s;

	if ((s = zmq_socket(zmq, type)) == NULL)
		return (NULL);
	zmq_setsockopt(s, ZMQ_SNDHWM, &none, sizeof(none));
	zmq_setsockopt(s, ZMQ_RCVHWM, &none, sizeof(none));
	zmq_setsockopt(s, ZMQ_LINGER, &none, sizeof(none));
	rc = do_bind ? zmq_bind(s, name) : zmq_connect(s, name);
	if (rc == -1) {
		zmq_close(s);
		return (NULL);
	}
	return (s);
}

static int
reducer_start(struct sv_reduce *r, struct reducer *t, unsigned i)
{
	char name[64];

	t->r = r;
	snprintf(name, sizeof(name), "inproc://reducer-%u", i);
	if ((t->in = inproc(r->zmq, ZMQ_DEALER, name, 1)) == NULL ||
	    (t->from_main = inproc(r->zmq, ZMQ_DEALER, name, 0)) == NULL ||
	    (t->to_main = inproc(r->zmq, ZMQ_PUSH, "inproc://sums", 0)) == NULL)
		return (-1);
	if (sv_thread_start(&t->thread, reducer_main, t) == -1)
		return (-1);
	t->running = 1;
	return (0);
}

/* Allocate the tree: levels until one node is left. */
static int
tree_new(struct sv_reduce *r)
{

	while (width(r, r->levels) > 1)
		r->levels++;
	r->levels++;
	if ((r->tree = calloc(r->levels, sizeof(*r->tree))) == NULL)
		return (-1);
	for (unsigned l = 0; l < r->levels; l++)
		if ((r->tree[l] = calloc(width(r, l), sizeof(**r->tree))) == NULL)
			return (-1);
	return (0);
}

struct sv_reduce *
sv_reduce_new(void *zmq, uint32_t W, unsigned threads, double epoch)
{
	struct sv_reduce *r;

	assert(W > 0 && threads > 0);
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (NULL);
	r->zmq = zmq;
	r->W = W;
	r->epoch = epoch;
	pthread_mutex_init(&r->lock, NULL);
	if (tree_new(r) == -1)
		goto fail;
	if ((r->reducers = calloc(threads, sizeof(*r->reducers))) == NULL)
		goto fail;
	r->threads = threads;
	if ((r->results = inproc(zmq, ZMQ_PULL, "inproc://sums", 1)) == NULL)
		goto fail;
	for (unsigned i = 0; i < threads; i++)
		if (reducer_start(r, &r->reducers[i], i) == -1)
			goto fail;
	return (r);

fail:
	sv_reduce_free(r);
	return (NULL);
}

void *
sv_reduce_socket(struct sv_reduce *r)
{

	return (r->results);
}

void
sv_reduce_start(struct sv_reduce *r, double *timing)
{

	r->timing = timing;
}

int
sv_reduce_add(struct sv_reduce *r, const struct sv_frame *f, zmq_msg_t *payload)
{
	struct reducer *t;
	struct work w;

	assert(f->shard < r->W);
	/* Neighbours in the tree go to the same thread. */
	t = &r->reducers[(uint64_t)f->shard * r->threads / r->W];
	memset(&w, 0, sizeof(w));
	w.shard = f->shard;
	w.nscalar = f->nscalar;
	w.check = f->sum;
	SV_ORDER_SENT(t);
	if (sv_part_send(t->in, &w, sizeof(w), ZMQ_SNDMORE) == -1)
		return (-1);
	return (sv_part_send_message(t->in, payload, 0) == -1 ? -1 : 0);
}

void
sv_reduce_result(struct sv_reduce *r, struct sv_reduce_result *out)
{

	if (sv_part_receive(r->results, out, sizeof(*out), ZMQ_DONTWAIT) !=
	    sizeof(*out))
		memset(out, 0, sizeof(*out));
	SV_ORDER_RECEIVED(r);
}

/* Let the thread finish what it has, and close its sockets. */
static void
reducer_stop(struct reducer *t)
{
	struct work w;

	memset(&w, 0, sizeof(w));
	w.quit = 1;
	if (t->running) {
		(void)sv_part_send(t->in, &w, sizeof(w), 0);
		pthread_join(t->thread, NULL);
	}
	if (t->to_main != NULL)
		zmq_close(t->to_main);
	if (t->from_main != NULL)
		zmq_close(t->from_main);
	if (t->in != NULL)
		zmq_close(t->in);
}

void
sv_reduce_free(struct sv_reduce *r)
{
	struct sv_reduce_result left;

	if (r == NULL)
		return;
	for (unsigned i = 0; i < r->threads; i++)
		reducer_stop(&r->reducers[i]);
	while (r->results != NULL) {
		sv_reduce_result(r, &left);
		if (left.kind == SV_REDUCE_NONE)
			break;
		free(left.sum);
	}
	if (r->results != NULL)
		zmq_close(r->results);
	for (unsigned l = 0; r->tree != NULL && l < r->levels; l++) {
		for (uint32_t i = 0; r->tree[l] != NULL && i < width(r, l); i++)
			value_drop(&r->tree[l][i]);
		free(r->tree[l]);
	}
	free(r->tree);
	free(r->reducers);
	pthread_mutex_destroy(&r->lock);
	free(r);
}
