#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lines.h"

/* A text that comes ${step} bytes at a time, and fails at ${fails}. */
struct source {
	const char *text;
	size_t len;
	size_t at;
	size_t step;
	size_t fails;
};

static ssize_t
read_source(void *ctx, void *buf, size_t len)
{
	struct source *s = ctx;
	size_t n = s->len - s->at;

	if (s->at >= s->fails) {
		errno = EIO;
		return (-1);
	}
	if (n > s->step)
		n = s->step;
	if (n > len)
		n = len;
	memcpy(buf, s->text + s->at, n);
	s->at += n;
	return ((ssize_t)n);
}

static const char *
source_why(void *ctx)
{

	(void)ctx;
	return ("the source is dry");
}

/* The section, ${want} bytes at a time; how many. */
static size_t
section(struct sv_lines *l, char *buf, size_t want)
{
	size_t have = 0;
	ssize_t n;

	while ((n = sv_lines_read(l, buf + have, want)) > 0)
		have += (size_t)n;
	assert_int_equal(n, 0);
	/* It stays at its end. */
	assert_int_equal(sv_lines_read(l, buf + have, want), 0);
	return (have);
}

/* Where the first line begins at ${at} or behind; the text's end. */
static size_t
line_at(const char *text, size_t len, size_t at)
{

	for (; at < len; at++)
		if (at == 0 || text[at - 1] == '\n')
			return (at);
	return (len);
}

static const char *const texts[] = {
	"a\nbc\n\n\nd\n",
	"a\r\nbc\r\n\r\nd",
	"one line",
	"\n",
	"\n\nx\n",
	"",
	"line\nwithout an end"
};
#define NTEXTS (sizeof(texts) / sizeof(texts[0]))

static void
check_pair(const char *text, size_t from, size_t to, size_t step, size_t want)
{
	size_t len = strlen(text), begin = line_at(text, len, from),
	    end = line_at(text, len, to), at = from > 0 ? from - 1 : 0;
	struct source s = { text, len, at < len ? at : len, step, SIZE_MAX };
	struct sv_bytes in = { read_source, source_why, &s };
	static struct sv_lines l;
	char buf[64];

	sv_lines_init(&l, &in, at);
	sv_lines_to(&l, from);
	assert_int_equal(sv_lines_skip(&l), 0);
	sv_lines_to(&l, to);
	assert_int_equal(section(&l, buf, want), end - begin);
	assert_memory_equal(buf, text + begin, end - begin);
	if (from <= len)
		assert_int_equal(l.at, end);
}

static void
every_pair_of_cuts(void **state)
{

	(void)state;
	for (size_t i = 0; i < NTEXTS; i++) {
		size_t len = strlen(texts[i]);

		for (size_t from = 0; from <= len + 2; from++) {
			for (size_t to = from; to <= len + 3; to++) {
				check_pair(texts[i], from, to, 99, 99);
				check_pair(texts[i], from, to, 1, 99);
				check_pair(texts[i], from, to, 99, 1);
				check_pair(texts[i], from, to, 3, 2);
			}
		}
	}
}

/* One stream, cut into all its sections one after the other. */
static void
every_number_of_sections(void **state)
{
	static struct sv_lines l;
	char buf[64];

	(void)state;
	for (size_t i = 0; i < NTEXTS; i++) {
		size_t len = strlen(texts[i]);

		for (size_t W = 1; W <= len + 2; W++) {
			struct source s = { texts[i], len, 0, 4, SIZE_MAX };
			struct sv_bytes in = { read_source, NULL, &s };
			size_t at = 0, n;

			sv_lines_init(&l, &in, 0);
			for (size_t j = 1; j <= W; j++) {
				sv_lines_to(&l, len * j / W);
				n = section(&l, buf, 64);
				assert_memory_equal(buf, texts[i] + at, n);
				at += n;
				assert_int_equal(at, line_at(texts[i], len,
				    len * j / W));
			}
			assert_int_equal(at, len);
		}
	}
}

static void
a_read_that_fails_is_passed_on(void **state)
{
	struct source s = { "a\nb\nc\nd\n", 8, 0, 2, 4 };
	struct sv_bytes in = { read_source, source_why, &s }, out;
	static struct sv_lines l;
	char buf[8];

	(void)state;
	sv_lines_init(&l, &in, 0);
	sv_lines_to(&l, 8);
	sv_lines_bytes(&l, &out);
	assert_int_equal(sv_bytes_fill(&out, buf, 4), 4);
	assert_int_equal(sv_bytes_read(&out, buf, 4), -1);
	assert_int_equal(errno, EIO);
	assert_string_equal(sv_bytes_why(&out), "the source is dry");
	assert_int_equal(sv_lines_skip(&l), -1);
}

static void
what_is_long_is_cut_as_well(void **state)
{
	const size_t len = 300000;
	struct source s = { .len = len, .step = 70000, .fails = SIZE_MAX };
	struct sv_bytes in = { read_source, NULL, &s };
	char *text = malloc(len), *got = malloc(len);
	static struct sv_lines l;

	(void)state;
	assert_non_null(text);
	assert_non_null(got);
	memset(text, 'x', len);
	text[99] = text[199999] = '\n';
	s.text = text;
	sv_lines_init(&l, &in, 0);
	sv_lines_to(&l, 65536);
	assert_int_equal(section(&l, got, len), 200000);
	assert_memory_equal(got, text, 200000);
	sv_lines_to(&l, 65537);
	assert_int_equal(section(&l, got, len), 0);
	sv_lines_to(&l, 200000);
	assert_int_equal(section(&l, got, len), 0);
	sv_lines_to(&l, 200001);
	assert_int_equal(section(&l, got, len), 100000);
	free(text);
	free(got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_of_cuts),
		cmocka_unit_test(every_number_of_sections),
		cmocka_unit_test(a_read_that_fails_is_passed_on),
		cmocka_unit_test(what_is_long_is_cut_as_well)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
