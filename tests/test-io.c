#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "io.h"
#include "json.h"

/* The linker sends the library's allocations here: see tests/Makefile.am. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

static size_t largest;	/* allocation seen */

void *
__wrap_malloc(size_t size)
{

	largest = size > largest ? size : largest;
	return (__real_malloc(size));
}

void *
__wrap_calloc(size_t n, size_t size)
{

	largest = n * size > largest ? n * size : largest;
	return (__real_calloc(n, size));
}

void *
__wrap_realloc(void *p, size_t size)
{

	largest = size > largest ? size : largest;
	return (__real_realloc(p, size));
}

/* A descriptor from which exactly ${len} bytes can be read, then the end. */
static int
stream_of(const uint8_t *bytes, size_t len)
{
	FILE *fp = tmpfile();
	int fd;

	assert_non_null(fp);
	assert_int_equal(fwrite(bytes, 1, len, fp), len);
	assert_int_equal(fflush(fp), 0);
	fd = dup(fileno(fp));
	fclose(fp);
	assert_true(fd >= 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return (fd);
}

/* Two frames in a row: an event with text, and one of a type from the future. */
#define FIRST 96u
#define BOTH (FIRST + SV_FRAME_HEADER + 56u)

static void
two_frames(uint8_t bytes[BOTH])
{
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, SV_EVENT, "{\"event\":\"x\"}", 0,
	    SV_BYTES, 0), 0);
	sv_frame_seal(&f);
	sv_frame_encode(&f, bytes);
	assert_int_equal(SV_FRAME_HEADER + f.length, FIRST);
	memcpy(bytes + SV_FRAME_HEADER, f.payload, f.length);
	sv_frame_fini(&f);
	assert_int_equal(sv_frame_make(&f, (enum sv_type)200, "who knows", 2,
	    SV_F64, 3), 0);
	f.op = 99;
	sv_frame_scalars(&f)[1] = 3.25;
	((double *)sv_frame_elems(&f))[2] = -7;
	sv_frame_seal(&f);
	sv_frame_encode(&f, bytes + FIRST);
	assert_int_equal(FIRST + SV_FRAME_HEADER + f.length, BOTH);
	memcpy(bytes + FIRST + SV_FRAME_HEADER, f.payload, f.length);
	sv_frame_fini(&f);
}

static struct sv_reader *
quiet_reader(int fd)
{
	struct sv_reader *r = sv_reader_new(fd, "test");

	assert_non_null(r);
	sv_reader_quiet(r);
	return (r);
}

/* Read ${bytes} to its end or first error; how many frames came first? */
static enum sv_io
read_all(const uint8_t *bytes, size_t len, int *frames, char why[160])
{
	int fd = stream_of(bytes, len);
	struct sv_reader *r = quiet_reader(fd);
	struct sv_frame f;
	enum sv_io rc;

	*frames = 0;
	while ((rc = sv_reader_next(r, &f)) == SV_IO_FRAME) {
		(*frames)++;
		sv_frame_fini(&f);
	}
	snprintf(why, 160, "%s", sv_reader_why(r));
	sv_reader_free(r);
	close(fd);
	return (rc);
}

static void
frames_come_back_as_they_were_written(void **state)
{
	uint8_t bytes[BOTH], again[BOTH];
	struct sv_reader *r;
	struct sv_frame f;
	int in, out;
	FILE *fp = tmpfile();

	(void)state;
	assert_non_null(fp);
	out = fileno(fp);
	two_frames(bytes);
	in = stream_of(bytes, sizeof(bytes));
	r = quiet_reader(in);
	assert_int_equal(sv_reader_offset(r), 0);
	assert_int_equal(sv_reader_next(r, &f), SV_IO_FRAME);
	assert_int_equal(f.type, SV_EVENT);
	assert_int_equal(sv_reader_offset(r), FIRST);
	assert_int_equal(sv_frame_write(out, &f), 0);
	sv_frame_fini(&f);
	/* A type that this version does not know is passed on bit for bit. */
	assert_int_equal(sv_reader_next(r, &f), SV_IO_FRAME);
	assert_int_equal(f.type, 200);
	assert_int_equal(f.op, 99);
	assert_int_equal(sv_frame_write(out, &f), 0);
	sv_frame_fini(&f);
	assert_int_equal(sv_reader_next(r, &f), SV_IO_EOF);
	assert_int_equal(sv_reader_next(r, &f), SV_IO_EOF);
	assert_int_equal(pread(out, again, sizeof(again), 0), sizeof(again));
	assert_memory_equal(bytes, again, sizeof(bytes));
	sv_reader_free(r);
	close(in);
	fclose(fp);
}

