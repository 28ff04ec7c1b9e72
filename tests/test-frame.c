#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"

/* Where fields stand, from sv-frame(5) and not from frame.c. */
enum {
	AT_VERSION = 4, AT_ELEM = 6, AT_NTEXT = 36, AT_NSCALAR = 40,
	AT_RESERVED = 44, AT_LENGTH = 48, AT_SUM = 72
};

/*
 * A GLOBAL frame made with Python's struct and xxhash from the words of
 * sv-frame(5): text {"k":1}, scalars 1.5 and -2, f32 elements 1, 2 and -0.5.
 */
static const uint8_t golden[116] = {
	0x53, 0x56, 0x46, 0x1a, 0x01, 0x04, 0x02, 0x01,
	0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01,
	0x07, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00,
	0x09, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
	0x0b, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00,
	0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x24, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x15, 0xcd, 0x85, 0x3d, 0xfe, 0x9c, 0x97, 0x17,
	0xc0, 0x0a, 0xbb, 0xc0, 0xcb, 0xc4, 0xca, 0x40,
	0xac, 0xc2, 0x08, 0x4e, 0xe4, 0x07, 0xba, 0x4d,
	0x7b, 0x22, 0x6b, 0x22, 0x3a, 0x31, 0x7d, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf8, 0x3f,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xc0,
	0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0x00, 0x40,
	0x00, 0x00, 0x00, 0xbf
};

