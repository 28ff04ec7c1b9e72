#include <stdio.h>
#include <string.h>

#include "frame.h"
#include "fuzz.h"
#include "shardfile.h"
#include "shardfile_sum.h"

/*
 * Mutations of a stream of frames.  After each, the lengths are made to fit
 * what is there, and the checksums are made right, so that what is behind them
 * is reached; one in 16 stays as it is.
 */

/* Where things stand in a header: sv-frame(5). */
enum {
	AT_VERSION = 4, AT_TYPE = 5, AT_ELEM = 6, AT_NTEXT = 36,
	AT_NSCALAR = 40, AT_RESERVED = 44, AT_LENGTH = 48, AT_SUM = 64,
	AT_HEADER_SUM = 72
};

static const uint8_t magic[4] = { 'S', 'V', 'F', 0x1a };

static uint64_t
get(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	memcpy(&v, p, n);
	return (v);
}

static void
put(uint8_t *p, uint64_t v, size_t n)
{

	memcpy(p, &v, n);
}

/* Bytes from ${p} to the next frame, or to the end. */
static size_t
distance(const uint8_t *p, size_t size)
{

	for (size_t i = 0; i + sizeof(magic) <= size; i++)
		if (memcmp(p + i, magic, sizeof(magic)) == 0)
			return (i);
	return (size);
}

static void
seal(uint8_t *h, size_t length)
{

	put(h + AT_SUM, sv_frame_sum(h + SV_FRAME_HEADER, length), 8);
	put(h + AT_HEADER_SUM, sv_frame_sum(h, AT_HEADER_SUM), 8);
}

/* Make a frame of the ${size} bytes at ${h}; return how many it needs. */
static size_t
mend(uint8_t *h, size_t size)
{
	size_t length = size - SV_FRAME_HEADER, room, elem;
	uint64_t ntext = get(h + AT_NTEXT, 4), nscalar = get(h + AT_NSCALAR, 4);

	if (ntext > length)
		ntext %= length + 1;
	if ((room = ((size_t)ntext + 7) & ~(size_t)7) > length)
		ntext = room = length & ~(size_t)7;
	if (nscalar > (length - room) / 8)
		nscalar %= (length - room) / 8 + 1;
	if ((elem = sv_frame_elem_size(h[AT_ELEM])) == 0) {
		h[AT_ELEM] = SV_F64;
		elem = 8;
	}
	length -= (length - room - (size_t)nscalar * 8) % elem;
	memcpy(h, magic, sizeof(magic));
	h[AT_VERSION] = SV_FRAME_VERSION;
	put(h + AT_RESERVED, 0, 4);
	put(h + AT_NTEXT, ntext, 4);
	put(h + AT_NSCALAR, nscalar, 4);
	put(h + AT_LENGTH, length, 8);
	seal(h, length);
	return (SV_FRAME_HEADER + length);
}

/* A shard file: let its head name the frames that follow. */
static void
chain(uint8_t *data, size_t size)
{
	static const char key[] = "\"sum\":\"";
	size_t at = SV_FRAME_HEADER + (size_t)get(data + AT_LENGTH, 8);
	char hex[SV_SHARDFILE_HEX];
	uint64_t sum = 0;
	uint8_t *text = data + SV_FRAME_HEADER;
	size_t ntext = (size_t)get(data + AT_NTEXT, 4), n = sizeof(key) - 1;

	for (; size - at >= SV_FRAME_HEADER; at += SV_FRAME_HEADER +
	    (size_t)get(data + at + AT_LENGTH, 8))
		sum = sv_shardfile_chain(sum, get(data + at + AT_SUM, 8));
	sv_shardfile_hex(hex, sum);
	for (size_t i = 0; i + n + 16 <= ntext; i++)
		if (memcmp(text + i, key, n) == 0)
			memcpy(text + i + n, hex, 16);
	seal(data, (size_t)get(data + AT_LENGTH, 8));
}

/* Return the new size. */
static size_t
reseal(uint8_t *data, size_t size)
{
	size_t at = 0, have, used;

	while (size - at >= SV_FRAME_HEADER) {
		have = SV_FRAME_HEADER + distance(data + at + SV_FRAME_HEADER,
		    size - at - SV_FRAME_HEADER);
		used = mend(data + at, have);
		memmove(data + at + used, data + at + have, size - at - have);
		size -= have - used;
		at += used;
	}
	if (at > 0 && data[AT_TYPE] == SV_DATA)
		chain(data, size);
	return (size);
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{

	size = LLVMFuzzerMutate(data, size, max);
	return (seed % 16 == 0 ? size : reseal(data, size));
}
