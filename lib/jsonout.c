#include <stdint.h>
#include <string.h>

#include "jsonout.h"
#include "number.h"

/* A real is never written as an integer: who reads it keeps its type. */
static int
write_real(FILE *f, double value)
{
	char text[SV_NUMBER_MAX + 3];
	char *end = sv_number_format(text, value);

	*end = '\0';
	if (text[strcspn(text, ".e")] == '\0')
		memcpy(end, ".0", 3);
	return (fputs(text, f) == EOF ? -1 : 0);
}

/* Strings, integers and the rest are as jansson writes them. */
static int
write_scalar(FILE *f, const json_t *value)
{

	if (json_is_real(value))
		return (write_real(f, json_real_value(value)));
	return (json_dumpf(value, f, JSON_ENCODE_ANY));
}

static int
write_array(FILE *f, const json_t *value)
{

	if (fputc('[', f) == EOF)
		return (-1);
	for (size_t i = 0; i < json_array_size(value); i++) {
		if (i > 0 && fputc(',', f) == EOF)
			return (-1);
		if (sv_jsonout_write(f, json_array_get(value, i)) == -1)
			return (-1);
	}
	return (fputc(']', f) == EOF ? -1 : 0);
}

static int
write_key(FILE *f, const char *key)
{
	json_t *s = json_string(key);
	int rc = s != NULL ? json_dumpf(s, f, JSON_ENCODE_ANY) : -1;

	json_decref(s);
	return (rc);
}

static int
write_object(FILE *f, const json_t *value)
{
	/* Iterators want an object that could be changed. */
	json_t *o = (json_t *)(uintptr_t)value;
	const char *sep = "{";

	if (json_object_size(o) == 0)
		return (fputs("{}", f) == EOF ? -1 : 0);
	for (void *i = json_object_iter(o); i != NULL;
	    i = json_object_iter_next(o, i)) {
		if (fputs(sep, f) == EOF ||
		    write_key(f, json_object_iter_key(i)) == -1 ||
		    fputc(':', f) == EOF ||
		    sv_jsonout_write(f, json_object_iter_value(i)) == -1)
			return (-1);
		sep = ",";
	}
	return (fputc('}', f) == EOF ? -1 : 0);
}

int
sv_jsonout_write(FILE *f, const json_t *value)
{

	if (json_is_array(value))
		return (write_array(f, value));
	if (json_is_object(value))
		return (write_object(f, value));
	return (write_scalar(f, value));
}
