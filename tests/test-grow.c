#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io.h"

#define TEXT "{\"status\":0}"
#define SIZE (SV_FRAME_HEADER + 16u)	/* of a frame with that text */

static void
make_bytes(uint8_t bytes[SIZE])
{
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, SV_END, TEXT, 0, SV_BYTES, 0), 0);
	sv_frame_seal(&f);
	assert_int_equal(SV_FRAME_HEADER + f.length, SIZE);
	sv_frame_encode(&f, bytes);
	memcpy(bytes + SV_FRAME_HEADER, f.payload, f.length);
	sv_frame_fini(&f);
}

/* What is written bit by bit to a file is read bit by bit, to its last end. */
static void
a_file_may_grow(void **state)
{
	uint8_t bytes[2 * SIZE];
	struct sv_reader *r;
	struct sv_frame f;
	FILE *fp = tmpfile();

	(void)state;
	make_bytes(bytes);
	make_bytes(bytes + SIZE);
	assert_non_null(fp);
	assert_non_null(r = sv_reader_new(fileno(fp), "file"));
	sv_reader_quiet(r);
	sv_reader_grows(r, 1);
	assert_int_equal(sv_reader_next(r, &f), SV_IO_EOF);
	for (size_t i = 0; i < 2 * SIZE - 1; i++) {
		assert_int_equal(pwrite(fileno(fp), bytes + i, 1, (off_t)i), 1);
		if (i == SIZE - 1) {
			assert_int_equal(sv_reader_next(r, &f), SV_IO_FRAME);
			assert_int_equal(f.type, SV_END);
			assert_int_equal(f.ntext, strlen(TEXT));
			sv_frame_fini(&f);
			assert_int_equal(sv_reader_next(r, &f), SV_IO_EOF);
		} else
			assert_int_equal(sv_reader_next(r, &f), SV_IO_AGAIN);
	}
	/* Nobody writes any more. */
	sv_reader_grows(r, 0);
	assert_int_equal(sv_reader_next(r, &f), SV_IO_ERROR);
	assert_string_equal(sv_reader_why(r),
	    "frame at byte 96: the stream ends in the middle of it");
	sv_reader_free(r);
	fclose(fp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_may_grow)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
