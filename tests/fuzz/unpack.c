#include "config.h"

#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "unpack.h"
#include "unpack_kind.h"

/*
 * Files that are packed (lib/unpack.c).  What comes of one does not depend on
 * how much of it was read before, nor for what is not a zip on whether the
 * file can seek; and plain text is what it was.
 */

#define MOST ((size_t)1 << 20)	/* bytes of all texts that are looked at */

struct texts {
	int rc;
	unsigned n;
	size_t len;
	char bytes[MOST];
};

static struct texts one, other;

/* Read all texts of ${fd}, of which ${fed} bytes are read first. */
static void
read_texts(struct texts *t, int fd, size_t fed)
{
	char begin[4096];
	struct sv_unpack *u;
	struct sv_bytes in;
	ssize_t n;

	t->n = 0;
	t->len = 0;
	MUST(read(fd, begin, fed) == (ssize_t)fed);
	MUST((u = sv_unpack_new(fd, "fuzz", begin, fed)) != NULL);
	while (t->len < MOST && (t->rc = sv_unpack_next(u, &in)) == 1) {
		t->n++;
		MUST(sv_unpack_name(u)[0] == 'f');
		n = sv_bytes_fill(&in, t->bytes + t->len, MOST - t->len);
		if (n == -1) {
			MUST(sv_bytes_why(&in)[0] != '\0');
			t->rc = -1;
			break;
		}
		t->len += (size_t)n;
	}
	sv_unpack_free(u);
}

static void
must_be_same(void)
{

	MUST(one.rc == other.rc);
	MUST(one.rc == -1 || (one.n == other.n && one.len == other.len &&
	    memcmp(one.bytes, other.bytes, one.len) == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *what;
	enum sv_unpack_kind kind = sv_unpack_kind(data,
	    size < SV_UNPACK_HEAD ? size : SV_UNPACK_HEAD, &what);
	int p[2];

	read_texts(&one, fuzz_fd(data, size), 0);
	if (kind == SV_UNPACK_PLAIN)
		MUST(one.rc == 0 && one.n == 1 && one.len == size &&
		    memcmp(one.bytes, data, size) == 0);
	if (kind == SV_UNPACK_FOREIGN)
		MUST(one.rc == -1);
	if (one.len == MOST)
		return (0);
	if (size > 0) {
		read_texts(&other, fuzz_fd(data, size),
		    data[size / 2] % (size < 4096 ? size : 4096));
		must_be_same();
	}
	/* What fits a pipe; a zip's directory may say otherwise than itself. */
	if (kind != SV_UNPACK_MEMBERS || memcmp(data, "PK", 2) != 0) {
		MUST(size < 65536 && pipe(p) == 0);
		MUST(write(p[1], data, size) == (ssize_t)size);
		close(p[1]);
		read_texts(&other, p[0], 0);
		close(p[0]);
		must_be_same();
	}
	return (0);
}
