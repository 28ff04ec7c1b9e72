#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"
#include "fuzz.h"
#include "io.h"

/*
 * Headers (lib/frame.c) and streams (lib/io.c): what is taken is what stood
 * there, to the bit, and does not depend on the pieces in which it comes.
 */

/* Are the sections within the payload? */
static void
check_sections(const struct sv_frame *f)
{
	uint64_t text = ((uint64_t)f->ntext + 7) & ~(uint64_t)7;

	MUST(sv_frame_elem_size(f->elem) > 0);
	MUST(text + (uint64_t)f->nscalar * 8 + sv_frame_nelem(f) *
	    sv_frame_elem_size(f->elem) == f->length);
}

static void
check_header(const uint8_t *data)
{
	uint8_t header[SV_FRAME_HEADER];
	struct sv_frame f;

	if (sv_frame_decode(&f, data) != NULL)
		return;
	MUST(f.payload == NULL);
	check_sections(&f);
	sv_frame_encode(&f, header);
	MUST(memcmp(header, data, sizeof(header)) == 0);
}

/* The frame is that at ${data}; free it. */
static void
check_frame(struct sv_frame *f, const uint8_t *data)
{
	uint8_t header[SV_FRAME_HEADER];

	check_sections(f);
	sv_frame_encode(f, header);
	MUST(memcmp(header, data, sizeof(header)) == 0);
	MUST(f->length == 0 ||
	    memcmp(f->payload, data + sizeof(header), f->length) == 0);
	sv_frame_fini(f);
}

/* Read all; return the bytes of whole frames, and in ${*end} how it ended. */
static uint64_t
whole(const uint8_t *data, size_t size, enum sv_io *end)
{
	struct sv_reader *r = sv_reader_new(fuzz_fd(data, size), "fuzz");
	struct sv_frame f;
	uint64_t at = 0;

	MUST(r != NULL);
	while ((*end = sv_reader_next(r, &f)) == SV_IO_FRAME) {
		check_frame(&f, data + at);
		at = sv_reader_offset(r);
		MUST(at <= size);
	}
	MUST(*end != SV_IO_EOF || at == size);
	sv_reader_free(r);
	return (at);
}

/* The same through a pipe, a piece at a time, the first one fed. */
static uint64_t
pieces(const uint8_t *data, size_t size, enum sv_io *end)
{
	size_t piece = size / 64 + (size > 0 ? data[size / 2] % 97u : 0) + 1;
	struct sv_reader *r;
	struct sv_frame f;
	uint64_t at = 0;
	size_t fed = 0;
	int fd[2];

	MUST(pipe2(fd, O_CLOEXEC | O_NONBLOCK) == 0);
	MUST((r = sv_reader_new(fd[0], "fuzz")) != NULL);
	sv_reader_quiet(r);
	if (size > 0 && piece < SV_FRAME_HEADER && piece <= size) {
		sv_reader_feed(r, data, piece);
		fed = piece;
	}
	for (;;) {
		while ((*end = sv_reader_next(r, &f)) == SV_IO_FRAME) {
			check_frame(&f, data + at);
			at = sv_reader_offset(r);
		}
		if (*end != SV_IO_AGAIN)
			break;
		if (piece > size - fed)
			piece = size - fed;
		if (piece == 0)
			close(fd[1]);
		else
			MUST(write(fd[1], data + fed, piece) == (ssize_t)piece);
		fed += piece;
	}
	sv_reader_free(r);
	close(fd[0]);
	if (piece > 0)
		close(fd[1]);
	return (at);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum sv_io end, other;

	if (size >= SV_FRAME_HEADER)
		check_header(data);
	MUST(whole(data, size, &end) == pieces(data, size, &other));
	MUST(end == other);
	return (0);
}
