#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "recipe.h"
#include "shardfile.h"
#include "shards.h"

/* Shard files that come from elsewhere than from files. */

#define D 50u
#define ROWS 12u

/* Bytes in memory, in pieces; where they fail, and how. */
struct memory {
	const uint8_t *p;
	size_t n, at, piece;
	size_t fail;		/* from this byte on; SIZE_MAX: never */
	int error;
};

static ssize_t
read_memory(void *ctx, void *buf, size_t len)
{
	struct memory *m = ctx;
	size_t n = m->n - m->at;

	if (m->at >= m->fail) {
		errno = m->error;
		return (-1);
	}
	n = n < m->piece ? n : m->piece;
	n = n < len ? n : len;
	memcpy(buf, m->p + m->at, n);
	m->at += n;
	return ((ssize_t)n);
}

static const char *
why_memory(void *ctx)
{

	(void)ctx;
	return ("the server is on holiday");
}

/* Write a file of some rows and read all of it. */
static void
begin(struct memory *m, struct sv_csr *A)
{
	static uint8_t room[8000];
	struct sv_recipe r = { .n = ROWS, .d = D, .k = 3, .seed = 1 };
	struct sv_shardfile_writer *w;
	FILE *file;

	assert_int_equal(sv_recipe_expand(&r, 0, ROWS, A, NULL), 0);
	assert_non_null(w = sv_shardfile_create(path, 0, 1, 150));
	for (uint64_t i = 0; i < ROWS; i++)
		assert_int_equal(sv_shardfile_add(w, A, i), 0);
	assert_int_equal(sv_shardfile_flush(w), 0);
	assert_int_equal(sv_shardfile_finish(w, D, "0123456789abcdef"), 0);
	assert_true(sv_shardfile_written(w)->frames > 3);
	sv_shardfile_free(w);
	assert_non_null(file = fopen(path, "r"));
	m->p = room;
	m->n = fread(room, 1, sizeof(room), file);
	assert_true(m->n > 500 && m->n < sizeof(room));
	fclose(file);
	m->at = 0;
	m->piece = SIZE_MAX;
	m->fail = SIZE_MAX;
	m->error = EIO;
}

static void
bytes_in_pieces_of_any_size_are_read(void **state)
{
	struct memory m;
	const struct sv_bytes in = { read_memory, why_memory, &m };
	struct sv_shardfile *s;
	char why[SV_WHY], name[6];
	struct sv_matrix B;
	struct sv_csr A;

	(void)state;
	begin(&m, &A);
	for (m.piece = 1; m.piece <= m.n; m.piece *= 3) {
		m.at = 0;
		strcpy(name, "there");
		s = sv_shardfile_open_bytes(&in, m.n, name, why);
		assert_non_null(s);
		assert_int_equal(sv_shardfile_info(s)->bytes, m.n);
		assert_int_equal(sv_shardfile_load(s, SV_F64, &B, NULL, why),
		    0);
		assert_memory_equal(A.col, B.col, A.nnz * sizeof(*A.col));
		assert_memory_equal(A.val, B.val, A.nnz * sizeof(*A.val));
		sv_matrix_fini(&B);
		sv_shardfile_close(s);
	}
	sv_csr_fini(&A);
}

/* The name is a copy, and stands before the reason that the bytes give. */
static void
bytes_that_fail_anywhere_say_why(void **state)
{
	struct memory m;
	const struct sv_bytes in = { read_memory, why_memory, &m };
	struct sv_shardfile *s;
	char why[SV_WHY], name[6];
	struct sv_matrix B;
	struct sv_csr A;

	(void)state;
	begin(&m, &A);
	m.piece = 1;
	for (m.fail = 0; m.fail <= m.n; m.fail++) {
		m.at = 0;
		strcpy(name, "there");
		s = sv_shardfile_open_bytes(&in, m.n, name, why);
		strcpy(name, "xxxxx");
		if (s != NULL)
			assert_int_equal(sv_shardfile_load(s, SV_F64, &B, NULL,
			    why), -1);
		assert_memory_equal(why, "there: ", 7);
		assert_non_null(strstr(why, "the server is on holiday"));
		sv_shardfile_close(s);
	}
	sv_csr_fini(&A);
}

static void
bytes_that_end_early_are_noticed(void **state)
{
	struct memory m;
	const struct sv_bytes in = { read_memory, NULL, &m };
	struct sv_shardfile *s;
	char why[SV_WHY];
	struct sv_matrix B;
	struct sv_csr A;
	size_t all;

	(void)state;
	begin(&m, &A);
	all = m.n;
	for (m.n = 0; m.n < all; m.n++) {
		m.at = 0;
		s = sv_shardfile_open_bytes(&in, all, "there", why);
		if (s != NULL)
			assert_int_equal(sv_shardfile_load(s, SV_F64, &B, NULL,
			    why), -1);
		assert_memory_equal(why, "there: ", 7);
		sv_shardfile_close(s);
	}
	sv_csr_fini(&A);
}

/* Bytes that would have to wait are an error, not an endless loop. */
static void
bytes_that_are_not_there_yet_are_an_error(void **state)
{
	struct memory m;
	const struct sv_bytes in = { read_memory, NULL, &m };
	struct sv_shardfile *s;
	char why[SV_WHY];
	struct sv_matrix B;
	struct sv_csr A;

	(void)state;
	begin(&m, &A);
	m.error = EAGAIN;
	m.piece = 1;
	for (m.fail = 0; m.fail <= m.n; m.fail += 50) {
		m.at = 0;
		s = sv_shardfile_open_bytes(&in, m.n, "there", why);
		if (s != NULL)
			assert_int_equal(sv_shardfile_load(s, SV_F64, &B, NULL,
			    why), -1);
		assert_memory_equal(why, "there: ", 7);
		assert_true(strlen(why) > 7);
		sv_shardfile_close(s);
	}
	sv_csr_fini(&A);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bytes_in_pieces_of_any_size_are_read),
		TEST(bytes_that_fail_anywhere_say_why),
		TEST(bytes_that_end_early_are_noticed),
		TEST(bytes_that_are_not_there_yet_are_an_error)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
