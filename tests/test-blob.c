#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "blob.h"
#include "fd.h"
#include "io.h"

/* An event frame with ${nelem} numbers, sealed. */
static void
make_frame(struct sv_frame *f, uint64_t nelem, uint32_t round)
{

	assert_int_equal(sv_frame_make(f, SV_EVENT, "{}", 1, SV_F64, nelem), 0);
	f->round = round;
	for (uint64_t j = 0; j < nelem; j++)
		((double *)sv_frame_elems(f))[j] = (double)j + round;
	sv_frame_seal(f);
}

static struct sv_blob *
make_blob(uint64_t nelem, uint32_t round)
{
	struct sv_frame f;
	struct sv_blob *b;

	make_frame(&f, nelem, round);
	b = sv_blob_new(&f);
	assert_non_null(b);
	return (b);
}

static void
a_blob_takes_over_the_payload(void **state)
{
	struct sv_frame f, g;
	struct sv_blob *b;
	uint8_t *payload;

	(void)state;
	make_frame(&f, 3, 7);
	payload = f.payload;
	b = sv_blob_new(&f);
	assert_non_null(b);
	assert_null(f.payload);
	assert_int_equal(f.length, 0);
	assert_ptr_equal(sv_blob_frame(b)->payload, payload);
	assert_int_equal(sv_blob_size(b), SV_FRAME_HEADER + 8 + 8 + 24);
	assert_null(sv_frame_decode(&g, sv_blob_header(b)));
	assert_int_equal(g.round, 7);
	assert_int_equal(g.length, 40);
	sv_frame_fini(&f);
	sv_blob_unref(b);
	sv_blob_unref(NULL);
}

static void
a_blob_may_be_empty(void **state)
{
	struct sv_frame f;
	struct sv_blob *b;

	(void)state;
	assert_int_equal(sv_frame_make(&f, SV_WANT, NULL, 0, SV_BYTES, 0), 0);
	sv_frame_seal(&f);
	b = sv_blob_new(&f);
	assert_non_null(b);
	assert_int_equal(sv_blob_size(b), SV_FRAME_HEADER);
	sv_blob_unref(b);
}

#define TIMES 20000

static void *
borrow(void *arg)
{

	for (int i = 0; i < TIMES; i++)
		sv_blob_unref(sv_blob_ref(arg));
	sv_blob_unref(arg);
	return (NULL);
}

static void
references_are_counted_from_any_thread(void **state)
{
	struct sv_blob *b = make_blob(10, 1);
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, borrow,
		    sv_blob_ref(b)), 0);
	assert_int_equal(sv_blob_frame(b)->round, 1);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(sv_blob_frame(b)->length, 96);
	sv_blob_unref(b);
}

/* Read what is there of a non-blocking ${fd}, and count whole frames. */
static uint32_t
read_frames(struct sv_reader *r, uint32_t expected)
{
	struct sv_frame f;
	enum sv_io rc;

	while ((rc = sv_reader_next(r, &f)) == SV_IO_FRAME) {
		assert_int_equal(f.round, expected);
		expected++;
		sv_frame_fini(&f);
	}
	assert_int_not_equal(rc, SV_IO_ERROR);
	return (expected);
}

/* Frames of many sizes come out whole and in order, however little fits. */
static void
a_queue_writes_what_it_can(void **state)
{
	struct sv_reader *r;
	struct sv_outq *q;
	uint32_t got = 0, rounds = 60;
	int fds[2], rc, blocked = 0;

	(void)state;
	assert_int_equal(sv_fd_pipe(fds), 0);
	assert_int_equal(sv_fd_nonblock(fds[0]), 0);
	assert_int_equal(sv_fd_nonblock(fds[1]), 0);
	r = sv_reader_new(fds[0], "pipe");
	q = sv_outq_new(fds[1]);
	assert_non_null(r);
	assert_non_null(q);
	assert_int_equal(sv_outq_pending(q), 0);
	assert_int_equal(sv_outq_flush(q), 0);
	for (uint32_t i = 0; i < rounds; i++) {
		struct sv_blob *b = make_blob(i * i * 11, i);

		assert_int_equal(sv_outq_push(q, b), 0);
		sv_blob_unref(b);
	}
	assert_int_equal(sv_outq_pending(q), 1);
	while ((rc = sv_outq_flush(q)) == 1) {
		blocked++;
		assert_int_equal(sv_outq_pending(q), 1);
		got = read_frames(r, got);
	}
	assert_int_equal(rc, 0);
	assert_int_equal(sv_outq_pending(q), 0);
	assert_true(blocked > 5);
	assert_int_equal(read_frames(r, got), rounds);
	sv_outq_free(q);
	close(fds[1]);
	assert_int_equal(read_frames(r, rounds), rounds);
	sv_reader_free(r);
	close(fds[0]);
}

/* Also where each write takes a few bytes only. */
static void
a_queue_survives_short_writes(void **state)
{
	struct sv_reader *r;
	struct sv_outq *q;
	uint32_t got = 0;
	int fds[2], small = 1, rc;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	(void)setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	assert_int_equal(sv_fd_nonblock(fds[0]), 0);
	assert_int_equal(sv_fd_nonblock(fds[1]), 0);
	r = sv_reader_new(fds[0], "socket");
	q = sv_outq_new(fds[1]);
	assert_non_null(r);
	assert_non_null(q);
	for (uint32_t i = 0; i < 5; i++) {
		struct sv_blob *b = make_blob(20000, i);

		assert_int_equal(sv_outq_push(q, b), 0);
		sv_blob_unref(b);
	}
	while ((rc = sv_outq_flush(q)) == 1)
		got = read_frames(r, got);
	assert_int_equal(rc, 0);
	assert_int_equal(read_frames(r, got), 5);
	sv_outq_free(q);
	sv_reader_free(r);
	close(fds[0]);
	close(fds[1]);
}

static void
a_queue_tells_that_nobody_reads(void **state)
{
	struct sv_blob *b = make_blob(10, 0);
	struct sv_outq *q;
	int fds[2];

	(void)state;
	assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	assert_int_equal(sv_fd_pipe(fds), 0);
	assert_int_equal(sv_fd_nonblock(fds[1]), 0);
	q = sv_outq_new(fds[1]);
	assert_non_null(q);
	assert_int_equal(sv_outq_push(q, b), 0);
	assert_int_equal(sv_outq_push(q, b), 0);
	sv_blob_unref(b);
	close(fds[0]);
	assert_int_equal(sv_outq_flush(q), -1);
	assert_int_equal(errno, EPIPE);
	/* What is left is dropped with the queue. */
	sv_outq_free(q);
	sv_outq_free(NULL);
	close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_blob_takes_over_the_payload),
		cmocka_unit_test(a_blob_may_be_empty),
		cmocka_unit_test(references_are_counted_from_any_thread),
		cmocka_unit_test(a_queue_writes_what_it_can),
		cmocka_unit_test(a_queue_survives_short_writes),
		cmocka_unit_test(a_queue_tells_that_nobody_reads),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
