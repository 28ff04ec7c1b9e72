#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "clock.h"
#include "frame.h"
#include "secret.h"

/* Where each field stands in the header. */
enum {
	AT_MAGIC = 0, AT_VERSION = 4, AT_TYPE = 5, AT_ELEM = 6, AT_OP = 7,
	AT_JOB = 8, AT_SHARD = 16, AT_GENERATION = 20, AT_ROUND = 24,
	AT_COUNT = 28, AT_SEQ = 32, AT_NTEXT = 36, AT_NSCALAR = 40,
	AT_RESERVED = 44, AT_LENGTH = 48, AT_TIME = 56, AT_SUM = 64,
	AT_HEADER_SUM = 72
};

/* Of a f64: all of its exponent, and the least of it. */
#define EXPONENT ((uint64_t)0x7ff << 52)
#define EXPONENT_ONE ((uint64_t)1 << 52)
/* Numbers at a time: 256 KiB, which second-level caches have room for. */
#define BLOCK ((size_t)1 << 15)
#define LANES 8

static const uint8_t magic[4] = { 'S', 'V', 'F', 0x1a };

static const char * const type_names[] = {
	[SV_PROBLEM] = "problem", [SV_JOB] = "job", [SV_SPAWN] = "spawn",
	[SV_GLOBAL] = "global", [SV_UPDATE] = "update", [SV_HELLO] = "hello",
	[SV_TIMING] = "timing", [SV_TRACE] = "trace", [SV_MODEL] = "model",
	[SV_END] = "end", [SV_EVENT] = "event", [SV_READY] = "ready",
	[SV_WANT] = "want", [SV_ERROR] = "error", [SV_REFUSE] = "refuse",
	[SV_DATA] = "data", [SV_SAVE] = "save", [SV_STATE] = "state",
	[SV_CHECKPOINT] = "checkpoint"
};
#define NTYPES (sizeof(type_names) / sizeof(type_names[0]))

