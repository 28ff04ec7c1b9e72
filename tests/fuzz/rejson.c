#include <jansson.h>
#include <string.h>

#include "fuzz.h"

/*
 * Mutations of JSON texts.  The parser is not compiled for fuzzing and so
 * leads nowhere: half of the time a value is changed, removed or doubled
 * instead of bytes, so that what reads the values is reached.
 */

static unsigned
next(unsigned *seed)
{

	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16);
}

/* A number that somebody may have forgotten, or some small one. */
static json_t *
number(unsigned *seed)
{
	static const json_int_t whole[] = {
		0, 1, -1, 255, 65536, 65537, INT32_MAX, UINT32_MAX,
		(json_int_t)UINT32_MAX + 1, (json_int_t)1 << 40,
		(json_int_t)1 << 53, INT64_MAX, INT64_MIN
	};
	static const double real[] = {
		0.0, -0.0, 0.5, 1.0, 1e-308, 1e308, -1e308, 4294967296.0
	};

	switch (next(seed) % 3) {
	case 0:
		return (json_integer(whole[next(seed) %
		    (sizeof(whole) / sizeof(whole[0]))]));
	case 1:
		return (json_real(real[next(seed) %
		    (sizeof(real) / sizeof(real[0]))]));
	default:
		return (json_integer(next(seed) % 40));
	}
}

static json_t *
value(unsigned *seed)
{
	static const char * const text[] = {
		"", "recipe", "shards", "shard", "logistic", "fista", "f64",
		"file:///proc/self/mem", "file:///%00", "file://localhost/%2e",
		"tcp://127.0.0.1:1", "ipc:///x y", "0123456789abcdef",
		"0000000000000000", "\xc3\xa4\xe2\x82\xac"
	};
	char longer[400];

	switch (next(seed) % 8) {
	case 0:
		return (json_null());
	case 1:
		return (json_boolean(next(seed) % 2));
	case 2:
		return (next(seed) % 2 == 0 ? json_object() : json_array());
	case 3:
		memset(longer, 'a' + (int)(next(seed) % 26), sizeof(longer));
		return (json_stringn(longer, next(seed) % sizeof(longer)));
	case 4:
		return (json_string(text[next(seed) %
		    (sizeof(text) / sizeof(text[0]))]));
	default:
		return (number(seed));
	}
}

/* Change a member of ${o}, or of one of its members. */
static void
change_object(json_t *o, unsigned *seed, void (*change)(json_t *, unsigned *))
{
	size_t at = next(seed) % json_object_size(o);
	void *i = json_object_iter(o);
	json_t *m;

	while (at-- > 0)
		i = json_object_iter_next(o, i);
	m = json_object_iter_value(i);
	if ((json_is_object(m) || json_is_array(m)) && next(seed) % 4 > 0)
		change(m, seed);
	else if (next(seed) % 8 == 0)
		json_object_del(o, json_object_iter_key(i));
	else if (next(seed) % 8 == 0)
		json_object_set_new(o, "n", value(seed));
	else
		json_object_iter_set_new(o, i, value(seed));
}

static void
change(json_t *o, unsigned *seed)
{
	size_t at;

	if (json_is_object(o) && json_object_size(o) > 0) {
		change_object(o, seed, change);
	} else if (json_is_array(o) && json_array_size(o) > 0) {
		at = next(seed) % json_array_size(o);
		if (json_is_object(json_array_get(o, at)) &&
		    next(seed) % 4 > 0)
			change(json_array_get(o, at), seed);
		else if (next(seed) % 4 == 0)
			json_array_remove(o, at);
		else if (next(seed) % 2 == 0)
			json_array_append_new(o,
			    json_deep_copy(json_array_get(o, at)));
		else
			json_array_set_new(o, at, value(seed));
	}
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	json_t *o = NULL;
	size_t len = 0;

	if (seed % 2 == 0)
		o = json_loadb((const char *)data, size, 0, NULL);
	if (o != NULL) {
		for (unsigned n = 1 + next(&seed) % 3; n > 0; n--)
			change(o, &seed);
		len = json_dumpb(o, (char *)data, max,
		    JSON_COMPACT | JSON_ENCODE_ANY);
		json_decref(o);
	}
	if (len > 0 && len <= max)
		return (len);
	return (LLVMFuzzerMutate(data, size, max));
}
