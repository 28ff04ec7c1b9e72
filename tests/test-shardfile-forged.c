#include "config.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include <cmocka.h>

#include "shardfile.h"
#include "shardfile_code.h"
#include "shards.h"

/*
 * Frames in encoding 3 whose checksums are right and whose content is not.
 */

#define YES ",\"weighted\":true"

/* A section: its code and its bytes. */
struct part {
	unsigned code;
	const void *bytes;
	size_t n;
};

static const int8_t signs[] = { 1, -1 };
static const uint8_t twos[] = { 2, 2 }, digits[] = { 1, 2, 3, 4 },
    gaps[] = { 1, 0, 3, 0 };
static const double one = 1;

/* Rows of columns 1, 2 and 3, 4, of 5, to be spoiled. */
static const struct part good[SV_SS_N] = {
	{ SV_SC_I8, signs, 2 }, { SV_SC_NONE, NULL, 0 },
	{ SV_SC_U8, digits, 4 }, { SV_SC_U8, twos, 2 }, { SV_SC_U8, gaps, 4 }
};

/* A frame of these sections. */
static struct sv_frame
forge(const struct part *part)
{
	struct sv_frame f;
	size_t size = 0;
	double *x;
	char *p;

	for (int i = 0; i < SV_SS_N; i++)
		size += (part[i].n + 7) / 8 * 8;
	assert_int_equal(sv_frame_make(&f, SV_DATA, NULL, SV_SF_ALL, SV_BYTES,
	    size), 0);
	f.shard = 2;
	f.round = 1;
	x = sv_frame_scalars(&f);
	x[SV_SF_ENCODING] = SV_SF_COMPACT;
	x[SV_SF_ROWS] = 2;
	x[SV_SF_NNZ] = 4;
	p = sv_frame_elems(&f);
	for (int i = 0; i < SV_SS_N; i++) {
		x[SV_SF_LABELS + i] = part[i].code;
		if (part[i].n > 0)
			memcpy(p, part[i].bytes, part[i].n);
		p += (part[i].n + 7) / 8 * 8;
	}
	return (f);
}

/* The good frame with another section. */
static struct sv_frame
forge_with(unsigned section, unsigned code, const void *bytes, size_t n)
{
	struct part part[SV_SS_N];

	memcpy(part, good, sizeof(good));
	part[section] = (struct part){ code, bytes, n };
	return (forge(part));
}

/* The same frame with its elements packed, as ${n} bytes at ${p}. */
static struct sv_frame
pack_as(struct sv_frame *f, const void *p, size_t n)
{
	struct sv_frame packed;

	assert_int_equal(sv_frame_make(&packed, SV_DATA, NULL, SV_SF_ALL,
	    SV_BYTES, n), 0);
	packed.shard = 2;
	packed.round = 1;
	memcpy(sv_frame_scalars(&packed), sv_frame_scalars(f),
	    SV_SF_ALL * sizeof(double));
	sv_frame_scalars(&packed)[SV_SF_ZSTD] = 1;
	memcpy(sv_frame_elems(&packed), p, n);
	sv_frame_fini(f);
	return (packed);
}

static struct sv_frame
pack(struct sv_frame *f)
{
	char room[1000];
	size_t n;

	n = ZSTD_compress(room, sizeof(room), sv_frame_elems(f),
	    sv_frame_nelem(f), 1);
	assert_false(ZSTD_isError(n));
	return (pack_as(f, room, n));
}

static void
good_frames_are_read(void **state)
{
	static const uint32_t columns[] = { 1, 2, 3, 4 };
	static const double dense[] = { 0, 1, 2, 0, 0, 0, 0, 0, 3, 4 };
	struct sv_matrix A;
	char why[SV_WHY];

	(void)state;
	for (unsigned d = 5; d <= 50; d += 45) {
		for (int packed = 0; packed <= 1; packed++) {
			struct sv_frame f = forge(good);

			if (packed)
				f = pack(&f);
			put_frame(&f, d, NULL, "");
			assert_int_equal(load(&A, why), 0);
			assert_int_equal(A.rows, 2);
			assert_true(A.label[0] > 0 && A.label[1] < 0);
			if (d == 5)
				assert_memory_equal(A.val, dense,
				    sizeof(dense));
			else
				assert_memory_equal(A.col, columns,
				    sizeof(columns));
			assert_int_equal(A.kind, d == 5 ? SV_DENSE : SV_SPARSE);
			sv_matrix_fini(&A);
		}
	}
}

