#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>

#include "unpack.h"

#define MAXFILE ((size_t)1 << 16)

/* A file, packed, and what is in it. */
struct packed {
	char bytes[MAXFILE];
	size_t len;
};

static const char first[] = "+1 1:0.5 3:2\n-1 2:1\n", second[] = "2 1:7";

/* Make ${p} of both texts, or the first one alone, by libarchive. */
static void
pack(struct packed *p, int filter, int format)
{
	static const char *const names[] = { "dir/", "dir/a", "b" };
	static const char *const texts[] = { "", first, second };
	struct archive *a = archive_write_new();
	struct archive_entry *e;
	int alone = format == ARCHIVE_FORMAT_RAW;

	assert_non_null(a);
	assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
	assert_int_equal(archive_write_set_format(a, format), ARCHIVE_OK);
	assert_int_equal(archive_write_set_bytes_in_last_block(a, 1),
	    ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(a, p->bytes, MAXFILE,
	    &p->len), ARCHIVE_OK);
	for (int i = alone; i < (alone ? 2 : 3); i++) {
		size_t len = strlen(texts[i]);

		assert_non_null(e = archive_entry_new());
		archive_entry_set_pathname(e, names[i]);
		archive_entry_set_filetype(e, i == 0 ? AE_IFDIR : AE_IFREG);
		archive_entry_set_perm(e, 0644);
		archive_entry_set_size(e, (la_int64_t)len);
		assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
		assert_int_equal(archive_write_data(a, texts[i], len), len);
		archive_entry_free(e);
	}
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
}

/* All that came of a file: a line "[name]" before each text, and of errors. */
struct result {
	int rc;
	char text[4096];
	char err[512];
};

static void
drain(struct sv_unpack *u, struct result *r)
{
	struct sv_bytes in;
	size_t len = 0;
	ssize_t n;

	while ((r->rc = sv_unpack_next(u, &in)) == 1) {
		len += (size_t)snprintf(r->text + len, 300, "[%s]",
		    sv_unpack_name(u));
		do {
			n = sv_bytes_read(&in, r->text + len, 7);
			len += n > 0 ? (size_t)n : 0;
			assert_true(len < sizeof(r->text) - 300);
		} while (n > 0);
		if (n == -1) {
			snprintf(r->err, sizeof(r->err), "%s: %s",
			    sv_unpack_name(u), sv_bytes_why(&in));
			r->rc = -1;
			break;
		}
	}
	r->text[len] = '\0';
}

/* Unpack ${len} bytes, the first ${fed} of them read before; by a pipe or not. */
static void
unpack_fed(struct result *r, const char *bytes, size_t len, size_t fed,
    int by_pipe)
{
	FILE *file = tmpfile(), *err = tmpfile();
	int fd = -1, p[2], saved = dup(STDERR_FILENO);
	char begin[4096];
	struct sv_unpack *u;

	assert_non_null(file);
	assert_non_null(err);
	memset(r, 0, sizeof(*r));
	if (by_pipe) {
		assert_int_equal(pipe(p), 0);
		assert_int_equal(write(p[1], bytes, len), len);
		close(p[1]);
		fd = p[0];
	} else {
		assert_int_equal(fwrite(bytes, 1, len, file), len);
		rewind(file);
		fd = fileno(file);
	}
	assert_int_equal(read(fd, begin, fed), fed);
	dup2(fileno(err), STDERR_FILENO);
	assert_non_null(u = sv_unpack_new(fd, "f", begin, fed));
	drain(u, r);
	if (r->rc == 0)
		assert_int_equal(sv_unpack_done(u), len);
	sv_unpack_free(u);
	dup2(saved, STDERR_FILENO);
	close(saved);
	if (r->err[0] == '\0')
		pread(fileno(err), r->err, sizeof(r->err) - 1, 0);
	fclose(err);
	fclose(file);
	if (by_pipe)
		close(fd);
}

static void
unpack(struct result *r, const char *bytes, size_t len)
{

	unpack_fed(r, bytes, len, 0, 0);
}