static void
every_cut_is_noticed(void **state)
{
	uint8_t bytes[BOTH];
	char why[160], want[64];
	int frames;

	(void)state;
	two_frames(bytes);
	for (size_t len = 0; len < BOTH; len++) {
		enum sv_io rc = read_all(bytes, len, &frames, why);

		assert_int_equal(frames, len < FIRST ? 0 : 1);
		if (len == 0 || len == FIRST) {
			assert_int_equal(rc, SV_IO_EOF);
			continue;
		}
		assert_int_equal(rc, SV_IO_ERROR);
		snprintf(want, sizeof(want), "frame at byte %u: ",
		    len < FIRST ? 0 : FIRST);
		assert_memory_equal(why, want, strlen(want));
		assert_non_null(strstr(why, "ends in the middle"));
	}
}

static void
every_flipped_bit_is_noticed(void **state)
{
	uint8_t bytes[BOTH];
	char why[160], want[64];
	int frames;

	(void)state;
	two_frames(bytes);
	for (size_t bit = 0; bit < BOTH * 8; bit++) {
		int first = bit / 8 < FIRST;

		bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		assert_int_equal(read_all(bytes, BOTH, &frames, why),
		    SV_IO_ERROR);
		assert_int_equal(frames, first ? 0 : 1);
		snprintf(want, sizeof(want), "frame at byte %u: ",
		    first ? 0 : FIRST);
		assert_memory_equal(why, want, strlen(want));
		bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
	assert_int_equal(read_all(bytes, BOTH, &frames, why), SV_IO_EOF);
	assert_int_equal(frames, 2);
}

/* Bytes lost or added anywhere, too. */
static void
every_lost_or_added_byte_is_noticed(void **state)
{
	uint8_t bytes[BOTH], bad[BOTH + 1];
	char why[160];
	int frames;

	(void)state;
	two_frames(bytes);
	for (size_t at = 0; at < BOTH; at++) {
		memcpy(bad, bytes, at);
		memcpy(bad + at, bytes + at + 1, BOTH - at - 1);
		assert_int_equal(read_all(bad, BOTH - 1, &frames, why),
		    SV_IO_ERROR);
		memcpy(bad, bytes, at);
		bad[at] = 0x5a;
		memcpy(bad + at + 1, bytes + at, BOTH - at);
		assert_int_equal(read_all(bad, BOTH + 1, &frames, why),
		    SV_IO_ERROR);
	}
}

/* A header may be right in itself and promise a terabyte. */
static void
memory_is_not_taken_on_trust(void **state)
{
	static uint8_t bytes[SV_FRAME_HEADER + 3000000];
	struct sv_frame f;
	char why[160];
	int frames;

	(void)state;
	memset(&f, 0, sizeof(f));
	f.type = SV_UPDATE;
	f.elem = SV_F64;
	f.length = SV_FRAME_MAXLEN;
	sv_frame_encode(&f, bytes);
	largest = 0;
	assert_int_equal(read_all(bytes, SV_FRAME_HEADER, &frames, why),
	    SV_IO_ERROR);
	assert_true(largest <= 1u << 20);
	largest = 0;
	assert_int_equal(read_all(bytes, sizeof(bytes), &frames, why),
	    SV_IO_ERROR);
	assert_true(largest >= 3000000 && largest <= 2 * 3000000);
}

static void
nothing_beyond_the_frame_is_read(void **state)
{
	uint8_t bytes[BOTH];
	struct sv_reader *r;
	struct sv_frame f;
	int fd;

	(void)state;
	two_frames(bytes);
	fd = stream_of(bytes, sizeof(bytes));
	r = quiet_reader(fd);
	assert_int_equal(sv_reader_next(r, &f), SV_IO_FRAME);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), FIRST);
	sv_frame_fini(&f);
	sv_reader_free(r);
	close(fd);
}

