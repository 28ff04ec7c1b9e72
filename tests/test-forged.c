#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shardfile.h"
#include "shards.h"

/*
 * Shard files whose checksums are right and whose content is not.
 */

/* A frame of two rows with columns 1, 2 and 3, 4, to be spoiled. */
static struct sv_frame
forge(void)
{
	static const uint32_t numbers[] = { 2, 2, 1, 2, 3, 4 };
	struct sv_frame f;
	double *x;

	assert_int_equal(sv_frame_make(&f, SV_DATA, NULL, SV_SF_N, SV_BYTES,
	    72), 0);
	f.shard = 2;
	f.round = 1;
	x = sv_frame_scalars(&f);
	x[SV_SF_ENCODING] = 1;
	x[SV_SF_ROWS] = 2;
	x[SV_SF_NNZ] = 4;
	x = sv_frame_elems(&f);
	for (int i = 0; i < 6; i++)
		x[i] = 1 + i;
	memcpy(x + 6, numbers, sizeof(numbers));
	return (f);
}

/* The same with weights of 0 and 3. */
static struct sv_frame
forge_weighted(void)
{
	struct sv_frame plain = forge(), f;
	double *x, *old = sv_frame_elems(&plain);

	assert_int_equal(sv_frame_make(&f, SV_DATA, NULL, SV_SF_N, SV_BYTES,
	    88), 0);
	f.shard = 2;
	f.round = 1;
	memcpy(sv_frame_scalars(&f), sv_frame_scalars(&plain),
	    SV_SF_N * sizeof(*x));
	sv_frame_scalars(&f)[SV_SF_ENCODING] = 2;
	x = sv_frame_elems(&f);
	memcpy(x, old, 16);
	x[2] = 0;
	x[3] = 3;
	memcpy(x + 4, old + 2, 56);
	sv_frame_fini(&plain);
	return (f);
}

static void
put(struct sv_frame *f, const char *head)
{

	put_frame(f, 5, head, "");
}

static void
forged_weights_are_refused(void **state)
{
	static const double bad[] = { -1, -5e-324, INFINITY, -INFINITY, NAN };
	const char *yes = ",\"weighted\":true";
	char why[SV_WHY];
	struct sv_frame f = forge_weighted();
	struct sv_shardfile *s;
	struct sv_csr A;

	(void)state;
	put_frame(&f, 5, NULL, yes);
	assert_non_null(s = sv_shardfile_open(path, why));
	assert_int_equal(sv_shardfile_next(s, &A, why), 1);
	assert_true(A.weight[0] == 0 && A.weight[1] == 3);
	assert_true(A.label[1] == 2 && A.val[0] == 3 && A.col[3] == 4);
	assert_int_equal(sv_shardfile_next(s, &A, why), 0);
	sv_shardfile_close(s);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (size_t j = 2; j < 4; j++) {
			f = forge_weighted();
			((double *)sv_frame_elems(&f))[j] = bad[i];
			put_frame(&f, 5, NULL, yes);
			check_bad("a weight is negative or not finite");
		}
	}
}

/* The head says what the frames are, and in no other way. */
static void
frames_with_weights_are_told_by_the_head(void **state)
{
	struct sv_frame f;

	(void)state;
	f = forge_weighted();
	put_frame(&f, 5, NULL, "");
	check_bad("its rows have weights, and the head does not say so");
	f = forge_weighted();
	put_frame(&f, 5, NULL, ",\"weighted\":false");
	check_bad("its rows have weights, and the head does not say so");
	f = forge();
	put_frame(&f, 5, NULL, ",\"weighted\":true");
	check_bad("its rows have no weights");
	f = forge();
	put_frame(&f, 5, NULL, ",\"weighted\":1");
	check_bad("the head's \"weighted\" makes no sense");
	f = forge();
	put_frame(&f, 5, NULL, ",\"weighted\":null");
	check_bad("the head's \"weighted\" makes no sense");
	/* Elements of the other encoding. */
	f = forge();
	sv_frame_scalars(&f)[SV_SF_ENCODING] = 2;
	put_frame(&f, 5, NULL, ",\"weighted\":true");
	check_bad("does not fit its counts");
	f = forge_weighted();
	sv_frame_scalars(&f)[SV_SF_ENCODING] = 1;
	put_frame(&f, 5, NULL, "");
	check_bad("does not fit its counts");
	f = forge_weighted();
	sv_frame_scalars(&f)[SV_SF_ENCODING] = 3;
	put_frame(&f, 5, NULL, ",\"weighted\":true");
	check_bad("encoding");
}