static void
codes_of_other_sections_are_refused(void **state)
{
	/* Which codes each section may have: bits. */
	static const unsigned fine[SV_SS_N] = { 0xde, 0xdf, 0xde, 0x36, 0x36 };
	static const double lies[] = { -1, 0.5, 8, 9, 1e300, NAN, INFINITY };
	struct sv_frame f;

	(void)state;
	for (unsigned i = 0; i < SV_SS_N; i++) {
		for (unsigned code = 0; code < SV_SC_N; code++) {
			assert_int_equal(sv_shardfile_valid(i, code),
			    fine[i] >> code & 1);
			if (sv_shardfile_valid(i, code))
				continue;
			f = forge(good);
			sv_frame_scalars(&f)[SV_SF_LABELS + i] = code;
			put_frame(&f, 5, NULL, "");
			check_bad("the encoding of a section is not known");
		}
	}
	for (size_t k = 0; k < sizeof(lies) / sizeof(lies[0]); k++) {
		for (unsigned i = 0; i < SV_SS_N; i++) {
			f = forge(good);
			sv_frame_scalars(&f)[SV_SF_LABELS + i] = lies[k];
			put_frame(&f, 5, NULL, "");
			check_bad("the encoding of a section is not known");
		}
		f = forge(good);
		sv_frame_scalars(&f)[SV_SF_ZSTD] = lies[k];
		put_frame(&f, 5, NULL, "");
		check_bad("how its encoding is packed is not known");
	}
	f = forge(good);
	f.nscalar--;
	put_frame(&f, 5, NULL, "");
	check_bad("it does not say the encoding of its sections");
}

static void
numbers_that_make_no_sense_are_refused(void **state)
{
	static const float floats[][4] = {
		{ 1, NAN, 1, 1 }, { 1, 1, 1, -INFINITY }
	};
	static const double doubles[][4] = {
		{ 1, NAN, 1, 1 }, { INFINITY, 1, 1, 1 }
	};
	static const unsigned sections[] = { SV_SS_LABELS, SV_SS_VALUES };
	struct sv_frame f;

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		const unsigned i = sections[k];
		const char *want = i == SV_SS_LABELS ? "a label is not finite" :
		    "a value is not finite";
		const size_t n = i == SV_SS_LABELS ? 2 : 4;

		for (size_t j = 0; j < 2; j++) {
			const size_t from = k == 0 && j == 1 ? 2 : 0;

			f = forge_with(i, SV_SC_F32, floats[j] + from, n * 4);
			put_frame(&f, 5, NULL, "");
			check_bad(want);
			f = forge_with(i, SV_SC_F64, doubles[j], n * 8);
			put_frame(&f, 5, NULL, "");
			check_bad(want);
			f = forge_with(i, SV_SC_SAME, doubles[j] + (j == 0),
			    8);
			put_frame(&f, 5, NULL, "");
			check_bad(want);
		}
	}
}

static void
weights_that_make_no_sense_are_refused(void **state)
{
	static const int8_t below[] = { 3, -1 };
	static const double odd[][2] = {
		{ -1, 1 }, { NAN, 1 }, { INFINITY, 1 }, { -0x1p-1074, 1 }
	};
	struct sv_frame f;

	(void)state;
	f = forge_with(SV_SS_WEIGHTS, SV_SC_U8, twos, 2);
	put_frame(&f, 5, NULL, "");
	check_bad("the head does not say so");
	f = forge(good);
	put_frame(&f, 5, NULL, YES);
	check_bad("its rows have no weights");
	f = forge_with(SV_SS_WEIGHTS, SV_SC_I8, below, 2);
	put_frame(&f, 5, NULL, YES);
	check_bad("a weight is negative or not finite");
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		f = forge_with(SV_SS_WEIGHTS, SV_SC_SAME, odd[i], 8);
		put_frame(&f, 5, NULL, YES);
		check_bad("a weight is negative or not finite");
		f = forge_with(SV_SS_WEIGHTS, SV_SC_F64, odd[i], 16);
		put_frame(&f, 5, NULL, YES);
		check_bad("a weight is negative or not finite");
	}
}