static const struct {
	int filter, format;
	int one;	/* a text, and not an archive */
} kinds[] = {
	{ ARCHIVE_FILTER_GZIP, ARCHIVE_FORMAT_RAW, 1 },
	{ ARCHIVE_FILTER_BZIP2, ARCHIVE_FORMAT_RAW, 1 },
	{ ARCHIVE_FILTER_XZ, ARCHIVE_FORMAT_RAW, 1 },
	{ ARCHIVE_FILTER_ZSTD, ARCHIVE_FORMAT_RAW, 1 },
	{ ARCHIVE_FILTER_LZ4, ARCHIVE_FORMAT_RAW, 1 },
	{ ARCHIVE_FILTER_NONE, ARCHIVE_FORMAT_TAR_USTAR, 0 },
	{ ARCHIVE_FILTER_NONE, ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, 0 },
	{ ARCHIVE_FILTER_NONE, ARCHIVE_FORMAT_TAR_GNUTAR, 0 },
	{ ARCHIVE_FILTER_NONE, ARCHIVE_FORMAT_ZIP, 0 },
	{ ARCHIVE_FILTER_GZIP, ARCHIVE_FORMAT_TAR_USTAR, 0 },
	{ ARCHIVE_FILTER_XZ, ARCHIVE_FORMAT_ZIP, 0 }
};
#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

static void
each_kind_is_unpacked(void **state)
{
	struct packed p;
	struct result r;
	char want[200];

	(void)state;
	for (size_t i = 0; i < NKINDS; i++) {
		pack(&p, kinds[i].filter, kinds[i].format);
		snprintf(want, sizeof(want), kinds[i].one ? "[f]%s" :
		    "[f: dir/a]%s[f: b]%s", first, second);
		for (size_t fed = 0; fed <= 20; fed += 5) {
			for (int by_pipe = 0; by_pipe <= 1; by_pipe++) {
				unpack_fed(&r, p.bytes, p.len, fed, by_pipe);
				if (r.rc != 0)
					fail_msg("%zu: %s", i, r.err);
				assert_string_equal(r.text, want);
				assert_string_equal(r.err, "");
			}
		}
	}
	unpack(&r, first, strlen(first));
	assert_int_equal(r.rc, 0);
	assert_string_equal(r.text, "[f]+1 1:0.5 3:2\n-1 2:1\n");
	unpack(&r, "", 0);
	assert_int_equal(r.rc, 0);
	assert_string_equal(r.text, "[f]");
}

/* Wherever it is cut off behind what tells its kind, that is said. */
static void
what_is_cut_off_is_an_error(void **state)
{
	struct packed p;
	struct result r;

	(void)state;
	for (size_t i = 0; i < NKINDS; i++) {
		size_t from = kinds[i].filter == ARCHIVE_FILTER_NONE &&
		    kinds[i].format != ARCHIVE_FORMAT_ZIP ? 512 : 6;

		pack(&p, kinds[i].filter, kinds[i].format);
		/* A tar is at its end with its mark, or one half of it. */
		if (from == 512)
			p.len -= 1024 - 511;
		for (size_t len = from; len < p.len; len++) {
			unpack_fed(&r, p.bytes, len, 0, (int)(len % 2));
			if (r.rc != -1 || strstr(r.err, "cut off") == NULL)
				fail_msg("%zu: %zu bytes of %zu: %d %s", i,
				    len, p.len, r.rc, r.err);
		}
	}
}

/* Any bit that is wrong is found, or does not matter. */
static void
what_is_damaged_is_an_error(void **state)
{
	struct packed p;
	struct result r;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		pack(&p, kinds[i].filter, kinds[i].format);
		for (size_t at = 10; at < p.len; at++) {
			p.bytes[at] ^= (char)(1 << at % 8);
			unpack(&r, p.bytes, p.len);
			if (r.rc != -1 && strcmp(r.text + 3, first) != 0)
				fail_msg("%zu: byte %zu: %s", i, at, r.text);
			p.bytes[at] ^= (char)(1 << at % 8);
		}
	}
}