static void
put(uint8_t *p, uint64_t v, int bytes)
{

	for (int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

/* Make the header's checksum right again after a field was changed. */
static void
reseal(uint8_t header[SV_FRAME_HEADER])
{

	put(header + AT_SUM, sv_frame_sum(header, AT_SUM), 8);
}

/* The golden frame, payload and all, as decode and check would see it. */
static void
golden_frame(struct sv_frame *f)
{

	assert_null(sv_frame_decode(f, golden));
	assert_int_equal(f->length, sizeof(golden) - SV_FRAME_HEADER);
	f->payload = malloc(f->length);
	assert_non_null(f->payload);
	memcpy(f->payload, golden + SV_FRAME_HEADER, f->length);
}

static void
decodes_what_the_format_says(void **state)
{
	struct sv_frame f;
	const double scalars[2] = { 1.5, -2 };
	const float elems[3] = { 1, 2, -0.5f };

	(void)state;
	golden_frame(&f);
	assert_null(sv_frame_check(&f));
	assert_int_equal(f.type, SV_GLOBAL);
	assert_int_equal(f.elem, SV_F32);
	assert_int_equal(f.op, SV_OP_STEP);
	assert_true(f.job == 0x0123456789abcdef);
	assert_int_equal(f.shard, 7);
	assert_int_equal(f.generation, 2);
	assert_int_equal(f.round, 9);
	assert_int_equal(f.count, 16);
	assert_int_equal(f.seq, 11);
	assert_true(f.time == 1700000000123456789);
	assert_int_equal(f.ntext, 7);
	assert_memory_equal(sv_frame_text(&f), "{\"k\":1}", 7);
	assert_int_equal(f.nscalar, 2);
	assert_memory_equal(sv_frame_scalars(&f), scalars, sizeof(scalars));
	assert_int_equal(sv_frame_nelem(&f), 3);
	assert_memory_equal(sv_frame_elems(&f), elems, sizeof(elems));
	sv_frame_fini(&f);
}

static void
encodes_what_the_format_says(void **state)
{
	struct sv_frame f;
	uint8_t header[SV_FRAME_HEADER];

	(void)state;
	assert_int_equal(sv_frame_make(&f, SV_GLOBAL, "{\"k\":1}", 2, SV_F32, 3),
	    0);
	sv_frame_scalars(&f)[0] = 1.5;
	sv_frame_scalars(&f)[1] = -2;
	((float *)sv_frame_elems(&f))[0] = 1;
	((float *)sv_frame_elems(&f))[1] = 2;
	((float *)sv_frame_elems(&f))[2] = -0.5f;
	f.op = SV_OP_STEP;
	f.job = 0x0123456789abcdef;
	f.shard = 7;
	f.generation = 2;
	f.round = 9;
	f.count = 16;
	f.seq = 11;
	sv_frame_seal(&f);
	f.time = 1700000000123456789;
	sv_frame_encode(&f, header);
	assert_memory_equal(header, golden, SV_FRAME_HEADER);
	assert_memory_equal(f.payload, golden + SV_FRAME_HEADER, f.length);
	sv_frame_fini(&f);
}

static void
fields_keep_their_extremes(void **state)
{
	struct sv_frame f, g;
	uint8_t header[SV_FRAME_HEADER];

	(void)state;
	assert_int_equal(sv_frame_make(&f, SV_UPDATE, NULL, 0, SV_F64, 0), 0);
	f.job = UINT64_MAX;
	f.shard = SV_FRAME_NOSHARD;
	f.generation = f.round = f.seq = f.count = UINT32_MAX;
	f.type = 255;
	f.op = 255;
	sv_frame_seal(&f);
	f.time = INT64_MIN;
	sv_frame_encode(&f, header);
	assert_null(sv_frame_decode(&g, header));
	assert_null(sv_frame_check(&g));
	assert_memory_equal(&f, &g, sizeof(f));
}

static void
every_flipped_header_bit_is_noticed(void **state)
{
	struct sv_frame f;
	uint8_t header[SV_FRAME_HEADER];

	(void)state;
	for (unsigned bit = 0; bit < SV_FRAME_HEADER * 8; bit++) {
		memcpy(header, golden, sizeof(header));
		header[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		assert_non_null(sv_frame_decode(&f, header));
	}
}

static void
every_flipped_payload_bit_is_noticed(void **state)
{
	struct sv_frame f;

	(void)state;
	golden_frame(&f);
	for (uint64_t bit = 0; bit < f.length * 8; bit++) {
		f.payload[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		assert_non_null(sv_frame_check(&f));
		f.payload[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
	assert_null(sv_frame_check(&f));
	sv_frame_fini(&f);
}

/* A header whose checksum is right may still lie about lengths. */
static void
lying_lengths_are_refused(void **state)
{
	static const struct {
		int at, bytes;
		uint64_t value;
		const char *why;
	} lies[] = {
		{ AT_ELEM, 1, SV_F64, "whole number of elements" },
		{ AT_NTEXT, 4, 37, "longer than the payload" },
		{ AT_NTEXT, 4, UINT32_MAX, "longer than the payload" },
		{ AT_NTEXT, 4, UINT32_MAX - 6, "longer than the payload" },
		{ AT_NSCALAR, 4, 4, "longer than the payload" },
		{ AT_NSCALAR, 4, UINT32_MAX, "longer than the payload" },
		{ AT_LENGTH, 8, 0, "longer than the payload" },
		{ AT_LENGTH, 8, 23, "longer than the payload" },
		{ AT_LENGTH, 8, 25, "whole number of elements" },
		{ AT_LENGTH, 8, SV_FRAME_MAXLEN + 4, "beyond the limit" },
		{ AT_LENGTH, 8, UINT64_MAX, "beyond the limit" },
		{ AT_LENGTH, 8, UINT64_MAX - 3, "beyond the limit" },
		{ AT_ELEM, 1, 3, "element type" },
		{ AT_ELEM, 1, 255, "element type" },
		{ AT_RESERVED, 4, 1, "reserved" },
		{ AT_RESERVED, 4, UINT32_MAX, "reserved" },
		{ AT_VERSION, 1, 0, "version" },
		{ AT_VERSION, 1, 2, "version" },
		{ 0, 1, 'T', "magic" }
	};
	struct sv_frame f;
	uint8_t header[SV_FRAME_HEADER];
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		memcpy(header, golden, sizeof(header));
		put(header + lies[i].at, lies[i].value, lies[i].bytes);
		reseal(header);
		why = sv_frame_decode(&f, header);
		assert_non_null(why);
		if (strstr(why, lies[i].why) == NULL)
			fail_msg("lie %zu: \"%s\"", i, why);
		assert_null(f.payload);
	}
}

/* Both sections as long as they can be: no sum may overflow. */
static void
longest_sections_fit_together(void **state)
{
	struct sv_frame f;
	uint8_t header[SV_FRAME_HEADER];
	uint64_t length = (uint64_t)1 << 32;

	(void)state;
	length += (uint64_t)UINT32_MAX * 8;
	memcpy(header, golden, sizeof(header));
	put(header + AT_NTEXT, UINT32_MAX, 4);
	put(header + AT_NSCALAR, UINT32_MAX, 4);
	put(header + AT_LENGTH, length, 8);
	reseal(header);
	assert_null(sv_frame_decode(&f, header));
	assert_int_equal(sv_frame_nelem(&f), 0);
	put(header + AT_LENGTH, length - 1, 8);
	reseal(header);
	assert_non_null(sv_frame_decode(&f, header));
}

static void
makes_room_that_is_zero_and_aligned(void **state)
{
	struct sv_frame f;
	char text[40] = "";

	(void)state;
	for (uint32_t n = 0; n < sizeof(text); n++) {
		assert_int_equal(sv_frame_make(&f, SV_EVENT, text, 3, SV_F64, 5),
		    0);
		assert_int_equal(f.ntext, n);
		assert_int_equal(f.shard, SV_FRAME_NOSHARD);
		assert_int_equal(f.count, 1);
		assert_int_equal(sv_frame_nelem(&f), 5);
		assert_int_equal(f.length % 8, 0);
		assert_int_equal((uintptr_t)sv_frame_scalars(&f) % 8, 0);
		assert_int_equal((uintptr_t)sv_frame_elems(&f) % 8, 0);
		for (uint64_t i = n; i < f.length; i++)
			assert_int_equal(f.payload[i], 0);
		sv_frame_fini(&f);
		assert_null(f.payload);
		sv_frame_fini(&f);
		text[n] = 'x';
		if (n + 1 < sizeof(text))
			text[n + 1] = '\0';
		else
			break;
	}
}

static void
makes_nothing_of_nonsense(void **state)
{
	struct sv_frame f;

	(void)state;
	errno = 0;
	assert_int_equal(sv_frame_make(&f, SV_EVENT, NULL, 0, SV_F64,
	    UINT64_MAX / 8), -1);
	assert_int_equal(errno, EOVERFLOW);
	assert_int_equal(sv_frame_make(&f, SV_EVENT, NULL, 0, (enum sv_elem)3,
	    1), -1);
	assert_int_equal(sv_frame_make(&f, SV_EVENT, NULL, 0, SV_BYTES, 0), 0);
	assert_null(f.payload);
	assert_int_equal(f.length, 0);
	sv_frame_seal(&f);
	assert_null(sv_frame_check(&f));
}

static void
types_have_names(void **state)
{

	(void)state;
	for (unsigned t = SV_PROBLEM; t <= SV_CHECKPOINT; t++) {
		assert_string_not_equal(sv_frame_type_name(t), "unknown");
		assert_int_equal(sv_frame_type_parse(sv_frame_type_name(t)), t);
	}
	assert_string_equal(sv_frame_type_name(0), "unknown");
	assert_string_equal(sv_frame_type_name(SV_CHECKPOINT + 1), "unknown");
	assert_string_equal(sv_frame_type_name(255), "unknown");
	assert_int_equal(sv_frame_type_parse("unknown"), 0);
	assert_int_equal(sv_frame_type_parse(""), 0);
	assert_int_equal(sv_frame_type_parse("globals"), 0);
	assert_string_equal(sv_frame_op_name(SV_OP_TERM), "term");
	assert_string_equal(sv_frame_op_name(255), "unknown");
	assert_int_equal(sv_frame_elem_size(SV_F32), 4);
	assert_int_equal(sv_frame_elem_size(3), 0);
}

/* One number of ${n}, at ${at}, is none; or (at == n) all of them are numbers. */
static void
sum_f64(uint8_t *room, size_t n, size_t at, uint64_t bits, size_t skew)
{
	uint8_t *p = room + skew;
	double x;
	int finite = 7;

	for (size_t i = 0; i < n; i++) {
		x = (i % 2 == 0 ? 1.7976931348623157e308 : -1e-310) /
		    (double)(i + 1);
		memcpy(p + i * sizeof(x), i == at ? (void *)&bits : (void *)&x,
		    sizeof(x));
	}
	assert_true(sv_frame_sum_f64(p, n, &finite) ==
	    sv_frame_sum(p, n * sizeof(x)));
	assert_int_equal(finite, at == n);
}

static void
sums_of_numbers_say_whether_they_are_some(void **state)
{
	static const uint64_t bad[] = { 0x7ff0000000000000u,
	    0xfff0000000000000u, 0x7ff8000000000000u, 0x7ff0000000000001u,
	    UINT64_MAX };
	/* Around what is looked at in one piece. */
	static const size_t n[] = { 0, 1, 2, 7, 100, 32767, 32768, 32769, 65535,
	    65536, 65537, 100001 };
	uint8_t *room = malloc(100001 * sizeof(double) + 8);

	(void)state;
	assert_non_null(room);
	for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++) {
		sum_f64(room, n[i], n[i], 0, i % 8);
		for (size_t k = 0; n[i] > 0 && k < sizeof(bad) / sizeof(bad[0]);
		    k++) {
			sum_f64(room, n[i], 0, bad[k], k);
			sum_f64(room, n[i], n[i] / 2, bad[k], 7 - k);
			sum_f64(room, n[i], n[i] - 1, bad[k], 0);
		}
	}
	free(room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_what_the_format_says),
		cmocka_unit_test(encodes_what_the_format_says),
		cmocka_unit_test(fields_keep_their_extremes),
		cmocka_unit_test(every_flipped_header_bit_is_noticed),
		cmocka_unit_test(every_flipped_payload_bit_is_noticed),
		cmocka_unit_test(lying_lengths_are_refused),
		cmocka_unit_test(longest_sections_fit_together),
		cmocka_unit_test(makes_room_that_is_zero_and_aligned),
		cmocka_unit_test(makes_nothing_of_nonsense),
		cmocka_unit_test(types_have_names),
		cmocka_unit_test(sums_of_numbers_say_whether_they_are_some)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