static void
lengths_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		unsigned code;
		uint32_t n[2];
		const char *want;
	} bad[] = {
		{ SV_SC_U8, { 2, 3 }, "too many" },
		{ SV_SC_U8, { 1, 2 }, "too few" },
		{ SV_SC_U16, { 65535, 65535 }, "too many" },
		{ SV_SC_U32, { UINT32_MAX, 5 }, "too many" },
		{ SV_SC_U32, { 0, 0 }, "too few" }
	};
	static const double same[] = { 0.5, -2, NAN, INFINITY, 4294967296.0 };
	struct sv_frame f;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint8_t p[8];
		size_t width = bad[i].code == SV_SC_U8 ? 1 :
		    bad[i].code == SV_SC_U16 ? 2 : 4;

		memcpy(p, &bad[i].n[0], width);
		memcpy(p + width, &bad[i].n[1], width);
		f = forge_with(SV_SS_LENGTHS, bad[i].code, p, 2 * width);
		put_frame(&f, 5, NULL, "");
		check_bad(bad[i].want);
	}
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		f = forge_with(SV_SS_LENGTHS, SV_SC_SAME, &same[i], 8);
		put_frame(&f, 5, NULL, "");
		check_bad("its rows' lengths make no sense");
	}
	f = forge_with(SV_SS_LENGTHS, SV_SC_SAME, &one, 8);
	put_frame(&f, 5, NULL, "");
	check_bad("too few");
}

static void
columns_beyond_the_last_are_refused(void **state)
{
	static const uint8_t bytes[] = { 1, 0, 4, 0 }, byte[] = { 3, 1, 3, 0 };
	static const uint16_t words[] = { 1, 65535, 3, 0 };
	static const uint32_t longs[] = { 1, 0, UINT32_MAX, UINT32_MAX };
	static const double same[] = { 2, 5, 0.5, -1, NAN, 4294967295.0 };
	struct sv_frame f;

	(void)state;
	f = forge_with(SV_SS_COLUMNS, SV_SC_U8, bytes, 4);
	put_frame(&f, 5, NULL, "");
	check_bad("a column is out of bounds");
	f = forge_with(SV_SS_COLUMNS, SV_SC_U8, byte, 4);
	put_frame(&f, 5, NULL, "");
	check_bad("a column is out of bounds");
	f = forge_with(SV_SS_COLUMNS, SV_SC_U16, words, 8);
	put_frame(&f, 5, NULL, "");
	check_bad("a column is out of bounds");
	f = forge_with(SV_SS_COLUMNS, SV_SC_U32, longs, 16);
	put_frame(&f, 5, NULL, "");
	check_bad("a column is out of bounds");
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		f = forge_with(SV_SS_COLUMNS, SV_SC_SAME, &same[i], 8);
		put_frame(&f, 5, NULL, "");
		check_bad("a column is out of bounds");
	}
}

static void
sizes_that_do_not_fit_are_refused(void **state)
{
	static const double lies[] = {
		-1, 0.5, 1e300, INFINITY, NAN, 9, 0, 131073, 4294967296.0
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		for (int which = SV_SF_ROWS; which <= SV_SF_NNZ; which++) {
			struct sv_frame f = forge(good);

			sv_frame_scalars(&f)[which] = lies[i];
			put_frame(&f, 5, NULL, "");
			check_bad("its size does not fit its counts");
		}
	}
}

/* Two numbers say all: there is a limit to how much that may be. */
static void
much_of_little_is_refused(void **state)
{
	static const struct part same[SV_SS_N] = {
		{ SV_SC_SAME, &one, 8 }, { SV_SC_NONE, NULL, 0 },
		{ SV_SC_SAME, &one, 8 }, { SV_SC_SAME, &one, 8 },
		{ SV_SC_SAME, &one, 8 }
	};
	const double most = SV_SHARDFILE_MOST;
	const double lies[][2] = {
		{ most + 1, most + 1 }, { 2, most + 1 }, { most + 1, 2 },
		{ 1e9, 1e9 }, { 1, 4e9 }
	};
	struct sv_frame f;

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		for (int packed = 0; packed <= 1; packed++) {
			f = forge(same);
			sv_frame_scalars(&f)[SV_SF_ROWS] = lies[i][0];
			sv_frame_scalars(&f)[SV_SF_NNZ] = lies[i][1];
			if (packed)
				f = pack(&f);
			put_frame(&f, 5, NULL, "");
			check_bad("its size does not fit its counts");
		}
	}
	/* The head knows better than the frame. */
	f = forge(same);
	sv_frame_scalars(&f)[SV_SF_ROWS] = 5;
	put_frame(&f, 5, NULL, "");
	check_bad("there are more rows or non-zeros than the head says");
	f = forge(same);
	sv_frame_scalars(&f)[SV_SF_ROWS] = 5;
	f = pack(&f);
	put_frame(&f, 5, NULL, "");
	check_bad("there are more rows or non-zeros than the head says");
}