static void
streams_one_after_the_other_are_one_text(void **state)
{
	struct packed p;
	struct result r;
	char want[200];

	(void)state;
	snprintf(want, sizeof(want), "[f]%s%s", first, first);
	for (size_t i = 0; i < 5; i++) {
		pack(&p, kinds[i].filter, kinds[i].format);
		memcpy(p.bytes + p.len, p.bytes, p.len);
		unpack(&r, p.bytes, 2 * p.len);
		assert_string_equal(r.err, "");
		assert_string_equal(r.text, want);
		/* But nothing else may follow. */
		memcpy(p.bytes + p.len, "1 1:1\n", 6);
		unpack(&r, p.bytes, p.len + 6);
		assert_int_equal(r.rc, -1);
		assert_non_null(strstr(r.err, "cannot be unpacked"));
	}
}

static void
members_may_be_packed_again_but_not_archives(void **state)
{
	struct packed inner, outer;
	struct archive_entry *e;
	struct archive *a;
	struct result r;

	(void)state;
	for (size_t i = 0; i < NKINDS; i++) {
		pack(&inner, kinds[i].filter, kinds[i].format);
		assert_non_null(a = archive_write_new());
		archive_write_set_format_ustar(a);
		archive_write_open_memory(a, outer.bytes, MAXFILE, &outer.len);
		assert_non_null(e = archive_entry_new());
		archive_entry_set_pathname(e, "x\ny");
		archive_entry_set_filetype(e, AE_IFREG);
		archive_entry_set_size(e, (la_int64_t)inner.len);
		archive_write_header(a, e);
		archive_write_data(a, inner.bytes, inner.len);
		archive_entry_free(e);
		assert_int_equal(archive_write_close(a), ARCHIVE_OK);
		archive_write_free(a);
		unpack(&r, outer.bytes, outer.len);
		if (kinds[i].one) {
			assert_int_equal(r.rc, 0);
			assert_string_equal(r.text,
			    "[f: x?y]+1 1:0.5 3:2\n-1 2:1\n");
			continue;
		}
		assert_int_equal(r.rc, -1);
		assert_string_equal(r.err, "sv: f: x?y: an archive in an"
		    " archive: unpack it first\n");
	}
}

static void
what_is_known_and_no_text_is_named(void **state)
{
	static const char *const known[][2] = {
		{ "PAR1\x15 ", "f: this is Parquet and not text: write it as"
		    " CSV first" },
		{ "7z\xbc\xaf\x27\x1c...", "f: this is 7-Zip and not text:"
		    " unpack it first" },
		{ "%PDF-1.4", "f: this is PDF and not text: write it as CSV"
		    " first" },
		{ "\xff\xfe" "1", "f: this is UTF-16: convert it first, as with"
		    " iconv -f UTF-16 -t UTF-8" }
	};
	struct result r;
	char want[200];

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		unpack(&r, known[i][0], strlen(known[i][0]));
		assert_int_equal(r.rc, -1);
		snprintf(want, sizeof(want), "sv: %s\n", known[i][1]);
		assert_string_equal(r.err, want);
	}
}

static void
a_read_that_fails_is_an_error(void **state)
{
	struct sv_unpack *u = sv_unpack_new(-1, "f", NULL, 0);
	struct sv_bytes in;
	FILE *err = tmpfile();
	char text[100] = "";
	int saved = dup(STDERR_FILENO);

	(void)state;
	assert_non_null(u);
	assert_non_null(err);
	dup2(fileno(err), STDERR_FILENO);
	assert_int_equal(sv_unpack_next(u, &in), -1);
	dup2(saved, STDERR_FILENO);
	close(saved);
	pread(fileno(err), text, sizeof(text) - 1, 0);
	assert_string_equal(text, "sv: f: Bad file descriptor\n");
	sv_unpack_free(u);
	sv_unpack_free(NULL);
	fclose(err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_unpacked),
		cmocka_unit_test(what_is_cut_off_is_an_error),
		cmocka_unit_test(what_is_damaged_is_an_error),
		cmocka_unit_test(streams_one_after_the_other_are_one_text),
		cmocka_unit_test(members_may_be_packed_again_but_not_archives),
		cmocka_unit_test(what_is_known_and_no_text_is_named),
		cmocka_unit_test(a_read_that_fails_is_an_error)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