static void
put32(uint8_t *p, uint32_t v)
{

	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static void
put64(uint8_t *p, uint64_t v)
{

	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t
get32(const uint8_t *p)
{
	uint32_t v = 0;

	for (int i = 3; i >= 0; i--)
		v = (v << 8) | p[i];
	return (v);
}

static uint64_t
get64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = (v << 8) | p[i];
	return (v);
}

/* Bytes of text with its padding. */
static uint64_t
text_room(uint32_t ntext)
{

	return (((uint64_t)ntext + 7) & ~(uint64_t)7);
}

size_t
sv_frame_elem_size(unsigned elem)
{

	switch (elem) {
	case SV_BYTES:
		return (1);
	case SV_F64:
		return (8);
	case SV_F32:
		return (4);
	default:
		return (0);
	}
}

int
sv_frame_make(struct sv_frame *f, enum sv_type type, const char *text,
    uint32_t nscalar, enum sv_elem elem, uint64_t nelem)
{
	size_t ntext = text != NULL ? strlen(text) : 0;
	size_t size = sv_frame_elem_size(elem);

	if (ntext > UINT32_MAX || size == 0 || nelem > SV_FRAME_MAXLEN / 16) {
		errno = EOVERFLOW;
		return (-1);
	}
	memset(f, 0, sizeof(*f));
	f->type = (uint8_t)type;
	f->elem = (uint8_t)elem;
	f->shard = SV_FRAME_NOSHARD;
	f->count = 1;
	f->ntext = (uint32_t)ntext;
	f->nscalar = nscalar;
	f->length = text_room(f->ntext) + (uint64_t)nscalar * 8 + nelem * size;
	if (f->length == 0)
		return (0);
	if ((f->payload = calloc(1, f->length)) == NULL)
		return (-1);
	if (ntext > 0)
		memcpy(f->payload, text, ntext);
	return (0);
}

void
sv_frame_fini(struct sv_frame *f)
{

	if (f->type == SV_WANT && f->payload != NULL)
		sv_secret_wipe(f->payload, f->length);
	free(f->payload);
	f->payload = NULL;
	f->length = 0;
}

const char *
sv_frame_text(const struct sv_frame *f)
{

	return ((const char *)f->payload);
}

/* malloc() aligns the payload, and the text's padding keeps it so. */
static void *
section(const struct sv_frame *f, uint64_t offset)
{

	return (f->payload != NULL ? f->payload + offset : NULL);
}

double *
sv_frame_scalars(const struct sv_frame *f)
{

	return (section(f, text_room(f->ntext)));
}

void *
sv_frame_elems(const struct sv_frame *f)
{

	return (section(f, text_room(f->ntext) + (uint64_t)f->nscalar * 8));
}

uint64_t
sv_frame_nelem(const struct sv_frame *f)
{
	uint64_t before = text_room(f->ntext) + (uint64_t)f->nscalar * 8;
	size_t size = sv_frame_elem_size(f->elem);

	return (size == 0 ? 0 : (f->length - before) / size);
}

uint64_t
sv_frame_sum(const void *data, size_t len)
{

	return (XXH3_64bits(data, len));
}

/*
 * Has one of these ${n} f64 an exponent of ones only?  Then adding 1 carries
 * into the sign.  By lanes, which compilers make vectors of.
 */
static int
any_odd(const uint8_t *p, size_t n)
{
	uint64_t bits[LANES], seen[LANES] = { 0 }, all = 0;
	size_t i = 0;

	for (; i + LANES <= n; i += LANES) {
		memcpy(bits, p + i * sizeof(*bits), sizeof(bits));
		for (int k = 0; k < LANES; k++)
			seen[k] |= (bits[k] & EXPONENT) + EXPONENT_ONE;
	}
	for (; i < n; i++) {
		memcpy(bits, p + i * sizeof(*bits), sizeof(*bits));
		all |= (bits[0] & EXPONENT) + EXPONENT_ONE;
	}
	for (int k = 0; k < LANES; k++)
		all |= seen[k];
	return (all >> 63 != 0);
}

uint64_t
sv_frame_sum_f64(const void *data, size_t n, int *finite)
{
	const uint8_t *p = data;
	XXH3_state_t *state = NULL;
	uint64_t sum;
	size_t m;

	/* Where there is no memory for a state it only takes longer. */
	if (n <= BLOCK || (state = XXH3_createState()) == NULL) {
		*finite = !any_odd(p, n);
		return (XXH3_64bits(p, n * sizeof(double)));
	}
	*finite = 1;
	(void)XXH3_64bits_reset(state);
	for (; n > 0; n -= m, p += m * sizeof(double)) {
		m = n < BLOCK ? n : BLOCK;
		(void)XXH3_64bits_update(state, p, m * sizeof(double));
		*finite &= !any_odd(p, m);
	}
	sum = XXH3_64bits_digest(state);
	(void)XXH3_freeState(state);
	return (sum);
}

void
sv_frame_seal(struct sv_frame *f)
{

	f->time = sv_clock_real_ns();
	f->sum = sv_frame_sum(f->payload, f->length);
}

void
sv_frame_encode(const struct sv_frame *f, uint8_t header[SV_FRAME_HEADER])
{

	memcpy(header + AT_MAGIC, magic, sizeof(magic));
	header[AT_VERSION] = SV_FRAME_VERSION;
	header[AT_TYPE] = f->type;
	header[AT_ELEM] = f->elem;
	header[AT_OP] = f->op;
	put64(header + AT_JOB, f->job);
	put32(header + AT_SHARD, f->shard);
	put32(header + AT_GENERATION, f->generation);
	put32(header + AT_ROUND, f->round);
	put32(header + AT_COUNT, f->count);
	put32(header + AT_SEQ, f->seq);
	put32(header + AT_NTEXT, f->ntext);
	put32(header + AT_NSCALAR, f->nscalar);
	put32(header + AT_RESERVED, 0);
	put64(header + AT_LENGTH, f->length);
	put64(header + AT_TIME, (uint64_t)f->time);
	put64(header + AT_SUM, f->sum);
	put64(header + AT_HEADER_SUM, sv_frame_sum(header, AT_HEADER_SUM));
}

/* Do the lengths of the sections fit the payload's? */
static const char *
check_lengths(const struct sv_frame *f)
{
	uint64_t before = text_room(f->ntext) + (uint64_t)f->nscalar * 8;
	size_t size = sv_frame_elem_size(f->elem);

	if (size == 0)
		return ("element type is not known");
	if (f->length > SV_FRAME_MAXLEN)
		return ("payload length is beyond the limit");
	if (before > f->length)
		return ("sections are longer than the payload");
	if ((f->length - before) % size != 0)
		return ("payload is not a whole number of elements");
	return (NULL);
}

int
sv_frame_begins(const void *data, size_t len)
{

	return (memcmp(data, magic, len < sizeof(magic) ? len :
	    sizeof(magic)) == 0);
}

const char *
sv_frame_decode(struct sv_frame *f, const uint8_t header[SV_FRAME_HEADER])
{

	memset(f, 0, sizeof(*f));
	if (!sv_frame_begins(header + AT_MAGIC, sizeof(magic)))
		return ("not a frame (magic number is wrong)");
	/* The version comes first: another one may place its checksum elsewhere. */
	if (header[AT_VERSION] != SV_FRAME_VERSION)
		return ("frame version is not known");
	if (get64(header + AT_HEADER_SUM) != sv_frame_sum(header, AT_HEADER_SUM))
		return ("header checksum is wrong");
	if (get32(header + AT_RESERVED) != 0)
		return ("reserved field is not zero");
	f->type = header[AT_TYPE];
	f->elem = header[AT_ELEM];
	f->op = header[AT_OP];
	f->job = get64(header + AT_JOB);
	f->shard = get32(header + AT_SHARD);
	f->generation = get32(header + AT_GENERATION);
	f->round = get32(header + AT_ROUND);
	f->count = get32(header + AT_COUNT);
	f->seq = get32(header + AT_SEQ);
	f->ntext = get32(header + AT_NTEXT);
	f->nscalar = get32(header + AT_NSCALAR);
	f->length = get64(header + AT_LENGTH);
	f->time = (int64_t)get64(header + AT_TIME);
	f->sum = get64(header + AT_SUM);
	return (check_lengths(f));
}

const char *
sv_frame_check(const struct sv_frame *f)
{

	if (f->sum != sv_frame_sum(f->payload, f->length))
		return ("payload checksum is wrong");
	return (NULL);
}

const char *
sv_frame_type_name(unsigned type)
{

	if (type >= NTYPES || type_names[type] == NULL)
		return ("unknown");
	return (type_names[type]);
}

unsigned
sv_frame_type_parse(const char *name)
{

	for (unsigned t = 1; t < NTYPES; t++)
		if (strcmp(name, type_names[t]) == 0)
			return (t);
	return (0);
}

const char *
sv_frame_op_name(unsigned op)
{
	static const char * const names[] = {
		"none", "step", "grad", "conj", "term"
	};

	return (op < sizeof(names) / sizeof(names[0]) ? names[op] : "unknown");
}