static void
zstd_that_is_not_what_it_should_be_is_refused(void **state)
{
	static char zeros[1 << 20], room[1 << 10];
	struct sv_frame f;
	size_t n;

	(void)state;
	/* Too little; what it should be; too much, by one byte or a million. */
	for (size_t i = 0; i <= 41; i++) {
		size_t size = i <= 40 ? i : sizeof(zeros);

		n = ZSTD_compress(room, sizeof(room), zeros, size, 1);
		assert_false(ZSTD_isError(n));
		f = forge(good);
		f = pack_as(&f, room, n);
		put_frame(&f, 5, NULL, "");
		check_bad(size < 32 ? "smaller than its counts say" :
		    size > 32 ? "or larger than its counts say" : "too few");
	}
	/* What is no zstd frame, a cut one, nothing. */
	f = forge(good);
	f = pack_as(&f, zeros, 32);
	put_frame(&f, 5, NULL, "");
	check_bad("its zstd frame is damaged");
	f = forge(good);
	n = ZSTD_compress(room, sizeof(room), sv_frame_elems(&f), 32, 1);
	f = pack_as(&f, room, n - 1);
	put_frame(&f, 5, NULL, "");
	check_bad("its zstd frame is damaged");
	f = forge(good);
	f = pack_as(&f, room, 0);
	put_frame(&f, 5, NULL, "");
	check_bad("its zstd frame is ");
}

static void
check_matrix(const struct sv_matrix *A)
{

	assert_int_equal(A->rows, 2);
	assert_true(A->start[1] <= 4 && A->start[2] == 4);
	for (uint64_t l = 0; l < 4; l++)
		assert_true(A->col[l] < 50 && isfinite(A->val[l]) &&
		    (l == 0 || l == A->start[1] || A->col[l - 1] < A->col[l]));
}

/*
 * Whatever a byte of a frame becomes, its checksums made right: an error, or
 * rows that keep the rules.
 */
static void
damage_anywhere_is_an_error_or_rows(void **state)
{
	struct sv_frame f = forge(good), form[2] = { forge(good), pack(&f) };
	unsigned loaded = 0, refused = 0;
	struct sv_matrix A;
	char why[SV_WHY];

	(void)state;
	for (unsigned at = 0; at < SV_SF_ALL * 8 + 32; at++) {
		for (unsigned bit = 0; bit < 16; bit++) {
			f = form[bit / 8];
			if (at >= f.length)
				continue;
			assert_non_null(f.payload = malloc(f.length));
			memcpy(f.payload, form[bit / 8].payload, f.length);
			f.payload[at] ^= (uint8_t)(1 << bit % 8);
			put_frame(&f, 50, NULL, "");
			if (load(&A, why) == -1) {
				refused++;
				continue;
			}
			loaded++;
			check_matrix(&A);
			sv_matrix_fini(&A);
		}
	}
	sv_frame_fini(&form[0]);
	sv_frame_fini(&form[1]);
	assert_true(loaded > 100 && refused > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(good_frames_are_read),
		TEST(codes_of_other_sections_are_refused),
		TEST(numbers_that_make_no_sense_are_refused),
		TEST(weights_that_make_no_sense_are_refused),
		TEST(lengths_that_make_no_sense_are_refused),
		TEST(columns_beyond_the_last_are_refused),
		TEST(sizes_that_do_not_fit_are_refused),
		TEST(much_of_little_is_refused),
		TEST(zstd_that_is_not_what_it_should_be_is_refused),
		TEST(damage_anywhere_is_an_error_or_rows)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