static void
forged_frames_are_refused(void **state)
{
	/* Which 4-byte word of the elements becomes what. */
	static const struct {
		size_t at;
		uint32_t value;
		const char *want;
	} bad[] = {
		{ 14, 1, "column" }, { 15, 1, "column" }, { 15, 0, "column" },
		{ 15, 5, "column" }, { 17, UINT32_MAX, "column" },
		{ 12, 3, "too many" }, { 12, 1, "too few" },
		{ 12, 0, "too few" }, { 13, 1, "too few" },
		{ 13, UINT32_MAX, "too many" }, { 12, UINT32_MAX, "too many" },
		{ 1, 0x7ff00000, "a label is not finite" },
		{ 5, 0x7ff80000, "a value is not finite" },
		{ 11, 0xfff00000, "a value is not finite" }
	};
	char why[SV_WHY];
	struct sv_frame f = forge();
	struct sv_matrix A;

	(void)state;
	put(&f, NULL);
	assert_int_equal(load(&A, why), 0);
	sv_matrix_fini(&A);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		f = forge();
		((uint32_t *)sv_frame_elems(&f))[bad[i].at] = bad[i].value;
		/* "1, 1" is not ascending; column 2 then 2 neither. */
		if (bad[i].at == 14)
			((uint32_t *)sv_frame_elems(&f))[15] = 1;
		put(&f, NULL);
		check_bad(bad[i].want);
	}
}

static void
forged_counts_are_refused(void **state)
{
	static const double lies[] = {
		-1, 0.5, 1e300, INFINITY, NAN, 3, 1, 0, 18446744073709551616.0
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		for (int which = SV_SF_ENCODING; which < SV_SF_N; which++) {
			struct sv_frame f = forge();

			if (which == SV_SF_ENCODING && !(lies[i] < 1 ||
			    lies[i] > 1)) {
				sv_frame_fini(&f);
				continue;
			}
			sv_frame_scalars(&f)[which] = lies[i];
			put(&f, NULL);
			check_bad(which == SV_SF_ENCODING ? "encoding" :
			    "does not fit its counts");
		}
	}
}

static void
forged_headers_are_refused(void **state)
{
	struct sv_frame f;

	(void)state;
	f = forge();
	f.shard = 3;
	put(&f, NULL);
	check_bad("does not belong here");
	f = forge();
	f.round = 2;
	put(&f, NULL);
	check_bad("does not belong here");
	f = forge();
	f.type = SV_MODEL;
	put(&f, NULL);
	check_bad("does not belong here");
	f = forge();
	f.elem = SV_F32;
	put(&f, NULL);
	check_bad("has no rows");
	f = forge();
	f.nscalar = 2;
	put(&f, NULL);
	check_bad("has no rows");
}

static void
forged_heads_are_refused(void **state)
{
#define REST ",\"sum\":\"0123456789abcdef\",\"cut\":\"0123456789abcdef\"}"
	static const char *const bad[][2] = {
		{ "", "not JSON" }, { "{}", "shard number" },
		{ "[]", "shard number" },
		{ "{\"shards\":5,\"shard\":5" REST, "shard number" },
		{ "{\"shards\":5,\"shard\":1" REST, "shard number" },
		{ "{\"shards\":5,\"shard\":2,\"d\":0" REST, "features" },
		{ "{\"shards\":5,\"shard\":2,\"d\":4294967296" REST,
		    "features" },
		{ "{\"shards\":5,\"shard\":2,\"d\":5,\"rows\":1000000000000,"
		    "\"nnz\":4,\"frames\":1" REST, "size" },
		{ "{\"shards\":5,\"shard\":2,\"d\":5,\"rows\":2,"
		    "\"nnz\":9223372036854775807,\"frames\":1" REST, "size" },
		{ "{\"shards\":5,\"shard\":2,\"d\":5,\"rows\":2,\"nnz\":4,"
		    "\"frames\":0" REST, "size" },
		{ "{\"shards\":5,\"shard\":2,\"d\":5,\"rows\":2,\"nnz\":4,"
		    "\"frames\":1,\"cut\":\"0123456789abcdef\"}", "sum" },
		{ "{\"shards\":5,\"shard\":2,\"d\":5,\"rows\":2,\"nnz\":4,"
		    "\"frames\":1,\"cut\":\"0123456789ABCDEF\",\"sum\":\"\"}",
		    "cut" },
		{ "{\"shards\":5,\"shard\":2,\"d\":5,\"rows\":2,\"nnz\":4,"
		    "\"frames\":1" REST, "not those" },
		{ "{\"shards\":5,\"shard\":2,\"d\":5,\"rows\":3,\"nnz\":4,"
		    "\"frames\":1" REST, "fewer rows" },
		{ "{\"shards\":5,\"shard\":2,\"d\":5,\"rows\":1,\"nnz\":4,"
		    "\"frames\":1" REST, "more rows" },
		{ "{\"shards\":5,\"shard\":2,\"d\":5,\"rows\":2,\"nnz\":4,"
		    "\"frames\":2" REST, "cut off after 1 of 2 frames" }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sv_frame f = forge();

		put(&f, bad[i][0]);
		check_bad(bad[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(forged_frames_are_refused),
		TEST(forged_weights_are_refused),
		TEST(frames_with_weights_are_told_by_the_head),
		TEST(forged_counts_are_refused),
		TEST(forged_headers_are_refused),
		TEST(forged_heads_are_refused)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