static void
a_pipe_may_bring_one_byte_at_a_time(void **state)
{
	uint8_t bytes[BOTH];
	struct sv_reader *r;
	struct sv_frame f;
	int fds[2], frames = 0;
	enum sv_io rc;

	(void)state;
	two_frames(bytes);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	r = quiet_reader(fds[0]);
	assert_int_equal(sv_reader_next(r, &f), SV_IO_AGAIN);
	for (size_t i = 0; i < BOTH; i++) {
		assert_int_equal(write(fds[1], bytes + i, 1), 1);
		rc = sv_reader_next(r, &f);
		if (i + 1 == FIRST || i + 1 == BOTH) {
			assert_int_equal(rc, SV_IO_FRAME);
			sv_frame_fini(&f);
			frames++;
			rc = sv_reader_next(r, &f);
		}
		assert_int_equal(rc, SV_IO_AGAIN);
	}
	assert_int_equal(frames, 2);
	close(fds[1]);
	assert_int_equal(sv_reader_next(r, &f), SV_IO_EOF);
	sv_reader_free(r);
	close(fds[0]);
}

/* Larger than a pipe's buffer, and than the first allocation. */
static void
a_large_frame_passes_a_pipe(void **state)
{
	const uint64_t n = 500000;
	struct sv_reader *r;
	struct sv_frame f;
	int fds[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_true((pid = fork()) >= 0);
	if (pid == 0) {
		close(fds[0]);
		if (sv_frame_make(&f, SV_GLOBAL, "{}", 1, SV_F64, n) == -1)
			_exit(1);
		for (uint64_t i = 0; i < n; i++)
			((double *)sv_frame_elems(&f))[i] = (double)i;
		_exit(sv_frame_send(fds[1], &f) == -1 ? 1 : 0);
	}
	close(fds[1]);
	r = quiet_reader(fds[0]);
	assert_int_equal(sv_reader_next(r, &f), SV_IO_FRAME);
	assert_int_equal(sv_frame_nelem(&f), n);
	for (uint64_t i = 0; i < n; i++)
		assert_true(((double *)sv_frame_elems(&f))[i] == (double)i);
	sv_frame_fini(&f);
	assert_int_equal(sv_reader_next(r, &f), SV_IO_EOF);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	sv_reader_free(r);
	close(fds[0]);
}

static void
a_reader_may_go_in_mid_frame(void **state)
{
	uint8_t bytes[BOTH];
	struct sv_reader *r;
	struct sv_frame f;
	int fds[2];

	(void)state;
	two_frames(bytes);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	r = quiet_reader(fds[0]);
	assert_int_equal(write(fds[1], bytes, FIRST - 3), FIRST - 3);
	assert_int_equal(sv_reader_next(r, &f), SV_IO_AGAIN);
	sv_reader_free(r);	/* a leak would be found by --enable-asan */
	sv_reader_free(NULL);
	close(fds[0]);
	close(fds[1]);
}

static void
a_failed_read_is_an_error(void **state)
{
	struct sv_reader *r;
	struct sv_frame f;
	int fd = open("/", O_RDONLY);

	(void)state;
	assert_true(fd >= 0);
	r = quiet_reader(fd);
	assert_int_equal(sv_reader_next(r, &f), SV_IO_ERROR);
	assert_non_null(strstr(sv_reader_why(r), strerror(EISDIR)));
	sv_reader_free(r);
	close(fd);
}

static void
a_failed_write_is_an_error(void **state)
{
	struct sv_frame f;
	int fds[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	assert_int_equal(sv_frame_make(&f, SV_MODEL, "{}", 0, SV_F64, 8), 0);
	errno = 0;
	assert_int_equal(sv_frame_send(fds[1], &f), -1);
	assert_int_equal(errno, EPIPE);
	assert_null(f.payload);
	errno = 0;
	assert_int_equal(sv_frame_end(fds[1], 0, "done"), -1);
	assert_int_equal(errno, EPIPE);
	close(fds[1]);
}

static void
the_end_frame_says_how_it_ended(void **state)
{
	FILE *fp = tmpfile();
	struct sv_reader *r;
	struct sv_frame f;
	const char *reason;
	uint64_t status;
	json_t *o;

	(void)state;
	assert_non_null(fp);
	assert_int_equal(sv_frame_end(fileno(fp), 3, "a \"limit\""), 0);
	assert_int_equal(lseek(fileno(fp), 0, SEEK_SET), 0);
	r = quiet_reader(fileno(fp));
	assert_int_equal(sv_reader_next(r, &f), SV_IO_FRAME);
	assert_int_equal(f.type, SV_END);
	assert_non_null(o = sv_json_of(&f));
	assert_int_equal(sv_json_u64(o, "status", 0, 3, &status), 0);
	assert_int_equal(status, 3);
	assert_int_equal(sv_json_string(o, "reason", &reason), 0);
	assert_string_equal(reason, "a \"limit\"");
	json_decref(o);
	sv_frame_fini(&f);
	sv_reader_free(r);
	fclose(fp);
}

/* One line, with the stream's name and the offset; nothing when quiet. */
static void
an_error_is_one_line(void **state)
{
	uint8_t bytes[BOTH];
	struct sv_reader *r;
	struct sv_frame f;
	char said[256];
	FILE *fp = tmpfile();
	int fd, saved;
	ssize_t n;

	(void)state;
	assert_non_null(fp);
	two_frames(bytes);
	bytes[BOTH - 1] ^= 1;
	fd = stream_of(bytes, sizeof(bytes));
	assert_non_null(r = sv_reader_new(fd, "run.svf"));
	assert_int_equal(sv_reader_next(r, &f), SV_IO_FRAME);
	sv_frame_fini(&f);
	fflush(stderr);
	saved = dup(STDERR_FILENO);
	dup2(fileno(fp), STDERR_FILENO);
	assert_int_equal(sv_reader_next(r, &f), SV_IO_ERROR);
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = pread(fileno(fp), said, sizeof(said) - 1, 0);
	assert_true(n > 0);
	said[n] = '\0';
	assert_string_equal(said,
	    "sv: run.svf: frame at byte 96: payload checksum is wrong\n");
	sv_reader_free(r);
	close(fd);
	fclose(fp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_back_as_they_were_written),
		cmocka_unit_test(every_cut_is_noticed),
		cmocka_unit_test(every_flipped_bit_is_noticed),
		cmocka_unit_test(every_lost_or_added_byte_is_noticed),
		cmocka_unit_test(memory_is_not_taken_on_trust),
		cmocka_unit_test(nothing_beyond_the_frame_is_read),
		cmocka_unit_test(a_pipe_may_bring_one_byte_at_a_time),
		cmocka_unit_test(a_large_frame_passes_a_pipe),
		cmocka_unit_test(a_reader_may_go_in_mid_frame),
		cmocka_unit_test(a_failed_read_is_an_error),
		cmocka_unit_test(a_failed_write_is_an_error),
		cmocka_unit_test(the_end_frame_says_how_it_ended),
		cmocka_unit_test(an_error_is_one_line)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
